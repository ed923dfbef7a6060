import { useQuery } from '@tanstack/react-query';
import { useEntityByCode } from '../api/hooks.ts';
import { type WhyRule, whyRuleQuery } from '../api/oversight.ts';
import { Badge, DateText, ErrorState, Notice, Skeleton } from '../kit/kit.ts';
import { RuleName } from '../records/cell.tsx';
import { EvidenceTable } from '../tasks/evidence.tsx';
import { useTexts } from '../texts/texts.ts';
import { Comparisons } from './comparisons.tsx';
import './why.css';

const colours: Partial<Record<WhyRule['verdict'], 'green' | 'amber'>> = {
  fired: 'green',
  would: 'amber',
  not_run: 'amber',
};

const ALERTS_SHOWN = 3;

interface WhyRuleProps {
  /** Of the rule. */
  code: string;
  /** Id of the customer. */
  customer: string;
  /** Business date; the newest when undefined. */
  date: string | undefined;
}

/**
 * Why a rule alerted a customer on a date, or did not: verdict, version, the evidence that was kept with batch and time, and every comparison of
 * the condition. The one answer wherever it is asked: tasks, alerts, the customer's page, the rule's page.
 */
export function WhyRuleAnswer({ code, customer, date }: WhyRuleProps) {
  const { t, text } = useTexts();
  const amounts = useEntityByCode('customer')?.fields.find((field) => field.code === 'aum');
  const hidden = amounts?.access.see !== 'clear';
  const why = useQuery(whyRuleQuery(code, customer, date));
  if (why.error) return <ErrorState error={why.error} onRetry={() => void why.refetch()} />;
  if (!why.data) return <Skeleton lines={5} />;
  const { verdict, cases, alerts, version, current, label, sentence } = why.data;
  return (
    <div className="why-answer">
      <header className="why-head">
        <Badge colour={colours[verdict] ?? 'grey'}>{t(`oversight.why.verdicts.${verdict}`)}</Badge>
        <strong>{current === null ? text(label) : <RuleName code={code} />}</strong>
        <span className="faint">{t('tasks.ruleVersion', { version })}</span>
      </header>
      {current === null && <Notice kind="info">{t('oversight.why.retired')}</Notice>}
      {current !== null && current !== version && (
        <Notice kind="info">{t('oversight.why.changed', { version, current })}</Notice>
      )}
      <p className="why-sentence">
        <span className="quiet">{t('oversight.why.if')}</span> {text(sentence)}
      </p>
      {alerts.slice(0, ALERTS_SHOWN).map((alert) => (
        <section key={alert.id} className="why-kept">
          <h3>{t('oversight.why.kept')}</h3>
          <p className="why-facts">
            <Badge colour={alert.outcome === 'acted' ? 'green' : 'grey'}>
              {t(`oversight.why.outcomes.${alert.outcome}`)}
            </Badge>
            {alert.late && <Badge colour="amber">{t('oversight.why.late')}</Badge>}
            <span>{t('oversight.why.batch', { date: alert.asOf ?? alert.businessDate })}</span>
            <span>
              {t('oversight.why.at')} <DateText value={alert.at} detail="minute" />
            </span>
            <span className="faint" title={alert.occasion}>
              {t('oversight.why.occasion', { occasion: plainOccasion(alert.occasion) })}
            </span>
            {alert.version && alert.version !== version && (
              <span className="faint">{t('tasks.ruleVersion', { version: alert.version })}</span>
            )}
          </p>
          <EvidenceTable evidence={{ inputs: alert.inputs }} />
        </section>
      ))}
      {hidden && <p className="quiet">{t('design.preview.hiddenValues')}</p>}
      {cases.map(({ record, holds, parts }) => (
        <Comparisons
          key={record?.id ?? 'customer'}
          label={t('oversight.why.onDay', { date: why.data.date })}
          parts={parts}
          holds={holds}
        />
      ))}
    </div>
  );
}

/** Without the number of the watched record, which tells a reader nothing: its values stand below. */
const plainOccasion = (occasion: string): string => occasion.replace(/^\d+\//, '');

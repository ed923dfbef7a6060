import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { isDate } from '#kernel';
import { type WhyRule, whyRuleQuery } from '../../../api/oversight.ts';
import { pickQuery } from '../../../api/queries.ts';
import { Badge, Combobox, DateInput, DateText, Empty, ErrorState, Field, Panel, Skeleton } from '../../../kit/kit.ts';
import { useDelayed } from '../../../kit/use-delayed.ts';
import { EvidenceTable } from '../../../tasks/evidence.tsx';
import { useTexts } from '../../../texts/texts.ts';
import { Comparisons } from '../why.tsx';
import type { RuleTabProps } from './tabs.ts';
import './oversight.css';

const TYPED_MS = 200;

/** Why the rule in force alerted a customer on a day, or did not. */
export function WhyRuleTab({ body }: RuleTabProps) {
  const { t } = useTexts();
  const [typed, setTyped] = useState('');
  const [customer, setCustomer] = useState<{ value: string; label: string } | null>(null);
  const [date, setDate] = useState('');
  const found = useQuery(pickQuery('customers', useDelayed(typed, TYPED_MS), ['name']));
  return (
    <div className="why">
      <div className="rehearsal-ask">
        <Field label={t('design.why.customer')}>
          {(control) => (
            <Combobox
              {...control}
              value={customer}
              onChange={setCustomer}
              onType={setTyped}
              loading={found.isFetching}
              choices={(found.data?.rows ?? []).map((row) => ({ value: row.id, label: String(row.name ?? row.id) }))}
            />
          )}
        </Field>
        <Field label={t('oversight.why.day')}>
          {(control) => <DateInput {...control} value={date} onChange={setDate} />}
        </Field>
      </div>
      {customer ? (
        <WhyRuleAnswer code={body.code} customer={customer.value} date={isDate(date) ? date : undefined} />
      ) : (
        <Empty icon="help" title={t('oversight.why.start')} hint={t('oversight.why.startHint')} />
      )}
    </div>
  );
}

const colours: Partial<Record<WhyRule['verdict'], 'green' | 'amber'>> = {
  fired: 'green',
  would: 'amber',
  not_run: 'amber',
};

/** The answer for one customer and day, with the evidence that was kept. */
export function WhyRuleAnswer({ code, customer, date }: { code: string; customer: string; date: string | undefined }) {
  const { t, text } = useTexts();
  const why = useQuery(whyRuleQuery(code, customer, date));
  if (why.error) return <ErrorState error={why.error} onRetry={() => void why.refetch()} />;
  if (!why.data) return <Skeleton lines={5} />;
  const { verdict, cases, alerts, version, label } = why.data;
  return (
    <div className="why-answer">
      <p className="why-head">
        <Badge colour={colours[verdict] ?? 'grey'}>{t(`oversight.why.verdicts.${verdict}`)}</Badge>
        <span>{text(label)}</span>
        <span className="faint">
          {t('oversight.why.onDay', { date: why.data.date })} · {t('tasks.ruleVersion', { version })}
        </span>
      </p>
      {alerts.slice(0, 3).map((alert) => (
        <Panel
          key={alert.id}
          title={
            <>
              {t('oversight.why.kept')} · <DateText value={alert.businessDate} />
            </>
          }
        >
          <p className="quiet">
            {t(`oversight.why.outcomes.${alert.outcome}`)} · {t('oversight.why.occasion', { occasion: alert.occasion })}
            {alert.late && ` · ${t('oversight.why.late')}`}
          </p>
          <EvidenceTable evidence={{ inputs: alert.inputs }} />
        </Panel>
      ))}
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

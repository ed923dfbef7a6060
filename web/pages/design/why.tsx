import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Definition, type MemberKind, type Why, whyQuery } from '../../api/definitions.ts';
import { Badge, type Choice, Empty, ErrorState, Skeleton } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Comparisons } from '../../why/comparisons.tsx';
import { CustomerChoice } from '../../why/customer-choice.tsx';

/** Why a customer is in, or why not: pick one and see every comparison. */
export function WhyPanel({ kind, definition }: { kind: MemberKind; definition: Definition }) {
  const { t } = useTexts();
  const [customer, setCustomer] = useState<Choice | null>(null);
  return (
    <div className="why">
      <CustomerChoice value={customer} onChange={setCustomer} />
      {customer ? (
        <WhyCustomer kind={kind} code={definition.code} customer={customer.value} />
      ) : (
        <Empty icon="help" title={t('design.why.start')} hint={t('design.why.startHint')} />
      )}
    </div>
  );
}

/** The answer for one customer: each comparison with its value and what it is held against, the version and the day. */
export function WhyCustomer({ kind, code, customer }: { kind: MemberKind; code: string; customer: string }) {
  const { t, text } = useTexts();
  const why = useQuery(whyQuery(kind, code, customer));
  if (why.error) return <ErrorState error={why.error} onRetry={() => void why.refetch()} />;
  if (!why.data) return <Skeleton lines={5} />;
  const { conditions, history, holds, manual, asOf, version, label } = why.data;
  const own = conditions.filter((each) => each.code === code);
  const [now] = history;
  const held = own.length > 0 && holds !== (own.find(({ path }) => path === 'if')?.holds ?? holds);
  return (
    <div className="why-answer">
      <p className="why-head">
        <Badge colour={holds ? 'green' : 'grey'}>
          {t(holds ? 'design.why.in' : 'design.why.out', { name: text(label) })}
        </Badge>
        {holds && now && <span className="quiet">{t('customer.since', { date: now.since })}</span>}
        {!holds && now?.until && (
          <span className="quiet">{t('design.why.was', { from: now.since, to: now.until })}</span>
        )}
        <span className="faint">
          {t('design.why.asOf', { date: asOf })} · {t('tasks.ruleVersion', { version })}
        </span>
      </p>
      {manual && <p className="quiet">{t('design.why.byHand')}</p>}
      {now?.note && (
        <p>
          “{now.note}” <span className="faint">{now.by}</span>
        </p>
      )}
      {conditions.map((condition) => (
        <Condition
          key={`${condition.code} ${condition.path}`}
          condition={condition}
          label={[
            ...(condition.code === code ? [] : [text(condition.label)]),
            t(condition.path === 'if' ? 'design.why.entering' : 'design.why.staying'),
          ].join(' · ')}
        />
      ))}
      {held && <p className="quiet">{t(holds ? 'design.why.held' : 'design.why.notYet')}</p>}
    </div>
  );
}

function Condition({ condition, label }: { condition: Why['conditions'][number]; label: string }) {
  return <Comparisons label={label} parts={condition.parts} holds={condition.holds} />;
}

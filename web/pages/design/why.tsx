import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Definition, type MemberKind, type Why, whyQuery } from '../../api/definitions.ts';
import { pickQuery } from '../../api/queries.ts';
import { Badge, Combobox, Empty, ErrorState, Field, Icon, Skeleton } from '../../kit/kit.ts';
import { useDelayed } from '../../kit/use-delayed.ts';
import { EvidenceTable } from '../../tasks/evidence.tsx';
import { useTexts } from '../../texts/texts.ts';

const TYPED_MS = 200;

/** Why a customer is in, or why not: pick one and see every comparison. */
export function WhyPanel({ kind, definition }: { kind: MemberKind; definition: Definition }) {
  const { t } = useTexts();
  const [typed, setTyped] = useState('');
  const [customer, setCustomer] = useState<{ value: string; label: string } | null>(null);
  const found = useQuery(pickQuery('customers', useDelayed(typed, TYPED_MS), ['name']));
  return (
    <div className="why">
      <Field label={t('design.why.customer')} help={t('design.why.customerHelp')}>
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

interface ComparisonsProps extends Pick<Why['conditions'][number], 'parts' | 'holds'> {
  label: string;
}

/** Each comparison of a condition with its values and its truth. */
export function Comparisons({ label, parts, holds }: ComparisonsProps) {
  const { t, text } = useTexts();
  return (
    <table className="table why-steps" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{label}</th>
          <th scope="col">{t('design.why.values')}</th>
          <th scope="col">{t('design.why.result')}</th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <tr key={part.sentence.en}>
            <td data-label={label}>{text(part.sentence)}</td>
            <td data-label={t('design.why.values')}>
              <EvidenceTable evidence={{ inputs: part.inputs }} />
              {part.inputs.every(({ value }) => value === null) && <span className="faint">{t('common.none')}</span>}
            </td>
            <td data-label={t('design.why.result')}>
              <Outcome holds={part.holds} />
            </td>
          </tr>
        ))}
      </tbody>
      {parts.length > 1 && (
        <tfoot>
          <tr>
            <td colSpan={2}>{t('design.why.together')}</td>
            <td>
              <Outcome holds={holds} />
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function Outcome({ holds }: { holds: boolean | null }) {
  const { t } = useTexts();
  return (
    <span className="why-outcome" data-holds={String(holds)}>
      <Icon name={holds === null ? 'help' : holds ? 'check' : 'close'} size={14} />
      {t(holds === null ? 'design.why.unknown' : holds ? 'design.why.true' : 'design.why.false')}
    </span>
  );
}

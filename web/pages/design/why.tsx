import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type Definition,
  type DefinitionKind,
  type Vocabulary,
  type Why,
  type WhyStep,
  whyQuery,
} from '../../api/definitions.ts';
import { pickQuery } from '../../api/queries.ts';
import { Badge, Combobox, Empty, ErrorState, Field, Icon, Skeleton } from '../../kit/kit.ts';
import { useDelayed } from '../../kit/use-delayed.ts';
import { Measure } from '../../tasks/evidence.tsx';
import { useTexts } from '../../texts/texts.ts';

const TYPED_MS = 200;

/** Why a customer is in, or why not: pick one and see every comparison. */
export function WhyPanel({
  kind,
  definition,
  vocabulary,
}: {
  kind: DefinitionKind;
  definition: Definition;
  vocabulary: Vocabulary;
}) {
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
        <WhyCustomer kind={kind} code={definition.code} customer={customer.value} vocabulary={vocabulary} />
      ) : (
        <Empty icon="help" title={t('design.why.start')} hint={t('design.why.startHint')} />
      )}
    </div>
  );
}

/** The answer for one customer: holds or not, each comparison with its value and its threshold, version and date. */
export function WhyCustomer({
  kind,
  code,
  customer,
}: {
  kind: DefinitionKind;
  code: string;
  customer: string;
  vocabulary?: Vocabulary;
}) {
  const { t } = useTexts();
  const why = useQuery(whyQuery(kind, code, customer));
  if (why.error) return <ErrorState error={why.error} onRetry={() => void why.refetch()} />;
  if (!why.data) return <Skeleton lines={5} />;
  const answer = why.data;
  return (
    <div className="why-answer">
      <p className="why-head">
        <Badge colour={answer.member ? 'green' : 'grey'}>{t(answer.member ? 'design.why.in' : 'design.why.out')}</Badge>
        {answer.since && <span className="quiet">{t('customer.since', { date: answer.since })}</span>}
        <span className="faint">
          {answer.version === 0 ? t('design.why.packVersion') : t('design.version', { version: answer.version })}
          {answer.asOf && ` · ${t('design.why.asOf', { date: answer.asOf })}`}
        </span>
      </p>
      {answer.holds === null && answer.steps.length === 0 ? (
        <p className="quiet">{t('design.why.byHand')}</p>
      ) : (
        <Steps steps={answer.steps} label={t('design.why.entering')} holds={answer.holds} />
      )}
      {answer.keep && <Steps steps={answer.keep} label={t('design.why.staying')} holds={answer.keepHolds ?? null} />}
      <Differs answer={answer} />
    </div>
  );
}

/** In although the condition does not hold, or the other way round: held, kept, or not decided yet. */
function Differs({ answer }: { answer: Why }) {
  const { t } = useTexts();
  if (answer.holds === null || answer.holds === answer.member) return null;
  return <p className="quiet">{t(answer.member ? 'design.why.held' : 'design.why.notYet')}</p>;
}

function Steps({ steps, label, holds }: { steps: WhyStep[]; label: string; holds: boolean | null }) {
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
        {steps.map((step) => (
          <tr key={step.text.en}>
            <td data-label={label}>{text(step.text)}</td>
            <td data-label={t('design.why.values')}>
              {step.inputs.map((input) => (
                <span key={input.code} className="why-input">
                  <span className="faint">{text(input.label)}</span>{' '}
                  {input.hidden ? (
                    <span className="faint">{t('common.hidden')}</span>
                  ) : (
                    <Measure value={input.value} unit={input.unit} />
                  )}
                </span>
              ))}
            </td>
            <td data-label={t('design.why.result')}>
              <Outcome holds={step.holds} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td colSpan={2}>{t('design.why.together')}</td>
          <td>
            <Outcome holds={holds} />
          </td>
        </tr>
      </tfoot>
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

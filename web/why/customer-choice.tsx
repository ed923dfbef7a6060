import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useEntityByCode } from '../api/hooks.ts';
import { pickQuery } from '../api/queries.ts';
import type { Row } from '../api/types.ts';
import { type Choice, Combobox, Field } from '../kit/kit.ts';
import { useDelayed } from '../kit/use-delayed.ts';
import { isReference } from '../records/reference.ts';
import { useTexts } from '../texts/texts.ts';

const TYPED_MS = 200;
const RECENT_MAX = 8;

interface CustomerChoiceProps {
  value: Choice | null;
  /** `on`: the business date of the alert, where one of the last alerts was picked. */
  onChange: (choice: Choice | null, on?: string) => void;
  /** Whose last alerts are offered before anything is typed. */
  rule?: string;
}

/**
 * The customer about whom something is asked. Who sees names looks for them; who sees them masked, as designers do, names a customer by his
 * whole number, or takes one of those whom the rule alerted last: he learns of nobody whom he was not told of.
 */
export function CustomerChoice({ value, onChange, rule }: CustomerChoiceProps) {
  const { t } = useTexts();
  const [typed, setTyped] = useState('');
  const customers = useEntityByCode('customer');
  const seesNames = customers?.fields.find(({ code }) => code === 'name')?.access.see === 'clear';
  const settled = useDelayed(typed, TYPED_MS).trim();
  const byName = useQuery({
    ...pickQuery('customers', settled, ['name', 'number']),
    enabled: seesNames && (settled !== '' || rule === undefined),
  });
  const byNumber = useQuery({
    ...pickQuery('customers', '', ['name', 'number'], [`number:eq:${settled}`]),
    enabled: !seesNames && settled !== '',
  });
  const last = useQuery({
    ...pickQuery('alerts', '', ['customer', 'business_date'], [`rule:eq:${rule}`]),
    enabled: rule !== undefined && settled === '',
  });
  const found = seesNames ? byName : byNumber;
  const alerted = (last.data?.rows ?? []).flatMap(alertedOf).slice(0, RECENT_MAX);
  const known = (settled === '' && !seesNames ? [] : (found.data?.rows ?? [])).map(namedOf);
  const choices = settled === '' && rule !== undefined ? alerted : known;
  return (
    <Field
      label={t('design.why.customer')}
      help={t(seesNames ? 'design.why.customerHelp' : rule ? 'design.why.numberOrAlert' : 'design.why.numberHelp')}
    >
      {(control) => (
        <Combobox
          {...control}
          value={value}
          onChange={(choice) => {
            const picked = alerted.find((each) => each.value === choice?.value && each.label === choice?.label);
            onChange(choice, picked?.on);
          }}
          onType={setTyped}
          loading={found.isFetching || last.isFetching}
          choices={choices}
          {...(seesNames ? {} : { placeholder: t('design.why.wholeNumber') })}
        />
      )}
    </Field>
  );
}

const named = (name: unknown, more: unknown): string =>
  [name, more].filter((part) => typeof part === 'string' && part !== '').join(' · ');

const namedOf = (row: Row): Choice => ({ value: row.id, label: named(row.name, row.number) || row.id });

function alertedOf({ customer, business_date: on }: Row): (Choice & { on: string })[] {
  if (!isReference(customer) || typeof on !== 'string') return [];
  return [{ value: customer.id, label: named(customer.label, on), on }];
}

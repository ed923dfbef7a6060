import type { Person, RuleChoices } from '../../../api/rules.ts';
import { type ControlProps, MultiSelect, Select } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';

const keyOf = (person: Person | 'customer'): string => (typeof person === 'string' ? person : `role:${person.role}`);
const personOf = (key: string): Person =>
  key.startsWith('role:') ? { role: key.slice('role:'.length) } : (key as 'manager');

function usePeople(choices: RuleChoices | undefined) {
  const { t, text } = useTexts();
  const near = (['manager', 'supervisor', 'service_team'] as const).map((code) => ({
    value: code as string,
    label: t(`rules.people.${code}`),
  }));
  const roles = (choices?.roles ?? []).map(({ code, label }) => ({
    value: `role:${code}`,
    label: t('rules.people.role', { name: text(label) }),
  }));
  return [...near, ...roles];
}

interface PersonSelectProps extends Partial<ControlProps> {
  value: Person | 'customer';
  /** Whether the customer may be chosen as well. */
  customer?: boolean;
  choices: RuleChoices | undefined;
  disabled: boolean;
  label?: string;
  onChange: (person: Person | 'customer') => void;
}

export function PersonSelect({ value, customer, choices, onChange, label, ...control }: PersonSelectProps) {
  const { t } = useTexts();
  const people = usePeople(choices);
  const all = customer ? [{ value: 'customer', label: t('rules.people.customer') }, ...people] : people;
  return (
    <Select
      {...control}
      aria-label={label}
      value={keyOf(value)}
      choices={all}
      onChange={(key) => onChange(key === 'customer' ? key : personOf(key))}
    />
  );
}

export function PeopleSelect({
  values,
  choices,
  disabled,
  onChange,
  ...control
}: Partial<ControlProps> & {
  values: Person[];
  choices: RuleChoices | undefined;
  disabled: boolean;
  onChange: (people: Person[]) => void;
}) {
  const { t } = useTexts();
  return (
    <MultiSelect
      {...control}
      label={t('rules.notify.to')}
      values={values.map(keyOf)}
      choices={usePeople(choices)}
      disabled={disabled}
      onChange={(keys) => onChange(keys.map(personOf))}
    />
  );
}

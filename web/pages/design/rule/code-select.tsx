import type { Text } from '#kernel';
import { type ControlProps, Select } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';

/** One of a list of codes with labels; a code that is not among them stays and shows itself. */
export function CodeSelect({
  value,
  choices,
  empty,
  disabled,
  label,
  onChange,
  ...control
}: Partial<ControlProps> & {
  value: string;
  choices: readonly { code: string; label: Text }[];
  empty?: string;
  disabled?: boolean;
  label?: string;
  onChange: (code: string) => void;
}) {
  const { t, text } = useTexts();
  const known = choices.some(({ code }) => code === value);
  const own = known || value === '' ? [] : [{ value, label: value }];
  return (
    <Select
      {...control}
      aria-label={label}
      value={value}
      disabled={disabled}
      {...(empty !== undefined || value === '' ? { empty: empty ?? t('common.select') } : {})}
      choices={[...own, ...choices.map((each) => ({ value: each.code, label: text(each.label) }))]}
      onChange={onChange}
    />
  );
}

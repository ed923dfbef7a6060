import type { Field, Reference, Value } from '../api/types.ts';
import { type ControlProps, DateInput, MultiSelect, NumberInput, Select, Switch, TextInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { useOptions } from './cell.tsx';
import type { DraftValue } from './draft.ts';
import { ReferencePicker } from './reference-picker.tsx';

const LONG_TEXT_CHARS = 200;

/** Whether a field wants the whole width of the form. */
export const isWide = (field: Field): boolean =>
  field.type === 'long_text' ||
  field.type === 'text_list' ||
  (field.type === 'text' && (field.max_length ?? 0) >= LONG_TEXT_CHARS);

interface ControlOfProps {
  field: Field;
  control: ControlProps;
  value: DraftValue;
  onChange: (value: DraftValue) => void;
  /** The masked value that stands until something new is typed. */
  standing?: Value | undefined;
}

/** The control of a field, by its type: the only place that knows which. */
export function Control({ field, control, value, onChange, standing }: ControlOfProps) {
  const { t, text } = useTexts();
  const options = useOptions(field).map((option) => ({ value: option.code, label: text(option.label) }));
  const written = {
    ...control,
    name: field.code,
    value: value as string,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  switch (field.type) {
    case 'boolean':
      return (
        <Switch
          {...control}
          checked={value === true}
          onChange={onChange}
          label={value === true ? t('common.yes') : t('common.no')}
        />
      );
    case 'choice':
      return (
        <Select
          {...control}
          name={field.code}
          value={value as string}
          choices={options}
          {...(field.required && value !== '' ? {} : { empty: t('common.select') })}
          onChange={onChange}
        />
      );
    case 'choices':
      return <MultiSelect {...control} values={value as string[]} choices={options} onChange={onChange} />;
    case 'ref':
      return <ReferencePicker {...control} field={field} value={value as Reference | null} onChange={onChange} />;
    case 'date':
      return <DateInput {...control} name={field.code} value={value as string} onChange={onChange} />;
    case 'datetime':
      return <TextInput {...written} type="datetime-local" />;
    case 'money':
    case 'decimal':
      return <NumberInput {...written} />;
    case 'integer':
      return <NumberInput {...written} inputMode="numeric" />;
    case 'percent':
      return <NumberInput {...written} suffix="%" />;
    case 'long_text':
      return <textarea {...written} className="input" rows={4} />;
    default:
      return (
        <TextInput
          {...written}
          {...(standing ? { placeholder: String(standing) } : {})}
          {...(field.type === 'phone' ? { inputMode: 'tel' as const } : {})}
          {...(field.type === 'email' ? { inputMode: 'email' as const } : {})}
        />
      );
  }
}

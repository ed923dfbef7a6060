import type { FieldValue, InspectedColumn, TargetField } from '../../api/gateway.ts';
import { Select, TextInput } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { changeKind, type FieldKind, kindOf } from './draft.ts';

export interface ValueProps {
  field: TargetField;
  value: FieldValue | undefined;
  columns: InspectedColumn[];
  /** Columns of look-ups, by `lookup.column`. */
  joined: string[];
  disabled: boolean;
  onChange: (value: FieldValue | undefined) => void;
}

/** What a value begins with that somebody is about to choose. */
export const freshValue = (field: TargetField, names: readonly string[]): FieldValue =>
  field.ref ? { key: '' } : { column: names[0] ?? '' };

/** Where a value comes from, and the column, words or expression of it. `kinds` are the ways there are at this place. */
export function ValueInput({
  field,
  label,
  kinds,
  value,
  columns,
  joined,
  disabled,
  onChange,
}: ValueProps & { label: string; kinds: readonly FieldKind[] }) {
  const { t, text } = useTexts();
  const kind = kindOf(value);
  const names = [...columns.map(({ name }) => name), ...joined];
  const written = String(value?.[kind as 'column'] ?? '');
  const samples = kind === 'column' ? columns.find(({ name }) => name === written)?.samples : undefined;
  return (
    <>
      <Select
        value={kind}
        disabled={disabled}
        aria-label={`${label} ${t('gateway.design.from')}`}
        choices={kinds.map((each) => ({ value: each, label: t(`gateway.design.kinds.${each}`) }))}
        onChange={(next) => {
          const to = next as FieldKind;
          onChange(to === 'ignore' ? undefined : changeKind(value, to, freshValue(field, names)));
        }}
      />
      <div className="map-value">
        {kind === 'column' ? (
          <Select
            value={written}
            disabled={disabled}
            aria-label={`${label} ${t('gateway.design.kinds.column')}`}
            {...(written === '' && { empty: '—' })}
            choices={[...new Set([written, ...names])].filter(Boolean).map((name) => ({ value: name, label: name }))}
            onChange={(column) => onChange({ ...value, column })}
          />
        ) : kind === 'value' && field.options ? (
          <Select
            value={written}
            disabled={disabled}
            aria-label={label}
            empty="—"
            choices={field.options.map((option) => ({ value: option.code, label: text(option.label) }))}
            onChange={(next) => onChange({ ...value, value: next })}
          />
        ) : kind === 'expression' || kind === 'value' || kind === 'text' || kind === 'key' ? (
          <TextInput
            className="mono"
            disabled={disabled}
            value={written}
            aria-label={label}
            placeholder={
              kind === 'expression'
                ? t('gateway.design.expressionHelp')
                : kind === 'text'
                  ? t('gateway.design.textHelp')
                  : '{ }'
            }
            onChange={(event) => onChange({ ...value, [kind]: event.target.value })}
          />
        ) : (
          kind === 'ignore' && (
            <span className="faint">{field.required ? t('gateway.design.requiredMissing') : ''}</span>
          )
        )}
        {samples && samples.length > 0 && (
          <span className="faint ellipsis map-sample">{samples.slice(0, 2).join(' · ')}</span>
        )}
      </div>
    </>
  );
}

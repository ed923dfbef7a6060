import type { FieldValue, TargetField } from '../../api/gateway.ts';
import { Button, Select, TextInput } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

const UNKNOWNS = ['reject', 'empty', 'pass'] as const;

/** What the codes of a file mean, and what stands in for no value. */
export function Codes({
  field,
  value,
  values,
  disabled,
  onChange,
}: {
  field: TargetField;
  value: FieldValue;
  /** Values of the column that are known. */
  values: string[] | undefined;
  disabled: boolean;
  onChange: (value: FieldValue) => void;
}) {
  const { t, text } = useTexts();
  const { codes } = value;
  const table = Object.entries(codes?.values ?? {});
  const put = (next: [string, string | number | boolean][]) => {
    const { codes: _, ...rest } = value;
    onChange(next.length === 0 ? rest : { ...rest, codes: { ...codes, values: Object.fromEntries(next) } });
  };
  const left = (values ?? []).filter((each) => !table.some(([code]) => code === each));
  const first = field.options?.[0]?.code ?? '';
  return (
    <div className="map-codes">
      {table.map(([theirs, ours], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what stays while both sides are typed
        <div key={index} className="map-code">
          <TextInput
            className="mono"
            value={theirs}
            disabled={disabled}
            aria-label={t('gateway.design.codeTheirs')}
            onChange={(event) => put(table.with(index, [event.target.value, ours]))}
          />
          <span className="faint">→</span>
          {field.options ? (
            <Select
              value={String(ours)}
              disabled={disabled}
              aria-label={t('gateway.design.codeOurs')}
              choices={field.options.map(({ code, label }) => ({ value: code, label: text(label) }))}
              onChange={(next) => put(table.with(index, [theirs, next]))}
            />
          ) : (
            <TextInput
              value={String(ours)}
              disabled={disabled}
              aria-label={t('gateway.design.codeOurs')}
              onChange={(event) => put(table.with(index, [theirs, event.target.value]))}
            />
          )}
          <Button look="plain" disabled={disabled} onClick={() => put(table.filter((_, at) => at !== index))}>
            ×
          </Button>
        </div>
      ))}
      <div className="map-code">
        <Button icon="add" disabled={disabled} onClick={() => put([...table, [left[0] ?? '', first]])}>
          {left[0] ?? t('gateway.design.codes')}
        </Button>
        {table.length > 0 && (
          <Select
            value={codes?.unknown ?? 'reject'}
            disabled={disabled}
            aria-label={t('gateway.design.unknown')}
            choices={UNKNOWNS.map((each) => ({
              value: each,
              label: `${t('gateway.design.unknown')} · ${t(`gateway.design.unknowns.${each}`)}`,
            }))}
            onChange={(unknown) => onChange({ ...value, codes: { ...codes, unknown: unknown as 'reject' } })}
          />
        )}
        <Fallback value={value} disabled={disabled} onChange={onChange} />
      </div>
    </div>
  );
}

/** What stands in for no value. */
export function Fallback({
  value,
  disabled,
  onChange,
}: {
  value: FieldValue;
  disabled: boolean;
  onChange: (value: FieldValue) => void;
}) {
  const { t } = useTexts();
  return (
    <TextInput
      value={value.default === undefined ? '' : String(value.default)}
      disabled={disabled}
      placeholder={t('gateway.design.default')}
      aria-label={t('gateway.design.default')}
      onChange={(event) => {
        const { default: _, ...rest } = value;
        onChange(event.target.value === '' ? rest : { ...rest, default: event.target.value });
      }}
    />
  );
}

import { useState } from 'react';
import type { FieldValue, InspectedColumn, TargetField } from '../../api/gateway.ts';
import { Button, Select, TextInput } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { type FieldKind, kindOf } from './draft.ts';

interface FieldRowProps {
  field: TargetField;
  value: FieldValue | undefined;
  columns: InspectedColumn[];
  /** Columns of look-ups, by `lookup.column`. */
  joined: string[];
  /** Values of the column that are known. */
  values: string[] | undefined;
  disabled: boolean;
  onChange: (value: FieldValue | undefined) => void;
}

const UNKNOWNS = ['reject', 'empty', 'pass'] as const;
const ABSENTS = ['reject', 'empty', 'allow'] as const;

/** One field of ours: where its value comes from, what codes mean, what stands in for no value. */
export function FieldRow({ field, value, columns, joined, values, disabled, onChange }: FieldRowProps) {
  const { t, text } = useTexts();
  const [over, setOver] = useState(false);
  const [more, setMore] = useState(value?.codes !== undefined || value?.default !== undefined);
  const kind = kindOf(value);
  const kinds: FieldKind[] = field.ref ? ['ignore', 'key'] : ['ignore', 'column', 'expression', 'value', 'text'];
  if (kind === 'complex') kinds.push('complex');
  const names = [...columns.map(({ name }) => name), ...joined];
  const take = (next: FieldKind, given?: string) => {
    const kept = {
      ...(value?.codes && { codes: value.codes }),
      ...(value?.default !== undefined && { default: value.default }),
    };
    if (next === 'ignore') onChange(undefined);
    else if (next === 'key') onChange({ key: given === undefined ? (value?.key ?? '') : `{${given}}` });
    else if (next !== 'complex') onChange({ ...kept, [next]: given ?? (next === 'column' ? (names[0] ?? '') : '') });
  };
  const written = String(value?.[kind as 'column'] ?? '');
  const sample =
    kind === 'column'
      ? columns
          .find(({ name }) => name === written)
          ?.samples.slice(0, 2)
          .join(' · ')
      : '';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid everywhere, and its legend would stand apart
    <div
      role="group"
      aria-label={text(field.label)}
      className={`map-row ${over ? 'map-row-over' : ''}`}
      data-field={field.code}
      onDragOver={(event) => {
        if (disabled) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const column = event.dataTransfer.getData('text/plain');
        if (!disabled && names.includes(column)) take(field.ref ? 'key' : 'column', column);
      }}
    >
      <div className="map-field" title={field.help ? text(field.help) : undefined}>
        {text(field.label)}
        {field.required && <span className="field-required">*</span>}
        <span className="faint mono">{field.code}</span>
      </div>
      <Select
        value={kind}
        disabled={disabled || kind === 'complex'}
        aria-label={`${text(field.label)} ${t('gateway.design.from')}`}
        choices={kinds.map((each) => ({ value: each, label: t(`gateway.design.kinds.${each}`) }))}
        onChange={(next) => take(next as FieldKind)}
      />
      <div className="map-value">
        {kind === 'column' ? (
          <Select
            value={written}
            disabled={disabled}
            aria-label={`${text(field.label)} ${t('gateway.design.kinds.column')}`}
            choices={[...new Set([written, ...names])].filter(Boolean).map((name) => ({ value: name, label: name }))}
            onChange={(column) => onChange({ ...value, column })}
          />
        ) : kind === 'value' && field.options ? (
          <Select
            value={written}
            disabled={disabled}
            aria-label={text(field.label)}
            empty="—"
            choices={field.options.map(({ code, label }) => ({ value: code, label: text(label) }))}
            onChange={(next) => onChange({ ...value, value: next })}
          />
        ) : kind === 'expression' || kind === 'value' || kind === 'text' || kind === 'key' ? (
          <TextInput
            className="mono"
            disabled={disabled}
            value={written}
            aria-label={text(field.label)}
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
          <span className="faint">{field.required ? t('gateway.design.requiredMissing') : ''}</span>
        )}
        {sample && <span className="faint ellipsis map-sample">{sample}</span>}
      </div>
      <div className="map-more">
        {kind !== 'ignore' && kind !== 'complex' && (
          <Button look="plain" disabled={disabled} onClick={() => setMore(!more)} aria-expanded={more}>
            {field.ref ? t('gateway.design.absent') : t('gateway.design.codes')}
          </Button>
        )}
      </div>
      {more && kind !== 'ignore' && kind !== 'complex' && value && (
        <div className="map-extra">
          {field.ref ? (
            <>
              <Select
                value={value.absent ?? 'reject'}
                disabled={disabled}
                aria-label={t('gateway.design.absent')}
                choices={ABSENTS.map((each) => ({ value: each, label: t(`gateway.design.absents.${each}`) }))}
                onChange={(absent) => onChange({ ...value, absent: absent as 'reject' })}
              />
              <TextInput
                className="mono"
                disabled={disabled}
                value={value.source ?? ''}
                placeholder={t('gateway.design.keySource')}
                aria-label={t('gateway.design.keySource')}
                onChange={(event) => {
                  const { source: _, ...rest } = value;
                  onChange(event.target.value === '' ? rest : { ...rest, source: event.target.value });
                }}
              />
            </>
          ) : (
            <Codes field={field} value={value} values={values} disabled={disabled} onChange={onChange} />
          )}
        </div>
      )}
    </div>
  );
}

function Codes({
  field,
  value,
  values,
  disabled,
  onChange,
}: Pick<FieldRowProps, 'field' | 'values' | 'disabled' | 'onChange'> & { value: FieldValue }) {
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
      </div>
    </div>
  );
}

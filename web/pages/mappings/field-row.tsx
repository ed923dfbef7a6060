import { useState } from 'react';
import type { FieldValue } from '../../api/gateway.ts';
import { Button, Select, TextInput } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Codes, Fallback } from './codes.tsx';
import { changeKind, type FieldKind, kindOf, withoutAlternative } from './draft.ts';
import { freshValue, ValueInput, type ValueProps } from './value-input.tsx';

type FieldRowProps = ValueProps & {
  /** Values of columns that are known. */
  values: Record<string, string[]>;
};

const ABSENTS = ['reject', 'empty', 'allow'] as const;
const ALTERNATIVES_MAX = 20;
const OWN_KINDS: readonly FieldKind[] = ['column', 'expression', 'value', 'text'];

/** One field of ours: where its value comes from, what codes mean, what stands in for no value. */
export function FieldRow(props: FieldRowProps) {
  const { field, value, columns, joined, values, disabled, onChange } = props;
  const { t, text } = useTexts();
  const [over, setOver] = useState(false);
  const [more, setMore] = useState(value?.codes !== undefined || value?.default !== undefined);
  const kind = kindOf(value);
  const single = field.ref ? (['key'] as const) : OWN_KINDS;
  const names = [...columns.map(({ name }) => name), ...joined];
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
        if (!disabled && names.includes(column))
          onChange(changeKind(value, field.ref ? 'key' : 'column', freshValue(field, names), column));
      }}
    >
      <div className="map-field" title={field.help ? text(field.help) : undefined}>
        {text(field.label)}
        {field.required && <span className="field-required">*</span>}
        <span className="faint mono">{field.code}</span>
      </div>
      <ValueInput {...props} label={text(field.label)} kinds={['ignore', ...single, 'first_of']} />
      <div className="map-more">
        {kind !== 'ignore' && (kind !== 'first_of' || field.ref) && (
          <Button look="plain" disabled={disabled} onClick={() => setMore(!more)} aria-expanded={more}>
            {field.ref ? t('gateway.design.absent') : t('gateway.design.codes')}
          </Button>
        )}
      </div>
      {value?.first_of && <FirstOf {...props} value={value} kinds={single} />}
      {more && kind !== 'ignore' && value && (field.ref || kind !== 'first_of') && (
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
              {kind === 'key' && <KeySource value={value} disabled={disabled} onChange={onChange} />}
            </>
          ) : (
            <Codes
              field={field}
              value={value}
              values={values[value.column ?? '']}
              disabled={disabled}
              onChange={onChange}
            />
          )}
        </div>
      )}
    </div>
  );
}

/** The alternatives of a field in their order; the first that has a value gives it. */
function FirstOf({ value, kinds, ...props }: FieldRowProps & { value: FieldValue; kinds: readonly FieldKind[] }) {
  const { t, text } = useTexts();
  const { field, disabled, onChange } = props;
  const { first_of = [] } = value;
  const names = [...props.columns.map(({ name }) => name), ...props.joined];
  return (
    <div className="map-extra map-alternatives">
      {first_of.map((each, index) => (
        <Alternative
          // biome-ignore lint/suspicious/noArrayIndexKey: the order is what an alternative is
          key={index}
          {...props}
          label={`${text(field.label)} ${t('gateway.design.alternative', { place: index + 1 })}`}
          place={index + 1}
          kinds={kinds}
          value={each}
          onChange={(next) => next && onChange({ ...value, first_of: first_of.with(index, next) })}
          onRemove={() => onChange(withoutAlternative(value, index))}
        />
      ))}
      <div className="map-code">
        <Button
          icon="add"
          disabled={disabled || first_of.length >= ALTERNATIVES_MAX}
          onClick={() => onChange({ ...value, first_of: [...first_of, freshValue(field, names)] })}
        >
          {t('gateway.design.addAlternative')}
        </Button>
        {!field.ref && <Fallback value={value} disabled={disabled} onChange={onChange} />}
      </div>
    </div>
  );
}

function Alternative({
  label,
  place,
  kinds,
  onRemove,
  ...props
}: FieldRowProps & {
  value: FieldValue;
  label: string;
  place: number;
  kinds: readonly FieldKind[];
  onRemove: () => void;
}) {
  const { t } = useTexts();
  const { field, value, values, disabled, onChange } = props;
  const [more, setMore] = useState(value.codes !== undefined);
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the row that it stands in
    <div role="group" aria-label={label} className="map-alternative">
      <span className="faint">{place}</span>
      <ValueInput {...props} label={label} kinds={kinds} />
      <div className="map-more">
        {field.ref ? (
          <KeySource value={value} disabled={disabled} onChange={onChange} />
        ) : (
          <Button look="plain" disabled={disabled} onClick={() => setMore(!more)} aria-expanded={more}>
            {t('gateway.design.codes')}
          </Button>
        )}
        <Button
          look="plain"
          disabled={disabled}
          aria-label={t('gateway.design.removeAlternative', { place })}
          onClick={onRemove}
        >
          ×
        </Button>
      </div>
      {more && !field.ref && (
        <div className="map-extra">
          <Codes
            field={field}
            value={value}
            values={values[value.column ?? '']}
            disabled={disabled}
            onChange={onChange}
          />
        </div>
      )}
    </div>
  );
}

/** Of a reference: whose key it is, where not the mapping's own source's. */
function KeySource({
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
  );
}

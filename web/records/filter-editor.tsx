import { useQueries } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { addDays, dateIn, formatDecimal, formatShortAmount, isDate } from '#kernel';
import { useEntityByCode, useInstitution } from '../api/hooks.ts';
import { recordQuery } from '../api/queries.ts';
import type { Field as EntityField } from '../api/types.ts';
import { Button, CheckList, DateInput, Field, Icon, NumberInput, OptionBadge, Select, TextInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { namesRule, useOptions } from './cell.tsx';
import { endOf, startOf } from './instants.ts';
import type { Filter, Operator } from './question.ts';
import { readAmount } from './read-amount.ts';
import { ReferencePicker } from './reference-picker.tsx';

interface EditorProps {
  field: EntityField;
  filter: Filter | undefined;
  /** Sets the condition and leaves the panel open: for choices that take effect at once. */
  onChange: (filter: Filter | undefined) => void;
  onClose: () => void;
}

/** The panel in which a condition on one field is made, by the type of the field. */
export function FilterEditor(props: EditorProps) {
  const { field } = props;
  if (namesRule(field)) return <ChoiceEditor {...props} />;
  switch (field.type) {
    case 'choice':
    case 'choices':
      return <ChoiceEditor {...props} />;
    case 'boolean':
      return <BooleanEditor {...props} />;
    case 'ref':
      return <ReferenceEditor {...props} />;
    case 'money':
    case 'integer':
    case 'decimal':
    case 'percent':
      return <RangeEditor {...props} />;
    case 'date':
    case 'datetime':
      return <DateEditor {...props} />;
    default:
      return <TextEditor {...props} />;
  }
}

const listed = (filter: Filter | undefined): string[] =>
  filter && (filter.op === 'in' || filter.op === 'eq' || filter.op === 'contains') && filter.value !== ''
    ? filter.value.split(',')
    : [];

function ChoiceEditor({ field, filter, onChange, onClose }: EditorProps) {
  const { text } = useTexts();
  const options = useOptions(field);
  return (
    <>
      <CheckList
        label={text(field.label)}
        values={listed(filter)}
        choices={options.map((option) => ({
          value: option.code,
          label: text(option.label),
          badge: <OptionBadge options={options} code={option.code} />,
        }))}
        onChange={(values) => {
          if (values.length === 0) onChange(undefined);
          else onChange({ field: field.code, op: 'in', value: values.join(',') });
        }}
      />
      <Foot field={field} filter={filter} onChange={onChange} onClose={onClose} />
    </>
  );
}

function BooleanEditor({ field, filter, onChange, onClose }: EditorProps) {
  const { t, text } = useTexts();
  return (
    <>
      <CheckList
        label={text(field.label)}
        values={listed(filter)}
        choices={[
          { value: 'true', label: t('common.yes') },
          { value: 'false', label: t('common.no') },
        ]}
        onChange={(values) => {
          const value = values.find((each) => !listed(filter).includes(each));
          onChange(value === undefined ? undefined : { field: field.code, op: 'eq', value });
        }}
      />
      <Foot field={field} filter={filter} onChange={onChange} onClose={onClose} />
    </>
  );
}

function ReferenceEditor({ field, filter, onChange, onClose }: EditorProps) {
  const { t, text } = useTexts();
  const entity = useEntityByCode(field.ref);
  const ids = listed(filter);
  const rows = useQueries({
    queries: ids.map((id) => ({ ...recordQuery(entity?.plural ?? '', id), enabled: entity !== undefined })),
  });
  const set = (next: string[]) =>
    onChange(
      next.length === 0 ? undefined : { field: field.code, op: next.length === 1 ? 'eq' : 'in', value: next.join(',') },
    );
  return (
    <>
      <div className="filter-body">
        <ReferencePicker
          field={field}
          value={null}
          label={text(field.label)}
          onChange={(picked) => picked && !ids.includes(picked.id) && set([...ids, picked.id])}
        />
        {ids.map((id, index) => (
          <div key={id} className="filter-picked">
            <span className="ellipsis">{String(rows[index]?.data?.[entity?.title ?? ''] ?? '…')}</span>
            <button
              type="button"
              aria-label={t('common.remove')}
              onClick={() => set(ids.filter((each) => each !== id))}
            >
              <Icon name="close" size={12} />
            </button>
          </div>
        ))}
      </div>
      <Foot field={field} filter={filter} onChange={onChange} onClose={onClose} />
    </>
  );
}

const bounds = (filter: Filter | undefined): [string, string] => {
  if (filter?.op === 'between') return filter.value.split(',', 2) as [string, string];
  if (filter?.op === 'gte' || filter?.op === 'gt') return [filter.value, ''];
  if (filter?.op === 'lte' || filter?.op === 'lt') return ['', filter.value];
  return filter?.op === 'eq' ? [filter.value, filter.value] : ['', ''];
};

function between(field: EntityField, low: string, high: string): Filter | undefined {
  if (low !== '' && high !== '') return { field: field.code, op: 'between', value: `${low},${high}` };
  if (low !== '') return { field: field.code, op: 'gte', value: low };
  return high === '' ? undefined : { field: field.code, op: 'lte', value: high };
}

function RangeEditor({ field, filter, onChange, onClose }: EditorProps) {
  const { t, language } = useTexts();
  const [[low, high], setTyped] = useState(bounds(filter));
  const isMoney = field.type === 'money';
  const read = (typed: string) => (typed.trim() === '' ? '' : readAmount(typed));
  const [lowest, highest] = [read(low), read(high)];
  const wrong = lowest === undefined || highest === undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wrong) return;
    onChange(between(field, lowest, highest));
    onClose();
  };
  const echo = (amount: string | undefined) =>
    amount === undefined ? (
      <span className="negative-text">{t('record.notNumber')}</span>
    ) : amount === '' ? (
      ' '
    ) : isMoney ? (
      formatShortAmount(amount, language)
    ) : (
      formatDecimal(amount, amount.split('.')[1]?.length ?? 0)
    );
  return (
    <form onSubmit={submit}>
      <div className="filter-body filter-range">
        <Field label={t('filter.minimum')} help={echo(lowest)}>
          {(control) => (
            <NumberInput
              {...control}
              value={low}
              autoFocus
              onChange={(event) => setTyped([event.target.value, high])}
            />
          )}
        </Field>
        <span>–</span>
        <Field label={t('filter.maximum')} help={echo(highest)}>
          {(control) => (
            <NumberInput {...control} value={high} onChange={(event) => setTyped([low, event.target.value])} />
          )}
        </Field>
      </div>
      <Foot field={field} filter={filter} onChange={onChange} onClose={onClose} applies disabled={wrong} />
    </form>
  );
}

function DateEditor({ field, filter, onChange, onClose }: EditorProps) {
  const { t } = useTexts();
  const { zone, businessDate } = useInstitution();
  const timed = field.type === 'datetime';
  const shown = (value: string) => (timed && value !== '' ? dateIn(zone, new Date(value)) : value);
  const [[from, to], setDates] = useState(() => bounds(filter).map(shown) as [string, string]);
  const today = businessDate ?? dateIn(zone, new Date());
  const make = (first: string, last: string) =>
    timed ? between(field, first && startOf(first, zone), last && endOf(last, zone)) : between(field, first, last);
  const wrong = [from, to].some((date) => date !== '' && !isDate(date));
  const presets: [string, string, string][] = [
    [t('filter.range.today'), today, today],
    [t('filter.range.last7'), addDays(today, -6), today],
    [t('filter.range.last30'), addDays(today, -29), today],
    [t('filter.range.last90'), addDays(today, -89), today],
    [t('filter.range.thisMonth'), `${today.slice(0, 8)}01`, today],
    [t('filter.range.thisYear'), `${today.slice(0, 4)}-01-01`, today],
  ];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong) return;
        onChange(make(from, to));
        onClose();
      }}
    >
      <div className="filter-presets">
        {presets.map(([label, first, last]) => (
          <button
            key={label}
            type="button"
            onClick={() => {
              onChange(make(first, last));
              onClose();
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <div className="filter-body filter-range">
        <Field label={t('filter.after')}>
          {(control) => <DateInput {...control} value={from} onChange={(date) => setDates([date, to])} />}
        </Field>
        <span>–</span>
        <Field label={t('filter.before')}>
          {(control) => <DateInput {...control} value={to} onChange={(date) => setDates([from, date])} />}
        </Field>
      </div>
      <Foot field={field} filter={filter} onChange={onChange} onClose={onClose} applies disabled={wrong} />
    </form>
  );
}

const textOperators: Operator[] = ['contains', 'prefix', 'eq', 'ne'];
const sealedOperators: Operator[] = ['eq'];

function TextEditor({ field, filter, onChange, onClose }: EditorProps) {
  const { t, text } = useTexts();
  const possible = field.encrypted ? sealedOperators : textOperators;
  const [op, setOp] = useState<Operator>(filter && possible.includes(filter.op) ? filter.op : possible[0]!);
  const [value, setValue] = useState(filter?.value ?? '');
  const words: Partial<Record<Operator, string>> = {
    contains: t('filter.contains'),
    prefix: t('filter.prefix'),
    eq: t('filter.is'),
    ne: t('filter.isNot'),
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChange(value.trim() === '' ? undefined : { field: field.code, op, value: value.trim() });
        onClose();
      }}
    >
      <div className="filter-body filter-text">
        <Select
          aria-label={t('list.filters')}
          value={op}
          choices={possible.map((each) => ({ value: each, label: words[each]! }))}
          onChange={(next) => setOp(next as Operator)}
        />
        <TextInput
          autoFocus
          aria-label={text(field.label)}
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
      </div>
      <Foot field={field} filter={filter} onChange={onChange} onClose={onClose} applies />
    </form>
  );
}

/** Below every editor: empty or not, take the condition away, apply it. */
function Foot({
  field,
  filter,
  onChange,
  onClose,
  applies,
  disabled,
}: EditorProps & { applies?: boolean; disabled?: boolean }) {
  const { t } = useTexts();
  const nothing = (op: 'is_null' | 'not_null') => (
    <button
      type="button"
      className="filter-null"
      aria-pressed={filter?.op === op}
      onClick={() => {
        onChange(filter?.op === op ? undefined : { field: field.code, op, value: '' });
        onClose();
      }}
    >
      {op === 'is_null' ? t('filter.isNull') : t('filter.notNull')}
    </button>
  );
  return (
    <footer className="filter-foot">
      {!field.required && nothing('is_null')}
      {!field.required && nothing('not_null')}
      <span className="filter-foot-space" />
      {filter && (
        <Button
          look="quiet"
          onClick={() => {
            onChange(undefined);
            onClose();
          }}
        >
          {t('common.clear')}
        </Button>
      )}
      {applies ? (
        <Button look="primary" type="submit" disabled={disabled}>
          {t('common.apply')}
        </Button>
      ) : (
        <Button onClick={onClose}>{t('common.done')}</Button>
      )}
    </footer>
  );
}

import { useQueries } from '@tanstack/react-query';
import { dateIn, formatCount, formatShortAmount } from '#kernel';
import { useEntityByCode, useInstitution } from '../api/hooks.ts';
import { recordQuery } from '../api/queries.ts';
import type { Field } from '../api/types.ts';
import { useTexts } from '../texts/texts.ts';
import { namesRule, useOptions } from './cell.tsx';
import type { Filter } from './question.ts';

const NAMED_MAX = 3;

/** A condition in words: `黄金、白金`, `≥ 100.00 万`, `2026-01-01 – 2026-01-31`. */
export function FilterSummary({ field, filter }: { field: Field; filter: Filter }) {
  const { t, text, language } = useTexts();
  const { zone } = useInstitution();
  const options = useOptions(field);
  if (filter.op === 'is_null') return t('filter.isNull');
  if (filter.op === 'not_null') return t('filter.notNull');
  const values = filter.op === 'in' || filter.op === 'between' ? filter.value.split(',') : [filter.value];
  const not = filter.op === 'ne' ? `${t('filter.isNot')} ` : '';
  if (field.type === 'ref') return <ReferenceNames field={field} ids={values} not={not} />;
  const named = (code: string): string => {
    const option = options.find((each) => each.code === code);
    return option ? text(option.label) : code;
  };
  const one = (value: string): string => {
    switch (field.type) {
      case 'money':
        return formatShortAmount(value, language);
      case 'integer':
        return formatCount(value);
      case 'datetime':
        return Number.isNaN(Date.parse(value)) ? value : dateIn(zone, new Date(value));
      case 'boolean':
        return value === 'true' ? t('common.yes') : t('common.no');
      case 'choice':
      case 'choices':
        return named(value);
      default:
        return namesRule(field) ? named(value) : value;
    }
  };
  switch (filter.op) {
    case 'between':
      return values[0] === values[1] ? one(values[0]!) : `${one(values[0]!)} – ${one(values[1]!)}`;
    case 'gt':
      return `> ${one(filter.value)}`;
    case 'gte':
      return `≥ ${one(filter.value)}`;
    case 'lt':
      return `< ${one(filter.value)}`;
    case 'lte':
      return `≤ ${one(filter.value)}`;
    case 'prefix':
      return `${filter.value}…`;
    case 'contains':
      return field.type === 'choices' ? one(filter.value) : `“${filter.value}”`;
    default: {
      const told = values.slice(0, NAMED_MAX).map(one).join(t('filter.join'));
      return `${not}${told}${values.length > NAMED_MAX ? ` +${values.length - NAMED_MAX}` : ''}`;
    }
  }
}

function ReferenceNames({ field, ids, not }: { field: Field; ids: string[]; not: string }) {
  const { t } = useTexts();
  const entity = useEntityByCode(field.ref);
  const rows = useQueries({
    queries: ids
      .slice(0, NAMED_MAX)
      .map((id) => ({ ...recordQuery(entity?.plural ?? '', id), enabled: entity !== undefined })),
  });
  const names = rows.map((row, index) => String(row.data?.[entity?.title ?? ''] ?? (row.isPending ? '…' : ids[index])));
  return `${not}${names.join(t('filter.join'))}${ids.length > NAMED_MAX ? ` +${ids.length - NAMED_MAX}` : ''}`;
}

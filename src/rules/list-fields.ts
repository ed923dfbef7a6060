import { raw, sql } from '#database';
import { oncePerModel } from '#facts';
import type { ListField } from '#metadata';
import { segmentDescriptions } from './segments.ts';
import { tagDescriptions } from './tags.ts';

type Options = NonNullable<ListField['field']['options']>;

/** What the list of customers offers of their tags and segments: who is in one is found by the index of current spans. */
export const tagListFields = oncePerModel((model): ListField[] => [
  {
    field: {
      code: 'tags',
      label: { zh: '标签', en: 'Tags' },
      type: 'choices',
      class: 'C1',
      level: 2,
      options: tagDescriptions(model) as Options,
    },
    ...spans('customer_tag', 'tag'),
  },
  {
    field: {
      code: 'segment',
      label: { zh: '客群', en: 'Segments' },
      type: 'choices',
      class: 'C1',
      level: 2,
      options: segmentDescriptions(model) as Options,
    },
    ...spans('customer_segment', 'segment'),
  },
]);

function spans(table: string, column: string): Pick<ListField, 'value' | 'condition'> {
  return {
    value: (alias) =>
      `(select array_agg(g.${column} order by g.since desc, g.${column}) from ${table} g where g.customer_id = ${alias}.id and g.until is null)`,
    condition(alias, operator, values) {
      const held = sql`exists (select from ${raw(table)} g where g.customer_id = ${raw(alias)}.id and g.until is null`;
      if (operator === 'not_null') return sql`${held})`;
      if (operator === 'is_null') return sql`not ${held})`;
      return sql`${held} and g.${raw(column)} = any(${values}::text[]))`;
    },
  };
}

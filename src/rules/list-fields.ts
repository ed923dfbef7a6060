import { raw, sql } from '#database';
import { oncePerModel } from '#facts';
import type { ListField } from '#metadata';
import { tagDescriptions } from './tags.ts';

/** What the list of customers offers of their tags: who has one is found by the index of current tags. */
export const tagListFields = oncePerModel((model): ListField[] => [
  {
    field: {
      code: 'tags',
      label: { zh: '标签', en: 'Tags' },
      type: 'choices',
      class: 'C1',
      level: 2,
      options: tagDescriptions(model) as NonNullable<ListField['field']['options']>,
    },
    value: (alias) =>
      `(select array_agg(g.tag order by g.since desc, g.tag) from customer_tag g where g.customer_id = ${alias}.id and g.until is null)`,
    condition(alias, operator, values) {
      const held = sql`exists (select from customer_tag g where g.customer_id = ${raw(alias)}.id and g.until is null`;
      if (operator === 'not_null') return sql`${held})`;
      if (operator === 'is_null') return sql`not ${held})`;
      return sql`${held} and g.tag = any(${values}::text[]))`;
    },
  },
]);

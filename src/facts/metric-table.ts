import { ident, type Queryable } from '#database';
import type { Model } from '#metadata';
import { columnTypes, storedMetrics } from './metric-definition.ts';

/**
 * The statements that bring `customer_metric` to the packs' metrics: a typed column each. A column whose type no longer fits
 * is made anew; the next day fills it. Run with the entities' own plan.
 */
export async function planMetrics(db: Queryable, model: Model): Promise<string[]> {
  const { rows } = await db.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type
       from pg_attribute where attrelid = 'customer_metric'::regclass and attnum > 0 and not attisdropped`,
  );
  const existing = new Map(rows.map((row) => [row.name, row.type]));
  return storedMetrics(model).flatMap(({ code, unit }) => {
    const type = columnTypes[unit];
    const found = existing.get(code);
    if (found === type) return [];
    const column = ident(code).sql;
    const add = `alter table customer_metric add column ${column} ${type}`;
    return found === undefined ? [add] : [`alter table customer_metric drop column ${column}`, add];
  });
}

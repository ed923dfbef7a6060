import { ident, join, raw, type Sql, sql } from '#database';
import { dayNumber } from '#kernel';
import { columnOf, type EntityDefinition, fieldOf, type Model } from '#metadata';
import { inBooksValue, localDate, type MetricDay } from '../metric-sql.ts';
import type { Cells } from './history.ts';
import { type Accumulator, conditionOf } from './layout.ts';
import type { Standing } from './reading.ts';
import { unitsOf } from './units.ts';

// What the facts come to by day, asked of the facts themselves: to build histories and to mend them.

/** What money and times are converted by. */
export type Conversion = Pick<MetricDay, 'currency' | 'rates' | 'expressions'>;

/** One customer-day of the facts, or with `business_date` null all days before those that are kept. */
export interface BucketRow {
  customer_id: string;
  business_date: string | null;
  /** `v0`, `v1` …: the accumulators. */
  [value: `v${number}`]: string | null;
}

/** Which facts to read of an entity, `t`. */
export type Which = (entity: EntityDefinition) => Sql;

/** Customer-days of all entities whose facts are gathered, in rows of one shape, in no order. */
export function dayBuckets(model: Model, standing: Standing, conversion: Conversion, which: Which): Sql {
  const selects = entitiesOf(model, standing).map(
    (entity) => sql`select t.customer_id, t.business_date, ${values(model, standing, conversion, entity, () => true)}
  from ${raw(ident(entity.code).sql)} t where ${which(entity)} group by t.customer_id, t.business_date`,
  );
  return join(selects, '\nunion all\n');
}

/** What lies before the days that are kept, in rows without a date; only of accumulators that count for ever. */
export function baseBuckets(model: Model, standing: Standing, conversion: Conversion, which: Which): Sql[] {
  const everOf = (entity: EntityDefinition) =>
    standing.layout.accumulators.some((each, index) => each.entity === entity.code && standing.ever[index]);
  return entitiesOf(model, standing)
    .filter(everOf)
    .map(
      (entity) => sql`select t.customer_id, null::date as business_date,
  ${values(model, standing, conversion, entity, (index) => standing.ever[index]!, true)}
  from ${raw(ident(entity.code).sql)} t where ${which(entity)} group by t.customer_id`,
    );
}

/** Given customer-days of one entity, one row each even where no fact is left. */
export function mendedBuckets(
  model: Model,
  standing: Standing,
  conversion: Conversion,
  entity: EntityDefinition,
  pairs: readonly { customerId: string; date: string }[],
): Sql {
  return sql`select w.customer_id::text, w.business_date, f.* from unnest(${pairs.map((each) => each.customerId)}::bigint[],
  ${pairs.map((each) => each.date)}::date[]) as w (customer_id, business_date)
  cross join lateral (select ${values(model, standing, conversion, entity, () => true)}
    from ${raw(ident(entity.code).sql)} t where t.customer_id = w.customer_id and t.business_date = w.business_date) f`;
}

export function entitiesOf(model: Model, { layout }: Standing): EntityDefinition[] {
  return [...new Set(layout.accumulators.map(({ entity }) => entity))].map((code) => model.entity(code));
}

function values(
  model: Model,
  { layout }: Standing,
  conversion: Conversion,
  entity: EntityDefinition,
  wanted: (index: number) => boolean,
  withDays = false,
): Sql {
  const columns = layout.accumulators.map((accumulator, index) => {
    const name = raw(columnName(index));
    if (accumulator.entity !== entity.code || !wanted(index)) return sql`null::text as ${name}`;
    return sql`(${accumulatedSql(model, accumulator, conversion, entity, withDays)})::text as ${name}`;
  });
  return join(columns, ', ');
}

/** The SQL of one accumulator over the rows of a group. A day says itself which day it is; `withDays` asks for it. */
function accumulatedSql(
  model: Model,
  accumulator: Accumulator,
  conversion: Conversion,
  entity: EntityDefinition,
  withDays: boolean,
): Sql {
  const condition = conditionOf(model, accumulator);
  const filter = condition ? sql` filter (where ${condition.where(conversion.expressions)})` : sql``;
  const value = accumulator.field === null ? sql`*` : fieldValue(entity, accumulator.field, conversion);
  switch (accumulator.gathering) {
    case 'count':
      return sql`nullif(count(${value})${filter}, 0)`;
    case 'sum':
      return sql`sum(${value})${filter}`;
    case 'min':
      return sql`min(${value})${filter}`;
    case 'max':
      return sql`max(${value})${filter}`;
    case 'first_day':
      return withDays ? sql`min(t.business_date)${filter}` : sql`nullif(count(*)${filter}, 0)`;
    case 'last_day':
      return withDays ? sql`max(t.business_date)${filter}` : sql`nullif(count(*)${filter}, 0)`;
  }
}

function fieldValue(entity: EntityDefinition, code: string, conversion: Conversion): Sql {
  const field = fieldOf(entity, code)!;
  if (field.type !== 'datetime') return inBooksValue(entity, code, conversion);
  return localDate(raw(`t.${ident(columnOf(field)).sql}`), conversion);
}

/** Names of the columns, made once: a name made for every cell of every row would cost more than reading the cell. */
const columnNames: `v${number}`[] = [];
const columnName = (index: number) => (columnNames[index] ??= `v${index}`);

/** The cells of a row. */
export function cellsOf(model: Model, { layout, gatherings }: Standing, row: BucketRow): Cells {
  const cells: Cells = [];
  const day = row.business_date === null ? undefined : dayNumber(row.business_date);
  for (let index = 0; index < layout.accumulators.length; index += 1) {
    const text = row[columnName(index)];
    if (text === null || text === undefined) continue;
    const { entity, field, places } = layout.accumulators[index]!;
    const gathering = gatherings[index]!;
    if (gathering === 'first_day' || gathering === 'last_day') cells[index] = day ?? dayNumber(text);
    else if (gathering === 'count') cells[index] = Number(text);
    else if (isDated(model, entity, field)) cells[index] = dayNumber(text);
    else cells[index] = unitsOf(text, places);
  }
  return cells;
}

export function isDated(model: Model, entity: string, field: string | null): boolean {
  if (field === null) return false;
  const { type } = fieldOf(model.entity(entity), field)!;
  return type === 'date' || type === 'datetime';
}

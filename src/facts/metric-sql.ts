import { ident, join, raw, type Sql, sql } from '#database';
import type { Expression, Context as ExpressionContext } from '#expressions';
import { addDays, type BusinessDate } from '#kernel';
import { columnOf, type EntityDefinition, fieldOf, type Model } from '#metadata';
import { type DayMode, dayTable } from './aum.ts';
import {
  carried,
  columnTypes,
  dateField,
  type MeasureDefinition,
  type MetricDefinition,
  metrics,
  storedMetrics,
} from './metric-definition.ts';
import { dayNames, fieldNames, vocabulary } from './metric-scope.ts';
import { invalidDefinition, oncePerModel } from './pack.ts';
import { compilePackText } from './pack-expression.ts';

/** What one run of the day gives to all of its SQL. */
export interface MetricDay {
  date: BusinessDate;
  currency: string;
  rates: Record<string, string>;
  expressions: ExpressionContext;
  /** Facts after this date suffice for metrics that are carried from day to day; null: read all facts. */
  carriedFrom: BusinessDate | null;
  mode: DayMode;
}

interface CompiledMeasure {
  metric: MetricDefinition;
  measure: MeasureDefinition;
  where: Expression | undefined;
}

/** Metrics gathered from one entity: one scan answers them all. */
interface EntityScan {
  entity: EntityDefinition;
  measures: CompiledMeasure[];
}

const scans = oncePerModel((model): EntityScan[] => {
  const byEntity = new Map<string, EntityScan>();
  for (const metric of metrics(model)) {
    if (!metric.measure) continue;
    const entity = model.entity(metric.measure.entity);
    const scan = byEntity.get(entity.code) ?? { entity, measures: [] };
    scan.measures.push({ metric, measure: metric.measure, where: compileWhere(model, metric, entity) });
    byEntity.set(entity.code, scan);
  }
  return [...byEntity.values()];
});

function compileWhere(model: Model, metric: MetricDefinition, entity: EntityDefinition): Expression | undefined {
  const { where, ...measure } = metric.measure!;
  if (where === undefined) return undefined;
  const { scope } = vocabulary(fieldNames(entity, 't'), dayNames(model));
  const compiled = compilePackText(metric, 'measure/where', where, scope, 'boolean');
  if (entity.storage === 'fact' && carried(measure) && compiled.constants.length > 0) {
    const reason = 'a measure without days may not speak of the date or of parameters';
    throw invalidDefinition(metric, 'measure/where', reason);
  }
  return compiled;
}

const name = (text: string): Sql => raw(ident(text).sql);
const column = (alias: string, code: string): Sql => raw(`${alias}.${ident(code).sql}`);

/** Converts an amount to the currency of the books where the row says another one. */
function inBooksValue(entity: EntityDefinition, code: string, day: MetricDay): Sql {
  const field = fieldOf(entity, code)!;
  const value = column('t', columnOf(field));
  const currency = fieldOf(entity, 'currency');
  if (field.type !== 'money' || !currency) return value;
  const theirs = column('t', columnOf(currency));
  return sql`case when coalesce(${theirs}, ${day.currency}) = ${day.currency} then ${value}
    else round(${value} * (${JSON.stringify(day.rates)}::jsonb ->> ${theirs})::numeric, 2) end`;
}

const aggregates: Record<Exclude<MeasureDefinition['function'], 'last'>, (value: Sql) => Sql> = {
  sum: (value) => sql`sum(${value})`,
  count: () => sql`count(*)`,
  average: (value) => sql`avg(${value})`,
  min: (value) => sql`min(${value})`,
  max: (value) => sql`max(${value})`,
  distinct: (value) => sql`count(distinct ${value})`,
};

function aggregate({ metric, measure, where }: CompiledMeasure, entity: EntityDefinition, day: MetricDay): Sql {
  const value = measure.field ? inBooksValue(entity, measure.field, day) : sql`*`;
  const dateColumn = dateOf(entity, measure, day);
  const conditions = [
    ...(measure.days ? [sql`${dateColumn} > ${addDays(day.date, -measure.days)}::date`] : []),
    ...(where ? [where.where(day.expressions)] : []),
  ];
  const filter = conditions.length > 0 ? sql` filter (where ${join(conditions, ' and ')})` : sql``;
  const call =
    measure.function === 'last'
      ? sql`(array_agg(${value} order by ${dateColumn} desc, t.id desc)${filter})[1]`
      : sql`${aggregates[measure.function](dated(value, metric, entity, measure, day))}${filter}`;
  return sql`${call} as ${name(metric.code)}`;
}

/** A date asked of a time field is the date in the institution's zone. */
function dated(
  value: Sql,
  metric: MetricDefinition,
  entity: EntityDefinition,
  measure: MeasureDefinition,
  day: MetricDay,
) {
  const isTime = measure.field !== undefined && fieldOf(entity, measure.field)!.type === 'datetime';
  return metric.unit === 'date' && isTime ? localDate(value, day) : value;
}

const localDate = (value: Sql, day: MetricDay): Sql => sql`(${value} at time zone ${day.expressions.zone})::date`;

function dateOf(entity: EntityDefinition, measure: MeasureDefinition, day: MetricDay): Sql | undefined {
  const field = dateField(entity, measure);
  if (!field) return undefined;
  const value = column('t', columnOf(field));
  return field.type === 'datetime' ? localDate(value, day) : value;
}

function scanText(scan: EntityScan, day: MetricDay): Sql {
  const columns = scan.measures.map((measure) => aggregate(measure, scan.entity, day));
  const within = scan.entity.storage === 'fact' ? sql` where ${factRange(scan, day)}` : sql``;
  return sql`${name(scanName(scan))} as (
  select t.customer_id, ${join(columns, ',\n    ')}
  from ${name(tableRead(scan.entity, day))} t${within}
  group by t.customer_id)`;
}

/** An earlier day sees the balances that accounts had then. */
const tableRead = ({ code }: EntityDefinition, { mode }: MetricDay) =>
  code === 'account' ? dayTable(code, mode) : code;

const scanName = (scan: EntityScan) => `${scan.entity.code}_scan`;

/** The days that a scan must read: the longest window, or more where a carried metric has days to catch up. */
function factRange(scan: EntityScan, day: MetricDay): Sql {
  const upTo = sql`t.business_date <= ${day.date}::date`;
  const windows = scan.measures.map(({ measure }) => measure.days ?? 0);
  let after: BusinessDate | null = addDays(day.date, -Math.max(...windows));
  if (scan.measures.some(({ measure }) => carried(measure))) {
    if (day.carriedFrom === null) after = null;
    else if (day.carriedFrom < after) after = day.carriedFrom;
  }
  return after === null ? upTo : sql`t.business_date > ${after}::date and ${upTo}`;
}

/** Today's value of a stored metric, from the scans, the ledger of the day (`a`) and yesterday's row (`m`). */
function storedValue(model: Model, metric: MetricDefinition, day: MetricDay): Sql {
  if (metric.ledger) {
    if (metric.ledger === 'total') return sql`coalesce(a.total, 0)`;
    if (metric.ledger === 'previous') {
      return sql`coalesce(case when a.changed_on = ${day.date} then a.previous_total else a.total end, 0)`;
    }
    return sql`coalesce((a.parts ->> ${metric.ledger.class})::numeric, 0)`;
  }
  const measure = metric.measure!;
  const entity = model.entity(measure.entity);
  const value = column(ident(`${entity.code}_scan`).sql, metric.code);
  if (entity.storage === 'fact' && carried(measure) && day.carriedFrom !== null) {
    return sql`${raw(measure.function === 'max' ? 'greatest' : 'least')}(${value}, m.${name(metric.code)})`;
  }
  if (['sum', 'count', 'distinct'].includes(measure.function)) return sql`coalesce(${value}, 0)`;
  // Rounded as the column will be, or it would differ from the stored value for ever.
  return measure.function === 'average' ? sql`${value}::${raw(columnTypes[metric.unit])}` : value;
}

/**
 * The one statement that brings all stored metrics of all customers to a date: each entity is scanned once, and only rows
 * whose values differ are written. Tells how many customers were written, and how many of them for the first time.
 */
export function metricStatement(model: Model, day: MetricDay): Sql {
  const stored = storedMetrics(model);
  const codes = stored.map((metric) => name(metric.code));
  const each = (write: (code: Sql) => Sql, separator = ', ') => join(codes.map(write), separator);
  const values = stored.map((metric) => sql`${storedValue(model, metric, day)} as ${name(metric.code)}`);
  const scanned = scans(model).map((scan) => scanText(scan, day));
  const joins = scans(model).map((scan) => {
    const alias = name(scanName(scan));
    return sql`left join ${alias} on ${alias}.customer_id = c.id`;
  });
  const table = name(dayTable('customer_metric', day.mode));
  return sql`with ${join(scanned, ',\n')},
written as (insert into ${table} (customer_id, as_of, ${each((code) => code)})
  select c.id, ${day.date}, ${each((code) => sql`n.${code}`)}
  from customer c
  left join ${table} m on m.customer_id = c.id
  left join ${name(dayTable('customer_aum', day.mode))} a on a.customer_id = c.id
  ${join(joins, '\n  ')}
  cross join lateral (select
    ${join(values, ',\n    ')}) n
  where m.customer_id is null
    or (${each((code) => sql`n.${code}`)}) is distinct from (${each((code) => sql`m.${code}`)})
  on conflict (customer_id) do update set as_of = excluded.as_of,
    ${each((code) => sql`${code} = excluded.${code}`)}
  returning (xmax = 0) as first)
select count(*) as changed, count(*) filter (where first) as first from written`;
}

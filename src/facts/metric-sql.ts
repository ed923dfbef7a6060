import { ident, join, raw, type Sql, sql } from '#database';
import { compile, type Expression, type Context as ExpressionContext, type Scope } from '#expressions';
import { addDays, type BusinessDate, Failure } from '#kernel';
import { columnOf, type EntityDefinition, fieldOf, type Model } from '#metadata';
import { type DayMode, dayTable } from './aum.ts';
import { kinds } from './failures.ts';
import {
  carried,
  columnTypes,
  dateField,
  type MeasureDefinition,
  type MetricDefinition,
  metrics,
  storedMetrics,
} from './metric-definition.ts';
import { dayNames, fieldNames, metricNames, type Names, type Vocabulary, vocabulary } from './metric-scope.ts';
import { invalidDefinition, oncePerModel } from './pack.ts';

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

/** Compiles an expression of a pack; a refusal names the file and the place in it. */
export function compilePackText(
  owner: { file: string; code: string },
  path: string,
  text: string,
  scope: Scope,
  type?: Expression['type'],
): Expression {
  try {
    return compile(text, scope, type);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(kinds.expression_invalid, {
      file: owner.file,
      code: owner.code,
      path,
      reason: { zh: error.text('zh'), en: error.text('en') },
    });
  }
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
  from ${name(scan.entity.code)} t${within}
  group by t.customer_id)`;
}

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
 * whose values differ are written.
 */
export function metricStatement(model: Model, day: MetricDay): Sql {
  const stored = storedMetrics(model);
  const codes = stored.map((metric) => name(metric.code));
  const list = join(codes, ', ');
  const today = join(
    codes.map((code) => sql`n.${code}`),
    ', ',
  );
  const before = join(
    codes.map((code) => sql`m.${code}`),
    ', ',
  );
  const values = stored.map((metric) => sql`${storedValue(model, metric, day)} as ${name(metric.code)}`);
  const joins = scans(model).map((scan) => {
    const alias = name(scanName(scan));
    return sql`left join ${alias} on ${alias}.customer_id = c.id`;
  });
  const table = name(dayTable('customer_metric', day.mode));
  return sql`with ${join(
    scans(model).map((scan) => scanText(scan, day)),
    ',\n',
  )}
insert into ${table} (customer_id, as_of, ${list})
select c.id, ${day.date}, ${today}
from customer c
left join ${table} m on m.customer_id = c.id
left join ${name(dayTable('customer_aum', day.mode))} a on a.customer_id = c.id
${join(joins, '\n')}
cross join lateral (select
  ${join(values, ',\n  ')}) n
where m.customer_id is null or (${today}) is distinct from (${before})
on conflict (customer_id) do update set as_of = excluded.as_of,
  ${join(
    codes.map((code) => sql`${code} = excluded.${code}`),
    ', ',
  )}`;
}

/** Calculated metrics in the order in which they can be calculated: each step uses only what stands before it. */
interface CalculationStep {
  alias: string;
  columns: { metric: MetricDefinition; value: Expression }[];
}

const calculationSteps = oncePerModel((model): CalculationStep[] => {
  const places = new Map(storedMetrics(model).map(({ code }) => [code, `m.${ident(code).sql}`]));
  const steps: CalculationStep[] = [];
  let waiting = metrics(model).filter((metric) => metric.expression !== undefined);
  while (waiting.length > 0) {
    const names = new Set(metrics(model).map(({ code }) => code));
    const alias = `k${steps.length + 1}`;
    const place = (code: string) => places.get(code) ?? `waiting.${ident(code).sql}`;
    const { scope } = vocabulary(...customerNameSets(model, place));
    const columns = waiting
      .map((metric) => ({ metric, value: compileCalculation(metric, scope) }))
      .filter(({ value }) => value.names.every((key) => !names.has(key) || places.has(key)));
    const first = waiting[0]!;
    if (columns.length === 0) {
      const reason = 'its calculation leads back to itself';
      throw invalidDefinition(first, 'expression', reason);
    }
    for (const { metric } of columns) places.set(metric.code, `${alias}.${ident(metric.code).sql}`);
    waiting = waiting.filter((metric) => !columns.some((column) => column.metric === metric));
    steps.push({ alias, columns });
  }
  return steps;
});

/** A calculated metric must mean the same to everybody who reads it, so it knows the date and nothing else of the run. */
function compileCalculation(metric: MetricDefinition, scope: Scope): Expression {
  const value = compilePackText(metric, 'expression', metric.expression!, scope);
  const parameter = value.constants.find((code) => code !== 'business_date');
  if (parameter) throw invalidDefinition(metric, 'expression', `it may not use the parameter ${parameter}`);
  return value;
}

function customerNameSets(model: Model, place: (code: string) => string | undefined): Names[] {
  return [fieldNames(model.entity('customer'), 'c'), dayNames(model), metricNames(model, place)];
}

/** Everything that a condition about customers may speak of: fields of `c`, the day, and metrics through `metricJoins`. */
export const customerVocabulary = oncePerModel((model): Vocabulary => {
  const places = new Map(storedMetrics(model).map(({ code }) => [code, `m.${ident(code).sql}`]));
  for (const { alias, columns } of calculationSteps(model)) {
    for (const { metric } of columns) places.set(metric.code, `${alias}.${ident(metric.code).sql}`);
  }
  return vocabulary(...customerNameSets(model, (code) => places.get(code)));
});

/**
 * What metrics of `customerVocabulary` mean in SQL, after `from customer c`: the stored ones as `m`, and of the calculated ones those
 * that the given names lead to.
 */
export function metricJoins(model: Model, table: string, expressions: ExpressionContext, names: Iterable<string>): Sql {
  const needed = new Set(names);
  const steps: Sql[] = [];
  for (const { alias, columns } of calculationSteps(model).toReversed()) {
    const used = columns.filter(({ metric }) => needed.has(metric.code));
    for (const { value } of used) for (const code of value.names) needed.add(code);
    if (used.length > 0)
      steps.unshift(sql`cross join lateral (select ${calculated(used, expressions)}) ${name(alias)}`);
  }
  return join([sql`join ${name(table)} m on m.customer_id = c.id`, ...steps], '\n');
}

function calculated(columns: CalculationStep['columns'], expressions: ExpressionContext): Sql {
  const values = columns.map(({ metric, value }) => {
    const type = raw(columnTypes[metric.unit]);
    return sql`(${value.sql(expressions)})::${type} as ${name(metric.code)}`;
  });
  return join(values, ',\n  ');
}

/**
 * All metrics of the customer `c` as of a business date as one jsonb object by code: amounts as exact texts, dates as texts, counts
 * as numbers. Null for a customer without metrics yet.
 */
export function metricValues(model: Model, zone: string, date: BusinessDate): Sql {
  const { names } = customerVocabulary(model);
  const codes = metrics(model).map((metric) => metric.code);
  const values = metrics(model).map(({ code, unit }) => {
    const exact = unit === 'money' || unit === 'percent' ? '::text' : '';
    return raw(`${names[code]!.sql as string}${exact} as ${ident(code).sql}`);
  });
  const joins = metricJoins(model, 'customer_metric', { zone, values: { business_date: date } }, codes);
  return sql`(select to_jsonb(v) from (select c.*) c ${joins} cross join lateral (select ${join(values, ', ')}) v)`;
}

import { empty, ident, join, raw, type Sql, sql } from '#database';
import type { Expression, Context as ExpressionContext } from '#expressions';
import { addDays, type BusinessDate, type WorkCalendar } from '#kernel';
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
  windowStart,
} from './metric-definition.ts';
import { measureWords, referenceJoins } from './metric-scope.ts';
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
  /** The institution's, for windows of trading days. */
  calendar: WorkCalendar;
  /** These customers alone; default all. */
  customers?: readonly string[] | undefined;
  /** Or those whose ids lie between, the first excluded: their rows lie together. */
  range?: { after: string; upTo: string } | undefined;
  /** Codes of the metrics to write; default all. */
  only?: ReadonlySet<string> | undefined;
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

/** Compiles the filters of all measures; throws a Failure that names metric and place. */
export const checkMeasures = (model: Model): void => void scans(model);

function compileWhere(model: Model, metric: MetricDefinition, entity: EntityDefinition): Expression | undefined {
  const { where, ...measure } = metric.measure!;
  if (where === undefined) return undefined;
  const { scope } = measureWords(model, entity);
  const compiled = compilePackText(metric, 'measure/where', where, scope, 'boolean');
  if (entity.storage === 'fact' && carried(measure) && compiled.constants.length > 0) {
    const reason = {
      zh: '没有天数窗口的最大、最小值不能引用日期或参数；如需如此请改用有天数的窗口',
      en: 'a least or greatest value without days may not speak of the date or of parameters; give it a window of days',
    };
    throw invalidDefinition(metric, 'measure/where', reason);
  }
  return compiled;
}

const name = (text: string): Sql => raw(ident(text).sql);
const column = (alias: string, code: string): Sql => raw(`${alias}.${ident(code).sql}`);

/** Converts an amount to the currency of the books where the row says another one. */
export function inBooksValue(entity: EntityDefinition, code: string, day: Pick<MetricDay, 'currency' | 'rates'>): Sql {
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
  const start = windowStart(measure, day.date, day.calendar);
  const conditions = [
    ...(start ? [sql`${dateColumn} >= ${start}::date`] : []),
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

export const localDate = (value: Sql, day: Pick<MetricDay, 'expressions'>): Sql =>
  sql`(${value} at time zone ${day.expressions.zone})::date`;

function dateOf(entity: EntityDefinition, measure: MeasureDefinition, day: MetricDay): Sql | undefined {
  const field = dateField(entity, measure);
  if (!field) return undefined;
  const value = column('t', columnOf(field));
  return field.type === 'datetime' ? localDate(value, day) : value;
}

function scanText(model: Model, scan: EntityScan, day: MetricDay): Sql {
  const columns = scan.measures.map((measure) => aggregate(measure, scan.entity, day));
  const conditions = [...(scan.entity.storage === 'fact' ? [factRange(scan, day)] : [])];
  const asked = scan.measures.flatMap(({ where }) => where?.names ?? []);
  const joined = referenceJoins(model, scan.entity, asked);
  const among = within(sql`t.customer_id`, day);
  const where = conditions.length > 0 || among !== empty ? sql` where ${among}${conditions[0] ?? raw('true')}` : empty;
  return sql`${name(scanName(scan))} as (
  select t.customer_id, ${join(columns, ',\n    ')}
  from ${name(tableRead(scan.entity, day))} t${raw(joined)}${where}
  group by t.customer_id)`;
}

/** An earlier day sees the balances that accounts had then. */
const tableRead = ({ code }: EntityDefinition, { mode }: MetricDay) =>
  code === 'account' ? dayTable(code, mode) : code;

const scanName = (scan: EntityScan) => `${scan.entity.code}_scan`;

/** The days that a scan must read: from the first day of the longest window, or more where a carried metric has days to catch up. */
function factRange(scan: EntityScan, day: MetricDay): Sql {
  const upTo = sql`t.business_date <= ${day.date}::date`;
  const starts = scan.measures.map(({ measure }) => scanStart(measure, day));
  if (starts.includes(null)) return upTo;
  return sql`t.business_date >= ${starts.reduce((first, start) => (start! < first! ? start : first))}::date and ${upTo}`;
}

/** The first day whose facts a measure needs; null for all of them. */
function scanStart(measure: MeasureDefinition, day: MetricDay): BusinessDate | null {
  if (carried(measure)) return day.carriedFrom === null ? null : addDays(day.carriedFrom, 1);
  return windowStart(measure, day.date, day.calendar);
}

/** Today's value of a stored metric, from the scans, the ledger of the day (`a`) and yesterday's row (`m`). */
function storedValue(model: Model, metric: MetricDefinition, day: MetricDay): Sql {
  if (metric.ledger) {
    if (metric.ledger === 'total') return sql`coalesce(a.total, 0)`;
    if (metric.ledger === 'previous') {
      return sql`coalesce(case when a.changed_on = ${day.date} then a.previous_total else a.total end, 0)`;
    }
    if ('days_ago' in metric.ledger) {
      const then = addDays(day.date, -metric.ledger.days_ago);
      return sql`coalesce((select l.total from aum_daily l where l.customer_id = c.id and l.business_date <= ${then}::date
      order by l.business_date desc limit 1), 0)`;
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

/** The value of each metric asked for, by code, beside the customer `c`: what it is read from, and the columns. */
function computed(model: Model, day: MetricDay) {
  const isAsked = ({ code }: MetricDefinition) => day.only?.has(code) ?? true;
  const stored = storedMetrics(model).filter(isAsked);
  const asked = scans(model).flatMap((scan) => {
    const measures = scan.measures.filter(({ metric }) => isAsked(metric));
    return measures.length > 0 ? [{ ...scan, measures }] : [];
  });
  const joins = asked.map((scan) => {
    const alias = name(scanName(scan));
    return sql`left join ${alias} on ${alias}.customer_id = c.id`;
  });
  const values = stored.map((metric) => sql`${storedValue(model, metric, day)} as ${name(metric.code)}`);
  return {
    stored,
    scans: asked.map((scan) => scanText(model, scan, day)),
    /** `stored`: beside the values `n` those that are stored, `m`. */
    from: (
      beside?: 'stored',
    ) => sql`from customer c${beside ? sql`\n  left join ${name(dayTable('customer_metric', day.mode))} m on m.customer_id = c.id` : empty}
  left join ${name(dayTable('customer_aum', day.mode))} a on a.customer_id = c.id
  ${joins.length > 0 ? join(joins, '\n  ') : empty}
  cross join lateral (select
    ${join(values, ',\n    ')}) n`,
  };
}

/**
 * The one statement that brings all stored metrics of all customers to a date: each entity is scanned once, and only rows
 * whose values differ are written. Tells how many customers were written, and how many of them for the first time. Asked for some metrics
 * only, it leaves customers alone who have none yet.
 */
export function metricStatement(model: Model, day: MetricDay): Sql {
  const { stored, scans: scanned, from } = computed(model, day);
  const table = name(dayTable('customer_metric', day.mode));
  const codes = stored.map((metric) => name(metric.code));
  const each = (write: (code: Sql) => Sql, separator = ', ') => join(codes.map(write), separator);
  const differs = sql`(${each((code) => sql`n.${code}`)}) is distinct from (${each((code) => sql`m.${code}`)})`;
  const inserted = sql`insert into ${table} (customer_id, as_of, ${each((code) => code)})
  select c.id, ${day.date}, ${each((code) => sql`n.${code}`)}
  ${from('stored')}
  where ${within(sql`c.id`, day)}(m.customer_id is null
    or ${differs})
  on conflict (customer_id) do update set as_of = excluded.as_of,
    ${each((code) => sql`${code} = excluded.${code}`)}
  returning (xmax = 0) as first`;
  // Where there is a row, an update is cheaper than an insert that meets it. The values are made once, not for the comparison and again to be
  // written: that is what the offset asks.
  const updated = sql`update ${table} m set as_of = ${day.date}, ${each((code) => sql`${code} = n.${code}`)} from (
  select c.id, ${each((code) => sql`n.${code}`)}
  ${from()}
  where ${within(sql`c.id`, day)}true offset 0) n
  where m.customer_id = n.id and ${differs}
  returning false as first`;
  return sql`with ${join([...scanned, sql`written as (${day.only && day.carriedFrom === null ? updated : inserted})`], ',\n')}
select count(*) as changed, count(*) filter (where first) as first from written`;
}

/** The value of one stored metric for customers, from all facts and records; writes nothing. */
export function metricValueStatement(model: Model, day: MetricDay, code: string): Sql {
  const { scans: scanned, from } = computed(model, { ...day, only: new Set([code]), carriedFrom: null });
  const ctes = scanned.length > 0 ? sql`with ${join(scanned, ',\n')}\n` : empty;
  return sql`${ctes}select c.id::text as id, n.${name(code)}::${raw(columnTypes[metricOf(model, code).unit])}::text as value
  ${from()} where ${within(sql`c.id`, day)}true`;
}

const metricOf = (model: Model, code: string) => metrics(model).find((metric) => metric.code === code)!;

/** The customers asked for, as the beginning of a condition. */
function within(column: Sql, { customers, range }: MetricDay): Sql {
  if (customers) return sql`${column} = any(${customers}::bigint[]) and `;
  return range ? sql`${column} > ${range.after}::bigint and ${column} <= ${range.upTo}::bigint and ` : empty;
}

import { ident, join, raw, type Sql, sql } from '#database';
import type { Expression, Context as ExpressionContext, Scope } from '#expressions';
import type { Model } from '#metadata';
import { quotient, textOf, unitsOf } from './engine/units.ts';
import {
  columnPlaces,
  columnTypes,
  type MetricDefinition,
  type MetricUnit,
  metrics,
  storedMetrics,
} from './metric-definition.ts';
import { dayNames, fieldNames, metricNames, type Names, type Vocabulary, vocabulary } from './metric-scope.ts';
import { invalidDefinition, oncePerModel } from './pack.ts';
import { compilePackText } from './pack-expression.ts';

/** Calculated metrics in the order in which they can be calculated: each step uses only what stands before it. */
interface CalculationStep {
  /** Name of the sub-select that gives the step's metrics. */
  alias: string;
  columns: { metric: MetricDefinition; value: Expression }[];
}

interface Calculations {
  households: MetricDefinition[];
  steps: CalculationStep[];
  vocabulary: Vocabulary;
}

/** Name of the sub-select that gives the metrics over the household. */
const HOUSEHOLD = 'kh';

/** Compiles the calculated metrics over fields of `c`, stored metrics of `m` and the given names of the day. */
function calculationsWith(model: Model, day: Names): Calculations {
  const all = new Set(metrics(model).map(({ code }) => code));
  const places = new Map(storedMetrics(model).map(({ code }) => [code, `m.${ident(code).sql}`]));
  const words = (place: (code: string) => string | undefined) =>
    vocabulary(fieldNames(model.entity('customer'), 'c'), day, metricNames(model, place));
  const households = metrics(model).filter((metric) => metric.household !== undefined);
  for (const { code } of households) places.set(code, `${HOUSEHOLD}.${ident(code).sql}`);
  const steps: CalculationStep[] = [];
  let waiting = metrics(model).filter((metric) => metric.expression !== undefined);
  while (waiting.length > 0) {
    const alias = `k${steps.length + 1}`;
    const { scope } = words((code) => places.get(code) ?? `waiting.${ident(code).sql}`);
    const columns = waiting
      .map((metric) => ({ metric, value: compileCalculation(metric, scope) }))
      .filter(({ value }) => value.names.every((code) => !all.has(code) || places.has(code)));
    if (columns.length === 0)
      throw invalidDefinition(waiting[0]!, 'expression', {
        zh: '它的计算绕回到它自己',
        en: 'its calculation leads back to itself',
      });
    for (const { metric } of columns) places.set(metric.code, `${alias}.${ident(metric.code).sql}`);
    waiting = waiting.filter((metric) => !columns.some((column) => column.metric === metric));
    steps.push({ alias, columns });
  }
  return { households, steps, vocabulary: words((code) => places.get(code)) };
}

/** A calculated metric must mean the same to everybody who reads it, so it knows the date and nothing else of the run. */
function compileCalculation(metric: MetricDefinition, scope: Scope): Expression {
  const value = compilePackText(metric, 'expression', metric.expression!, scope);
  const parameter = value.constants.find((code) => code !== 'business_date');
  if (parameter)
    throw invalidDefinition(metric, 'expression', {
      zh: `指标的计算不能引用参数“${parameter}”；参数请用在标签、分层或客群的条件里`,
      en: `it may not use the parameter ${parameter}; use parameters in the conditions of tags, tiers and segments`,
    });
  return value;
}

const onRunDay = oncePerModel((model) => calculationsWith(model, dayNames(model)));

/** Outside of a run the date is that of the stored metrics, `d`. */
const onStoredDay = oncePerModel((model) => {
  const names = dayNames(model);
  return calculationsWith(model, {
    ...names,
    business_date: { ...names.business_date!, given: 'row', sql: 'd.as_of' },
  });
});

/** Everything that a condition about customers may speak of: fields of `c`, the day, and metrics through `metricJoins`. */
export const customerVocabulary = (model: Model): Vocabulary => onRunDay(model).vocabulary;

/**
 * What metrics of `customerVocabulary` mean in SQL, after `from customer c`: the stored ones as `m`, and of the calculated ones those
 * that the given names lead to.
 */
export function metricJoins(model: Model, table: string, expressions: ExpressionContext, names: Iterable<string>): Sql {
  const stored = sql`join ${raw(ident(table).sql)} m on m.customer_id = c.id`;
  return join([stored, ...lateralSteps(onRunDay(model), table, expressions, names)], '\n');
}

/** Does any of these names lead to a metric over the household, so that a member's change is everybody's? */
export function asksHouseholds(model: Model, names: Iterable<string>): boolean {
  const { households, steps } = onRunDay(model);
  const needed = neededNames(steps, names);
  return households.some(({ code }) => needed.has(code));
}

/** The metrics that names lead to: themselves, what they are calculated from, and what households are summed over. */
export function neededMetrics(model: Model, names: Iterable<string>): Set<string> {
  const { households, steps } = onRunDay(model);
  const needed = neededNames(steps, names);
  for (const { code, household } of households) if (needed.has(code)) needed.add(household!.of);
  return new Set(metrics(model).flatMap(({ code }) => (needed.has(code) ? [code] : [])));
}

/** The names with all that they are calculated from. */
function neededNames(steps: CalculationStep[], names: Iterable<string>): Set<string> {
  const needed = new Set(names);
  for (const { columns } of steps.toReversed()) {
    for (const { metric, value } of columns) {
      if (needed.has(metric.code)) for (const code of value.names) needed.add(code);
    }
  }
  return needed;
}

/** Do any of these names lead to one of the metrics, or to something that is no field or metric of the customer, which may hang on them? */
export function leadTo(model: Model, names: Iterable<string>, codes: ReadonlySet<string>): boolean {
  const { steps, vocabulary } = onRunDay(model);
  for (const needed of neededNames(steps, names)) {
    if (codes.has(needed) || !Object.hasOwn(vocabulary.names, needed)) return true;
  }
  return false;
}

/** Over the members' stored values of the same table; who has no household is one by himself. */
function householdStep(households: MetricDefinition[], table: string): Sql {
  const values = households.map(({ code, unit, household }) => {
    const { function: call, of } = household!;
    const own = raw(`m.${ident(of).sql}`);
    const members = raw(`${call}(hm.${ident(of).sql})`);
    const alone = call === 'count' ? sql`(${own} is not null)::integer` : own;
    return sql`(case when c.household_id is null then ${alone} else (select ${members} from customer hc
    join ${raw(ident(table).sql)} hm on hm.customer_id = hc.id where hc.household_id = c.household_id) end)::${raw(columnTypes[unit])} as ${raw(ident(code).sql)}`;
  });
  return sql`cross join lateral (select ${join(values, ',\n  ')}) ${raw(HOUSEHOLD)}`;
}

function lateralSteps(
  { households, steps }: Calculations,
  table: string,
  expressions: ExpressionContext,
  names: Iterable<string>,
): Sql[] {
  const needed = neededNames(steps, names);
  const laterals: Sql[] = [];
  const asked = households.filter(({ code }) => needed.has(code));
  if (asked.length > 0) laterals.push(householdStep(asked, table));
  for (const { alias, columns } of steps) {
    const used = columns.filter(({ metric }) => needed.has(metric.code));
    if (used.length === 0) continue;
    const values = used.map(({ metric, value }) => {
      return sql`${roundedSql(value.sql(expressions), metric.unit)} as ${raw(ident(metric.code).sql)}`;
    });
    laterals.push(sql`cross join lateral (select ${join(values, ',\n  ')}) ${raw(alias)}`);
  }
  return laterals;
}

/** One metric of the customer in row `alias` as of the last business date; the same text whatever the date. */
export function metricValue(model: Model, zone: string, code: string, alias: string): Sql {
  const calculations = onStoredDay(model);
  const { vocabulary } = calculations;
  return sql`(select ${raw(vocabulary.names[code]!.sql as string)} from (select ${raw(alias)}.*) c
    join customer_metric m on m.customer_id = c.id cross join facts_state d
    ${join(lateralSteps(calculations, 'customer_metric', { zone }, [code]), ' ')})`;
}

/**
 * All metrics of the customer `c` as of the last business date as one JSON object by code: amounts as exact texts, dates as texts,
 * counts as numbers. Null for a customer without metrics yet. The same text whatever the date, so it may be prepared.
 */
export function metricValues(model: Model, zone: string): Sql {
  const calculations = onStoredDay(model);
  const { vocabulary } = calculations;
  // Asked about one customer alone, row security shows nobody else of the household.
  const shown = metrics(model).filter((metric) => {
    const needed = neededNames(calculations.steps, [metric.code]);
    return !calculations.households.some(({ code }) => needed.has(code));
  });
  const codes = shown.map((metric) => metric.code);
  const values = shown.map(({ code, unit }) => {
    const exact = unit === 'money' || unit === 'percent' ? '::text' : '';
    return raw(`${vocabulary.names[code]!.sql as string}${exact} as ${ident(code).sql}`);
  });
  return sql`(select to_json(v) from (select c.*) c
    join customer_metric m on m.customer_id = c.id cross join facts_state d
    ${join(lateralSteps(calculations, 'customer_metric', { zone }, codes), ' ')}
    cross join lateral (select ${join(values, ', ')}) v)`;
}

/** Reads what conditions look at into memory, where many customers are looked at again and few of them change. */
export interface CustomerReader {
  /** Columns of `c` (customer) and `m` (its stored metrics) to select, under their codes. */
  columns: Sql[];
  /** Adds the calculated metrics to a row of these columns. */
  complete(row: Record<string, unknown>, expressions: ExpressionContext): void;
}

/**
 * A reader of the given names and all that they are calculated from; null where one of them asks for more than the customer's own row.
 * `more` are names of the reader's own over `c` and `m`; what is `given` stands in the rows already.
 */
export function customerReader(
  model: Model,
  names: Iterable<string>,
  more: Names = {},
  given: ReadonlySet<string> = new Set(),
): CustomerReader | null {
  const { households, steps, vocabulary: known } = onRunDay(model);
  const needed = neededNames(steps, names);
  if (households.some(({ code }) => needed.has(code))) return null;
  const place = (code: string) => (Object.hasOwn(known.names, code) ? known.names[code] : more[code]);
  if ([...needed].some((code) => place(code) === undefined)) return null;
  const calculated = steps.flatMap(({ columns }) => columns).filter(({ metric }) => needed.has(metric.code));
  const codes = new Set(calculated.map(({ metric }) => metric.code));
  const read = [...needed].filter((code) => !codes.has(code) && !given.has(code) && place(code)?.given !== 'context');
  if (read.some((code) => typeof place(code)!.sql !== 'string')) return null;
  return {
    columns: read.map((code) => raw(`${place(code)!.sql as string} as ${ident(code).sql}`)),
    complete(row, expressions) {
      for (const { metric, value } of calculated) {
        const found = value.evaluate(row, expressions);
        row[metric.code] = metric.unit === 'date' ? found : roundedText(found as string | null, metric.unit);
      }
    },
  };
}

/** A calculated value in the places of its unit, however large: one customer's odd figures must not stop the day of all. */
const roundedSql = (value: Sql, unit: MetricUnit): Sql =>
  unit === 'date' ? sql`(${value})::date` : sql`round(${value}, ${raw(String(columnPlaces(unit)))})`;

/** The same in memory. */
function roundedText(text: string | null, unit: MetricUnit): string | null {
  const point = text?.indexOf('.') ?? -1;
  if (text === null || point < 0) return text;
  const places = columnPlaces(unit);
  const own = text.length - point - 1;
  return own <= places ? text : textOf(quotient(unitsOf(text, own), own, 1, places), places);
}

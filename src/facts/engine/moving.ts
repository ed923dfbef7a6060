import { ident, join, raw, type Sql, sql } from '#database';
import { childrenOf, type Node } from '#expressions';
import { addDays, type BusinessDate, type WorkCalendar } from '#kernel';
import { columnOf, fieldOf, type Model } from '#metadata';
import {
  dateField,
  type MeasureDefinition,
  type MetricDefinition,
  storedMetrics,
  windowStart,
} from '../metric-definition.ts';
import { oncePerModel } from '../pack.ts';
import { conditionOf, held } from './layout.ts';

/** Stored metrics that the history does not answer: read from records, from the ledger, or from facts past the history. */
export const readFromRows = oncePerModel((model): MetricDefinition[] => {
  const inHistory = new Set(held(model));
  return storedMetrics(model).filter((metric) => !inHistory.has(metric));
});

/** Metrics that are read from the same rows. */
export interface Moving {
  codes: ReadonlySet<string>;
  /** A query of `customer_id`: of whom they may change between two dates by time, or by what the days in between brought; null for all. */
  customers: Sql | null;
}

/** Balances move with the ledger, and of the same customers: both are read at once. */
const ASSETS = 'account';

/**
 * The metrics read from rows, by where they are read: nobody's loans are read again because his balance moved. A row counts when a date
 * of it that is compared with the business date, or that a window goes by, lies between the dates.
 */
export function movedBetween(model: Model, from: BusinessDate, to: BusinessDate, calendar: WorkCalendar): Moving[] {
  const bySource = Map.groupBy(readFromRows(model), ({ measure }) => measure?.entity ?? ASSETS);
  return [...bySource].flatMap(([source, metrics]): Moving[] => {
    const codes = new Set(metrics.map(({ code }) => code));
    const spans = spansOf(model, metrics, from, to, calendar);
    if (spans === null) return [{ codes, customers: null }];
    const rows = [...rowsIn(spans), ...(source === ASSETS ? movedAssets(from, to) : [])];
    return rows.length > 0 ? [{ codes, customers: join(rows, ' union ') }] : [];
  });
}

/** Whose ledger or balances moved since a day, the day itself included: what was today's is yesterday's now. */
const movedAssets = (from: BusinessDate, to: BusinessDate): Sql[] => [
  sql`select customer_id from customer_aum where changed_on >= ${from}::date`,
  sql`select customer_id from transaction where business_date > ${from}::date and business_date <= ${to}::date`,
];

/** Dates of a column, both included. */
interface Span {
  table: string;
  column: string;
  first: BusinessDate;
  last: BusinessDate;
}

function spansOf(
  model: Model,
  metrics: readonly MetricDefinition[],
  from: BusinessDate,
  to: BusinessDate,
  calendar: WorkCalendar,
): Span[] | null {
  const spans: Span[] = [];
  for (const { measure, ledger } of metrics) {
    if (typeof ledger === 'object' && 'days_ago' in ledger) {
      const [first, last] = [addDays(from, 1 - ledger.days_ago), addDays(to, -ledger.days_ago)];
      spans.push({ table: 'aum_daily', column: 'business_date', first, last });
    }
    if (!measure) continue;
    const entity = model.entity(measure.entity);
    const watched = watchedFields(model, measure);
    if (!watched) return null;
    const add = (code: string, first: BusinessDate, last: BusinessDate) =>
      spans.push({ table: entity.code, column: columnOf(fieldOf(entity, code)!), first, last });
    for (const code of watched) add(code, from, to);
    // Facts of the days in between are new; of records it is noted who has a new one.
    if (entity.storage === 'fact') add('business_date', addDays(from, 1), to);
    const [before, after] = [windowStart(measure, from, calendar), windowStart(measure, to, calendar)];
    // A window may move past rows, and in the zone of the institution a time is a day earlier or later than in UTC.
    if (before !== null && after !== null)
      add(dateField(entity, measure)!.code, addDays(before, -1), addDays(after, 1));
  }
  return spans;
}

/** Each table is looked through once, however many metrics ask for how many of its dates. */
function rowsIn(spans: readonly Span[]): Sql[] {
  return [...Map.groupBy(spans, ({ table }) => table)].map(([table, of]) => {
    const different = new Map(of.map((span) => [JSON.stringify(span), span])).values();
    const conditions = [...different].map(
      ({ column, first, last }) => sql`${raw(ident(column).sql)} between ${first}::date and ${last}::date`,
    );
    return sql`select customer_id from ${raw(ident(table).sql)} where ${join(conditions, ' or ')}`;
  });
}

/** The date fields that a condition compares with the business date; undefined when it asks for it in another way. */
function watchedFields(model: Model, measure: MeasureDefinition): string[] | undefined {
  const condition = conditionOf(model, measure);
  const fields: string[] = [];
  const isPlain = (node: Node): boolean => {
    const field =
      node.kind === 'compare' ? (besideDate(node.left, node.right) ?? besideDate(node.right, node.left)) : undefined;
    if (field !== undefined) fields.push(field);
    return field !== undefined || (!isBusinessDate(node) && childrenOf(node).every(isPlain));
  };
  return condition === undefined || isPlain(condition.ast) ? fields : undefined;
}

const isBusinessDate = (node: Node) =>
  node.kind === 'name' && node.source === 'context' && node.entry.key === 'business_date';

const besideDate = (field: Node, date: Node): string | undefined =>
  field.kind === 'name' && field.source === 'row' && isBusinessDate(date) ? field.entry.key : undefined;

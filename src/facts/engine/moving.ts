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

/**
 * Customers of whom a metric read from rows may change between two dates by time alone, as a query of `customer_id`; null when any may.
 * A row counts when a date of it that is compared with the business date, or that a window goes by, lies in between.
 */
export function movedByTime(model: Model, from: BusinessDate, to: BusinessDate, calendar: WorkCalendar): Sql | null {
  const parts: Sql[] = [];
  for (const { measure, ledger } of readFromRows(model)) {
    if (typeof ledger === 'object' && 'days_ago' in ledger) {
      const [first, last] = [addDays(from, 1 - ledger.days_ago), addDays(to, -ledger.days_ago)];
      parts.push(sql`select customer_id from aum_daily where business_date between ${first}::date and ${last}::date`);
    }
    if (!measure) continue;
    const entity = model.entity(measure.entity);
    const watched = watchedFields(model, measure);
    if (!watched) return null;
    const spans = watched.map((code) => ({ code, first: from, last: to }));
    // Facts of the days in between are new; of records it is noted who has a new one.
    if (entity.storage === 'fact') spans.push({ code: 'business_date', first: addDays(from, 1), last: to });
    const [before, after] = [windowStart(measure, from, calendar), windowStart(measure, to, calendar)];
    // A window may move past rows, and in the zone of the institution a time is a day earlier or later than in UTC.
    if (before !== null && after !== null) {
      spans.push({ code: dateField(entity, measure)!.code, first: addDays(before, -1), last: addDays(after, 1) });
    }
    for (const { code, first, last } of spans) {
      const column = raw(ident(columnOf(fieldOf(entity, code)!)).sql);
      parts.push(
        sql`select customer_id from ${raw(ident(entity.code).sql)} where ${column} between ${first}::date and ${last}::date`,
      );
    }
  }
  return parts.length === 0 ? sql`select 0::bigint as customer_id where false` : join(parts, ' union ');
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

import { allOf, type Sql, type Transaction } from '#database';
import { type BusinessDate, dayNumber } from '#kernel';
import type { EntityDefinition } from '#metadata';
import { dayStatement } from '../statement.ts';
import { factReader } from './facts.ts';
import { fold } from './history.ts';
import { dateText, metricTexts } from './reading.ts';
import { type Engine, type Held, type HistoryRow, heldOf, packHistories, readHistoryRows } from './store.ts';

/** Facts of one entity that nobody has seen yet, as `writeBulk` takes them: id, source key, then the values of the columns. */
export interface NewFacts {
  entity: EntityDefinition;
  columns: readonly string[];
  rows: readonly (readonly (string | null)[])[];
}

/** The values of a row begin behind its id and source key. */
const VALUES_AT = 2;

/** Columns of the customer `c` and his stored metrics `m` to be read of those concerned, under names of their own. */
export type Beside = readonly Sql[];

/** A customer of whom facts were folded in: his id as `customer_id`, what was asked for beside, and the metrics that are true now by code. */
export type FoldedRow = Record<string, unknown> & { customer_id: string };

/** Facts folded in memory. */
export interface Folding {
  folded: FoldedRow[];
  /** Writes histories and metrics. */
  write(tx: Transaction): Promise<unknown>;
}

const placesOf = ({ columns }: NewFacts) => ({
  customerAt: columns.indexOf('customer') + VALUES_AT,
  dateAt: columns.indexOf('business_date') + VALUES_AT,
});

/** Customers of facts up to a date; of all facts without one. */
export function customersUpTo(facts: readonly NewFacts[], date?: BusinessDate): string[] {
  const ids = new Set<string>();
  for (const each of facts) {
    const { customerAt, dateAt } = placesOf(each);
    for (const row of each.rows) if (date === undefined || row[dateAt]! <= date) ids.add(row[customerAt]!);
  }
  return [...ids];
}

/** The stored histories of customers with what is asked for beside, and the turn to write them back. */
export async function readToFold(tx: Transaction, ids: readonly string[], beside: Beside): Promise<HistoryRow[]> {
  const [, rows] = await allOf([takeTurn(tx), readHistoryRows(tx, ids, beside)]);
  return rows;
}

/** Adds facts to the histories and metrics of their customers; of what was read it takes those who have facts up to the day. */
export function foldInto(engine: Engine, facts: readonly NewFacts[], read: readonly HistoryRow[]): Folding {
  const { standing } = engine;
  const touched = new Set(customersUpTo(facts, dateText(standing.day)));
  const histories = new Map<string, Held>();
  const rows = new Map<string, FoldedRow>();
  for (const { hist, ...row } of read) {
    if (!touched.has(row.customer_id)) continue;
    histories.set(row.customer_id, heldOf(engine, hist));
    rows.set(row.customer_id, row);
  }
  for (const each of facts) {
    const readFact = factReader(engine, each.entity, each.columns, VALUES_AT);
    const { customerAt, dateAt } = placesOf(each);
    for (const row of each.rows) {
      const day = dayNumber(row[dateAt]!);
      if (day > standing.day) continue;
      const { history } = histories.get(row[customerAt]!)!;
      const cells = readFact(row);
      for (let index = 0; index < cells.length; index += 1) {
        const value = cells[index];
        if (value !== undefined) fold(history, standing.gatherings, day, index, value);
      }
    }
  }
  const entities = new Set(facts.map(({ entity }) => entity.code));
  const write = packHistories(engine, histories, entities, (id, units) => {
    const row = rows.get(id)!;
    metricTexts(units, standing).forEach((text, index) => {
      row[standing.readings[index]!.reading.metric.code] = text;
    });
  });
  return { folded: [...rows.values()], write };
}

const FOLD_LOCK = 7_300_023;

/**
 * One at a time reads histories and writes them back, until its transaction ends: one lock instead of one a customer. A statement of its own, so
 * that the next one sees what was waited for. Who holds the state alone needs no turn.
 */
async function takeTurn(tx: Transaction): Promise<void> {
  await tx.query(dayStatement(`select pg_advisory_xact_lock(${FOLD_LOCK})`, []));
}

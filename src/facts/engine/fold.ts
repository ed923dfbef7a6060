import type { Sql, Transaction } from '#database';
import { dayNumber } from '#kernel';
import type { EntityDefinition } from '#metadata';
import { factReader } from './facts.ts';
import { fold } from './history.ts';
import { metricTexts } from './reading.ts';
import { type Engine, readHistories, writeHistories } from './store.ts';

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

/** Adds facts to the histories and metrics of their customers, whom it returns. */
export async function foldFacts(
  tx: Transaction,
  engine: Engine,
  facts: readonly NewFacts[],
  beside: Beside,
): Promise<FoldedRow[]> {
  const { standing } = engine;
  const touched = new Map<string, { day: number; cells: ReturnType<ReturnType<typeof factReader>> }[]>();
  for (const { entity, columns, rows } of facts) {
    const read = factReader(engine, entity, columns, VALUES_AT);
    const customerAt = columns.indexOf('customer') + VALUES_AT;
    const dateAt = columns.indexOf('business_date') + VALUES_AT;
    for (const row of rows) {
      const day = dayNumber(row[dateAt]!);
      if (day > standing.day) continue;
      const found = { day, cells: read(row) };
      const id = row[customerAt]!;
      const of = touched.get(id);
      if (of) of.push(found);
      else touched.set(id, [found]);
    }
  }
  if (touched.size === 0) return [];
  await takeTurn(tx);
  const rows = new Map<string, FoldedRow>();
  const histories = await readHistories(tx, engine, [...touched.keys()], beside, ({ hist: _, ...row }) => {
    rows.set(row.customer_id, row as FoldedRow);
  });
  for (const [id, found] of touched) {
    const { history } = histories.get(id)!;
    for (const { day, cells } of found) {
      for (let index = 0; index < cells.length; index += 1) {
        const value = cells[index];
        if (value !== undefined) fold(history, standing.gatherings, day, index, value);
      }
    }
  }
  const entities = new Set(facts.map(({ entity }) => entity.code));
  await writeHistories(tx, engine, histories, entities, (id, units) => {
    const row = rows.get(id)!;
    metricTexts(units, standing).forEach((text, index) => {
      row[standing.readings[index]!.reading.metric.code] = text;
    });
  });
  return [...rows.values()];
}

const FOLD_LOCK = 7_300_023;

/**
 * One at a time reads histories and writes them back, until its transaction ends: one lock instead of one a customer. A statement of its own, so
 * that the next one sees what was waited for. Who holds the state alone needs no turn.
 */
async function takeTurn(tx: Transaction): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [FOLD_LOCK]);
}

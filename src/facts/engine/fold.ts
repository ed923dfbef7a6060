import type { Transaction } from '#database';
import { dayNumber } from '#kernel';
import type { EntityDefinition } from '#metadata';
import { factReader } from './facts.ts';
import { fold } from './history.ts';
import { type Engine, readHistories, writeHistories } from './store.ts';

/** Facts of one entity that nobody has seen yet, as `writeBulk` takes them: id, source key, then the values of the columns. */
export interface NewFacts {
  entity: EntityDefinition;
  columns: readonly string[];
  rows: readonly (readonly (string | null)[])[];
}

/** The values of a row begin behind its id and source key. */
const VALUES_AT = 2;

/** Adds facts to the histories and metrics of their customers, whom it returns. */
export async function foldFacts(tx: Transaction, engine: Engine, facts: readonly NewFacts[]): Promise<string[]> {
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
  const histories = await readHistories(tx, engine, [...touched.keys()]);
  for (const [id, found] of touched) {
    const { history } = histories.get(id)!;
    for (const { day, cells } of found) {
      for (let index = 0; index < cells.length; index += 1) {
        const value = cells[index];
        if (value !== undefined) fold(history, standing.gatherings, day, index, value);
      }
    }
  }
  await writeHistories(tx, engine, histories);
  return [...touched.keys()];
}

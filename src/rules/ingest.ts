import type { Transaction } from '#database';
import { type FactsDay, foldFacts, openStoredDay, shareState } from '#facts';
import { Failure } from '#kernel';
import type { Model } from '#metadata';
import { type BulkResult, type BulkRow, type BulkTarget, noteChanges, writeBulk } from '#records';
import type { DayContext } from './day-context.ts';
import { kinds } from './failures.ts';
import { booksOf } from './noted.ts';
import { updateTags } from './tags.ts';
import { updateTiers } from './tiers.ts';

/** New facts of one entity, as `writeBulk` takes them. */
export interface FactBatch {
  target: Omit<BulkTarget, 'folded' | 'exceptions'>;
  rows: BulkRow[];
}

export interface IngestResult {
  /** What became of each batch, in their order; with the facts that were not new. */
  batches: BulkResult[];
  /** Customers whose metrics, tiers and tags were brought up to date in the same transaction. */
  customers: number;
  /** False while a day is run: what is to be brought up to date is noted and follows as soon as the day is done. */
  folded: boolean;
}

/** Facts of one call: they are held in memory. */
const FACTS_MAX = 50_000;

/**
 * Writes facts and takes the new ones into metrics, tiers and tags at once, in one transaction. Facts of dates after the stored state are
 * only written: they count when their day is run. Facts that were there with other content, and the assets of the customers, follow
 * by `refresh`. Throws a Failure for more than 50,000 facts.
 */
export async function ingestFacts(ctx: DayContext, batches: readonly FactBatch[]): Promise<IngestResult> {
  const facts = batches.reduce((sum, { rows }) => sum + rows.length, 0);
  if (facts > FACTS_MAX) throw new Failure(kinds.too_many_facts, { facts, max: FACTS_MAX });
  return await ctx.database.transaction((tx) => ingestIn(ctx, tx, batches), { attemptsMax: 3 });
}

/** The same within a transaction of the caller. */
export async function ingestIn(ctx: DayContext, tx: Transaction, batches: readonly FactBatch[]): Promise<IngestResult> {
  const { model } = ctx;
  const day = (await shareState(tx)) ? await openStoredDay(tx, model, booksOf(ctx)) : null;
  // A state of other definitions cannot be added to.
  const folded = day !== null && day.carriedFrom !== null;
  const results: BulkResult[] = [];
  for (const { target, rows } of batches) {
    results.push(await writeBulk(tx, { ...target, folded, exceptions: true }, [rows]));
  }
  if (!folded) return { batches: results, customers: 0, folded };
  const customers = await foldFacts(
    tx,
    model,
    day,
    batches.map(({ target, rows }, index) => {
      const { exceptions } = results[index]!;
      const fresh = exceptions?.size ? rows.filter(([id]) => !exceptions.has(id!)) : rows;
      return { entity: target.entity, columns: target.columns, rows: fresh };
    }),
  );
  if (customers.length > 0) await follow(tx, model, day, customers, batches);
  return { batches: results, customers: customers.length, folded };
}

/** What hangs on the metrics; balances and with them the assets follow by `refresh`. */
async function follow(
  tx: Transaction,
  model: Model,
  day: FactsDay,
  customers: readonly string[],
  batches: readonly FactBatch[],
): Promise<void> {
  await updateTiers(tx, model, day, customers);
  await updateTags(tx, model, day, customers);
  const moved = new Set(batches.flatMap((batch) => movedBalances(batch, day)));
  await noteChanges(
    tx,
    [...moved].map((customerId) => ({ customerId, entity: 'account', date: null })),
  );
}

/** Customers whose account balances the facts say. */
function movedBalances({ target, rows }: FactBatch, day: FactsDay): string[] {
  if (target.entity.code !== 'transaction') return [];
  const at = (code: string) => target.columns.indexOf(code) + 2;
  const [customer, date, balance] = [at('customer'), at('business_date'), at('balance_after')];
  if (balance < 2) return [];
  return rows.flatMap((row) => (row[date]! <= day.date && row[balance] !== null ? [row[customer]!] : []));
}

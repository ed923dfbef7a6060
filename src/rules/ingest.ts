import type { Transaction } from '#database';
import { foldFacts, openStoredDay, shareState } from '#facts';
import { Failure } from '#kernel';
import { type BulkResult, writeBulk } from '#records';
import { findCandidates, watchOf } from './candidates.ts';
import type { DayContext } from './day-context.ts';
import { entitiesOf, type FactBatch, type IngestResult } from './fact-batch.ts';
import { kinds } from './failures.ts';
import { askForOpening, follow } from './follow.ts';
import { ingestFew } from './ingest-few.ts';
import { booksOf } from './noted.ts';

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
  return (await ingestFew(ctx, tx, batches)) ?? (await ingestMany(ctx, tx, batches));
}

async function ingestMany(ctx: DayContext, tx: Transaction, batches: readonly FactBatch[]): Promise<IngestResult> {
  const { model } = ctx;
  const day = (await shareState(tx)) ? await openStoredDay(tx, model, booksOf(ctx)) : null;
  // A state of other definitions cannot be added to.
  const folded = day !== null && day.carriedFrom !== null;
  const results: BulkResult[] = [];
  for (const { target, rows } of batches) {
    results.push(await writeBulk(tx, { ...target, folded, exceptions: true }, [rows]));
  }
  if (!folded) return { batches: results, customers: 0, folded };
  const watch = watchOf(model, entitiesOf(batches));
  const customers = await foldFacts(
    tx,
    model,
    day,
    batches.map(({ target, rows }, index) => {
      const { exceptions } = results[index]!;
      const fresh = exceptions?.size ? rows.filter(([id]) => !exceptions.has(id!)) : rows;
      return { entity: target.entity, columns: target.columns, rows: fresh };
    }),
    watch.beside,
  );
  if (customers.length > 0) await follow(ctx, tx, day, findCandidates(watch, day, customers), customers, batches);
  await askForOpening(ctx, tx, day, batches);
  return { batches: results, customers: customers.length, folded };
}

import { allOf, prepared, type Transaction } from '#database';
import { customersUpTo, foldRead, openStoredDay, readToFold, sharingState } from '#facts';
import { type BulkResult, FEW_FACTS_MAX, insertFew, lookForFacts } from '#records';
import { findCandidates, watchOf } from './candidates.ts';
import type { DayContext } from './day-context.ts';
import { entitiesOf, type FactBatch, type IngestResult } from './fact-batch.ts';
import { askForOpening, follow } from './follow.ts';
import { booksOf } from './noted.ts';

// A few facts, as they come live: nearly always they are new, the state stands, and nothing but metrics changes. So everything that may be
// needed is read in one network write and everything is written in the next. Where it turns out otherwise, all is taken back to the
// beginning and the facts go the long way.

/** As `ingestFacts` in the caller's transaction; null, with nothing written, where the facts have to go the long way. */
export async function ingestFew(
  ctx: DayContext,
  tx: Transaction,
  batches: readonly FactBatch[],
): Promise<IngestResult | null> {
  const given = batches.filter(({ rows }) => rows.length > 0);
  const count = given.reduce((sum, { rows }) => sum + rows.length, 0);
  if (count === 0 || count > FEW_FACTS_MAX || given.some(({ target }) => target.batch !== undefined)) return null;
  const { model } = ctx;
  const facts = given.map(({ target, rows }) => ({ entity: target.entity, columns: target.columns, rows }));
  const watch = watchOf(model, entitiesOf(given));
  const found = await sharingState(tx, () =>
    allOf([
      keepPlans(tx),
      openStoredDay(tx, model, booksOf(ctx)),
      allOf(given.map(({ target, rows }) => lookForFacts(tx, target, rows))),
      readToFold(tx, customersUpTo(facts), watch.besideFew),
    ]),
  );
  if (!found) return null;
  const [, day, looks, read] = found;
  const folding = day?.carriedFrom && looks.every(({ clear }) => clear) ? foldRead(model, day, facts, read) : null;
  if (!day || !folding) return await takeBack(tx);
  const { folded, write } = folding;
  const [written] = await allOf([
    allOf(given.map(({ target, rows }) => insertFew(tx, target, rows))),
    write(tx),
    askForOpening(ctx, tx, day, given),
    // Last: a rule that fails takes along what is asked for behind it.
    folded.length > 0 && follow(ctx, tx, day, findCandidates(watch, day, folded), folded, given),
  ]);
  // Another may have written one of them since it was looked.
  if (written.some((ids, index) => ids.length < given[index]!.rows.length)) return await takeBack(tx);
  return {
    batches: batches.map(
      ({ rows }): BulkResult => ({
        inserted: rows.length,
        updated: 0,
        corrected: 0,
        unchanged: 0,
        corrections: [],
        exceptions: new Map(),
      }),
    ),
    customers: folded.length,
    folded: true,
  };
}

async function takeBack(tx: Transaction): Promise<null> {
  await tx.query('rollback to savepoint shared_state');
  return null;
}

/**
 * Statements of this transaction are planned once a connection. With arrays as values PostgreSQL expects each new plan to be a little cheaper
 * than the kept one, and would rather plan for longer than running takes.
 */
const keepPlans = (tx: Transaction) =>
  tx.query(prepared('keep_plans', "select set_config('plan_cache_mode', 'force_generic_plan', true)"));

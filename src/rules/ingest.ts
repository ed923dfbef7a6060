import type { Transaction } from '#database';
import { type FactsDay, type FoldedRow, foldFacts, openStoredDay, shareState } from '#facts';
import { enqueue } from '#jobs';
import { type BusinessDate, dateIn, Failure } from '#kernel';
import {
  type BulkResult,
  type BulkRow,
  type BulkTarget,
  byDate,
  notePosted,
  type Posted,
  tellChanges,
  writeBulk,
} from '#records';
import { type Candidates, findCandidates, watchOf } from './candidates.ts';
import type { DayContext } from './day-context.ts';
import { kinds } from './failures.ts';
import { applyLiveRules } from './live-rules.ts';
import { booksOf, markStale } from './noted.ts';
import { OPEN_JOB, type OpenJob } from './open-day.ts';
import { updateSegments } from './segments.ts';
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
  const watch = watchOf(model, new Set(batches.map(({ target }) => target.entity.code)));
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

/** What hangs on the metrics; balances and with them the assets follow by `refresh`. */
async function follow(
  { model, clock }: DayContext,
  tx: Transaction,
  day: FactsDay,
  candidates: Candidates,
  folded: readonly FoldedRow[],
  batches: readonly FactBatch[],
): Promise<void> {
  const customers = folded.map((row) => row.customer_id);
  if (candidates.tiers.length > 0) await updateTiers(tx, model, day, candidates.tiers);
  if (candidates.tags.length > 0) await updateTags(tx, model, day, candidates.tags);
  await updateSegments(tx, model, day, customers);
  const posted = batches.flatMap((batch) => postings(batch, day));
  await notePosted(tx, posted);
  if (posted.length > 0) await tellChanges(tx);
  await markStale(
    tx,
    batches.flatMap((batch) => lateFacts(batch, day)),
  );
  await applyLiveRules(tx, model, clock, day, customers, batches);
}

/** Facts of a date that has begun and that the state does not speak of yet: the date is opened, so that they count at once. */
async function askForOpening(
  { clock, institution }: DayContext,
  tx: Transaction,
  day: FactsDay,
  batches: readonly FactBatch[],
): Promise<void> {
  const today = dateIn(institution.zone, clock());
  const dates = batches.flatMap(({ target, rows }) => {
    const at = placeOf(target, 'business_date');
    return rows.flatMap((row) => (row[at]! > day.date && row[at]! <= today ? [row[at]!] : []));
  });
  if (dates.length === 0) return;
  const date = dates.reduce((last, each) => (each > last ? each : last));
  await enqueue(tx, clock, { kind: OPEN_JOB, payload: { date } satisfies OpenJob, key: date });
}

/** Where the facts say what balances are: the customers by their first date. */
function postings({ target, rows }: FactBatch, day: FactsDay): Posted[] {
  if (target.entity.code !== 'transaction') return [];
  const [customer, date, balance] = ['customer', 'business_date', 'balance_after'].map((code) => placeOf(target, code));
  const first = new Map<string, BusinessDate>();
  for (const row of rows) {
    const [id, on] = [row[customer!]!, row[date!]!];
    if (on > day.date || row[balance!] === undefined || row[balance!] === null) continue;
    const known = first.get(id);
    if (known === undefined || on < known) first.set(id, on);
  }
  return byDate(first);
}

/** Facts of days up to the stored one: those that were run already were run without them. */
function lateFacts({ target, rows }: FactBatch, day: FactsDay): { date: BusinessDate }[] {
  const at = placeOf(target, 'business_date');
  return rows.flatMap((row) => (row[at]! <= day.date ? [{ date: row[at]! }] : []));
}

/** Place of a column in a row, behind its id and source key. */
const placeOf = ({ columns }: FactBatch['target'], code: string) => columns.indexOf(code) + 2;

import { allOf, type Transaction } from '#database';
import type { FactsDay, FoldedRow } from '#facts';
import { enqueue } from '#jobs';
import { dateIn } from '#kernel';
import { notePosted, tellChanges } from '#records';
import type { Candidates } from './candidates.ts';
import type { DayContext } from './day-context.ts';
import { type FactBatch, lateFacts, placeOf, postings } from './fact-batch.ts';
import { applyLiveRules } from './live-rules.ts';
import { markStale } from './noted.ts';
import { OPEN_JOB, type OpenJob } from './open-day.ts';
import { segments, updateSegments } from './segments.ts';
import { updateTags } from './tags.ts';
import { updateTiers } from './tiers.ts';

/** What hangs on the metrics; balances and with them the assets follow by `refresh`. */
export async function follow(
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
  const posted = batches.flatMap((batch) => postings(batch, day));
  const late = batches.flatMap((batch) => lateFacts(batch, day));
  const told = [
    updateSegments(tx, model, day, customers),
    notePosted(tx, posted),
    posted.length > 0 && tellChanges(tx),
    markStale(tx, late),
  ];
  const moved = segments(model).length > 0 ? new Set(customers) : new Set([...candidates.tiers, ...candidates.tags]);
  // What rules look at has to stand before it is read again.
  if (moved.size > 0) await allOf(told);
  await allOf([...told, applyLiveRules(tx, model, clock, day, folded, batches, moved)]);
}

/** Facts of a date that has begun and that the state does not speak of yet: the date is opened, so that they count at once. */
export async function askForOpening(
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

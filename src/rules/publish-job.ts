import { readInstitution } from '#access';
import { record } from '#audit';
import type { Database, Transaction } from '#database';
import {
  adoptMetrics,
  backfillMetric,
  type FactsDay,
  followPublication,
  holdState,
  isOutdated,
  openFactsDay,
  planMetrics,
  readState,
  storedMetrics,
  updateMetrics,
  workCalendar,
} from '#facts';
import { isRunning, type JobContext, type JobHandler } from '#jobs';
import { Failure } from '#kernel';
import type { Model } from '#metadata';
import { DAY_LOCK } from './business-day.ts';
import { candidateOf, faultOf } from './definition-check.ts';
import type { Body } from './definition-kinds.ts';
import { byNewestDefinitions, PUBLISH_JOB, type PublishJob, renew } from './definitions.ts';
import { kinds } from './failures.ts';
import { updateTags } from './tags.ts';
import { updateTiers } from './tiers.ts';
import { takeBaselines } from './watch.ts';

const limits = {
  /** A new metric over years of a large bank. */
  jobMs: 6 * 3_600_000,
  /** Between two looks whether the run of a day has ended. */
  lockPollMs: 300,
  columnLockMs: 5_000,
};

/** Where a publication is. */
export interface PublishProgress {
  step: 'waiting' | 'backfill' | 'evaluate';
  done: number;
  total: number;
}

/**
 * Publishes or retires a definition in one transaction under the lock of the day: the metric is filled, tiers, tags and segments are
 * evaluated, and then it is in force, all at once; until then everybody reads what was in force before. A job whose process dies
 * is done again from the start.
 */
export const publishHandler = (origin: Model): JobHandler<PublishJob> => ({
  kind: PUBLISH_JOB,
  label: { zh: '发布定义', en: 'Publish a definition' },
  timeoutMs: limits.jobMs,
  async run(ctx, work) {
    const result = await runPublication(ctx, origin, work);
    await renew(ctx.database, origin);
    return result;
  },
});

async function runPublication(ctx: JobContext, origin: Model, work: PublishJob): Promise<unknown> {
  return await byNewestDefinitions(ctx.database, await renew(ctx.database, origin), (model) =>
    publishOver(ctx, model, work),
  );
}

async function publishOver(ctx: JobContext, model: Model, work: PublishJob): Promise<unknown> {
  const { kind, code, version, action } = work;
  const body = action === 'retire' ? null : await readDraft(ctx.database, work);
  const candidate = candidateOf(model, kind, code, body);
  const fault = faultOf(candidate, kind, code);
  if (fault) throw new Failure(kinds.definition_invalid, { message: fault.message });
  await addColumns(ctx.database, candidate);
  const progress = (step: PublishProgress['step'], done = 0, total = 0) => {
    ctx.signal.throwIfAborted();
    ctx.progress({ step, done, total } satisfies PublishProgress);
  };
  return await ctx.database.transaction(
    async (tx) => {
      await lockDay(tx, ctx.signal, () => progress('waiting'));
      await holdState(tx);
      // Another publication came between.
      if (isOutdated(model, await readState(tx))) throw new Failure(kinds.definitions_renewed);
      const changed = await evaluate(ctx, tx, model, candidate, work, progress);
      // Cancelled, or taken for dead and begun again by another worker: nothing of this must stay.
      if (!(await isRunning(tx, ctx.jobId))) throw new Failure(kinds.publication_cancelled);
      await putInForce(ctx, tx, model, work, body);
      await followPublication(tx);
      return { kind, code, version, ...changed };
    },
    { statementTimeoutMs: 0 },
  );
}

async function readDraft(database: Database, { kind, code, version }: PublishJob): Promise<Body> {
  const { rows } = await database.query<{ body: Body }>(
    "select body from definition where kind = $1 and code = $2 and version = $3 and status = 'draft'",
    [kind, code, version],
  );
  if (!rows[0]) throw new Failure(kinds.draft_missing, { code, version });
  return rows[0].body;
}

/** A new metric's column, in a transaction of its own: adding one takes the table for a moment from everybody. */
async function addColumns(database: Database, candidate: Model): Promise<void> {
  const statements = await planMetrics(database, candidate);
  if (statements.length === 0) return;
  await database.transaction(async (tx) => {
    await tx.query(`set local lock_timeout = ${limits.columnLockMs}`);
    for (const statement of statements) await tx.query(statement);
  });
}

/** Waits for a run of a day to end; may be cancelled meanwhile. */
async function lockDay(tx: Transaction, signal: AbortSignal, waiting: () => void): Promise<void> {
  for (;;) {
    const { rows } = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [DAY_LOCK]);
    if (rows[0]!.free) return;
    waiting();
    await new Promise((resolve) => setTimeout(resolve, limits.lockPollMs));
    signal.throwIfAborted();
  }
}

type Progress = (step: PublishProgress['step'], done?: number, total?: number) => void;

async function evaluate(
  ctx: JobContext,
  tx: Transaction,
  model: Model,
  candidate: Model,
  { kind, code }: PublishJob,
  progress: Progress,
): Promise<{ tiers: number; tags: number }> {
  const { rows } = await tx.query<{ asOf: string | null }>('select as_of::text as "asOf" from facts_state');
  const { asOf } = rows[0]!;
  const before = asOf === null ? undefined : await dayOf(ctx.database, tx, model, asOf);
  if (kind === 'parameters') await storeParameter(tx, candidate, code);
  if (asOf === null) return { tiers: 0, tags: 0 }; // no day was run yet: the first one evaluates all
  const day = await dayOf(ctx.database, tx, candidate, asOf);
  if (kind === 'metrics' && before!.carriedFrom !== null) {
    if (storedMetrics(candidate).some((metric) => metric.code === code)) {
      await backfillMetric(tx, candidate, day, code, (done, total) => progress('backfill', done, total));
    }
    await adoptMetrics(tx, candidate, day);
  } else if (day.carriedFrom === null) {
    // Measures hang on the parameter, or the state was out of date before: all of it is read anew.
    progress('backfill');
    await updateMetrics(tx, candidate, day);
  }
  progress('evaluate');
  const tiers = await updateTiers(tx, candidate, day);
  const tags = await updateTags(tx, candidate, day);
  // A rule that waits for something to happen begins here: what is so already has not happened.
  const calendar = workCalendar(candidate, day.books.calendar);
  await takeBaselines(tx, candidate, { ...day, calendar, now: ctx.clock(), live: false, onTime: false });
  return { tiers, tags };
}

async function dayOf(database: Database, tx: Transaction, model: Model, asOf: string): Promise<FactsDay> {
  const { zone, currency, calendar } = await readInstitution(database);
  return await openFactsDay(tx, model, { zone, currency, calendar }, asOf, false);
}

/** What is set for this institution goes before the packs' value: the table says the value of the version in force. */
async function storeParameter(tx: Transaction, candidate: Model, code: string): Promise<void> {
  const entry = candidate.data('parameters').find(({ value }) => value.code === code);
  const value = entry?.value.value;
  await tx.query('delete from parameter where code = $1', [code]);
  if (typeof value === 'string') {
    await tx.query('insert into parameter (code, value) values ($1, $2)', [code, JSON.stringify(value)]);
  }
}

async function putInForce(
  ctx: JobContext,
  tx: Transaction,
  model: Model,
  work: PublishJob,
  body: Body | null,
): Promise<void> {
  const { kind, code, version, note, actor } = work;
  if (body) {
    await tx.query(
      `update definition set status = 'published', published_at = $4, published_by = $5, note = coalesce($6, note)
        where kind = $1 and code = $2 and version = $3 and status = 'draft'`,
      [kind, code, version, ctx.clock(), actor.userId, note],
    );
  } else {
    await retireVersion(ctx, tx, model, work);
  }
  await record(tx, {
    at: ctx.clock(),
    actor,
    action: 'configure',
    entity: 'definition',
    detail: { step: body ? 'in_force' : 'retired', kind, code, version, after: body },
  });
}

/** A retired version says what was in force last, so that it can be read and brought back. */
async function retireVersion(
  ctx: JobContext,
  tx: Transaction,
  model: Model,
  { kind, code, version, note, actor }: PublishJob,
): Promise<void> {
  const body = model.data(kind).find(({ value }) => value.code === code)?.value;
  await tx.query(
    `insert into definition (kind, code, version, status, body, note, created_at, created_by, published_at, published_by)
     values ($1, $2, $3, 'retired', $4, $5, $6, $7, $6, $7)`,
    [kind, code, version, JSON.stringify(body), note, ctx.clock(), actor.userId],
  );
}

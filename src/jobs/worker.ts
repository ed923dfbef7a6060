import { randomUUID } from 'node:crypto';
import { type Database, listen, prepared, sqlState } from '#database';
import { type Clock, Failure } from '#kernel';
import { kinds } from './failures.ts';
import type { Job, JobContext, JobError, JobHandler, Schedule } from './job.ts';
import { channel } from './queue.ts';
import { enqueueDueSchedules } from './schedules.ts';

export interface WorkerOptions {
  database: Database;
  clock: Clock;
  handlers: readonly JobHandler[];
  schedules?: readonly Schedule[];
  /** Jobs at once; default 2. */
  concurrency?: number;
  /** Without a sign of life for this long a job counts as abandoned; default 60 s. */
  leaseMs?: number;
  /** Receives defects: errors that are no Failure, and a database that does not answer. */
  report?(error: unknown): void;
}

export interface Worker {
  /** Takes no more jobs, asks running ones to end, waits for them a while and gives the unfinished ones back. */
  stop(): Promise<void>;
}

const defaults = { concurrency: 2, leaseMs: 60_000, timeoutMs: 3_600_000 };

const limits = {
  /** Looked at the queue at least this often, for a message that got lost and for leases that ran out. */
  pollMs: 5_000,
  progressMs: 300,
  stopMs: 15_000,
  heedMs: 10_000,
  awayMs: 500,
  pauseMsMin: 20,
  backoffFirstMs: 5_000,
  backoffMaxMs: 3_600_000,
  errorLengthMax: 2_000,
  keptDays: 30,
  sweepMs: 3_600_000,
  sweepRows: 10_000,
};

/** Works on the queue until stopped: wakes at once when something is enqueued, and at the time the next job is due. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const state = newState(options);
  let stopped = false;
  let wake = () => {};
  const running = new Set<Promise<void>>();
  const listening = await listen(options.database, channel, () => wake());

  const loop = async () => {
    let swept = Number.NEGATIVE_INFINITY;
    while (!stopped) {
      // Armed before looking: what is enqueued between looking and sleeping must not be slept over.
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      let sleepMs = limits.pollMs;
      try {
        await enqueueDueSchedules(options.database, options.clock, options.schedules ?? []);
        if (performance.now() - swept > limits.sweepMs) {
          await sweep(state);
          swept = performance.now();
        }
        const taken = await take(state, state.concurrency - running.size);
        for (const job of taken) {
          // What cannot be written down is told, and ends nothing but this try: the lease runs out and somebody takes the job again.
          const work = perform(state, job)
            .catch((error: unknown) => state.report(error))
            .finally(() => {
              running.delete(work);
              wake();
            });
          running.add(work);
        }
        if (running.size < state.concurrency) sleepMs = Math.min(sleepMs, await untilNextMs(state));
      } catch (error) {
        options.report?.(error);
      }
      if (!stopped) await sleep(sleepMs, woken);
    }
  };
  const looping = loop();
  return {
    async stop() {
      stopped = true;
      wake();
      await looping;
      state.stopping.abort();
      await sleep(limits.stopMs, Promise.all(running));
      await listening.close();
    },
  };
}

/**
 * Does everything that is due by the clock, schedules included, and returns how many jobs were done or failed: for tests,
 * and for commands that want the work finished before they end.
 */
export async function runDueJobs(options: WorkerOptions): Promise<number> {
  const state = newState(options);
  for (let count = 0; ; ) {
    await enqueueDueSchedules(options.database, options.clock, options.schedules ?? []);
    const jobs = await take(state, state.concurrency);
    if (jobs.length === 0) return count;
    await Promise.all(jobs.map((job) => perform(state, job)));
    count += jobs.length;
  }
}

interface State {
  database: Database;
  clock: Clock;
  handlers: ReadonlyMap<string, JobHandler>;
  concurrency: number;
  leaseMs: number;
  report(error: unknown): void;
  /** Ends when the worker stops. */
  stopping: AbortController;
}

interface TakenJob extends Pick<Job, 'id' | 'kind' | 'payload' | 'attempts'> {
  lease: string;
  attempts_max: number;
}

function newState(options: WorkerOptions): State {
  const handlers = new Map(options.handlers.map((handler) => [handler.kind, handler]));
  if (handlers.size !== options.handlers.length) throw new Error('two handlers are declared for the same kind of job');
  for (const { kind, name } of options.schedules ?? []) {
    if (!handlers.has(kind)) throw new Error(`schedule ${name}: no handler is declared for ${kind}`);
  }
  return {
    database: options.database,
    clock: options.clock,
    handlers,
    concurrency: options.concurrency ?? defaults.concurrency,
    leaseMs: options.leaseMs ?? defaults.leaseMs,
    report: options.report ?? (() => {}),
    stopping: new AbortController(),
  };
}

/** Puts jobs back whose worker gave no sign of life, or ends them when that happened too often. */
async function freeAbandoned(state: State): Promise<void> {
  const lost = errorOf(new Failure(kinds.worker_lost, { attempts: '{attempts}' }));
  await state.database.query(
    prepared(
      'jobs_free_abandoned',
      `update job set status = case when attempts < attempts_max then 'queued' else 'failed' end,
         finished_at = case when attempts < attempts_max then null else $1::timestamptz end,
         error = replace($2, '{attempts}', attempts::text)::jsonb, lease = null, lease_until = null
       where id in (select id from job where status = 'running' and lease_until < $1 for update skip locked)`,
      [state.clock(), JSON.stringify(lost)],
    ),
  );
}

/** Takes due jobs, oldest first. Workers never wait for each other here. */
async function take(state: State, count: number): Promise<TakenJob[]> {
  await freeAbandoned(state);
  if (count <= 0) return [];
  const { rows } = await state.database.query<TakenJob>(
    prepared(
      'jobs_take',
      `with due as (
         select id from job where status = 'queued' and run_at <= $1 and kind = any($2)
         order by run_at, id limit $3 for update skip locked)
       update job set status = 'running', attempts = attempts + 1, lease = $4, lease_until = $5, started_at = $1
       from due where job.id = due.id
       returning job.id, kind, payload, attempts, attempts_max, lease`,
      [state.clock(), [...state.handlers.keys()], count, randomUUID(), leaseEnd(state)],
    ),
  );
  return rows;
}

async function untilNextMs(state: State): Promise<number> {
  const { rows } = await state.database.query<{ next: string | null }>(
    prepared(
      'jobs_next',
      `select min(run_at) as next from (
         select run_at from job where status = 'queued' and kind = any($1) order by run_at limit 1) as first`,
      [[...state.handlers.keys()]],
    ),
  );
  const next = rows[0]!.next;
  return next === null
    ? Number.POSITIVE_INFINITY
    : Math.max(limits.pauseMsMin, Date.parse(next) - state.clock().getTime());
}

async function perform(state: State, job: TakenJob): Promise<void> {
  const handler = state.handlers.get(job.kind)!;
  const timeoutMs = handler.timeoutMs ?? defaults.timeoutMs;
  const lost = new AbortController();
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([state.stopping.signal, lost.signal, timeout]);
  const life = signsOfLife(state, job, () => lost.abort());
  const ctx: JobContext = {
    database: state.database,
    clock: state.clock,
    jobId: job.id,
    attempt: job.attempts,
    signal,
    progress: life.progress,
  };
  try {
    const work = handler.run(ctx, job.payload as never);
    work.catch(() => {}); // it may fail after nobody waits for it any more
    const result = await Promise.race([work, abandonment(signal)]);
    await life.end();
    await writeDown(state, () => finish(state, job, result ?? null));
  } catch (error) {
    await life.end();
    if (state.stopping.signal.aborted) return await giveBack(state, job);
    const reason = timeout.aborted ? new Failure(kinds.timed_out, { seconds: timeoutMs / 1000 }) : error;
    if (!(reason instanceof Failure)) state.report(reason);
    await writeDown(state, () => fail(state, job, reason));
  }
}

/** A database that is away is waited for while the lease lasts: work that was done must not be done again for that. */
async function writeDown(state: State, write: () => Promise<void>): Promise<void> {
  for (const deadline = performance.now() + state.leaseMs; ; ) {
    try {
      return await write();
    } catch (error) {
      const over = performance.now() > deadline || state.stopping.signal.aborted;
      if (over || !isAway(error)) throw error;
      await sleep(limits.awayMs, new Promise(() => {}));
    }
  }
}

/** No connection, or a server that starts, stops, takes no connections or has no room for one. */
function isAway(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return /^(08|57P|55000|53300)/.test(state);
  const { code, message } = error as NodeJS.ErrnoException;
  return /^E[A-Z]+$/.test(code ?? '') || /^Connection terminated/.test(message);
}

/** Fails some time after the signal: a handler that does not heed it must not hold its place for ever. */
function abandonment(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = () => setTimeout(reject, limits.heedMs, signal.reason).unref();
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** Renews the lease while the handler works, and carries its progress. */
function signsOfLife(state: State, job: TakenJob, onLost: () => void) {
  let pending: { value: unknown } | undefined;
  let writing = Promise.resolve();
  const write = () => {
    writing = writing.then(async () => {
      const value = pending && JSON.stringify(pending.value);
      pending = undefined;
      const { rowCount } = await state.database.query(
        prepared(
          'jobs_sign_of_life',
          'update job set lease_until = $3, progress = coalesce($4::jsonb, progress) where id = $1 and lease = $2',
          [job.id, job.lease, leaseEnd(state), value ?? null],
        ),
      );
      if (rowCount === 0) onLost(); // another worker took the job for abandoned
    });
    writing = writing.catch(state.report);
    return writing;
  };
  const renewing = setInterval(write, state.leaseMs / 3);
  let drawn = Number.NEGATIVE_INFINITY;
  let delayed: NodeJS.Timeout | undefined;
  return {
    progress(value: unknown) {
      pending = { value };
      const waitMs = drawn + limits.progressMs - performance.now();
      delayed ??= setTimeout(
        () => {
          delayed = undefined;
          drawn = performance.now();
          write();
        },
        Math.max(0, waitMs),
      );
    },
    async end() {
      clearInterval(renewing);
      clearTimeout(delayed);
      if (pending) write();
      await writing;
    },
  };
}

async function finish(state: State, job: TakenJob, result: unknown): Promise<void> {
  await state.database.query(
    prepared(
      'jobs_finish',
      `update job set status = 'done', result = $3, error = null, finished_at = $4, lease = null, lease_until = null
       where id = $1 and lease = $2`,
      [job.id, job.lease, JSON.stringify(result), state.clock()],
    ),
  );
}

/** Final for refusals that no repetition changes; otherwise again later, each time after a longer pause. */
async function fail(state: State, job: TakenJob, error: unknown): Promise<void> {
  const refused = error instanceof Failure && error.kind.status < 500;
  const final = refused || job.attempts >= job.attempts_max;
  const now = state.clock();
  const pauseMs = Math.min(limits.backoffMaxMs, limits.backoffFirstMs * 4 ** (job.attempts - 1));
  await state.database.query(
    prepared(
      'jobs_fail',
      `update job set status = $3, error = $4, finished_at = $5, run_at = coalesce($6, run_at), lease = null, lease_until = null
       where id = $1 and lease = $2`,
      [
        job.id,
        job.lease,
        final ? 'failed' : 'queued',
        JSON.stringify(errorOf(error)),
        final ? now : null,
        final ? null : new Date(now.getTime() + pauseMs),
      ],
    ),
  );
}

/** A job interrupted by the stop of its worker has not failed: the try does not count. */
async function giveBack(state: State, job: TakenJob): Promise<void> {
  await state.database.query(
    prepared(
      'jobs_give_back',
      `update job set status = 'queued', attempts = attempts - 1, lease = null, lease_until = null
       where id = $1 and lease = $2`,
      [job.id, job.lease],
    ),
  );
}

async function sweep(state: State): Promise<void> {
  const before = new Date(state.clock().getTime() - limits.keptDays * 86_400_000);
  await state.database.query(
    'delete from job where id in (select id from job where finished_at < $1 order by finished_at limit $2)',
    [before, limits.sweepRows],
  );
}

function leaseEnd(state: State): Date {
  return new Date(state.clock().getTime() + state.leaseMs);
}

function errorOf(error: unknown): JobError {
  const reason = error instanceof Error ? error.message : String(error);
  const failure = error instanceof Failure ? error : new Failure(kinds.defect, { reason });
  const cut = (text: string) => text.slice(0, limits.errorLengthMax);
  return { code: failure.kind.code, zh: cut(failure.text('zh')), en: cut(failure.text('en')) };
}

/** Until the time is over or the other thing has happened. */
async function sleep(milliseconds: number, other: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([over, other]);
  clearTimeout(timer);
}

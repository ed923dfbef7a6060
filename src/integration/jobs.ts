import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Queryable } from '#database';
import type { JobContext, JobHandler, Schedule } from '#jobs';
import { Failure, systemActor } from '#kernel';
import type { Model } from '#metadata';
import { eventJobs, eventSchedules } from './events/jobs.ts';
import { readFeeds } from './feeds/store.ts';
import { requireSpace } from './gate/disk.ts';
import { sweepFiles } from './gate/retention.ts';
import { readMends } from './load/mends.ts';
import { type LoadInput, runLoad } from './load/run.ts';
import { failRun, readMendable } from './load/runs.ts';
import { settleRun } from './load/settle.ts';
import { type Withdrawal, withdrawRun } from './load/withdraw.ts';
import { parseMapping } from './mapping/read.ts';
import { currentMapping } from './mapping/store.ts';
import { draftOf, folderOf, kept, MENDED_FILE } from './places.ts';

export const LOAD_JOB = 'load';
export const WITHDRAW_JOB = 'load_withdraw';
export const SWEEP_JOB = 'load_sweep';

interface Person {
  userId: string | null;
  username: string;
  language: 'zh' | 'en';
}

/** Everything needed to do a load that somebody, or a feed, asked for. */
export interface LoadJob {
  run: string;
  mapping: string;
  folder: string;
  date: string | null;
  actor: Person;
  feed?: string;
  /** Files that are taken out of the inbox before they are read, and put away afterwards. */
  claim?: { from: string; names: string[] };
  force?: boolean;
  /** Nothing is written; the mapping is a draft beside the upload. */
  dry?: { upload: string };
  /** The run whose mended rejects are loaded again. */
  mends?: string;
}

export interface WithdrawJob {
  run: string;
  asked: Omit<Withdrawal, 'result' | 'refused'>;
  actor: Person;
}

/** Work that this room does in the background. */
export function jobHandlers(model: Model, home: string): JobHandler[] {
  const load: JobHandler<LoadJob> = {
    kind: LOAD_JOB,
    label: { zh: '装载文件', en: 'Load files' },
    timeoutMs: 12 * 3_600_000,
    attemptsMax: 3,
    run: (ctx, job) => performLoad(ctx, model, home, job),
  };
  const withdraw: JobHandler<WithdrawJob> = {
    kind: WITHDRAW_JOB,
    label: { zh: '撤回装载批次', en: 'Withdraw a load run' },
    timeoutMs: 12 * 3_600_000,
    attemptsMax: 3,
    async run({ database, clock, signal }, { run, asked, actor }) {
      try {
        const ctx = { database, model, clock, actor: { ...systemActor, ...actor } };
        return await withdrawRun(ctx, run, asked, { signal });
      } catch (error) {
        // Refused: the run stands as it did.
        if (error instanceof Failure) {
          await database.query(`update load_run set status = 'done' where id = $1 and status = 'withdrawing'`, [run]);
        }
        throw error;
      }
    },
  };
  const sweep: JobHandler<{ date: string }> = {
    kind: SWEEP_JOB,
    label: { zh: '清理过期的装载文件', en: 'Delete load files past their time' },
    run: ({ database, clock }) => sweepFiles({ database, clock, model, home }),
  };
  return [load as JobHandler, withdraw as JobHandler, sweep as JobHandler, ...eventJobs];
}

/** What this room does by itself every day, at local times of the zone. */
export function schedules(zone: string): Schedule[] {
  return [
    { name: 'load_sweep', kind: SWEEP_JOB, at: '04:10', zone, payload: (date) => ({ date }) },
    ...eventSchedules(zone),
  ];
}

async function performLoad(ctx: JobContext, model: Model, home: string, job: LoadJob): Promise<unknown> {
  const { database, clock } = ctx;
  const actor = { ...systemActor, ...job.actor };
  const status = await statusOf(database, job.run);
  // Cut off after the run was over, and before the queue knew.
  if (status === 'done' || status === 'skipped') {
    await putAway(ctx, home, job, kept.loaded(job.feed ?? job.mapping, job.date ?? 'undated', job.run));
    return { run: job.run };
  }
  // Cut off after its rows had been written.
  if (status === 'refreshing') {
    await settleRun({ database, clock, model, actor }, job.run, 'done', { signal: ctx.signal });
    await putAway(ctx, home, job, kept.loaded(job.feed ?? job.mapping, job.date ?? 'undated', job.run));
    return { run: job.run };
  }
  try {
    const folder = await filesOf(home, job);
    const input = await inputOf(ctx, home, job, folder);
    if (!job.dry) await requireSpace(home, 0);
    const report = await runLoad({ database, clock, model, actor }, input);
    await putAway(ctx, home, job, kept.loaded(job.feed ?? job.mapping, report.date, job.run));
    const rows = report.figures.reduce((sum, { read }) => sum + read, 0);
    return { run: job.run, rejected: report.rejected, milliseconds: report.milliseconds, rows };
  } catch (error) {
    // What no repetition changes is put aside; anything else is tried again with the files where they are.
    if (error instanceof Failure && error.kind.status < 500) {
      await failRun(database, clock, job.run, error);
      const date = job.date ?? 'undated';
      await putAway(ctx, home, job, kept.failed(job.feed ?? job.mapping, date, job.run));
    }
    throw error;
  }
}

async function statusOf(db: Queryable, run: string): Promise<string | undefined> {
  const { rows } = await db.query<{ status: string }>('select status from load_run where id = $1', [run]);
  return rows[0]?.status;
}

/** The folder to read: for files that came by the gateway one of the run's own, where nobody writes any more. */
async function filesOf(home: string, { claim, run, folder }: LoadJob): Promise<string> {
  if (!claim) return folderOf(home, folder);
  const work = kept.work(home, run);
  await mkdir(work, { recursive: true, mode: 0o700 });
  for (const name of claim.names) {
    // A run that was cut off has taken them already; what has arrived under the name since then belongs to the next run.
    if (!existsSync(join(work, name))) await rename(join(home, claim.from, name), join(work, name));
  }
  return work;
}

async function inputOf(ctx: JobContext, home: string, job: LoadJob, folder: string): Promise<LoadInput> {
  const { database } = ctx;
  const document = job.dry
    ? parseMapping(readFileSync(draftOf(home, job.dry.upload), 'utf8'), `${job.mapping}.yaml`)
    : (await currentMapping(database, home, job.mapping)).document;
  const feed = job.feed === undefined ? undefined : (await readFeeds(database)).find(({ code }) => code === job.feed);
  return {
    document,
    folder,
    date: job.date ?? undefined,
    home,
    language: job.actor.language,
    run: job.run,
    signal: ctx.signal,
    force: job.force ?? false,
    dry: job.dry !== undefined,
    onProgress: (progress) => ctx.progress(progress),
    ...(feed && { feed: feed.code, control: feed.control, limits: feed.limits }),
    ...(job.mends && { mends: await mendsOf(ctx, home, job.run, job.mends) }),
  };
}

async function mendsOf({ database }: JobContext, home: string, run: string, mended: string) {
  const { surveys, setSha256 } = await readMendable(database, mended);
  const text = readFileSync(join(home, 'loads', run, MENDED_FILE), 'utf8');
  return { run: mended, setSha256, files: readMends(text, surveys) };
}

/** Moves the files of a run where they are kept, and says so in the run. */
async function putAway({ database }: JobContext, home: string, { claim, run }: LoadJob, to: string): Promise<void> {
  const work = kept.work(home, run);
  if (!claim || !existsSync(work)) return;
  await mkdir(dirname(join(home, to)), { recursive: true, mode: 0o700 });
  await rename(work, join(home, to));
  await database.query('update load_run set folder = $2 where id = $1', [run, to]);
}

import { relative } from 'node:path';
import { type Institution, readInstitution } from '#access';
import type { Database, Transaction } from '#database';
import { enqueue } from '#jobs';
import { type Clock, Failure, systemActor } from '#kernel';
import type { Model } from '#metadata';
import { type ArrivedSet, arrivedSets, stampOf } from '../feeds/arrivals.ts';
import type { Feed } from '../feeds/definition.ts';
import { expectedDate } from '../feeds/health.ts';
import { readFeeds } from '../feeds/store.ts';
import { LOAD_JOB, type LoadJob } from '../jobs.ts';
import { closeRefreshing, insertRun } from '../load/runs.ts';
import { currentMapping } from '../mapping/store.ts';

export interface WatchContext {
  database: Database;
  model: Model;
  clock: Clock;
  home: string;
}

const limits = {
  pollMs: 5_000,
  /** Files whose size and time have stayed so long are whole. */
  settledMs: 4_000,
};

/** Of several processes on one database one looks at a time. */
const WATCH_LOCK = 7_300_010;

/** What was seen of a set when somebody last looked. */
export type Seen = Map<string, { stamp: string; since: number }>;

/**
 * Looks once into the folders of all feeds, and starts the load of every set that is complete and has settled; of each feed one at a time, the
 * oldest date first. Returns the runs that were started.
 */
export async function pollInbox({ database, model, clock, home }: WatchContext, seen: Seen): Promise<string[]> {
  return database.transaction(async (tx) => {
    const { rows } = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [WATCH_LOCK]);
    if (!rows[0]!.free) return [];
    await closeRefreshing(tx, clock);
    const feeds = (await readFeeds(tx)).filter(({ active }) => active);
    if (feeds.length === 0) return [];
    const institution = await readInstitution(tx);
    const { rows: busy } = await tx.query<{ feed: string }>(
      `select distinct feed from load_run where feed is not null and status in ('queued', 'running', 'refreshing', 'withdrawing')`,
    );
    const started: string[] = [];
    for (const feed of feeds) {
      if (busy.some((run) => run.feed === feed.code)) continue;
      try {
        const run = await startOldest(tx, { model, clock, home, institution }, feed, seen);
        if (run !== undefined) started.push(run);
      } catch (error) {
        // A mapping that cannot be read, or a folder: the page of feeds says so.
        if (!(error instanceof Failure) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      }
    }
    return started;
  });
}

type Place = Omit<WatchContext, 'database'> & { institution: Institution };

async function startOldest(tx: Transaction, place: Place, feed: Feed, seen: Seen): Promise<string | undefined> {
  const { model, clock, home, institution } = place;
  const { document } = await currentMapping(tx, home, feed.mapping);
  const today = expectedDate(model, institution, feed, clock());
  for (const set of await arrivedSets(home, feed, document.mapping, today)) {
    if (set.missing.length > 0 || !hasSettled(set, seen, clock().getTime())) continue;
    seen.delete(`${set.path} ${set.date}`);
    return startFeed(tx, place, feed, set);
  }
  return undefined;
}

function hasSettled(set: ArrivedSet, seen: Seen, now: number): boolean {
  const key = `${set.path} ${set.date}`;
  const stamp = stampOf(set);
  const before = seen.get(key);
  if (before?.stamp === stamp) return now - before.since >= limits.settledMs;
  seen.set(key, { stamp, since: now });
  return false;
}

async function startFeed(tx: Transaction, { home, clock }: Place, feed: Feed, set: ArrivedSet): Promise<string> {
  const { document } = await currentMapping(tx, home, feed.mapping);
  const from = relative(home, set.path);
  const { date } = set;
  const options = { document, folder: from, date, actor: systemActor, feed: feed.code };
  const run = await insertRun(tx, clock, { ...options, status: 'queued' });
  const payload: LoadJob = {
    run,
    mapping: feed.mapping,
    folder: from,
    date,
    actor: { userId: null, username: systemActor.username, language: 'zh' },
    feed: feed.code,
    claim: { from, names: set.files },
  };
  await enqueue(tx, clock, { kind: LOAD_JOB, payload });
  return run;
}

/** Looks into the inbox again and again. `stop` waits for a look under way. */
export function watchInbox(ctx: WatchContext, report: (error: unknown) => void): { stop(): Promise<void> } {
  const seen: Seen = new Map();
  let looking: Promise<unknown> = Promise.resolve();
  let open = false;
  const timer = setInterval(() => {
    if (open) return;
    open = true;
    looking = pollInbox(ctx, seen)
      .catch(report)
      .finally(() => {
        open = false;
      });
  }, limits.pollMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

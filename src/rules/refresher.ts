import { setTimeout as pause } from 'node:timers/promises';
import { readInstitution } from '#access';
import { type Database, listen } from '#database';
import { type Clock, systemActor } from '#kernel';
import type { Model } from '#metadata';
import { CHANGE_CHANNEL, RECORDS_WRITTEN } from '#records';
import { mendNoted } from './noted.ts';
import { askRecordRules } from './record-rules.ts';
import { refresh } from './refresh.ts';

export interface RefresherOptions {
  database: Database;
  clock: Clock;
  /** The model in force at this moment. */
  model: () => Model;
  /** Receives what went wrong; the work is tried again. */
  report(error: unknown): void;
}

export interface Refresher {
  /** Ends after the round under way; what is noted remains for the next start. */
  stop(): Promise<void>;
}

const limits = {
  /** Changes that come close together are looked at together. */
  gatherMs: 150,
  /** Looked for notes at least this often, for a message that got lost. */
  pollMs: 5_000,
  /** Before a day is run anew because definitions changed. */
  staleMs: 15_000,
  /** Rules that records start are asked at least this often, for a message that got lost. */
  recordsMs: 60_000,
  /** After an error. */
  retryMs: 10_000,
};

/**
 * Keeps computed state true while the program runs: wakes when something is noted and refreshes the customers concerned, and asks the rules
 * that records of the institution start when one was written. Several programs on one database take turns.
 */
export async function startRefresher({ database, clock, model, report }: RefresherOptions): Promise<Refresher> {
  const stopping = new AbortController();
  let wake = () => {};
  let recordsAt = Number.NEGATIVE_INFINITY;
  let again = false;
  const listening = await listen(database, CHANGE_CHANNEL, (written) => {
    // An empty text may stand for messages that were lost, and does for most changes of customers.
    if (written === RECORDS_WRITTEN) recordsAt = Number.NEGATIVE_INFINITY;
    wake();
  });
  const loop = async () => {
    while (!stopping.signal.aborted) {
      // Armed before looking: what is noted between looking and sleeping must not be slept over.
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      let sleepMs = limits.pollMs;
      try {
        const institution = await readInstitution(database);
        const ctx = () => ({ database, clock, model: model(), actor: systemActor, institution });
        if (performance.now() - recordsAt >= limits.recordsMs) {
          // Before asking: what is written meanwhile is asked for again, and so is what a job that is ending may not have seen.
          recordsAt = performance.now();
          const asked = (await askRecordRules(ctx())) > 0;
          if (asked && !again) recordsAt -= limits.recordsMs - limits.pollMs;
          again = asked && !again;
        }
        const { stale } = await mendNoted(ctx(), { signal: stopping.signal });
        if (stale) {
          // Definitions that were just published may not have reached this program: a day run anew by the former ones would be for nothing.
          await sleep(limits.staleMs, never, stopping.signal);
          await refresh(ctx(), { signal: stopping.signal });
        }
      } catch (error) {
        if (stopping.signal.aborted) break;
        report(error);
        sleepMs = limits.retryMs;
      }
      await sleep(sleepMs, woken, stopping.signal);
      await sleep(limits.gatherMs, never, stopping.signal);
    }
  };
  const looping = loop();
  return {
    async stop() {
      stopping.abort();
      await looping;
      await listening.close();
    },
  };
}

const never = new Promise<void>(() => {});

/** Until the time is up, somebody wakes it, or the program stops. */
async function sleep(ms: number, woken: Promise<void>, signal: AbortSignal): Promise<void> {
  const timer = new AbortController();
  const time = pause(ms, undefined, { signal: AbortSignal.any([signal, timer.signal]) }).catch(() => {});
  await Promise.race([time, woken]);
  timer.abort();
}

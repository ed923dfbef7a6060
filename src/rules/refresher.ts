import { setTimeout as pause } from 'node:timers/promises';
import { readInstitution } from '#access';
import { type Database, listen } from '#database';
import { type Clock, systemActor } from '#kernel';
import type { Model } from '#metadata';
import { CHANGE_CHANNEL } from '#records';
import { mendNoted } from './noted.ts';
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
  /** After an error. */
  retryMs: 10_000,
};

/**
 * Keeps computed state true while the program runs: wakes when something is noted and refreshes the customers concerned. Several programs
 * on one database take turns.
 */
export async function startRefresher({ database, clock, model, report }: RefresherOptions): Promise<Refresher> {
  const stopping = new AbortController();
  let wake = () => {};
  const listening = await listen(database, CHANGE_CHANNEL, () => wake());
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

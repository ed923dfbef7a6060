import { type Percentiles, percentilesOf } from './measure.ts';

/** What came of events that did not wait for one another. */
export interface OpenLoop {
  /** Asked for; and taken up by the end. */
  perSecond: number;
  events: number;
  /** Still waiting at the end: the worker did not keep up. */
  left: number;
  /** From the arrival to the commit, of the events that are looked at. */
  looked: Percentiles & { events: number };
  batches: { count: number; p50: number; max: number };
}

/** As much as one call takes of what waits. */
const BATCH_MAX = 5_000;
const PAUSE_MS = 0.2;

/** One worker takes whatever has arrived and hands it over at once, while events go on arriving by the clock. */
export async function openLoop<Event>(
  events: readonly Event[],
  perSecond: number,
  isLookedAt: (event: Event) => boolean,
  ingest: (events: readonly Event[]) => Promise<unknown>,
): Promise<OpenLoop> {
  const samples: number[] = [];
  const sizes: number[] = [];
  const started = performance.now();
  const arrivedBy = (now: number) => Math.min(events.length, Math.floor(((now - started) / 1_000) * perSecond));
  let taken = 0;
  const endsMs = (events.length / perSecond) * 1_000;
  while (performance.now() - started < endsMs) {
    const upTo = Math.min(arrivedBy(performance.now()), taken + BATCH_MAX);
    if (upTo === taken) {
      await new Promise((done) => setTimeout(done, PAUSE_MS));
      continue;
    }
    await ingest(events.slice(taken, upTo));
    const now = performance.now();
    for (let index = taken; index < upTo; index += 1) {
      if (isLookedAt(events[index]!)) samples.push(now - started - ((index + 1) / perSecond) * 1_000);
    }
    sizes.push(upTo - taken);
    taken = upTo;
  }
  sizes.sort((a, b) => a - b);
  return {
    perSecond,
    events: taken,
    left: arrivedBy(performance.now()) - taken,
    looked: { events: samples.length, ...percentilesOf(samples) },
    batches: { count: sizes.length, p50: sizes[sizes.length >> 1] ?? 0, max: sizes.at(-1) ?? 0 },
  };
}

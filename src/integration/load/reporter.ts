import type { LoadPhase, LoadProgress } from './runs.ts';

/** Adds up the progress of the readings of a load and passes it on, not too often. */
export interface Reporter {
  /** Bytes of all readings together. */
  expect(bytes: number): void;
  /** Begins the next reading of a file. */
  pass(phase: LoadPhase, file: string, entity: string | null): Pass;
  /** Waits for what is being stored; nothing is stored afterwards. */
  close(): Promise<void>;
}

export interface Pass {
  /** Bytes of this reading so far. */
  bytes(read: number): void;
  /** Adds rows to those of this reading. */
  rows(count: number): void;
  /** Sets the rows of this reading. */
  rowsTotal(count: number): void;
}

/** How often the stored progress is renewed; whoever watches a load in the browser asks about as often. */
const STORE_INTERVAL_MS = 1_000;
/** The rate is that of the last seconds: a load writes slower than it reads, and that is known only once it writes. */
const RATE_WINDOW_MS = 15_000;
const RATE_AFTER_MS = 1_500;

export function createReporter(
  store: (progress: LoadProgress) => Promise<void>,
  onProgress: ((progress: LoadProgress) => void) | undefined,
): Reporter {
  const progress: LoadProgress = {
    phase: 'checking',
    file: '',
    entity: null,
    rowsRead: 0,
    rowsTotal: null,
    bytesRead: 0,
    bytesTotal: 0,
    bytesPerSecond: null,
    secondsLeft: null,
  };
  let samples: { at: number; bytes: number }[] = [];
  let finishedBytes = 0;
  let finishedRows = 0;
  let passBytes = 0;
  let passRows = 0;
  let storedAt = 0;
  let storing: Promise<void> | undefined;
  let closed = false;

  function tell(): void {
    progress.bytesRead = finishedBytes + passBytes;
    progress.rowsRead = finishedRows + passRows;
    progress.rowsTotal =
      progress.bytesRead > 0 ? Math.round((progress.rowsRead * progress.bytesTotal) / progress.bytesRead) : null;
    const now = performance.now();
    measure(now);
    onProgress?.({ ...progress });
    if (closed || storing || now - storedAt < STORE_INTERVAL_MS) return;
    storedAt = now;
    // Progress is a courtesy: a load does not fail because it could not be told.
    storing = store({ ...progress })
      .catch(() => {})
      .finally(() => {
        storing = undefined;
      });
  }

  function measure(now: number): void {
    const last = samples.at(-1);
    if (!last || now - last.at >= STORE_INTERVAL_MS) samples.push({ at: now, bytes: progress.bytesRead });
    samples = samples.filter(({ at }) => now - at <= RATE_WINDOW_MS);
    const first = samples[0];
    if (!first || now - first.at < RATE_AFTER_MS) return;
    const rate = ((progress.bytesRead - first.bytes) * 1_000) / (now - first.at);
    progress.bytesPerSecond = Math.round(rate);
    progress.secondsLeft = rate > 0 ? Math.ceil((progress.bytesTotal - progress.bytesRead) / rate) : null;
  }

  return {
    expect(bytes) {
      progress.bytesTotal = bytes;
    },
    pass(phase, file, entity) {
      // Hashing is many times faster than writing and would promise too much.
      if (phase !== progress.phase) samples = [];
      progress.phase = phase;
      finishedBytes += passBytes;
      finishedRows += passRows;
      passBytes = 0;
      passRows = 0;
      progress.file = file;
      progress.entity = entity;
      tell();
      return {
        bytes(read) {
          passBytes = read;
          tell();
        },
        rows(count) {
          passRows += count;
        },
        rowsTotal(count) {
          passRows = count;
        },
      };
    },
    async close() {
      closed = true;
      await storing;
    },
  };
}

import type { LoadProgress } from './runs.ts';

/** Adds up the progress of the readings of a load and passes it on, not too often. */
export interface Reporter {
  /** Bytes of all readings together. */
  expect(bytes: number): void;
  /** Begins the next reading of a file. */
  pass(file: string, entity: string | null): Pass;
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

export function createReporter(
  store: (progress: LoadProgress) => Promise<void>,
  onProgress: ((progress: LoadProgress) => void) | undefined,
): Reporter {
  const progress: LoadProgress = { file: '', entity: null, rowsRead: 0, rowsTotal: null, bytesRead: 0, bytesTotal: 0 };
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
    onProgress?.({ ...progress });
    const now = performance.now();
    if (closed || storing || now - storedAt < STORE_INTERVAL_MS) return;
    storedAt = now;
    // Progress is a courtesy: a load does not fail because it could not be told.
    storing = store({ ...progress })
      .catch(() => {})
      .finally(() => {
        storing = undefined;
      });
  }

  return {
    expect(bytes) {
      progress.bytesTotal = bytes;
    },
    pass(file, entity) {
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

import type { Database, Queryable } from '#database';
import type { Clock, Text } from '#kernel';

/** A unit of background work as its row tells it. */
export interface Job {
  id: string;
  kind: string;
  payload: unknown;
  status: 'queued' | 'running' | 'done' | 'failed';
  /** 1 for the first try. */
  attempts: number;
  /** What the handler last told about its advance. */
  progress: unknown;
  /** What the handler returned. */
  result: unknown;
  /** The user who asked for it; null: the program itself. */
  ownerId: string | null;
  /** Why the last try failed; stays visible while the job waits for the next one. */
  error: JobError | null;
}

export interface JobError extends Text {
  code: string;
}

/** How one kind of job is done: declared as data by the room that owns the work, collected by the server. */
export interface JobHandler<Payload = never> {
  kind: string;
  label: Text;
  /** Tries before the job counts as failed for good; default 5. */
  attemptsMax?: number;
  /** After this the signal ends and the try counts as failed; default 1 hour. */
  timeoutMs?: number;
  /**
   * Must be repeatable: a job whose process dies is done again from the start. A Failure with a status below 500 (bad input,
   * missing row) is final; anything else is tried again later. What it returns is kept as the result (JSON).
   */
  run(ctx: JobContext, payload: Payload): Promise<unknown>;
}

export interface JobContext {
  database: Database;
  clock: Clock;
  jobId: string;
  /** 1 for the first try. */
  attempt: number;
  /** Ends when the worker stops, the lease is lost or the time is up; the work should then end soon, by throwing. */
  signal: AbortSignal;
  /** Tells how far the work is; cheap, written at most a few times a second. */
  progress(value: unknown): void;
}

/** A job that comes every day at a local time. After a standstill it runs once, for the latest date it missed. */
export interface Schedule {
  name: string;
  kind: string;
  /** Local time `HH:MM`; a function is asked every time, and null means not now. */
  at: string | ((database: Database) => Promise<string | null>);
  /** IANA zone of that time. */
  zone: string;
  /** The handler's payload; `date` is the local date it runs for. */
  payload(date: string, database: Queryable): unknown;
  /** Tries before the job counts as failed for good; default 5. */
  attemptsMax?: number;
}

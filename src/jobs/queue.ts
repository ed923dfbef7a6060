import { prepared, type Queryable, type Transaction } from '#database';
import { type Clock, Failure } from '#kernel';
import { kinds } from './failures.ts';
import type { Job } from './job.ts';

/** The channel that wakes workers up when something is enqueued. */
export const channel = 'job';

const limits = {
  payloadBytesMax: 65_536,
  attemptsMax: 5,
};

export interface NewJob {
  kind: string;
  payload: unknown;
  /** Not before this instant; default now. */
  runAt?: Date;
  /** While an unfinished job of this kind and key exists, no second one is made. */
  key?: string;
  /** Default 5. */
  attemptsMax?: number;
  /** The user who asks for the work: he sees its state and result. */
  ownerId?: string | null;
}

/**
 * Puts work into the queue within the transaction of its cause: when that is rolled back, the work never existed. Gives the
 * id of the job, of the existing one when the key is taken. Throws a Failure when the payload exceeds 64 KiB.
 */
export async function enqueue(tx: Transaction, clock: Clock, job: NewJob): Promise<string> {
  const payload = JSON.stringify(job.payload ?? null);
  const bytes = Buffer.byteLength(payload);
  if (bytes > limits.payloadBytesMax) {
    throw new Failure(kinds.payload_too_large, { bytes, max: limits.payloadBytesMax });
  }
  const now = clock();
  const { rows } = await tx.query<{ id: string }>(
    prepared(
      'jobs_enqueue',
      // The update changes nothing; it locks the row, so that it cannot finish unseen, and makes its id come back.
      `with made as (
         insert into job (kind, key, payload, run_at, attempts_max, created_at, owner_id) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (kind, key) where status in ('queued', 'running') do update set key = excluded.key
         returning id)
       select id, pg_notify('${channel}', '') from made`,
      [
        job.kind,
        job.key ?? null,
        payload,
        job.runAt ?? now,
        job.attemptsMax ?? limits.attemptsMax,
        now,
        job.ownerId ?? null,
      ],
    ),
  );
  return rows[0]!.id;
}

/** Throws a Failure when there is no such job. */
export async function readJob(db: Queryable, id: string): Promise<Job> {
  const { rows } = await db.query<Job>(
    prepared(
      'jobs_read',
      'select id, kind, payload, status, attempts, progress, result, error, owner_id as "ownerId" from job where id = $1',
      [id],
    ),
  );
  if (!rows[0]) throw new Failure(kinds.not_found, { id });
  return rows[0];
}

/**
 * Ends a job for good: one that waits never begins; a running one loses its lease, hears of it by its signal at its next sign of life
 * and ends. A handler whose last step must not happen then asks `isRunning` within its transaction.
 */
export async function cancelJob(tx: Transaction, clock: Clock, id: string, reason: Failure): Promise<void> {
  const error = { code: reason.kind.code, zh: reason.text('zh'), en: reason.text('en') };
  await tx.query(
    `update job set status = 'failed', error = $2, finished_at = $3, lease = null, lease_until = null
      where id = $1 and status in ('queued', 'running')`,
    [id, JSON.stringify(error), clock()],
  );
}

/** Is the job still under way? Asked within a transaction it stays so until that ends. */
export async function isRunning(tx: Transaction, id: string): Promise<boolean> {
  const { rows } = await tx.query("select 1 from job where id = $1 and status = 'running' for update", [id]);
  return rows.length > 0;
}

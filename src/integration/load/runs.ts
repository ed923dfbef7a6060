import { copyIn, copyText, type Queryable, type Transaction } from '#database';
import { type Actor, type BusinessDate, type Clock, Failure, type Text } from '#kernel';
import { newId } from '#metadata';
import { loadKinds } from '../failures.ts';
import type { MappingDocument } from '../mapping/read.ts';
import type { RejectedRow } from './rejects.ts';

/** How far a load has come. */
export interface LoadProgress {
  file: string;
  entity: string | null;
  rowsRead: number;
  /** Estimated from the bytes; null while nothing can be said. */
  rowsTotal: number | null;
  bytesRead: number;
  /** Of all readings of all files. */
  bytesTotal: number;
}

/** What one load entry of the mapping did. */
export interface LoadFigures {
  file: string;
  entity: string;
  /** Size and hash of the file as it lay in the folder; null for rows of the mapping itself. */
  bytes: number | null;
  sha256: string | null;
  read: number;
  inserted: number;
  updated: number;
  unchanged: number;
  /** Left out by `where` or `distinct`. */
  skipped: number;
  rejected: number;
  /** Exact sums of the accepted rows by money field. */
  sums: Record<string, string>;
}

export interface NewRun {
  document: MappingDocument;
  folder: string;
  date: BusinessDate;
  status: 'queued' | 'running';
  actor: Actor;
}

export async function insertRun(db: Queryable, clock: Clock, run: NewRun): Promise<string> {
  const id = newId(clock);
  const { mapping, sha256 } = run.document;
  const now = clock().toISOString();
  await db.query(
    `insert into load_run (id, mapping, source, label, folder, business_date, mapping_sha256, status, actor_id, actor, created_at, started_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      id,
      mapping.code,
      mapping.source,
      JSON.stringify(mapping.label),
      run.folder,
      run.date,
      sha256,
      run.status,
      run.actor.userId,
      run.actor.username,
      now,
      run.status === 'running' ? now : null,
    ],
  );
  return id;
}

export async function markRunning(db: Queryable, clock: Clock, id: string): Promise<void> {
  await db.query(`update load_run set status = 'running', started_at = $2 where id = $1`, [id, clock().toISOString()]);
}

export async function storeProgress(db: Queryable, id: string, progress: LoadProgress): Promise<void> {
  await db.query(`update load_run set progress = $2 where id = $1 and status = 'running'`, [
    id,
    JSON.stringify(progress),
  ]);
}

/** A run that is still called running while nobody holds the lock of loads was cut off. */
export async function closeInterrupted(db: Queryable, clock: Clock, current: string): Promise<void> {
  await db.query(
    `update load_run set status = 'failed', finished_at = $2, error = $3 where status = 'running' and id <> $1`,
    [current, clock().toISOString(), JSON.stringify(errorOf(new Failure(loadKinds.interrupted)))],
  );
}

export interface RunOutcome {
  figures: LoadFigures[];
  rejected: number;
  rejects: readonly RejectedRow[];
  notes: Text[];
  /** Absent when the load went through. */
  failure?: Failure;
}

/** Writes what became of a run: inside the transaction of the load when it went through, else in one of its own. */
export async function finishRun(tx: Transaction, clock: Clock, id: string, outcome: RunOutcome): Promise<void> {
  const { figures, rejects, rejected, notes, failure } = outcome;
  // A run from the queue that was cut off is done again under its number.
  await tx.query('delete from load_file where run_id = $1', [id]);
  await tx.query('delete from load_reject where run_id = $1', [id]);
  for (const [position, each] of figures.entries()) {
    await tx.query(
      `insert into load_file (run_id, position, file, entity, bytes, sha256, read, inserted, updated, unchanged, skipped, rejected, sums)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        id,
        position,
        each.file,
        each.entity,
        each.bytes,
        each.sha256,
        each.read,
        each.inserted,
        each.updated,
        each.unchanged,
        each.skipped,
        each.rejected,
        JSON.stringify(each.sums),
      ],
    );
  }
  await copyIn(
    tx,
    'copy load_reject (run_id, position, file, line, field, reason, content) from stdin',
    rejects.map((row, position) => {
      const values = [id, position, row.file, row.line, row.field, JSON.stringify(row.reason), row.content];
      return `${values.map(copyText).join('\t')}\n`;
    }),
  );
  await tx.query(
    `update load_run set status = $2, finished_at = $3, rejected = $4, notes = $5, error = $6 where id = $1`,
    [
      id,
      failure ? 'failed' : 'done',
      clock().toISOString(),
      rejected,
      JSON.stringify(notes),
      failure ? JSON.stringify(errorOf(failure)) : null,
    ],
  );
}

function errorOf(failure: Failure): { code: string } & Text {
  return { code: failure.kind.code, zh: failure.text('zh'), en: failure.text('en') };
}

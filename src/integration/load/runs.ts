import { copyIn, copyText, type Queryable, type Transaction } from '#database';
import { type Actor, type BusinessDate, type Clock, Failure, type Text } from '#kernel';
import { newId } from '#metadata';
import { loadKinds } from '../failures.ts';
import type { MappingDocument } from '../mapping/read.ts';
import type { Drift } from './drift.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { RejectedRow } from './rejects.ts';
import type { FileSurvey } from './survey.ts';

/** What a load is doing: hashing and counting the files, reading look-ups, writing, or bringing derived numbers up to date. */
export type LoadPhase = 'checking' | 'reading' | 'writing' | 'refreshing';

/** How far a load has come. */
export interface LoadProgress {
  phase: LoadPhase;
  file: string;
  entity: string | null;
  rowsRead: number;
  /** Estimated from the bytes; null while nothing can be said. */
  rowsTotal: number | null;
  bytesRead: number;
  /** Of all readings of all files. */
  bytesTotal: number;
  /** Measured over the last seconds; null at first. */
  bytesPerSecond: number | null;
  /** At that rate. */
  secondsLeft: number | null;
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
  /** Facts that stood there with other content. */
  corrected: number;
  unchanged: number;
  /** Left out by `where` or `distinct`. */
  skipped: number;
  rejected: number;
  /** Exact sums of the accepted rows by money field. */
  sums: Record<string, string>;
  /** Business dates of accepted facts, so that they are found again without looking at every month; null for records. */
  dates: { first: BusinessDate; last: BusinessDate } | null;
}

export interface NewRun {
  document: MappingDocument;
  folder: string;
  date: BusinessDate;
  status: 'queued' | 'running';
  actor: Actor;
  /** Code of the feed that the files came by. */
  feed?: string | undefined;
  /** Loaded again although it was loaded before. */
  forced?: boolean;
  /** Everything is read and checked, nothing written. */
  dry?: boolean;
  /** The run whose rejects this one loads again. */
  mends?: string | undefined;
}

export async function insertRun(db: Queryable, clock: Clock, run: NewRun): Promise<string> {
  const id = newId(clock);
  const { mapping, sha256 } = run.document;
  const now = clock().toISOString();
  await db.query(
    `insert into load_run (id, mapping, source, label, folder, business_date, mapping_sha256, status, actor_id, actor, created_at,
       started_at, attempts, feed, forced, dry, mends)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
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
      run.status === 'running' ? 1 : 0,
      run.feed ?? null,
      run.forced ?? false,
      run.dry ?? false,
      run.mends ?? null,
    ],
  );
  return id;
}

/** Begins a run of the queue, once more if it was cut off. False when somebody has called it off meanwhile. */
export async function markRunning(db: Queryable, clock: Clock, id: string): Promise<boolean> {
  const { rows } = await db.query<{ canceling: boolean }>(
    `update load_run set status = 'running', started_at = $2, attempts = attempts + 1, error = null where id = $1
     returning canceling`,
    [id, clock().toISOString()],
  );
  return rows[0]?.canceling === false;
}

/** Keeps how far a run is; true when somebody wants it to stop. */
export async function storeProgress(db: Queryable, id: string, progress: LoadProgress): Promise<boolean> {
  const { rows } = await db.query<{ canceling: boolean }>(
    `update load_run set progress = $2 where id = $1 and status in ('running', 'refreshing') returning canceling`,
    [id, JSON.stringify(progress)],
  );
  return rows[0]?.canceling ?? false;
}

/** Gives a run back to the queue: the program stops, and the run will begin anew. */
export async function requeueRun(db: Queryable, id: string): Promise<void> {
  await db.query(`update load_run set status = 'queued', progress = null where id = $1 and status = 'running'`, [id]);
}

/** A run that is still called running while nobody holds the lock of loads was cut off. */
export async function closeInterrupted(db: Queryable, clock: Clock, current: string): Promise<void> {
  await db.query(
    `update load_run set status = 'failed', finished_at = $2, error = $3 where status = 'running' and id <> $1
        and not exists (select from job j where j.kind = 'load' and j.status in ('queued', 'running')
          and j.payload ->> 'run' = load_run.id::text)`,
    [current, clock().toISOString(), JSON.stringify(errorOf(new Failure(loadKinds.interrupted)))],
  );
}

export interface RunOutcome {
  status: 'refreshing' | 'done' | 'skipped' | 'failed' | 'canceled';
  figures: LoadFigures[];
  rejected: number;
  rejects: readonly RejectedRow[];
  notes: Text[];
  surveys: FileSurvey[];
  drift: Drift[];
  reconciliation: Reconciliation | null;
  setSha256: string | null;
  /** The run that loaded the same files before. */
  sameAs?: string | undefined;
  /** Absent when the load went through. */
  failure?: Failure;
}

/** Closes runs whose rows are written and whose numbers were being brought up to date when the program stopped: that goes on by itself. */
export async function closeRefreshing(db: Queryable, clock: Clock): Promise<void> {
  await db.query(
    `update load_run set status = 'done', progress = null, finished_at = $1 where status = 'refreshing'
        and not exists (select from job j where j.kind = 'load' and j.status in ('queued', 'running')
          and j.payload ->> 'run' = load_run.id::text)`,
    [clock().toISOString()],
  );
}

/**
 * Writes what became of a run: inside the transaction of the load when it went through, else in one of its own.
 * Throws the Failure of a run called off, for one that goes through after somebody was told that it will not.
 */
export async function finishRun(tx: Transaction, clock: Clock, id: string, outcome: RunOutcome): Promise<void> {
  const { figures, rejects, rejected, notes, failure } = outcome;
  // A run from the queue that was cut off is done again under its number.
  await tx.query('delete from load_file where run_id = $1', [id]);
  await tx.query('delete from load_reject where run_id = $1', [id]);
  for (const [position, each] of figures.entries()) {
    await tx.query(
      `insert into load_file (run_id, position, file, entity, bytes, sha256, read, inserted, updated, unchanged, skipped, rejected, sums, corrected,
         first_date, last_date)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
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
        each.corrected,
        each.dates?.first ?? null,
        each.dates?.last ?? null,
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
  const { rowCount } = await tx.query(
    `update load_run set status = $2, finished_at = $3, rejected = $4, notes = $5, error = $6, surveys = $7, drift = $8,
            reconciliation = $9, set_sha256 = $10, same_as = $11, progress = null
      where id = $1 and ($6::jsonb is not null or not canceling)`,
    [
      id,
      outcome.status,
      outcome.status === 'refreshing' ? null : clock().toISOString(),
      rejected,
      JSON.stringify(notes),
      failure ? JSON.stringify(errorOf(failure)) : null,
      JSON.stringify(outcome.surveys),
      JSON.stringify(outcome.drift),
      outcome.reconciliation && JSON.stringify(outcome.reconciliation),
      outcome.setSha256,
      outcome.sameAs ?? null,
    ],
  );
  if (rowCount === 0) throw new Failure(loadKinds.canceled);
}

/** The run that loaded these very files by this very mapping for this date, if it still stands. */
export async function sameRun(
  db: Queryable,
  { document, date, setSha256 }: { document: MappingDocument; date: BusinessDate; setSha256: string },
): Promise<{ run: string; at: string } | undefined> {
  const { rows } = await db.query<{ run: string; at: string }>(
    `select id as run, finished_at as at from load_run
      where mapping = $1 and business_date = $2 and set_sha256 = $3 and mapping_sha256 = $4 and not dry and mends is null
        and status in ('done', 'refreshing') order by id desc limit 1`,
    [document.mapping.code, date, setSha256, document.sha256],
  );
  return rows[0];
}

/** Closes a run that was refused before it began: its files were gone, or its mapping was wrong. */
export async function failRun(db: Queryable, clock: Clock, id: string, failure: Failure): Promise<void> {
  await db.query(
    `update load_run set status = 'failed', finished_at = $2, error = $3 where id = $1 and status in ('queued', 'running')`,
    [id, clock().toISOString(), JSON.stringify(errorOf(failure))],
  );
}

/** What a run that is to be mended has read. Throws a Failure when there is nothing to mend. */
export async function readMendable(
  db: Queryable,
  id: string,
): Promise<{ mapping: string; date: BusinessDate; folder: string; surveys: FileSurvey[]; setSha256: string | null }> {
  const { rows } = await db.query<{
    mapping: string;
    date: BusinessDate;
    folder: string;
    surveys: FileSurvey[] | null;
    setSha256: string | null;
    rejected: string;
    status: string;
  }>(
    `select mapping, business_date as date, folder, surveys, set_sha256 as "setSha256", rejected, status from load_run
      where id = $1 and not dry and mends is null`,
    [id],
  );
  const run = rows[0];
  if (!run) throw new Failure(loadKinds.run_missing, { id });
  if (run.status !== 'done' || run.rejected === '0') throw new Failure(loadKinds.nothing_rejected, { run: id });
  return { ...run, surveys: run.surveys ?? [] };
}

/** What the files of the last good run of a mapping looked like. */
export async function lastSurveys(db: Queryable, mapping: string, run: string): Promise<FileSurvey[]> {
  const { rows } = await db.query<{ surveys: FileSurvey[] }>(
    `select surveys from load_run where mapping = $1 and status = 'done' and not dry and mends is null and id <> $2
        and surveys is not null order by business_date desc, id desc limit 1`,
    [mapping, run],
  );
  return rows[0]?.surveys ?? [];
}

function errorOf(failure: Failure): { code: string } & Text {
  return { code: failure.kind.code, zh: failure.text('zh'), en: failure.text('en') };
}

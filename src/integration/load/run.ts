import { join } from 'node:path';
import { type Institution, readInstitution } from '#access';
import { record } from '#audit';
import type { Database, Queryable, Transaction } from '#database';
import {
  type Actor,
  type BusinessDate,
  type Clock,
  dateIn,
  Failure,
  formatPercent,
  isDate,
  type Language,
  type Text,
} from '#kernel';
import type { Model } from '#metadata';
import { writeBulk } from '#records';
import { loadKinds, noteKinds } from '../failures.ts';
import type { MappingDocument } from '../mapping/read.ts';
import { createKeyTable, type KeyTable } from './key-table.ts';
import { type LoadPlan, type PlannedLoad, planLoad } from './plan.ts';
import type { PlannedFile } from './planned-file.ts';
import { createRejects, type Rejects } from './rejects.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { mapRows } from './rows.ts';
import {
  closeInterrupted,
  finishRun,
  insertRun,
  type LoadFigures,
  type LoadProgress,
  markRunning,
  storeProgress,
} from './runs.ts';

export interface LoadContext {
  database: Database;
  model: Model;
  clock: Clock;
  actor: Actor;
}

export interface LoadInput {
  document: MappingDocument;
  folder: string;
  /** The business date up to which the files speak; default the last finished one, else today. */
  date?: BusinessDate;
  /** TONGGUAN_HOME; `loads/<run>/rejects.csv` is written below it. */
  home: string;
  /** Language of the rejects file. */
  language: Language;
  /** A run that stands in the queue already. */
  run?: string;
  onProgress?: (progress: LoadProgress) => void;
  /** Ends the load at the next batch; everything is rolled back. */
  signal?: AbortSignal;
}

export interface LoadReport {
  run: string;
  date: BusinessDate;
  figures: LoadFigures[];
  rejected: number;
  /** Path of the rejects file; undefined when nothing was rejected. */
  rejectsFile: string | undefined;
  notes: Text[];
  /** False when everything was there already. */
  changed: boolean;
  milliseconds: number;
}

const DEFAULT_REJECT_SHARE_MAX = 0.05;
/** From this many on a load whose share is above the limit stops at once instead of reading to the end. */
const REJECTS_STOP_MIN = 10_000;

/** Loads run one after another: their order decides what the last state is. */
const LOAD_LOCK = 7_300_003;

/**
 * Loads the files of a folder by a mapping: everything in one transaction, or nothing. Throws a Failure that names file, line,
 * column and remedy; the run with its error and rejects is recorded in any case.
 */
export async function runLoad(ctx: LoadContext, input: LoadInput): Promise<LoadReport> {
  const { database, clock, actor } = ctx;
  const { document, folder } = input;
  if (input.date !== undefined && !isDate(input.date)) {
    throw new Failure(loadKinds.date_unreadable, { date: input.date }, 'date');
  }
  const started = performance.now();
  let recorded: Recorded | undefined;
  try {
    await database.transaction(
      async (tx) => {
        await tx.query('set local idle_in_transaction_session_timeout = 0');
        await lock(tx, input.run !== undefined);
        const institution = await readInstitution(tx);
        const zone = (await hasInstitution(tx))
          ? institution.zone
          : (document.mapping.institution?.zone ?? institution.zone);
        const date = input.date ?? institution.businessDate ?? dateIn(zone, clock());
        recorded = await begin(ctx, input, date);
        const { run, reporter, rejects, figures, notes } = recorded;
        const plan = await planLoad({ document, folder, model: ctx.model, zone, date });
        notes.push(...plan.notes);
        reporter.expect(plannedBytes(plan));
        const work: Work = { ...recorded, ctx, plan, told: new Set(), loaded: new Map(), signal: input.signal };
        await fillLookups(work);
        await settleInstitution(tx, work, institution);
        for (const load of plan.loads) await writeOne(tx, work, load);
        await record(tx, {
          at: clock(),
          actor,
          action: 'load',
          detail: { run, mapping: document.mapping.code, mappingSha256: document.sha256, date, folder, files: figures },
        });
        await reporter.close();
        await rejects.close();
        await finishRun(tx, clock, run, outcomeOf(recorded));
      },
      { statementTimeoutMs: 0 },
    );
  } catch (error) {
    if (recorded) await recordFailure(ctx, recorded, error);
    throw error;
  }
  const { run, date, rejects, figures, notes } = recorded!;
  return {
    run,
    date,
    figures,
    rejected: rejects.total,
    rejectsFile: await rejects.close(),
    notes: notes.map(textOf),
    changed: figures.some(({ inserted, updated }) => inserted + updated > 0),
    milliseconds: Math.round(performance.now() - started),
  };
}

/** A run in the making: what will be kept of it whether it goes through or not. */
interface Recorded {
  run: string;
  date: BusinessDate;
  reporter: Reporter;
  rejects: Rejects;
  figures: LoadFigures[];
  notes: Failure[];
}

/** Makes the run visible, on a connection of its own: it stays when the load is rolled back. */
async function begin({ database, clock, actor }: LoadContext, input: LoadInput, date: BusinessDate): Promise<Recorded> {
  const { document, folder } = input;
  const run = input.run ?? (await insertRun(database, clock, { document, folder, date, status: 'running', actor }));
  if (input.run !== undefined) await markRunning(database, clock, run);
  await closeInterrupted(database, clock, run);
  return {
    run,
    date,
    reporter: createReporter((progress) => storeProgress(database, run, progress), input.onProgress),
    rejects: createRejects(join(input.home, 'loads', run), input.language),
    figures: [],
    notes: [],
  };
}

async function recordFailure({ database, clock }: LoadContext, recorded: Recorded, error: unknown): Promise<void> {
  await recorded.reporter.close();
  await recorded.rejects.close();
  // What had been written so far is rolled back, so its figures would mislead.
  const outcome = { ...outcomeOf(recorded), figures: [], failure: asFailure(error) };
  await database.transaction((tx) => finishRun(tx, clock, recorded.run, outcome));
}

const outcomeOf = ({ figures, rejects, notes }: Recorded) => ({
  figures,
  rejected: rejects.total,
  rejects: rejects.stored,
  notes: notes.map(textOf),
});

interface Work extends Recorded {
  ctx: LoadContext;
  plan: LoadPlan;
  /** Files whose own faults have been told. */
  told: Set<PlannedFile>;
  /** Ids of entities that references point at. */
  loaded: Map<string, KeyTable>;
  signal: AbortSignal | undefined;
}

const textOf = (failure: Failure): Text => ({ zh: failure.text('zh'), en: failure.text('en') });

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(loadKinds.defect, { reason: error instanceof Error ? error.message : String(error) });
}

/** Every file is read once for each load and each look-up that uses it. */
function plannedBytes({ loads, lookups }: LoadPlan): number {
  let total = 0;
  for (const { file, pointsAtItself } of loads) total += (file?.source.found.bytes ?? 0) * (pointsAtItself ? 2 : 1);
  for (const { file } of lookups) total += file.source.found.bytes;
  return total;
}

async function fillLookups({ plan, reporter, rejects, told, signal }: Work): Promise<void> {
  for (const lookup of plan.lookups) {
    const { file } = lookup;
    const name = file.source.found.name;
    const pass = reporter.pass(name, null);
    for await (const rows of file.rows(pass.bytes)) {
      signal?.throwIfAborted();
      lookup.take(rows);
      pass.rows(rows.length);
      if (!told.has(file)) for (const row of rows) if (row.fault) rejects.add(name, row, row.fault);
    }
    told.add(file);
  }
}

/** A load from the queue waits for its turn; a person at the terminal is told at once. */
async function lock(tx: Transaction, waits: boolean): Promise<void> {
  if (waits) {
    await tx.query('select pg_advisory_xact_lock($1)', [LOAD_LOCK]);
    return;
  }
  const { rows } = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [LOAD_LOCK]);
  if (!rows[0]!.free) throw new Failure(loadKinds.busy);
}

async function hasInstitution(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query(`select from setting where key = 'institution'`);
  return rowCount > 0;
}

/** The first load of an empty installation says what the institution is. */
async function settleInstitution(tx: Transaction, { ctx, plan, notes }: Work, known: Institution): Promise<void> {
  const wanted = plan.document.mapping.institution;
  if (!wanted) return;
  const { rowCount } = await tx.query(
    `insert into setting (key, value) values ('institution', $1) on conflict (key) do nothing`,
    [JSON.stringify(wanted)],
  );
  if (rowCount === 1) {
    await record(tx, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'configure',
      detail: { setting: 'institution', after: wanted },
    });
  } else if (known.zone !== wanted.zone || known.currency !== wanted.currency) {
    notes.push(new Failure(noteKinds.institution_kept));
  }
}

async function writeOne(tx: Transaction, work: Work, load: PlannedLoad): Promise<void> {
  const { ctx, plan, reporter, rejects, told, loaded, date } = work;
  const { entity, file } = load;
  const { source } = plan.document.mapping;
  const name = file?.source.found.name ?? plan.document.file;
  if (plan.referenced.has(entity.code) && !loaded.has(entity.code)) loaded.set(entity.code, createKeyTable());
  if (load.pointsAtItself) await collectIds(work, load, loaded.get(entity.code)!);
  const pass = reporter.pass(name, entity.code);
  let first: { line: number; reason: Failure } | undefined;
  const { figures, map } = mapRows({
    load,
    source,
    database: ctx.database,
    loaded,
    reject(row, reason) {
      first ??= { line: row.line, reason };
      if (reason !== row.fault || !file || !told.has(file)) rejects.add(name, row, reason);
    },
  });
  const check = (atLeast: number) => {
    const limit = plan.document.mapping.rejects?.share_max ?? DEFAULT_REJECT_SHARE_MAX;
    if (figures.rejected < Math.max(1, atLeast) || figures.rejected <= figures.read * limit) return;
    throw tooMany(name, figures.read, figures.rejected, limit, first!);
  };
  const batches = file ? file.rows(pass.bytes) : [load.inline!.rows];
  const codes = (fields: PlannedLoad['fields']) => fields.map(({ field }) => field.code);
  const written = await writeBulk(
    tx,
    {
      entity,
      columns: codes(load.fields),
      initial: codes(load.fields.filter(({ initial }) => initial)),
      source,
      asOf: date,
    },
    counted(map(batches), () => {
      work.signal?.throwIfAborted();
      pass.rowsTotal(figures.read);
      check(REJECTS_STOP_MIN);
    }),
  );
  check(1);
  if (file) told.add(file);
  noteSequence(work, file);
  work.figures.push({
    file: name,
    entity: entity.code,
    bytes: file ? file.source.found.bytes : null,
    sha256: file?.source.sha256() ?? null,
    ...written,
    read: figures.read,
    skipped: figures.skipped,
    rejected: figures.rejected,
    sums: figures.sums.amounts(),
  });
}

/** Ids of all rows, before the first is checked: a row may point at one further down. */
async function collectIds({ ctx, plan, reporter }: Work, load: PlannedLoad, into: KeyTable): Promise<void> {
  const { file, inline } = load;
  const pass = reporter.pass(file?.source.found.name ?? plan.document.file, load.entity.code);
  const ids = mapRows({
    load: { ...load, fields: [] },
    source: plan.document.mapping.source,
    database: ctx.database,
    loaded: new Map([[load.entity.code, into]]),
    reject() {},
  });
  for await (const _ of ids.map(file ? file.rows(pass.bytes) : [inline!.rows])) pass.rowsTotal(ids.figures.read);
}

async function* counted<T>(batches: AsyncIterable<T>, after: () => void): AsyncGenerator<T> {
  for await (const batch of batches) {
    yield batch;
    after();
  }
}

function tooMany(
  file: string,
  read: number,
  rejected: number,
  limit: number,
  first: { line: number; reason: Failure },
): Failure {
  const { line, reason } = first;
  const column: Text =
    reason.field === undefined ? { zh: '', en: '' } : { zh: `“${reason.field}”列`, en: `, column "${reason.field}"` };
  const share = (value: number) => formatPercent(value.toFixed(6));
  return new Failure(
    loadKinds.rejects_too_many,
    { file, read, rejected, share: share(rejected / read), limit: share(limit), line, column, reason: textOf(reason) },
    reason.field,
  );
}

function noteSequence({ notes }: Work, file: PlannedFile | undefined): void {
  const sequencer = file?.sequencer;
  if (!file || !sequencer || sequencer.broken.groups === 0) return;
  const { groups, line } = sequencer.broken;
  const params = { file: file.source.found.name, groups: sequencer.groups, broken: groups, line };
  notes.push(new Failure(noteKinds.chain_broken, params));
}

import { join } from 'node:path';
import { type Institution, readInstitution } from '#access';
import { record } from '#audit';
import { createIdentifier, enqueueDetection, writtenQuality } from '#customers';
import { type Database, ident, type Queryable, type Transaction } from '#database';
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
import type { EntityDefinition, Model } from '#metadata';
import { type BulkResult, type BulkRow, type BulkTarget, recordCorrections, writeBulk } from '#records';
import { loadKinds, noteKinds } from '../failures.ts';
import type { SourceRow } from '../files/split.ts';
import type { ControlDefinition } from '../mapping/definition.ts';
import type { MappingDocument } from '../mapping/read.ts';
import { type Check, checkControls, readControls } from './control.ts';
import { type Drift, driftOf } from './drift.ts';
import { hashFile, hashOfSet } from './fingerprint.ts';
import { createKeyTable, type KeyTable } from './key-table.ts';
import { type LoadPlan, type PlannedLoad, planLoad } from './plan.ts';
import type { Mends, PlannedFile } from './planned-file.ts';
import {
  bankAum,
  compareFigures,
  defaultLimits,
  previousRun,
  type Reconciliation,
  type WarningLimits,
} from './reconciliation.ts';
import { createRejects, type Rejects } from './rejects.ts';
import { createReporter, type Pass, type Reporter } from './reporter.ts';
import { mapRows } from './rows.ts';
import {
  closeInterrupted,
  finishRun,
  insertRun,
  type LoadFigures,
  type LoadProgress,
  lastSurveys,
  markRunning,
  type RunOutcome,
  requeueRun,
  sameRun,
  storeProgress,
} from './runs.ts';
import { settleRun } from './settle.ts';
import { createSurvey, type FileSurvey, type Survey } from './survey.ts';

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
  /** Code of the feed that the files came by. */
  feed?: string;
  /** The feed's own control file and limits of warnings, in place of the mapping's and the usual ones. */
  control?: ControlDefinition;
  limits?: WarningLimits;
  /** Load although the same files were loaded before. */
  force?: boolean;
  /** Read and check everything, write nothing. */
  dry?: boolean;
  /** Load only these rejected rows of an earlier run again, with their corrections. */
  mends?: { run: string; setSha256: string | null; files: ReadonlyMap<string, Mends> };
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
  /** The run that loaded the same files before; this one then changed nothing. */
  sameAs: { run: string; at: string } | undefined;
  drift: Drift[];
  reconciliation: Reconciliation | null;
  milliseconds: number;
}

const DEFAULT_REJECT_SHARE_MAX = 0.05;
/** From this many on a load whose share is above the limit stops at once instead of reading to the end. */
const REJECTS_STOP_MIN = 10_000;

/** Loads run one after another: their order decides what the last state is. */
export const LOAD_LOCK = 7_300_003;

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
        const { run, notes } = recorded;
        recorded.signal.throwIfAborted();
        const mends = input.mends?.files;
        const plan = await planLoad({ document, folder, model: ctx.model, zone, date, mends });
        notes.push(...plan.notes);
        const control = input.control ?? document.mapping.control;
        const work: Work = {
          ...recorded,
          ctx,
          input,
          plan,
          control,
          told: new Set(),
          loaded: new Map(),
          surveying: new Map(),
        };
        await takeFingerprint(work, recorded);
        if (input.mends && recorded.setSha256 !== input.mends.setSha256) {
          throw new Failure(loadKinds.mends_changed, { run: input.mends.run });
        }
        if (!input.force && !input.dry && !mends) {
          recorded.sameAs = await sameRun(tx, { document, date, setSha256: recorded.setSha256! });
          if (recorded.sameAs) return await finish(tx, ctx, recorded, 'skipped');
        }
        const aum = input.dry ? undefined : await bankAum(tx);
        const checks = mends ? [] : await checkTotals(work, folder);
        await fillLookups(work);
        if (!input.dry) await settleInstitution(tx, work, institution);
        for (const load of plan.loads) await writeOne(tx, work, load);
        if (!mends) await judge(tx, work, recorded, checks, { aum, currency: institution.currency });
        if (!input.dry) {
          const { mapping, sha256 } = document;
          const detail = { run, mapping: mapping.code, mappingSha256: sha256, date, folder, files: recorded.figures };
          const more = { ...(input.feed && { feed: input.feed }), ...(input.mends && { mends: input.mends.run }) };
          await record(tx, { at: clock(), actor, action: 'load', detail: { ...detail, ...more } });
        }
        await finish(tx, ctx, recorded, input.dry ? 'done' : 'refreshing');
      },
      { statementTimeoutMs: 0 },
    );
  } catch (error) {
    if (recorded) await recordFailure(ctx, input, recorded, error);
    throw error;
  }
  const { run, date, rejects, figures, notes, sameAs, drift, reconciliation } = recorded!;
  if (!input.dry && !sameAs) await settleRun(ctx, run, 'done', input);
  return {
    run,
    date,
    figures,
    rejected: rejects.total,
    rejectsFile: await rejects.close(),
    notes: notes.map(textOf),
    changed: figures.some(({ inserted, updated, corrected }) => inserted + updated + corrected > 0),
    sameAs,
    drift,
    reconciliation,
    milliseconds: Math.round(performance.now() - started),
  };
}

async function finish(
  tx: Transaction,
  { clock }: LoadContext,
  recorded: Recorded,
  status: 'refreshing' | 'done' | 'skipped',
): Promise<void> {
  await recorded.reporter.close();
  await recorded.rejects.close();
  await finishRun(tx, clock, recorded.run, { ...outcomeOf(recorded), status });
}

/** A run in the making: what will be kept of it whether it goes through or not. */
interface Recorded {
  run: string;
  date: BusinessDate;
  reporter: Reporter;
  rejects: Rejects;
  figures: LoadFigures[];
  notes: Failure[];
  surveys: FileSurvey[];
  drift: Drift[];
  reconciliation: Reconciliation | null;
  setSha256: string | null;
  sameAs: { run: string; at: string } | undefined;
  /** Ends when the program stops, or when somebody calls the run off. */
  signal: AbortSignal;
}

/** Makes the run visible, on a connection of its own: it stays when the load is rolled back. */
async function begin({ database, clock, actor }: LoadContext, input: LoadInput, date: BusinessDate): Promise<Recorded> {
  const { document, folder, feed, force, dry, mends } = input;
  const calledOff = new AbortController();
  const callOff = () => calledOff.abort(new Failure(loadKinds.canceled));
  let run = input.run;
  if (run === undefined) {
    const options = { feed, forced: force ?? false, dry: dry ?? false, mends: mends?.run };
    run = await insertRun(database, clock, { document, folder, date, status: 'running', actor, ...options });
  } else if (!(await markRunning(database, clock, run))) {
    callOff();
  }
  await closeInterrupted(database, clock, run);
  const store = async (progress: LoadProgress) => {
    if (await storeProgress(database, run, progress)) callOff();
  };
  return {
    run,
    date,
    reporter: createReporter(store, input.onProgress),
    rejects: createRejects(join(input.home, 'loads', run), input.language),
    figures: [],
    notes: [],
    surveys: [],
    drift: [],
    reconciliation: null,
    setSha256: null,
    sameAs: undefined,
    signal: input.signal ? AbortSignal.any([input.signal, calledOff.signal]) : calledOff.signal,
  };
}

async function recordFailure(
  { database, clock }: LoadContext,
  input: LoadInput,
  recorded: Recorded,
  error: unknown,
): Promise<void> {
  await recorded.reporter.close();
  await recorded.rejects.close();
  // The program stops: the run of the queue begins anew when it comes back.
  if (input.run !== undefined && input.signal?.aborted && !(error instanceof Failure)) {
    await requeueRun(database, recorded.run);
    return;
  }
  const failure = asFailure(error);
  const status = failure.kind === loadKinds.canceled ? 'canceled' : 'failed';
  // What had been written so far is rolled back, so its figures would mislead.
  const outcome: RunOutcome = { ...outcomeOf(recorded), figures: [], failure, status };
  await database.transaction((tx) => finishRun(tx, clock, recorded.run, outcome));
}

const outcomeOf = ({ figures, rejects, notes, surveys, drift, reconciliation, setSha256, sameAs }: Recorded) => ({
  figures,
  rejected: rejects.total,
  rejects: rejects.stored,
  notes: notes.map(textOf),
  surveys,
  drift,
  reconciliation,
  setSha256,
  sameAs: sameAs?.run,
});

interface Work extends Recorded {
  ctx: LoadContext;
  input: LoadInput;
  plan: LoadPlan;
  control: ControlDefinition | undefined;
  /** Files whose own faults have been told. */
  told: Set<PlannedFile>;
  /** Ids of entities that references point at. */
  loaded: Map<string, KeyTable>;
  /** Each file is looked at once, when it is first read. */
  surveying: Map<PlannedFile, Survey>;
}

const textOf = (failure: Failure): Text => ({ zh: failure.text('zh'), en: failure.text('en') });

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(loadKinds.defect, { reason: error instanceof Error ? error.message : String(error) });
}

/** Every file is hashed, and read once for each load and each look-up that uses it; before that for its control totals. */
function plannedBytes({ files, loads, lookups }: LoadPlan, control: ControlDefinition | undefined): number {
  const hashing = files.reduce((sum, file) => sum + file.source.found.bytes, 0);
  let total = control && control.form !== 'marker' ? 2 * hashing : hashing;
  for (const { file, pointsAtItself } of loads) total += (file?.source.found.bytes ?? 0) * (pointsAtItself ? 2 : 1);
  for (const { file } of lookups) total += file.source.found.bytes;
  return total;
}

/** By the hash of its files a set is known again. */
async function takeFingerprint({ plan, control, reporter, signal }: Work, recorded: Recorded): Promise<void> {
  reporter.expect(plannedBytes(plan, control));
  // Several files may be entries of one archive.
  const hashes = new Map<string, string>();
  for (const { source } of plan.files) {
    const { name, path } = source.found;
    const pass = reporter.pass('checking', name, null);
    if (!hashes.has(path)) hashes.set(path, await hashFile(source.found, pass.bytes, signal));
  }
  const files = plan.files.map(({ source: { found } }) => ({ name: found.name, sha256: hashes.get(found.path)! }));
  recorded.setSha256 = hashOfSet(files);
}

/** Reads a file; the first time it is looked at on the way. */
async function* read({ plan, control, surveying, signal, rejects }: Work, file: PlannedFile, pass: Pass) {
  let survey: Survey | undefined;
  if (!surveying.has(file)) {
    const sums = new Set(Object.keys(control?.sums ?? {}));
    const { code, columns, typeOf } = file;
    const codes = plan.coded.get(code) ?? new Set();
    survey = createSurvey({ code, file: file.source.found.name, columns, typeOf, sums, codes });
    surveying.set(file, survey);
  }
  for await (const rows of file.rows(pass.bytes)) {
    signal.throwIfAborted();
    survey?.take(rows);
    yield rows;
    await rejects.ready();
  }
}

/** Holds the files against what their source states of them, before anything is written. */
async function checkTotals(work: Work, folder: string): Promise<Check[]> {
  const { plan, control, reporter, date } = work;
  if (!control) return [];
  const names = plan.files.map(({ source }) => source.found.name);
  const stated = readControls(folder, control, names, date);
  for (const file of plan.files) {
    const said = stated.get(file.source.found.name);
    for (const column of Object.keys(said?.sums ?? {})) {
      const at = file.columns.indexOf(column);
      if (at < 0 || ['integer', 'decimal'].includes(file.typeOf(at))) continue;
      throw new Failure(loadKinds.control_column, { file: file.source.found.name, column }, column);
    }
  }
  if (stated.size > 0) {
    for (const file of plan.files) {
      const pass = reporter.pass('checking', file.source.found.name, null);
      for await (const rows of read(work, file, pass)) pass.rows(rows.length);
    }
  }
  return checkControls(stated, surveysOf(work), control.tolerance ?? 0);
}

const surveysOf = ({ surveying }: Work) => [...surveying.values()].map((survey) => survey.result());

/** What the run looks like beside the source's totals, the run before it and the assets of the bank. */
async function judge(
  tx: Transaction,
  work: Work,
  recorded: Recorded,
  controls: Check[],
  { aum, currency }: { aum: string | undefined; currency: string },
): Promise<void> {
  const { plan, input, date, run } = work;
  const { code } = plan.document.mapping;
  recorded.surveys = surveysOf(work);
  recorded.drift = driftOf(await lastSurveys(tx, code, run), recorded.surveys, plan.used);
  const previous = await previousRun(tx, code, date, run);
  recorded.reconciliation = {
    controls,
    previous: previous && { run: previous.run, date: previous.date },
    loads: compareFigures(recorded.figures, previous?.figures, input.limits ?? defaultLimits),
    aum: aum === undefined ? null : { before: aum, after: await bankAum(tx), currency },
  };
}

async function fillLookups(work: Work): Promise<void> {
  const { plan, reporter, rejects, told, input } = work;
  for (const lookup of plan.lookups) {
    const { file } = lookup;
    const name = file.source.found.name;
    const pass = reporter.pass('reading', name, null);
    for await (const rows of read(work, file, pass)) {
      lookup.take(rows);
      pass.rows(rows.length);
      if (told.has(file) || input.mends) continue;
      for (const row of rows) if (row.fault) rejects.add(name, row, row.fault);
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
  const { ctx, plan, reporter, rejects, told, loaded, date, input } = work;
  const { entity, file } = load;
  const { source } = plan.document.mapping;
  const name = file?.source.found.name ?? plan.document.file;
  const mended = input.mends && (input.mends.files.get(name) ?? new Map());
  if (mended && (!file || mended.size === 0)) return;
  if (plan.referenced.has(entity.code) && !loaded.has(entity.code)) loaded.set(entity.code, createKeyTable());
  if (load.pointsAtItself) await collectIds(work, load, loaded.get(entity.code)!);
  const pass = reporter.pass('writing', name, entity.code);
  let first: { line: number; reason: Failure } | undefined;
  const identifier =
    entity.code === 'customer'
      ? createIdentifier(ctx.database, ctx.model, { source, byRules: load.identify })
      : undefined;
  const { figures, map } = mapRows({
    load,
    source,
    database: ctx.database,
    loaded,
    identity: identifier && { identifier, lead: (key, id) => plan.leadCustomer(key, id) },
    reject(row, reason) {
      first ??= { line: row.line, reason };
      if (reason !== row.fault || !file || !told.has(file) || mended) rejects.add(name, row, reason);
    },
  });
  const check = (atLeast: number) => {
    if (mended || input.dry) return;
    const limit = plan.document.mapping.rejects?.share_max ?? DEFAULT_REJECT_SHARE_MAX;
    if (figures.rejected < Math.max(1, atLeast) || figures.rejected <= figures.read * limit) return;
    throw tooMany(name, figures.read, figures.rejected, limit, first!);
  };
  const all = file ? read(work, file, pass) : [load.inline!.rows];
  const batches = mended ? only(all, mended) : all;
  const codes = (fields: PlannedLoad['fields']) => fields.map(({ field }) => field.code);
  const target: BulkTarget = {
    entity,
    columns: codes(load.fields),
    initial: codes(load.fields.filter(({ initial }) => initial)),
    source,
    asOf: date,
    batch: work.run,
  };
  const dateAt = entity.storage === 'fact' ? target.columns.indexOf('business_date') + 2 : 0;
  let dates: LoadFigures['dates'] = null;
  const rows = counted(map(batches), (batch) => {
    if (dateAt > 0) dates = spanOf(dates, batch, dateAt);
    work.signal.throwIfAborted();
    pass.rowsTotal(figures.read);
    check(REJECTS_STOP_MIN);
  });
  const written = input.dry ? await countRows(ctx.database, entity, rows) : await writeBulk(tx, target, rows);
  await recordCorrections(tx, { at: ctx.clock(), actor: ctx.actor }, entity, written.corrections, { load: work.run });
  check(1);
  if (identifier && !input.dry) await identifier.write(tx, ctx.clock);
  if (figures.identified > 0)
    work.notes.push(new Failure(noteKinds.identified, { file: name, rows: figures.identified }));
  if (identifier && !input.dry && written.inserted + written.updated > 0) {
    await enqueueDetection(tx, ctx.clock);
    for (const { rule, rows: warned } of await writtenQuality(tx, ctx, date)) {
      work.notes.push(new Failure(noteKinds.quality, { file: name, rule: rule.label, rows: warned }));
    }
  }
  if (file) told.add(file);
  noteSequence(work, file);
  work.figures.push({
    file: name,
    entity: entity.code,
    bytes: file ? file.source.found.bytes : null,
    sha256: file?.source.sha256() ?? null,
    inserted: written.inserted,
    updated: written.updated,
    corrected: written.corrected,
    unchanged: written.unchanged,
    read: figures.read,
    skipped: figures.skipped,
    rejected: figures.rejected,
    sums: figures.sums.amounts(),
    dates,
  });
}

/** First and last business date, these rows included. */
function spanOf(span: LoadFigures['dates'], rows: readonly BulkRow[], at: number): LoadFigures['dates'] {
  let { first, last } = span ?? { first: rows[0]![at]!, last: rows[0]![at]! };
  for (const row of rows) {
    const date = row[at]!;
    if (date < first) first = date;
    else if (date > last) last = date;
  }
  return { first, last };
}

/** Rows that somebody has mended. */
async function* only(
  batches: AsyncIterable<SourceRow[]> | Iterable<SourceRow[]>,
  mends: Mends,
): AsyncGenerator<SourceRow[]> {
  for await (const rows of batches) {
    const wanted = rows.filter(({ line }) => mends.has(line));
    if (wanted.length > 0) yield wanted;
  }
}

/** What a load would do, nearly: rows that are there count as updated, whether or not they differ. Facts are not asked for. */
async function countRows(
  database: Database,
  entity: EntityDefinition,
  batches: AsyncIterable<BulkRow[]>,
): Promise<BulkResult> {
  const result: BulkResult = { inserted: 0, updated: 0, corrected: 0, unchanged: 0, corrections: [] };
  for await (const rows of batches) {
    const { rows: found } =
      entity.storage === 'fact'
        ? { rows: [{ known: '0' }] }
        : await database.query<{ known: string }>(
            `select count(*) as known from ${ident(entity.code).sql} where id = any($1::bigint[])`,
            [rows.map(([id]) => id)],
          );
    const known = Number(found[0]!.known);
    result.updated += known;
    result.inserted += rows.length - known;
  }
  return result;
}

/** Ids of all rows, before the first is checked: a row may point at one further down. */
async function collectIds(work: Work, load: PlannedLoad, into: KeyTable): Promise<void> {
  const { ctx, plan, reporter } = work;
  const { file, inline } = load;
  const pass = reporter.pass('reading', file?.source.found.name ?? plan.document.file, load.entity.code);
  const ids = mapRows({
    load: { ...load, fields: [] },
    source: plan.document.mapping.source,
    database: ctx.database,
    loaded: new Map([[load.entity.code, into]]),
    reject() {},
  });
  for await (const _ of ids.map(file ? read(work, file, pass) : [inline!.rows])) pass.rowsTotal(ids.figures.read);
}

async function* counted<T>(batches: AsyncIterable<T>, after: (batch: T) => void): AsyncGenerator<T> {
  for await (const batch of batches) {
    yield batch;
    after(batch);
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

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { actIn, type Context, readInstitution } from '#access';
import { record } from '#audit';
import { sql, type Transaction } from '#database';
import { actorOfUser } from '#identity';
import { enqueue, type JobContext, type JobHandler } from '#jobs';
import { type Actor, Failure, formatInstant } from '#kernel';
import type { FieldDefinition, Model } from '#metadata';
import { exportStatement, type VisibleField } from '#records';
import { unseal } from '#vault';
import { columnsOf, EXPIRY_JOB, EXPORT_JOB, type ExportRow, exportFile, keepsRights } from './exports.ts';
import { kinds } from './failures.ts';
import { isMarkedRow, limits as markLimits, markText, orderBlock } from './marks.ts';
import { limitsOf, purposes } from './policy.ts';
import { type Cell, formats, type Sheet } from './sheet.ts';
import { noteStep } from './steps.ts';

const limits = {
  /** Rows in memory at once; whole blocks of the marks' order. */
  batchRows: 1_000,
  /** How long a right taken away may go unnoticed by an export under way. */
  checkMs: 1_000,
  statementMs: 30 * 60_000,
  timeoutMs: 60 * 60_000,
  attemptsMax: 2,
};

const HOUR_MS = 3_600_000;

/** The work of this room: writing an asked-for file as the person who asked, and deleting it when its time is over. */
export function jobHandlers(model: Model, home: string): JobHandler[] {
  const run: JobHandler<{ id: string }> = {
    kind: EXPORT_JOB,
    label: { zh: '导出文件', en: 'Write an export' },
    timeoutMs: limits.timeoutMs,
    attemptsMax: limits.attemptsMax,
    run: (ctx, { id }) => runExport(ctx, model, home, id),
  };
  const expire: JobHandler<{ id: string }> = {
    kind: EXPIRY_JOB,
    label: { zh: '删除到期的导出文件', en: 'Delete an expired export' },
    run: (ctx, { id }) => expireExport(ctx, home, id),
  };
  return [run as JobHandler, expire as JobHandler];
}

async function runExport(job: JobContext, model: Model, home: string, id: string): Promise<unknown> {
  const { rows } = await job.database.query<ExportRow>(
    sql`update export_run set state = 'running' where id = ${id}::bigint and state in ('queued', 'running') returning *`,
  );
  const row = rows[0];
  if (!row) return { skipped: true }; // given up meanwhile
  const path = exportFile(home, row);
  const part = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const ctx = await contextOf(job, model, row);
    const written = await writeFile(job, ctx, row, part);
    await rename(part, path);
    await finish(job, ctx, row, written);
    return { rows: written.rows, bytes: written.bytes };
  } catch (error) {
    await rm(part, { force: true });
    await rm(path, { force: true });
    if (error instanceof Failure || job.attempt >= limits.attemptsMax) {
      await fail(job, row, error instanceof Failure ? error : new Failure(kinds.interrupted));
    }
    throw error;
  }
}

/** The maker as he is now: his rights are asked again, not remembered. */
async function makerNow(job: JobContext, model: Model, row: ExportRow): Promise<Actor> {
  const actor = await actorOfUser(job.database, model, job.clock(), row.maker_id);
  if (!actor) throw new Failure(kinds.rights_changed);
  return actor;
}

async function contextOf(job: JobContext, model: Model, row: ExportRow): Promise<Context> {
  const ctx: Context = {
    database: job.database,
    clock: job.clock,
    model,
    actor: await makerNow(job, model, row),
    language: row.language,
    address: row.address,
    institution: await readInstitution(job.database),
    about: () => job.database,
  };
  if (!keepsRights(ctx, row)) throw new Failure(kinds.rights_changed);
  return ctx;
}

interface Written {
  rows: number;
  bytes: number;
  sha256: string;
}

async function writeFile(job: JobContext, ctx: Context, row: ExportRow, path: string): Promise<Written> {
  const entity = ctx.model.entity(row.entity);
  const columns = columnsOf(
    ctx,
    entity,
    row.columns.map(({ code }) => code),
  );
  // What has become clear since was not what was asked for and approved.
  const views = columns.map((column, index) => ({ ...column, view: row.columns[index]!.view }));
  const statement = await exportStatement(ctx, entity, row.question, views, row.rows_max + 1);
  const file = openFile(path);
  let count = 0;
  try {
    await job.database.transaction(
      async (tx) => {
        // As the maker, under row security: what the statement forgets to ask, the database asks.
        const origin = { session: null, address: row.address, request: `export ${row.id}` };
        await actIn(tx, ctx.model, ctx.actor, origin);
        await tx.query(sql`declare export_rows no scroll cursor for ${statement}`);
        const batches = readBatches(job, ctx, row, tx, views, (rows) => {
          count += rows;
        });
        await formats[row.format].write(sheetOf(ctx, row, views), batches, file.write);
      },
      { isolation: 'repeatable read', statementTimeoutMs: limits.statementMs },
    );
  } finally {
    await file.close();
  }
  return { rows: count, bytes: file.bytes(), sha256: file.sha256() };
}

function openFile(path: string) {
  const stream = createWriteStream(path, { mode: 0o600 });
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    write: async (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
      if (!stream.write(chunk)) await once(stream, 'drain');
    },
    close: async () => {
      stream.end();
      await finished(stream);
    },
    bytes: () => bytes,
    sha256: () => hash.digest('hex'),
  };
}

async function* readBatches(
  job: JobContext,
  ctx: Context,
  row: ExportRow,
  tx: Transaction,
  columns: VisibleField[],
  onRows: (rows: number) => void,
): AsyncGenerator<Cell[][]> {
  const cellOf = columns.map((column) => cellMaker(ctx, column));
  const marked = columns.map(({ field, view }) => carriesMark(field, view));
  const mark = markText(row.mark);
  const keys = keyColumnsOf(columns);
  const key = Number(row.mark_key);
  let seen = 0;
  let checked = performance.now();
  for (;;) {
    job.signal.throwIfAborted();
    const { rows } = await tx.query<{ row: string }>(`fetch ${limits.batchRows} from export_rows`);
    if (rows.length === 0) return;
    if (seen + rows.length > row.rows_max) throw new Failure(kinds.grown_beyond, { rows: seen + rows.length });
    await refuseIfEnded(job, row);
    if (performance.now() - checked > limits.checkMs) {
      await contextOf(job, ctx.model, row);
      checked = performance.now();
    }
    // Sealed values are opened by the owner: keys are not for the role of requests.
    const values = JSON.parse(await unseal(job.database, `[${rows.map((each) => each.row).join(',')}]`)) as unknown[][];
    const cells = values.map((line) => line.map((value, index) => cellOf[index]!(value)));
    const ordered: Cell[][] = [];
    for (let at = 0; at < cells.length; at += markLimits.blockRows) {
      const block = cells.slice(at, at + markLimits.blockRows);
      const texts = block.map((line) => line.map(({ text }) => text));
      for (const place of orderBlock(key, (seen + at) / markLimits.blockRows, texts, keys)) ordered.push(block[place]!);
    }
    yield ordered.map((line, index) =>
      isMarkedRow(seen + index)
        ? line.map((cell, column) => (marked[column] && cell.text !== '' ? { ...cell, text: cell.text + mark } : cell))
        : line,
    );
    seen += rows.length;
    onRows(rows.length);
    job.progress({ rows: seen });
  }
}

/** Ends the work when its maker gave it up or was disabled. */
async function refuseIfEnded(job: JobContext, row: ExportRow): Promise<void> {
  const { rows } = await job.database.query<{ state: string; active: boolean }>(
    'select e.state, u.active from export_run e join "user" u on u.id = e.maker_id where e.id = $1',
    [row.id],
  );
  if (rows[0]?.state !== 'running' || !rows[0].active) throw new Failure(kinds.rights_changed);
}

/** Texts that people read carry the mark; what is compared, dialled or calculated with stays as it is. */
function carriesMark(field: FieldDefinition, view: 'clear' | 'masked'): boolean {
  if (field.search === 'tail' || field.search === 'prefix') return false;
  if (view === 'masked') return field.mask === 'person_name' || field.mask === 'address';
  return ['text', 'long_text', 'choice', 'choices', 'ref', 'text_list'].includes(field.type);
}

/** Columns with many different values decide about the order; equal neighbours tell nothing. */
function keyColumnsOf(columns: VisibleField[]): number[] {
  const places = columns.map((_, index) => index);
  const varied = places.filter((index) => !['choice', 'choices', 'boolean'].includes(columns[index]!.field.type));
  return (varied.length > 0 ? varied : places).slice(0, markLimits.keyColumns);
}

function cellMaker(ctx: Context, { field, view }: VisibleField): (value: unknown) => Cell {
  const { language, institution } = ctx;
  const kind = kindOf(field, view);
  const labels = new Map(field.options?.map((option) => [option.code, option.label[language]]));
  const yesNo = language === 'zh' ? ['是', '否'] : ['yes', 'no'];
  const textOf = (value: unknown): string => {
    if (value === null || value === undefined) return '';
    if (typeof value === 'boolean') return yesNo[value ? 0 : 1]!;
    if (Array.isArray(value)) return value.map(textOf).join(language === 'zh' ? '、' : ', ');
    if (typeof value === 'object') return JSON.stringify(value);
    const text = String(value);
    if (kind === 'datetime') return formatInstant(text, institution.zone, 'second');
    return labels.get(text) ?? text;
  };
  return (value) => ({ text: textOf(value), kind });
}

function kindOf(field: FieldDefinition, view: 'clear' | 'masked'): Cell['kind'] {
  if (view === 'masked') return 'text';
  if (['money', 'decimal', 'percent', 'integer'].includes(field.type)) return 'number';
  return field.type === 'date' || field.type === 'datetime' ? field.type : 'text';
}

/** What the file says of itself: whose it is, when, from where, for what. */
function sheetOf(ctx: Context, row: ExportRow, columns: VisibleField[]): Sheet {
  const { language, institution, actor } = ctx;
  const entity = ctx.model.entity(row.entity);
  const purpose = purposes(ctx.model).find(({ code }) => code === row.purpose)?.label[language] ?? row.purpose;
  const at = formatInstant(ctx.clock().toISOString(), institution.zone, 'second');
  const lines = {
    zh: [
      `内部资料，仅限“${purpose}”使用，不得外传`,
      `导出人：${actor.name}（${actor.username}）`,
      `时间：${at}`,
      `地址：${row.address}`,
      `工单：${row.ticket ?? '无'}`,
      `文件编号：${row.id}`,
    ],
    en: [
      `Internal. For this purpose only: ${purpose}. Do not pass on`,
      `Exported by: ${actor.name} (${actor.username})`,
      `At: ${at}`,
      `From: ${row.address}`,
      `Ticket: ${row.ticket ?? 'none'}`,
      `File: ${row.id}`,
    ],
  };
  return {
    columns: columns.map((column) => ({
      label: column.field.label[language],
      kind: kindOf(column.field, column.view),
    })),
    notice: lines[language],
    sheetName: entity.label[language].slice(0, 31),
    noticeName: { zh: '文件说明', en: 'About this file' }[language],
  };
}

async function finish(job: JobContext, ctx: Context, row: ExportRow, written: Written): Promise<void> {
  const now = job.clock();
  const expires = new Date(now.getTime() + limitsOf(ctx.model).file_hours * HOUR_MS);
  await job.database.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update export_run set state = 'done', finished_at = $2, expires_at = $3, rows = $4, bytes = $5, sha256 = $6 where id = $1 and state = 'running'`,
      [row.id, now.toISOString(), expires.toISOString(), written.rows, written.bytes, written.sha256],
    );
    if (rowCount === 0) throw new Failure(kinds.rights_changed);
    await noteStep(tx, 'export', row.id, { state: 'done', at: now, by: null });
    await record(tx, {
      at: now,
      actor: ctx.actor,
      action: 'export',
      entity: row.entity,
      recordId: row.id,
      purpose: row.purpose,
      rule: row.rule,
      detail: {
        file: row.id,
        ...written,
        columns: row.columns,
        ...row.question,
        ticket: row.ticket,
        checker: row.checker_id,
        mark: row.mark,
      },
    });
    await enqueue(tx, job.clock, { kind: EXPIRY_JOB, payload: { id: row.id }, key: row.id, runAt: expires });
  });
}

async function fail(job: JobContext, row: ExportRow, failure: Failure): Promise<void> {
  const error = JSON.stringify({ code: failure.kind.code, zh: failure.text('zh'), en: failure.text('en') });
  await job.database.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      "update export_run set state = 'failed', error = $2, finished_at = $3 where id = $1 and state = 'running'",
      [row.id, error, job.clock().toISOString()],
    );
    if (rowCount > 0)
      await noteStep(tx, 'export', row.id, { state: 'failed', at: job.clock(), by: null, note: failure.kind.code });
  });
}

async function expireExport(job: JobContext, home: string, id: string): Promise<void> {
  const { rows } = await job.database.query<ExportRow>(
    "update export_run set state = 'expired' where id = $1 and state in ('done', 'expired') and expires_at <= $2 returning *",
    [id, job.clock().toISOString()],
  );
  if (rows[0]) await rm(exportFile(home, rows[0]), { force: true });
}

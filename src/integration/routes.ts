import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Context } from '#access';
import type { Queryable } from '#database';
import { attachment, type Route, route } from '#http';
import { Failure, isDate, type Language, type Text } from '#kernel';
import { type EntityDefinition, fieldOf } from '#metadata';
import { UNDO_DAYS } from '#records';
import { designRoutes } from './design/routes.ts';
import { loadKinds } from './failures.ts';
import { gateRoutes } from './gate/routes.ts';
import { cancelRun, startMending, startRun, startWithdrawal } from './gate/start.ts';
import type { Drift } from './load/drift.ts';
import { REJECTS_FILE, type RejectedRow, rejectLine, rejectsHeader } from './load/rejects.ts';
import { reportLines } from './load/report.ts';
import { currentMapping, mappingCodes } from './mapping/store.ts';
import { listFolders } from './places.ts';

const RUN_STATUSES = [
  'queued',
  'running',
  'refreshing',
  'done',
  'skipped',
  'failed',
  'canceled',
  'withdrawing',
  'withdrawn',
] as const;

const limits = { rowsDefault: 50, rowsMax: 200, reasonLengthMax: 200 };

const id = z.string().regex(/^[1-9]\d{0,18}$/);
const params = z.strictObject({ id });
const text = z.object({ zh: z.string(), en: z.string() });
const page = {
  limit: z.coerce.number().int().min(1).max(limits.rowsMax).default(limits.rowsDefault),
  cursor: z
    .string()
    .regex(/^\d{1,19}$/)
    .optional(),
};

const figures = z.object({
  file: z.string(),
  entity: z.string(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  read: z.number(),
  inserted: z.number(),
  updated: z.number(),
  corrected: z.number(),
  unchanged: z.number(),
  skipped: z.number(),
  rejected: z.number(),
  sums: z.record(z.string(), z.string()),
  /** What the fields that were summed are called. */
  names: z.record(z.string(), z.string()),
});

const comparison = z.object({
  before: z.string(),
  now: z.string(),
  change: z.string().nullable(),
  warning: z.boolean(),
});
const reconciliationShape = z.object({
  controls: z.array(
    z.object({
      file: z.string(),
      control: z.string(),
      rows: z.object({ stated: z.number().nullable(), counted: z.number() }),
      sums: z.array(z.object({ column: z.string(), stated: z.string(), counted: z.string(), difference: z.string() })),
    }),
  ),
  previous: z.object({ run: z.string(), date: z.string() }).nullable(),
  loads: z.array(z.object({ rows: comparison.nullable(), sums: z.record(z.string(), comparison) })),
  aum: z.object({ before: z.string(), after: z.string(), currency: z.string() }).nullable(),
});

const runShape = z.object({
  id: z.string(),
  mapping: z.string(),
  label: text,
  source: z.string(),
  folder: z.string(),
  date: z.string(),
  status: z.enum(RUN_STATUSES),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  startedBy: z.string(),
  progress: z
    .object({
      file: z.string(),
      entity: z.string().nullable(),
      rowsRead: z.number(),
      rowsTotal: z.number().nullable(),
      bytesRead: z.number(),
      bytesTotal: z.number(),
      phase: z.enum(['checking', 'reading', 'writing', 'refreshing']),
      bytesPerSecond: z.number().nullable(),
      secondsLeft: z.number().nullable(),
    })
    .nullable(),
  rejected: z.number(),
  feed: z.string().nullable(),
  forced: z.boolean(),
  dry: z.boolean(),
  canceling: z.boolean(),
  attempts: z.number(),
  mends: z.string().nullable(),
  sameAs: z.string().nullable(),
  drift: z.array(
    z.object({
      code: z.string(),
      file: z.string(),
      column: z.string().nullable(),
      severity: z.enum(['notice', 'warning']),
      text: z.string(),
    }),
  ),
  reconciliation: reconciliationShape.nullable(),
  withdrawal: z
    .object({
      at: z.string(),
      by: z.string(),
      reason: z.string(),
      skip: z.boolean(),
      result: z.object({ facts: z.number(), restored: z.number(), removed: z.number(), kept: z.number() }).optional(),
      refused: z
        .object({
          kept: z.number(),
          sample: z.array(z.object({ entity: z.string(), id: z.string(), reason: z.enum(['changed', 'in_use']) })),
        })
        .optional(),
    })
    .nullable(),
  /** Whether its time for being withdrawn has not passed. */
  withdrawable: z.boolean(),
  notes: z.array(z.string()),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  files: z.array(figures),
});

const rejectShape = z.object({
  file: z.string(),
  line: z.number(),
  field: z.string().nullable(),
  reason: z.string(),
  content: z.string(),
});

/** What the browser needs to load files and to see what came of it. */
export function routes(home: string): Route<Context>[] {
  return [
    ...gateRoutes(home),
    ...designRoutes(home),
    route({
      method: 'GET',
      path: '/api/load-mappings',
      permission: 'loads.read',
      summary: { zh: '可用的文件映射', en: 'Mappings that files can be loaded by' },
      tag: 'loads',
      output: z.array(
        z.object({
          code: z.string(),
          label: text,
          description: text,
          /** 0: it stands in a file and was never saved on the page. */
          version: z.number(),
          files: z.array(z.object({ file: z.string(), entity: z.string() })),
        }),
      ),
      handler: (ctx: Context) => readMappings(ctx, home),
    }),
    route({
      method: 'GET',
      path: '/api/load-folders',
      permission: 'loads.read',
      summary: { zh: '可装载的文件夹', en: 'Folders that can be loaded' },
      tag: 'loads',
      output: z.array(z.object({ folder: z.string(), files: z.array(z.string()) })),
      handler: async () => listFolders(home),
    }),
    route({
      method: 'POST',
      path: '/api/load-runs',
      permission: 'loads.run',
      summary: { zh: '开始一次装载', en: 'Start a load' },
      tag: 'loads',
      status: 202,
      body: z.strictObject({
        mapping: z.string().min(1).max(100),
        folder: z.string().min(1).max(400).optional(),
        upload: id.optional(),
        force: z.boolean().optional(),
        date: z.string().refine(isDate, 'a date is YYYY-MM-DD').optional(),
      }),
      output: runShape,
      handler: async (ctx: Context, { body }) => readRun(ctx, await startRun(ctx, home, body)),
    }),
    route({
      method: 'POST',
      path: '/api/load-runs/:id/cancel',
      permission: 'loads.run',
      summary: { zh: '取消一次装载', en: 'Cancel a load' },
      tag: 'loads',
      params,
      body: z.strictObject({}),
      output: runShape,
      handler: async (ctx: Context, { params: { id: run } }) => {
        await readRun(ctx, run);
        await cancelRun(ctx, run);
        return readRun(ctx, run);
      },
    }),
    route({
      method: 'POST',
      path: '/api/load-runs/:id/mended',
      permission: 'loads.run',
      summary: { zh: '重装更正后的拒绝行', en: 'Load mended rejects again' },
      tag: 'loads',
      status: 202,
      params,
      body: z.strictObject({ upload: id }),
      output: runShape,
      handler: async (ctx: Context, { params: { id: run }, body }) =>
        readRun(ctx, await startMending(ctx, home, run, body.upload)),
    }),
    route({
      method: 'POST',
      path: '/api/load-runs/:id/withdraw',
      permission: 'loads.withdraw',
      stepUp: true,
      summary: { zh: '撤回批次', en: 'Withdraw a load run' },
      tag: 'loads',
      status: 202,
      params,
      body: z.strictObject({
        reason: z.string().trim().min(2).max(limits.reasonLengthMax),
        /** Rows that were changed since stay as they are. */
        skip: z.boolean().default(false),
      }),
      output: runShape,
      handler: async (ctx: Context, { params: { id: run }, body }) => {
        await startWithdrawal(ctx, run, body);
        return readRun(ctx, run);
      },
    }),
    route({
      method: 'GET',
      path: '/api/load-runs/:id/reconciliation.csv',
      permission: 'loads.read',
      summary: { zh: '下载对账报告', en: 'The reconciliation report as a file' },
      tag: 'loads',
      params,
      output: z.string(),
      handler: async (ctx: Context, { params: { id: run } }) => {
        const found = await readRun(ctx, run);
        const content = reportLines(found, ctx.model, ctx.language);
        return attachment(`${found.mapping}-${found.date}-reconciliation.csv`, 'text/csv; charset=utf-8', content);
      },
    }),
    route({
      method: 'GET',
      path: '/api/load-runs',
      permission: 'loads.read',
      summary: { zh: '装载记录，最新在前', en: 'Load runs, newest first' },
      tag: 'loads',
      query: z.strictObject({ ...page, feed: z.string().max(60).optional() }),
      output: z.object({ rows: z.array(runShape), next: z.string().nullable() }),
      handler: async (ctx: Context, { query }) => {
        const rows = await readRuns(ctx, {
          before: query.cursor ?? null,
          feed: query.feed ?? null,
          limit: query.limit + 1,
        });
        const more = rows.length > query.limit;
        return { rows: rows.slice(0, query.limit), next: more ? rows[query.limit - 1]!.id : null };
      },
    }),
    route({
      method: 'GET',
      path: '/api/load-runs/:id',
      permission: 'loads.read',
      summary: { zh: '一次装载的进度与结果', en: 'Progress and outcome of a load' },
      tag: 'loads',
      params,
      output: runShape,
      handler: (ctx: Context, { params: { id: run } }) => readRun(ctx, run),
    }),
    route({
      method: 'GET',
      path: '/api/load-runs/:id/rejects',
      permission: 'loads.read',
      summary: { zh: '被拒绝的行', en: 'Rejected rows' },
      tag: 'loads',
      params,
      query: z.strictObject(page),
      output: z.object({ rows: z.array(rejectShape), next: z.string().nullable() }),
      handler: async (ctx: Context, { params: { id: run }, query }) => {
        await readRun(ctx, run);
        const after = Number(query.cursor ?? -1);
        const rows = await readRejects(ctx.database, run, after, query.limit + 1);
        const more = rows.length > query.limit;
        const shown = rows.slice(0, query.limit);
        return {
          rows: shown.map((row) => ({ ...row, reason: row.reason[ctx.language] })),
          next: more ? String(after + query.limit) : null,
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/load-runs/:id/rejects.csv',
      permission: 'loads.read',
      summary: { zh: '下载全部被拒绝的行', en: 'All rejected rows as a file' },
      tag: 'loads',
      params,
      output: z.string(),
      handler: async (ctx: Context, { params: { id: run } }) => {
        const { mapping, date } = await readRun(ctx, run);
        const path = join(home, 'loads', run, REJECTS_FILE);
        const content = existsSync(path) ? createReadStream(path) : Readable.from(rejectLines(ctx, run));
        return attachment(`${mapping}-${date}-${REJECTS_FILE}`, 'text/csv; charset=utf-8', content);
      },
    }),
  ];
}

/** A mapping that cannot be read is left out here; starting it tells what is wrong. */
async function readMappings(ctx: Context, home: string) {
  const mappings = [];
  for (const code of await mappingCodes(ctx.database, home)) {
    try {
      const { document, version } = await currentMapping(ctx.database, home, code);
      const { label, description = label } = document.mapping;
      const files = document.mapping.loads.flatMap(({ file, entity }) =>
        file === undefined ? [] : [{ file: document.mapping.files?.[file]?.path[0] ?? file, entity }],
      );
      mappings.push({ code, label, description, version, files });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
  return mappings;
}

type RunRow = z.infer<typeof runShape>;

async function readRun(ctx: Context, run: string): Promise<RunRow> {
  const [found] = await readRuns(ctx, { run, limit: 1 });
  if (!found) throw new Failure(loadKinds.run_missing, { id: run });
  return found;
}

async function readRuns(
  { database, language, clock, model }: Context,
  {
    run = null,
    before = null,
    feed = null,
    limit,
  }: { run?: string | null; before?: string | null; feed?: string | null; limit: number },
): Promise<RunRow[]> {
  type Stored = Omit<RunRow, 'notes' | 'error' | 'drift' | 'files'> & {
    files: Omit<RunRow['files'][number], 'names'>[];
    notes: Text[];
    error: ({ code: string } & Text) | null;
    drift: Drift[];
  };
  const oldest = new Date(clock().getTime() - UNDO_DAYS * 86_400_000).toISOString();
  const { rows } = await database.query<Stored>(
    `select r.id, r.mapping, r.label, r.source, r.folder, r.business_date as date, r.status, r.started_at as "startedAt",
            r.finished_at as "finishedAt", r.actor as "startedBy", r.rejected::int as rejected, r.notes, r.error,
            case when r.status in ('running', 'refreshing', 'withdrawing') then r.progress end as progress,
            r.feed, r.forced, r.dry, r.canceling, r.attempts, r.mends, r.same_as as "sameAs", r.drift, r.reconciliation,
            r.withdrawal, r.status = 'done' and not r.dry and r.created_at > $5 as withdrawable,
            coalesce((select jsonb_agg(jsonb_build_object('file', f.file, 'entity', f.entity, 'bytes', f.bytes, 'sha256', f.sha256,
              'read', f.read, 'inserted', f.inserted, 'updated', f.updated, 'corrected', f.corrected, 'unchanged', f.unchanged,
              'skipped', f.skipped, 'rejected', f.rejected, 'sums', f.sums) order by f.position)
              from load_file f where f.run_id = r.id), '[]') as files
       from load_run r
      where ($1::bigint is null and not r.dry or r.id = $1) and ($2::bigint is null or r.id < $2)
        and ($4::text is null or r.feed = $4)
      order by r.id desc limit $3`,
    [run, before, limit, feed, oldest],
  );
  return rows.map((row) => ({
    ...row,
    files: row.files.map((file) => ({ ...file, names: namesOf(model.entity(file.entity), file.sums, language) })),
    notes: row.notes.map((note) => note[language]),
    error: row.error && { code: row.error.code, message: row.error[language] },
    drift: row.drift.map(({ code, file, column, severity, ...words }) => ({
      code,
      file,
      column,
      severity,
      text: words[language],
    })),
  }));
}

/** Who loads files may have no right to the rows in them, and then knows no names of their fields. */
function namesOf(entity: EntityDefinition, sums: Record<string, string>, language: Language): Record<string, string> {
  return Object.fromEntries(Object.keys(sums).map((code) => [code, fieldOf(entity, code)?.label[language] ?? code]));
}

/** Stored rejects behind a position. */
async function readRejects(db: Queryable, run: string, after: number, limit: number): Promise<RejectedRow[]> {
  const { rows } = await db.query<Omit<RejectedRow, 'line'> & { line: string }>(
    `select file, line, field, reason, content from load_reject where run_id = $1 and position > $2
      order by position limit $3`,
    [run, after, limit],
  );
  return rows.map((row) => ({ ...row, line: Number(row.line) }));
}

/** The stored rejects as a file, where the file itself lies on another machine. */
async function* rejectLines({ database, language }: { database: Queryable; language: Language }, run: string) {
  yield rejectsHeader(language);
  for (let after = -1; ; after += limits.rowsMax) {
    const rows = await readRejects(database, run, after, limits.rowsMax);
    yield rows.map((row) => rejectLine(row, language)).join('');
    if (rows.length < limits.rowsMax) return;
  }
}

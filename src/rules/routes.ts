import { z } from 'zod';
import type { Context } from '#access';
import { type Queryable, type Sql, sql } from '#database';
import { type Route, route } from '#http';
import { enqueue } from '#jobs';
import { type BusinessDate, Failure, isDate, type Language, type Text } from '#kernel';
import { checkRange, DAY_STEPS, type DayCounts, type DayStep, type DayStepCode, heldDayLock } from './business-day.ts';
import { kinds } from './failures.ts';
import { DAYS_JOB, type DaysJob } from './jobs.ts';

const limits = { rowsDefault: 50, rowsMax: 200 };

const date = z.string().refine(isDate, 'must be a date, YYYY-MM-DD');

const dayShape = z.object({
  date: z.string(),
  /** `open`: begun for what comes live; its rules have not looked at everybody yet. */
  status: z.enum(['open', 'running', 'done', 'failed']),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  aumTotal: z.string().nullable(),
  customers: z.number().nullable(),
  tierChanges: z.number().nullable(),
  tagChanges: z.number().nullable(),
  tasks: z.number().nullable(),
  /** Accounts and holdings in a currency without a rate, left out of the assets. */
  withoutRate: z.number().nullable(),
  steps: z.array(
    z.object({
      code: z.string(),
      label: z.object({ zh: z.string(), en: z.string() }),
      ms: z.number(),
      count: z.number(),
    }),
  ),
  error: z.string().nullable(),
});

export const routes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/business-days',
    permission: 'days.read',
    summary: { zh: '业务日，最近的在前', en: 'Business days, newest first' },
    tag: 'business days',
    query: z.object({
      limit: z.coerce.number().int().min(1).max(limits.rowsMax).default(limits.rowsDefault),
      /** Days before this one. */
      cursor: date.optional(),
    }),
    output: z.object({ rows: z.array(dayShape), next: z.string().nullable() }),
    handler: async (ctx: Context, { query: { limit, cursor } }) => {
      const rows = await readDays(
        ctx.database,
        sql`where ${cursor ?? null}::date is null or d.date < ${cursor ?? null}`,
        limit + 1,
      );
      const shown = rows.slice(0, limit).map((row) => dayOutput(row, ctx.language));
      return { rows: shown, next: rows.length > limit ? shown.at(-1)!.date : null };
    },
  }),
  route({
    method: 'GET',
    path: '/api/business-days/:date',
    permission: 'days.read',
    summary: { zh: '一个业务日', en: 'One business day' },
    tag: 'business days',
    params: z.object({ date }),
    output: dayShape,
    handler: async (ctx: Context, { params }) => {
      const [row] = await readDays(ctx.database, sql`where d.date = ${params.date}`, 1);
      if (!row) throw new Failure(kinds.day_unknown, { date: params.date });
      return dayOutput(row, ctx.language);
    },
  }),
  route({
    method: 'POST',
    path: '/api/business-days',
    permission: 'days.run',
    summary: { zh: '运行一段业务日期', en: 'Run a range of business dates' },
    tag: 'business days',
    body: z.strictObject({ from: date, to: date }),
    output: z.object({ job: z.string() }),
    status: 202,
    handler: async (ctx: Context, { body: { from, to } }) => {
      checkRange(ctx, from, to);
      const { userId, username } = ctx.actor;
      const payload: DaysJob = { from, to, actor: { userId, username } };
      // The same range asked for twice is one job while it is not done.
      const job = await ctx.database.transaction((tx) =>
        enqueue(tx, ctx.clock, { kind: DAYS_JOB, payload, key: `${from}/${to}` }),
      );
      return { job };
    },
  }),
];

interface DayRow {
  date: BusinessDate;
  status: 'open' | 'running' | 'done' | 'failed';
  started_at: string;
  finished_at: string | null;
  counts: Partial<DayCounts>;
  steps: DayStep[];
  error: Text | null;
  /** False for a day that says running while nobody holds the lock: its program is gone. */
  locked: boolean;
}

async function readDays(db: Queryable, where: Sql, rowsMax: number): Promise<DayRow[]> {
  const { rows } = await db.query<DayRow>(
    sql`select d.date::text, d.status, d.started_at, d.finished_at, d.counts, d.steps, d.error,
        ${heldDayLock()} as locked
      from business_day d ${where} order by d.date desc limit ${rowsMax}`,
  );
  return rows;
}

const INTERRUPTED: Text = { zh: '运行中断，请重新运行该日', en: 'the run was interrupted; run this day again' };

function dayOutput(row: DayRow, language: Language) {
  const interrupted = row.status === 'running' && !row.locked;
  const {
    aumTotal = null,
    customers = null,
    tierChanges = null,
    tagChanges = null,
    tasks = null,
    withoutRate = null,
  } = row.counts;
  return {
    date: row.date,
    status: interrupted ? ('failed' as const) : row.status,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    aumTotal,
    customers,
    tierChanges,
    tagChanges,
    tasks,
    withoutRate,
    steps: row.steps.map(({ code, ms, count }) => ({
      code,
      label: DAY_STEPS[code as DayStepCode],
      ms,
      count,
    })),
    error: (interrupted ? INTERRUPTED : row.error)?.[language] ?? null,
  };
}

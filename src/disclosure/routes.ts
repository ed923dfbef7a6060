import { rm } from 'node:fs/promises';
import { z } from 'zod';
import type { Context } from '#access';
import { attachment, type Route, route } from '#http';
import { Failure } from '#kernel';
import {
  cancelExport,
  decideExport,
  downloadExport,
  type ExportInput,
  previewExport,
  requestExport,
} from './exports.ts';
import { kinds } from './failures.ts';
import { identifyLeak, limits as identifyLimits } from './identify.ts';
import { readInbox, readMyExport, readMyExports, readReveal } from './inbox.ts';
import { purposes } from './policy.ts';
import { decideReveal, endReveal, readRevealed, requestReveal, revealOptions, reviewReveal } from './reveals.ts';
import { summarise, summaryCsv } from './summary.ts';

const id = z.string().regex(/^[1-9]\d{0,18}$/, 'an id is a positive whole number');
const params = z.strictObject({ id });
const code = z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, 'a code is lower-case letters, digits and _');
const text = z.object({ zh: z.string(), en: z.string() });
const reason = z.string().trim().min(2).max(500);
const ticket = z.string().trim().max(60).optional();
const note = z.string().trim().max(500).optional();
const instant = z.string();
const person = z.object({ id: z.string(), name: z.string(), unit: z.string().nullable() }).nullable();
const step = z.object({ state: z.string(), at: instant, by: z.string().nullable(), note: z.string().nullable() });

const reveal = z.object({
  id: z.string(),
  act: z.literal('reveal'),
  entity: z.string(),
  record: z.string(),
  field: z.string(),
  customer: z.object({ id: z.string(), label: z.string().nullable() }).nullable(),
  purpose: z.string(),
  reason: z.string(),
  ticket: z.string().nullable(),
  minutes: z.int(),
  path: z.enum(['immediate', 'approval', 'emergency']),
  state: z.enum(['requested', 'active', 'expired', 'lapsed', 'refused', 'cancelled', 'revoked']),
  requestedAt: instant,
  startedAt: instant.nullable(),
  expiresAt: instant.nullable(),
  valuesShown: z.int(),
  maker: person,
  reviewDueAt: instant.nullable(),
  reviewedAt: instant.nullable(),
  verdict: z.enum(['in_order', 'misuse']).nullable(),
  overdue: z.boolean(),
  told: z.array(z.object({ name: z.string(), seenAt: instant.nullable() })),
  paged: z.boolean(),
  steps: z.array(step),
});

const exported = z.object({
  id: z.string(),
  act: z.literal('export'),
  entity: z.string(),
  columns: z.array(z.object({ code: z.string(), view: z.enum(['clear', 'masked']) })),
  question: z.record(z.string(), z.unknown()),
  format: z.enum(['csv', 'xlsx']),
  purpose: z.string(),
  reason: z.string(),
  ticket: z.string().nullable(),
  state: z.enum(['requested', 'queued', 'running', 'done', 'refused', 'cancelled', 'failed', 'expired', 'lapsed']),
  level: z.int(),
  rowsExpected: z.int(),
  rows: z.int().nullable(),
  bytes: z.int().nullable(),
  sha256: z.string().nullable(),
  downloads: z.int(),
  requestedAt: instant,
  finishedAt: instant.nullable(),
  expiresAt: instant.nullable(),
  error: z.string().nullable(),
  maker: person,
  steps: z.array(step),
});

const summaryLine = z.object({
  code: z.string(),
  label: z.union([z.string(), text]),
  requests: z.int(),
  values: z.int(),
  emergencies: z.int(),
  refused: z.int(),
  unreviewed: z.int(),
  outOfHours: z.int(),
  misuse: z.int(),
});

const place = { entity: code, record: id, field: code };
const week = z.strictObject({ week: z.string().max(10) });

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Failure(kinds.not_found);
  return value;
};

const revealRoutes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/purposes',
    permission: 'signed_in',
    summary: { zh: '查看与导出的用途', en: 'Purposes of reveals and exports' },
    tag: 'disclosure',
    output: z.array(z.object({ code: z.string(), label: text, for: z.array(z.string()), ticket: z.boolean() })),
    handler: async (ctx: Context) =>
      purposes(ctx.model).map(({ code, label, for: acts, ticket }) => ({ code, label, for: acts, ticket })),
  }),
  route({
    method: 'GET',
    path: '/api/reveal-options',
    permission: 'customers.reveal',
    summary: { zh: '一个脱敏字段可以怎样申请查看', en: 'How one masked field may be asked for' },
    tag: 'disclosure',
    query: z.strictObject(place),
    output: z.object({
      field: text,
      open: z.object({ id: z.string(), state: z.string() }).nullable(),
      blocked: z.string().nullable(),
      purposes: z.array(
        z.object({
          code: z.string(),
          label: text,
          ticket: z.boolean(),
          rule: text,
          approval: z.boolean(),
          emergency: z.boolean(),
          review: z.enum(['each', 'summary']),
          minutesMax: z.int(),
        }),
      ),
    }),
    handler: async (ctx: Context, { query }) => revealOptions(ctx, query),
  }),
  route({
    method: 'POST',
    path: '/api/reveals',
    permission: 'customers.reveal',
    stepUp: true,
    summary: { zh: '申请查看一条记录的一个脱敏字段', en: 'Ask to see one masked field of one record' },
    tag: 'disclosure',
    body: z.strictObject({
      ...place,
      purpose: code,
      reason,
      ticket,
      minutes: z.int().min(1).max(60),
      emergency: z.boolean().optional(),
    }),
    output: reveal,
    status: 201,
    handler: async (ctx: Context, { body }) => found(await readReveal(ctx, await requestReveal(ctx, body))),
  }),
  route({
    method: 'GET',
    path: '/api/reveals/:id',
    permission: 'signed_in',
    summary: { zh: '一次查看申请', en: 'One reveal' },
    tag: 'disclosure',
    params,
    output: reveal,
    handler: async (ctx: Context, { params }) => found(await readReveal(ctx, params.id)),
  }),
  route({
    method: 'GET',
    path: '/api/reveals/:id/value',
    permission: 'customers.reveal',
    summary: { zh: '取得明文（每次取得记一次审计）', en: 'The value; each time is one audit event' },
    tag: 'disclosure',
    params,
    output: z.object({
      value: z.string().nullable(),
      now: instant,
      expiresAt: instant,
      watermark: z.object({ name: z.string(), username: z.string(), at: instant, ticket: z.string() }),
    }),
    handler: async (ctx: Context, { params }) => readRevealed(ctx, params.id),
  }),
  ...(['approve', 'refuse'] as const).map((decision) =>
    route({
      method: 'POST',
      path: `/api/reveals/:id/${decision}`,
      permission: 'breakglass.approve',
      stepUp: decision === 'approve',
      summary: {
        approve: { zh: '批准查看', en: 'Approve a reveal' },
        refuse: { zh: '不批准查看', en: 'Refuse a reveal' },
      }[decision],
      tag: 'disclosure',
      params,
      body: z.strictObject({ note }),
      output: reveal,
      handler: async (ctx: Context, { params, body }) => {
        await decideReveal(ctx, params.id, decision, body.note);
        return found(await readReveal(ctx, params.id));
      },
    }),
  ),
  route({
    method: 'POST',
    path: '/api/reveals/:id/end',
    permission: 'signed_in',
    summary: { zh: '撤回申请或立即收回查看', en: 'Withdraw a request or end a reveal at once' },
    tag: 'disclosure',
    params,
    body: z.strictObject({ note }),
    output: reveal,
    handler: async (ctx: Context, { params, body }) => {
      await endReveal(ctx, params.id, body.note);
      return found(await readReveal(ctx, params.id));
    },
  }),
  route({
    method: 'POST',
    path: '/api/reveals/:id/review',
    permission: 'breakglass.review',
    summary: { zh: '复核一次查看', en: 'Review a reveal' },
    tag: 'disclosure',
    params,
    body: z.strictObject({ verdict: z.enum(['in_order', 'misuse']), note }),
    output: reveal,
    handler: async (ctx: Context, { params, body }) => {
      await reviewReveal(ctx, params.id, body);
      return found(await readReveal(ctx, params.id));
    },
  }),
  route({
    method: 'GET',
    path: '/api/approvals',
    permission: 'signed_in',
    summary: {
      zh: '待我审批、待我复核、我的申请与近期记录',
      en: 'What waits for me, my own requests, and what was decided',
    },
    tag: 'disclosure',
    output: z.object({
      waiting: z.array(z.union([reveal, exported])),
      toReview: z.array(reveal),
      mine: z.array(reveal),
      history: z.array(z.union([reveal, exported])),
    }),
    handler: async (ctx: Context) => readInbox(ctx),
  }),
  route({
    method: 'GET',
    path: '/api/reveal-summary',
    permission: 'breakglass.review',
    summary: { zh: '一周查看汇总', en: 'The reveals of a week in numbers' },
    tag: 'disclosure',
    query: week,
    output: z.object({
      week: z.string(),
      from: z.string(),
      to: z.string(),
      total: summaryLine,
      users: z.array(summaryLine),
      fields: z.array(summaryLine),
      purposes: z.array(summaryLine),
      branches: z.array(summaryLine),
    }),
    handler: async (ctx: Context, { query }) => summarise(ctx, query.week),
  }),
  route({
    method: 'GET',
    path: '/api/reveal-summary.csv',
    permission: 'breakglass.review',
    summary: { zh: '一周查看汇总文件', en: 'The same as a file' },
    tag: 'disclosure',
    query: week,
    output: z.string(),
    handler: async (ctx: Context, { query }) =>
      attachment(`reveals-${query.week}.csv`, 'text/csv; charset=utf-8', await summaryCsv(ctx, query.week)),
  }),
];

const question = {
  entity: code,
  columns: z.array(code).min(1).max(60).optional(),
  filter: z.array(z.string().max(4000)).max(20).optional(),
  q: z.string().max(200).optional(),
  sort: z.string().max(60).optional(),
};

function exportRoutes(home: string): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/api/exports/preview',
      permission: 'exports.request',
      summary: { zh: '导出前预览：行数、字段与是否需要审批', en: 'What an export would hold and need' },
      tag: 'disclosure',
      body: z.strictObject({ ...question, purpose: code }),
      output: z.object({
        rows: z.int(),
        rowsMax: z.int(),
        level: z.int(),
        approval: z.boolean(),
        rule: text,
        columns: z.array(z.object({ code: z.string(), label: text, see: z.enum(['clear', 'masked']), level: z.int() })),
      }),
      handler: async (ctx: Context, { body }) => previewExport(ctx, body),
    }),
    route({
      method: 'POST',
      path: '/api/exports',
      permission: 'exports.request',
      stepUp: true,
      summary: { zh: '申请导出', en: 'Ask for an export' },
      tag: 'disclosure',
      body: z.strictObject({ ...question, purpose: code, reason, ticket, format: z.enum(['csv', 'xlsx']) }),
      output: exported,
      status: 202,
      handler: async (ctx: Context, { body }) =>
        found(await readMyExport(ctx, await requestExport(ctx, body as ExportInput))),
    }),
    route({
      method: 'GET',
      path: '/api/exports',
      permission: 'exports.request',
      summary: { zh: '我的导出', en: 'My exports' },
      tag: 'disclosure',
      output: z.object({ rows: z.array(exported) }),
      handler: async (ctx: Context) => ({ rows: await readMyExports(ctx) }),
    }),
    route({
      method: 'GET',
      path: '/api/exports/:id',
      permission: 'exports.request',
      summary: { zh: '一次导出', en: 'One export of mine' },
      tag: 'disclosure',
      params,
      output: exported,
      handler: async (ctx: Context, { params }) => found(await readMyExport(ctx, params.id)),
    }),
    route({
      method: 'GET',
      path: '/api/exports/:id/file',
      permission: 'exports.request',
      summary: { zh: '下载导出文件（仅本人，限时限次）', en: 'The file, to its maker, for a day and a few times' },
      tag: 'disclosure',
      params,
      output: z.string(),
      handler: async (ctx: Context, { params }) => downloadExport(ctx, home, params.id),
    }),
    route({
      method: 'POST',
      path: '/api/exports/:id/cancel',
      permission: 'exports.request',
      summary: { zh: '取消导出或删除文件', en: 'Give an export up or delete its file' },
      tag: 'disclosure',
      params,
      body: z.strictObject({}),
      output: exported,
      handler: async (ctx: Context, { params }) => {
        await cancelExport(ctx, home, params.id, (path) => rm(path, { force: true }));
        return found(await readMyExport(ctx, params.id));
      },
    }),
    ...(['approve', 'refuse'] as const).map((decision) =>
      route({
        method: 'POST',
        path: `/api/exports/:id/${decision}`,
        permission: 'exports.approve',
        stepUp: decision === 'approve',
        summary: {
          approve: { zh: '批准导出', en: 'Approve an export' },
          refuse: { zh: '不批准导出', en: 'Refuse an export' },
        }[decision],
        tag: 'disclosure',
        params,
        body: z.strictObject({ note }),
        output: z.null(),
        status: 204,
        handler: async (ctx: Context, { params, body }) => {
          await decideExport(ctx, params.id, decision, body.note);
          return null;
        },
      }),
    ),
    route({
      method: 'POST',
      path: '/api/exports/identify',
      permission: 'exports.identify',
      summary: { zh: '识别外泄表格的导出人', en: 'Whose export a leaked table comes from' },
      tag: 'disclosure',
      body: z.strictObject({ text: z.string().min(1).max(identifyLimits.textLengthMax) }),
      output: z.object({
        found: z
          .object({
            by: z.enum(['file', 'signs', 'order']),
            strength: z.number(),
            export: z.record(z.string(), z.unknown()),
          })
          .nullable(),
      }),
      handler: async (ctx: Context, { body }) => ({ found: await identifyLeak(ctx, body.text) }),
    }),
  ];
}

/** `home` is where the files of exports stand. */
export function routes(home: string): Route<Context>[] {
  return [...revealRoutes, ...exportRoutes(home)];
}

import { z } from 'zod';
import type { Context } from '#access';
import { jsonText, type Route, route } from '#http';
import { readBehaviour } from './behaviour.ts';
import { bulkAction, limits as bulkLimits, requestBulk } from './bulk.ts';
import { findDuplicates } from './duplicates.ts';
import { eraseCustomer } from './erasure.ts';
import { readProfile } from './profile.ts';
import { countQuality, listQuality } from './quality.ts';
import { HOWS, search } from './search.ts';

const params = z.strictObject({ id: z.string().regex(/^[1-9]\d{0,18}$/) });
const text = z.object({ zh: z.string(), en: z.string() });
const rows = z.array(z.looseObject({ id: z.string() }));

const behaviour = z
  .object({
    windows: z.array(z.object({ days: z.int(), count: z.int() })),
    groups: z.array(z.object({ code: z.string(), count: z.int() })).describe('of the longest window'),
    recent: z.array(z.looseObject({ id: z.string() })),
  })
  .nullable()
  .describe('null: not for this reader');

export const routes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/quality',
    permission: 'customer.read',
    summary: { zh: '数据质量：各规则提醒的客户数', en: 'Data quality: how many customers each rule warns of' },
    tag: 'customers',
    output: z.array(z.object({ code: z.string(), label: text, message: text, count: z.int(), capped: z.boolean() })),
    handler: async (ctx: Context) => countQuality(ctx),
  }),
  route({
    method: 'GET',
    path: '/api/quality/:rule',
    permission: 'customer.read',
    summary: { zh: '数据质量：一条规则提醒的客户', en: 'Data quality: the customers whom one rule warns of' },
    tag: 'customers',
    params: z.strictObject({ rule: z.string().regex(/^[a-z][a-z0-9_]{0,49}$/) }),
    output: rows,
    handler: async (ctx: Context, { params: { rule } }) => listQuality(ctx, rule),
  }),
  route({
    method: 'GET',
    path: '/api/search',
    permission: 'customer.read',
    summary: {
      zh: '搜索框：姓名、拼音、首字母、电话、证件号、客户号、账号，容许笔误',
      en: 'The search box: names, pinyin, initials, phones, ID, customer and account numbers; forgives slips',
    },
    tag: 'customers',
    query: z.strictObject({ q: z.string().max(200) }),
    output: z.object({
      customers: z.array(
        z.object({
          id: z.string(),
          row: z.record(z.string(), z.unknown()),
          own: z.boolean(),
          reason: z.object({
            entity: z.string(),
            field: z.string(),
            how: z.enum(HOWS),
            value: z.string().nullable(),
          }),
        }),
      ),
      more: z.boolean(),
      definitions: z.array(
        z.object({ kind: z.enum(['tags', 'tiers', 'segments']), code: z.string(), label: z.string() }),
      ),
    }),
    handler: async (ctx: Context, { query }) => search(ctx, query.q),
  }),
  route({
    method: 'GET',
    path: '/api/customers/:id/profile',
    permission: 'customer.read',
    summary: { zh: '客户 360 视图', en: 'The 360 view of a customer' },
    tag: 'customers',
    params,
    output: z.object({
      customer: z.looseObject({ id: z.string(), version: z.int() }),
      metrics: z.record(z.string(), z.unknown()),
      tags: z.array(z.object({ code: z.string(), since: z.string(), reason: z.unknown() })),
      tierReason: z.unknown(),
      aum: z.object({
        total: z.string().nullable(),
        parts: z.record(z.string(), z.string()),
        curve: z
          .array(z.tuple([z.string(), z.string(), z.string().optional()]))
          .describe('date, total, and the net flow of the date where money moved'),
      }),
      accounts: rows,
      cards: rows,
      loans: rows,
      standingOrders: rows,
      holdings: rows,
      transactions: rows,
      interactions: rows,
      notes: rows,
      tasks: rows,
      household: z.object({ id: z.string(), name: z.string(), members: rows }).nullable(),
      timeline: z.array(
        z.object({
          at: z.string(),
          kind: z.string(),
          code: z.string().nullable(),
          text: z.string().nullable(),
          result: z.string().nullable(),
          by: z.string().nullable(),
        }),
      ),
    }),
    handler: async (ctx: Context, { params: { id } }) => jsonText(await readProfile(ctx, id)),
  }),
  route({
    method: 'GET',
    path: '/api/customers/:id/behaviour',
    permission: 'customer.read',
    summary: {
      zh: '客户的登录与页面浏览：次数与最近记录',
      en: 'Sign-ins and page views of a customer: counts and the latest',
    },
    tag: 'customers',
    params,
    output: z.object({ until: z.string(), login: behaviour, page_view: behaviour }),
    handler: async (ctx: Context, { params: { id } }) => jsonText(await readBehaviour(ctx, id)),
  }),
  route({
    method: 'POST',
    path: '/api/customers/duplicates',
    permission: 'customer.create',
    summary: {
      zh: '查重：证件号码、电话是否已有客户使用',
      en: 'Whether customers with these identifiers exist already',
    },
    tag: 'customers',
    body: z.strictObject({ id_number: z.string().max(60).optional(), phone: z.string().max(60).optional() }),
    output: z.object({
      duplicates: z.array(
        z.object({
          field: z.string(),
          customer: z
            .object({ id: z.string(), label: z.string().nullable() })
            .nullable()
            .describe('null: out of reach'),
        }),
      ),
    }),
    handler: async (ctx: Context, { body }) => findDuplicates(ctx, body),
  }),
  route({
    method: 'POST',
    path: '/api/customers/bulk',
    permission: 'customers.bulk',
    summary: { zh: '对多位客户执行同一操作', en: 'Do one thing to many customers' },
    tag: 'customers',
    body: z
      .strictObject({
        action: bulkAction,
        ids: z.array(params.shape.id).min(1).max(bulkLimits.picked).optional(),
        question: z
          .strictObject({ filter: z.array(z.string().max(4000)).max(20).optional(), q: z.string().max(200).optional() })
          .optional(),
      })
      .refine(({ ids, question }) => (ids === undefined) !== (question === undefined), 'either ids or a question'),
    output: z.object({ job: z.string(), count: z.int() }),
    status: 202,
    handler: async (ctx: Context, { body }) => requestBulk(ctx, body),
  }),
  route({
    method: 'POST',
    path: '/api/customers/:id/erasure',
    permission: 'customers.erase',
    stepUp: true,
    summary: { zh: '抹除客户的个人信息（不可撤销）', en: "Erase a customer's personal data (for good)" },
    tag: 'customers',
    params,
    body: z.strictObject({ reason: z.string().trim().min(5).max(500) }),
    output: z.object({ erasedOn: z.string() }),
    handler: async (ctx: Context, { params: { id }, body }) => eraseCustomer(ctx, id, body),
  }),
];

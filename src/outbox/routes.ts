import { z } from 'zod';
import type { Context } from '#access';
import { type Route, route } from '#http';
import type { OwnerContext } from '#identity';
import { listOutbox, STATUSES, sendAgain } from './list.ts';
import { changeTarget, createTarget, listTargets, renewSecret, testTarget } from './targets.ts';

const id = z.string().regex(/^[1-9]\d{0,18}$/, 'an id is a positive whole number');
const code = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'a code is lower-case letters, digits and _, at most 50');
const text = z.strictObject({ zh: z.string().trim().min(1).max(60), en: z.string().trim().min(1).max(60) });
const place = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z_[1-9]\d{0,18}$/, 'take it from `next` of the page before');
const targetParams = z.strictObject({ code });

const target = z.strictObject({
  label: text,
  url: z.string().trim().min(8).max(500).describe('https://…; of internal targets also http://…'),
  internal: z.boolean().describe('within the network of the institution'),
  figures: z.boolean().default(false).describe('figures that a rule looked at go along'),
  active: z.boolean().default(true),
});
const secret = z.object({ secret: z.string().describe('shown this once') });

const item = z.object({
  id: z.string(),
  at: z.string(),
  kind: z.enum(['message', 'webhook']),
  target: z.string(),
  rule: z.string().nullable(),
  status: z.enum(STATUSES),
  notBefore: z.string(),
  tries: z.int(),
  error: z.string().nullable(),
  doneAt: z.string().nullable(),
});

const all: Route<OwnerContext>[] = [
  route({
    method: 'GET',
    path: '/api/outbox',
    permission: 'outbox.read',
    summary: { zh: '发件箱：等候、已发与失败', en: 'The outbox: what waits, what was sent, what failed' },
    tag: 'outbox',
    query: z.strictObject({
      status: z.enum(STATUSES).optional(),
      kind: z.enum(['message', 'webhook']).optional(),
      after: place.optional(),
    }),
    output: z.object({
      items: z.array(item),
      counts: z.record(z.enum(STATUSES), z.int()),
      next: z.string().nullable(),
    }),
    handler: async (ctx: OwnerContext, { query }) => {
      const [at, last] = query.after?.split('_') ?? [];
      return await listOutbox(ctx, { ...query, after: at && last ? { at, id: last } : null });
    },
  }),
  route({
    method: 'POST',
    path: '/api/outbox/:id/send',
    permission: 'outbox.manage',
    summary: { zh: '重发一条失败的', en: 'Send one that failed again' },
    tag: 'outbox',
    params: z.strictObject({ id }),
    output: z.undefined(),
    status: 204,
    handler: async (ctx: OwnerContext, { params }) => void (await sendAgain(ctx, { id: params.id })),
  }),
  route({
    method: 'GET',
    path: '/api/webhook-targets',
    permission: 'outbox.read',
    summary: { zh: '允许的推送目标', en: 'Targets that events may be sent to' },
    tag: 'outbox',
    output: z.array(
      target
        .extend({ code: z.string(), version: z.int(), updatedAt: z.string(), updatedBy: z.string().nullable() })
        .loose(),
    ),
    handler: async (ctx: OwnerContext) => (await listTargets(ctx)).map(({ id: _, ...rest }) => rest),
  }),
  route({
    method: 'POST',
    path: '/api/webhook-targets',
    permission: 'outbox.manage',
    stepUp: true,
    summary: { zh: '新建推送目标', en: 'Allow a target' },
    tag: 'outbox',
    body: target.extend({ code }),
    output: secret,
    status: 201,
    handler: (ctx: OwnerContext, { body: { code: made, ...input } }) => createTarget(ctx, made, input),
  }),
  route({
    method: 'PUT',
    path: '/api/webhook-targets/:code',
    permission: 'outbox.manage',
    stepUp: true,
    summary: { zh: '修改推送目标', en: 'Change a target' },
    tag: 'outbox',
    params: targetParams,
    body: target.extend({ version: z.int().min(1) }),
    output: z.undefined(),
    status: 204,
    handler: (ctx: OwnerContext, { params, body: { version, ...input } }) =>
      changeTarget(ctx, params.code, version, input),
  }),
  route({
    method: 'POST',
    path: '/api/webhook-targets/:code/secret',
    permission: 'outbox.manage',
    stepUp: true,
    summary: { zh: '更换签名密钥', en: 'Replace the secret of a target' },
    tag: 'outbox',
    params: targetParams,
    output: secret,
    handler: (ctx: OwnerContext, { params }) => renewSecret(ctx, params.code),
  }),
  route({
    method: 'POST',
    path: '/api/webhook-targets/:code/test',
    permission: 'outbox.manage',
    summary: { zh: '向推送目标发送一个测试事件', en: 'Send a target an event that says nothing' },
    tag: 'outbox',
    params: targetParams,
    output: z.object({ status: z.int(), ms: z.int() }),
    handler: (ctx: OwnerContext, { params }) => testTarget(ctx, params.code),
  }),
  route({
    method: 'POST',
    path: '/api/webhook-targets/:code/send',
    permission: 'outbox.manage',
    summary: { zh: '重发该目标全部失败的', en: 'Send everything again that failed for a target' },
    tag: 'outbox',
    params: targetParams,
    output: z.object({ count: z.int() }),
    handler: async (ctx: OwnerContext, { params }) => ({ count: await sendAgain(ctx, { target: params.code }) }),
  }),
];

export const routes = all as unknown as Route<Context>[];

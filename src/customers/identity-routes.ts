import { z } from 'zod';
import type { Context } from '#access';
import { type Route, route } from '#http';
import { enqueue } from '#jobs';
import { Failure } from '#kernel';
import {
  CASE_STATES,
  caseLimits,
  checkCase,
  countCases,
  enqueueDetection,
  listCases,
  readCase,
  readIdentities,
  resolveCase,
  WAITING,
} from './cases.ts';
import { kinds } from './failures.ts';
import { listMerges, UNDO_JOB, undoFault } from './merge.ts';

const params = z.strictObject({ id: z.string().regex(/^[1-9]\d{0,18}$/) });
const text = z.object({ zh: z.string(), en: z.string() });
const person = z.object({ id: z.string(), label: z.string().nullable() });
const side = z.object({
  id: z.string(),
  source: text,
  row: z.record(z.string(), z.unknown()).describe('masked as the reader sees the customer'),
  accounts: z.int(),
});
const identityCase = z.looseObject({
  id: z.string(),
  rule: z.object({ code: z.string(), label: text, strength: z.enum(['certain', 'likely']) }),
  state: z.enum(CASE_STATES),
  foundAt: z.string(),
  evidence: z.record(z.string(), z.enum(['same', 'different', 'empty'])),
  suggestion: z.enum(['merge', 'apart', 'look']),
  sides: z.array(side),
  proposal: z.object({ survivor: z.string() }).nullable(),
  maker: person.nullable(),
  checker: person.nullable(),
  note: z.string().nullable(),
  error: text.nullable(),
  may: z.object({ resolve: z.boolean(), approve: z.boolean() }),
});
const merge = z.object({
  id: z.string(),
  survivor: person,
  otherNumber: z.string().nullable(),
  mergedAt: z.string(),
  maker: z.string().nullable(),
  checker: z.string().nullable(),
  undoneAt: z.string().nullable(),
  undoUntil: z.string(),
});
const note = z.string().trim().max(caseLimits.noteLength).optional();

export const identityRoutes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/identity/cases',
    permission: 'identity.resolve',
    summary: { zh: '疑似同一客户的清单', en: 'Customers who may be one' },
    tag: 'identity',
    query: z.strictObject({ done: z.enum(['true', 'false']).optional() }),
    output: z.array(identityCase),
    handler: async (ctx: Context, { query }) =>
      listCases(ctx, { states: query.done === 'true' ? ['merged', 'apart'] : WAITING }),
  }),
  route({
    method: 'GET',
    path: '/api/identity/count',
    permission: 'identity.resolve',
    summary: { zh: '待处理的客户识别任务数', en: 'How many identity cases wait' },
    tag: 'identity',
    output: z.object({ open: z.int(), proposed: z.int(), capped: z.boolean() }),
    handler: async (ctx: Context) => countCases(ctx),
  }),
  route({
    method: 'GET',
    path: '/api/identity/cases/:id',
    permission: 'identity.resolve',
    summary: { zh: '一条客户识别任务', en: 'One identity case' },
    tag: 'identity',
    params,
    output: identityCase,
    handler: async (ctx: Context, { params: { id } }) => readCase(ctx, id),
  }),
  route({
    method: 'POST',
    path: '/api/identity/cases/:id/decision',
    permission: 'identity.resolve',
    summary: { zh: '提出合并，或标记为不同客户、稍后处理', en: 'Propose a merge, mark as apart, or leave for later' },
    tag: 'identity',
    params,
    body: z.strictObject({
      decision: z.enum(['merge', 'apart', 'later']),
      survivor: z.string().max(20).optional(),
      note,
    }),
    output: identityCase,
    handler: async (ctx: Context, { params: { id }, body }) => resolveCase(ctx, id, body),
  }),
  route({
    method: 'POST',
    path: '/api/identity/cases/:id/approve',
    permission: 'identity.approve',
    stepUp: true,
    summary: { zh: '批准合并（提出人不能批准）', en: 'Approve a merge; not by who proposed it' },
    tag: 'identity',
    params,
    body: z.strictObject({ note }),
    output: identityCase,
    handler: async (ctx: Context, { params: { id }, body }) => checkCase(ctx, id, true, body.note),
  }),
  route({
    method: 'POST',
    path: '/api/identity/cases/:id/refuse',
    permission: 'identity.approve',
    summary: { zh: '退回合并', en: 'Refuse a merge' },
    tag: 'identity',
    params,
    body: z.strictObject({ note }),
    output: identityCase,
    handler: async (ctx: Context, { params: { id }, body }) => checkCase(ctx, id, false, body.note),
  }),
  route({
    method: 'POST',
    path: '/api/identity/detection',
    permission: 'identity.resolve',
    summary: { zh: '立即查找疑似同一客户', en: 'Look for customers who may be one now' },
    tag: 'identity',
    output: z.object({ job: z.string() }),
    status: 202,
    handler: async (ctx: Context) => ({ job: await ctx.database.transaction((tx) => enqueueDetection(tx, ctx.clock)) }),
  }),
  route({
    method: 'GET',
    path: '/api/identity/merges',
    permission: 'identity.resolve',
    summary: { zh: '客户合并记录', en: 'Merges' },
    tag: 'identity',
    output: z.array(merge),
    handler: async (ctx: Context) => listMerges(ctx),
  }),
  route({
    method: 'POST',
    path: '/api/identity/merges/:id/undo',
    permission: 'identity.approve',
    stepUp: true,
    summary: {
      zh: '撤销合并（三十天内且之后无变动）',
      en: 'Undo a merge: within thirty days, when nothing changed since',
    },
    tag: 'identity',
    params,
    output: z.object({ job: z.string() }),
    status: 202,
    handler: async (ctx: Context, { params: { id } }) => {
      if (!(await listMerges(ctx)).some((each) => each.id === id)) throw new Failure(kinds.case_not_found);
      const fault = await undoFault(ctx.database, ctx.model, ctx.clock, id);
      if (fault) throw fault;
      const job = { kind: UNDO_JOB, key: id, payload: { merge: id, by: ctx.actor.userId } };
      return { job: await ctx.database.transaction((tx) => enqueue(tx, ctx.clock, job)) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/customers/:id/identities',
    permission: 'customer.read',
    summary: { zh: '客户在各系统的编号与合并记录', en: "A customer's numbers in other systems, and merges" },
    tag: 'identity',
    params,
    output: z.object({
      identities: z.array(
        z.object({
          system: z.string().nullable(),
          label: text,
          externalId: z.string().nullable().describe('as the reader sees the number of the customer'),
          rule: text.nullable().describe('by what it was found to be his'),
          since: z.string(),
          asOf: z.string().nullable(),
          own: z.boolean().describe('of the system that brought the customer'),
        }),
      ),
      merges: z.array(merge),
    }),
    handler: async (ctx: Context, { params: { id } }) => ({
      identities: await readIdentities(ctx, id),
      merges: await listMerges(ctx, id),
    }),
  }),
];

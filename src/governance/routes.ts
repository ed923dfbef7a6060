import { z } from 'zod';
import { type Context, roleSchema } from '#access';
import { type Route, route } from '#http';
import type { GovernanceContext } from './context.ts';
import { readDuties } from './duties.ts';
import { explain } from './explanation.ts';
import { handoverLimits, listHandovers, PARTS, previewHandover, runHandover, SPLITS } from './handover.ts';
import { changeRole, createRole, listRoles, previewRole, readRole, resetRole } from './role-editing.ts';
import { roleVocabulary } from './role-rights.ts';
import { viewCustomers, viewProfile, viewRights } from './view-as.ts';

const text = z.object({ zh: z.string(), en: z.string() });
const rowId = z.string().regex(/^[1-9]\d{0,18}$/, 'an id is a positive whole number');
const roleCode = z.strictObject({ code: z.string().max(40) });
const version = z.int().min(0);
const reference = z.object({ id: z.string(), label: z.string().nullable() });

const summary = z.object({
  code: z.string(),
  label: text,
  description: text,
  duty: z.string(),
  state: z.enum(['pack', 'changed', 'own']),
  version: z.int(),
  updatedAt: z.string().nullable(),
  updatedBy: z.string().nullable(),
  holders: z.int(),
});
const change = z.object({ part: z.string(), label: text, before: text, after: text, wider: z.boolean() });
const rights = z.object({
  entities: z.record(z.string(), z.looseObject({ scopes: z.record(z.string(), z.string()) })),
  fields: z.record(z.string(), z.looseObject({ see: z.string(), by: z.string() })),
});
const wholeRole = summary.extend({
  role: roleSchema,
  rights,
  shipped: roleSchema.nullable().describe('as the pack ships it; null for a role of the institution'),
  changes: z.array(change).describe('what differs from the pack'),
});

const roleRoutes: Route<GovernanceContext>[] = [
  route({
    method: 'GET',
    path: '/api/roles',
    permission: 'access.explain',
    summary: { zh: '全部角色', en: 'All roles' },
    tag: 'roles',
    output: z.array(summary),
    handler: async (ctx: GovernanceContext) => listRoles(ctx),
  }),
  route({
    method: 'GET',
    path: '/api/role-vocabulary',
    permission: 'access.explain',
    summary: { zh: '角色可由什么组成', en: 'What roles can be made of' },
    tag: 'roles',
    output: z.looseObject({ permissions: z.array(z.looseObject({ code: z.string(), label: text })) }),
    handler: async ({ model }: GovernanceContext) => roleVocabulary(model),
  }),
  route({
    method: 'GET',
    path: '/api/roles/:code',
    permission: 'access.explain',
    summary: { zh: '一个角色的完整定义', en: 'One role whole' },
    tag: 'roles',
    params: roleCode,
    output: wholeRole,
    handler: async (ctx: GovernanceContext, { params }) => readRole(ctx, params.code),
  }),
  route({
    method: 'POST',
    path: '/api/roles/:code/preview',
    permission: 'access.manage',
    summary: { zh: '试算角色草稿：影响的人、差异与提醒', en: 'What a draft of a role would change' },
    tag: 'roles',
    params: roleCode,
    body: z.strictObject({ role: roleSchema }),
    output: z.object({
      holders: z.int(),
      rights,
      changes: z.array(change),
      changesTotal: z.int(),
      warnings: z.array(text),
    }),
    handler: async (ctx: GovernanceContext, { params, body }) => previewRole(ctx, params.code, body.role),
  }),
  route({
    method: 'POST',
    path: '/api/roles',
    permission: 'access.manage',
    stepUp: true,
    summary: { zh: '新建角色', en: 'Make a role' },
    tag: 'roles',
    body: z.strictObject({ role: roleSchema }),
    output: wholeRole,
    status: 201,
    handler: async (ctx: GovernanceContext, { body }) => {
      await createRole(ctx, body.role);
      return readRole(ctx, body.role.code);
    },
  }),
  route({
    method: 'PUT',
    path: '/api/roles/:code',
    permission: 'access.manage',
    stepUp: true,
    summary: { zh: '修改角色，立即生效', en: 'Change a role; in force at once' },
    tag: 'roles',
    params: roleCode,
    body: z.strictObject({ version, role: roleSchema }),
    output: wholeRole,
    handler: async (ctx: GovernanceContext, { params, body }) => {
      await changeRole(ctx, params.code, body.role, body.version);
      return readRole(ctx, params.code);
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/roles/:code',
    permission: 'access.manage',
    stepUp: true,
    summary: { zh: '恢复行业包的定义，或删除自建角色', en: "Back to the pack's definition, or delete an own role" },
    tag: 'roles',
    params: roleCode,
    query: z.strictObject({ version: z.coerce.number().int().min(0) }),
    output: z.null(),
    status: 204,
    handler: async (ctx: GovernanceContext, { params, query }) => {
      await resetRole(ctx, params.code, query.version);
      return null;
    },
  }),
];

const counts = { customers: z.int(), aum: z.string(), tasks: z.int(), members: z.int() };
const book = {
  from: rowId,
  split: z.enum(SPLITS),
  to: z
    .array(z.strictObject({ user: rowId, key: z.string().min(1).max(40).optional() }))
    .min(1)
    .max(handoverLimits.receiversMax),
  include: z.array(z.enum(PARTS)).min(1).max(PARTS.length),
};
const handover = z.looseObject({
  id: z.string(),
  at: z.string(),
  by: reference,
  from: reference,
  reason: z.string(),
  receivers: z.array(z.object({ user: reference, ...counts })),
  ...counts,
});

const handoverRoutes: Route<GovernanceContext>[] = [
  route({
    method: 'GET',
    path: '/api/handovers',
    permission: 'handovers.run',
    summary: { zh: '客户移交记录', en: 'Past hand-overs' },
    tag: 'handovers',
    output: z.array(handover),
    handler: async (ctx: Context) => listHandovers(ctx),
  }),
  route({
    method: 'POST',
    path: '/api/handovers/preview',
    permission: 'handovers.run',
    summary: { zh: '试算客户移交', en: 'What a hand-over would move' },
    tag: 'handovers',
    body: z.strictObject(book),
    output: z.looseObject({ receivers: z.array(z.object({ user: reference, ...counts })), ...counts }),
    handler: async (ctx: Context, { body }) => previewHandover(ctx, body),
  }),
  route({
    method: 'POST',
    path: '/api/handovers',
    permission: 'handovers.run',
    stepUp: true,
    summary: { zh: '移交客户、待办与服务成员身份', en: 'Hand a book over' },
    tag: 'handovers',
    body: z.strictObject({
      ...book,
      reason: z.string().trim().min(1).max(handoverLimits.reasonLengthMax),
      expected: z
        .strictObject({ customers: z.int().min(0), tasks: z.int().min(0) })
        .describe('the counts of the preview'),
    }),
    output: handover,
    status: 201,
    handler: async (ctx: Context, { body }) => (await listHandovers(ctx, await runHandover(ctx, body)))[0],
  }),
];

const explainRoutes: Route<GovernanceContext>[] = [
  route({
    method: 'GET',
    path: '/api/access/explain',
    permission: 'access.explain',
    summary: { zh: '某人为何能或不能看到一条数据', en: 'Why somebody can or cannot see a record' },
    tag: 'access',
    query: z.strictObject({
      user: rowId,
      entity: z.string().max(60),
      record: z.string().min(1).max(60).describe('an id, or the number of a customer'),
      field: z.string().max(60).optional(),
    }),
    output: z.looseObject({ sees: z.boolean(), reasons: z.array(z.object({ verdict: z.string(), text })) }),
    handler: async (ctx: GovernanceContext, { query }) => explain(ctx, query),
  }),
  route({
    method: 'GET',
    path: '/api/access/view-as/:userId',
    permission: 'access.explain',
    summary: { zh: '以他人视角：岗位、权限与字段', en: "Somebody's posts, permissions and field rights" },
    tag: 'access',
    params: z.strictObject({ userId: rowId }),
    output: z.looseObject({ customers: z.object({ count: z.int(), capped: z.boolean() }) }),
    handler: async (ctx: GovernanceContext, { params }) => viewRights(ctx, params.userId),
  }),
  route({
    method: 'GET',
    path: '/api/access/view-as/:userId/customers',
    permission: 'access.explain',
    summary: { zh: '以他人视角：客户列表首页', en: "The first page of somebody's customers" },
    tag: 'access',
    params: z.strictObject({ userId: rowId }),
    output: z.looseObject({ rows: z.array(z.looseObject({ id: z.string() })) }),
    handler: async (ctx: GovernanceContext, { params }) => viewCustomers(ctx, params.userId),
  }),
  route({
    method: 'GET',
    path: '/api/access/view-as/:userId/customers/:id',
    permission: 'access.explain',
    summary: { zh: '以他人视角：一位客户', en: 'One customer as somebody sees him' },
    tag: 'access',
    params: z.strictObject({ userId: rowId, id: rowId }),
    output: z.looseObject({ customer: z.looseObject({ id: z.string() }) }),
    handler: async (ctx: GovernanceContext, { params }) => viewProfile(ctx, params.userId, params.id),
  }),
  route({
    method: 'GET',
    path: '/api/duties',
    permission: 'signed_in',
    summary: { zh: '本人的岗位与代理', en: "One's own posts and delegations in force" },
    tag: 'access',
    output: z.looseObject({ standingInFor: z.array(z.looseObject({ until: z.string() })) }),
    handler: async (ctx: Context) => readDuties(ctx),
  }),
];

export const routes: Route<GovernanceContext>[] = [...roleRoutes, ...handoverRoutes, ...explainRoutes];

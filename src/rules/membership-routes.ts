import { z } from 'zod';
import { scopeOf } from '#access';
import { jsonText, type Route, route } from '#http';
import type { OwnerContext } from '#identity';
import { Failure, isDate } from '#kernel';
import { listRows } from '#records';
import { kinds } from './failures.ts';
import { removeTag, setTag } from './hand-tags.ts';
import { conditionOf, proposeSegment } from './segment-proposal.ts';
import { segments } from './segments.ts';
import { tagHistory } from './tag-history.ts';
import { explainMembership } from './why.ts';

const code = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'a code is lower-case letters, digits and _, at most 50');
const id = z.string().regex(/^[1-9]\d{0,18}$/, 'an id is a positive whole number');
const text = z.object({ zh: z.string(), en: z.string() });
const date = z.string().refine(isDate, 'must be a date, YYYY-MM-DD');
const texts = z.union([z.string(), z.array(z.string())]).transform((value) => (Array.isArray(value) ? value : [value]));

/** What a list was asked. */
const question = { filter: z.array(z.string().max(2_000)).max(20), q: z.string().max(100).optional() };

const limits = { daysDefault: 180, daysMax: 1_100, rowsMax: 200 };

export const inputShape = z.object({
  code: z.string(),
  label: text,
  unit: z.string(),
  value: z.string().nullable(),
  operator: z.string().optional(),
  threshold: z.string().optional(),
});

/** Why a customer is in a tag, tier or segment, or is not. */
export const whyShape = z.object({
  kind: z.enum(['tag', 'tier', 'segment']),
  code: z.string(),
  label: text,
  holds: z.boolean(),
  asOf: z.string(),
  version: z.string(),
  manual: z.boolean(),
  conditions: z.array(
    z.object({
      path: z.enum(['if', 'keep_if']),
      code: z.string(),
      label: text,
      sentence: text,
      holds: z.boolean().nullable(),
      parts: z.array(
        z.object({ text: z.string(), sentence: text, holds: z.boolean().nullable(), inputs: z.array(inputShape) }),
      ),
    }),
  ),
  history: z.array(
    z.object({
      since: z.string(),
      until: z.string().nullable(),
      reason: z.unknown(),
      note: z.string().nullable(),
      by: z.string().nullable(),
      expiresOn: z.string().nullable(),
    }),
  ),
});

export const membershipRoutes: Route<OwnerContext>[] = [
  route({
    method: 'PUT',
    path: '/api/customers/:id/tags/:tag',
    permission: 'customer_tag.set',
    summary: { zh: '手工打标签', en: 'Set a tag by hand' },
    tag: 'customers',
    params: z.object({ id, tag: code }),
    body: z.strictObject({ until: date.nullish(), reason: z.string().trim().min(2).max(500) }),
    output: z.null(),
    status: 204,
    handler: async (ctx: OwnerContext, { params, body }) =>
      setTag(ctx, params.id, params.tag, { until: body.until ?? null, reason: body.reason }),
  }),
  route({
    method: 'DELETE',
    path: '/api/customers/:id/tags/:tag',
    permission: 'customer_tag.set',
    summary: { zh: '移除手工标签', en: 'Take a manual tag away' },
    tag: 'customers',
    params: z.object({ id, tag: code }),
    output: z.null(),
    status: 204,
    handler: async (ctx: OwnerContext, { params }) => removeTag(ctx, params.id, params.tag),
  }),
  route({
    method: 'GET',
    path: '/api/customers/:id/tag-history',
    permission: 'customer.read',
    summary: {
      zh: '客户的标签历史：何时、为何有，何时、为何没有',
      en: 'Tags that a customer had and has: since when and why, until when and why',
    },
    tag: 'customers',
    params: z.object({ id }),
    output: z.object({
      rows: z.array(
        z.object({
          tag: z.string(),
          since: z.string(),
          until: z.string().nullable(),
          reason: z.unknown(),
          ended: z.unknown().describe('the values that decided when it ended'),
          note: z.string().nullable(),
          by: z.string().nullable(),
          expiresOn: z.string().nullable(),
        }),
      ),
    }),
    handler: async (ctx: OwnerContext, { params }) => ({ rows: await tagHistory(ctx, params.id) }),
  }),
  route({
    method: 'GET',
    path: '/api/customers/:id/why',
    permission: 'customer.read',
    summary: {
      zh: '客户为何有（或没有）某个标签、分层、客群',
      en: 'Why a customer is in a tag, tier or segment, or is not',
    },
    tag: 'customers',
    params: z.object({ id }),
    query: z.strictObject({ kind: z.enum(['tag', 'tier', 'segment']), code }),
    output: whyShape,
    handler: async (ctx: OwnerContext, { params, query }) => explainMembership(ctx, params.id, query.kind, query.code),
  }),
  route({
    method: 'POST',
    path: '/api/segments/condition',
    permission: 'segments.propose',
    summary: { zh: '列表筛选对应的客群条件', en: 'The condition of a segment that a list’s filter comes to' },
    tag: 'definitions',
    body: z.strictObject(question),
    output: z.object({
      condition: z.string(),
      sentence: text.optional(),
      left: z
        .array(z.object({ filter: z.string(), label: text, reason: text }))
        .describe('filters that cannot stand in a condition, and why'),
      issues: z.array(z.object({ path: z.string(), message: text })),
      count: z.object({ count: z.int(), capped: z.boolean() }).describe('customers within reach'),
    }),
    handler: async (ctx: OwnerContext, { body }) => conditionOf(ctx, body),
  }),
  route({
    method: 'POST',
    path: '/api/segments',
    permission: 'segments.propose',
    summary: { zh: '把列表筛选存为客群草稿', en: 'Keep a list’s filter as the draft of a segment' },
    tag: 'definitions',
    body: z.strictObject({
      ...question,
      code,
      label: z.strictObject({ zh: z.string().trim().min(1).max(100), en: z.string().trim().min(1).max(100) }),
      description: z.strictObject({ zh: z.string().max(500), en: z.string().max(500) }).optional(),
      partial: z.boolean().default(false).describe('save although parts of the filter cannot stand in a condition'),
      note: z.string().trim().max(500).nullish(),
    }),
    output: z.object({ code: z.string() }),
    status: 201,
    handler: async (ctx: OwnerContext, { body }) => {
      await proposeSegment(ctx, { ...body, note: body.note ?? null });
      return { code: body.code };
    },
  }),
  route({
    method: 'GET',
    path: '/api/segments/:code/members',
    permission: 'customer.read',
    summary: { zh: '客群成员（在自己的客户范围内）', en: 'Members of a segment within one’s reach' },
    tag: 'customers',
    params: z.object({ code }),
    query: z.object({
      columns: z
        .string()
        .transform((value) => value.split(','))
        .optional(),
      filter: texts.optional(),
      sort: z.string().optional(),
      q: z.string().optional(),
      cursor: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(limits.rowsMax).optional(),
    }),
    output: z.looseObject({ rows: z.array(z.looseObject({ id: z.string() })), next: z.string().nullable() }),
    handler: async (ctx: OwnerContext, { params, query }) => {
      mustBeSegment(ctx, params.code);
      const filter = [...(query.filter ?? []), `segment:in:${params.code}`];
      return jsonText(await listRows(ctx, ctx.model.entity('customer'), { ...query, filter }));
    },
  }),
  route({
    method: 'GET',
    path: '/api/segments/:code/size',
    permission: 'customer.read',
    summary: { zh: '客群规模走势（在自己的客户范围内）', en: 'The size of a segment day by day, within one’s reach' },
    tag: 'customers',
    params: z.object({ code }),
    query: z.object({ days: z.coerce.number().int().min(1).max(limits.daysMax).default(limits.daysDefault) }),
    output: z.object({ rows: z.array(z.object({ date: z.string(), size: z.int() })) }),
    handler: async (ctx: OwnerContext, { params, query }) => {
      mustBeSegment(ctx, params.code);
      return { rows: await sizes(ctx, params.code, query.days) };
    },
  }),
];

function mustBeSegment({ model }: OwnerContext, code: string): void {
  if (!segments(model).some(({ definition }) => definition.code === code))
    throw new Failure(kinds.why_unknown, { code });
}

/** As the runs of the days noted it; for who reaches some customers only, counted from the spans of these. */
async function sizes(ctx: OwnerContext, code: string, days: number): Promise<{ date: string; size: number }[]> {
  const whole = scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer')).kind === 'all';
  const noted = 'select date, size from segment_size where segment = $1 order by date desc limit $2';
  const { rows } = await ctx.database.query<{ date: string; size: number }>(
    whole
      ? `select date::text, size from (${noted}) d order by date`
      : `with moves as materialized (
           select since as date, 1 as by from customer_segment where segment = $1
           union all select until, -1 from customer_segment where segment = $1 and until is not null)
         select d.date::text, coalesce((select sum(by) from moves m where m.date <= d.date), 0)::integer as size
           from (${noted}) d order by d.date`,
    [code, days],
  );
  return rows;
}

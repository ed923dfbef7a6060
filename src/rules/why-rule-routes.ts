import { z } from 'zod';
import { type Route, route } from '#http';
import type { OwnerContext } from '#identity';
import { isDate } from '#kernel';
import { inputShape, whyShape } from './membership-routes.ts';
import { explainRule } from './why-rule.ts';

const code = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'a code is lower-case letters, digits and _, at most 50');
const id = z.string().regex(/^[1-9]\d{0,18}$/, 'an id is a positive whole number');
const date = z.string().refine(isDate, 'must be a date, YYYY-MM-DD');
const text = z.object({ zh: z.string(), en: z.string() });

const shape = z.object({
  code: z.string(),
  label: text,
  version: z.string().describe('of the rule as it alerted; else of the one in force'),
  current: z.string().nullable().describe('of the one in force; null: retired'),
  date: z.string(),
  verdict: z.enum(['fired', 'would', 'effective', 'record', 'condition', 'trigger', 'already', 'cooldown', 'not_run']),
  sentence: text,
  when: z.string(),
  effective: z.object({ from: z.string().nullable(), until: z.string().nullable() }),
  cooldownDays: z.int().nullable(),
  cases: z.array(
    z.object({
      record: z.object({ entity: z.string(), id: z.string() }).nullable(),
      holds: z.boolean().nullable(),
      parts: whyShape.shape.conditions.element.shape.parts,
    }),
  ),
  alerts: z.array(
    z.object({
      id: z.string(),
      businessDate: z.string(),
      at: z.string(),
      occasion: z.string(),
      branch: z.string(),
      outcome: z.string(),
      late: z.boolean(),
      version: z.string().nullable(),
      asOf: z.string().nullable().describe('the business date that was evaluated'),
      inputs: z.array(inputShape),
      actions: z.unknown(),
    }),
  ),
});

export const whyRuleRoutes: Route<OwnerContext>[] = [
  route({
    method: 'GET',
    path: '/api/rules/:code/why',
    permission: 'customer.read',
    summary: {
      zh: '某条规则在某日为何提醒（或没有提醒）某位客户',
      en: 'Why a rule alerted a customer on a date, or did not',
    },
    tag: 'rules',
    params: z.object({ code }),
    query: z.strictObject({ customer: id, date: date.optional() }),
    output: shape,
    handler: async (ctx: OwnerContext, { params, query }) => explainRule(ctx, params.code, query.customer, query.date),
  }),
];

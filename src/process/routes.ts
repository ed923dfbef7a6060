import { z } from 'zod';
import type { Context } from '#access';
import { jsonText, type Route, route } from '#http';
import { isDate } from '#kernel';
import { ASSIGN_MAX, assignTasks } from './assign.ts';
import { HOLDS } from './contact-policy.ts';
import { readCoverage, readUncovered } from './coverage.ts';
import { CARDS_MAX, readDayPlan } from './day-plan.ts';
import { setCapacity } from './settings.ts';
import { BECAUSE, completeTask, readTask, reopenTask, SNOOZES, snoozeTask } from './tasks.ts';
import { readEscalations, readResults, readTeam } from './team.ts';

const id = z.string().regex(/^[1-9]\d{0,18}$/);
const date = z.string().refine(isDate, 'a date is YYYY-MM-DD');
const params = z.strictObject({ id });
const task = z.looseObject({
  id: z.string(),
  title: z.string(),
  reason: z.string().nullable(),
  script: z.string().nullable(),
  priority: z.enum(['highest', 'high', 'normal', 'low']),
  dueAt: z.string().nullable(),
  status: z.enum(['open', 'done', 'cancelled']),
  overdue: z.boolean().nullable(),
  version: z.int(),
  /** Its occasion was seen after its day. */
  late: z.boolean(),
  /** Why it waits for the customer's sake, in the day plan. */
  held: z.enum(HOLDS).nullish(),
  heldUntil: z.string().nullish(),
});
/** What the rank was made of; each factor lies between 0 and 1. */
const rank = z.object({
  score: z.number(),
  value: z.number(),
  urgency: z.number(),
  chance: z.number(),
  by: z.enum(['assets', 'tier', 'none']),
  above: z.number().nullable(),
  stake: z.string().nullable(),
  attempts: z.int(),
  reached: z.int(),
});
const reference = z.object({ id: z.string(), label: z.string().nullable() });
const coverage = z.object({
  tier: z.string(),
  customers: z.int(),
  contacted: z.int(),
  reviewed: z.int().nullable(),
});
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time is HH:MM');
const card = z.object({
  customer: z.looseObject({
    id: z.string(),
    name: z.string().nullable(),
    tier: z.string().nullable(),
    aum: z.string().nullable(),
  }),
  place: z.enum(['today', 'later', 'held', 'done']),
  rank: rank.nullable(),
  tasks: z.array(task),
});

/** Cards of an answer that asks for no number: what a page shows before it is scrolled. */
const CARDS_DEFAULT = 50;

export const routes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/day-plan',
    permission: 'signed_in',
    summary: { zh: '今日工作台', en: 'The day plan' },
    tag: 'tasks',
    query: z.strictObject({
      assignee: z.union([z.literal('me'), id]).default('me'),
      status: z.enum(['open', 'done']).default('open'),
      place: z.enum(['today', 'later', 'held']).optional().describe('cards of this part of the plan alone'),
      priority: z.enum(['highest', 'high', 'normal', 'low']).optional(),
      rule: z.string().max(60).optional().describe('code of a rule; none for tasks made by people'),
      due: z.enum(['overdue', 'today']).optional(),
      limit: z.coerce.number().int().min(1).max(CARDS_MAX).default(CARDS_DEFAULT),
    }),
    output: z.object({
      businessDate: z.string().nullable(),
      today: z.string(),
      counts: z.object({ open: z.int(), overdue: z.int(), dueToday: z.int(), doneToday: z.int() }),
      capacity: z.object({ perDay: z.int(), contacted: z.int() }),
      places: z.object({ today: z.int(), later: z.int(), held: z.int() }),
      rules: z.array(z.string()),
      priorities: z.array(z.string()),
      total: z.int(),
      cards: z.array(card),
    }),
    handler: async (ctx: Context, { query }) => jsonText(await readDayPlan(ctx, query)),
  }),
  route({
    method: 'PUT',
    path: '/api/day-plan/settings',
    permission: 'tasks.work',
    summary: { zh: '设置本人每日联系客户数', en: 'Set how many customers one contacts a day' },
    tag: 'tasks',
    body: z.strictObject({ contactsPerDay: z.int().min(1).max(200).nullable() }),
    output: z.object({ contactsPerDay: z.int().nullable() }),
    handler: async (ctx: Context, { body }) => {
      await setCapacity(ctx, body.contactsPerDay);
      return body;
    },
  }),
  route({
    method: 'GET',
    path: '/api/team',
    permission: 'team.read',
    summary: { zh: '团队看板', en: 'The team board' },
    tag: 'tasks',
    output: z.object({ members: z.array(z.looseObject({ open: z.int(), overdue: z.int() })) }),
    handler: async (ctx: Context) => jsonText(await readTeam(ctx)),
  }),
  route({
    method: 'GET',
    path: '/api/team/escalations',
    permission: 'team.read',
    summary: { zh: '升级给主管的待办', en: 'Tasks escalated to the supervisor' },
    tag: 'tasks',
    output: z.object({
      since: z.string(),
      more: z.boolean(),
      tasks: z.array(
        z.object({
          customer: z.object({ id: z.string(), name: z.string().nullable() }),
          assignee: reference.nullable(),
          task,
        }),
      ),
    }),
    handler: async (ctx: Context) => jsonText(await readEscalations(ctx)),
  }),
  route({
    method: 'GET',
    path: '/api/team/coverage',
    permission: 'team.read',
    summary: { zh: '客户覆盖：按期联系与检视', en: 'Customers contacted and reviewed in time' },
    tag: 'tasks',
    output: z.object({
      tiers: z.array(coverage.extend({ contactDays: z.int(), reviewDays: z.int().nullable() })),
      members: z.array(z.object({ user: reference, tiers: z.array(coverage) })),
    }),
    handler: async (ctx: Context) => jsonText(await readCoverage(ctx)),
  }),
  route({
    method: 'GET',
    path: '/api/team/uncovered',
    permission: 'team.read',
    summary: { zh: '未按期联系或检视的客户', en: 'Customers not contacted or reviewed in time' },
    tag: 'tasks',
    query: z.strictObject({
      tier: z.string().max(50).optional(),
      owner: id.optional(),
      missing: z.enum(['contact', 'review']).default('contact'),
    }),
    output: z.object({
      total: z.int(),
      customers: z.array(
        z.object({
          customer: z.object({ id: z.string(), name: z.string().nullable() }),
          tier: z.string(),
          owner: reference,
          last: z.string().nullable(),
          task: z.boolean().describe('has an open task'),
        }),
      ),
    }),
    handler: async (ctx: Context, { query }) => jsonText(await readUncovered(ctx, query)),
  }),
  route({
    method: 'GET',
    path: '/api/team/results',
    permission: 'team.read',
    summary: { zh: '各规则提醒的处理结果', en: 'What became of the alerts of each rule' },
    tag: 'tasks',
    output: z.object({
      since: z.string(),
      rules: z.array(
        z.object({
          rule: z.string(),
          results: z.record(z.string(), z.int()),
          because: z.record(z.string(), z.int()),
        }),
      ),
    }),
    handler: async (ctx: Context) => jsonText(await readResults(ctx)),
  }),
  route({
    method: 'POST',
    path: '/api/tasks/assign',
    permission: 'tasks.assign',
    summary: { zh: '改派或接手待办', en: 'Reassign tasks or take them over' },
    tag: 'tasks',
    body: z.strictObject({
      tasks: z.array(id).min(1).max(ASSIGN_MAX),
      to: z.union([z.literal('me'), id]),
      reason: z.string().trim().min(1).max(200),
    }),
    output: z.object({ assigned: z.int() }),
    handler: async (ctx: Context, { body }) => ({
      assigned: await assignTasks(ctx, body.tasks, body.to, body.reason),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/tasks/:id/result',
    permission: 'tasks.work',
    summary: { zh: '登记待办结果', en: "Record a task's result" },
    tag: 'tasks',
    params,
    body: z.strictObject({
      result: z.enum(['reached', 'no_answer', 'interested', 'not_interested', 'follow_up', 'not_useful']),
      note: z.string().max(2000).optional(),
      because: z.enum(BECAUSE).optional().describe('needed for not_useful'),
      nextOn: date.optional(),
      nextAt: time.optional(),
      nextStep: z.string().max(120).optional(),
      review: z.boolean().optional().describe('assets and needs were gone through as a whole'),
      also: z.array(id).max(50).optional().describe('further open tasks of the same customer'),
      channel: z.enum(['phone', 'wechat', 'visit', 'counter', 'message', 'email']).optional(),
    }),
    output: task,
    handler: async (ctx: Context, { params: { id }, body }) => {
      await completeTask(ctx, id, body);
      return jsonText(await readTask(ctx, id));
    },
  }),
  route({
    method: 'POST',
    path: '/api/tasks/:id/snooze',
    permission: 'tasks.work',
    summary: { zh: '推迟待办', en: 'Put a task off' },
    tag: 'tasks',
    params,
    body: z.strictObject({ until: z.union([z.enum(SNOOZES), date]) }),
    output: task,
    handler: async (ctx: Context, { params: { id }, body }) => {
      await snoozeTask(ctx, id, body.until);
      return jsonText(await readTask(ctx, id));
    },
  }),
  route({
    method: 'POST',
    path: '/api/tasks/:id/reopen',
    permission: 'tasks.work',
    summary: { zh: '撤销结果', en: 'Take a result back' },
    tag: 'tasks',
    params,
    output: task,
    handler: async (ctx: Context, { params: { id } }) => {
      await reopenTask(ctx, id);
      return jsonText(await readTask(ctx, id));
    },
  }),
];

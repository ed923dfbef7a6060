import { z } from 'zod';
import type { Context } from '#access';
import { jsonText, type Route, route } from '#http';
import { isDate } from '#kernel';
import { readDayPlan, readTeam } from './day-plan.ts';
import { completeTask, readTask, reopenTask, snoozeTask } from './tasks.ts';

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
});
const card = z.object({
  customer: z.looseObject({
    id: z.string(),
    name: z.string().nullable(),
    tier: z.string().nullable(),
    aum: z.string().nullable(),
  }),
  rank: z.number(),
  tasks: z.array(task),
});

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
    }),
    output: z.object({
      businessDate: z.string().nullable(),
      today: z.string(),
      counts: z.object({ open: z.int(), overdue: z.int(), dueToday: z.int(), doneToday: z.int() }),
      cards: z.array(card),
    }),
    handler: async (ctx: Context, { query }) => jsonText(await readDayPlan(ctx, query)),
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
    method: 'POST',
    path: '/api/tasks/:id/result',
    permission: 'tasks.work',
    summary: { zh: '登记待办结果', en: "Record a task's result" },
    tag: 'tasks',
    params,
    body: z.strictObject({
      result: z.enum(['reached', 'no_answer', 'interested', 'not_interested', 'follow_up', 'not_useful']),
      note: z.string().max(2000).optional(),
      nextOn: date.optional(),
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
    body: z.strictObject({ until: date }),
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

import { z } from 'zod';
import { type Route, route } from '#http';
import type { OwnerContext } from '#identity';
import { dateIn } from '#kernel';
import { changeAutomaticDays, expectedDate, missedDates, readAutomaticDays } from './automatic-days.ts';
import { readRuleHealth } from './rule-health.ts';

const setting = z.object({
  enabled: z.boolean(),
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, HH:MM'),
  date: z.enum(['yesterday', 'today']).describe('the date that is run then'),
});

const shape = setting.extend({
  expected: z.string().nullable().describe('the newest date that should have been run by now'),
  missed: z
    .array(z.string())
    .describe('dates that were not run, or whose facts came late; the next run takes them in this order'),
});

async function read(ctx: OwnerContext): Promise<z.output<typeof shape>> {
  const known = await readAutomaticDays(ctx.database);
  const { zone } = ctx.institution;
  const expected = expectedDate(known, zone, ctx.clock());
  const missed = await missedDates(ctx.database, expected ?? ctx.institution.businessDate ?? dateIn(zone, ctx.clock()));
  return { ...known, expected, missed: ctx.institution.businessDate === null ? [] : missed };
}

const text = z.object({ zh: z.string(), en: z.string() });

const health = z.object({
  expected: z.string().nullable().describe('the newest date that should have been run by now'),
  newest: z.string().nullable(),
  isLate: z.boolean(),
  dates: z.array(z.string()).describe('newest first, as the cells of each rule'),
  rules: z.array(
    z.object({
      code: z.string(),
      label: text,
      cells: z.array(
        z.object({
          date: z.string(),
          status: z.enum(['done', 'failed', 'over_limit', 'missing']),
          alerts: z.int(),
          waiting: z.int(),
          late: z.int(),
          ms: z.int(),
          error: text.nullable(),
        }),
      ),
    }),
  ),
});

const daysShown = { standard: 14, max: 60 };

export const automaticDaysRoutes: Route<OwnerContext>[] = [
  route({
    method: 'GET',
    path: '/api/automatic-days',
    permission: 'days.read',
    summary: { zh: '业务日的自动运行与补跑', en: 'Business days that run by themselves, and what was missed' },
    tag: 'business days',
    output: shape,
    handler: async (ctx: OwnerContext) => read(ctx),
  }),
  route({
    method: 'PUT',
    path: '/api/automatic-days',
    permission: 'days.run',
    summary: { zh: '设定业务日的自动运行', en: 'Set whether and when business days run by themselves' },
    tag: 'business days',
    body: setting.strict(),
    output: shape,
    handler: async (ctx: OwnerContext, { body }) => {
      await changeAutomaticDays(ctx, body);
      return await read(ctx);
    },
  }),
  route({
    method: 'GET',
    path: '/api/rule-health',
    permission: 'days.read',
    summary: { zh: '规则运行情况', en: 'Whether the rules ran, by rule and business date' },
    tag: 'business days',
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(daysShown.max).default(daysShown.standard) }),
    output: health,
    handler: async (ctx: OwnerContext, { query }) =>
      readRuleHealth(ctx.database, ctx.model, ctx.institution.zone, ctx.clock(), query.days),
  }),
];

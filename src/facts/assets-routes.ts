import { z } from 'zod';
import type { Context } from '#access';
import { attachment, type Route, route } from '#http';
import { isDate } from '#kernel';
import { ASSET_PERIODS, ASSET_TABLES, assetsCsv, readAssets } from './assets.ts';

const date = z.string().refine(isDate, 'a date is YYYY-MM-DD');
const id = z.string().regex(/^\d{1,19}$/, 'an id is a whole number; 0 is none');
const amount = z.string();
const line = {
  opening: amount,
  flow: amount,
  market: amount,
  movedIn: amount,
  movedOut: amount,
  closing: amount,
  customers: z.int(),
};
const question = {
  period: z.enum(ASSET_PERIODS).default('month'),
  from: date.optional(),
  to: date.optional(),
  unit: id.optional(),
  manager: id.optional(),
};
const label = z.string().nullable();

export const routes: Route<Context>[] = [
  route({
    method: 'GET',
    path: '/api/assets',
    permission: 'assets.read',
    summary: {
      zh: '资产总览：规模、净流入、市场与收益、划转',
      en: 'Assets: totals, net flow, market and income, moves',
    },
    tag: 'assets',
    query: z.strictObject(question),
    output: z.object({
      asOf: z.string().nullable(),
      startsOn: z.string().nullable(),
      from: z.string().nullable(),
      to: z.string().nullable(),
      export: z.boolean(),
      total: z.object(line),
      curve: z.array(z.tuple([z.string(), amount, amount, amount])),
      units: z.array(z.object({ id: z.string(), label, ...line })),
      managers: z.array(z.object({ id: z.string(), label, unit: z.string().nullable(), ...line })),
      classes: z.array(z.object({ code: z.string(), label: z.object({ zh: z.string(), en: z.string() }), ...line })),
    }),
    handler: async (ctx: Context, { query }) => readAssets(ctx, query),
  }),
  route({
    method: 'GET',
    path: '/api/assets/export',
    permission: 'exports.request',
    summary: { zh: '资产总览表格文件', en: 'A table of the assets as a file' },
    tag: 'assets',
    query: z.strictObject({ ...question, by: z.enum(ASSET_TABLES).default('units') }),
    output: z.string(),
    handler: async (ctx: Context, { query }) =>
      attachment(`assets-${query.by}.csv`, 'text/csv; charset=utf-8', await assetsCsv(ctx, query)),
  }),
];

import { z } from 'zod';
import { fieldView } from '#access';
import { raw, sql } from '#database';
import { type Route, route } from '#http';
import type { OwnerContext } from '#identity';
import { isDate } from '#kernel';
import { fieldOf } from '#metadata';
import { titleOf } from '#records';
import { checkShape } from './definition-routes.ts';
import { hiddenNames } from './hidden-names.ts';
import { inputShape } from './membership-routes.ts';
import { rehearsalLimits } from './rehearsal.ts';
import {
  beginRehearsal,
  cancelRehearsal,
  compiledVersions,
  listRehearsals,
  readRehearsal,
  rehearsalDates,
  rehearsalState,
  type StoredRehearsal,
} from './rehearsals.ts';

const date = z.string().refine(isDate, 'must be a date, YYYY-MM-DD');
const code = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'a code is lower-case letters, digits and _, at most 50');
const id = z.string().regex(/^[1-9]\d{0,18}$/, 'an id is a positive whole number');
const text = z.object({ zh: z.string(), en: z.string() });
const version = z.int().min(0);

const group = z.object({ id: z.string().nullable(), name: z.string().nullable(), count: z.int() });

const versionShape = z.object({
  name: z.union([z.literal('draft'), version]),
  alerts: z.int(),
  customers: z.int(),
  first: z.int().describe('of these on the first day: what a rule about something lasting finds when it begins'),
  stopped: z.boolean().describe(`true when it was stopped at ${rehearsalLimits.alertsMax} alerts`),
  otherwise: z.int().describe('of these by the other branch'),
  minutes: z.int().describe('estimated minutes of the tasks'),
  perDay: z.array(z.int()),
  perBranch: z.array(group),
  perManager: z.array(group),
  samples: z.array(
    z.object({
      date: z.string(),
      customer: z
        .object({ id: z.string(), name: z.string().nullable(), number: z.string().nullable() })
        .nullable()
        .describe('null: out of reach'),
      branch: z.enum(['then', 'else']),
      inputs: z.array(inputShape),
    }),
  ),
  overlap: z.array(z.object({ rule: z.string(), label: text.nullable(), sameDay: z.int(), customers: z.int() })),
});

const head = z.object({
  id: z.string(),
  rule: z.string(),
  createdAt: z.string(),
  from: z.string(),
  to: z.string(),
  versions: z.array(z.union([z.literal('draft'), version])),
  status: z.enum(['queued', 'running', 'done', 'failed']),
  progress: z.unknown(),
  error: text.nullable(),
});

const whole = head.extend({
  result: z
    .object({
      customers: z.int().describe('customers who took part'),
      reach: z.int().describe('customers within the reach of who asked'),
      versions: z.array(versionShape),
      compared: z.object({ both: z.int(), first: z.int(), second: z.int() }).optional(),
      hits: z
        .array(z.object({ week: z.string(), done: z.int(), useful: z.int() }))
        .describe('of the tasks of the rule as it is in force, by week'),
    })
    .nullable(),
});

async function headOf(ctx: OwnerContext, stored: StoredRehearsal) {
  const { id, rule, createdAt, asked, result } = stored;
  const { status, progress, error } = await rehearsalState(ctx, stored);
  return {
    id,
    rule,
    createdAt,
    from: asked.from,
    to: asked.to,
    versions: asked.versions.map(({ name }) => name),
    status: status === 'done' && result === null ? ('failed' as const) : status,
    progress,
    error,
  };
}

/** Names are read as the reader may see them now; values that he may not see are left out. */
async function wholeOf(ctx: OwnerContext, stored: StoredRehearsal): Promise<z.output<typeof whole>> {
  const { asked, result } = stored;
  const told = await headOf(ctx, stored);
  if (!result) return { ...told, result: null };
  const compiled = compiledVersions(ctx.model, asked.versions).rules;
  const customers = await namesOf(
    ctx,
    'customer',
    result.versions.flatMap(({ samples }) => samples.map(({ customerId }) => customerId)),
  );
  const numbers = await numbersOf(ctx, [...customers.keys()]);
  const ids = (by: 'perBranch' | 'perManager') => result.versions.flatMap((each) => each[by].map(({ id }) => id));
  const [units, people] = [
    await namesOf(ctx, 'org_unit', ids('perBranch')),
    await namesOf(ctx, 'user', ids('perManager')),
  ];
  const labels = new Map(ctx.model.data('rules').map(({ value }) => [value.code, value.label]));
  const named = (groups: { id: string | null; count: number }[], names: Map<string, string | null>) =>
    groups.map(({ id, count }) => ({ id, name: id === null ? null : (names.get(id) ?? null), count }));
  const versions = result.versions.map((each, index) => {
    const hidden = hiddenNames(ctx, compiled[index]);
    return {
      ...each,
      name: asked.versions[index]!.name,
      perBranch: named(each.perBranch, units),
      perManager: named(each.perManager, people),
      samples: each.samples.map(({ date, customerId, branch, inputs }) => {
        const isReached = customers.has(customerId);
        const name = customers.get(customerId) ?? null;
        const customer = isReached ? { id: customerId, name, number: numbers.get(customerId) ?? null } : null;
        const seen = inputs.map((one) => (isReached && !hidden(one.code) ? one : { ...one, value: null }));
        return { date, customer, branch, inputs: seen };
      }),
      overlap: each.overlap.map((one) => ({ ...one, label: (labels.get(one.rule) as z.output<typeof text>) ?? null })),
    };
  });
  return { ...told, result: { ...result, versions, hits: await hitsOf(ctx, stored.rule) } };
}

async function namesOf(
  { model, actor, database }: OwnerContext,
  entity: 'customer' | 'org_unit' | 'user',
  ids: readonly (string | null)[],
): Promise<Map<string, string | null>> {
  const title = raw(titleOf(model, actor, model.entity(entity), 'r'));
  const table = raw(entity === 'user' ? '"user"' : entity);
  const asked = [...new Set(ids.filter((each) => each !== null))];
  const { rows } = await database.query<{ id: string; name: string | null }>(
    sql`select r.id::text as id, ${title} as name from ${table} r where r.id = any(${asked}::bigint[])`,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Customer numbers by id, for who may see them: the way to name a customer whose name is masked. */
async function numbersOf({ model, actor, database }: OwnerContext, ids: string[]): Promise<Map<string, string | null>> {
  const customer = model.entity('customer');
  if (fieldView(model, actor, customer, fieldOf(customer, 'number')!) !== 'clear') return new Map();
  const { rows } = await database.query<{ id: string; number: string | null }>(
    'select id::text, number from customer where id = any($1::bigint[])',
    [ids],
  );
  return new Map(rows.map(({ id, number }) => [id, number]));
}

const WEEKS = 26;

/** How useful the tasks of the rule in force were, of the customers within reach. */
async function hitsOf({ database }: OwnerContext, rule: string) {
  const { rows } = await database.query<{ week: string; done: number; useful: number }>(
    `select date_trunc('week', done_at)::date::text as week, count(*)::integer as done,
        count(*) filter (where result in ('reached', 'interested', 'follow_up'))::integer as useful
       from task where rule = $1 and status = 'done' and done_at is not null group by 1 order by 1 desc limit ${WEEKS}`,
    [rule],
  );
  return rows.reverse();
}

const tag = 'rules';

export const rehearsalRoutes: Route<OwnerContext>[] = [
  route({
    method: 'POST',
    path: '/api/rules/rehearse',
    permission: 'definitions.edit',
    summary: { zh: '用历史数据试跑一条规则', en: 'Rehearse a rule over past days' },
    tag,
    body: z.strictObject({
      body: z.looseObject({ code }).optional().describe('the definition as it is being written'),
      code: code.optional().describe('or that of a rule, with `version`; without it the one in force'),
      version: version.optional(),
      from: date,
      to: date,
      compare: version.optional().describe('a version of the same rule to compare with; 0 is the packs’ own'),
    }),
    output: z.object({
      id: z.string().optional(),
      job: z.string().optional(),
      issues: checkShape.shape.issues.optional(),
    }),
    status: 202,
    handler: async (ctx: OwnerContext, { body }) => beginRehearsal(ctx, body),
  }),
  route({
    method: 'GET',
    path: '/api/rules/rehearsals',
    permission: 'definitions.edit',
    summary: { zh: '自己的规则试跑', en: 'One’s own rehearsals of a rule' },
    tag,
    query: z.strictObject({ rule: code }),
    output: z.object({
      first: z.string().nullable().describe('the dates that a rehearsal can cover'),
      last: z.string().nullable(),
      rows: z.array(head),
    }),
    handler: async (ctx: OwnerContext, { query }) => {
      const rows = await listRehearsals(ctx, query.rule);
      return {
        ...(await rehearsalDates(ctx.identity.database)),
        rows: await Promise.all(rows.map((row) => headOf(ctx, row))),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/api/rules/rehearsals/:id',
    permission: 'definitions.edit',
    summary: { zh: '一次规则试跑及其结果', en: 'A rehearsal and what it found' },
    tag,
    params: z.object({ id }),
    output: whole,
    handler: async (ctx: OwnerContext, { params }) => wholeOf(ctx, await readRehearsal(ctx, params.id)),
  }),
  route({
    method: 'POST',
    path: '/api/rules/rehearsals/:id/cancel',
    permission: 'definitions.edit',
    summary: { zh: '取消试跑', en: 'Cancel a rehearsal' },
    tag,
    params: z.object({ id }),
    output: z.null(),
    status: 204,
    handler: async (ctx: OwnerContext, { params }) => cancelRehearsal(ctx, params.id),
  }),
];

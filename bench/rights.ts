import { actingOn, type Context, defaultInstitution } from '#access';
import { readProfile } from '#customers';
import type { Database, Queryable } from '#database';
import { actorOfUser } from '#identity';
import { createRow, listRows } from '#records';
import { openRequests } from '../src/server/app.ts';
import { packModel } from '../src/server/model.ts';
import { fillCustomers, fillHistory } from './dataset.ts';
import { atMost, type Bench, type CampaignContext } from './harness.ts';
import { interleaved } from './measure.ts';

const CUSTOMERS = 1_000_000;
/** So many of them have accounts, holdings and transactions; the views are of these. */
const WITH_HISTORY_MAX = 20_000;
const TRANSACTIONS_EACH = 40;
const UNITS = 100;
const WRITES = 2_000;
/** Issue: lists and the 360 view as an RM cost at most 1.3 of the same SQL as superuser without policies. */
const RATIO_MAX = 1.3;
/** Issue: the audit adds at most 15 % to the p99 of writes. */
const AUDIT_RATIO_MAX = 1.15;

/** What rights cost: the same reads under the request role with row security, and as superuser without; writes with the audit's chain, and without. */
export const bench: Bench = async (ctx) => {
  const customers = Math.max(2_000, Math.round(CUSTOMERS * ctx.scale));
  const stage = ctx.progress.stage({ zh: `生成 ${customers} 位客户`, en: `making ${customers} customers` });
  await fillCustomers(ctx.database, customers);
  await fillHistory(ctx.database, Math.min(customers, WITH_HISTORY_MAX), TRANSACTIONS_EACH);
  stage.end();
  const requests = await openRequests(ctx.database);
  try {
    const { rm, head } = { rm: await contexts(ctx, requests, 'rm'), head: await contexts(ctx, requests, 'head') };
    const customer = rm.under.model.entity('customer');
    const { rows: own } = await ctx.database.query<{ id: string }>(
      'select id from customer where owner_id = $1 and id <= $2 order by id',
      [rm.under.actor.userId, WITH_HISTORY_MAX],
    );
    const list = (context: Context) => async () => {
      for (let each = 0; each < UNITS; each++) await listRows(context, customer, { limit: 50 });
      return UNITS;
    };
    const view = (context: Context) => async () => {
      for (let each = 0; each < UNITS; each++) await readProfile(context, ctx.random.pick(own).id);
      return UNITS;
    };
    const reads = await interleaved(
      ctx.database,
      {
        'rm list, under row security': list(rm.under),
        'rm list, superuser': list(rm.over),
        'head list, under row security': list(head.under),
        'head list, superuser': list(head.over),
        'rm 360, under row security': view(rm.under),
        'rm 360, superuser': view(rm.over),
      },
      { rounds: 5 },
    );
    const ratio = (name: 'rm list' | 'head list' | 'rm 360') =>
      (reads[`${name}, under row security`].totalUs ?? Number.NaN) /
      (reads[`${name}, superuser`].totalUs ?? Number.NaN);
    const writes = await auditCost(rm.over, own[0]!.id);
    return {
      figures: { customers, perRead: reads, writes },
      targets: [
        atMost('ratio row security / superuser: customer list of an RM', ratio('rm list'), RATIO_MAX),
        atMost('ratio row security / superuser: customer list of a head', ratio('head list'), RATIO_MAX),
        atMost('ratio row security / superuser: 360 view of an RM', ratio('rm 360'), RATIO_MAX),
        atMost('ratio p99 of writes with / without audit', writes.p99Ratio, AUDIT_RATIO_MAX),
      ],
    };
  } finally {
    await requests.close();
  }
};

/** The same actor under the request role, and over it as superuser. */
async function contexts(ctx: CampaignContext, requests: Database, username: string) {
  const model = packModel();
  const { rows } = await ctx.database.query<{ id: string }>('select id from "user" where username = $1', [username]);
  const actor = await actorOfUser(ctx.database, model, ctx.clock(), rows[0]!.id);
  const shared = {
    model,
    clock: ctx.clock,
    language: 'zh' as const,
    address: '',
    institution: { ...defaultInstitution, businessDate: '2026-11-19' },
    actor: actor!,
  };
  const under: Context = {
    ...shared,
    ...actingOn(requests, model, actor, { session: null, address: '', request: 'bench' }),
  };
  const over: Context = { ...shared, database: ctx.database, about: () => ctx.database };
  return { under, over };
}

/**
 * Notes are written in turns with the audit and without its statement, so that a slow moment of the disk hits both; the p99 of all
 * writes of each kind counts.
 */
async function auditCost(context: Context, customerId: string) {
  const note = context.model.entity('note');
  const write = (own: Context) => createRow(own, note, { customer: customerId, text: 'bench' });
  const silent: Context = { ...context, database: withoutAudit(context.database) };
  const took = { audited: [] as number[], silent: [] as number[] };
  for (let each = 0; each < WRITES; each++) {
    for (const [kind, own] of [
      ['audited', context],
      ['silent', silent],
    ] as const) {
      const started = performance.now();
      await write(own);
      took[kind].push(performance.now() - started);
    }
  }
  const at = (times: number[], share: number) => times.sort((a, b) => a - b)[Math.floor(times.length * share)]!;
  const figures = (times: number[]) => ({ p50Ms: at(times, 0.5), p99Ms: at(times, 0.99) });
  const [audited, unaudited] = [figures(took.audited), figures(took.silent)];
  return { writes: WRITES, audited, unaudited, p99Ratio: audited.p99Ms / unaudited.p99Ms };
}

/** The same database, to which events are never sent. */
function withoutAudit(database: Database): Database {
  const silenced = (queryable: Queryable): Queryable['query'] => {
    return async (statement, values) =>
      typeof statement !== 'string' && 'name' in statement && statement.name === 'audit_record'
        ? { rows: [], rowCount: 1 }
        : queryable.query(statement, values);
  };
  return {
    ...database,
    query: silenced(database),
    transaction: (run, options) => database.transaction((tx) => run({ ...tx, query: silenced(tx) }), options),
  };
}

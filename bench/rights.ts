import { actingOn, type Context, defaultInstitution } from '#access';
import { readProfile } from '#customers';
import type { Database } from '#database';
import { actorOfUser } from '#identity';
import { createRow, listRows } from '#records';
import { openRequests } from '../src/server/app.ts';
import { packModel } from '../src/server/model.ts';
import { fillCustomers, fillHistory } from './dataset.ts';
import { atMost, type Bench, type CampaignContext } from './harness.ts';
import { interleaved, median, percentiles } from './measure.ts';

const CUSTOMERS = 1_000_000;
/** So many of them have accounts, holdings and transactions; the views are of these. */
const WITH_HISTORY_MAX = 20_000;
const TRANSACTIONS_EACH = 40;
const UNITS = 100;
const WRITES = 300;
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
    const writes = await auditCost(ctx, rm.over, own[0]!.id);
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

/** A note is written with the audit as it is, and with an audit that does nothing, in turns; the rounds' median p99 counts. */
async function auditCost(ctx: CampaignContext, context: Context, customerId: string) {
  const note = context.model.entity('note');
  const write = async () => void (await createRow(context, note, { customer: customerId, text: 'bench' }));
  const silence = 'create rule audit_silenced as on insert to audit_event do instead nothing';
  const p99 = { audited: [] as number[], silent: [] as number[] };
  for (let round = 0; round < 5; round++) {
    p99.audited.push((await percentiles(WRITES, write)).p99Ms);
    await ctx.database.query(silence);
    p99.silent.push((await percentiles(WRITES, write)).p99Ms);
    await ctx.database.query('drop rule audit_silenced on audit_event');
  }
  const [audited, silent] = [median(p99.audited), median(p99.silent)];
  return { writes: WRITES * 5, auditedP99Ms: audited, silentP99Ms: silent, p99Ratio: audited / silent };
}

import assert from 'node:assert/strict';
import type { Database, Transaction } from '#database';
import { rebuildAumHistory } from '#facts';
import { runBusinessDay } from '#rules';
import type { Prove } from '../harness.ts';
import { type IncrementalWorld, openWorld } from './incremental-world.ts';

const CUSTOMERS = 60;
const STEPS = 300;
const STEPS_BETWEEN_CHECKS_MAX = 4;
const LOG_LINES_SHOWN = 40;

/**
 * State that follows its facts bit by bit is the same as state computed from nothing: after any steps a bank can take, in any order. What
 * is compared is every metric, the assets of every date, every tier and tag; with a full run of the day, a full rebuild of the
 * ledger, and with SQL written here by hand.
 */
export const prove: Prove = async (ctx, trials) => {
  const customers = Math.max(8, Math.round(CUSTOMERS * Math.sqrt(ctx.scale)));
  const world = await openWorld(ctx.database, ctx.random, customers, ctx.folder);
  const steps = Math.max(12, Math.round(STEPS * ctx.scale));
  const counts: Record<string, number> = {};
  let checks = 0;
  let ok = true;
  try {
    for (let done = 0; ok && done < steps; ) {
      ctx.signal.throwIfAborted();
      const count = Math.min(steps - done, 1 + ctx.random.below(STEPS_BETWEEN_CHECKS_MAX));
      done += count;
      checks += 1;
      ok = await trials.trial(`the same after ${done} steps`, async () => {
        for (let each = 0; each < count; each++) {
          const name = await world.step();
          counts[name] = (counts[name] ?? 0) + 1;
        }
        await world.settle();
        const [first] = await differences(world);
        if (first) throw new Error(`${first}\n${world.log.slice(-LOG_LINES_SHOWN).join('\n')}`);
      });
    }
    for (const [name, plant] of Object.entries(plants)) {
      await trials.trial(`found: ${name}`, async () => {
        assert.notEqual((await differences(world, plant)).length, 0, 'what was planted went unseen');
      });
    }
  } finally {
    await world.close();
  }
  return { customers, steps: world.log.length - 1, checks, kinds: counts };
};

type Plant = (tx: Transaction) => Promise<{ rowCount: number }>;

class Undone extends Error {
  readonly found: string[];
  constructor(found: string[]) {
    super('undone');
    this.found = found;
  }
}

/** What differs from the state computed from nothing, one line each. All of it happens in a transaction that is taken back. */
async function differences(world: IncrementalWorld, plant?: Plant): Promise<string[]> {
  const { database } = world.ctx;
  try {
    await database.transaction(
      async (tx) => {
        if (plant) assert.equal((await plant(tx)).rowCount, 1, 'nothing was planted');
        for (const [name, { state }] of Object.entries(states)) {
          await tx.query(`create temporary table was_${name} on commit drop as ${state}`);
        }
        const found = await byHand(tx, world.asOf, { ...hand, ...world.hand() });
        const inside = within(database, tx);
        await runBusinessDay({ ...world.ctx, database: inside }, world.asOf, { full: true });
        for (const name of ['metric', 'tag', 'tier'] as const) found.push(...(await compare(tx, name)));
        const { zone, currency, calendar } = world.ctx.institution;
        await rebuildAumHistory(inside, world.ctx.model, { zone, currency, calendar }, world.asOf, { inTurn: true });
        for (const name of ['assets', 'ledger'] as const) found.push(...(await compare(tx, name)));
        throw new Undone(found);
      },
      { statementTimeoutMs: 0 },
    );
  } catch (error) {
    if (error instanceof Undone) return error.found;
    throw error;
  }
  throw new Error('the comparison was not taken back');
}

/** A database whose transactions all are part of one. What fails in it fails the whole, and is told as it failed first. */
function within(database: Database, tx: Transaction): Database {
  let first: unknown;
  const { query } = tx;
  tx.query = async (statement, values) => {
    try {
      return await query(statement, values);
    } catch (error) {
      first ??= error;
      throw first;
    }
  };
  return {
    ...database,
    query: tx.query,
    pool: database.pool,
    async transaction(run) {
      const value = await run(tx);
      // What a transaction sets for itself must not outlast it.
      await tx.query("set local lock_timeout = '0'");
      return value;
    },
  };
}

/** Numbers as they are, whatever noughts stand behind. */
const plain = (value: string) =>
  `case when ${value} ~ '^-?\\d+(\\.\\d+)?$' then trim_scale((${value})::numeric)::text else ${value} end`;

/** What is compared: rows of (key, code, value). */
const states = {
  metric: {
    state: `select m.customer_id::text as key, v.key as code, ${plain('v.value')} as value from customer_metric m
      cross join lateral jsonb_each_text(to_jsonb(m) - 'customer_id' - 'as_of') v where v.value is not null`,
  },
  tag: { state: `select customer_id::text as key, tag as code, 'held' as value from customer_tag where until is null` },
  tier: { state: `select id::text as key, 'tier' as code, tier as value from customer where tier is not null` },
  assets: {
    state: `select customer_id::text as key, 'total' as code, ${plain('total::text')} as value from customer_aum where total <> 0
      union all select c.customer_id::text, 'class ' || p.key, ${plain('p.value')} from customer_aum c cross join lateral jsonb_each_text(c.parts) p
       where p.value::numeric <> 0
      union all select id::text, 'customer.aum', ${plain('aum::text')} from customer where aum <> 0`,
  },
  ledger: {
    state: `select customer_id::text as key, business_date::text as code, ${plain('total::text')} || ' ' || parts::text as value from aum_daily`,
  },
} as const;

async function compare(tx: Transaction, name: keyof typeof states): Promise<string[]> {
  const { rows } = await tx.query<{ customer: string; code: string; was: string | null; is: string | null }>(
    `select coalesce(c.source_key, coalesce(w.key, n.key)) as customer, coalesce(w.code, n.code) as code, w.value as was, n.value as is
       from was_${name} w full join (${states[name].state}) n on n.key = w.key and n.code = w.code
       left join customer c on c.id::text = coalesce(w.key, n.key)
      where w.value is distinct from n.value order by 1, 2 limit 20`,
  );
  return rows.map((row) => `${name} of customer ${row.customer}, ${row.code}: kept ${row.was}, from nothing ${row.is}`);
}

const FLOW = `kind not in ('purchase', 'redemption')`;
const OWN = `kind not in ('interest', 'fee')`;

/** Metrics in plain SQL, read by nobody but a person: what the packs' definitions say in other words. */
const hand: Record<string, string> = {
  outflow_30d: `select customer_id, sum(amount)::text from transaction where direction = 'out' and ${FLOW} and business_date > $1::date - 30 and business_date <= $1 group by 1`,
  inflow_1d: `select customer_id, sum(amount)::text from transaction where direction = 'in' and ${FLOW} and business_date = $1 group by 1`,
  inflow_90d: `select customer_id, sum(amount)::text from transaction where direction = 'in' and ${FLOW} and business_date > $1::date - 90 and business_date <= $1 group by 1`,
  largest_outflow_30d: `select customer_id, max(amount)::text from transaction where direction = 'out' and ${FLOW} and business_date > $1::date - 30 and business_date <= $1 group by 1`,
  transactions_30d: `select customer_id, count(*)::text from transaction where ${OWN} and business_date > $1::date - 30 and business_date <= $1 group by 1`,
  last_transaction_date: `select customer_id, max(business_date)::text from transaction where ${OWN} and business_date <= $1 group by 1`,
  logins_30d: `select customer_id, count(*)::text from login where business_date > $1::date - 30 and business_date <= $1 group by 1`,
  accounts_held: `select customer_id, count(*)::text from account where (opened_on is null or opened_on <= $1) and (closed_on is null or closed_on > $1) group by 1`,
};

/** What the lists show of a customer's tags, and the spans of their history that are open. */
const TAGS_APART = `
  select coalesce(c.source_key, '?') as customer, s.tag as shown, g.tag as open
    from (select customer_id, unnest(tags) as tag from customer_metric) s
    full join (select customer_id, tag from customer_tag where until is null) g on g.customer_id = s.customer_id and g.tag = s.tag
    left join customer c on c.id = coalesce(s.customer_id, g.customer_id)
   where s.tag is null or g.tag is null order by 1 limit 5`;

async function byHand(tx: Transaction, asOf: string, texts: Record<string, string>): Promise<string[]> {
  const found: string[] = [];
  const { rows: apart } = await tx.query<{ customer: string; shown: string | null; open: string | null }>(TAGS_APART);
  for (const { customer, shown, open } of apart) {
    found.push(`tag of customer ${customer}: shown ${shown}, open in the history ${open}`);
  }
  for (const [code, text] of Object.entries(texts)) {
    const { rows } = await tx.query<{ customer: string; kept: string | null; counted: string | null }>(
      `select coalesce(c.source_key, '?') as customer, w.value as kept, h.value as counted
         from (select key, value from was_metric where code = '${code}' and value <> '0') w
         full join (select customer_id::text as key, ${plain('value')} as value from (${text}) h(customer_id, value) where value <> '0') h on h.key = w.key
         left join customer c on c.id::text = coalesce(w.key, h.key)
        where w.value is distinct from h.value order by 1 limit 5`,
      [asOf],
    );
    for (const { customer, kept, counted } of rows) {
      found.push(`${code} of customer ${customer}: kept ${kept}, counted by hand ${counted}`);
    }
  }
  return found;
}

/** Faults that must be seen. */
const plants: Record<string, Plant> = {
  'a metric that is a cent too high': (tx) =>
    tx.query(
      `update customer_metric set outflow_30d = coalesce(outflow_30d, 0) + 0.01 where customer_id = (select min(customer_id) from customer_metric)`,
    ),
  'a fact that went without a note': (tx) =>
    tx.query(
      `delete from transaction where id = (select id from transaction where kind = 'transfer' and business_date =
         (select max(business_date) from transaction where kind = 'transfer' and business_date <= (select as_of from facts_state)) limit 1)`,
    ),
  'a tag that nobody deserves': (tx) =>
    tx.query(
      `insert into customer_tag (customer_id, tag, since, reason)
         select c.id, t.tag, (select as_of from facts_state), '{}' from customer c cross join (select distinct tag from customer_tag) t
          where not exists (select from customer_tag g where g.customer_id = c.id and g.tag = t.tag) order by c.id, t.tag limit 1`,
    ),
  'a row of the ledger that is off by a cent': (tx) =>
    tx.query(
      `update aum_daily set total = total + 0.01 where (customer_id, business_date) = (select customer_id, business_date from aum_daily order by 1, 2 limit 1)`,
    ),
  'a tier that does not fit': (tx) =>
    tx.query(
      `update customer set tier = 'private' where id = (select min(id) from customer where tier is distinct from 'private')`,
    ),
};

import { type Database, ident, openBeside, raw, sql, type Transaction } from '#database';
import { addDays, type BusinessDate } from '#kernel';
import type { Model, PackEntry } from '#metadata';
import { fillAccounts, fillTotals } from './aum.ts';
import { type Books, carryMetrics, type FactsDay, openFactsDay } from './day.ts';
import { keptStates, type Members } from './kept-states.ts';
import { neededMetrics } from './metric-calculation.ts';
import { metrics } from './metric-definition.ts';

// Past days once more, one after the other, beside the stored state: tables of the session stand before those of the same name, so the
// statements that carry the state from day to day carry these. They end with the session; nothing of it stays.

/** What a replay is asked for. */
export interface ReplayOptions {
  books: Books;
  /** The first and last day. The state of the day before the first is made from all facts. */
  from: BusinessDate;
  to: BusinessDate;
  /** Names that are read: only the metrics that they lead to are carried. */
  names: Iterable<string>;
  /** The customers who take part; all when absent. */
  among?: readonly string[] | undefined;
  /** More tables that stand empty before those of the same name: what the days write. */
  emptied?: readonly string[];
  /** Are the balances of accounts read beside the metrics? */
  accounts?: boolean;
}

/** Days under replay. */
export interface Replay {
  /** Brings the state to the next day, which must be later than the one before, and works in a transaction that can write to the session's tables only. */
  on<T>(date: BusinessDate, work: (tx: Transaction, day: FactsDay) => Promise<T>): Promise<T>;
  /** Ends the session, and with it all that the replay made. */
  close(): Promise<void>;
}

/**
 * Begins a replay: a session of its own that sees the past in place of the stored state. Each day is a transaction that reads only, but for
 * the session's own tables. Facts, assets, balances, tiers, tags and segments are as they were on the day (the last three since they were
 * first kept); records such as holdings, and parameters, are as they are now.
 */
export async function openReplay(database: Database, model: Model, options: ReplayOptions): Promise<Replay> {
  const session = await openBeside(database, { maxConnections: 1, applicationName: 'tongguan replay' });
  try {
    return { ...(await begin(session, model, options)), close: () => session.close() };
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function begin(session: Database, model: Model, options: ReplayOptions): Promise<Pick<Replay, 'on'>> {
  const asked = [...options.names];
  const needed = neededMetrics(model, asked);
  // The ledger is there anyway; and a table of metrics has at least one.
  for (const { code, ledger } of metrics(model)) if (ledger === 'total' || ledger === 'previous') needed.add(code);
  const isNeeded = ({ value }: PackEntry) => needed.has(value.code as string);
  const reduced: Model = {
    ...model,
    data: (name) => (name === 'metrics' ? model.data(name).filter(isNeeded) : model.data(name)),
  };
  const kept = keptStates(asked);
  const accounts =
    options.accounts === true ||
    metrics(reduced).some(({ measure }) => measure?.entity === 'account' && measure.field === 'balance');
  const before = addDays(options.from, -1);
  const among = options.among && new Set(options.among);
  let last = before;
  let firstKept: BusinessDate | null = null;
  const carry = async (tx: Transaction, date: BusinessDate): Promise<FactsDay> => {
    const day = await openFactsDay(tx, reduced, options.books, date, false);
    await carryMetrics(tx, reduced, day, among);
    for (const each of kept.members) await carryMembers(tx, each, day.carriedFrom, heldOn(date, firstKept));
    return day;
  };
  await session.transaction(
    async (tx) => {
      firstKept = await firstRun(tx);
      await layTables(tx, options, before, { accounts, tiers: kept.tier, firstKept });
      await carry(tx, before);
      await tx.query('analyze customer_metric');
    },
    { statementTimeoutMs: 0 },
  );
  return {
    on: (date, work) =>
      session.transaction(
        async (tx) => {
          await carryTotals(tx, last, date);
          if (accounts) await carryBalances(tx, last, date);
          if (kept.tier) await carryTiers(tx, last, date);
          const day = await carry(tx, date);
          last = date;
          return await work(tx, day);
        },
        { readOnly: true, statementTimeoutMs: 0 },
      ),
  };
}

/** The tables of the session, as of the day before the first. */
async function layTables(
  tx: Transaction,
  { among, emptied = [], to }: ReplayOptions,
  before: BusinessDate,
  { accounts, tiers, firstKept }: { accounts: boolean; tiers: boolean; firstKept: BusinessDate | null },
): Promise<void> {
  // A changed path is also what makes statements look at the tables of the session; it stays as long as that does.
  await tx.query("select set_config('search_path', 'pg_temp, ' || current_setting('search_path'), false)");
  for (const table of ['customer_metric', 'customer_history', 'customer_aum', 'facts_state', ...emptied]) {
    const name = ident(table).sql;
    // Made under another name first: `like` would else look for itself.
    await tx.query(
      `create temporary table replay_new (like ${name} including all); alter table replay_new rename to ${name}`,
    );
  }
  await tx.query('insert into facts_state default values');
  if (accounts) {
    await tx.query('create temporary table replay_new (like account including all)');
    await fillAccounts(tx, 'replay_new', before, among);
    await tx.query('alter table replay_new rename to account; analyze account');
  }
  await fillTotals(tx, 'customer_aum', before, among);
  // The days' steps of the ledger, once, in the order in which they are taken.
  await tx.query('create temporary table replay_aum (like aum_daily)');
  await tx.query(
    `insert into replay_aum select * from aum_daily
      where business_date > $1 and business_date <= $2 and ($3::bigint[] is null or customer_id = any($3))`,
    [before, to, among ?? null],
  );
  await tx.query('create index on replay_aum (business_date); analyze replay_aum, customer_aum');
  if (among) await restrict(tx, among);
  if (tiers) await openTiers(tx, heldOn(before, firstKept));
  await tx.query(await customerView(tx, among !== undefined, tiers));
}

async function restrict(tx: Transaction, among: readonly string[]): Promise<void> {
  await tx.query('create temporary table replay_customer (id bigint primary key)');
  await tx.query('insert into replay_customer select unnest($1::bigint[])', [among]);
  await tx.query('analyze replay_customer');
}

/** The customers who take part, with the tier that they had. Nothing is written through it. */
async function customerView(tx: Transaction, restricted: boolean, tiers: boolean): Promise<string> {
  const { rows } = await tx.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = 'customer'::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  const columns = rows.map(({ name }) => {
    const column = ident(name).sql;
    return tiers && name === 'tier' ? `r.tier as ${column}` : `c.${column}`;
  });
  return `create temporary view customer as select ${columns.join(', ')} from customer c
    ${restricted ? 'join replay_customer w on w.id = c.id' : ''} ${tiers ? 'left join replay_tier r on r.customer_id = c.id' : ''};
    create rule replay_unwritten as on update to customer do instead nothing`;
}

/** The day whose tiers, tags or segments are taken: none were kept before the first that was run. */
const heldOn = (date: BusinessDate, firstKept: BusinessDate | null): BusinessDate =>
  firstKept !== null && firstKept > date ? firstKept : date;

async function firstRun(tx: Transaction): Promise<BusinessDate | null> {
  const { rows } = await tx.query<{ date: BusinessDate | null }>(
    "select min(date) as date from business_day where status = 'done'",
  );
  return rows[0]!.date;
}

async function openTiers(tx: Transaction, on: BusinessDate): Promise<void> {
  await tx.query('create temporary table replay_tier (customer_id bigint primary key, tier text)');
  await tx.query(
    sql`insert into replay_tier select c.id, case when b.tier is not null then b.tier when n.business_date is not null then n.previous else c.tier end
      from customer c
      left join lateral (select t.tier from tier_change t where t.customer_id = c.id and t.business_date <= ${on}::date
        order by t.business_date desc limit 1) b on true
      left join lateral (select t.business_date, t.previous from tier_change t where t.customer_id = c.id and t.business_date > ${on}::date
        order by t.business_date limit 1) n on true`,
  );
  await tx.query('analyze replay_tier');
}

async function carryTiers(tx: Transaction, after: BusinessDate, to: BusinessDate): Promise<void> {
  await tx.query(
    `update replay_tier r set tier = t.tier from (select distinct on (customer_id) customer_id, tier from tier_change
       where business_date > $1 and business_date <= $2 order by customer_id, business_date desc) t where t.customer_id = r.customer_id`,
    [after, to],
  );
}

async function carryTotals(tx: Transaction, after: BusinessDate, to: BusinessDate): Promise<void> {
  for (let date = addDays(after, 1); date <= to; date = addDays(date, 1)) {
    await tx.query(
      `insert into customer_aum as s (customer_id, changed_on, total, parts, previous_total)
       select customer_id, business_date, total, parts, 0 from replay_aum where business_date = $1
       on conflict (customer_id) do update set changed_on = excluded.changed_on, total = excluded.total, parts = excluded.parts,
         previous_total = s.total`,
      [date],
    );
  }
}

async function carryBalances(tx: Transaction, after: BusinessDate, to: BusinessDate): Promise<void> {
  await tx.query(
    `update account a set balance = b.balance_after, balance_on = b.business_date
       from (select distinct on (t.customer_id, t.account_id) t.customer_id, t.account_id, t.balance_after, t.business_date
               from transaction t where t.business_date > $1 and t.business_date <= $2 and t.balance_after is not null and t.account_id is not null
              order by t.customer_id, t.account_id, t.business_date desc, t.sequence desc nulls last, t.id desc) b
      where a.customer_id = b.customer_id and a.id = b.account_id`,
    [after, to],
  );
}

/** Sets the arrays of those whose spans began or ended since the day before; at first of all. */
async function carryMembers(
  tx: Transaction,
  { spans, code, array }: Members,
  after: BusinessDate | null,
  to: BusinessDate,
): Promise<void> {
  const [table, value, column] = [raw(spans), raw(code), raw(array)];
  const moved =
    after === null
      ? sql``
      : sql`and exists (select from ${table} e where e.customer_id = m.customer_id
          and (e.since > ${after}::date and e.since <= ${to}::date or e.until > ${after}::date and e.until <= ${to}::date))`;
  await tx.query(
    sql`update customer_metric m set ${column} = array(select g.${value} from ${table} g where g.customer_id = m.customer_id
        and g.since <= ${to}::date and (g.until is null or g.until > ${to}::date) order by 1) where true ${moved}`,
  );
}

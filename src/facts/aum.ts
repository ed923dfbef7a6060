import type { Transaction } from '#database';
import { addDays, type BusinessDate } from '#kernel';

/**
 * Assets under management: the closing balances of a customer's accounts and the market value of what is held, by product
 * class. Loans and cards are no assets. Joint accounts belong to their holder. The ledger `aum_daily` has a row only where
 * a customer's assets differ from the row before, so a quiet customer costs nothing and the curve is read by carrying the
 * last value forward.
 */
export interface AumDay {
  date: BusinessDate;
  /** Currency of the institution's books; others count at the rates, and not at all without one. */
  currency: string;
  rates: Record<string, string>;
  /**
   * `current`: the newest day, which keeps account_balance, account.balance and customer.aum. `earlier`: a day before it,
   * evaluated from all facts on the side; of the stored tables only the ledger is corrected, for that day alone.
   */
  mode: 'current' | 'earlier';
}

export interface AumResult {
  /** Customers whose assets differ from the day before. */
  changed: number;
  /** Sum over all customers, decimal text. */
  total: string;
  /** Accounts and holdings left out because their currency has no rate. */
  withoutRate: number;
}

/** The temporary table that a snapshot leaves for the metrics of the day: customer_id, total, parts, previous_total. */
export const DAY_AUM = 'day_aum';

const BALANCES = { current: 'account_balance', earlier: 'earlier_account_balance' } as const;

/**
 * Takes the snapshot of one business date. Balances are carried forward from the last snapshot, reading only the facts
 * since; `full` (and a first run) reads all facts. Both give the same. A gap since the last snapshot is closed by taking
 * the day before as well: "yesterday's closing" must not be last month's. `asOf` is the day of the last snapshot, null for none.
 */
export async function snapshotAum(
  tx: Transaction,
  day: AumDay,
  asOf: BusinessDate | null,
  full: boolean,
): Promise<AumResult> {
  const dayBefore = addDays(day.date, -1);
  let from = full ? null : asOf;
  if (day.mode === 'earlier') {
    await tx.query(`create temporary table ${BALANCES.earlier} (like account_balance including all) on commit drop`);
  }
  if (asOf === null || asOf < dayBefore) {
    await carryBalances(tx, day, from, dayBefore);
    await takeTotals(tx, { ...day, date: dayBefore });
    from = dayBefore;
  } else if (from !== null) {
    from = dayBefore; // the day's own facts are read again: it may be run a second time with more of them
  }
  await carryBalances(tx, day, from, day.date);
  const result = await takeTotals(tx, day);
  if (day.mode === 'current') {
    await tx.query(STORE_ACCOUNT_BALANCES);
    await tx.query(STORE_CUSTOMER_AUM);
  }
  return result;
}

/** Brings the balances from the end of `from` (null: from nothing) to the end of `to`. */
async function carryBalances(tx: Transaction, day: AumDay, from: BusinessDate | null, to: BusinessDate): Promise<void> {
  const table = BALANCES[day.mode];
  if (from === null) await tx.query(`delete from ${table}`);
  await tx.query(
    `insert into ${table} as b (customer_id, account_id, balance, balance_on)
     select distinct on (t.customer_id, t.account_id) t.customer_id, t.account_id, t.balance_after, t.business_date
       from transaction t
      where t.business_date > $1 and t.business_date <= $2 and t.balance_after is not null and t.account_id is not null
      order by t.customer_id, t.account_id, t.business_date desc, t.sequence desc nulls last, t.id desc
     on conflict (customer_id, account_id) do update set balance = excluded.balance, balance_on = excluded.balance_on
      where (b.balance, b.balance_on) is distinct from (excluded.balance, excluded.balance_on)`,
    [from ?? '-infinity', to],
  );
}

/** What an amount in some currency counts in the books, whose currency is $2; $3 are the rates. Null without a rate. */
export const inBooks = (amount: string, currency: string) =>
  `case when coalesce(${currency}, $2) = $2 then ${amount} else round(${amount} * ($3::jsonb ->> ${currency})::numeric, 2) end`;

export const ASSET_CLASS = "not in ('loan', 'card')";

/** Every asset of the date $1: (customer_id, class, amount). */
const assets = (balances: string) => `
  select b.customer_id, coalesce(p.class, 'deposit') as class, ${inBooks('b.balance', 'a.currency')} as amount
    from ${balances} b
    join account a on a.customer_id = b.customer_id and a.id = b.account_id
    left join product p on p.id = a.product_id
   where coalesce(a.opened_on <= $1, true) and coalesce(a.closed_on > $1, true)
     and coalesce(p.class, 'deposit') ${ASSET_CLASS}
  union all
  select h.customer_id, p.class, ${inBooks('coalesce(h.market_value, h.principal, 0)', 'h.currency')}
    from holding h
    join product p on p.id = h.product_id
   where coalesce(h.bought_on <= $1, true) and coalesce(h.redeemed_on, h.maturity_date, 'infinity') > $1
     and p.class ${ASSET_CLASS}`;

async function takeTotals(tx: Transaction, day: AumDay): Promise<AumResult> {
  const values = [day.date, day.currency, JSON.stringify(day.rates)];
  await tx.query(`drop table if exists pg_temp.${DAY_AUM}`);
  await tx.query(
    `create temporary table ${DAY_AUM} (
       customer_id bigint, total numeric(20,2), parts jsonb, previous_total numeric(20,2), previous_parts jsonb
     ) on commit drop`,
  );
  await tx.query(
    `with asset as (${assets(BALANCES[day.mode])}),
     by_class as (select customer_id, class, sum(amount) as amount from asset group by customer_id, class),
     today as (
       select customer_id, coalesce(sum(amount), 0) as total,
              coalesce(jsonb_object_agg(class, amount::numeric(20,2)::text) filter (where amount <> 0), '{}') as parts
         from by_class group by customer_id)
     insert into ${DAY_AUM}
     select c.id, coalesce(t.total, 0), coalesce(t.parts, '{}'), coalesce(l.total, 0), coalesce(l.parts, '{}')
       from customer c
       left join today t on t.customer_id = c.id
       left join lateral (select total, parts from aum_daily d where d.customer_id = c.id and d.business_date < $1
                           order by d.business_date desc limit 1) l on true
      where t.customer_id is not null or l.total is not null`,
    values,
  );
  if (day.mode === 'earlier') await tx.query(KEEP_NEXT_DAY, [day.date]);
  await tx.query(DROP_UNCHANGED, [day.date]);
  await tx.query(STORE_CHANGED, [day.date]);
  const { rows } = await tx.query<{ changed: string; total: string; without_rate: string }>(
    `select count(*) filter (where (total, parts) is distinct from (previous_total, previous_parts)) as changed,
            coalesce(sum(total), 0)::numeric(24,2) as total,
            (select count(*) from (${assets(BALANCES[day.mode])}) asset where amount is null) as without_rate
       from ${DAY_AUM}`,
    values,
  );
  const { changed, total, without_rate } = rows[0]!;
  return { changed: Number(changed), total, withoutRate: Number(without_rate) };
}

/** A correction of an earlier day must not spread into later ones: they keep what they said until they are run again. */
const KEEP_NEXT_DAY = `
  insert into aum_daily (customer_id, business_date, total, parts)
  select d.customer_id, $1::date + 1, coalesce(s.total, d.previous_total), coalesce(s.parts, d.previous_parts)
    from ${DAY_AUM} d
    left join aum_daily s on s.customer_id = d.customer_id and s.business_date = $1
   where (d.total, d.parts) is distinct from (coalesce(s.total, d.previous_total), coalesce(s.parts, d.previous_parts))
  on conflict (customer_id, business_date) do nothing`;

const DROP_UNCHANGED = `
  delete from aum_daily a
   where a.business_date = $1
     and not exists (select from ${DAY_AUM} d where d.customer_id = a.customer_id
                        and (d.total, d.parts) is distinct from (d.previous_total, d.previous_parts))`;

const STORE_CHANGED = `
  insert into aum_daily as a (customer_id, business_date, total, parts)
  select customer_id, $1, total, parts from ${DAY_AUM}
   where (total, parts) is distinct from (previous_total, previous_parts)
  on conflict (customer_id, business_date) do update set total = excluded.total, parts = excluded.parts
   where (a.total, a.parts) is distinct from (excluded.total, excluded.parts)`;

const STORE_ACCOUNT_BALANCES = `
  update account a set balance = b.balance, balance_on = b.balance_on
    from account_balance b
   where a.customer_id = b.customer_id and a.id = b.account_id
     and (a.balance, a.balance_on) is distinct from (b.balance, b.balance_on)`;

const STORE_CUSTOMER_AUM = `
  update customer c set aum = n.aum
    from (select c.id, coalesce(d.total, 0) as aum from customer c left join ${DAY_AUM} d on d.customer_id = c.id
           where c.aum is distinct from coalesce(d.total, 0)) n
   where c.id = n.id`;

import { ident, type Queryable, type Transaction } from '#database';
import { addDays, type BusinessDate } from '#kernel';
import { dayStatement } from './statement.ts';

/**
 * Assets under management: the closing balances of a customer's accounts and the market value of what is held, by product
 * class. Loans and cards are no assets. Joint accounts belong to their holder. The ledger `aum_daily` has a row only where
 * a customer's assets differ from the row before, so a quiet customer costs nothing and the curve is read by carrying the
 * last value forward. `customer_aum` is the newest row of each curve with the total before it.
 */
export interface AumDay {
  date: BusinessDate;
  /** Currency of the institution's books; others count at the rates, and not at all without one. */
  currency: string;
  rates: Record<string, string>;
  /** Classes of products that are assets. */
  classes: readonly string[];
  /**
   * `current`: the newest day, which keeps the balances and totals. `earlier`: a day before it, evaluated from all facts on the
   * side; of the stored tables only the ledger is corrected, for that day alone.
   */
  mode: DayMode;
}

export type DayMode = 'current' | 'earlier';

export interface AumResult {
  /** Customers whose assets differ from the day before. */
  changed: number;
  /** Sum over all customers, decimal text. */
  total: string;
  /** Accounts and holdings left out because their currency has no rate. */
  withoutRate: number;
}

/** An earlier day works on tables of its own that end with its transaction. */
export const dayTable = (table: string, mode: DayMode): string => (mode === 'current' ? table : `earlier_${table}`);

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
  if (day.mode === 'earlier') await openEarlier(tx, dayBefore);
  else if (asOf === day.date) await undoDay(tx, day.date);
  if (asOf === null || asOf < dayBefore) {
    await carryBalances(tx, day, from, dayBefore);
    await storeTotals(tx, { ...day, date: dayBefore });
    from = dayBefore;
  } else if (from !== null) {
    from = dayBefore; // the day's own facts are read again: it may be run a second time with more of them
  }
  await carryBalances(tx, day, from, day.date);
  const changed = await storeTotals(tx, day);
  return { changed, ...(await sumAum(tx, day)) };
}

/** The tables of an earlier day, holding the ledger as it was before the day before that date. */
async function openEarlier(tx: Transaction, dayBefore: BusinessDate): Promise<void> {
  for (const table of ['account_balance', 'customer_aum']) {
    await tx.query(`create temporary table ${dayTable(table, 'earlier')} (like ${table} including all) on commit drop`);
  }
  await tx.query(
    `insert into ${dayTable('customer_aum', 'earlier')} (customer_id, changed_on, total, parts, previous_total)
     select distinct on (customer_id) customer_id, business_date, total, parts, 0
       from aum_daily where business_date < $1 order by customer_id, business_date desc`,
    [dayBefore],
  );
}

/** Takes the totals back to before a day that is run a second time. */
async function undoDay(tx: Transaction, date: BusinessDate): Promise<void> {
  await tx.query('delete from aum_daily where business_date = $1', [date]);
  await tx.query(
    `with before as (delete from customer_aum where changed_on = $1 returning customer_id)
     insert into customer_aum (customer_id, changed_on, total, parts, previous_total)
     select b.customer_id, d.business_date, d.total, d.parts, 0 from before b
      cross join lateral (select * from aum_daily d where d.customer_id = b.customer_id
                           order by d.business_date desc limit 1) d`,
    [date],
  );
}

/** Brings the balances from the end of `from` (null: from nothing) to the end of `to`. */
export async function carryBalances(
  tx: Transaction,
  day: AumDay,
  from: BusinessDate | null,
  to: BusinessDate,
): Promise<void> {
  const table = dayTable('account_balance', day.mode);
  if (from === null) await tx.query(`delete from ${table}`);
  const carried = `
     insert into ${table} as b (customer_id, account_id, balance, balance_on)
     select distinct on (t.customer_id, t.account_id) t.customer_id, t.account_id, t.balance_after, t.business_date
       from transaction t
      where t.business_date > $1 and t.business_date <= $2 and t.balance_after is not null and t.account_id is not null
      order by t.customer_id, t.account_id, t.business_date desc, t.sequence desc nulls last, t.id desc
     on conflict (customer_id, account_id) do update set balance = excluded.balance, balance_on = excluded.balance_on
      where (b.balance, b.balance_on) is distinct from (excluded.balance, excluded.balance_on)`;
  const stored = `with carried as (${carried} returning *)
     update account a set balance = b.balance, balance_on = b.balance_on from carried b
      where a.customer_id = b.customer_id and a.id = b.account_id
        and (a.balance, a.balance_on) is distinct from (b.balance, b.balance_on)`;
  await tx.query(dayStatement(day.mode === 'current' ? stored : carried, [from ?? '-infinity', to]));
}

/** What an amount in some currency counts in the books, whose currency is $2; $3 are the rates. Null without a rate. */
export const inBooks = (amount: string, currency: string): string =>
  `case when coalesce(${currency}, $2) = $2 then ${amount} else round(${amount} * ($3::jsonb ->> ${currency})::numeric, 2) end`;

/** Classes of products that are no assets. */
export const NO_ASSETS = ['loan', 'card'];

export const ASSET_CLASS = `not in (${NO_ASSETS.map((code) => `'${code}'`).join(', ')})`;

const accountIsOpen = (date: string) =>
  `coalesce(a.opened_on <= ${date}, true) and coalesce(a.closed_on > ${date}, true)`;
const holdingIsHeld = (date: string) =>
  `coalesce(h.bought_on <= ${date}, true) and coalesce(h.redeemed_on, h.maturity_date, 'infinity') > ${date}`;

const classColumn = (code: string) => ident(`class_${code}`).sql;

/** The amounts of one group by class, a column each. */
export const classSums = (classes: readonly string[]): string =>
  classes.map((code) => `sum(amount) filter (where class = '${code}') as ${classColumn(code)}`).join(', ');

/** The same columns over the days so far. */
export const runningSums = (classes: readonly string[], window: string): string =>
  classes.map((code) => `sum(${classColumn(code)}) over ${window} as ${classColumn(code)}`).join(', ');

export const sumOfClasses = (classes: readonly string[]): string =>
  classes.map((code) => `coalesce(${classColumn(code)}, 0)`).join(' + ');

/** The columns as `{class: amount}` without noughts. Written as text, which PostgreSQL reads three times faster than it builds. */
export function partsOf(classes: readonly string[]): string {
  const pairs = classes.map((code) => {
    const column = classColumn(code);
    return `case when ${column} <> 0 then '"${code}":"' || ${column}::numeric(20,2) || '"' end`;
  });
  return `('{' || concat_ws(',', ${pairs.join(', ')}) || '}')::jsonb`;
}

/** Every asset of the date $1: (customer_id, class, amount). */
const assets = (mode: DayMode) => `
  select b.customer_id, coalesce(p.class, 'deposit') as class, ${inBooks('b.balance', 'a.currency')} as amount
    from ${dayTable('account_balance', mode)} b
    join account a on a.customer_id = b.customer_id and a.id = b.account_id
    left join product p on p.id = a.product_id
   where ${accountIsOpen('$1')} and coalesce(p.class, 'deposit') ${ASSET_CLASS}
  union all
  select h.customer_id, p.class, ${inBooks('coalesce(h.market_value, h.principal, 0)', 'h.currency')}
    from holding h
    join product p on p.id = h.product_id
   where ${holdingIsHeld('$1')} and p.class ${ASSET_CLASS}`;

export const aumValues = (day: AumDay) => [day.date, day.currency, JSON.stringify(day.rates)];

/** Writes what differs from the totals of the day before, and returns how many customers do. */
async function storeTotals(tx: Transaction, day: AumDay): Promise<number> {
  const { rowCount } = await tx.query(dayStatement(totalsText(day.mode, day.classes), aumValues(day)));
  return rowCount;
}

/**
 * `n`: the totals of the date, `s`: the state before it, `o`: what the ledger said of the date when an earlier day is run again.
 * A correction of an earlier day must not spread into later ones: where it changes what the ledger said, the next day keeps that,
 * until it is run again itself.
 */
export function totalsText(mode: DayMode, classes: readonly string[]): string {
  const table = dayTable('customer_aum', mode);
  const ledger = `ledger as (insert into aum_daily (customer_id, business_date, total, parts)
         select customer_id, $1, total, parts from compared where differs
         on conflict (customer_id, business_date) do update set total = excluded.total, parts = excluded.parts)`;
  const parts: Record<DayMode, { join: string; old: string; writes: string }> = {
    current: {
      join: '',
      old: 's.total, s.parts',
      writes: `${ledger},
       stored as (update customer c set aum = n.total from compared n
         where n.differs and n.customer_id = c.id and c.aum is distinct from n.total)`,
    },
    earlier: {
      join: 'full join (select * from aum_daily where business_date = $1) o using (customer_id)',
      old: 'coalesce(o.total, s.total), coalesce(o.parts, s.parts)',
      writes: `kept as (insert into aum_daily (customer_id, business_date, total, parts)
         select customer_id, $1::date + 1, old_total, old_parts from compared
          where (total, parts) is distinct from (old_total, old_parts) on conflict do nothing),
       dropped as (delete from aum_daily d using compared n
         where d.customer_id = n.customer_id and d.business_date = $1 and not n.differs),
       ${ledger}`,
    },
  };
  const { join, old, writes } = parts[mode];
  return `with asset as (${assets(mode)}),
       summed as (
         select customer_id, coalesce(sum(amount), 0) as total, ${classSums(classes)} from asset group by customer_id),
       today as (select customer_id, total, ${partsOf(classes)} as parts from summed),
       joined as (
         select customer_id, coalesce(n.total, 0) as total, coalesce(n.parts, '{}') as parts,
                coalesce(s.total, 0) as total_before, coalesce(s.parts, '{}') as parts_before, ${old}
           from today n full join ${table} s using (customer_id) ${join}),
       compared as materialized (
         select j.customer_id, j.total, j.parts, j.total_before,
                coalesce(j.old_total, 0) as old_total, coalesce(j.old_parts, '{}') as old_parts,
                (j.total, j.parts) is distinct from (j.total_before, j.parts_before) as differs
           from joined j (customer_id, total, parts, total_before, parts_before, old_total, old_parts)
          where (j.total, j.parts) is distinct from (j.total_before, j.parts_before)
             or (j.total, j.parts) is distinct from (coalesce(j.old_total, 0), coalesce(j.old_parts, '{}'))),
       ${writes}
       insert into ${table} as s (customer_id, changed_on, total, parts, previous_total)
       select customer_id, $1, total, parts, total_before from compared where differs
       on conflict (customer_id) do update set changed_on = excluded.changed_on, total = excluded.total,
         parts = excluded.parts, previous_total = excluded.previous_total`;
}

/** The assets of all customers on the day, and how many accounts and holdings could not be counted. */
export async function sumAum(tx: Queryable, day: AumDay): Promise<Pick<AumResult, 'total' | 'withoutRate'>> {
  const withoutRate = (currency: string) => `not coalesce(${currency} = $1 or $2::jsonb ? ${currency}, true)`;
  const { rows } = await tx.query<{ total: string; without_rate: string }>(
    dayStatement(
      `select (select coalesce(sum(total), 0)::numeric(24,2) from ${dayTable('customer_aum', day.mode)}) as total,
              (select count(*) from account a where ${withoutRate('a.currency')} and ${accountIsOpen('$3')})
            + (select count(*) from holding h where ${withoutRate('h.currency')} and ${holdingIsHeld('$3')}) as without_rate`,
      [day.currency, JSON.stringify(day.rates), day.date],
    ),
  );
  return { total: rows[0]!.total, withoutRate: Number(rows[0]!.without_rate) };
}

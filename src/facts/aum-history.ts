import type { Transaction } from '#database';
import {
  ASSET_CLASS,
  type AumDay,
  type AumResult,
  carryBalances,
  classSums,
  inBooks,
  partsOf,
  runningSums,
  sumAum,
  sumOfClasses,
} from './aum.ts';

/**
 * Writes the whole ledger anew, from the first fact to the given day, in one statement: for the first load of years of
 * history, where a snapshot a day would take hours. Gives what the daily snapshots would have given.
 */
export async function rebuildAum(tx: Transaction, books: Omit<AumDay, 'mode'>): Promise<AumResult> {
  const day: AumDay = { ...books, mode: 'current' };
  // Years of facts are sorted once here; the usual memory of a query would send them through the disk.
  await tx.query(`set local work_mem = '${SORT_MEMORY}'`);
  await tx.query('delete from aum_daily');
  await tx.query(historyText(day.classes), [day.date, day.currency, JSON.stringify(day.rates)]);
  await tx.query('delete from customer_aum');
  await tx.query(NEWEST);
  await tx.query(ON_CUSTOMERS);
  await carryBalances(tx, day, null, day.date);
  const changed = await tx.query('select from customer_aum where changed_on = $1', [day.date]);
  return { changed: changed.rowCount, ...(await sumAum(tx, day)) };
}

const SORT_MEMORY = '128MB';

const NEWEST = `
  insert into customer_aum (customer_id, changed_on, total, parts, previous_total)
  select customer_id, business_date, total, parts, previous_total from (
    select d.*, lag(total, 1, 0::numeric) over (partition by customer_id order by business_date) as previous_total,
           row_number() over (partition by customer_id order by business_date desc) as age
      from aum_daily d) newest
   where age = 1`;

const ON_CUSTOMERS = `
  update customer c set aum = n.total
    from (select c.id, coalesce(s.total, 0) as total from customer c left join customer_aum s on s.customer_id = c.id) n
   where c.id = n.id and c.aum is distinct from n.total`;

/**
 * Every account and holding as changes of an amount on a day; the running sums of these per class are the curve. $1 is the
 * last day. Whatever began before the first fact begins with it.
 */
function historyText(classes: readonly string[]): string {
  return `
  with closing as (
    select distinct on (t.customer_id, t.account_id, s.day)
           t.customer_id, t.account_id, coalesce(p.class, 'deposit') as class, s.day,
           ${inBooks('t.balance_after', 'a.currency')} as amount
      from transaction t
      join account a on a.customer_id = t.customer_id and a.id = t.account_id
      left join product p on p.id = a.product_id
     cross join lateral (select greatest(t.business_date, a.opened_on) as day) s
     where t.business_date <= $1 and t.balance_after is not null
       and s.day <= $1 and coalesce(s.day < a.closed_on, true) and coalesce(p.class, 'deposit') ${ASSET_CLASS}
     order by t.customer_id, t.account_id, s.day, t.business_date desc, t.sequence desc nulls last, t.id desc),
  account_point as (
    select customer_id, account_id, class, day, amount from closing
    union all
    select c.customer_id, c.account_id, c.class, a.closed_on, 0
      from (select distinct customer_id, account_id, class from closing) c
      join account a on a.customer_id = c.customer_id and a.id = c.account_id
     where a.closed_on <= $1),
  start as (select coalesce(min(day), $1) as day from closing),
  holding_span as (
    select h.customer_id, p.class, greatest(h.bought_on, s.day) as first_day,
           coalesce(h.redeemed_on, h.maturity_date) as end_day,
           ${inBooks('coalesce(h.market_value, h.principal, 0)', 'h.currency')} as amount
      from holding h join product p on p.id = h.product_id cross join start s
     where p.class ${ASSET_CLASS}),
  change as (
    select customer_id, class, day,
           coalesce(amount, 0) - lag(coalesce(amount, 0), 1, 0::numeric)
             over (partition by customer_id, account_id order by day) as amount
      from account_point
    union all
    select customer_id, class, first_day, amount from holding_span
     where first_day <= $1 and coalesce(end_day > first_day, true)
    union all
    select customer_id, class, end_day, -amount from holding_span where end_day <= $1 and end_day > first_day),
  day_change as (select customer_id, day, ${classSums(classes)} from change group by customer_id, day),
  standing as (
    select customer_id, day, ${runningSums(classes, 'past')}
      from day_change window past as (partition by customer_id order by day)),
  curve as (select customer_id, day, ${sumOfClasses(classes)} as total, ${partsOf(classes)} as parts from standing),
  step as (
    select curve.*, lag(total, 1, 0::numeric) over past as total_before, lag(parts, 1, '{}'::jsonb) over past as parts_before
      from curve window past as (partition by customer_id order by day))
  insert into aum_daily (customer_id, business_date, total, parts)
  select customer_id, day, total, parts from step where (total, parts) is distinct from (total_before, parts_before)`;
}

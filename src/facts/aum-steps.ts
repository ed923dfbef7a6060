import { createHash } from 'node:crypto';
import { ident } from '#database';

// How facts and holdings become rows of the ledger: one statement over the customers of `aum_todo`, each from his `from_day`
// on. What came before is taken from the ledger and the balances, which are right up to there.

/** Classes of products that are no assets. */
export const NO_ASSETS = ['loan', 'card'];

/** Postings of the bank itself: what assets earn and cost. No money of the customer moves, so they count as market and income. */
const INCOME_KINDS = ['interest', 'fee'];

const list = (codes: readonly string[]) => codes.map((code) => `'${code}'`).join(', ');

export const ASSET_CLASS = `not in (${list(NO_ASSETS)})`;

/** A column that each class has, and `all` of them together. */
export const classColumn = (what: string, code: string) => ident(`${what}_${code}`).sql;

/** What stands in `aum_step` of each class: what there is, how it differs from the row before, how much of that is money. */
export const STEP_FIGURES = ['amount', 'change', 'flow'] as const;

/** Rows of the ledger as they ought to be; a session keeps the table, a transaction its rows. */
export const stepTable = (classes: readonly string[]) =>
  ident(`aum_step_${createHash('sha256').update(classes.join(' ')).digest('hex').slice(0, 8)}`).sql;

/**
 * Customers at whom the transaction looks, and from which date on; `-infinity` is from the ledger's beginning. The tables are neither made anew
 * nor truncated nor indexed: each of these would make PostgreSQL plan the large statements again.
 */
export function workTables(classes: readonly string[]): string {
  const figures = ['all', ...classes].flatMap((code) =>
    STEP_FIGURES.map((what) => `${classColumn(what, code)} numeric not null`),
  );
  return `
    create temporary table if not exists aum_todo (customer_id bigint not null, from_day date not null) on commit delete rows;
    create temporary table if not exists aum_changed (customer_id bigint) on commit delete rows;
    create temporary table if not exists aum_unit_change (business_date date, branch_id bigint, owner_id bigint, walled boolean, class text,
      change numeric, flow numeric, moved_in numeric, moved_out numeric, customers bigint) on commit delete rows;
    create temporary table if not exists ${stepTable(classes)} (customer_id bigint, business_date date, parts jsonb, flows jsonb,
      ${figures.join(', ')}) on commit delete rows;
    delete from aum_todo; delete from aum_changed; delete from aum_unit_change; delete from ${stepTable(classes)}`;
}

/** `{class: amount}` without noughts. Written as text, which PostgreSQL reads three times faster than it builds. */
function partsOf(classes: readonly string[], what: string): string {
  const pairs = classes.map((code) => {
    const column = classColumn(what, code);
    return `case when ${column} <> 0 then '"${code}":"' || ${column}::numeric(20,2) || '"' end`;
  });
  return `('{' || concat_ws(',', ${pairs.join(', ')}) || '}')::jsonb`;
}

/** What is in the currency of the books already is left alone: multiplying by one is most of the work of a rebuild. */
const inBooks = (amount: string, rate: string) =>
  `case when r.own then coalesce(${amount}, 0) else coalesce(round(${amount} * ${rate}, 2), 0) end`;

/**
 * How the postings of `aum_todo` are read: of `each` customer by himself, or the days whole for `all` of them. The planner is not asked: what it
 * knows of the newest day is always old, and a day that it believes empty it would read once for every customer.
 */
export type PostingsRead = 'each' | 'all';

/** Postings `t` of the customers `d` of `aum_todo` from their days on; $1 is the last date, `earliest` the parameter with the first. */
export function postings(read: PostingsRead, earliest: string): string {
  const wanted = `t.customer_id = d.customer_id and t.business_date >= d.from_day and t.business_date <= $1 and t.business_date >= ${earliest}`;
  return read === 'all'
    ? `aum_todo d join transaction t on ${wanted}`
    : `aum_todo d cross join lateral (select * from transaction t where ${wanted} offset 0) t`;
}

const SIGNED = `case when t.direction = 'out' then -t.amount else t.amount end`;

/** Of the currency of the books there is one rate for ever. $2 is that currency. */
const RATES = `
  select currency, since, coalesce(lead(since) over past, 'infinity') as until, rate, lag(rate) over past as rate_before, currency = $2 as own
    from (select currency, business_date as since, rate from aum_rate where currency <> $2
          union all select $2, '-infinity', 1) known
  window past as (partition by currency order by since)`;

/**
 * Closing balances as levels: (day, value, what was earned and redeemed). What was posted before the account was opened, or before the
 * ledger begins, is brought in with its balance on that first day; an account that was closed is worth nothing from that date on. What
 * earned or redeemed is few: it is summed up beside the many. $1 is the last date, $3 the first of the ledger, $4 the earliest `from_day`.
 */
const accounts = (read: PostingsRead) => `
  posting as (
    select d.customer_id, t.account_id, d.from_day, t.business_date, t.sequence, t.id, t.balance_after,
           case when t.kind in (${list(INCOME_KINDS)}) then ${SIGNED} end as earned,
           case when t.kind = 'redemption' then ${SIGNED} end as redeemed
      from ${postings(read, '$4')}
     where t.balance_after is not null
    union all
    select d.customer_id, b.account_id, d.from_day, d.from_day - 1, null, null,
           case when b.balance_on < d.from_day then b.balance else (
             select t.balance_after from transaction t
              where t.customer_id = b.customer_id and t.account_id = b.account_id and t.business_date < d.from_day and t.balance_after is not null
              order by t.business_date desc, t.sequence desc nulls last, t.id desc limit 1) end,
           null, null
      from aum_todo d join account_balance b on b.customer_id = d.customer_id where d.from_day > '-infinity'),
  asset_account as materialized (
    select a.customer_id, a.id, coalesce(p.class, 'deposit') as class, coalesce(a.currency, $2) as currency, a.opened_on, a.closed_on
      from aum_todo d join account a on a.customer_id = d.customer_id left join product p on p.id = a.product_id
     where coalesce(p.class, 'deposit') ${ASSET_CLASS}),
  closing as (
    select distinct on (t.customer_id, t.account_id, s.day)
           t.customer_id, t.account_id, t.from_day, a.class, a.currency, a.closed_on, s.day, t.balance_after as value
      from posting t
      join asset_account a on a.customer_id = t.customer_id and a.id = t.account_id
     cross join lateral (select greatest(t.business_date, a.opened_on, $3::date) as day) s
     where t.balance_after is not null and s.day <= $1 and coalesce(s.day < a.closed_on, true)
     order by t.customer_id, t.account_id, s.day, t.business_date desc, t.sequence desc nulls last, t.id desc),
  own_postings as (
    select customer_id, account_id, business_date as day, sum(earned) as earned, sum(redeemed) as redeemed
      from posting where earned is not null or redeemed is not null group by customer_id, account_id, business_date),
  account_level as (
    select customer_id, account_id as position_id, from_day, class, currency, day, value, lag(value, 1, 0::numeric) over past as before,
           lead(day, 1, 'infinity') over past as next_day, coalesce(earned, 0) as earned, coalesce(redeemed, 0) as redeemed
      from (select c.customer_id, c.account_id, c.from_day, c.class, c.currency, c.day, c.value, u.earned, u.redeemed
              from closing c left join own_postings u on u.customer_id = c.customer_id and u.account_id = c.account_id and u.day = c.day
            union all
            select distinct customer_id, account_id, from_day, class, currency, closed_on, 0::numeric, null::numeric, null::numeric
              from closing where closed_on <= $1) point
    window past as (partition by customer_id, account_id order by day))`;

/**
 * What is held as levels: (day, value, money put in; negative, money taken out). Before its first value a holding is worth that.
 * Money is told from price by the quantity, or by the principal where there is no quantity.
 */
const HOLDINGS = `
  span as (
    select d.customer_id, d.from_day, h.id, p.class, coalesce(h.currency, $2) as currency, h.bought_on,
           greatest(h.bought_on, $3::date) as first_day, coalesce(h.redeemed_on, h.maturity_date, 'infinity') as end_day
      from aum_todo d join holding h on h.customer_id = d.customer_id join product p on p.id = h.product_id
     where p.class ${ASSET_CLASS} and greatest(h.bought_on, $3::date) <= $1
       and coalesce(h.redeemed_on, h.maturity_date, 'infinity') > greatest(h.bought_on, $3::date, d.from_day - 1)),
  valuation as (
    select s.*, v.business_date, v.market_value as value, v.quantity, v.principal,
           row_number() over (partition by s.customer_id, s.id order by v.business_date) as number
      from span s join holding_value v on v.customer_id = s.customer_id and v.holding_id = s.id
     where s.from_day = '-infinity' or v.business_date >= coalesce((
       select max(b.business_date) from holding_value b
        where b.customer_id = s.customer_id and b.holding_id = s.id and b.business_date < s.from_day), '-infinity')),
  value_point as (
    select distinct on (customer_id, id, day) v.*, s.day
      from valuation v
     cross join lateral (select case when number = 1 then first_day else greatest(business_date, first_day) end as day) s
     where s.day <= $1 and s.day < end_day
     order by customer_id, id, day, business_date desc),
  holding_level as (
    select customer_id, id as position_id, from_day, class, currency, day, value, coalesce(before, 0) as before, next_day,
           case when value is null then -before
             when before is null then case when bought_on >= $3 then coalesce(nullif(principal, 0), value) else value end
             when quantity is not null and quantity_before is not null then
               case when quantity = quantity_before then 0 when quantity = 0 then -before
                 else round((quantity - quantity_before) * value / quantity, 2) end
             when principal is not null and principal_before is not null then principal - principal_before
             else 0 end as moved
      from (
        select point.*, lag(value) over past as before, lag(quantity) over past as quantity_before,
               lag(principal) over past as principal_before, lead(day, 1, 'infinity') over past as next_day
          from (select customer_id, id, from_day, class, currency, bought_on, day, value, quantity, principal from value_point
                union all
                select customer_id, id, from_day, class, currency, bought_on, end_day, null, null, null from (
                  select distinct on (customer_id, id) * from value_point) last where end_day <= $1) point
        window past as (partition by customer_id, id order by day)) follow)`;

/**
 * `change` of a position on a day and the money in it. Where the rate alone changes, no money moves. Where a rate and a level change
 * on one day, the money is reckoned at the new rate.
 */
const VALUED = `
  level as (
    select customer_id, from_day, class, currency, day, value, before, next_day, null::numeric as moved, earned, redeemed from account_level
    union all
    select customer_id, from_day, class, currency, day, coalesce(value, 0), before, next_day, moved, 0, 0 from holding_level),
  valued as (
    select l.customer_id, l.class, greatest(l.day, r.since) as day, v.*
      from level l
      join rate r on r.currency = l.currency and r.since < l.next_day and r.until > l.day
     cross join lateral (select
       ${inBooks('l.value', 'r.rate')} - case
         when r.since < l.day then ${inBooks('l.before', 'r.rate')}
         when r.since = l.day then ${inBooks('l.before', 'r.rate_before')}
         else ${inBooks('l.value', 'r.rate_before')} end as change,
       case when r.since > l.day then 0
         when l.moved is not null then ${inBooks('l.moved', 'r.rate')}
         else ${inBooks('l.value', 'r.rate')} - ${inBooks('l.before', 'r.rate')} - ${inBooks('l.earned', 'r.rate')} end as flow,
       case when r.since <= l.day and l.moved < 0 then ${inBooks('l.moved', 'r.rate')} else 0 end as taken,
       case when r.since <= l.day then ${inBooks('l.redeemed', 'r.rate')} else 0 end as redeemed) v
     where greatest(l.day, r.since) >= l.from_day and greatest(l.day, r.since) <= $1)`;

/**
 * The rows of the ledger. Money that a product paid out, arriving on an account on the day on which something held ended or grew less,
 * stayed with the customer: what it is more or less than the last value is income of that class (of the largest where
 * several ended).
 */
export function stepsText(classes: readonly string[], read: PostingsRead): string {
  const column = classColumn;
  const each = (write: (code: string) => string, separator = ', ') => classes.map(write).join(separator);
  const ofClass = (code: string) => `filter (where class = '${code}')`;
  const largest = `case least(${each((code) => column('taken', code))}) ${each((code) => `when ${column('taken', code)} then '${code}'`, ' ')} end`;
  return `
  with rate as (${RATES}),
  ${accounts(read)},
  ${HOLDINGS},
  ${VALUED},
  day_sum as (
    select customer_id, day, sum(taken) as taken, sum(redeemed) as redeemed,
           ${each((code) => `coalesce(sum(change) ${ofClass(code)}, 0) as ${column('change', code)}, coalesce(sum(flow) ${ofClass(code)}, 0) as ${column('flow', code)}, sum(taken) ${ofClass(code)} as ${column('taken', code)}`)}
      from valued group by customer_id, day),
  day_change as (
    select customer_id, day, ${each((code) => `${column('change', code)}, ${column('flow', code)} - case when earning = '${code}' then taken + redeemed else 0 end as ${column('flow', code)}`)}
      from day_sum
     cross join lateral (select case when taken <> 0 and redeemed <> 0 then ${largest} end as earning) e
    union all
    select d.customer_id, null, ${each((code) => `coalesce((a.parts ->> '${code}')::numeric, 0), 0`)}
      from aum_todo d
     cross join lateral (select parts from aum_daily a where a.customer_id = d.customer_id and a.business_date < d.from_day
                          order by a.business_date desc limit 1) a
     where d.from_day > '-infinity'),
  standing as (
    select customer_id, day, ${each((code) => `sum(${column('change', code)}) over past as ${column('amount', code)}, ${column('change', code)}, ${column('flow', code)}`)}
      from day_change
    window past as (partition by customer_id order by day nulls first))
  insert into ${stepTable(classes)} (customer_id, business_date, parts, flows, ${STEP_FIGURES.map((what) => column(what, 'all')).join(', ')},
    ${each((code) => STEP_FIGURES.map((what) => column(what, code)).join(', '))})
  select customer_id, day, ${partsOf(classes, 'amount')},
         case when ${each((code) => (code === 'deposit' ? 'true' : `${column('flow', code)} = 0`), ' and ')} then null else ${partsOf(classes, 'flow')} end,
         ${STEP_FIGURES.map((what) => each((code) => column(what, code), ' + ')).join(', ')},
         ${each((code) => STEP_FIGURES.map((what) => column(what, code)).join(', '))}
    from standing
   where day is not null and (${each((code) => `${column('change', code)} <> 0 or ${column('flow', code)} <> 0`, ' or ')})`;
}

/** Where there is no ledger yet nothing is compared, which would take twice as long. */
export const newLedgerText = (classes: readonly string[]): string => `
  insert into aum_daily (customer_id, business_date, total, parts, flow, flows)
  select customer_id, business_date, ${classColumn('amount', 'all')}, parts, ${classColumn('flow', 'all')}, flows from ${stepTable(classes)}`;

export const newlyWritten = (classes: readonly string[]): string =>
  `insert into aum_changed (customer_id) select distinct customer_id from ${stepTable(classes)}`;

/** Writes what differs from the ledger, and notes whose curve that is. $1 is the earliest `from_day`. */
export function ledgerText(classes: readonly string[]): string {
  return `
  with dropped as (
    delete from aum_daily a using aum_todo d
     where a.customer_id = d.customer_id and a.business_date >= d.from_day and a.business_date >= $1
       and not exists (select from ${stepTable(classes)} s where s.customer_id = a.customer_id and s.business_date = a.business_date)
    returning a.customer_id),
  written as (
    insert into aum_daily as a (customer_id, business_date, total, parts, flow, flows)
    select customer_id, business_date, ${classColumn('amount', 'all')}, parts, ${classColumn('flow', 'all')}, flows from ${stepTable(classes)}
    on conflict (customer_id, business_date) do update
       set total = excluded.total, parts = excluded.parts, flow = excluded.flow, flows = excluded.flows
     where (a.total, a.parts, a.flow, a.flows) is distinct from (excluded.total, excluded.parts, excluded.flow, excluded.flows)
    returning a.customer_id)
  insert into aum_changed (customer_id) select customer_id from dropped union select customer_id from written`;
}

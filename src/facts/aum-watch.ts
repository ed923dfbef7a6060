import type { Transaction } from '#database';
import type { AumDay } from './aum.ts';
import { ASSET_CLASS } from './aum-steps.ts';
import { dayStatement } from './statement.ts';

// What the ledger knows of its sources, so that it finds by itself what changed and from which date on: positions, values of
// holdings, rates, units. Nothing has to be told where something is written.

/** Accounts and holdings of the customers concerned as they count now. $1 is the currency of the books. */
const POSITIONS = `
  select a.customer_id, a.id as position_id, coalesce(p.class, 'deposit') as class, coalesce(a.currency, $1) as currency,
         coalesce(a.opened_on, '-infinity') as first_day, coalesce(a.closed_on, 'infinity') as end_day
    from aum_todo d join account a on a.customer_id = d.customer_id left join product p on p.id = a.product_id
   where coalesce(p.class, 'deposit') ${ASSET_CLASS}
  union all
  select h.customer_id, h.id, p.class, coalesce(h.currency, $1), coalesce(h.bought_on, '-infinity'),
         coalesce(h.redeemed_on, h.maturity_date, 'infinity')
    from aum_todo d join holding h on h.customer_id = d.customer_id join product p on p.id = h.product_id
   where p.class ${ASSET_CLASS}`;

/** Takes note of positions that are new, changed or gone; of each the customer's curve is looked at from the first date it differs. */
const NOTE_POSITIONS = `
  with position as (${POSITIONS}),
  differing as (
    select customer_id, position_id, n.class, n.currency, n.first_day, n.end_day, n.class is null as gone,
           case when n.class is null or k.class is null or (n.class, n.currency, n.first_day) is distinct from (k.class, k.currency, k.first_day)
             then least(n.first_day, k.first_day) else least(n.end_day, k.end_day) end as since
      from position n
      full join (select k.* from aum_todo d join counted_position k on k.customer_id = d.customer_id) k using (customer_id, position_id)
     where (n.class, n.currency, n.first_day, n.end_day) is distinct from (k.class, k.currency, k.first_day, k.end_day)),
  dropped as (
    delete from counted_position k using differing x
     where x.gone and k.customer_id = x.customer_id and k.position_id = x.position_id),
  written as (
    insert into counted_position (customer_id, position_id, class, currency, first_day, end_day)
    select customer_id, position_id, class, currency, first_day, end_day from differing where not gone
    on conflict (customer_id, position_id) do update set class = excluded.class, currency = excluded.currency,
      first_day = excluded.first_day, end_day = excluded.end_day)
  update aum_todo d set from_day = least(d.from_day, x.since)
    from (select customer_id, min(since) as since from differing group by customer_id) x where x.customer_id = d.customer_id`;

/**
 * Keeps what holdings are worth as of the date of their row (a row without one: as of $1). A change without a new date corrects the value of
 * that date; values of later dates that the row no longer has were taken back. The first value stands for all the time before it, so a
 * corrected one counts from the holding's first day on.
 */
const NOTE_VALUES = `
  with holding_now as (
    select h.customer_id, h.id as holding_id, coalesce(h.as_of, $1::date) as business_date,
           coalesce(h.market_value, h.principal, 0) as market_value, h.quantity, h.principal
      from aum_todo d join holding h on h.customer_id = d.customer_id),
  known as (
    select distinct on (v.customer_id, v.holding_id) v.*
      from aum_todo d join holding_value v on v.customer_id = d.customer_id
     order by v.customer_id, v.holding_id, v.business_date desc),
  differing as (
    select customer_id, holding_id, coalesce(n.business_date, '-infinity') as business_date, n.market_value, n.quantity, n.principal,
           n.holding_id is null as gone, k.holding_id is null as first
      from holding_now n full join known k using (customer_id, holding_id)
     where n.holding_id is null or (n.market_value, n.quantity, n.principal) is distinct from (k.market_value, k.quantity, k.principal)),
  since as (
    select x.customer_id, min(case when x.business_date <= (select min(v.business_date) from holding_value v
                                                             where v.customer_id = x.customer_id and v.holding_id = x.holding_id)
             then coalesce((select k.first_day from counted_position k where k.customer_id = x.customer_id and k.position_id = x.holding_id), '-infinity')
             else x.business_date end) as day
      from differing x where not gone and not first group by x.customer_id),
  dropped as (
    delete from holding_value v using differing x
     where v.customer_id = x.customer_id and v.holding_id = x.holding_id and v.business_date > x.business_date),
  written as (
    insert into holding_value (customer_id, holding_id, business_date, market_value, quantity, principal)
    select customer_id, holding_id, business_date, market_value, quantity, principal from differing where not gone
    on conflict (customer_id, holding_id, business_date) do update
       set market_value = excluded.market_value, quantity = excluded.quantity, principal = excluded.principal)
  update aum_todo d set from_day = least(d.from_day, s.day) from since s where s.customer_id = d.customer_id`;

/** Who stands under another unit or manager than the totals count him under; it counts from the ledger's last date on. */
const NOTE_UNITS = `
  update aum_todo d set from_day = least(d.from_day, $1::date)
    from customer_aum s join customer c on c.id = s.customer_id
   where s.customer_id = d.customer_id
     and (s.branch_id, s.owner_id, s.walled) is distinct from (coalesce(c.branch_id, 0), coalesce(c.owner_id, 0), coalesce(c.walled, false))`;

/** Compares the sources with what is known of them, and sets for each customer of `aum_todo` from which date on he is looked at. */
export async function findChanges(tx: Transaction, day: AumDay): Promise<void> {
  await tx.query(dayStatement(NOTE_POSITIONS, [day.currency]));
  await tx.query(dayStatement(NOTE_VALUES, [day.date]));
  await tx.query(dayStatement(NOTE_UNITS, [day.date]));
  await tx.query(dayStatement(NOTE_CURRENCIES, []));
}

/** Currencies of which nothing is known yet have no rate, and are counted as such. */
const NOTE_CURRENCIES = `
  insert into aum_rate (currency, business_date, rate)
  select distinct k.currency, '-infinity'::date, null::numeric from aum_todo d join counted_position k on k.customer_id = d.customer_id
  on conflict do nothing`;

/**
 * Takes over the rates of the day where they differ from those in force; the first ones hold since ever. Returns the currencies
 * concerned.
 */
export async function noteRates(tx: Transaction, day: AumDay): Promise<string[]> {
  const { rows } = await tx.query<{ currency: string }>(
    dayStatement(
      `with given as (select key as currency, value::numeric as rate from jsonb_each_text($1::jsonb)),
       known as (select distinct on (currency) currency, rate from aum_rate order by currency, business_date desc),
       differing as (
         select currency, g.rate, k.currency is null as first from given g full join known k using (currency)
          where currency <> $2 and (k.currency is null or g.rate is distinct from k.rate)),
       written as (
         insert into aum_rate (currency, business_date, rate)
         select currency, case when first then '-infinity' else $3::date end, rate from differing
         on conflict (currency, business_date) do update set rate = excluded.rate)
       select currency from differing where not first`,
      [JSON.stringify(day.rates), day.currency, day.date],
    ),
  );
  return rows.map(({ currency }) => currency);
}

/** Writes down when time alone will next change the assets of the customers looked at. $1 is the ledger's last date. */
const DUE = `
  with coming as (
    select d.customer_id, (
      select min(date) from (
        select k.first_day as date from counted_position k where k.customer_id = d.customer_id and k.first_day > $1
        union all select k.end_day from counted_position k where k.customer_id = d.customer_id and k.end_day > $1
        union all select v.business_date from holding_value v where v.customer_id = d.customer_id and v.business_date > $1) dates
       where date < 'infinity') as business_date
      from aum_todo d),
  dropped as (
    delete from aum_due u using coming c where u.customer_id = c.customer_id and c.business_date is null)
  insert into aum_due as u (customer_id, business_date)
  select customer_id, business_date from coming where business_date is not null
  on conflict (customer_id) do update set business_date = excluded.business_date where u.business_date <> excluded.business_date`;

export async function setDue(tx: Transaction, day: AumDay): Promise<void> {
  await tx.query(dayStatement(DUE, [day.date]));
}

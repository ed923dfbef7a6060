import type { Transaction } from '#database';
import { Failure } from '#kernel';
import type { AumDay } from './aum.ts';
import { classColumn, STEP_FIGURES, stepTable } from './aum-steps.ts';
import { kinds } from './failures.ts';
import { dayStatement } from './statement.ts';

// Sums over customers by unit, manager and class: `aum_unit` as of the ledger's last date, `aum_unit_day` the changes of each date.
// What a customer's curve adds to them is taken off before the curve is written anew and added again afterwards, so the work is that
// of the customers who changed.

/** What the curves say before they are written anew is taken off; what they say afterwards is added. */
export type UnitSign = 'off' | 'on';

/** Under whom a customer counted from when till when: (customer_id, since, until, unit). */
const SPANS = `
  select m.customer_id, coalesce(lag(m.business_date) over (partition by m.customer_id order by m.business_date), '-infinity') as since,
         m.business_date as until, m.branch_id, m.owner_id, m.walled
    from aum_todo d join aum_move m on m.customer_id = d.customer_id
  union all
  select s.customer_id, coalesce((select max(m.business_date) from aum_move m where m.customer_id = s.customer_id), '-infinity'),
         'infinity', s.branch_id, s.owner_id, s.walled
    from aum_todo d join customer_aum s on s.customer_id = d.customer_id`;

const UNIT = 'branch_id, owner_id, walled';

/** The rows of the ledger from each customer's `from_day` on, with the figures of `aum_step`. */
function storedLines(classes: readonly string[]): string {
  const amount = (row: string, code: string) => `coalesce((${row}.parts ->> '${code}')::numeric, 0)`;
  const flow = (code: string) =>
    code === 'deposit'
      ? `case when a.flows is null then a.flow else coalesce((a.flows ->> '${code}')::numeric, 0) end`
      : `coalesce((a.flows ->> '${code}')::numeric, 0)`;
  const figures = classes.map(
    (code) =>
      `${amount('a', code)} as ${classColumn('amount', code)}, ${amount('a', code)} - ${amount('b', code)} as ${classColumn('change', code)}, ${flow(code)} as ${classColumn('flow', code)}`,
  );
  return `select a.customer_id, a.business_date, a.total as ${classColumn('amount', 'all')},
      a.total - coalesce(b.total, 0) as ${classColumn('change', 'all')}, a.flow as ${classColumn('flow', 'all')}, ${figures.join(', ')}
    from aum_todo d join aum_daily a on a.customer_id = d.customer_id and a.business_date >= d.from_day
    left join lateral (select total, parts from aum_daily b where b.customer_id = a.customer_id and b.business_date < a.business_date
                        order by b.business_date desc limit 1) b on true
   where a.business_date >= $1`;
}

function writtenLines(classes: readonly string[]): string {
  const figures = ['all', ...classes].flatMap((code) => STEP_FIGURES.map((what) => classColumn(what, code)));
  return `select customer_id, business_date, ${figures.join(', ')} from ${stepTable(classes)} where business_date >= $1`;
}

/** Adds to `aum_unit_change` what the curves of `aum_todo` add to the totals, or take off them. $1 is the earliest `from_day`. */
function spreadText(classes: readonly string[], sign: UnitSign): string {
  const codes = ['all', ...classes];
  const figures = (code: string) => ({
    amount: classColumn('amount', code),
    change: classColumn('change', code),
    flow: classColumn('flow', code),
  });
  const sums = codes.map((code) => {
    const { amount, change, flow } = figures(code);
    const more = `(${amount} <> 0)::int - (${amount} - ${change} <> 0)::int`;
    return `sum(${change}) as ${change}, sum(${flow}) as ${flow}, sum(${more}) as ${classColumn('customers', code)}`;
  });
  const lines = codes.map(
    (code) => `('${code}', ${figures(code).change}, ${figures(code).flow}, ${classColumn('customers', code)})`,
  );
  const opening = codes.map(
    (code) => `('${code}', ${code === 'all' ? 'b.total' : `coalesce((b.parts ->> '${code}')::numeric, 0)`})`,
  );
  const times = sign === 'off' ? '-' : '';
  return `
  with span as materialized (${SPANS}),
  line as (${sign === 'off' ? storedLines(classes) : writtenLines(classes)}),
  unit_day as (
    select l.business_date, ${UNIT}, ${sums.join(', ')}
      from line l join span s on s.customer_id = l.customer_id and l.business_date >= s.since and l.business_date < s.until
     group by l.business_date, ${UNIT}),
  moved as (
    select s.customer_id, s.since as business_date, o.class, o.amount, f.branch_id as from_branch, f.owner_id as from_owner, f.walled as from_walled,
           s.branch_id, s.owner_id, s.walled
      from aum_todo d join span s on s.customer_id = d.customer_id and s.since >= d.from_day and s.since > '-infinity'
      join span f on f.customer_id = s.customer_id and f.until = s.since
     cross join lateral (select total, parts from aum_daily a where a.customer_id = s.customer_id and a.business_date < s.since
                          order by a.business_date desc limit 1) b
     cross join lateral (values ${opening.join(', ')}) o (class, amount)
     where o.amount <> 0)
  insert into aum_unit_change (business_date, ${UNIT}, class, change, flow, moved_in, moved_out, customers)
  select u.business_date, ${UNIT}, v.class, ${times}v.change, ${times}v.flow, 0, 0, ${times}v.customers
    from unit_day u cross join lateral (values ${lines.join(', ')}) v (class, change, flow, customers)
   where v.change <> 0 or v.flow <> 0 or v.customers <> 0
  union all
  select business_date, ${UNIT}, class, ${times}amount, 0, ${times}amount, 0, ${times}1 from moved
  union all
  select business_date, from_branch, from_owner, from_walled, class, ${times}(-amount), 0, 0, ${times}amount, ${times}(-1) from moved`;
}

export async function spreadUnits(
  tx: Transaction,
  classes: readonly string[],
  sign: UnitSign,
  since: string,
): Promise<void> {
  await tx.query(dayStatement(spreadText(classes, sign), [since]));
}

/** Everything from nothing: the ledger is made anew for all customers. */
export async function clearUnits(tx: Transaction): Promise<void> {
  await tx.query('delete from aum_unit_day');
  await tx.query('delete from aum_unit');
}

const FIGURES = ['change', 'flow', 'moved_in', 'moved_out', 'customers'];

const APPLY_DAYS = `
  insert into aum_unit_day as u (business_date, ${UNIT}, class, ${FIGURES.join(', ')})
  select business_date, ${UNIT}, class, ${FIGURES.map((name) => `sum(${name})`).join(', ')} from aum_unit_change
   group by business_date, ${UNIT}, class having ${FIGURES.map((name) => `sum(${name}) <> 0`).join(' or ')}
  on conflict (business_date, ${UNIT}, class) do update set ${FIGURES.map((name) => `${name} = u.${name} + excluded.${name}`).join(', ')}`;

const APPLY_TOTALS = `
  insert into aum_unit as u (${UNIT}, class, amount, customers)
  select ${UNIT}, class, sum(change), sum(customers) from aum_unit_change
   group by ${UNIT}, class having sum(change) <> 0 or sum(customers) <> 0
  on conflict (${UNIT}, class) do update set amount = u.amount + excluded.amount, customers = u.customers + excluded.customers`;

const SWEEP_DAYS = `
  delete from aum_unit_day u using (select distinct business_date, ${UNIT}, class from aum_unit_change) c
   where (u.business_date, u.branch_id, u.owner_id, u.walled, u.class) = (c.business_date, c.branch_id, c.owner_id, c.walled, c.class)
     and ${FIGURES.map((name) => `u.${name} = 0`).join(' and ')}`;

export async function applyUnits(tx: Transaction): Promise<void> {
  await tx.query(dayStatement(APPLY_DAYS, []));
  await tx.query(dayStatement(APPLY_TOTALS, []));
  await tx.query(dayStatement(SWEEP_DAYS, []));
  await tx.query(dayStatement('delete from aum_unit where amount = 0 and customers = 0', []));
}

/** Moves customers whom the totals count under another unit or manager, as of the ledger's last date $1. */
const MOVE = `
  with moving as (
    select s.customer_id, s.branch_id, s.owner_id, s.walled, coalesce(c.branch_id, 0) as new_branch, coalesce(c.owner_id, 0) as new_owner,
           coalesce(c.walled, false) as new_walled
      from aum_todo d join customer_aum s on s.customer_id = d.customer_id join customer c on c.id = s.customer_id
     where (s.branch_id, s.owner_id, s.walled) is distinct from (coalesce(c.branch_id, 0), coalesce(c.owner_id, 0), coalesce(c.walled, false))),
  kept as (
    insert into aum_move (customer_id, business_date, ${UNIT}) select customer_id, $1::date, ${UNIT} from moving
    on conflict do nothing)
  update customer_aum s set branch_id = m.new_branch, owner_id = m.new_owner, walled = m.new_walled from moving m
   where s.customer_id = m.customer_id`;

/** Who is back where he was on the same date did not move. */
const UNMOVE = `
  delete from aum_move m using aum_todo d, customer_aum s
   where m.customer_id = d.customer_id and s.customer_id = d.customer_id and m.business_date = $1
     and (m.branch_id, m.owner_id, m.walled) = (s.branch_id, s.owner_id, s.walled)`;

export async function moveCustomers(tx: Transaction, day: AumDay): Promise<void> {
  await tx.query(dayStatement(MOVE, [day.date]));
  await tx.query(dayStatement(UNMOVE, [day.date]));
}

/**
 * Compares the totals with the sums over customers, to the cent: of each unit and manager all together, of each date what moved in and
 * out, of each unit its classes. Throws a Failure with the figures where they differ.
 */
export async function reconcileUnits(tx: Transaction, day: AumDay): Promise<void> {
  const { rows } = await tx.query<{ place: string; kept: string; summed: string }>(
    dayStatement(
      `with unit as (select ${UNIT}, amount, customers from aum_unit where class = 'all'),
       summed as (
         select ${UNIT}, sum(total) as amount, count(*) filter (where total <> 0) as customers from customer_aum group by ${UNIT}),
       class_sum as (select ${UNIT}, sum(amount) as amount from aum_unit where class <> 'all' group by ${UNIT})
       select concat_ws('/', 'branch ' || branch_id, 'manager ' || owner_id) as place, coalesce(u.amount, 0)::text as kept, coalesce(s.amount, 0)::text as summed
         from unit u full join summed s using (${UNIT})
        where coalesce(u.amount, 0) <> coalesce(s.amount, 0) or coalesce(u.customers, 0) <> coalesce(s.customers, 0)
       union all
       select concat_ws('/', 'branch ' || branch_id, 'manager ' || owner_id, 'classes'), coalesce(u.amount, 0)::text, coalesce(s.amount, 0)::text
         from unit u full join class_sum s using (${UNIT}) where coalesce(u.amount, 0) <> coalesce(s.amount, 0)
       union all
       select 'moved in/out', sum(moved_in)::text, sum(moved_out)::text from aum_unit_day
        where business_date = $1 and class = 'all' having sum(moved_in) <> sum(moved_out)
       limit 10`,
      [day.date],
    ),
  );
  const first = rows[0];
  if (!first) return;
  throw new Failure(kinds.assets_unreconciled, { date: day.date, ...first, count: rows.length });
}

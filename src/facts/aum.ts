import type { Database, Queryable, Transaction } from '#database';
import { addDays, type BusinessDate } from '#kernel';
import {
  ledgerText,
  newLedgerText,
  newlyWritten,
  type PostingsRead,
  postings,
  stepsText,
  workTables,
} from './aum-steps.ts';
import { applyUnits, clearUnits, moveCustomers, reconcileUnits, spreadUnits } from './aum-units.ts';
import { findChanges, noteRates, setDue } from './aum-watch.ts';
import { dayStatement } from './statement.ts';

/**
 * Assets under management: the closing balances of a customer's accounts and the market value of what is held, by product
 * class. Loans and cards are no assets. Joint accounts belong to their holder. The ledger `aum_daily` has a row only where
 * a customer's assets differ from the row before, so a quiet customer costs nothing and the curve is read by carrying the
 * last value forward. `customer_aum` is the newest row of each curve with the total before it.
 *
 * The first load of years, the day, a late fact, a correction: all of them run the same statements over the customers concerned,
 * each from the first date on which something of his differs (`aum_todo`). So the ledger does not depend on the way to it.
 */
export interface AumDay {
  date: BusinessDate;
  /** Currency of the institution's books; others count at the rates, and not at all without one. */
  currency: string;
  rates: Record<string, string>;
  /** Classes of products that are assets. */
  classes: readonly string[];
  /** `current`: the newest day, up to which the ledger is brought. `earlier`: a day before it, read from the ledger. */
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

/** Who is looked at again, and since when postings of theirs may have changed. */
export interface Concerned {
  /** Everybody when absent. */
  customerIds?: readonly string[];
  /** By customer: no posting of his changed before the date. Who is not named goes by `since`. */
  sinceOf?: ReadonlyMap<string, BusinessDate>;
  /** No posting of the others changed before it; null: any may have. */
  since: BusinessDate | null;
  /** Of everybody else too, accounts and holdings are compared with what is known of them. */
  recordsOfAll?: boolean;
  /** Everybody whose id lies here; what changed in their accounts and holdings has been found. */
  between?: Range;
}

/** From an id up to another, which is not among them any more. */
interface Range {
  from: string;
  below: string | null;
}

/**
 * Brings the ledger to a business date. `asOf` is the date of the last snapshot, null for none; `full` reads all facts again, else only
 * those customers are looked at for whom something happened since. What was changed for days before is `refreshCustomers`' matter.
 */
export async function snapshotAum(
  tx: Transaction,
  day: AumDay,
  asOf: BusinessDate | null,
  full: boolean,
): Promise<AumResult> {
  const startsOn = await startOf(tx);
  if (day.mode === 'earlier') {
    const current: AumDay = { ...day, date: asOf!, mode: 'current' };
    if (startsOn === null || day.date <= startsOn) {
      await beginLedger(tx, addDays(day.date, -1));
      await recompute(tx, current, { since: null }, null);
    } else if (!(await areNoted(tx))) await recompute(tx, current, { since: day.date }, asOf);
    return await openEarlier(tx, day);
  }
  if (startsOn === null) await beginLedger(tx, (await firstKept(tx)) ?? addDays(day.date, -1));
  const changedRates = await noteRates(tx, day);
  if (full || asOf === null || startsOn === null) await recompute(tx, day, { since: null }, null);
  else {
    const last = asOf < day.date ? asOf : addDays(day.date, -1);
    const since = addDays(last, 1);
    const { rows } = await tx.query<{ id: string; since: BusinessDate }>(
      dayStatement(CONCERNED, [last, day.date, changedRates]),
    );
    const customerIds = rows.map(({ id }) => id);
    const sinceOf = new Map(rows.map(({ id, since }) => [id, since]));
    await recompute(tx, day, { customerIds, sinceOf, since, recordsOfAll: !(await areNoted(tx)) }, asOf);
  }
  await tx.query('update aum_state set noted = (select as_of is not null from change_watermark)');
  return await resultOf(tx, day);
}

/** Were changed records noted since the last snapshot, so that those who changed are known? Else everybody is looked at. */
async function areNoted(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.query<{ noted: boolean }>('select noted from aum_state');
  return rows[0]!.noted;
}

/**
 * Who has postings of the days after $1 up to $2, for whom time changes something, who has something in a currency whose rate changed,
 * and who is noted as changed; with the first date of which postings are to be read.
 */
const CONCERNED = `
  select customer_id::text as id, min(since)::text as since from (
    select distinct customer_id, $1::date + 1 as since from transaction where business_date > $1 and business_date <= $2
    union all select customer_id, $1::date + 1 from aum_due where business_date <= $2
    union all select customer_id, $1::date + 1 from counted_position where currency = any($3::text[])
    union all select customer_id, case when business_date = '-infinity' then $1::date + 1 else least(business_date, $1::date + 1) end
      from customer_change
    union all select u.id, least(p.business_date, $1::date + 1) from customer_posted p cross join lateral unnest(p.customer_ids) u(id)) concerned
   group by customer_id`;

/**
 * Makes the ledger of some customers true again on all of its dates, after facts that came late, corrections, withdrawals and changed
 * records. `day.date` is the date that the ledger speaks of. The totals by unit follow.
 */
export async function refreshCustomers(tx: Transaction, day: AumDay, concerned: Concerned): Promise<void> {
  if ((await startOf(tx)) === null) return;
  await recompute(tx, day, concerned, day.date);
}

/**
 * Writes the whole ledger anew, from the first fact to the given day: for the first load of years of history. Two halves of the customers
 * side by side, each in its own transaction: when it fails, it is to be run again. `inTurn`: one after the other, where all transactions of
 * `database` are one.
 */
export async function rebuildAum(
  database: Database,
  books: Omit<AumDay, 'mode'>,
  { inTurn }: { inTurn: boolean },
): Promise<AumResult> {
  const day: AumDay = { ...books, mode: 'current' };
  const patiently = { statementTimeoutMs: 0 };
  const middle = await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ date: BusinessDate | null; middle: string | null }>(
      `select (select min(business_date) from transaction where business_date <= $1) as date,
              (select percentile_disc(0.5) within group (order by id) from customer) as middle`,
      [day.date],
    );
    await beginLedger(tx, rows[0]!.date ?? day.date);
    await noteRates(tx, day);
    await tx.query(workTables(day.classes));
    await lookAt(tx, { since: null });
    await findChanges(tx, day);
    await setDue(tx, day);
    await clearUnits(tx);
    return rows[0]!.middle ?? LOWEST_ID;
  }, patiently);
  const halves = [
    { from: LOWEST_ID, below: middle },
    { from: middle, below: null },
  ];
  const write = (between: Range) =>
    database.transaction((tx) => recompute(tx, day, { since: null, between }, null), patiently);
  if (inTurn) for (const half of halves) await write(half);
  else await Promise.all(halves.map(write));
  return await database.transaction((tx) => resultOf(tx, day), patiently);
}

const LOWEST_ID = '-9223372036854775808';

async function startOf(db: Queryable): Promise<BusinessDate | null> {
  const { rows } = await db.query<{ date: BusinessDate | null }>('select starts_on as date from aum_state');
  return rows[0]!.date;
}

/** The first date of a ledger that an older program kept, which wrote down neither that nor units. */
async function firstKept(db: Queryable): Promise<BusinessDate | null> {
  const { rows } = await db.query<{ date: BusinessDate | null }>('select min(business_date) as date from aum_daily');
  return rows[0]!.date;
}

async function beginLedger(tx: Transaction, date: BusinessDate): Promise<void> {
  await tx.query('update aum_state set starts_on = $1', [date]);
  await tx.query(
    `update customer_aum s set branch_id = coalesce(c.branch_id, 0), owner_id = coalesce(c.owner_id, 0), walled = coalesce(c.walled, false)
       from customer c where c.id = s.customer_id and (s.branch_id, s.owner_id) = (0, 0)`,
  );
}

/** Whole histories are sorted in it; the usual memory of a query would send them through the disk. */
const SORT_MEMORY = '128MB';

/**
 * The one way in which the ledger is written: what the concerned customers' accounts and holdings say, from the first date on that
 * something differs. `asOf`: up to where there is a ledger already; null: it is made from nothing.
 */
async function recompute(tx: Transaction, day: AumDay, concerned: Concerned, asOf: BusinessDate | null): Promise<void> {
  const { classes } = day;
  const read = concerned.customerIds === undefined ? 'all' : 'each';
  if (concerned.since === null) await tx.query(`set local work_mem = '${SORT_MEMORY}'`);
  await tx.query(workTables(classes));
  await lookAt(tx, concerned);
  if (!concerned.between) {
    await findChanges(tx, day);
    // Before those are left out for whom nothing changed yet: a value of a day to come is awaited.
    await setDue(tx, day);
  }
  const startsOn = (await startOf(tx))!;
  await tx.query(
    `with idle as (delete from aum_todo where from_day > $1)
     update aum_todo set from_day = '-infinity' where from_day <= $2 and from_day > '-infinity'`,
    [day.date, startsOn],
  );
  const { rows } = await tx.query<{ since: string | null }>('select min(from_day)::text as since from aum_todo');
  const since = rows[0]!.since;
  if (since === null) return;
  if (asOf !== null) await spreadUnits(tx, classes, 'off', since);
  else if (!concerned.between) await clearUnits(tx);
  await tx.query(dayStatement(stepsText(classes, read), [day.date, day.currency, startsOn, since]));
  if (concerned.between && (await hasNoLedger(tx, concerned.between))) {
    await tx.query(newLedgerText(classes));
    await tx.query(newlyWritten(classes));
  } else await tx.query(dayStatement(ledgerText(classes), [since]));
  await tx.query(dayStatement(balances(read), [day.date, since]));
  await tx.query(dayStatement(NOTHING_LEFT, []));
  await tx.query(dayStatement(NEWEST, []));
  await moveCustomers(tx, day);
  await tx.query(dayStatement(ON_CUSTOMERS, []));
  await spreadUnits(tx, classes, 'on', since);
  // Halves meet in the totals, and would wait for each other in turn.
  if (concerned.between) await tx.query('lock table aum_unit in share row exclusive mode');
  await applyUnits(tx);
}

async function hasNoLedger(db: Queryable, { from, below }: Range): Promise<boolean> {
  const { rows } = await db.query<{ none: boolean }>(
    'select not exists (select from aum_daily where customer_id >= $1 and ($2::bigint is null or customer_id < $2)) as none',
    [from, below],
  );
  return rows[0]!.none;
}

/** Whom to look at, each from the date on of which his postings are read; `infinity` where none changed. */
async function lookAt(
  tx: Transaction,
  { customerIds, since, sinceOf, recordsOfAll, between }: Concerned,
): Promise<void> {
  const from = since ?? '-infinity';
  if (customerIds === undefined) {
    await tx.query(
      'insert into aum_todo (customer_id, from_day) select id, $1 from customer where id >= $2 and ($3::bigint is null or id < $3)',
      [from, between?.from ?? LOWEST_ID, between?.below ?? null],
    );
    return;
  }
  const dates = customerIds.map((id) => sinceOf?.get(id) ?? from);
  await tx.query(
    `insert into aum_todo (customer_id, from_day)
     select c.id, min(w.since) from unnest($1::bigint[], $2::date[]) w(id, since) join customer c on c.id = w.id group by c.id`,
    [customerIds, dates],
  );
  if (recordsOfAll)
    await tx.query(
      "insert into aum_todo (customer_id, from_day) select id, 'infinity' from customer c where not exists (select from aum_todo d where d.customer_id = c.id)",
    );
}

/** Of everybody the last days are found first: to sort all postings of years takes five times as long. */
const LAST_DAYS = `
  last_day as materialized (
    select t.customer_id, t.account_id, max(t.business_date) as business_date
      from ${postings('all', '$2')}
     where t.balance_after is not null and t.account_id is not null group by t.customer_id, t.account_id),
  `;

/** The last posting of each account looked at; $1 is the last date, $2 the earliest `from_day`. */
const balances = (read: PostingsRead) => `
  with ${read === 'all' ? LAST_DAYS : ''}latest as (
    select distinct on (t.customer_id, t.account_id) t.customer_id, t.account_id, t.balance_after as balance, t.business_date as balance_on
      from ${read === 'all' ? 'last_day d join transaction t using (customer_id, account_id, business_date)' : postings(read, '$2')}
     where t.balance_after is not null and t.account_id is not null
     order by t.customer_id, t.account_id, t.business_date desc, t.sequence desc nulls last, t.id desc),
  lost as (
    select b.customer_id, b.account_id, p.balance_after as balance, p.business_date as balance_on
      from aum_todo d join account_balance b on b.customer_id = d.customer_id and b.balance_on >= d.from_day
      left join lateral (
        select t.balance_after, t.business_date from transaction t
         where t.customer_id = b.customer_id and t.account_id = b.account_id and t.business_date < d.from_day and t.balance_after is not null
         order by t.business_date desc, t.sequence desc nulls last, t.id desc limit 1) p on true
     where not exists (select from latest l where l.customer_id = b.customer_id and l.account_id = b.account_id)),
  dropped as (
    delete from account_balance b using lost l
     where l.balance is null and b.customer_id = l.customer_id and b.account_id = l.account_id returning b.customer_id, b.account_id),
  carried as (
    insert into account_balance as b (customer_id, account_id, balance, balance_on)
    select * from latest union all select * from lost where balance is not null
    on conflict (customer_id, account_id) do update set balance = excluded.balance, balance_on = excluded.balance_on
     where (b.balance, b.balance_on) is distinct from (excluded.balance, excluded.balance_on)
    returning *)
  update account a set balance = b.balance, balance_on = b.balance_on
    from (select * from carried union all select customer_id, account_id, null, null from dropped) b
   where a.customer_id = b.customer_id and a.id = b.account_id
     and (a.balance, a.balance_on) is distinct from (b.balance, b.balance_on)`;

const NOTHING_LEFT = `
  delete from customer_aum s using aum_changed c
   where s.customer_id = c.customer_id and not exists (select from aum_daily a where a.customer_id = s.customer_id)`;

const NEWEST = `
  insert into customer_aum as s (customer_id, changed_on, total, parts, previous_total, branch_id, owner_id, walled)
  select c.id, n.business_date, n.total, n.parts, coalesce(p.total, 0), coalesce(c.branch_id, 0), coalesce(c.owner_id, 0), coalesce(c.walled, false)
    from (select distinct customer_id from aum_changed) w
    join customer c on c.id = w.customer_id
   cross join lateral (select a.business_date, a.total, a.parts from aum_daily a where a.customer_id = c.id
                        order by a.business_date desc limit 1) n
    left join lateral (select a.total from aum_daily a where a.customer_id = c.id and a.business_date < n.business_date
                        order by a.business_date desc limit 1) p on true
  on conflict (customer_id) do update set changed_on = excluded.changed_on, total = excluded.total, parts = excluded.parts,
    previous_total = excluded.previous_total`;

const ON_CUSTOMERS = `
  update customer c set aum = coalesce(s.total, 0)
    from (select distinct customer_id from aum_changed) w left join customer_aum s on s.customer_id = w.customer_id
   where c.id = w.customer_id and c.aum is distinct from coalesce(s.total, 0)`;

/** Accounts and holdings that count on a date and whose currency has no rate. */
const WITHOUT_RATE = `
  select count(*)::int from counted_position k
   where k.first_day <= $1 and k.end_day > $1 and k.currency = any(array(
     select r.currency from (select distinct on (currency) currency, rate from aum_rate where business_date <= $1
                              order by currency, business_date desc) r where r.rate is null and r.currency <> $2))`;

async function resultOf(tx: Transaction, day: AumDay): Promise<AumResult> {
  await reconcileUnits(tx, day);
  const { rows } = await tx.query<AumResult>(
    dayStatement(
      `select (select count(*)::int from aum_daily where business_date = $1) as changed,
              (select coalesce(sum(amount), 0)::numeric(24,2) from aum_unit where class = 'all') as total, (${WITHOUT_RATE}) as "withoutRate"`,
      [day.date, day.currency],
    ),
  );
  return rows[0]!;
}

/** The totals and balances of an earlier day in tables of its own, read from the ledger. */
async function openEarlier(tx: Transaction, day: AumDay): Promise<AumResult> {
  const totals = dayTable('customer_aum', 'earlier');
  const accounts = dayTable('account', 'earlier');
  await tx.query(`create temporary table ${totals} (like customer_aum including all) on commit drop`);
  await fillTotals(tx, totals, day.date);
  await tx.query(`create temporary table ${accounts} (like account including all) on commit drop`);
  await fillAccounts(tx, accounts, day.date);
  const { rows } = await tx.query<AumResult>(
    `select (select count(*)::int from aum_daily where business_date = $1) as changed,
            (select coalesce(sum(total), 0)::numeric(24,2) from ${totals}) as total, (${WITHOUT_RATE}) as "withoutRate"`,
    [day.date, day.currency],
  );
  return rows[0]!;
}

/** Puts into an empty table of the form of `customer_aum` what the ledger says of a date, of all customers or some. */
export async function fillTotals(
  tx: Transaction,
  table: string,
  date: BusinessDate,
  customers: readonly string[] | null = null,
): Promise<void> {
  await tx.query(
    `insert into ${table} (customer_id, changed_on, total, parts, previous_total)
     select n.customer_id, n.business_date, n.total, n.parts, coalesce(p.total, 0)
       from (select distinct on (customer_id) * from aum_daily
              where business_date <= $1 and ($2::bigint[] is null or customer_id = any($2)) order by customer_id, business_date desc) n
       left join lateral (select a.total from aum_daily a where a.customer_id = n.customer_id and a.business_date < n.business_date
                           order by a.business_date desc limit 1) p on true`,
    [date, customers],
  );
}

/** Puts into an empty table of the form of `account` all accounts, or those of some customers, with the balances of a date. */
export async function fillAccounts(
  tx: Transaction,
  table: string,
  date: BusinessDate,
  customers: readonly string[] | null = null,
): Promise<void> {
  await tx.query(
    `insert into ${table} select (jsonb_populate_record(a, jsonb_build_object('balance', b.balance_after, 'balance_on', b.business_date))).*
       from account a
       left join (select distinct on (t.customer_id, t.account_id) t.customer_id, t.account_id, t.balance_after, t.business_date
                    from transaction t where t.business_date <= $1 and t.balance_after is not null and t.account_id is not null
                     and ($2::bigint[] is null or t.customer_id = any($2))
                   order by t.customer_id, t.account_id, t.business_date desc, t.sequence desc nulls last, t.id desc) b
         on b.customer_id = a.customer_id and b.account_id = a.id
      where $2::bigint[] is null or a.customer_id = any($2)`,
    [date, customers],
  );
}

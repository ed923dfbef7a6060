import {
  allOf,
  bigintArray,
  type Database,
  join,
  prepared,
  type Queryable,
  raw,
  type Sql,
  sql,
  sqlState,
  type Transaction,
} from '#database';
import type { BusinessDate } from '#kernel';
import type { EntityDefinition } from '#metadata';

/** Told by NOTIFY when something was noted; a poll finds it as well. */
export const CHANGE_CHANNEL = 'customer_change';

/** One thing that changed of a customer: a record, or a fact of a business date. */
export interface CustomerChange {
  customerId: string;
  /** Code of the entity that changed. */
  entity: string;
  /** Of a fact; null for a record. */
  date: BusinessDate | null;
}

/**
 * Notes, in the transaction of the change, that computed state of these customers may no longer be true. Whoever writes business rows past
 * `writeBulk` and the functions of single rows owes it. Facts after the watermark need no note; one does no harm.
 */
export async function noteChanges(tx: Queryable, changes: readonly CustomerChange[]): Promise<void> {
  if (changes.length === 0) return;
  const arrays = [
    changes.map(({ customerId }) => customerId),
    changes.map(({ entity }) => entity),
    changes.map(({ date }) => date),
  ];
  await tx.query('select note_changes($1::bigint[], $2::text[], $3::date[])', arrays);
}

/** Customers with new postings from a date on, of whom nothing but balances and assets has to follow. */
export interface Posted {
  date: BusinessDate;
  customerIds: string[];
}

/** Notes new postings that the caller has taken into the metrics himself, as the owner of the notes. */
export async function notePosted(tx: Transaction, posted: readonly Posted[]): Promise<void> {
  const text = 'insert into customer_posted (business_date, customer_ids) values ($1, $2)';
  await allOf(
    posted.map(({ date, customerIds }) => tx.query(prepared('note_posted', text, [date, bigintArray(customerIds)]))),
  );
}

/** Notes looked at together: a busy customer stands in many of them. */
const POSTED_NOTES_MAX = 100;

/**
 * Takes the oldest customers out of these notes, at most so many, each with the first of his dates; the others are put back. Who takes them
 * makes them true.
 */
export async function takePosted(tx: Transaction, customersMax: number): Promise<Posted[]> {
  const { rows } = await tx.query<{ date: BusinessDate; ids: string[] }>(
    `with taken as (
       delete from customer_posted where id in (select id from customer_posted order by id limit $1)
       returning id, business_date, customer_ids)
     select business_date as date, customer_ids as ids from taken order by id`,
    [POSTED_NOTES_MAX],
  );
  const first = new Map<string, BusinessDate>();
  for (const { date, ids } of rows) {
    for (const id of ids) {
      const known = first.get(id);
      if (known === undefined || date < known) first.set(id, date);
    }
  }
  const customers = [...first];
  await notePosted(tx, byDate(customers.slice(customersMax)));
  return byDate(customers.slice(0, customersMax));
}

/** Customers by the first date of their postings, as notes. */
export function byDate(customers: Iterable<readonly [id: string, date: BusinessDate]>): Posted[] {
  return [...Map.groupBy(customers, ([, date]) => date)].map(([date, of]) => ({
    date,
    customerIds: of.map(([id]) => id),
  }));
}

/** The same as part of a statement of the owner: `rows` is a query of (customer_id, entity, business_date). Ends an `insert`. */
export function noteSql(rows: Sql): Sql {
  return sql`insert into customer_change (customer_id, entity, business_date) ${rows} on conflict do nothing`;
}

/** Wakes who waits for notes, when the transaction commits. */
export async function tellChanges(tx: Queryable): Promise<void> {
  await tx.query(prepared('tell_changes', `select pg_notify('${CHANGE_CHANNEL}', '')`));
}

/** What is told when records of the institution were written: whoever waits for them looks for himself which. */
export const RECORDS_WRITTEN = 'records';

/** Wakes who waits for records of the institution, when the transaction commits. */
export async function tellRecords(tx: Queryable, { scope, storage }: EntityDefinition): Promise<void> {
  if (scope === 'institution' && storage === 'record')
    await tx.query(`select pg_notify('${CHANGE_CHANNEL}', '${RECORDS_WRITTEN}')`);
}

/** Members of a household that somebody enters or leaves: what is reckoned over the household changes for all of them. */
export async function noteHouseholds(tx: Queryable, households: readonly (string | null | undefined)[]): Promise<void> {
  const ids = households.filter((id) => id !== null && id !== undefined);
  if (ids.length > 0) await tx.query('select note_households($1::bigint[])', [ids]);
}

/**
 * Records of nobody that decide what customers' numbers are, with the customers' records that point at them: the class of a product is that
 * of the assets held in it, and metrics ask for its sector and type.
 */
const deciding: Record<string, { table: string; column: string }[] | undefined> = {
  product: [
    { table: 'account', column: 'product_id' },
    { table: 'holding', column: 'product_id' },
    { table: 'loan', column: 'product_id' },
    { table: 'opportunity', column: 'product_id' },
  ],
};

/** The query of notes for changed rows of nobody, whose ids `ids` selects; undefined where no customer's numbers hang on them. */
export function dependentsSql(entity: EntityDefinition, ids: Sql): Sql | undefined {
  const found = deciding[entity.code];
  if (!found) return undefined;
  const parts = found.map(
    ({ table, column }) => sql`select d.customer_id, ${table}::text, '-infinity'::date from ${raw(table)} d
      where d.${raw(column)} in (${ids})`,
  );
  return join(parts, ' union ');
}

/** Notes all customers whose records point at a record of nobody that a person edited; nothing for one that decides no numbers. */
export async function noteDependents(tx: Queryable, entity: EntityDefinition, id: string): Promise<void> {
  const found = deciding[entity.code];
  if (!found) return;
  await tx.query('select note_dependents($1::text[], $2::text[], $3::bigint[])', [
    found.map(({ table }) => table),
    found.map(({ column }) => column),
    [id],
  ]);
}

/** Held in common by who writes facts until he commits, alone by who raises the watermark. */
const WATERMARK_LOCK = 7_300_021;

/**
 * The business date that computed state speaks of; null when nothing is computed. Holds the watermark where it is until the transaction
 * ends: a fact that is written as one of a day to come cannot miss its note when that day is run meanwhile.
 */
export async function holdWatermark(tx: Transaction): Promise<BusinessDate | null> {
  // Two statements on one way: the first began to see before it had waited.
  const [, { rows }] = await allOf([
    tx.query(prepared('hold_watermark', `select pg_advisory_xact_lock_shared(${WATERMARK_LOCK})`)),
    tx.query<{ as_of: BusinessDate | null }>(prepared('watermark', 'select as_of from change_watermark')),
  ]);
  return rows[0]?.as_of ?? null;
}

const limits = { lockMs: 100, pauseMs: 500 };
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Raises the watermark to a date, in a transaction of its own; lower than it stands it is never set. Whoever computes the state of a date calls
 * it before he begins to read: it waits for those who are writing facts, and whoever writes after it notes what the
 * computation may not have seen. Raised for a day that then fails it costs needless notes only.
 */
export async function raiseWatermark(database: Database, date: BusinessDate, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      await database.transaction(async (tx) => {
        // Behind a long load others would queue up after this request for the lock; so it is given up and tried again.
        await tx.query(`set local lock_timeout = '${limits.lockMs}ms'`);
        await tx.query('select pg_advisory_xact_lock($1)', [WATERMARK_LOCK]);
        await tx.query('update change_watermark set as_of = greatest(as_of, $1::date)', [date]);
      });
      return;
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      await new Promise((done) => setTimeout(done, limits.pauseMs));
    }
  }
}

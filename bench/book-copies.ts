import type { Database } from '#database';
import type { Book } from './book.ts';
import { withoutIndexes } from './indexes.ts';

// A book of a million customers is one of twenty thousand fifty times over: a first day of a million would take longer than what is measured
// afterwards. Each copy has its own customers, accounts, facts, histories, metrics, tags.

/** Columns that name a customer, an account or something held: all of these are numbered from 1 up to the number of customers at most. */
const SHIFTED = new Set(['customer_id', 'account_id', 'position_id', 'holding_id']);
const NUMBERED = new Set(['customer', 'account', 'holding']);
/** Above all numbers of facts and below the hashed ids of the rest. */
const IDS_APART = 1_000_000_000_000;

/** Tables of rows of customers; what rules made (tasks, messages) is not copied, but the alerts are: nothing fires a second time. */
const TABLES = [
  ...[
    'customer',
    'account',
    'holding',
    'transaction',
    'login',
    'customer_history',
    'customer_metric',
    'customer_tag',
    'tier_change',
  ],
  ...[
    'customer_aum',
    'aum_daily',
    'account_balance',
    'counted_position',
    'holding_value',
    'aum_due',
    'membership_change',
    'rule_watch',
    'alert',
  ],
];

/** Makes a book so many times as large. What was noted and not yet followed up must be done or forgotten before. */
export async function multiplyBook(db: Database, book: Book, copies: number): Promise<Book> {
  if (copies > 1) {
    await withoutIndexes(db, TABLES, async () => {
      for (const table of TABLES) await copyRows(db, table, book.customers, copies);
    });
  }
  await db.query('update aum_unit set amount = amount * $1, customers = customers * $1', [copies]);
  await db.query(
    `update aum_unit_day set change = change * $1, flow = flow * $1, moved_in = moved_in * $1, moved_out = moved_out * $1, customers = customers * $1`,
    [copies],
  );
  await db.query(`vacuum analyze ${TABLES.join(', ')}, aum_unit, aum_unit_day`);
  return { customers: book.customers * copies, facts: book.facts * copies, copies: book.copies * copies };
}

/** All copies of a row lie side by side: of facts the days stay together, as they come. */
async function copyRows(db: Database, table: string, customers: number, copies: number): Promise<void> {
  const { rows } = await db.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''`,
    [table],
  );
  const columns = rows.map(({ name }) => `"${name}"`);
  const values = rows.map(({ name }) => {
    if (SHIFTED.has(name) || (name === 'id' && NUMBERED.has(table))) return `t."${name}" + k * $2::bigint`;
    return name === 'id' ? `t.id + k * ${IDS_APART}` : `t."${name}"`;
  });
  await db.transaction(
    (tx) =>
      tx.query(
        `insert into ${table} (${columns.join(', ')})
         select ${values.join(', ')} from ${table} t cross join generate_series(1, $1::bigint - 1) k`,
        [copies, customers],
      ),
    { statementTimeoutMs: 0 },
  );
}

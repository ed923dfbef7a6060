import { defaultInstitution } from '#access';
import type { Database } from '#database';
import { addDays, type BusinessDate, type Clock, systemActor } from '#kernel';
import type { Model } from '#metadata';
import { type BulkRow, ensurePartitions } from '#records';
import { type DayContext, type FactBatch, runBusinessDay } from '#rules';
import { packModel } from '../src/server/model.ts';
import { migrate } from '../src/server/schema.ts';
import { multiplyBook } from './book-copies.ts';
import { dropListIndexes, withoutIndexes } from './indexes.ts';
import { type Figures, measure } from './measure.ts';
import type { Random } from './random.ts';

// A book of customers with the facts of a quarter, made by the database itself, and the facts that come after: as uneven as they are in
// life. The busiest fifth of the customers have 58 % of the facts.

/** Facts of a customer and day on average. */
export const FACTS_A_DAY = 0.27;
export const DAYS = 92;
/** Share of sign-ins among the facts. */
const LOGINS = 0.15;
export const LAST: BusinessDate = '2026-11-19';

/** Rank by activity: even numbers cubed; spread over the ids, so that busy customers do not lie side by side. */
const spread = (rank: number, customers: number) => 1 + Number((BigInt(rank) * 2_654_435_761n) % BigInt(customers));

export interface Book {
  customers: number;
  facts: number;
  /** How often each customer is there, under different numbers. */
  copies: number;
}

/** Customers whose first day is run; a larger book is made of copies of them (`book-copies.ts`). */
const ORIGINALS_MAX = 20_000;

/** Makes the tables of an empty database. */
export async function openBook(db: Database): Promise<Model> {
  const model = packModel();
  await migrate(db, model);
  const months = Array.from({ length: 5 }, (_, back) => addDays(LAST, -28 * back).slice(0, 7));
  for (const code of ['transaction', 'login']) {
    await ensurePartitions(db, model.entity(code), [...new Set([...months, '2026-12'])]);
  }
  return model;
}

/** Empties the book and fills it with so many customers and their facts up to the day before the last. */
async function fillBook(db: Database, customers: number): Promise<Book> {
  const run = (text: string, values: unknown[] = []) =>
    db.transaction((tx) => tx.query(text, values), { statementTimeoutMs: 0 });
  await run(
    `truncate customer, account, holding, product, transaction, login, customer_history, customer_metric, customer_tag, tier_change,
       customer_aum, aum_daily, account_balance, counted_position, holding_value, aum_due, aum_move, aum_unit, aum_unit_day, aum_rate,
       customer_change, customer_posted, business_day, task, alert, message, rule_watch, rule_waiting, rule_reckoning, membership_change, customer_segment;
     update facts_state set as_of = null, definitions = null, accumulators = null;
     update aum_state set starts_on = null, noted = false;
     update change_watermark set as_of = null`,
  );
  await run(
    `insert into customer (id, name, kind, since, status, birth_date, risk_assessed_on, source, source_key)
     select n, 'K' || n, 'person', date '2015-01-01' + (n % 3600)::int, 'active', date '1960-01-01' + (n % 15000)::int,
            date '2025-10-01' + (n % 400)::int, 'bench', n::text from generate_series(1, $1::bigint) n`,
    [customers],
  );
  await run(
    `insert into account (id, customer_id, number, kind, currency, opened_on, status, source, source_key)
     select n, n, 'A' || n, 'current', 'CNY', date '2015-01-01', 'open', 'bench', n::text from generate_series(1, $1::bigint) n`,
    [customers],
  );
  await run(
    `insert into product (id, name, code, class, source, source_key)
     select n, 'P' || n, 'P' || n, (array['wealth', 'fund'])[1 + n % 2], 'bench', n::text from generate_series(1, 20) n`,
  );
  await run(
    `insert into holding (id, customer_id, product_id, market_value, currency, bought_on, maturity_date, source, source_key)
     select n, n * 2, 1 + n % 20, 10000 + n % 90000, 'CNY', date '2026-01-01', date '2026-11-01' + (n % 400)::int, 'bench', n::text
       from generate_series(1, $1::bigint / 2) n`,
    [customers],
  );
  const facts = Math.round(customers * FACTS_A_DAY * DAYS);
  await withoutIndexes(db, ['transaction', 'login'], () =>
    db.transaction(
      async (tx) => {
        await tx.query('select setseed(0.5)');
        await tx.query(
          `with event as materialized (
             select i, 1 + ((1 + floor($1::bigint * power(random(), 3)))::bigint * 2654435761 % $1::bigint) as customer,
                    $3::date - $4::int + (i * $4::int / $2::bigint)::int as day, random() as kind, random() as size
               from generate_series(0, $2::bigint - 1) i),
           signed as (
             insert into login (id, customer_id, business_date, channel, source, source_key)
             select i, customer, day, 'mobile', 'bench', i::text from event where kind < ${LOGINS})
           insert into transaction (id, customer_id, business_date, sequence, account_id, direction, amount, currency, balance_after, kind,
               channel, counterparty_name, purpose, source, source_key)
           select i, customer, day, i % 1000000, customer, case when kind < 0.5 then 'in' else 'out' end,
                  exp(4 + 5 * size)::numeric(20, 2), 'CNY', exp(6 + 6 * size)::numeric(20, 2),
                  (array['transfer', 'card', 'payment', 'salary', 'cash', 'fee'])[1 + (i % 6)::int], 'mobile', 'N' || i % 10000, '转账',
                  'bench', i::text
             from event where kind >= ${LOGINS}`,
          [customers, facts, LAST, DAYS - 1],
        );
      },
      { statementTimeoutMs: 0 },
    ),
  );
  await db.query('vacuum analyze customer, account, holding, transaction, login');
  return { customers, facts, copies: 1 };
}

/**
 * The book with its first business day run. Indexes that only lists need are made afterwards, as a first load does it: the first day
 * changes every customer.
 */
export async function makeBook(ctx: DayContext, customers: number): Promise<Book & { firstDay: Figures }> {
  const { database, model } = ctx;
  const copies = Math.ceil(customers / ORIGINALS_MAX);
  await dropListIndexes(database, ['customer', 'account', 'holding']);
  const originals = await fillBook(database, Math.round(customers / copies));
  const firstDay = await measure(database, async () => {
    await runBusinessDay(ctx, LAST);
    return originals.customers;
  });
  await migrate(database, model);
  const book = await multiplyBook(database, originals, copies);
  return { ...book, firstDay };
}

export function dayContext(database: Database, model: Model, clock: Clock): DayContext {
  return { database, model, clock, actor: systemActor, institution: defaultInstitution };
}

const TRANSACTION = [
  'customer',
  'business_date',
  'sequence',
  'account',
  'direction',
  'amount',
  'currency',
  'balance_after',
  'kind',
  'channel',
  'counterparty_name',
  'purpose',
];
const LOGIN = ['customer', 'business_date', 'channel'];
const KINDS = ['transfer', 'card', 'payment', 'salary', 'cash', 'fee'];

/** Facts of a day as sources send them, each of them new. In a book of copies somebody is as busy as he whom he is a copy of. */
export function eventSource(model: Model, random: Random, { customers, copies }: Book, first: number) {
  let next = first;
  const own = customers / copies;
  const oneOfThem = () => {
    const original = spread(1 + Math.floor(own * random.next() ** 3), own);
    return String(original + own * Math.floor(copies * random.next()));
  };
  return (count: number, date: BusinessDate): FactBatch[] => {
    const transactions: BulkRow[] = [];
    const logins: BulkRow[] = [];
    for (let index = 0; index < count; index += 1) {
      next += 1;
      const id = String(next);
      const customer = oneOfThem();
      const kind = random.next();
      if (kind < LOGINS) {
        logins.push([id, id, customer, date, 'mobile']);
        continue;
      }
      const amount = Math.exp(4 + 5 * random.next()).toFixed(2);
      const balance = Math.exp(6 + 6 * random.next()).toFixed(2);
      const direction = kind < 0.5 ? 'in' : 'out';
      transactions.push([
        id,
        id,
        customer,
        date,
        String(next % 1_000_000),
        customer,
        direction,
        amount,
        'CNY',
        balance,
        KINDS[next % 6]!,
        'mobile',
        `N${next % 10_000}`,
        '转账',
      ]);
    }
    const target = (code: string, columns: string[]) => ({
      entity: model.entity(code),
      columns,
      source: 'live',
      asOf: null,
    });
    return [
      { target: target('transaction', TRANSACTION), rows: transactions },
      { target: target('login', LOGIN), rows: logins },
    ];
  };
}

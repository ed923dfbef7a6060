import { join, sql } from '#database';
import { compile, type Expression, rowReader } from '#expressions';
import { customerReader, customerVocabulary, openFactsDay } from '#facts';
import { dayContext, LAST, makeBook, openBook } from './book.ts';
import { atMost, type Bench } from './harness.ts';
import { interleaved } from './measure.ts';

const CUSTOMERS = 10_000;
/** Customers whose values are held in memory, so often looked at. */
const HELD = 1_000;
const ROUNDS = 50;
const CONDITIONS = 20;
/** Data design T10: twenty conditions over a customer in memory. */
const CONDITIONS_US_MAX = 2;

/** Twenty conditions of tags, tiers and rules over customers: in memory, with what they are calculated from, and as the day asks them in SQL. */
export const bench: Bench = async ({ database, scale, clock }) => {
  const customers = Math.max(HELD, Math.round(CUSTOMERS * scale));
  const model = await openBook(database);
  await makeBook(dayContext(database, model, clock), customers);
  const { scope } = customerVocabulary(model);
  const texts = ['tags', 'tiers', 'rules'].flatMap((kind) =>
    model.data(kind).flatMap(({ value }) => {
      const ofCustomers = kind !== 'rules' || value.subject === 'customer';
      return ofCustomers && typeof value.if === 'string' ? [value.if] : [];
    }),
  );
  const all = texts.filter((text) => isCompiled(text)).map((text) => compile(text, scope, 'boolean'));
  const conditions: Expression[] = Array.from({ length: CONDITIONS }, (_, index) => all[index % all.length]!);
  function isCompiled(text: string): boolean {
    try {
      compile(text, scope, 'boolean');
      return true;
    } catch {
      return false; // of tags, which conditions here do not know
    }
  }
  const names = conditions.flatMap((condition) => condition.names);
  const reader = customerReader(model, names)!;
  const { expressions } = await openFactsDay(
    database,
    model,
    { zone: 'Asia/Shanghai', currency: 'CNY', calendar: 'cn' },
    LAST,
    false,
  );
  const read = async () => {
    const { rows } = await database.query<Record<string, unknown>>(
      sql`select ${join(reader.columns, ', ')} from customer c join customer_metric m on m.customer_id = c.id limit ${HELD}`,
    );
    return rows;
  };
  const held = await read();
  let holding = 0;
  const cells = rowReader(conditions);
  const evaluate = (row: Record<string, unknown>) => {
    const read = cells(row, expressions);
    for (const condition of conditions) if (condition.evaluateRead(read, expressions) === true) holding += 1;
  };
  const measured = await interleaved(database, {
    'read from texts, and conditions in memory': async () => {
      for (let round = 0; round < ROUNDS; round += 1) for (const row of held) evaluate(row);
      return ROUNDS * held.length;
    },
    'calculated metrics and conditions in memory': async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const row of held) {
          reader.complete(row, expressions);
          evaluate(row);
        }
      }
      return ROUNDS * held.length;
    },
    'read, calculated and evaluated': async () => {
      for (let round = 0; round < 3; round += 1) {
        for (const row of await read()) {
          reader.complete(row, expressions);
          evaluate(row);
        }
      }
      return 3 * held.length;
    },
  });
  if (holding === 0) throw new Error('no condition held');
  return {
    figures: { customers, conditions: CONDITIONS, different: all.length, perCustomer: measured },
    targets: [
      atMost(
        'µs of Node for 20 conditions over a customer',
        measured['read from texts, and conditions in memory'].nodeUs,
        CONDITIONS_US_MAX,
      ),
    ],
  };
};

import { openFactsDay } from '#facts';
import { dayContext, LAST, makeBook, openBook } from './book.ts';
import { CONDITIONS, CONDITIONS_US_MAX, twentyConditions } from './conditions.ts';
import { atMost, type Bench } from './harness.ts';
import { interleaved } from './measure.ts';

const CUSTOMERS = 10_000;
const CUSTOMERS_MIN = 1_000;
const ROUNDS = 50;

/** Twenty conditions of tags, tiers and rules over customers: in memory, with what they are calculated from, and as the day asks them in SQL. */
export const bench: Bench = async ({ database, scale, clock }) => {
  const customers = Math.max(CUSTOMERS_MIN, Math.round(CUSTOMERS * scale));
  const model = await openBook(database);
  await makeBook(dayContext(database, model, clock), customers);
  const twenty = twentyConditions(model);
  const { expressions } = await openFactsDay(
    database,
    model,
    { zone: 'Asia/Shanghai', currency: 'CNY', calendar: 'cn' },
    LAST,
    false,
  );
  const held = await twenty.read(database);
  let holding = 0;
  const evaluate = (row: Record<string, unknown>) => {
    holding += twenty.holding(row, expressions);
  };
  const measured = await interleaved(database, {
    'read from texts, and conditions in memory': async () => {
      for (let round = 0; round < ROUNDS; round += 1) for (const row of held) evaluate(row);
      return ROUNDS * held.length;
    },
    'calculated metrics and conditions in memory': async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const row of held) {
          twenty.reader.complete(row, expressions);
          evaluate(row);
        }
      }
      return ROUNDS * held.length;
    },
    'read, calculated and evaluated': async () => {
      for (let round = 0; round < 3; round += 1) {
        for (const row of await twenty.read(database)) {
          twenty.reader.complete(row, expressions);
          evaluate(row);
        }
      }
      return 3 * held.length;
    },
  });
  if (holding === 0) throw new Error('no condition held');
  return {
    figures: { customers, conditions: CONDITIONS, different: twenty.different, perCustomer: measured },
    targets: [
      atMost(
        'µs of Node for 20 conditions over a customer',
        measured['read from texts, and conditions in memory'].nodeUs,
        CONDITIONS_US_MAX,
      ),
    ],
  };
};

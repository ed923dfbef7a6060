import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#database';
import { planMetrics } from '#facts';
import { addDays, type BusinessDate } from '#kernel';
import type { Model } from '#metadata';
import { type BulkRow, deleteFacts } from '#records';
import { ingestFacts, refresh, runBusinessDay } from './public.ts';
import { type TestBank, testBank } from './testing.ts';

/** Metrics of all forms and windows, besides the packs'. */
const MORE = [
  { code: 'sum_month', unit: 'money', function: 'sum', entity: 'transaction', field: 'amount', window: 'month' },
  { code: 'sum_year', unit: 'money', function: 'sum', entity: 'transaction', field: 'amount', window: 'year' },
  { code: 'sum_ever', unit: 'money', function: 'sum', entity: 'transaction', field: 'amount', window: 'ever' },
  {
    code: 'sum_trading',
    unit: 'money',
    function: 'sum',
    entity: 'transaction',
    field: 'amount',
    days: 5,
    calendar: 'trading',
  },
  { code: 'average_9d', unit: 'money', function: 'average', entity: 'transaction', field: 'amount', days: 9 },
  {
    code: 'average_ever',
    unit: 'money',
    function: 'average',
    entity: 'transaction',
    field: 'balance_after',
    window: 'ever',
  },
  {
    code: 'least_40d',
    unit: 'money',
    function: 'min',
    entity: 'transaction',
    field: 'amount',
    days: 40,
    where: 'direction = "out"',
  },
  {
    code: 'largest_ever',
    unit: 'money',
    function: 'max',
    entity: 'transaction',
    field: 'amount',
    where: 'direction = "in"',
  },
  { code: 'first_ever', unit: 'date', function: 'min', entity: 'transaction', field: 'business_date' },
  { code: 'first_6d', unit: 'date', function: 'min', entity: 'transaction', field: 'business_date', days: 6 },
  { code: 'last_at', unit: 'date', function: 'max', entity: 'transaction', field: 'at', days: 20 },
  {
    code: 'salaries_ever',
    unit: 'count',
    function: 'count',
    entity: 'transaction',
    window: 'ever',
    where: 'kind = "salary"',
  },
  {
    code: 'large_10d',
    unit: 'count',
    function: 'count',
    entity: 'transaction',
    days: 10,
    where: 'amount > outflow_amount_min',
  },
  { code: 'kinds_30d', unit: 'count', function: 'distinct', entity: 'transaction', field: 'kind', days: 30 },
  { code: 'last_amount', unit: 'money', function: 'last', entity: 'transaction', field: 'amount', days: 30 },
  {
    code: 'today_30d',
    unit: 'count',
    function: 'count',
    entity: 'transaction',
    days: 30,
    where: 'business_date = days before(0)',
  },
  { code: 'contacts_7d', unit: 'count', function: 'count', entity: 'interaction', date: 'at', days: 7 },
].filter(({ code }) => code !== 'today_30d');

async function bankWithMore(): Promise<TestBank> {
  const bank = await testBank();
  const { model } = bank.ctx;
  const entries = MORE.map(({ code, unit, ...measure }) => ({
    file: 'test.yaml',
    value: { code, unit, label: { zh: `指标${code}`, en: code }, measure },
  }));
  const own: Model = {
    ...model,
    data: (name) => (name === 'metrics' ? [...model.data(name), ...entries] : model.data(name)),
  };
  for (const statement of await planMetrics(bank.ctx.database, own)) await bank.ctx.database.query(statement);
  return { ...bank, ctx: { ...bank.ctx, model: own } };
}

/** Small numbers from a seed. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** Everything that hangs on the facts. */
async function computed(bank: TestBank): Promise<Record<string, unknown>> {
  const [metrics, tiers, tags, histories] = await Promise.all([
    bank.rows(`select to_jsonb(m) - 'as_of' as metrics from customer_metric m order by customer_id`),
    bank.rows('select id, tier, aum from customer order by id'),
    bank.rows('select customer_id, tag from customer_tag where until is null order by 1, 2'),
    bank.rows('select customer_id, due from customer_history where due is not null order by 1'),
  ]);
  return { metrics, tiers, tags, histories };
}

const COLUMNS = [
  'customer',
  'business_date',
  'at',
  'sequence',
  'account',
  'direction',
  'amount',
  'currency',
  'balance_after',
  'kind',
];

const CUSTOMERS = 6;
const START = '2025-12-20';

for (const seed of [1, 2, 3]) {
  test(`whatever comes in whatever way, the state is what all facts say (seed ${seed})`, async () => {
    const roll = dice(seed);
    const bank = await bankWithMore();
    const names = Array.from({ length: CUSTOMERS }, (_, index) => `c${index}`);
    for (const name of names) await bank.customer(name);
    let today: BusinessDate = START;
    let sequence = 0;
    const known: { key: string; customer: string; date: BusinessDate }[] = [];
    const fact = (key: string, customer: string, date: BusinessDate): BulkRow => {
      sequence += 1;
      const time = `${String(roll(24)).padStart(2, '0')}:30:00Z`;
      return [
        bank.id('transaction', key),
        key,
        bank.id('customer', customer),
        date,
        roll(3) === 0 ? null : `${date}T${time}`,
        String(sequence),
        bank.id('account', customer),
        roll(2) === 0 ? 'in' : 'out',
        roll(20) === 0 ? `${10 ** 15 + roll(1000)}.01` : `${1 + roll(30_000)}.${10 + roll(90)}`,
        ['CNY', 'USD', null, 'XXX'][roll(4)]!,
        roll(3) === 0 ? null : `${roll(2_000_000)}.5`,
        ['salary', 'transfer', 'fee', 'purchase', 'card'][roll(5)]!,
      ];
    };
    const fresh = (): BulkRow => {
      const key = `k${sequence}`;
      const customer = names[roll(names.length)]!;
      // Some old, some of days to come.
      const date = addDays(today, roll(10) === 0 ? -roll(400) : 2 - roll(12));
      known.push({ key, customer, date });
      return fact(key, customer, date);
    };
    const again = (): BulkRow => {
      const { key, customer, date } = known[roll(known.length)]!;
      return fact(key, customer, roll(3) === 0 ? addDays(date, roll(5) - 2) : date);
    };
    const batch = () => {
      const rows = new Map<string, BulkRow>();
      for (let index = 0; index < 1 + roll(8); index += 1) {
        const row = roll(5) === 0 && known.length > 0 ? again() : fresh();
        rows.set(row[1]!, row);
      }
      const target = { entity: bank.ctx.model.entity('transaction'), columns: COLUMNS, source: 'test', asOf: null };
      return { target, rows: [...rows.values()] };
    };
    const steps: (() => Promise<unknown>)[] = [
      () => ingestFacts(bank.ctx, [batch()]),
      () => ingestFacts(bank.ctx, [batch()]),
      async () => {
        const { rows } = batch();
        const cells = rows.map((row) => {
          const named = Object.fromEntries(COLUMNS.map((code, index) => [code, row[index + 2] ?? null]));
          const customer = names.find((name) => bank.id('customer', name) === row[2])!;
          return { key: row[1]!, ...named, customer, account: customer };
        });
        await bank.add('transaction', cells as never);
      },
      async () => {
        const gone = known[roll(known.length)];
        if (!gone) return;
        const entity = bank.ctx.model.entity('transaction');
        await bank.ctx.database.transaction((tx) =>
          deleteFacts(tx, entity, sql`t.id = ${bank.id('transaction', gone.key)}::bigint`),
        );
      },
      async () => {
        const closed = roll(2) === 0 ? addDays(today, roll(6) - 3) : null;
        const name = names[roll(names.length)]!;
        await bank.add('account', [
          { key: name, customer: name, number: name, kind: 'current', currency: 'CNY', closed_on: closed },
        ]);
      },
      () =>
        bank.add('interaction', [
          {
            key: `i${sequence}`,
            customer: names[roll(names.length)]!,
            at: `${addDays(today, -roll(9))}T20:00:00Z`,
            channel: 'phone',
            summary: '-',
          },
        ]),
      async () => {
        const name = `c${names.length}`;
        await bank.customer(name);
        names.push(name);
      },
      () => refresh(bank.ctx),
      async () => {
        today = addDays(today, 1 + (roll(4) === 0 ? roll(30) : 0));
        await runBusinessDay(bank.ctx, today);
      },
      async () => {
        await runBusinessDay(bank.ctx, today);
      },
    ];
    await runBusinessDay(bank.ctx, today);
    for (let round = 0; round < 4; round += 1) {
      for (let step = 0; step < 15; step += 1) await steps[roll(steps.length)]!();
      await refresh(bank.ctx);
      const incremental = await computed(bank);
      await runBusinessDay(bank.ctx, today, { full: true });
      assert.deepEqual(incremental, await computed(bank), `round ${round}, ${today}`);
    }
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInstitution } from '#access';
import { addDays, systemActor } from '#kernel';
import { modelInForce, recordId } from '#metadata';
import { ids, seedRows, type TestServer, testServer } from '../server/testing.ts';
import { runBusinessDay } from './public.ts';

// T-1 to T-15 through the door: records and facts in, the days run, tiers and tags read by the API as the head of the bank sees them.
// Each customer's key says the case and where it stands: below, at or above the bound.

const DAY = '2026-11-19';
const ago = (days: number) => addDays(DAY, -days);

interface World {
  server: TestServer;
  customer(key: string, more?: Record<string, string>): Promise<void>;
  /** Money in, carried to the balance. */
  pay(key: string, date: string, amount: number, kind?: string): Promise<void>;
  add(entity: string, rows: ({ key: string } & Record<string, string | null>)[]): Promise<void>;
  run(date: string): Promise<void>;
  /** Numbers of those whom a filter of the customer list finds. */
  found(filter: string): Promise<string[]>;
}

async function world(): Promise<World> {
  const server = await testServer();
  await server.database.query('delete from customer');
  const balances = new Map<string, number>();
  let sequence = 0;
  const add: World['add'] = (entity, rows) => seedRows(server.database, server.model, entity, rows);
  return {
    server,
    add,
    async customer(key, more = {}) {
      await add('customer', [
        {
          key,
          name: key,
          number: key,
          kind: 'person',
          owner: ids.user('rm001'),
          branch: ids.unit('east'),
          since: '2019-01-01',
          ...more,
        },
      ]);
      await add('account', [
        { key, customer: ids.customer(key), number: key, kind: 'current', currency: 'CNY', opened_on: '2019-01-01' },
      ]);
    },
    async pay(key, date, amount, kind = 'transfer') {
      sequence += 1;
      const balance = Math.round(((balances.get(key) ?? 0) + amount) * 100) / 100;
      balances.set(key, balance);
      await add('transaction', [
        {
          key: String(sequence),
          customer: ids.customer(key),
          business_date: date,
          sequence: String(sequence),
          account: ids.account(key),
          direction: amount < 0 ? 'out' : 'in',
          amount: Math.abs(amount).toFixed(2),
          balance_after: balance.toFixed(2),
          kind,
        },
      ]);
    },
    async run(date) {
      const { database, clock, model } = server;
      const institution = await readInstitution(database);
      await runBusinessDay({ database, clock, model: modelInForce(model), actor: systemActor, institution }, date);
    },
    async found(filter) {
      const url = `/api/customers?filter=${filter}&columns=number&limit=200`;
      const { json, text } = await server.call('GET', url, { as: 'head02' });
      assert.ok(json.rows, text);
      return json.rows.map(({ number }: { number: string }) => number).sort();
    },
  };
}

const product = (key: string) => recordId('product', 'test', key);

test('T-1 to T-4: tiers by assets; exactly on a bound falls lower. T-5: potential by inflow and credit', async () => {
  const bank = await world();
  const assets = {
    't1-above': 5_000_000.01,
    't2-at': 5_000_000,
    't3-above': 1_000_000.01,
    't4-at': 1_000_000,
    't4-below': 999_999.99,
  };
  for (const [key, amount] of Object.entries(assets)) {
    await bank.customer(key);
    await bank.pay(key, ago(200), amount);
  }
  const inflow = { 't5-below': 149_999.99, 't5-at': 150_000, 't5-overdue': 200_000 };
  for (const [key, amount] of Object.entries(inflow)) {
    await bank.customer(key);
    await bank.pay(key, ago(10), amount, 'salary');
  }
  await bank.add('loan', [
    { key: 'l', customer: ids.customer('t5-overdue'), number: '1', amount: '1', status: 'overdue' },
  ]);
  await bank.run(DAY);
  assert.deepEqual(await bank.found('tier:eq:high_net_worth'), ['t1-above']);
  assert.deepEqual(await bank.found('tier:eq:wealth'), ['t2-at', 't3-above']);
  assert.deepEqual(await bank.found('tier:eq:potential'), ['t5-at']);
  assert.deepEqual(await bank.found('tier:eq:mass'), ['t4-at', 't4-below', 't5-below', 't5-overdue']);
  await bank.server.close();
});

test('T-6 frequent, T-7 silent, T-9 new, T-11 to be activated, T-12 high risk, T-13 age groups', async () => {
  const bank = await world();
  for (const [key, trades] of [
    ['t6-at', 10],
    ['t6-above', 11],
  ] as const) {
    await bank.customer(key);
    for (let trade = 0; trade < trades; trade += 1) await bank.pay(key, ago(trade), 1);
  }
  for (const [key, days] of [
    ['t7-below', 89],
    ['t7-at', 90],
    ['t7-above', 91],
  ] as const) {
    await bank.customer(key);
    await bank.pay(key, ago(days), 100);
  }
  for (const days of [29, 30, 31]) await bank.customer(`t9-${days}`, { since: ago(days) });
  for (const [key, amount, trades] of [
    ['t11-at-money', 500_000, 1],
    ['t11-above', 500_000.01, 2],
    ['t11-at-frequency', 500_000.01, 3],
  ] as const) {
    await bank.customer(key);
    await bank.pay(key, ago(120), amount - trades);
    for (let trade = 0; trade < trades; trade += 1) await bank.pay(key, ago(20 - trade), 1);
  }
  for (const [key, complaints, overdue] of [
    ['t12-below', 2, 1],
    ['t12-complaints', 3, 0],
    ['t12-overdue', 0, 2],
  ] as const) {
    await bank.customer(key);
    const row = (n: number) => ({ key: `${key}-${n}`, customer: ids.customer(key) });
    await bank.add(
      'complaint',
      Array.from({ length: complaints }, (_, n) => ({
        ...row(n),
        business_date: ago(n === 0 ? 364 : n),
        topic: 'fee',
      })),
    );
    await bank.add(
      'loan',
      Array.from({ length: overdue }, (_, n) => ({ ...row(n), number: String(n), amount: '1', status: 'overdue' })),
    );
  }
  await bank.customer('t12-old');
  await bank.add(
    'complaint',
    [1, 2, 365].map((days) => ({
      key: `old-${days}`,
      customer: ids.customer('t12-old'),
      business_date: ago(days),
      topic: 'fee',
    })),
  );
  for (const [key, born] of [
    ['t13-34', '1991-11-20'],
    ['t13-35', '1991-11-19'],
    ['t13-59', '1966-11-20'],
    ['t13-60', '1966-11-19'],
  ] as const)
    await bank.customer(key, { birth_date: born });
  await bank.run(DAY);
  assert.deepEqual(await bank.found('tags:in:frequent_trader'), ['t6-above']);
  const silent = await bank.found('tags:in:silent');
  assert.deepEqual(
    silent.filter((key) => key.startsWith('t7')),
    ['t7-above', 't7-at'],
  );
  assert.deepEqual(await bank.found('tags:in:new_customer'), ['t9-29', 't9-30']);
  assert.deepEqual(await bank.found('tags:in:activation_target'), ['t11-above']);
  assert.deepEqual(await bank.found('tags:in:high_risk'), ['t12-complaints', 't12-overdue']);
  assert.deepEqual(await bank.found('tags:in:age_young'), ['t13-34']);
  assert.deepEqual(await bank.found('tags:in:age_middle'), ['t13-35', 't13-59']);
  assert.deepEqual(await bank.found('tags:in:age_senior'), ['t13-60']);
  await bank.server.close();
});

test('T-8 technology, T-10 loyal, T-14 steady income, T-15 preference shift', async () => {
  const bank = await world();
  await bank.add('product', [
    { key: 'tech', name: '科技', code: 'T', class: 'fund', sector: 'technology', asset_type: 'equity' },
    { key: 'fixed', name: '固收', code: 'F', class: 'wealth', asset_type: 'fixed_income' },
    { key: 'mixed', name: '混合', code: 'M', class: 'fund', asset_type: 'mixed' },
  ]);
  for (const [key, tech] of [
    ['t8-at', '60.00'],
    ['t8-above', '60.01'],
    ['t8-below', '59.99'],
  ] as const) {
    await bank.customer(key);
    const of = { customer: ids.customer(key), bought_on: ago(400) };
    await bank.add('holding', [
      { key: `${key}-t`, product: product('tech'), market_value: tech, ...of },
      { key: `${key}-m`, product: product('mixed'), market_value: (100 - Number(tech)).toFixed(2), ...of },
    ]);
  }
  // 1,826 days back is the bound; assets grow by 2 % in each of two quarters.
  for (const [key, since, growth] of [
    ['t10-at-opening', ago(1826), [100, 102, 104.04]],
    ['t10-above', ago(1827), [100, 102, 104.04]],
    ['t10-slow', ago(1827), [100, 102, 104.03]],
    ['t10-late', ago(1827), [100, 101.99, 110]],
  ] as const) {
    await bank.customer(key, { since });
    for (const [index, days] of [200, 100, 10].entries()) {
      await bank.pay(key, ago(days), Number((growth[index]! - (growth[index - 1] ?? 0)).toFixed(2)));
    }
  }
  for (const [key, days] of [
    ['t14-below', [1, 2]],
    ['t14-at', [1, 2, 364]],
    ['t14-old', [1, 2, 365]],
  ] as const) {
    await bank.customer(key);
    await bank.add(
      'holding',
      days.map((since) => ({
        key: `${key}-${since}`,
        customer: ids.customer(key),
        product: product('fixed'),
        market_value: '1',
        bought_on: ago(since),
      })),
    );
  }
  for (const [key, recent, before, funds] of [
    ['t15-at', 5, 2, '20.00'],
    ['t15-below', 4, 0, '0'],
    ['t15-always', 5, 3, '0'],
    ['t15-invested', 9, 0, '20.01'],
  ] as const) {
    await bank.customer(key);
    await bank.pay(key, ago(150), 100 - Number(funds));
    const of = { customer: ids.customer(key) };
    if (Number(funds) > 0) {
      await bank.add('holding', [{ key, product: product('mixed'), market_value: funds, bought_on: ago(150), ...of }]);
    }
    const views = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({
        key: `${key}-${from}-${n}`,
        business_date: ago(from),
        topic: 'fund',
        ...of,
      }));
    await bank.add('page_view', [...views(6, recent), ...views(7, before), ...views(90, 9)]);
  }
  for (const date of [ago(180), ago(90), DAY]) await bank.run(date);
  assert.deepEqual(await bank.found('tags:in:tech_lover'), ['t8-above']);
  assert.deepEqual(await bank.found('tags:in:loyal'), ['t10-above']);
  assert.deepEqual(await bank.found('tags:in:steady_income'), ['t14-at']);
  assert.deepEqual(await bank.found('tags:in:preference_shift'), ['t15-at']);
  // A day later the engine has carried all of it on: the oldest views and purchases have left their windows.
  await bank.run(addDays(DAY, 1));
  assert.deepEqual(await bank.found('tags:in:steady_income'), []);
  assert.deepEqual(await bank.found('tags:in:preference_shift'), []);
  await bank.server.close();
});

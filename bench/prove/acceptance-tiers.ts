import assert from 'node:assert/strict';
import { ids } from '../../src/server/testing.ts';
import { ago, type Case, DAY, product, type Row, type World } from './acceptance-world.ts';

// T-1 to T-15: tiers and tags.

const tag = (id: string, code: string, prefix: string, who: string[]) => async (world: World) =>
  assert.deepEqual(await world.found(`tags:in:${code}`, prefix), who, id);

/** Customers with one sum of money each, long ago. */
const rich =
  (assets: Record<string, string>, date = ago(200)) =>
  async (world: World) => {
    for (const [key, amount] of Object.entries(assets)) {
      await world.customer(key);
      await world.pay(key, date, amount);
    }
  };

const tier = (code: string, prefix: string, who: string[]) => async (world: World) =>
  assert.deepEqual(await world.found(`tier:eq:${code}`, prefix), who);

const repeated = (count: number, row: (n: number) => { key: string } & Record<string, string | null>) =>
  Array.from({ length: count }, (_, n) => row(n));

async function complaints(world: World, key: string, days: readonly number[]): Promise<void> {
  const rows = days.map((back) => ({
    key: `${key}-${back}`,
    customer: ids.customer(key),
    business_date: ago(back),
    topic: 'fee',
  }));
  await world.add('complaint', rows);
}

const overdue = (world: World, key: string, count: number) =>
  world.add(
    'loan',
    repeated(count, (n) => ({
      key: `${key}-${n}`,
      customer: ids.customer(key),
      number: `${key}-${n}`,
      amount: '1',
      status: 'overdue',
    })),
  );

export const tierCases: Case[] = [
  {
    id: 'T-1',
    holds: 'assets above 5,000,000: high net worth',
    given: rich({ 't1-above': '5000000.01' }),
    expect: tier('high_net_worth', 't1', ['t1-above']),
  },
  {
    id: 'T-2',
    holds: 'exactly 5,000,000: wealth',
    given: rich({ 't2-at': '5000000', 't2-below': '4999999.99' }),
    expect: tier('wealth', 't2', ['t2-at', 't2-below']),
  },
  {
    id: 'T-3',
    holds: 'above 1,000,000: wealth',
    given: rich({ 't3-above': '1000000.01', 't3-at': '1000000' }),
    expect: tier('wealth', 't3', ['t3-above']),
  },
  {
    id: 'T-4',
    holds: 'exactly 1,000,000 or less: mass',
    given: rich({ 't4-at': '1000000', 't4-below': '999999.99', 't4-above': '1000000.01' }),
    expect: tier('mass', 't4', ['t4-at', 't4-below']),
  },
  {
    id: 'T-5',
    holds: 'small assets, high inflow, good credit: potential',
    async given(world) {
      for (const [key, amount] of [
        ['t5-below', '149999.99'],
        ['t5-at', '150000'],
        ['t5-overdue', '200000'],
      ] as const) {
        await world.customer(key);
        await world.pay(key, ago(10), amount, 'salary');
      }
      await overdue(world, 't5-overdue', 1);
    },
    expect: tier('potential', 't5', ['t5-at']),
  },
  {
    id: 'T-6',
    holds: 'more than 10 trades in 30 days: frequent trader',
    async given(world) {
      for (const trades of [9, 10, 11]) {
        await world.customer(`t6-${trades}`);
        for (let back = 0; back < trades; back += 1) await world.pay(`t6-${trades}`, ago(back), '1');
      }
    },
    expect: tag('T-6', 'frequent_trader', 't6', ['t6-11']),
  },
  {
    id: 'T-7',
    holds: 'no trade in 90 days: silent',
    async given(world) {
      for (const back of [89, 90, 91]) {
        await world.customer(`t7-${back}`);
        await world.pay(`t7-${back}`, ago(back), '100');
      }
    },
    expect: tag('T-7', 'silent', 't7', ['t7-90', 't7-91']),
  },
  {
    id: 'T-8',
    holds: 'technology above 60 % of the holdings: prefers technology',
    async given(world) {
      for (const [key, tech, other] of [
        ['t8-at', '60.00', '40.00'],
        ['t8-above', '60.01', '39.99'],
        ['t8-below', '59.99', '40.01'],
      ] as const) {
        await world.customer(key);
        const of = { customer: ids.customer(key), bought_on: ago(400) };
        await world.add('holding', [
          { key: `${key}-t`, product: product('tech'), market_value: tech, ...of },
          { key: `${key}-m`, product: product('mixed'), market_value: other, ...of },
        ]);
      }
    },
    expect: tag('T-8', 'tech_lover', 't8', ['t8-above']),
  },
  {
    id: 'T-9',
    holds: 'opened at most 30 days ago: new customer',
    async given(world) {
      for (const back of [29, 30, 31]) await world.customer(`t9-${back}`, { since: ago(back) });
    },
    expect: tag('T-9', 'new_customer', 't9', ['t9-29', 't9-30']),
  },
  {
    id: 'T-10',
    holds: 'opened more than five years ago and growing 2 % in each of two quarters: loyal',
    async given(world) {
      for (const [key, since, sums] of [
        ['t10-at-opening', ago(1826), ['100', '2', '2.04']],
        ['t10-above', ago(1827), ['100', '2', '2.04']],
        ['t10-slow', ago(1827), ['100', '2', '2.03']],
        ['t10-late', ago(1827), ['100', '1.99', '8.01']],
      ] as const) {
        await world.customer(key, { since });
        for (const [index, back] of [200, 100, 10].entries()) await world.pay(key, ago(back), sums[index]!);
      }
    },
    expect: tag('T-10', 'loyal', 't10', ['t10-above']),
  },
  {
    id: 'T-11',
    holds: 'much money, few trades: to be activated',
    async given(world) {
      for (const [key, amount, trades] of [
        ['t11-at-money', '499999', 1],
        ['t11-above', '499998.01', 2],
        ['t11-at-frequency', '499997.01', 3],
      ] as const) {
        await world.customer(key);
        await world.pay(key, ago(120), amount);
        for (let trade = 0; trade < trades; trade += 1) await world.pay(key, ago(20 - trade), '1');
      }
    },
    expect: tag('T-11', 'activation_target', 't11', ['t11-above']),
  },
  {
    id: 'T-12',
    holds: 'several loans overdue or several complaints in a year: high risk',
    async given(world) {
      for (const key of ['t12-below', 't12-complaints', 't12-overdue', 't12-old']) await world.customer(key);
      await complaints(world, 't12-below', [1, 2]);
      await complaints(world, 't12-complaints', [1, 2, 364]);
      await complaints(world, 't12-old', [1, 2, 365]);
      await overdue(world, 't12-below', 1);
      await overdue(world, 't12-overdue', 2);
    },
    expect: tag('T-12', 'high_risk', 't12', ['t12-complaints', 't12-overdue']),
  },
  {
    id: 'T-13',
    holds: 'age groups by the bounds of the parameters',
    async given(world) {
      for (const [key, born] of [
        ['t13-34', '1991-11-20'],
        ['t13-35', '1991-11-19'],
        ['t13-59', '1966-11-20'],
        ['t13-60', '1966-11-19'],
      ] as const)
        await world.customer(key, { birth_date: born });
    },
    async expect(world) {
      await tag('T-13', 'age_young', 't13', ['t13-34'])(world);
      await tag('T-13', 'age_middle', 't13', ['t13-35', 't13-59'])(world);
      await tag('T-13', 'age_senior', 't13', ['t13-60'])(world);
    },
  },
  {
    id: 'T-14',
    holds: 'three purchases of fixed income in a year: seeks steady income',
    async given(world) {
      for (const [key, days] of [
        ['t14-below', [1, 2]],
        ['t14-at', [1, 2, 364]],
        ['t14-old', [1, 2, 365]],
      ] as const) {
        await world.customer(key);
        const of = { customer: ids.customer(key), product: product('fixed'), market_value: '1' };
        await world.add(
          'holding',
          days.map((back) => ({ key: `${key}-${back}`, bought_on: ago(back), ...of })),
        );
      }
    },
    expect: tag('T-14', 'steady_income', 't14', ['t14-at']),
  },
  {
    id: 'T-15',
    holds: 'a customer of savings suddenly views funds: preference shift',
    async given(world) {
      for (const [key, recent, before, funds] of [
        ['t15-at', 5, 2, '20.00'],
        ['t15-below', 4, 0, '0'],
        ['t15-always', 5, 3, '0'],
        ['t15-invested', 9, 0, '20.01'],
      ] as const) {
        await world.customer(key);
        await world.pay(key, ago(150), (100 - Number(funds)).toFixed(2));
        const of = { customer: ids.customer(key) };
        if (Number(funds) > 0) {
          await world.add('holding', [
            { key, product: product('mixed'), market_value: funds, bought_on: ago(150), ...of },
          ]);
        }
        const views = (back: number, count: number) =>
          repeated(count, (n) => ({ key: `${key}-${back}-${n}`, business_date: ago(back), topic: 'fund', ...of }));
        await world.add('page_view', [...views(6, recent), ...views(7, before), ...views(90, 9)]);
      }
    },
    expect: tag('T-15', 'preference_shift', 't15', ['t15-at']),
  },
];

/** Whom the cases of holdings speak of. */
export const products: ({ key: string } & Row)[] = [
  { key: 'tech', name: '科技', code: 'T', class: 'fund', sector: 'technology', asset_type: 'equity' },
  { key: 'fixed', name: '固收', code: 'F', class: 'wealth', asset_type: 'fixed_income' },
  { key: 'mixed', name: '混合', code: 'M', class: 'fund', asset_type: 'mixed' },
  { key: 'policy', name: '安心保', code: 'P', class: 'insurance' },
  { key: 'hit', name: '受挫成长', code: 'H', class: 'fund', asset_type: 'equity' },
  { key: 'calm', name: '稳增债', code: 'C', class: 'fund', asset_type: 'fixed_income' },
];

/** The days that are run: the assets of two quarters, the first workday of a quarter, the day before and the day. */
export const days: readonly string[] = [ago(180), ago(90), '2026-10-08', ago(1), DAY];

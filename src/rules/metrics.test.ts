import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { sql } from '#database';
import { metricDescriptions, metricValues } from '#facts';
import { addDays, Failure } from '#kernel';
import { loadModel } from '#metadata';
import { runBusinessDay } from './public.ts';
import { type TestBank, testBank } from './testing.ts';

const DAY = '2026-03-31';

async function valuesOf(bank: TestBank, customer: string): Promise<Record<string, unknown>> {
  const { rows } = await bank.ctx.database.query<{ values: Record<string, unknown> }>(
    sql`select ${metricValues(bank.ctx.model, 'Asia/Shanghai')} as values from customer c where c.name = ${customer}`,
  );
  return rows[0]!.values;
}

test('the metrics of the pack, with windows that count the day itself', async () => {
  const bank = await testBank();
  await bank.customer('a', { since: '2025-03-31', birth_date: '1990-04-01' });
  await bank.add('product', [{ key: 'w', name: '理财', code: 'W', class: 'wealth' }]);
  await bank.move('a', addDays(DAY, -90), '1000'); // 90 days before: outside of the window of 90 days
  await bank.move('a', addDays(DAY, -89), '5000', 'salary');
  await bank.move('a', addDays(DAY, -30), '-100');
  await bank.move('a', addDays(DAY, -29), '-200');
  await bank.move('a', addDays(DAY, -1), '-30', 'fee');
  await bank.move('a', DAY, '-400', 'purchase');
  await bank.move('a', DAY, '70.55');
  await bank.add('holding', [
    { key: 'h', customer: 'a', product: 'w', market_value: '400', bought_on: DAY, maturity_date: addDays(DAY, 20) },
    { key: 'g', customer: 'a', product: 'w', market_value: '9', bought_on: '2025-01-01', maturity_date: DAY },
  ]);
  await bank.add('loan', [{ key: 'l', customer: 'a', number: '1', amount: '1', status: 'defaulted' }]);
  await bank.add('login', [{ key: 'x', customer: 'a', business_date: addDays(DAY, -3) }]);
  const contact = { customer: 'a', channel: 'phone', summary: '-' };
  await bank.add('interaction', [
    { key: '1', ...contact, at: '2026-03-20T16:30:00Z', result: 'reached' }, // the 21st in Shanghai
    { key: '2', ...contact, at: '2026-03-25T02:00:00Z', result: 'no_answer' },
  ]);
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await valuesOf(bank, 'a'), {
    aum: '5740.55',
    aum_previous: '5679.00',
    aum_change: '61.55',
    deposits: '5340.55',
    wealth_products: '400.00',
    funds: '0.00',
    demand_deposits: '5340.55',
    inflow_1d: '70.55',
    outflow_1d: '0.00',
    inflow_30d: '70.55',
    outflow_30d: '230.00',
    net_flow_30d: '-159.45',
    inflow_90d: '5070.55',
    salary_90d: '5000.00',
    largest_outflow_30d: '200.00',
    transactions_30d: 3,
    last_transaction_date: DAY,
    days_since_transaction: 0,
    last_activity_date: DAY,
    days_silent: 0,
    logins_30d: 1,
    last_login_date: '2026-03-28',
    last_score: null,
    days_since_login: 3,
    last_contact_date: '2026-03-21',
    days_since_contact: 10,
    accounts_held: 1,
    holdings_held: 1,
    loans_held: 1,
    loans_overdue: 1,
    products_held: 3,
    next_maturity_date: DAY,
    days_to_maturity: 0,
    age: 35,
    days_since_opened: 365,
    aum_90d_ago: '0.00', // no day was run then
    aum_180d_ago: '0.00',
    transactions_90d: 5,
    holdings_value: '400.00',
    tech_holdings: '0.00',
    tech_share: '0.0000',
    fixed_income_purchases_365d: 0,
    complaints_365d: 0,
    fund_views_7d: 0,
    fund_views_90d: 0,
  });
});

test('the last of the facts in a window is carried from day to day: it comes with its fact and goes with the window', async () => {
  const bank = await testBank();
  await bank.customer('a', {});
  await bank.customer('b', {});
  const answer = { customer: 'a', topic: 'app' };
  await bank.add('survey', [{ key: '1', ...answer, business_date: addDays(DAY, -364), score: '2' }]);
  const scores: unknown[] = [];
  const run = async (date: string) => {
    await runBusinessDay(bank.ctx, date);
    scores.push([(await valuesOf(bank, 'a')).last_score, (await valuesOf(bank, 'b')).last_score]);
  };
  await run(DAY);
  await run(addDays(DAY, 1));
  await bank.add('survey', [{ key: '2', ...answer, business_date: addDays(DAY, 2), score: '5' }]);
  await run(addDays(DAY, 2));
  await run(addDays(DAY, 4));
  assert.deepEqual(scores, [
    [2, null],
    [null, null],
    [5, null],
    [5, null],
  ]);
});

test('a customer without anything has noughts and no dates', async () => {
  const bank = await testBank();
  await bank.add('customer', [{ key: 'b', name: 'b', kind: 'company' }]);
  await runBusinessDay(bank.ctx, DAY);
  const values = await valuesOf(bank, 'b');
  assert.deepEqual(
    [
      values.aum,
      values.outflow_1d,
      values.transactions_30d,
      values.largest_outflow_30d,
      values.days_silent,
      values.age,
    ],
    ['0.00', '0.00', 0, null, null, null],
  );
});

test('every metric says what it is in both languages', () => {
  const described = metricDescriptions(loadModel(['packs/core']));
  assert.ok(described.length >= 12);
  for (const { label } of described) assert.ok(label.zh !== '' && label.en !== '');
});

/** The failure of reading a pack with this one metrics file. */
function refusal(yaml: string): Failure {
  const folder = mkdtempSync(path.join(tmpdir(), 'tongguan-pack-'));
  try {
    writeFileSync(path.join(folder, 'metrics.yaml'), yaml);
    const model = loadModel(['packs/core']);
    const own = loadModel([folder]);
    metricValues({ ...model, data: (name) => (name === 'metrics' ? own.data(name) : model.data(name)) }, 'UTC');
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
  throw new Error('not refused');
}

test('a metric that makes no sense is refused with its file and place', () => {
  const metric = (rest: string) => `- { code: m, label: { zh: 数, en: M }, unit: money, ${rest} }`;
  const cases: [yaml: string, reason: RegExp][] = [
    [metric('expression: "1", ledger: total'), /exactly one of measure, ledger, expression/],
    [metric('measure: { function: sum, entity: transaction, days: 3 }'), /every other function needs one/],
    [
      metric('measure: { function: sum, entity: transaction, field: nothing, days: 3 }'),
      /transaction has no field nothing/,
    ],
    [metric('measure: { function: sum, entity: transaction, field: amount }'), /facts without days/],
    [metric('measure: { function: count, entity: product }'), /product does not belong to customers/],
    [metric('measure: { function: count, entity: account, days: 3 }'), /need a date field/],
    [`${metric('ledger: total')}\n${metric('ledger: total')}`, /two entries carry this code/],
    [metric('expression: n + 1'), /there is no field "n"/],
    [metric('expression: m + 1'), /leads back to itself/],
    [metric('expression: silence_days * 2'), /may not use the parameter silence_days/],
    ['- { code: Bad Code }', /lower-case letters/],
  ];
  for (const [yaml, reason] of cases) {
    const failure = refusal(yaml);
    assert.match(failure.text('en'), reason);
    assert.match(failure.text('en'), /metrics\.yaml/);
  }
});

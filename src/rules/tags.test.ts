import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays } from '#kernel';
import { runBusinessDay } from './public.ts';
import { type TestBank, testBank } from './testing.ts';

const DAY = '2026-03-31';

async function tagged(bank: TestBank, tag: string): Promise<string[]> {
  const rows = await bank.rows<{ name: string }>(
    'select c.name from customer_tag g join customer c on c.id = g.customer_id where g.tag = $1 and g.until is null order by 1',
    [tag],
  );
  return rows.map(({ name }) => name);
}

test('T-6: more than 10 trades in 30 days; interest and fees are none', async () => {
  const bank = await testBank();
  for (const key of ['ten', 'eleven', 'posted', 'old']) await bank.customer(key);
  for (let trade = 0; trade < 11; trade += 1) {
    if (trade < 10) await bank.move('ten', addDays(DAY, -trade), '1');
    await bank.move('eleven', addDays(DAY, -2 * trade), '1');
    await bank.move('posted', addDays(DAY, -trade), '1', trade % 2 ? 'fee' : 'interest');
    await bank.move('old', addDays(DAY, -20 - trade), '1'); // the last of them 30 days before: outside the window
  }
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await tagged(bank, 'frequent_trader'), ['eleven']);
});

test('A-4, T-7: silence is counted in whole days; both tags are kept', async () => {
  const bank = await testBank();
  const last = { d29: -29, d30: -30, d89: -89, d90: -90 };
  for (const [key, days] of Object.entries(last)) {
    await bank.customer(key);
    await bank.move(key, addDays(DAY, days), '100');
    await bank.move(key, addDays(DAY, -1), '0.10', 'interest');
  }
  await bank.customer('never', { since: '2025-01-01' });
  await bank.customer('fresh', { since: addDays(DAY, -5) });
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await tagged(bank, 'silence_warning'), ['d30', 'd89', 'd90', 'never']);
  assert.deepEqual(await tagged(bank, 'silent'), ['d90', 'never']);
});

test('T-9: a customer is new for 30 days after the opening', async () => {
  const bank = await testBank();
  for (const days of [0, 30, 31, -1]) await bank.customer(`opened ${days} days ago`, { since: addDays(DAY, -days) });
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await tagged(bank, 'new_customer'), ['opened 0 days ago', 'opened 30 days ago']);
});

test('a tag is a span with its reason: it ends, comes again, and a second run of a day leaves no trace', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.move('a', '2026-01-01', '100');
  const spans = () => bank.rows("select since, until from customer_tag where tag = 'silence_warning' order by since");
  await runBusinessDay(bank.ctx, '2026-01-30');
  assert.deepEqual(await spans(), []);
  await runBusinessDay(bank.ctx, '2026-01-31');
  assert.deepEqual(await spans(), [{ since: '2026-01-31', until: null }]);
  const [{ reason }] = (await bank.rows<{ reason: { asOf: string; inputs: { code: string }[] } }>(
    "select reason from customer_tag where tag = 'silence_warning'",
  )) as [never];
  assert.deepEqual(
    (reason as { inputs: Record<string, string>[] }).inputs.map(({ code, value, operator, threshold }) => [
      code,
      value,
      operator,
      threshold,
    ]),
    [
      ['days_silent', '30', '>=', '30'],
      ['accounts_held', '1', '>', '0'],
    ],
  );
  await runBusinessDay(bank.ctx, '2026-02-01');
  await bank.move('a', '2026-02-02', '5');
  await runBusinessDay(bank.ctx, '2026-02-02');
  await runBusinessDay(bank.ctx, '2026-02-02');
  assert.deepEqual(await spans(), [{ since: '2026-01-31', until: '2026-02-02' }]);
  await runBusinessDay(bank.ctx, '2026-03-04');
  assert.deepEqual((await spans())[1], { since: '2026-03-04', until: null });
  await bank.move('a', '2026-03-04', '5'); // it came after the first run of that day
  await runBusinessDay(bank.ctx, '2026-03-04');
  assert.deepEqual(await spans(), [{ since: '2026-01-31', until: '2026-02-02' }]);
});

test('the other tags of the pack', async () => {
  const bank = await testBank();
  for (const key of ['rich', 'salary', 'overdue', 'asleep', 'maturing']) await bank.customer(key);
  await bank.add('product', [{ key: 'p', name: '稳利一号', code: 'W1', class: 'wealth' }]);
  await bank.move('rich', addDays(DAY, -40), '300000.01');
  await bank.move('salary', addDays(DAY, -40), '9000', 'salary');
  await bank.add('loan', [{ key: 'l', customer: 'overdue', number: '1', amount: '1', status: 'overdue' }]);
  await bank.add('login', [{ key: 'g', customer: 'asleep', business_date: addDays(DAY, -30), channel: 'mobile' }]);
  await bank.add('holding', [
    {
      key: 'h',
      customer: 'maturing',
      product: 'p',
      market_value: '10',
      bought_on: '2025-01-01',
      maturity_date: addDays(DAY, 15),
    },
  ]);
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await tagged(bank, 'large_demand_deposits'), ['rich']);
  assert.deepEqual(await tagged(bank, 'salary_account'), ['salary']);
  assert.deepEqual(await tagged(bank, 'credit_risk'), ['overdue']);
  assert.deepEqual(await tagged(bank, 'digital_lapsed'), ['asleep']);
  assert.deepEqual(await tagged(bank, 'maturing_soon'), ['maturing']);
  assert.deepEqual(await tagged(bank, 'risk_assessment_expired'), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBusinessDay } from './public.ts';
import { testBank } from './testing.ts';

const DAY = '2026-03-02';

async function tiersOf(bank: Awaited<ReturnType<typeof testBank>>): Promise<Record<string, string>> {
  const rows = await bank.rows<{ name: string; tier: string }>('select name, tier from customer');
  return Object.fromEntries(rows.map(({ name, tier }) => [name, tier]));
}

test('T-1 to T-4: tiers begin above their bound, exactly on it falls to the lower tier', async () => {
  const bank = await testBank();
  const assets = {
    'T-1': '5000000.01',
    'T-2': '5000000',
    'T-3 low': '1000000.01',
    'T-3 high': '4999999.99',
    'T-4': '1000000',
    'T-4 little': '0.01',
  };
  for (const [key, amount] of Object.entries(assets)) {
    await bank.customer(key, { kind: 'company' });
    await bank.move(key, '2025-06-01', amount);
  }
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await tiersOf(bank), {
    'T-1': 'high_net_worth',
    'T-2': 'wealth',
    'T-3 low': 'wealth',
    'T-3 high': 'wealth',
    'T-4': 'mass',
    'T-4 little': 'mass',
  });
});

test('T-5: a person with modest assets, high inflow and no overdue loan has potential', async () => {
  const bank = await testBank();
  for (const key of ['enough', 'short', 'overdue']) await bank.customer(key);
  await bank.customer('company', { kind: 'company' });
  await bank.add('loan', [{ key: 'l', customer: 'overdue', number: '1', amount: '1000', status: 'overdue' }]);
  for (const key of ['enough', 'overdue', 'company']) await bank.move(key, '2026-02-01', '150000');
  await bank.move('short', '2026-02-01', '149999.99');
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await tiersOf(bank), { enough: 'potential', short: 'mass', overdue: 'mass', company: 'mass' });
});

test('a change of tier is kept with its day and reason', async () => {
  const bank = await testBank();
  await bank.customer('a', { kind: 'company' });
  await bank.move('a', '2026-03-01', '900000');
  await runBusinessDay(bank.ctx, '2026-03-01');
  await bank.move('a', DAY, '200000');
  const { counts } = await runBusinessDay(bank.ctx, DAY);
  assert.equal(counts.tierChanges, 1);
  const changes = await bank.rows(
    'select business_date, previous, tier, reason from tier_change order by business_date',
  );
  assert.equal(changes.length, 2);
  assert.deepEqual(
    { ...changes[1], reason: undefined },
    { business_date: DAY, previous: 'mass', tier: 'wealth', reason: undefined },
  );
  assert.deepEqual((changes[1]!.reason as { inputs: unknown }).inputs, [
    {
      code: 'aum',
      label: { zh: '管理资产', en: 'Assets under management' },
      unit: 'money',
      value: '1100000.00',
      operator: '>',
      threshold: '1000000',
    },
  ]);
});

test('a second run of the day with more facts leaves one change, and none when the customer is back', async () => {
  const bank = await testBank();
  await bank.customer('a', { kind: 'company' });
  await bank.move('a', '2026-03-01', '900000');
  await runBusinessDay(bank.ctx, '2026-03-01');
  await bank.move('a', DAY, '200000');
  await runBusinessDay(bank.ctx, DAY);
  await bank.move('a', DAY, '5000000');
  await runBusinessDay(bank.ctx, DAY);
  const changes = () => bank.rows('select previous, tier from tier_change where business_date = $1', [DAY]);
  assert.deepEqual(await changes(), [{ previous: 'mass', tier: 'high_net_worth' }]);
  await bank.move('a', DAY, '-5500000');
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await changes(), []);
  assert.deepEqual(await tiersOf(bank), { a: 'mass' });
});

test('the bounds are those of the currency of the books, unless the institution set its own', async () => {
  const bank = await testBank({ currency: 'CZK', zone: 'Europe/Prague', calendar: 'weekends' });
  await bank.customer('a', { kind: 'company' });
  await bank.add('account', [{ key: 'a', customer: 'a', number: 'a', currency: 'CZK' }]);
  await bank.move('a', '2026-03-01', '60000');
  await runBusinessDay(bank.ctx, '2026-03-01');
  assert.deepEqual(await tiersOf(bank), { a: 'wealth' });
  await bank.rows(`insert into parameter (code, value) values ('tier_wealth_aum', '"60000"')`);
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await tiersOf(bank), { a: 'mass' });
});

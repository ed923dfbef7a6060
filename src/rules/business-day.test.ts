import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBusinessDay } from './public.ts';
import { testBank } from './testing.ts';

test('a day', async () => {
  const bank = await testBank();
  await bank.add('customer', [{ key: 'a', name: '张三', kind: 'person', since: '2020-01-01' }]);
  await bank.add('account', [{ key: 'x', customer: 'a', number: '1', kind: 'current', currency: 'CNY', opened_on: '2020-01-01' }]);
  await bank.add('transaction', [
    { key: '1', customer: 'a', business_date: '2026-01-05', account: 'x', direction: 'in', amount: '5000000.01', balance_after: '5000000.01', kind: 'transfer' },
  ]);
  const result = await runBusinessDay(bank.ctx, '2026-01-05');
  console.log(JSON.stringify(result, null, 1));
  console.log(await bank.rows('select * from customer_metric'), await bank.rows('select * from tier_change'));
  assert.equal((await bank.rows<{ tier: string }>('select tier from customer'))[0]!.tier, 'high_net_worth');
});

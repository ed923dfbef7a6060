import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addDays } from '#kernel';
import { ids, seedRows, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());

const profile = async (number: number, as = 'rm001') =>
  (await server.call('GET', `/api/customers/${ids.customer(number)}/profile`, { as })).json;

test('the latest transactions stand in the profile, of a quiet customer however old they are', async () => {
  const { database, model } = server;
  await seedRows(database, model, 'account', [
    { key: 'A1', customer: ids.customer(1), number: '6222000000000001', kind: 'current', currency: 'CNY' },
    { key: 'A3', customer: ids.customer(3), number: '6222000000000003', kind: 'current', currency: 'CNY' },
  ]);
  const transaction = (key: string, customer: number, date: string) => ({
    key,
    customer: ids.customer(customer),
    business_date: date,
    account: ids.account(`A${customer}`),
    direction: 'in',
    amount: '1.00',
    currency: 'CNY',
  });
  await seedRows(database, model, 'transaction', [
    ...Array.from({ length: 30 }, (_, day) => transaction(`busy ${day}`, 1, addDays('2026-11-19', -day))),
    ...['2023-05-04', '2024-11-30', '2026-11-01'].map((date) => transaction(`quiet ${date}`, 3, date)),
  ]);
  const dates = async (number: number) =>
    (await profile(number)).transactions.map((row: { business_date: string }) => row.business_date);
  assert.deepEqual(
    await dates(1),
    Array.from({ length: 20 }, (_, day) => addDays('2026-11-19', -day)),
  );
  assert.deepEqual(await dates(3), ['2026-11-01', '2024-11-30', '2023-05-04']);
  assert.deepEqual(await dates(5), []);
  assert.equal((await profile(1)).transactions[0].account.label, '****0001');
  assert.equal((await profile(1)).transactions[0].source, 'test');
});

test('the asset curve tells money moved beside the total, and nothing to who sees amounts masked', async () => {
  const { database } = server;
  await database.query(`insert into aum_daily (customer_id, business_date, total, parts, flow) values
    (${ids.customer(1)}, '2026-11-01', 100, '{"deposit":"100.00"}', 0), (${ids.customer(1)}, '2026-11-02', 150, '{"deposit":"150.00"}', 60)`);
  assert.deepEqual((await profile(1)).aum.curve, [
    ['2026-11-01', '100.00'],
    ['2026-11-02', '150.00', '60.00'],
  ]);
  assert.deepEqual((await profile(1, 'service')).aum, { total: null, parts: {}, curve: [] });
});

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readInstitution } from '#access';
import { systemActor } from '#kernel';
import { runBusinessDays } from '#rules';
import { ids, seedRows, testServer } from './testing.ts';

const server = await testServer();
after(() => server.close());

const { database, model, clock } = server;
const account = (customer: number) => ({
  key: `a${customer}`,
  customer: ids.customer(customer),
  number: `${customer}`,
  opened_on: '2020-01-01',
});
const posting = (key: string, customer: number, date: string, amount: string, balance: string, kind = 'transfer') => ({
  key,
  customer: ids.customer(customer),
  account: ids.account(`a${customer}`),
  business_date: date,
  direction: amount.startsWith('-') ? 'out' : 'in',
  amount: amount.replace('-', ''),
  balance_after: balance,
  kind,
});
await seedRows(database, model, 'account', [1, 2, 3].map(account));
await seedRows(database, model, 'transaction', [
  posting('1', 1, '2026-10-01', '1000', '1000.00'),
  posting('2', 2, '2026-10-02', '500', '500.00'),
  posting('3', 3, '2026-11-10', '70', '70.00'),
  posting('4', 1, '2026-11-12', '-300', '700.00'),
  posting('5', 1, '2026-11-12', '1.25', '701.25', 'interest'),
]);
await runBusinessDays(
  { database, model, clock, actor: systemActor, institution: await readInstitution(database) },
  '2026-09-30',
  '2026-11-15',
);

const read = (as: string, query = '') => server.call('GET', `/api/assets${query}`, { as });
const line = (opening: string, flow: string, market: string, closing: string, customers: number) => ({
  opening,
  flow,
  market,
  movedIn: '0.00',
  movedOut: '0.00',
  closing,
  customers,
});

test('everybody sees the totals of the own reach, split into money and market', async () => {
  const rm = (await read('rm001')).json;
  assert.deepEqual(rm.total, line('1000.00', '-230.00', '1.25', '771.25', 2));
  assert.deepEqual([rm.asOf, rm.from, rm.to, rm.export], ['2026-11-15', '2026-11-01', '2026-11-15', true]);
  assert.deepEqual((await read('head01')).json.total, rm.total);
  const bank = (await read('head02')).json;
  assert.deepEqual(bank.total, line('1500.00', '-230.00', '1.25', '1271.25', 3));
  assert.deepEqual(
    bank.managers.map(({ label, closing }: { label: string; closing: string }) => [label, closing]).sort(),
    [
      ['王小明', '771.25'],
      [bank.managers.find(({ label }: { label: string }) => label !== '王小明').label, '500.00'],
    ].sort(),
  );
  const past = (await read('head02', '?period=custom&from=2026-10-02&to=2026-11-10')).json;
  assert.deepEqual(past.total, line('1000.00', '570.00', '0.00', '1570.00', 3));
  assert.deepEqual(past.curve.at(-1), ['2026-11-10', '1570.00', '70.00', '0.00']);
  const unit = (await read('head02', `?unit=${ids.unit('west')}`)).json;
  assert.equal(unit.total.closing, '500.00');
});

test('of other units nothing is told; who sees no amounts sees no totals', async () => {
  const other = (await read('head01', `?unit=${ids.unit('west')}`)).json;
  assert.deepEqual([other.total.closing, other.units], ['0.00', []]);
  for (const as of ['auditor', 'admin', 'security']) assert.equal((await read(as)).status, 403, as);
  const reversed = await read('rm001', '?period=custom&from=2026-11-02&to=2026-11-01');
  assert.deepEqual([reversed.status, reversed.json.field], [422, 'from']);
});

test('the assets of a walled customer count for his manager alone', async () => {
  await database.query('update customer set walled = true where id = $1', [ids.customer(1)]);
  await database.query('select note_changes($1, $2, $3)', [[ids.customer(1)], ['customer'], [null]]);
  await runBusinessDays(
    { database, model, clock, actor: systemActor, institution: await readInstitution(database) },
    '2026-11-16',
    '2026-11-16',
  );
  assert.equal((await read('rm001')).json.total.closing, '771.25');
  assert.equal((await read('head01')).json.total.closing, '70.00');
});

test('a table goes along as a file, and that is audited', async () => {
  const file = await server.call('GET', '/api/assets/export?by=managers&period=month', { as: 'rm001' });
  assert.equal(file.status, 200, file.text);
  // The customer who was walled moved, out of the open and behind the wall.
  assert.match(file.text, /王小明,1000\.00,-230\.00,1\.25,701\.25,701\.25,771\.25,2,/);
  const { rows } = await database.query("select detail -> 'assets' as by from audit_event where action = 'export'");
  assert.deepEqual(rows, [{ by: 'managers' }]);
});

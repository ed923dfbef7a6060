import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runDueJobs } from '#jobs';
import { allJobHandlers } from './background.ts';
import { ids, seedRows, type TestServer, testServer } from './testing.ts';

/** The small institution with two days of movements on one account. */
async function bankServer(): Promise<TestServer> {
  const server = await testServer();
  const customer = ids.customer(1);
  await seedRows(server.database, server.model, 'account', [
    { key: 'a1', customer, number: '6222', kind: 'current', currency: 'CNY', opened_on: '2020-01-01' },
  ]);
  const movement = { customer, account: ids.account('a1'), kind: 'transfer' };
  await seedRows(server.database, server.model, 'transaction', [
    {
      key: 't1',
      ...movement,
      business_date: '2026-11-17',
      direction: 'in',
      amount: '9000000',
      balance_after: '9000000',
    },
    {
      key: 't2',
      ...movement,
      business_date: '2026-11-18',
      direction: 'out',
      amount: '3000000',
      balance_after: '6000000',
    },
  ]);
  return server;
}

test('days are asked for by who may, run in the background and listed newest first', async () => {
  const { call, database, clock, model } = await bankServer();
  const range = { from: '2026-11-17', to: '2026-11-18' };
  assert.equal((await call('POST', '/api/business-days', { body: range })).status, 401);
  assert.equal((await call('POST', '/api/business-days', { as: 'head01', body: range })).status, 403);
  assert.equal((await call('GET', '/api/business-days', { as: 'rm001' })).status, 403);
  const asked = await call('POST', '/api/business-days', { as: 'admin', body: range });
  assert.equal(asked.status, 202);
  assert.equal((await call('POST', '/api/business-days', { as: 'admin', body: range })).json.job, asked.json.job);
  await runDueJobs({ database, clock, handlers: allJobHandlers(model, '/nonexistent') });
  const job = await call('GET', `/api/jobs/${asked.json.job}`, { as: 'admin' });
  assert.deepEqual([job.json.status, job.json.result], ['done', { days: 2, tasks: 3 }]);

  assert.equal((await call('GET', '/api/business-days/2026-11-18', { as: 'admin' })).json.tierChanges, 0);
  const { json } = await call('GET', '/api/business-days', { as: 'head01' });
  assert.deepEqual(
    json.rows.map(({ date, status, aumTotal, tasks }: Record<string, unknown>) => [date, status, aumTotal, tasks]),
    [
      ['2026-11-18', 'done', '6000000.00', 1],
      // Nine million came in, to somebody who was never called.
      ['2026-11-17', 'done', '9000000.00', 2],
    ],
  );
  assert.deepEqual(
    json.rows[0].steps.map(({ code, label }: { code: string; label: { en: string } }) => [code, label.en]),
    [
      ['aum', 'AUM snapshot'],
      ['metrics', 'Metrics'],
      ['tiers', 'Tiers'],
      ['tags', 'Tags'],
      ['rules', 'Rules and tasks'],
    ],
  );
  const page = await call('GET', '/api/business-days?limit=1', { as: 'head01' });
  assert.equal(page.json.next, '2026-11-18');
  const rest = await call('GET', '/api/business-days?limit=1&cursor=2026-11-18', { as: 'head01' });
  assert.deepEqual([rest.json.rows[0].date, rest.json.next], ['2026-11-17', null]);
});

test('one day is read by its date; dates and ranges that make no sense are refused', async () => {
  const { call } = await bankServer();
  assert.equal((await call('GET', '/api/business-days/2026-01-01', { as: 'admin' })).status, 404);
  const refused: [from: string, to: string, status: number][] = [
    ['2026-11-18', '2026-11-17', 422],
    ['2026-11-18', '2026-11-21', 422],
    ['2010-01-01', '2026-11-18', 422],
    ['2026-11-31', '2026-11-31', 400],
  ];
  for (const [from, to, status] of refused) {
    const answer = await call('POST', '/api/business-days', { as: 'admin', body: { from, to }, language: 'en' });
    assert.equal(answer.status, status, `${from} to ${to}: ${answer.text}`);
  }
});

test('a day left behind by a program that died reads as failed, with what to do', async () => {
  const server = await bankServer();
  await server.database.query(
    "insert into business_day (date, status, started_at) values ('2026-11-16', 'running', now())",
  );
  const { json } = await server.call('GET', '/api/business-days/2026-11-16', { as: 'admin' });
  assert.deepEqual([json.status, json.error], ['failed', '运行中断，请重新运行该日']);
});

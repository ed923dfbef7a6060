import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultInstitution } from '#access';
import { runDueJobs } from '#jobs';
import { systemActor } from '#kernel';
import { runBusinessDay } from '#rules';
import { allJobHandlers } from './background.ts';
import { ids, seedRows, testServer } from './testing.ts';

test('a rule is run by hand for customers within reach, by who may; a second time it alerts nobody', async () => {
  const server = await testServer();
  const { call, database, clock, model } = server;
  const customer = ids.customer(1);
  await seedRows(database, model, 'account', [
    { key: 'a1', customer, number: '6222', kind: 'current', currency: 'CNY', opened_on: '2020-01-01' },
  ]);
  const ctx = { database, clock, model, institution: defaultInstitution, actor: systemActor };
  await runBusinessDay(ctx, '2026-11-19');
  const movement = {
    customer,
    account: ids.account('a1'),
    kind: 'transfer',
    direction: 'in',
    amount: '5',
    balance_after: '5',
  };
  await seedRows(database, model, 'transaction', [{ key: 't1', ...movement, business_date: '2026-10-01' }]);
  await runBusinessDay(ctx, '2026-11-19', { full: true });
  await database.query('delete from alert; delete from task');

  const url = '/api/rules/silence/run';
  const body = { customers: [customer] };
  assert.equal((await call('POST', url, { body })).status, 401);
  assert.equal((await call('POST', url, { as: 'rm001', body })).status, 403);
  const run = async () => {
    const asked = await call('POST', url, { as: 'designer', body });
    assert.deepEqual([asked.status, asked.json.customers], [202, 1]);
    await runDueJobs({ database, clock, handlers: allJobHandlers(model, '/nonexistent') });
    return (await call('GET', `/api/jobs/${asked.json.jobs[0]}`, { as: 'designer' })).json.result;
  };
  assert.deepEqual(await run(), { customers: 1, alerts: 1 });
  assert.deepEqual(await run(), { customers: 1, alerts: 0 });
  assert.equal((await database.query('select from task')).rows.length, 1);
  const unknown = await call('POST', '/api/rules/no_such_rule/run', { as: 'designer', body });
  assert.equal(unknown.status, 404);
  const nobody = await call('POST', url, { as: 'designer', body: { customers: ['4611686018427387904'] } });
  assert.equal(nobody.status, 422);
});

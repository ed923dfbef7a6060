import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ids, seedRows, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());
const { database, model } = server;

const behaviour = (number: number, as = 'rm001') =>
  server.call('GET', `/api/customers/${ids.customer(number)}/behaviour`, { as });

test('sign-ins and page views are counted by window and topic, the latest first, each with its source', async () => {
  const customer = ids.customer(1);
  await seedRows(database, model, 'login', [
    {
      key: 'l1',
      customer,
      business_date: '2026-11-19',
      at: '2026-11-19T01:00:00Z',
      channel: 'mobile',
      device: 'Mate 60',
    },
    { key: 'l2', customer, business_date: '2026-11-01', channel: 'web' },
    { key: 'l3', customer, business_date: '2026-09-01', channel: 'mobile' },
    { key: 'l4', customer, business_date: '2026-03-01', channel: 'mobile' },
  ]);
  await seedRows(
    database,
    model,
    'page_view',
    Array.from({ length: 15 }, (_, index) => ({
      key: `p${index}`,
      customer,
      business_date: `2026-11-${String(index + 1).padStart(2, '0')}`,
      topic: index % 3 === 0 ? 'loan' : 'fund',
      channel: 'mobile',
      page: `第 ${index} 页`,
    })),
  );
  const { status, json, text } = await behaviour(1);
  assert.equal(status, 200, text);
  const counts = (of: { windows: { days: number; count: number }[] }) => of.windows.map(({ count }) => count);
  assert.equal(json.until, '2026-11-20');
  assert.deepEqual(counts(json.login), [3, 2, 1]);
  assert.deepEqual(json.login.groups, [
    { code: 'mobile', count: 2 },
    { code: 'web', count: 1 },
  ]);
  assert.equal(json.login.recent.length, 4, 'one of March is among the latest of a year');
  assert.deepEqual([json.login.recent[0].device, json.login.recent[0].source], ['Mate 60', 'test']);
  assert.deepEqual(counts(json.page_view), [15, 15, 2]);
  assert.deepEqual(json.page_view.groups, [
    { code: 'fund', count: 10 },
    { code: 'loan', count: 5 },
  ]);
  assert.deepEqual([json.page_view.recent.length, json.page_view.recent[0].page], [10, '第 14 页']);
});

test('a customer who does nothing is told as such; out of reach there is nobody; who may not read the facts gets none', async () => {
  const { json } = await behaviour(3);
  assert.deepEqual(json.login, {
    windows: [
      { days: 90, count: 0 },
      { days: 30, count: 0 },
      { days: 7, count: 0 },
    ],
    groups: [],
    recent: [],
  });
  assert.equal((await behaviour(2)).status, 404);
  const { json: agent } = await behaviour(1, 'service');
  assert.deepEqual([agent.login, agent.page_view], [null, null]);
});

test('the numbers of a customer: of the system that brought him, then of others with the rule; nobody out of reach', async () => {
  await database.query(
    `insert into customer_identity (system, external_id, customer_id, rule, since) values ('card', 'K-77', ${ids.customer(1)}, 'uscc', '2026-01-05')`,
  );
  const numbers = (number: number, as = 'rm001') =>
    server.call('GET', `/api/customers/${ids.customer(number)}/identities`, { as });
  const { json } = await numbers(1);
  const shown = json.identities.map((each: { label: { zh: string }; externalId: string; own: boolean }) => [
    each.label.zh,
    each.externalId,
    each.own,
  ]);
  assert.deepEqual(shown, [
    ['test', '1', true],
    ['信用卡系统', 'K-77', false],
  ]);
  assert.equal(json.identities[0].asOf, '2026-11-19');
  assert.match(json.identities[1].rule.zh, /信用代码/);
  assert.equal((await numbers(2)).status, 404);
});

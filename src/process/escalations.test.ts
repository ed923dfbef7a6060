import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ids, testServer } from '../server/testing.ts';
import { tellEscalations } from './public.ts';

const server = await testServer();
after(() => server.close());
const { call, clock, database, model } = server;

const look = () => tellEscalations({ database, clock, signal: new AbortController().signal }, model);

interface Told {
  title: { zh: string; en: string };
  path: string;
  username: string;
}

const bells = async () =>
  (
    await database.query<Told>(
      'select n.title, n.path, u.username from notification n join "user" u on u.id = n.user_id order by n.at, u.username, n.title->>\'zh\'',
    )
  ).rows.map(({ username, title }) => `${username} ${title.zh}`);

const create = async (title: string, due: string, customer = 1) => {
  const body = { customer: ids.customer(customer), title, due_at: due };
  const { status, json, text } = await call('POST', '/api/tasks', { as: 'rm001', body });
  assert.equal(status, 201, text);
  return json.id as string;
};

// The clock of the test stands at 2026-11-20, a Friday; eight working hours before it are on the day before.
test('a task overdue for longer than allowed rings the bell of the supervisor once, a new deadline that is missed again', async () => {
  await create('刚逾期', clock().toISOString().replace(/T.*/, 'T00:30:00Z'));
  const late = await create('早已逾期', '2026-11-16T01:00:00Z');
  assert.deepEqual(await look(), { tasks: 1 });
  assert.deepEqual(await bells(), ['supervisor 待办逾期升级：早已逾期']);
  assert.deepEqual(await look(), { tasks: 0 });
  await database.query('delete from notification');
  assert.deepEqual(await look(), { tasks: 0 });
  assert.deepEqual(await bells(), [], 'cleared away, it does not ring again');
  const { json } = await call('GET', `/api/tasks/${late}`, { as: 'rm001' });
  const moved = await call('PATCH', `/api/tasks/${late}`, {
    as: 'rm001',
    body: { version: json.version, due_at: '2026-11-17T01:00:00Z' },
  });
  assert.equal(moved.status, 200, moved.text);
  assert.deepEqual(await look(), { tasks: 1 });
  assert.deepEqual(await bells(), ['supervisor 待办逾期升级：早已逾期']);
  const read = await call('GET', '/api/notifications', { as: 'supervisor' });
  const [bell] = read.json.items;
  assert.deepEqual([bell.path, bell.level], ['/team?view=escalations', 'urgent']);
});

test('many at once are one line; two looks at the same time tell once; of walled customers nobody is told', async () => {
  await database.query('delete from notification');
  await database.query('update customer set walled = true where id = $1', [ids.customer(5)]);
  for (const n of [1, 2, 3, 4]) await create(`积压${n}`, `2026-11-1${n}T01:00:00Z`, 3);
  await create('隔离', '2026-11-11T01:00:00Z', 5);
  const [one, other] = await Promise.all([look(), look()]);
  assert.equal(one.tasks + other.tasks, 4);
  assert.deepEqual(await bells(), ['supervisor 4 项待办逾期升级']);
});

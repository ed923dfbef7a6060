import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ids, testServer } from '../server/testing.ts';

const server = await testServer({ at: '2026-11-20T02:00:00Z' });
const later = await testServer({ beside: server });
after(async () => {
  await later.close();
  await server.close();
});

test('what came, fell due and was done by others while somebody was away', async () => {
  const first = await server.call('GET', '/api/day-plan/missed', { as: 'rm001' });
  assert.deepEqual([first.json.since, first.json.created], [null, 0], 'the first time nothing was missed');
  assert.equal((await server.call('GET', '/api/day-plan/missed', { as: 'designer' })).status, 403);

  server.clock.set('2026-11-23T02:00:00Z');
  const create = async (title: string, dueAt: string) => {
    const body = { customer: ids.customer(1), title, due_at: dueAt, assignee: ids.user('rm001') };
    const answer = await server.call('POST', '/api/tasks', { as: 'head01', body });
    assert.equal(answer.status, 201, answer.text);
    return answer.json.id as string;
  };
  const done = await create('到期跟进', '2026-11-22T09:00:00Z');
  await create('生日关怀', '2026-11-30T09:00:00Z');
  await create('回访', '2026-11-22T09:00:00Z');
  const result = await server.call('POST', `/api/tasks/${done}/result`, { as: 'head01', body: { result: 'reached' } });
  assert.equal(result.status, 200, result.text);
  await server.database.query('update task set created_at = $1', [server.clock()]);

  // He signs in again.
  server.clock.set('2026-11-24T02:00:00Z');
  const told = (await later.call('GET', '/api/day-plan/missed', { as: 'rm001' })).json;
  assert.deepEqual(
    [told.since, told.created, told.overdue, told.doneByOthers, told.tasks.length],
    ['2026-11-20T02:00:00+00:00', 3, 1, 1, 3],
  );
  assert.deepEqual([told.tasks[0].title, told.tasks[0].customer.name], ['回访', '欧阳娜娜']);
});

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ids, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());

describe('tasks and the day plan', () => {
  const create = async (customer: number, title: string, dueAt: string, priority = 'normal') => {
    const answer = await server.call('POST', '/api/tasks', {
      as: 'rm001',
      body: { customer: ids.customer(customer), title, due_at: dueAt, priority },
    });
    assert.equal(answer.status, 201, answer.text);
    return answer.json.id as string;
  };
  const plan = async (query = '', as = 'rm001') => (await server.call('GET', `/api/day-plan${query}`, { as })).json;

  test('one card per customer, the most pressing first; snooze, result, undo, follow-up', async () => {
    assert.deepEqual((await plan()).cards, []);
    const later = await create(1, '到期跟进', '2026-11-20T09:00:00Z');
    await create(1, '生日关怀', '2026-11-23T09:00:00Z', 'low');
    const urgent = await create(3, '资金异动', '2026-11-20T01:00:00Z', 'high');
    const first = await plan();
    assert.deepEqual(first.counts, { open: 3, overdue: 1, dueToday: 1, doneToday: 0 });
    assert.deepEqual(
      first.cards.map((card: { customer: { name: string }; tasks: { title: string }[] }) => [
        card.customer.name,
        card.tasks.map((task) => task.title),
      ]),
      [
        ['张三3', ['资金异动']],
        ['欧阳娜娜', ['到期跟进', '生日关怀']],
      ],
    );
    assert.equal(first.cards[0].tasks[0].overdue, true);

    const snoozed = await server.call('POST', `/api/tasks/${later}/snooze`, {
      as: 'rm001',
      body: { until: '2026-11-25' },
    });
    assert.equal(snoozed.json.snoozedUntil, '2026-11-25');
    assert.equal((await plan()).counts.open, 2);
    const past = await server.call('POST', `/api/tasks/${later}/snooze`, {
      as: 'rm001',
      body: { until: '2026-11-01' },
    });
    assert.deepEqual([past.status, past.json.field], [422, 'until']);

    const undated = await server.call('POST', `/api/tasks/${urgent}/result`, {
      as: 'rm001',
      body: { result: 'follow_up' },
    });
    assert.deepEqual([undated.status, undated.json.field], [422, 'nextOn']);
    const done = await server.call('POST', `/api/tasks/${urgent}/result`, {
      as: 'rm001',
      body: { result: 'follow_up', note: '客户买房首付，月底再约', nextOn: '2026-11-27' },
    });
    assert.deepEqual([done.status, done.json.status, done.json.result], [200, 'done', 'follow_up']);
    const twice = await server.call('POST', `/api/tasks/${urgent}/result`, {
      as: 'rm001',
      body: { result: 'reached' },
    });
    assert.deepEqual([twice.status, twice.json.code], [409, 'tasks.not_open']);

    const after = await plan();
    assert.equal(after.counts.doneToday, 1);
    const follow = after.cards
      .flatMap((card: { tasks: { title: string; dueAt: string }[] }) => card.tasks)
      .find((task: { title: string }) => task.title === '跟进：资金异动');
    assert.equal(follow.dueAt, '2026-11-27T03:30:00+00:00');
    assert.equal((await plan('?status=done')).cards[0].tasks[0].result, 'follow_up');
    const profile = (await server.call('GET', `/api/customers/${ids.customer(3)}/profile`, { as: 'rm001' })).json;
    assert.equal(profile.interactions[0].summary, '客户买房首付，月底再约');
    assert.deepEqual(profile.timeline.map((event: { kind: string }) => event.kind).sort(), ['interaction', 'task']);

    const reopened = await server.call('POST', `/api/tasks/${urgent}/reopen`, { as: 'rm001' });
    assert.deepEqual([reopened.json.status, reopened.json.result], ['open', null]);
    const titles = (await plan()).cards.flatMap((card: { tasks: { title: string }[] }) =>
      card.tasks.map((task) => task.title),
    );
    assert.ok(titles.includes('资金异动') && !titles.includes('跟进：资金异动'), 'the follow-up goes with its result');
    const idle = await server.call('POST', `/api/tasks/${urgent}/reopen`, { as: 'rm001' });
    assert.deepEqual([idle.status, idle.json.code], [409, 'tasks.not_done']);
  });

  test("a task is done by those in whose reach it is; others' do not exist", async () => {
    const task = await create(5, '回访', '2026-11-21T09:00:00Z');
    const other = await server.call('POST', `/api/tasks/${task}/result`, { as: 'rm002', body: { result: 'reached' } });
    assert.equal(other.status, 404);
    assert.equal(
      (await server.call('POST', `/api/tasks/${task}/result`, { as: 'admin', body: { result: 'reached' } })).status,
      403,
    );
    assert.equal(
      (await server.call('POST', `/api/tasks/${task}/result`, { as: 'head01', body: { result: 'reached' } })).status,
      200,
    );
  });

  test('a head looks at the plans and the board of the own people only', async () => {
    assert.equal(
      (await server.call('GET', `/api/day-plan?assignee=${ids.user('rm001')}`, { as: 'head01' })).status,
      200,
    );
    assert.equal(
      (await server.call('GET', `/api/day-plan?assignee=${ids.user('rm002')}`, { as: 'head01' })).status,
      404,
    );
    assert.equal(
      (await server.call('GET', `/api/day-plan?assignee=${ids.user('rm001')}`, { as: 'rm002' })).status,
      404,
    );
    const members = async (as: string) =>
      (await server.call('GET', '/api/team', { as })).json.members
        .map((member: { user: { username: string } }) => member.user.username)
        .sort();
    assert.deepEqual(await members('head01'), ['rm001']);
    assert.deepEqual(await members('head02'), ['rm001', 'rm002']);
    assert.equal((await server.call('GET', '/api/team', { as: 'rm001' })).status, 403);
  });
});

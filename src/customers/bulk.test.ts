import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { runDueJobs } from '#jobs';

import { allJobHandlers, ids, published, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());

const ask = (as: string, body: unknown) => server.call('POST', '/api/customers/bulk', { as, body });
const work = () =>
  runDueJobs({
    database: server.database,
    clock: server.clock,
    handlers: allJobHandlers(server.model, '/nonexistent'),
  });
const task = { kind: 'task', title: '年末回访', dueOn: '2026-11-30' };

describe('one act on many customers', () => {
  test('makes a task for each customer of a question, for his own manager, and tells the way', async () => {
    const answer = await ask('head02', {
      action: { ...task, script: '您好' },
      question: { filter: ['kind:eq:company'] },
    });
    assert.deepEqual([answer.status, answer.json.count], [202, 3]);
    await work();
    const job = await server.call('GET', `/api/jobs/${answer.json.job}`, { as: 'head02' });
    assert.deepEqual([job.json.status, job.json.result], ['done', { total: 3, done: 3, refused: {} }]);
    assert.equal((await server.call('GET', `/api/jobs/${answer.json.job}`, { as: 'rm001' })).status, 404);
    const { rows } = await server.database.query(
      "select t.assignee_id = c.owner_id as own, t.due_at::text as due from task t join customer c on c.id = t.customer_id where t.title = '年末回访'",
    );
    assert.deepEqual(
      rows,
      Array.from({ length: 3 }, () => ({ own: true, due: '2026-11-30 10:00:00+00' })),
    );
  });

  test('changes a field of those picked within reach; what is refused for one does not hold up the others', async () => {
    const picked = [1, 2, 3].map(ids.customer);
    const answer = await ask('rm001', { action: { kind: 'update', values: { occupation: '教师' } }, ids: picked });
    assert.deepEqual([answer.status, answer.json.count], [202, 2], 'customer 2 is not his');
    await server.database.query(
      `update customer set walled = true, owner_id = ${ids.user('rm002')} where id = ${ids.customer(3)}`,
    );
    await work();
    const job = await server.call('GET', `/api/jobs/${answer.json.job}`, { as: 'rm001' });
    assert.equal(job.json.result.done, 1);
    const [[code, refused]] = Object.entries(job.json.result.refused) as [
      [string, { count: number; customers: string[] }],
    ];
    assert.deepEqual([code, refused.count, refused.customers], ['customers.not_found', 1, [ids.customer(3)]]);
    const { rows } = await server.database.query("select number from customer where occupation = '教师'");
    assert.deepEqual(rows, [{ number: 'C1001' }]);
    const { rows: events } = await server.database.query<{ actor: string }>(
      `select actor from audit_event where action = 'update' and record_id = ${ids.customer(1)} order by id desc limit 1`,
    );
    assert.deepEqual(events, [{ actor: 'rm001' }]);
  });

  test('sets a tag that people set for all in reach with its day and reason, renews it, and takes it away again', async () => {
    await published(server, 'tags', { code: 'visit', label: { zh: '年末拜访', en: 'Year-end visit' }, manual: true });
    const tag = { kind: 'tag', tag: 'visit', until: '2026-12-31', reason: '年末走访名单' };
    const picked = [1, 5, 7].map(ids.customer);
    const answer = await ask('rm001', { action: tag, ids: [...picked, ids.customer(2)] });
    assert.deepEqual([answer.status, answer.json.count], [202, 3], 'customer 2 is not his');
    await work();
    const result = async (job: string, as: string) =>
      (await server.call('GET', `/api/jobs/${job}`, { as })).json.result as {
        done: number;
        refused: Record<string, { zh: string; count: number }>;
      };
    assert.deepEqual(await result(answer.json.job, 'rm001'), { total: 3, done: 3, refused: {} });
    const held = async () => {
      const { rows } = await server.database.query<{
        n: number;
        until: string;
        note: string;
        by: string;
        text: string;
      }>(
        `select c.id::text as id, t.expires_on::text as until, t.note, t.reason->>'by' as by, m.tags::text as text
           from customer_tag t join customer c on c.id = t.customer_id left join customer_metric m on m.customer_id = c.id
          where t.tag = 'visit' and t.until is null order by c.number`,
      );
      return rows;
    };
    assert.deepEqual(
      (await held()).map(({ until, note, by }) => [until, note, by]),
      picked.map(() => ['2026-12-31', '年末走访名单', '王小明']),
    );
    const renewed = await ask('head02', {
      action: { ...tag, until: null, reason: '长期' },
      question: { filter: ['tags:in:visit'] },
    });
    assert.equal(renewed.json.count, 3);
    await work();
    assert.deepEqual(
      (await held()).map(({ until, note }) => [until, note]),
      picked.map(() => [null, '长期']),
    );
    const away = await ask('head02', {
      action: { kind: 'untag', tag: 'visit', reason: '已走访' },
      ids: [picked[0], picked[1], ids.customer(2)],
    });
    await work();
    const { done, refused } = await result(away.json.job, 'head02');
    assert.deepEqual([done, refused['rules.tag_not_set']?.count], [2, 1]);
    assert.match(refused['rules.tag_not_set']!.zh, /年末拜访/);
    assert.equal((await held()).length, 1);
    const { rows } = await server.database.query<{ detail: { note: string; tag_removed: string } }>(
      `select detail from audit_event where customer_id = ${picked[0]} order by id desc limit 1`,
    );
    assert.deepEqual([rows[0]!.detail.tag_removed, rows[0]!.detail.note], ['visit', '已走访']);
  });

  test('no tag of the system, no day that is over, nobody without the right to set tags', async () => {
    const code = async (as: string, action: unknown) => (await ask(as, { action, question: {} })).json.code;
    const reason = '试试';
    assert.equal(await code('rm001', { kind: 'tag', tag: 'silent', reason }), 'rules.tag_not_manual');
    assert.equal(await code('rm001', { kind: 'untag', tag: 'nothing', reason }), 'rules.why_unknown');
    const over = await ask('rm001', {
      action: { kind: 'tag', tag: 'visit', until: '2026-11-01', reason },
      question: {},
    });
    assert.deepEqual([over.json.code, over.json.field], ['rules.tag_until_past', 'action.until']);
    assert.equal(await code('compliance', { kind: 'tag', tag: 'visit', reason }), 'http.forbidden');
  });

  test('work that was interrupted goes on where it stood, and does nothing twice', async () => {
    const answer = await ask('head02', { action: { ...task, title: '中断' }, question: {} });
    await server.database.query("update bulk_action set position = 25 where action->>'title' = '中断'");
    await work();
    assert.equal((await server.call('GET', `/api/jobs/${answer.json.job}`, { as: 'head02' })).json.status, 'done');
    const { rows } = await server.database.query("select count(*)::int as count from task where title = '中断'");
    assert.deepEqual(rows, [{ count: answer.json.count - 25 }]);
  });

  test('is refused with the reason: rights, nobody, both ways of choosing, days that are over, fields that may not be set', async () => {
    const code = async (as: string, body: unknown) => {
      const { status, json } = await ask(as, body);
      return [status, json.code];
    };
    assert.deepEqual(await code('compliance', { action: task, question: {} }), [403, 'http.forbidden']);
    assert.deepEqual(await code('rm001', { action: task, ids: [ids.customer(2)] }), [422, 'customers.bulk_nothing']);
    assert.equal((await ask('rm001', { action: task, ids: ['1'], question: {} })).status, 400);
    assert.equal((await ask('rm001', { action: task })).status, 400);
    assert.deepEqual(await code('rm001', { action: { ...task, dueOn: '2026-11-01' }, question: {} }), [
      422,
      'customers.bulk_due',
    ]);
    const answer = await ask('rm001', { action: { kind: 'update', values: { aum: '1' } }, ids: [ids.customer(1)] });
    await work();
    const job = await server.call('GET', `/api/jobs/${answer.json.job}`, { as: 'rm001' });
    assert.deepEqual(Object.keys(job.json.result.refused), ['records.field_not_writable']);
  });
});

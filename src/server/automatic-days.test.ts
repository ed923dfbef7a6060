import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { runDueJobs } from '#jobs';
import { addDays } from '#kernel';
import { heartbeat } from '#rules';
import { allJobHandlers, allSchedules } from './background.ts';
import { testServer } from './testing.ts';

const server = await testServer();
after(() => server.close());

/** Two processes of the program do what is due. */
async function work(at: string): Promise<void> {
  server.clock.set(at);
  const { database, model, clock } = server;
  const options = {
    database,
    clock,
    handlers: allJobHandlers(model, '/nonexistent'),
    schedules: allSchedules('Asia/Shanghai').filter(({ name }) => name === 'automatic_days'),
  };
  await Promise.all([runDueJobs(options), runDueJobs(options)]);
}

const days = async (): Promise<string[]> => {
  const { rows } = await server.database.query<{ date: string }>(
    "select date::text from business_day where status = 'done' order by started_at, date",
  );
  return rows.map(({ date }) => date);
};

test('days run by themselves at their time; after a standstill every missed date in order, each once', async () => {
  await work('2026-11-20T10:00:00+08:00');
  assert.deepEqual(await days(), [], 'nothing runs by itself unless it is set');
  const setting = { enabled: true, at: '01:30', date: 'yesterday' };
  const refused = await server.call('PUT', '/api/automatic-days', { as: 'designer', body: setting });
  assert.equal(refused.status, 403);
  const wrong = await server.call('PUT', '/api/automatic-days', { as: 'admin', body: { ...setting, at: '25:00' } });
  assert.equal(wrong.status, 400);
  const set = await server.call('PUT', '/api/automatic-days', { as: 'admin', body: setting });
  assert.equal(set.status, 200, set.text);
  assert.deepEqual([set.json.expected, set.json.missed], ['2026-11-19', []]);
  await work('2026-11-20T10:00:00+08:00');
  assert.deepEqual(await days(), [], 'a time already past is not made up on the first day');
  await work('2026-11-21T01:30:00+08:00');
  assert.deepEqual(await days(), ['2026-11-20']);

  server.clock.set('2026-12-01T09:00:00+08:00');
  const told = await server.call('GET', '/api/automatic-days', { as: 'head01' });
  assert.deepEqual(
    [told.json.expected, told.json.missed.length, told.json.missed[0]],
    ['2026-11-30', 10, '2026-11-21'],
  );
  await work('2026-12-01T09:00:00+08:00');
  assert.deepEqual(
    await days(),
    Array.from({ length: 11 }, (_, index) => addDays('2026-11-20', index)),
  );
  await work('2026-12-01T23:00:00+08:00');
  assert.equal((await days()).length, 11);
  const { rows } = await server.database.query<{ count: string }>(
    "select count(*) as count from audit_event where action = 'day'",
  );
  assert.equal(rows[0]!.count, '11', 'no date was run twice');
});

test('the health of the rules tells what was missed, and the heartbeat tells people of it once', async () => {
  const told = async () =>
    (
      await server.database.query<{ title: string }>(
        "select title ->> 'zh' as title from notification order by user_id",
      )
    ).rows;
  const beat = () => heartbeat({ database: server.database, clock: server.clock }, server.model);
  assert.deepEqual((await beat()).missed, null);
  assert.deepEqual(await told(), []);
  server.clock.set('2026-12-03T07:00:00+08:00');
  assert.deepEqual((await beat()).missed, '2026-12-02');
  const first = await told();
  assert.ok(first.length >= 2, 'administrators and designers are told');
  assert.equal(first[0]!.title, '规则没有运行：2026-12-02');
  assert.equal((await beat()).told, 0);
  assert.equal((await told()).length, first.length);
  const health = (await server.call('GET', '/api/rule-health?days=5', { as: 'head02' })).json;
  assert.deepEqual([health.expected, health.newest, health.isLate], ['2026-12-02', '2026-11-30', true]);
  const silence = health.rules.find(({ code }: { code: string }) => code === 'silence');
  assert.deepEqual(
    silence.cells.map(({ status }: { status: string }) => status),
    ['missing', 'missing', 'done', 'done', 'done'],
  );
});

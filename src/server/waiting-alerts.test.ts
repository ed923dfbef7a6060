import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultInstitution } from '#access';
import { runDueJobs } from '#jobs';
import { systemActor } from '#kernel';
import { withDefinitions } from '#metadata';
import { runBusinessDay } from '#rules';
import { allJobHandlers } from './background.ts';
import { seedRows, testServer } from './testing.ts';

test('what waits above the limit of a rule is told once, and released or given up by who may, once', async () => {
  const server = await testServer();
  const { call, database, clock } = server;
  const task = {
    title: { zh: '标题', en: 'Title' },
    reason: { zh: '原因', en: 'Reason' },
    script: { zh: '话术', en: 'Script' },
    priority: 'normal',
    due: { workdays: 1, at: '17:00' },
  };
  const label = { zh: '风暴', en: 'Storm' };
  // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
  const body = { code: 'storm', label, when: 'day', if: 'true', alerts_per_day: 1, then: [{ task }] };
  const model = Object.assign(
    server.model,
    withDefinitions({ ...server.model }, [{ kind: 'rules', version: 1, code: 'storm', body }]),
  );
  await seedRows(
    database,
    model,
    'customer',
    [1, 2, 3].map((n) => ({ key: `x${n}`, name: `x${n}`, kind: 'person', since: '2020-01-01' })),
  );
  const ctx = { database, clock, model, institution: defaultInstitution, actor: systemActor };
  const storm = async (outcome: string) =>
    Number(
      (
        await database.query<{ n: string }>("select count(*) as n from alert where rule = 'storm' and outcome = $1", [
          outcome,
        ])
      ).rows[0]!.n,
    );
  const tasks = async () => (await database.query("select from task where rule = 'storm'")).rows.length;
  const url = '/api/rules/storm/waiting';
  await runBusinessDay(ctx, '2026-11-19');
  assert.equal(await storm('acted'), 1);
  const waiting = await storm('over_limit');
  assert.equal(waiting, 1, 'as many again wait');
  await runBusinessDay(ctx, '2026-11-19');
  const told = await database.query<{ text: { en: string }; path: string }>(
    "select text, path from notification where rule = 'storm'",
  );
  assert.equal(told.rows.length, 1, 'one designer, once');
  assert.match(told.rows[0]!.text.en, /1 more wait/);
  assert.equal(told.rows[0]!.path, '/design/rules/storm');
  assert.deepEqual((await call('GET', url, { as: 'designer' })).json.rows, [{ date: '2026-11-19', waiting: 1 }]);

  assert.equal((await call('POST', url, { as: 'rm001', body: { step: 'discard' } })).status, 403);
  const none = await call('POST', url, { as: 'designer', body: { step: 'discard', date: '2026-11-18' } });
  assert.equal(none.status, 409);
  const release = { step: 'release', date: '2026-11-19' };
  const asked = await call('POST', url, { as: 'designer', body: release });
  assert.deepEqual([asked.status, asked.json.alerts], [202, 1]);
  assert.equal((await call('POST', url, { as: 'designer', body: release })).json.job, asked.json.job, 'one job');
  await runDueJobs({ database, clock, handlers: allJobHandlers(model, '/nonexistent') });
  assert.deepEqual([await storm('acted'), await storm('over_limit'), await tasks()], [2, 0, 2]);
  assert.equal((await call('POST', url, { as: 'designer', body: { step: 'release' } })).status, 409);
  const [run] = (await database.query("select status, waiting from rule_run where rule = 'storm'")).rows;
  assert.deepEqual(run, { status: 'done', waiting: 0 });

  await runBusinessDay(ctx, '2026-11-20');
  assert.equal(await storm('over_limit'), 1);
  const given = await call('POST', url, { as: 'designer', body: { step: 'discard', date: '2026-11-20' } });
  assert.deepEqual([given.status, given.json], [202, { alerts: 1, job: null }]);
  assert.deepEqual([await storm('discarded'), await storm('over_limit')], [1, 0]);
  const audited = await database.query(
    "select from audit_event where detail ->> 'step' = 'discard' and detail ->> 'code' = 'storm'",
  );
  assert.equal(audited.rows.length, 1);
});

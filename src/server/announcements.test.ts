import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultInstitution } from '#access';
import { startWorker } from '#jobs';
import { systemActor } from '#kernel';
import { recordId, withDefinitions } from '#metadata';
import { runBusinessDay, startRefresher } from '#rules';
import { allJobHandlers } from './background.ts';
import { ids, seedRows, testServer } from './testing.ts';

test('an announcement written on its page alerts all holders at once, when it is made and when it becomes serious', {
  timeout: 60_000,
}, async () => {
  const server = await testServer();
  const { call, database, clock } = server;
  const task = {
    title: { zh: '解读', en: 'Explain' },
    reason: { zh: '“{event_title}”', en: '"{event_title}"' },
    script: { zh: '话术', en: 'Script' },
    priority: 'normal',
    due: { working_hours: 2 },
  };
  const body = {
    code: 'news',
    label: { zh: '利空', en: 'Bad news' },
    subject: 'holding',
    when: { record: 'announcement' },
    if: 'event_severity = "major_bad"',
    // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
    then: [{ task }],
  };
  const model = Object.assign(
    server.model,
    withDefinitions({ ...server.model }, [{ kind: 'rules', version: 1, code: 'news', body }]),
  );
  const product = recordId('product', 'test', 'p');
  await seedRows(database, model, 'product', [{ key: 'p', name: '稳健一号', code: 'P', class: 'wealth' }]);
  const holders = ['x1', 'x2'];
  const people = holders.map((key) => ({ key, name: key, kind: 'person', since: '2020-01-01' }));
  await seedRows(database, model, 'customer', people);
  const holdings = holders.map((key) => ({
    key,
    customer: ids.customer(key),
    product,
    market_value: '1',
  }));
  await seedRows(database, model, 'holding', holdings);
  const ctx = { database, clock, model, institution: defaultInstitution, actor: systemActor };
  await runBusinessDay(ctx, '2026-11-19');
  const errors: unknown[] = [];
  const report = (error: unknown) => errors.push(error);
  const worker = await startWorker({ database, clock, handlers: allJobHandlers(model, '/nonexistent'), report });
  const refresher = await startRefresher({ database, clock, model: () => model, report });
  const reasons = async (count: number) => {
    for (;;) {
      const { rows } = await database.query<{ reason: string }>(
        "select reason from task where rule = 'news' order by id",
      );
      if (rows.length >= count) return rows.map(({ reason }) => reason);
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  try {
    const news = { title: '违约', product, severity: 'major_bad', at: '2026-11-20T01:00:00Z' };
    const made = await call('POST', '/api/announcements', { as: 'designer', body: news });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(await reasons(2), ['“违约”', '“违约”']);
    const mild = await call('POST', '/api/announcements', {
      as: 'designer',
      body: { ...news, title: '传闻', severity: 'bad' },
    });
    const path = `/api/announcements/${mild.json.id}`;
    const changed = await call('PATCH', path, { as: 'designer', body: { version: 1, severity: 'major_bad' } });
    assert.equal(changed.status, 200, changed.text);
    assert.equal((await reasons(4)).filter((reason) => reason === '“传闻”').length, 2);
  } finally {
    await refresher.stop();
    await worker.stop();
  }
  assert.deepEqual(errors, []);
  await runBusinessDay(ctx, '2026-11-20');
  assert.equal((await reasons(4)).length, 4);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultInstitution } from '#access';
import { systemActor } from '#kernel';
import { withDefinitions } from '#metadata';
import { runBusinessDay } from '#rules';
import { ids, seedRows, testServer } from './testing.ts';

const text = (zh: string, en: string) => ({ zh, en });

test('what rules write about a customer is read in either language, until somebody writes it himself', async () => {
  const server = await testServer();
  const { call, database, clock } = server;
  const due = { workdays: 1, at: '17:00' };
  const body = {
    code: 'both',
    label: text('两种语言', 'Both languages'),
    when: 'day',
    if: 'true',
    // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
    then: [
      {
        case: {
          kind: 'request',
          title: text('请求', 'A request'),
          text: text('内容 {aum}', 'Text {aum}'),
          priority: 'normal',
          due,
        },
      },
      { opportunity: { title: text('商机', 'A chance'), reason: text('来由', 'A reason') } },
      { message: { channel: 'email', to: 'manager', subject: text('主题', 'A subject'), text: text('正文', 'Words') } },
      {
        task: {
          title: text('待办', 'A task'),
          reason: text('原因', 'Because'),
          script: text('话术', 'Say'),
          priority: 'normal',
          due,
        },
      },
    ],
  };
  const model = Object.assign(
    server.model,
    withDefinitions({ ...server.model }, [{ kind: 'rules', version: 1, code: 'both', body }]),
  );
  await seedRows(database, model, 'customer', [
    { key: 'x1', name: 'x1', kind: 'person', since: '2020-01-01', owner: ids.user('rm001'), branch: ids.unit('east') },
  ]);
  const ctx = { database, clock, model, institution: defaultInstitution, actor: systemActor };
  await runBusinessDay(ctx, '2026-11-19');
  const filter = `filter=customer:eq:${ids.customer('x1')}&filter=rule:eq:both`;
  const read = async (path: string, language: 'zh' | 'en') => {
    await call('PATCH', '/api/session', { as: 'rm001', body: { language } });
    const { json, status, text: told } = await call('GET', `/api/${path}?${filter}`, { as: 'rm001' });
    assert.equal(status, 200, told);
    assert.equal(json.rows.length, 1, told);
    const one = await call('GET', `/api/${path}/${json.rows[0].id}`, { as: 'rm001' });
    return { listed: json.rows[0], one: one.json };
  };
  const shown = async (path: string, fields: string[]) => {
    const [zh, en] = [await read(path, 'zh'), await read(path, 'en')];
    assert.equal(en.listed.title ?? en.listed.text, en.one.title ?? en.one.text, 'the list as the page');
    return fields.map((field) => [zh.one[field], en.one[field]]);
  };
  assert.deepEqual(await shown('service-cases', ['title', 'text']), [
    ['请求', 'A request'],
    ['内容 ¥0.00', 'Text ¥0.00'],
  ]);
  assert.deepEqual(await shown('opportunities', ['title', 'reason']), [
    ['商机', 'A chance'],
    ['来由', 'A reason'],
  ]);
  assert.deepEqual(await shown('messages', ['subject', 'text']), [
    ['主题', 'A subject'],
    ['正文', 'Words'],
  ]);
  assert.deepEqual(await shown('tasks', ['title', 'reason', 'script']), [
    ['待办', 'A task'],
    ['原因', 'Because'],
    ['话术', 'Say'],
  ]);
  for (const path of ['opportunities', 'tasks']) {
    const { one } = await read(path, 'en');
    const change = { version: one.version, title: 'Mine' };
    const changed = await call('PATCH', `/api/${path}/${one.id}`, { as: 'rm001', body: change });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(await shown(path, ['title']), [['Mine', 'Mine']]);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInstitution } from '#access';
import { systemActor } from '#kernel';
import { modelInForce } from '#metadata';
import { ids, published, runDay, seedRows, type TestServer, testServer, withMoney, work } from '../server/testing.ts';
import { refresh, runBusinessDay } from './public.ts';

const DAY = '2026-11-19';
const label = (zh: string) => ({ zh, en: zh });

const members = async (server: TestServer, filter: string, as = 'head02') => {
  const { json, text } = await server.call(
    'GET',
    `/api/customers?filter=${filter}&columns=number&sort=pinyin&limit=100`,
    { as },
  );
  assert.ok(json.rows, text);
  return json.rows.map(({ number }: { number: string }) => number).sort();
};

test('definitions of the packs are listed with who uses them, and their vocabulary is told', async () => {
  const server = await testServer();
  const { status, json } = await server.call('GET', '/api/definitions/tags', { as: 'designer' });
  assert.equal(status, 200);
  const silent = json.rows.find(({ code }: { code: string }) => code === 'silent');
  assert.equal(silent.source, 'pack');
  assert.match(silent.sentence.zh, /沉默天数/);
  const parameters = (await server.call('GET', '/api/definitions/parameters', { as: 'designer' })).json.rows;
  const days = parameters.find(({ code }: { code: string }) => code === 'silence_days');
  assert.deepEqual(days.parameter, { value: '90', packValue: '90', type: 'days', min: '0', max: '36500' });
  assert.ok(days.usedBy.some(({ kind, code }: { kind: string; code: string }) => `${kind}/${code}` === 'tags/silent'));
  for (const kind of ['metrics', 'tiers', 'segments']) {
    assert.equal((await server.call('GET', `/api/definitions/${kind}`, { as: 'designer' })).status, 200, kind);
  }
  for (const kind of ['metrics', 'tags', 'tiers', 'segments', 'rules']) {
    const words = await server.call('GET', `/api/vocabulary/${kind}`, { as: 'designer' });
    assert.equal(words.status, 200, words.text);
    assert.ok(words.json.names.some(({ code }: { code: string }) => code === 'aum'));
  }
  const words = (await server.call('GET', '/api/vocabulary/tags', { as: 'designer' })).json.names;
  assert.ok(
    !words.some(({ code }: { code: string }) => code === 'name'),
    'who may not search by names writes none into conditions',
  );
  assert.equal((await server.call('GET', '/api/definitions/nothing', { as: 'designer' })).status, 404);
  await server.close();
});

test('a tag, a segment of it, a metric and a parameter are published, fill themselves and say why', async () => {
  const server = await testServer();
  await withMoney(server);
  await runDay(server, DAY);
  const other = await testServer({ beside: server });

  const check = await server.call('POST', '/api/definitions/tags/check', {
    as: 'head02',
    body: { body: {} },
  });
  assert.equal(check.status, 403);
  const tag = { code: 'well_off', label: label('小康'), if: 'aum > 25000' };
  const seen = await server.call('POST', '/api/definitions/tags/check', { as: 'designer', body: { body: tag } });
  assert.equal(seen.json.ok, true, seen.text);
  assert.equal(seen.json.preview.matches, 5);
  assert.equal(seen.json.preview.sample.length, 5);
  assert.deepEqual(seen.json.preview.sample[0].values, {}, 'the designer sees no amounts');
  assert.match(seen.json.preview.sample[0].name, /\*\*/);
  assert.deepEqual(seen.json.preview.effects, [{ kind: 'tags', code: 'well_off', entering: 5, leaving: 0 }]);
  assert.match(seen.json.preview.sentence.zh, /管理资产 大于/);
  await published(server, 'tags', tag);
  assert.deepEqual(await members(server, 'tags:in:well_off'), ['C1026', 'C1027', 'C1028', 'C1029', 'C1030']);
  assert.deepEqual(await members(server, 'tags:in:well_off', 'rm001'), ['C1027', 'C1029']);

  await published(server, 'segments', {
    code: 'top_companies',
    label: label('大公司'),
    if: 'tag_well_off and kind = "company"',
  });
  await published(server, 'segments', {
    code: 'top_persons',
    label: label('大个人'),
    if: 'tag_well_off and not(segment_top_companies)',
  });
  assert.deepEqual(await members(server, 'segment:in:top_companies'), ['C1030']);
  assert.deepEqual(await members(server, 'segment:in:top_persons,top_companies'), [
    'C1026',
    'C1027',
    'C1028',
    'C1029',
    'C1030',
  ]);
  const page = await server.call('GET', '/api/segments/top_persons/members?limit=2&columns=number', { as: 'head02' });
  assert.equal(page.json.rows.length, 2);
  assert.ok(page.json.next);
  const trend = await server.call('GET', '/api/segments/top_persons/size', { as: 'designer' });
  assert.deepEqual(trend.json.rows, [{ date: DAY, size: 4 }]);
  const own = await server.call('GET', '/api/segments/top_persons/size', { as: 'rm001' });
  assert.deepEqual(own.json.rows, [{ date: DAY, size: 2 }], 'an RM counts his own');

  await published(server, 'metrics', {
    code: 'largest_in',
    label: label('最大流入'),
    unit: 'money',
    measure: { function: 'max', entity: 'transaction', field: 'amount', where: 'direction = "in"', window: 'year' },
  });
  const rich = await server.call('GET', `/api/customers/${ids.customer(30)}/profile`, { as: 'head02' });
  assert.equal(rich.json.metrics.largest_in, '30000.00');
  assert.ok(rich.json.tags.some(({ code }: { code: string }) => code === 'well_off'));

  const why = await server.call('GET', `/api/customers/${ids.customer(3)}/why?kind=tag&code=well_off`, { as: 'rm001' });
  assert.equal(why.json.holds, false);
  assert.deepEqual(why.json.conditions[0].parts[0].inputs[0], {
    code: 'aum',
    label: { zh: '管理资产', en: 'Assets under management' },
    unit: 'money',
    value: '3000.00',
    operator: '>',
    threshold: '25000',
  });
  assert.equal(why.json.conditions[0].parts[0].holds, false);
  const away = await server.call('GET', `/api/customers/${ids.customer(2)}/why?kind=tag&code=well_off`, {
    as: 'rm001',
  });
  assert.equal(away.status, 404);

  const used = await server.call('POST', '/api/definitions/tags/well_off/retire', { as: 'designer', body: {} });
  assert.equal(used.status, 409);
  assert.match(used.json.message, /大公司/);

  // The second process heard of all of it from the database.
  const words = async () => (await other.call('GET', '/api/vocabulary/rules', { as: 'designer' })).json.names;
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await words()).some(({ code }: { code: string }) => code === 'largest_in')) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const told = (await words()).map(({ code }: { code: string }) => code);
  for (const code of ['largest_in', 'tag_well_off', 'segment_top_persons']) assert.ok(told.includes(code), code);

  // A day later everything still holds by the engine that carries it on, and goes on after a further change.
  await runDay(server, '2026-11-20');
  assert.equal((await members(server, 'segment:in:top_persons')).length, 4);

  const tiers = (await server.call('GET', '/api/definitions/parameters/tier_wealth_aum', { as: 'designer' })).json;
  const parameter = { ...tiers.body, value: '27000' };
  const effect = await server.call('POST', '/api/definitions/parameters/check', {
    as: 'designer',
    body: { body: parameter },
  });
  assert.deepEqual(
    effect.json.preview.effects.map(({ kind, code, entering, leaving }: never) => [kind, code, entering, leaving]),
    [
      ['tiers', 'mass', 0, 3],
      ['tiers', 'wealth', 3, 0],
    ],
    effect.text,
  );
  await published(server, 'parameters', parameter);
  assert.deepEqual(await members(server, 'tier:eq:wealth'), ['C1028', 'C1029', 'C1030']);
  const back = await server.call('POST', '/api/definitions/parameters/tier_wealth_aum/revert', {
    as: 'designer',
    body: { version: 0 },
  });
  assert.equal(back.status, 202, back.text);
  await work(server);
  assert.deepEqual(await members(server, 'tier:eq:wealth'), []);
  const versions = (await server.call('GET', '/api/definitions/parameters/tier_wealth_aum', { as: 'designer' })).json
    .versions;
  assert.deepEqual(
    versions.map(({ version, status }: { version: number; status: string }) => [version, status]),
    [
      [2, 'published'],
      [1, 'published'],
      [0, 'published'],
    ],
  );
  const events = await server.database.query(
    "select detail ->> 'step' as step from audit_event where entity = 'definition' and detail ->> 'code' = 'tier_wealth_aum' order by at, seq",
  );
  assert.deepEqual(new Set(events.rows.map(({ step }) => step)), new Set(['draft', 'publish', 'in_force']));
  const changes = await server.database.query<{ kind: string; code: string; entered: boolean; count: string }>(
    "select kind, code, entered, count(*) from membership_change where code in ('wealth', 'well_off') group by 1, 2, 3 order by 1, 2, 3",
  );
  assert.deepEqual(
    changes.rows.map((row) => [row.kind, row.code, row.entered, row.count]),
    [
      ['tag', 'well_off', true, '5'],
      ['tier', 'wealth', false, '3'],
      ['tier', 'wealth', true, '3'],
    ],
  );
  await other.close();
  await server.close();
});

test('a tag by hand has an end, a reason and somebody who set it; the run of the day ends it', async () => {
  const server = await testServer();
  await withMoney(server);
  await runDay(server, DAY);
  await published(server, 'tags', { code: 'vip_guest', label: label('贵宾'), manual: true });
  const id = ids.customer(1);
  const put = (as: string, body: unknown, customer = id) =>
    server.call('PUT', `/api/customers/${customer}/tags/vip_guest`, { as, body });
  assert.equal((await put('rm001', { until: '2026-11-19', reason: '年会' })).status, 422);
  assert.equal((await put('rm001', { reason: '' })).status, 400);
  assert.equal((await put('designer', { reason: '年会嘉宾' })).status, 403);
  assert.equal((await put('rm001', { reason: '年会嘉宾' }, ids.customer(2))).status, 404);
  assert.equal((await put('rm001', { until: '2026-11-21', reason: '年会嘉宾' })).status, 204);
  assert.deepEqual(await members(server, 'tags:in:vip_guest'), ['C1001']);
  const why = await server.call('GET', `/api/customers/${id}/why?kind=tag&code=vip_guest`, { as: 'rm001' });
  assert.equal(why.json.manual, true);
  assert.equal(why.json.history[0].note, '年会嘉宾');
  assert.equal(why.json.history[0].by, '王小明');
  assert.equal(why.json.history[0].expiresOn, '2026-11-21');
  await runDay(server, '2026-11-20');
  assert.deepEqual(await members(server, 'tags:in:vip_guest'), ['C1001']);
  await server.database.query("update customer_tag set expires_on = '2026-11-20' where tag = 'vip_guest'");
  await runDay(server, '2026-11-20');
  assert.deepEqual(await members(server, 'tags:in:vip_guest'), []);
  assert.equal((await put('rm001', { reason: '再次邀请' })).status, 204);
  assert.equal((await server.call('DELETE', `/api/customers/${id}/tags/vip_guest`, { as: 'rm001' })).status, 204);
  assert.equal((await server.call('DELETE', `/api/customers/${id}/tags/vip_guest`, { as: 'rm001' })).status, 404);
  assert.deepEqual(await members(server, 'tags:in:vip_guest'), []);
  const system = await server.call('PUT', `/api/customers/${id}/tags/silent`, {
    as: 'rm001',
    body: { reason: '试试' },
  });
  assert.equal(system.status, 409);
  await server.close();
});

test('windows of trading days, month, year and ever, a ratio and the household, by definition and by the engine', async () => {
  const server = await testServer();
  await withMoney(server);
  const id = ids.customer(1);
  const days = ['2026-11-01', '2026-10-31', '2026-01-01', '2025-12-31', '2026-10-09', '2026-10-08'];
  await seedRows(
    server.database,
    server.model,
    'login',
    days.map((date) => ({ key: date, customer: id, business_date: date, channel: 'mobile' })),
  );
  await seedRows(server.database, server.model, 'household', [{ key: 'h', name: '家' }]);
  await server.database.query(
    'update customer set household_id = (select id from household limit 1) where id = any($1::bigint[])',
    [[ids.customer(1), ids.customer(3)]],
  );
  await runDay(server, DAY);
  const count = (code: string, more: object) => ({
    code,
    label: label(code),
    unit: 'count',
    measure: { function: 'count', entity: 'login', ...more },
  });
  await published(server, 'metrics', count('logins_month', { window: 'month' }));
  await published(server, 'metrics', count('logins_year', { window: 'year' }));
  await published(server, 'metrics', count('logins_ever', { window: 'ever' }));
  // 29 trading days end on 2026-11-19: the 30th back is 2026-10-09, the first after the national holidays; 10 October is worked, not traded.
  await published(server, 'metrics', count('logins_30_trading', { days: 30, calendar: 'trading' }));
  await published(server, 'metrics', {
    code: 'month_share',
    label: label('占比'),
    unit: 'percent',
    ratio: { of: 'logins_month', to: 'logins_ever' },
  });
  await published(server, 'metrics', {
    code: 'home_aum',
    label: label('家庭资产'),
    unit: 'money',
    household: { function: 'sum', of: 'aum' },
  });
  const read = async () => {
    const { metrics } = (await server.call('GET', `/api/customers/${id}/profile`, { as: 'head02' })).json;
    const { logins_month, logins_year, logins_ever, logins_30_trading, month_share } = metrics;
    const list = await server.call('GET', '/api/customers?columns=metric_home_aum&filter=number:eq:C1001', {
      as: 'head02',
    });
    const { metric_home_aum: home_aum } = list.json.rows[0];
    return { logins_month, logins_year, logins_ever, logins_30_trading, month_share, home_aum };
  };
  const expected = {
    logins_month: 1,
    logins_year: 5,
    logins_ever: 6,
    logins_30_trading: 3,
    month_share: '16.6667',
    home_aum: '4000.00',
  };
  assert.deepEqual(await read(), expected);
  await runDay(server, '2026-11-20');
  assert.deepEqual(await read(), { ...expected, logins_30_trading: 2 });
  await published(server, 'tags', {
    code: 'rich_home',
    label: label('富裕家庭'),
    if: 'home_aum >= 4000 and home_aum < 4001',
  });
  // Customer 4 has no household and 4,000 of his own.
  assert.deepEqual(await members(server, 'tags:in:rich_home'), ['C1001', 'C1003', 'C1004']);
  await server.close();
});

test('hostile definitions are refused with the place and the reason', async () => {
  const server = await testServer();
  const checked = async (kind: string, body: unknown) => {
    const { status, json, text } = await server.call('POST', `/api/definitions/${kind}/check`, {
      as: 'designer',
      body: { body },
    });
    assert.equal(status, 200, text);
    assert.equal(json.ok, false, `${JSON.stringify(body).slice(0, 200)} was taken`);
    return json.issues[0];
  };
  const tag = (condition: string) => ({ code: 'x', label: label('x'), if: condition });
  const unknown = await checked('tags', tag('aum > 1 and transacions_30d > 2'));
  assert.deepEqual([unknown.path, unknown.position], ['if', { from: 12, to: 27 }]);
  assert.match(unknown.message.zh, /transactions_30d/);
  await checked('tags', tag(`${'('.repeat(60)}aum > 1${')'.repeat(60)}`));
  await checked('tags', tag(`aum in (${Array.from({ length: 3_000 }, (_, n) => n).join(',')})`));
  await checked('tags', tag('aum'));
  await checked('tags', tag('name = "王"'));
  await checked('tags', tag('phone = "13800010001"'));
  await checked('tags', tag(`aum > 1'; drop table customer; --`));
  await checked('tags', { code: 'x"; drop table customer; --', label: label('x'), if: 'aum > 1' });
  await checked('tags', { ...tag('aum > 1'), manual: true });
  await checked('tags', { ...tag('aum > 1'), secret: 1 });
  await checked('tags', null);
  await checked('tags', tag('segment_x'));
  await checked('segments', { code: 'x', label: label('x'), if: 'segment_x' });
  await checked('segments', { code: 'x', label: label('x'), if: 'not(segment_x)' });
  await checked('tags', { ...tag('aum > 1'), description: label('长'.repeat(20_000)) });
  const metric = (more: object, code = 'x') => ({ code, label: label('x'), unit: 'count', ...more });
  const of = (more: object) => metric({ measure: { function: 'count', entity: 'login', ...more } });
  await checked('metrics', of({ days: 401 }));
  await checked('metrics', of({ where: 'nothing = 1', days: 3 }));
  await checked('metrics', of({ entity: 'user', days: 3 }));
  await checked('metrics', of({ entity: 'nothing', days: 3 }));
  await checked('metrics', of({ days: 3, window: 'year' }));
  await checked('metrics', metric({ expression: 'x + 1' }));
  await checked('metrics', metric({ ratio: { of: 'aum', to: 'deposits' } }));
  await checked('metrics', metric({ household: { function: 'sum', of: 'age' } }));
  for (const code of ['tags', 'as_of', 'customer_id', 'phone', 'silence_days', 'business_date', 'segment_a']) {
    const taken = await checked('metrics', metric({ measure: { function: 'count', entity: 'login', days: 3 } }, code));
    assert.equal(taken.path, 'code', code);
  }
  await checked('metrics', { ...metric({ ledger: 'total' }, 'transactions_30d'), unit: 'money' });
  await checked('parameters', { code: 'silence_days', label: label('x'), type: 'money', value: '3' });
  const far = await checked('parameters', { code: 'silence_days', label: label('x'), type: 'days', value: '40000' });
  assert.equal(far.path, 'value');
  await checked('parameters', { code: 'outflow_percent', label: label('x'), type: 'percent', value: '101' });
  await checked('tiers', { code: 'mass', label: label('大众'), if: 'aum > 1' });
  await checked('tiers', { code: 'x', label: label('x'), if: 'aum > 1', above: 'nothing' });
  // A division by nought is nothing, and holds for nobody.
  const nought = await server.call('POST', '/api/definitions/tags/check', {
    as: 'designer',
    body: { body: tag('aum / 0 > 1') },
  });
  assert.deepEqual([nought.json.ok, nought.json.preview?.matches], [true, 0], nought.text);
  // What was taken as a draft is not published while it is wrong.
  const put = await server.call('PUT', '/api/definitions/tags/x/draft', {
    as: 'designer',
    body: { body: tag('nothing > 1') },
  });
  assert.equal(put.status, 200);
  const refused = await server.call('POST', '/api/definitions/tags/x/publish', {
    as: 'designer',
    body: { version: 1 },
  });
  assert.deepEqual([refused.status, refused.json.code], [422, 'rules.definition_invalid']);
  assert.equal((await server.call('DELETE', '/api/definitions/tags/x/draft', { as: 'designer' })).status, 204);
  const large = { ...tag('aum > 1'), more: 'x'.repeat(30_000) };
  assert.equal(
    (await server.call('PUT', '/api/definitions/tags/x/draft', { as: 'designer', body: { body: large } })).status,
    422,
  );
  assert.equal(
    (await server.call('PUT', '/api/definitions/tags/x/draft', { as: 'rm001', body: { body: tag('aum > 1') } })).status,
    403,
  );
  await server.close();
});

test('work that holds the definitions of before computes by those in force', async () => {
  const server = await testServer();
  const { database, clock } = server;
  await withMoney(server);
  await runDay(server, DAY);
  const before = modelInForce(server.model);
  const rich = { code: 'rich', label: label('富裕') };
  await published(server, 'tags', { ...rich, if: 'aum > 20000' });
  const between = modelInForce(server.model);
  await published(server, 'tags', { ...rich, if: 'aum > 28000' });
  const expected = ['C1029', 'C1030'];
  assert.deepEqual(await members(server, 'tags:in:rich'), expected);
  const institution = await readInstitution(database);
  for (const model of [before, between]) {
    const ctx = { database, clock, model, institution, actor: systemActor };
    // Something of a customer changed, and is looked at in the background.
    await database.query(
      "insert into customer_change (customer_id, entity, business_date) values ($1, 'account', '-infinity')",
      [ids.customer(25)],
    );
    await refresh(ctx);
    assert.deepEqual(await members(server, 'tags:in:rich'), expected);
    await runBusinessDay(ctx, DAY, { full: true });
    assert.deepEqual(await members(server, 'tags:in:rich'), expected);
  }
  // Two publications side by side: the second one knows of the first.
  const ask = async (code: string) => {
    const body = { code, label: label(code), if: 'aum > 29000' };
    const draft = await server.call('PUT', `/api/definitions/tags/${code}/draft`, { as: 'designer', body: { body } });
    const { version } = draft.json.draft;
    const answer = await server.call('POST', `/api/definitions/tags/${code}/publish`, {
      as: 'designer',
      body: { version },
    });
    assert.equal(answer.status, 202, answer.text);
  };
  await ask('one');
  await ask('two');
  await work(server);
  for (const code of ['one', 'two']) assert.deepEqual(await members(server, `tags:in:${code}`), ['C1030']);
  await server.close();
});

test('where four eyes are asked for, another person publishes; a running day is waited for, and a publication can be cancelled', async () => {
  const server = await testServer();
  await withMoney(server);
  await runDay(server, DAY);
  assert.equal(
    (await server.call('PUT', '/api/definition-approval', { as: 'designer', body: { kinds: ['tags'] } })).status,
    403,
  );
  assert.equal(
    (await server.call('PUT', '/api/definition-approval', { as: 'security', body: { kinds: ['tags'] } })).status,
    200,
  );
  const body = { code: 'y', label: label('乙'), if: 'aum > 29000' };
  const draft = await server.call('PUT', '/api/definitions/tags/y/draft', { as: 'designer', body: { body } });
  const publish = () =>
    server.call('POST', '/api/definitions/tags/y/publish', {
      as: 'designer',
      body: { version: draft.json.draft.version },
    });
  assert.deepEqual((await publish()).json, { waiting: true });
  assert.equal((await publish()).status, 403, 'nobody approves what he asked for');
  const asked = (await server.call('GET', '/api/definitions/tags/y', { as: 'designer' })).json.draft;
  assert.deepEqual([asked.requestedBy !== null, asked.requestedByMe], [true, true]);
  const seen = (await server.call('GET', '/api/definitions/tags/y', { as: 'head01' })).json.draft;
  assert.equal(seen.requestedByMe, false, 'somebody else may approve');
  assert.equal(
    (await server.call('PUT', '/api/definition-approval', { as: 'security', body: { kinds: [] } })).status,
    200,
  );

  // A day under way holds the state; the publication waits for it, and is cancelled meanwhile.
  const held = await holding(server);
  const started = await publish();
  assert.equal(started.status, 202, started.text);
  const working = work(server);
  const status = async () => (await server.call('GET', `/api/jobs/${started.json.job}`, { as: 'designer' })).json;
  for (let tries = 0; tries < 200 && (await status()).progress?.step !== 'waiting'; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal((await publish()).status, 409, 'one publication at a time');
  assert.equal((await server.call('POST', '/api/definitions/tags/y/cancel', { as: 'designer', body: {} })).status, 204);
  held.release();
  await held.done;
  await working;
  assert.equal((await status()).status, 'failed');
  assert.equal((await server.call('GET', '/api/definitions/tags/y', { as: 'designer' })).json.status, 'draft');

  const again = await holding(server);
  const second = await publish();
  assert.equal(second.status, 202, second.text);
  const waiting = work(server);
  again.release();
  await again.done;
  await waiting;
  assert.deepEqual(await members(server, 'tags:in:y'), ['C1030']);
  const retired = await server.call('POST', '/api/definitions/tags/y/retire', { as: 'designer', body: {} });
  assert.equal(retired.status, 202, retired.text);
  await work(server);
  assert.equal((await server.call('GET', '/api/definitions/tags/y', { as: 'designer' })).json.status, 'retired');
  const { rows } = await server.database.query('select until is not null as ended from customer_tag where tag = $1', [
    'y',
  ]);
  assert.ok(rows.every(({ ended }) => ended));
  await server.close();
});

/** Holds the lock of the day like a run under way, until released. */
async function holding(server: TestServer): Promise<{ release(): void; done: Promise<void> }> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = () => {};
  const locked = new Promise<void>((resolve) => {
    held = resolve;
  });
  const done = server.database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(7300011)');
    held();
    await released;
  });
  await locked;
  return { release, done };
}

test('a segment speaks of related records, as the reader may; odd figures of one customer stop nobody', async () => {
  const server = await testServer();
  await withMoney(server);
  await runDay(server, DAY);
  const words = await server.call('GET', '/api/vocabulary/segments', { as: 'designer' });
  assert.equal(words.status, 200, words.text);
  const accounts = words.json.names.find((each: { code: string }) => each.code === 'accounts');
  assert.equal(accounts.type, 'list');
  const fields = accounts.fields.map((each: { code: string }) => each.code);
  assert.ok(fields.includes('balance') && fields.includes('product_class'), fields.join(' '));
  await published(server, 'segments', {
    code: 'large_accounts',
    label: label('大额账户'),
    if: 'some a in accounts satisfies a.balance >= 29000',
  });
  await published(server, 'segments', {
    code: 'no_holdings',
    label: label('无持仓'),
    if: 'count(持仓) = 0 and sum(accounts[kind = "current"].balance) > 28000.5',
  });
  assert.deepEqual(await members(server, 'segment:in:large_accounts'), ['C1029', 'C1030']);
  assert.deepEqual(await members(server, 'segment:in:no_holdings'), ['C1029', 'C1030']);
  const wrong = await server.call('POST', '/api/definitions/segments/check', {
    as: 'designer',
    body: { body: { code: 'x', label: label('x'), if: 'some a in accounts satisfies a.balanse > 1' } },
  });
  assert.equal(wrong.json.ok, false);
  await published(server, 'metrics', {
    code: 'odd_share',
    label: label('奇异占比'),
    unit: 'percent',
    expression: 'aum * aum * aum * 1000000 / 0.01',
  });
  await published(server, 'segments', { code: 'odd', label: label('奇异'), if: 'odd_share > 1' });
  await runDay(server, '2026-11-20');
  assert.equal((await members(server, 'segment:in:odd')).length, 30);
});

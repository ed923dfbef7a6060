import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publish, type TestServer, testServer, work } from '../server/testing.ts';

const label = (zh: string) => ({ zh, en: zh });

const task = {
  title: label('关怀'),
  reason: label('资产 {aum}'),
  script: label('[客户姓名]您好'),
  priority: 'high',
  due: { workdays: 1, at: '17:30' },
};

/** What a rule does, as a part of it: an object literal with this key looks like a promise. */
const doing = (...actions: object[]) => Object.fromEntries([['then', actions]]);
const rule = (more: object = {}) => ({
  code: 'x',
  label: label('一条规则'),
  when: 'day',
  if: 'aum > 1000',
  ...doing({ task }),
  ...more,
});
const acting = (...actions: object[]) => rule(doing(...actions));

async function check(server: TestServer, body: unknown) {
  const { status, json, text } = await server.call('POST', '/api/definitions/rules/check', {
    as: 'designer',
    body: { body },
  });
  assert.equal(status, 200, text);
  return json as { ok: boolean; issues: { path: string; position?: object; message: { zh: string; en: string } }[] };
}

test('the rules of the packs are listed as sentences with who uses what, and are right as they stand', async () => {
  const server = await testServer();
  const { rows } = (await server.call('GET', '/api/definitions/rules', { as: 'designer' })).json;
  assert.ok(rows.length >= 7);
  const outflow = rows.find(({ code }: { code: string }) => code === 'large_outflow');
  assert.match(outflow.sentence.zh, /^当.*，如果 当日流出.*，那么给客户经理建最高、高优先级待办“客户资金异动关怀”/);
  assert.match(outflow.sentence.en, /, if .*, then give the manager a task of highest, high priority/);
  for (const { code, body, sentence } of rows) {
    assert.ok(sentence, code);
    const { issues } = await check(server, body);
    assert.deepEqual(issues, [], code);
  }
  const parameters = (await server.call('GET', '/api/definitions/parameters', { as: 'designer' })).json.rows;
  const percent = parameters.find(({ code }: { code: string }) => code === 'outflow_percent');
  assert.ok(
    percent.usedBy.some(
      ({ kind, code }: { kind: string; code: string }) => `${kind}/${code}` === 'rules/large_outflow',
    ),
  );
  const retired = await server.call('POST', '/api/definitions/parameters/outflow_percent/retire', {
    as: 'designer',
    body: {},
  });
  assert.equal(retired.status, 409);
  assert.match(retired.json.message, /客户资金异动/);
  await server.close();
});

test('the vocabulary of a rule holds the names of what it watches and of what starts it', async () => {
  const server = await testServer();
  const words = async (query: string) => {
    const { status, json, text } = await server.call('GET', `/api/vocabulary/rules?${query}`, { as: 'designer' });
    assert.equal(status, 200, text);
    return new Map<string, { group: { code: string; label: { zh: string } } }>(
      json.names.map((name: { code: string }) => [name.code, name]),
    );
  };
  const holding = await words('subject=holding');
  assert.equal(holding.get('holding_maturity_date')?.group.label.zh, '持仓');
  assert.ok(holding.has('aum'));
  assert.ok(!(await words('')).has('holding_maturity_date'));
  assert.ok((await words('subject=nothing')).has('aum'), 'what is not there brings nothing');
  const choices = (await server.call('GET', '/api/rule-choices', { as: 'designer' })).json;
  assert.ok(choices.subjects.some(({ code }: { code: string }) => code === 'holding'));
  assert.ok(choices.facts.some(({ code }: { code: string }) => code === 'transaction'));
  assert.ok(choices.levels.some(({ code }: { code: string }) => code === 'dedicated'));
  assert.equal((await server.call('GET', '/api/rule-choices', { as: 'rm001' })).status, 403);
  await server.close();
});

test('a rule that is not right is refused with each place and the remedy', async () => {
  const server = await testServer();
  const refused = async (body: unknown, path: string, message: RegExp) => {
    const { ok, issues } = await check(server, body);
    assert.equal(ok, false, `${JSON.stringify(body).slice(0, 200)} was taken`);
    const found = issues.find((issue) => issue.path === path);
    assert.ok(found, `${path} is not among ${JSON.stringify(issues).slice(0, 600)}`);
    assert.match(found.message.zh, message);
    assert.ok(found.message.en.length > 5);
    return { found, issues };
  };
  const { found } = await refused(rule({ if: 'aum > 1 and agee > 3' }), 'if', /age/);
  assert.deepEqual(found.position, { from: 12, to: 16 });
  const mark = await refused(
    acting({ task: { ...task, reason: label('资产 {nothing}') } }),
    'then/0/task/reason/zh',
    /\{nothing\} 既不是/,
  );
  assert.deepEqual(mark.found.position, { from: 3, to: 12 });
  const several = rule({ if: 'agee > 3', ...doing({ if: 'aum', task: { ...task, title: label('{nothing}') } }) });
  const { issues } = await refused(several, 'then/0/if', /./);
  assert.ok(issues.length >= 3, 'all that is wrong is told at once');

  // Hostile shapes.
  await refused(rule({ if: `${'('.repeat(60)}aum > 1${')'.repeat(60)}` }), 'if', /层|嵌套|深/);
  await refused(
    rule({ if: `aum in (${Array.from({ length: 3_000 }, (_, n) => n).join(',')})` }),
    'if',
    /4,?000|上限|长/,
  );
  await refused(acting(...Array.from({ length: 11 }, () => ({ tag: { code: 'a' } }))), 'then', /10/);
  await refused(acting(...Array.from({ length: 10_000 }, () => ({ tag: { code: 'a' } }))), '', /24 KB/);
  await refused(acting(), 'then', /不能为空/);
  await refused(acting({ task, tag: { code: 'a' } }), 'then/0', /检查|写法/);
  await refused(acting({ shell: { run: 'rm -rf /' } }), 'then/0', /shell/);
  await refused(
    acting({ task: { ...task, due: { workdays: 0, at: '17:30' } } }),
    'then/0/task/due/workdays',
    /下限|为空/,
  );
  await refused(acting({ task: { ...task, due: { workdays: 1, at: '25:00' } } }), 'then/0/task/due/at', /格式/);
  await refused(acting({ task: { ...task, title: label('长'.repeat(200)) } }), 'then/0/task/title/zh', /120/);
  await refused(rule({ when: 'sometimes' }), 'when', /day/);
  await refused(rule({ when: { date: { of: 'birth_date', days: [] } } }), 'when/date/days', /不能为空/);
  await refused(rule({ when: { date: { of: 'birth_date', days: [9_999] } } }), 'when/date/days/0', /400/);
  await refused(rule({ cooldown_days: 10_000 }), 'cooldown_days', /400/);
  await refused(rule({ hold_out_percent: 90 }), 'hold_out_percent', /50/);
  await refused(rule({ alerts_per_day: 1e12 }), 'alerts_per_day', /./);
  await refused(rule({ code: "x'; drop table customer; --" }), 'code', /小写字母/);
  await refused(
    rule({ values: { "a'b": { label: label('a'), expression: 'aum', unit: 'money' } } }),
    "values/a'b",
    /小写字母/,
  );
  await refused(rule({ secret: 1 }), '', /secret/);
  let deep: unknown = 1;
  for (let level = 0; level < 60; level += 1) deep = [deep];
  await refused(rule({ if: deep }), '', /24 层/);
  await refused(rule({ label: label('一\u0000二') }), 'label/zh', /控制字符/);
  await refused(rule({ label: label('一\ud800二') }), 'label/zh', /控制字符/);
  await refused(null, '', /./);

  // Names that stand for nothing, and rules that would start themselves.
  await refused(acting({ task: { ...task, assignee: { role: 'king' } } }), 'then/0/task/assignee/role', /king/);
  await refused(acting({ tag: { code: 'nothing' } }), 'then/0/tag/code', /nothing/);
  await refused(acting({ tag: { code: 'silent' } }), 'then/0/tag/code', /不能手工/);
  await refused(acting({ service_level: { level: 'royal' } }), 'then/0/service_level/level', /royal/);
  await refused(
    acting({ case: { kind: 'royal', title: label('a'), text: label('b'), due: { working_hours: 2 } } }),
    'then/0/case/kind',
    /royal/,
  );
  await refused(acting({ webhook: { target: 'nothing' } }), 'then/0/webhook/target', /登记/);
  await refused(rule({ subject: 'nothing' }), 'subject', /nothing/);
  await refused(rule({ when: { fact: 'nothing' } }), 'when/fact', /nothing/);
  await refused(rule({ when: { date: { of: 'aum', days: [0] } } }), 'when/date/of', /日期/);
  await refused(rule({ else: [{ task }] }), 'else', /否则/);
  await refused(rule({ effective: { from: '2026-05-01', until: '2026-04-01' } }), 'effective/until', /对调/);
  const graded = [{ level: 'high' }, { if: 'aum > 5', level: 'low' }];
  await refused(acting({ task: { ...task, priority: graded } }), 'then/0/task/priority', /最后/);
  await refused(rule({ if: 'name = "王"' }), 'if', /身份信息/);
  await refused(rule({ if: 'phone = "13800010001"' }), 'if', /没有名为/);

  // A division by nought is nothing and fires for nobody; there are no regular expressions in the language.
  assert.equal((await check(server, rule({ if: 'aum / 0 > 1' }))).ok, true);
  await refused(rule({ if: 'matches(name, "(a+)+$")' }), 'if', /matches/);
  // Markup in a name is a name.
  assert.equal((await check(server, rule({ label: label('<img src=x onerror=alert(1)>') }))).ok, true);
  await server.close();
});

test('a rule of every trigger is checked, said as a sentence and previewed; published it is in force, retired it is not', async () => {
  const server = await testServer();
  const said = async (more: object) => {
    const { json, text } = await server.call('POST', '/api/definitions/rules/check', {
      as: 'designer',
      body: {
        body: rule({ ...doing({ notify: { to: ['manager'], title: label('知会'), text: label('知会') } }), ...more }),
      },
    });
    assert.deepEqual(json.issues, [], text);
    assert.equal(typeof json.preview.matches, 'number', text);
    return json.preview.sentence.zh as string;
  };
  const choices = (await server.call('GET', '/api/rule-choices', { as: 'designer' })).json;
  const festival = choices.festivals[0];
  assert.match(await said({}), /^当每个业务日结束时，如果 管理资产 大于 1000，那么通知客户经理“知会”$/);
  assert.match(await said({ when: 'hand', if: 'true' }), /^当有人启动时，那么/);
  assert.match(
    await said({ when: { fact: 'transaction' }, if: 'event_amount > 1000' }),
    /^当发生一笔交易时，如果 本次金额 大于 1000/,
  );
  assert.match(await said({ when: { turns: 'aum > 5' }, if: 'true' }), /变为成立时/);
  assert.match(await said({ when: { change: 'tier' }, if: 'value_now = "wealth"' }), /^当客户分层变化时，如果 变化后/);
  const birthday = { of: 'birth_date', days: [-7, 0], count: 'workdays', repeat: 'yearly' };
  assert.match(await said({ when: { date: birthday }, if: 'true' }), /^在每年出生日期前 7 个工作日、当天，那么/);
  assert.match(
    await said({ when: { date: { of: `festival:${festival.code}`, days: [0] } }, if: 'true' }),
    new RegExp(festival.label.zh),
  );
  const schedule = { every: 'quarter', on: -1, shift: 'next_workday' };
  assert.match(await said({ when: { schedule } }), /^每季度倒数第 1 天（遇非工作日顺延），如果/);
  assert.match(
    await said({
      when: { record: 'announcement' },
      subject: 'holding',
      if: 'event_severity = "major_bad"',
      cooldown_days: 30,
    }),
    /^当发布一条公告时，看客户的每项持仓，如果.*；同一客户 30 天内不重复$/,
  );

  const put = await server.call('PUT', '/api/definitions/rules/x/draft', { as: 'designer', body: { body: rule() } });
  assert.equal(put.status, 200, put.text);
  const inForce = async () =>
    (await server.call('GET', '/api/metadata', { as: 'designer' })).json.rules.some(
      ({ code }: { code: string }) => code === 'x',
    );
  assert.equal(await inForce(), false);
  await publish(server, 'rules', 'x', put.json.draft.version);
  assert.equal(await inForce(), true);
  const listed = (await server.call('GET', '/api/definitions/rules/x', { as: 'designer' })).json;
  assert.deepEqual([listed.status, listed.source, listed.health.size ?? 0], ['published', 'own', 0]);
  const retired = await server.call('POST', '/api/definitions/rules/x/retire', { as: 'designer', body: {} });
  assert.equal(retired.status, 202, retired.text);
  await work(server);
  assert.equal(await inForce(), false);
  const back = await server.call('POST', '/api/definitions/rules/x/revert', { as: 'designer', body: { version: 1 } });
  assert.equal(back.status, 202, back.text);
  await work(server);
  assert.equal(await inForce(), true);
  await server.close();
});

test('a tag that a rule sets and looks at is refused, through segments as well', async () => {
  const server = await testServer();
  const put = async (kind: string, body: { code: string }) => {
    const path = `/api/definitions/${kind}/${body.code}`;
    const draft = await server.call('PUT', `${path}/draft`, { as: 'designer', body: { body } });
    assert.equal(draft.status, 200, draft.text);
    const { version } = draft.json.draft;
    assert.equal((await server.call('POST', `${path}/publish`, { as: 'designer', body: { version } })).status, 202);
    await work(server);
  };
  await put('tags', { code: 'cared_for', label: label('已关怀'), manual: true } as never);
  await put('segments', { code: 'cared', label: label('关怀客群'), if: 'tag_cared_for and aum > 1' } as never);
  const loop = (condition: string) => ({ ...acting({ tag: { code: 'cared_for', days: 30 } }), if: condition });
  for (const condition of ['not(tag_cared_for)', 'aum > 1 and segment_cared']) {
    const { issues } = await check(server, loop(condition));
    assert.deepEqual([issues[0]?.path], ['then/0/tag/code'], condition);
    assert.match(issues[0]!.message.zh, /触发自己/);
  }
  assert.equal((await check(server, loop('aum > 1'))).ok, true);
  await server.close();
});

test('a draft holds what is wrong, but nothing that cannot be stored, and is not published while it is wrong', async () => {
  const server = await testServer();
  const put = (body: object) =>
    server.call('PUT', '/api/definitions/rules/x/draft', { as: 'designer', body: { body } });
  const nested = (levels: number) =>
    JSON.stringify({ body: rule({ if: '?' }) }).replace('"?"', `${'['.repeat(levels)}1${']'.repeat(levels)}`);
  for (const levels of [100, 5_000, 100_000]) {
    for (const [method, path] of [
      ['PUT', '/api/definitions/rules/x/draft'],
      ['POST', '/api/definitions/rules/check'],
    ] as const) {
      const { status, text } = await server.call(method, path, {
        as: 'designer',
        body: nested(levels),
        headers: { 'content-type': 'application/json' },
      });
      assert.ok(status < 500, `${method} ${levels}: ${text.slice(0, 200)}`);
      if (method === 'PUT') assert.ok(status >= 400);
    }
  }
  assert.equal((await put(rule({ description: label('\u0000') }))).status, 422);
  assert.equal((await put(rule({ if: 'nothing > 1' }))).status, 200);
  const refused = await server.call('POST', '/api/definitions/rules/x/publish', {
    as: 'designer',
    body: { version: 1 },
  });
  assert.deepEqual([refused.status, refused.json.code], [422, 'rules.definition_invalid']);
  assert.equal(refused.json.field, 'body.if');
  await server.close();
});

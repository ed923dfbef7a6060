import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ids, seedRows, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());
const { call, database, model } = server;

const get = async (url: string, as: string) => call('GET', url, { as });
const count = async (as: string) => (await get('/api/customers?limit=100', as)).json.rows.length as number;
const explained = async (user: string, record: string, entity = 'customer', field?: string) => {
  const about = `user=${ids.user(user)}&entity=${entity}&record=${record}${field ? `&field=${field}` : ''}`;
  const answer = await get(`/api/access/explain?${about}`, 'compliance');
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

const leave = {
  from_user: ids.user('rm001'),
  to_user: ids.user('rm002'),
  starts_on: '2026-11-20',
  ends_on: '2026-11-22',
  reason: '年假',
};

describe('delegation', () => {
  test('gives the deputy customers and tasks, says for whom, and ends at once when revoked', async () => {
    const task = await call('POST', '/api/tasks', {
      as: 'rm001',
      body: { customer: ids.customer(1), title: '到期跟进', due_at: '2026-11-20T09:00:00Z' },
    });
    assert.equal(task.status, 201, task.text);
    assert.equal(await count('rm002'), 15);
    const made = await call('POST', '/api/delegations', { as: 'rm001', body: { ...leave, from_user: undefined } });
    assert.equal(made.status, 201, made.text);
    assert.equal(await count('rm002'), 30);
    const duties = (await get('/api/duties', 'rm002')).json;
    assert.deepEqual(
      duties.standingInFor.map((each: { user: { name: string }; until: string }) => [each.user.name, each.until]),
      [['王小明', '2026-11-22']],
    );
    assert.deepEqual(
      (await get('/api/duties', 'rm001')).json.deputies.map((each: { user: { name: string } }) => each.user.name),
      ['李小红'],
    );
    const plan = (await get('/api/day-plan', 'rm002')).json;
    assert.deepEqual(
      plan.cards.map((card: { tasks: { title: string; deputyFor: string }[] }) => [
        card.tasks[0]!.title,
        card.tasks[0]!.deputyFor,
      ]),
      [['到期跟进', '王小明']],
    );
    const done = await call('POST', `/api/tasks/${task.json.id}/result`, { as: 'rm002', body: { result: 'reached' } });
    assert.equal(done.status, 200, done.text);
    const { rows } = await database.query<{ origin: { onBehalf: string[] } }>(
      "select origin from audit_event where action = 'complete' and actor = 'rm002'",
    );
    assert.deepEqual(rows[0]!.origin.onBehalf, ['rm001']);
    const why = await explained('rm002', ids.customer(1));
    assert.equal(why.sees, true);
    assert.ok(why.reasons.some((reason: { text: { zh: string } }) => /代理王小明至 2026-11-22/.test(reason.text.zh)));

    const revoked = await call('PATCH', `/api/delegations/${made.json.id}`, {
      as: 'rm001',
      body: { version: made.json.version, revoked: true },
    });
    assert.equal(revoked.status, 200, revoked.text);
    assert.equal(await count('rm002'), 15);
    assert.equal((await explained('rm002', ids.customer(1))).sees, false);
  });

  test('is set for oneself, or by superiors for their people; never across separated duties', async () => {
    const create = (as: string, change: object) =>
      call('POST', '/api/delegations', { as, body: { ...leave, ...change } });
    const codeOf = async (as: string, change: object) => (await create(as, change)).json.code;
    assert.equal(await codeOf('rm002', {}), 'access.delegation_not_own');
    assert.equal(await codeOf('rm001', { to_user: ids.user('rm001') }), 'access.delegation_to_self');
    assert.equal(await codeOf('rm001', { to_user: ids.user('security') }), 'access.delegation_duties');
    assert.equal(await codeOf('rm001', { ends_on: '2028-01-01' }), 'access.delegation_too_long');
    assert.equal(
      await codeOf('head01', { from_user: ids.user('rm002'), to_user: ids.user('head01') }),
      'access.delegation_out_of_reach',
    );
    assert.equal((await create('head01', { starts_on: '2026-12-01', ends_on: '2026-12-05' })).status, 201);
    assert.equal(await count('rm002'), 15, 'not yet in force');
    assert.equal((await create('admin', {})).status, 403);
  });
});

describe('service team and walls', () => {
  test('a member sees the customer until his last day; members do not bring others in', async () => {
    const add = (as: string, customer: number, user: string) =>
      call('POST', '/api/customer-members', {
        as,
        body: { customer: ids.customer(customer), user: ids.user(user), role: 'specialist', starts_on: '2026-11-20' },
      });
    assert.equal((await add('rm002', 3, 'rm002')).status, 422, 'a stranger does not even find the customer');
    const member = await add('rm001', 3, 'rm002');
    assert.equal(member.status, 201, member.text);
    assert.equal((await get(`/api/customers/${ids.customer(3)}`, 'rm002')).status, 200);
    const bringing = await add('rm002', 3, 'service');
    assert.deepEqual([bringing.status, bringing.json.code], [403, 'access.member_not_owner']);
    const why = await explained('rm002', ids.customer(3));
    assert.deepEqual(
      why.reasons.map((reason: { verdict: string }) => reason.verdict),
      ['refuses', 'gives'],
    );
    const ended = await call('PATCH', `/api/customer-members/${member.json.id}`, {
      as: 'rm001',
      body: { version: member.json.version, starts_on: '2026-11-01', ends_on: '2026-11-19' },
    });
    assert.equal(ended.status, 200, ended.text);
    assert.equal((await get(`/api/customers/${ids.customer(3)}`, 'rm002')).status, 404);
  });

  test('a walled customer is open to manager, members and who crosses walls, closed to superiors', async () => {
    const id = ids.customer(5);
    const { version } = (await get(`/api/customers/${id}`, 'rm001')).json;
    const wall = (as: string) => call('PATCH', `/api/customers/${id}`, { as, body: { version, walled: true } });
    assert.equal((await wall('rm001')).json.code, 'records.field_not_writable', 'a manager hides nobody');
    assert.equal((await wall('head01')).json.code, 'records.out_of_scope', 'nor does a head wall himself out');
    const member = { customer: id, user: ids.user('head01'), role: 'reviewer', starts_on: '2026-11-01' };
    assert.equal((await call('POST', '/api/customer-members', { as: 'head01', body: member })).status, 201);
    const walled = await wall('head01');
    assert.equal(walled.status, 200, walled.text);
    for (const [as, status] of [
      ['rm001', 200],
      ['head01', 200],
      ['head02', 404],
      ['supervisor', 404],
      ['risk', 404],
      ['compliance', 200],
    ] as const) {
      assert.equal((await get(`/api/customers/${id}`, as)).status, status, as);
      assert.equal((await explained(as, id)).sees, status === 200, as);
    }
    const why = await explained('head02', id);
    assert.match(why.reasons.at(-1).text.zh, /信息隔离/);
    assert.match(why.reasons.at(-1).text.en, /walled/);
  });
});

describe('why somebody sees', () => {
  test('the explanation gives the verdict of the API, for every person, record and field', async () => {
    await seedRows(database, model, 'interaction', [
      {
        key: 'i1',
        customer: ids.customer(2),
        at: '2026-11-01T02:00:00Z',
        channel: 'phone',
        summary: '问候',
        user: ids.user('rm002'),
      },
    ]);
    await seedRows(database, model, 'household', [{ key: 'h1', name: '张家' }]);
    await database.query('update customer set household_id = $1 where id = $2', [
      (await database.query<{ id: string }>('select id from household')).rows[0]!.id,
      ids.customer(2),
    ]);
    const { rows: tasks } = await database.query<{ id: string }>('select id from task');
    const { rows: interactions } = await database.query<{ id: string }>('select id from interaction');
    const { rows: households } = await database.query<{ id: string }>('select id from household');
    const people = [
      'rm001',
      'rm002',
      'head01',
      'head02',
      'supervisor',
      'service',
      'designer',
      'compliance',
      'risk',
      'aml',
      'auditor',
      'security',
      'admin',
      'connector',
    ];
    const records: [string, string][] = [
      ...[1, 2, 5, 10].map((number): [string, string] => ['customer', ids.customer(number)]),
      ...tasks.map(({ id }): [string, string] => ['task', id]),
      ...interactions.map(({ id }): [string, string] => ['interaction', id]),
      ...households.map(({ id }): [string, string] => ['household', id]),
      ['user', ids.user('rm001')],
      ['org_unit', ids.unit('west')],
    ];
    let compared = 0;
    for (const person of people.filter((each) => each !== 'connector')) {
      for (const [entityCode, id] of records) {
        const entity = model.entity(entityCode);
        const answer = await get(`/api/${entity.plural}/${id}`, person);
        const why = await explained(person, id, entityCode);
        assert.equal(why.sees, answer.status === 200, `${person} ${entityCode} ${JSON.stringify(why.reasons)}`);
        assert.ok(
          why.reasons.length > 0 &&
            why.reasons.every(({ text }: { text: { zh: string; en: string } }) => text.zh && text.en),
        );
        const gives = why.reasons.some(({ verdict }: { verdict: string }) => verdict === 'gives');
        if (why.sees) assert.ok(gives, `${person} ${entityCode} sees without a reason`);
        compared += 1;
        if (answer.status !== 200 || entityCode !== 'customer') continue;
        for (const field of ['phone', 'aum', 'id_number', 'tier']) {
          const see: string = (await explained(person, id, entityCode, field)).field.see;
          assert.equal(see !== 'hidden', field in answer.json, `${person} ${field}`);
          if (field === 'phone' && see !== 'hidden') assert.equal(see === 'masked', answer.json.phone.includes('*'));
        }
      }
    }
    assert.ok(compared > 100);
  });

  test('names the rule that decides about a field, a disabled account, an unknown record', async () => {
    const { field } = await explained('rm001', ids.customer(1), 'customer', 'phone');
    assert.deepEqual([field.see, field.edit, field.export, field.filter], ['masked', true, true, false]);
    assert.match(field.reasons[0].text.zh, /客户经理：对“电话”类字段的规则 → 脱敏，可编辑，可导出/);
    assert.match((await explained('rm001', 'C1001')).reasons[0].text.en, /the customer is his own/);
    assert.equal((await get(`/api/access/explain?user=1&entity=customer&record=1`, 'compliance')).status, 404);
    const unknown = await get(`/api/access/explain?user=${ids.user('rm001')}&entity=customer&record=C9`, 'compliance');
    assert.equal(unknown.json.code, 'governance.record_not_found');
    assert.equal((await get(`/api/access/explain?user=1&entity=customer&record=1`, 'rm001')).status, 403);
    await database.query('update "user" set active = false where id = $1', [ids.user('designer')]);
    const off = await explained('designer', ids.customer(1));
    assert.deepEqual([off.sees, off.reasons[0].text.zh], [false, '账号已停用，不能登录']);
    await database.query('update "user" set active = true where id = $1', [ids.user('designer')]);
  });
});

describe('view as', () => {
  test('shows rights and counts; values only as far as the reader may see them himself; recorded, never a write', async () => {
    const user = ids.user('rm001');
    const rights = (await get(`/api/access/view-as/${user}`, 'security')).json;
    assert.equal(rights.customers.count, 15);
    const customer = rights.entities.find((entity: { code: string }) => entity.code === 'customer');
    assert.equal(customer.fields.find((field: { code: string }) => field.code === 'phone').right.see, 'masked');
    const list = (await get(`/api/access/view-as/${user}/customers`, 'security')).json;
    assert.equal(list.rows.length, 15);
    assert.ok(list.rows.every((row: Record<string, string>) => row.name === '•••' && row.phone === '•••'));
    const profile = await get(`/api/access/view-as/${user}/customers/${ids.customer(1)}`, 'security');
    assert.equal(profile.status, 200, profile.text);
    assert.ok(!profile.text.includes('欧阳') && !/1[38]\d{9}/.test(profile.text), profile.text);
    const byCompliance = (await get(`/api/access/view-as/${user}/customers`, 'compliance')).json;
    const first = byCompliance.rows.find((row: { id: string }) => row.id === ids.customer(1));
    assert.deepEqual([first.name, first.aum], ['•••', '1000.00']);
    assert.match(first.phone, /^138\*{4}/);
    const beyond = await get(`/api/access/view-as/${user}/customers/${ids.customer(2)}`, 'compliance');
    assert.equal(beyond.status, 404);
    assert.equal((await get(`/api/access/view-as/${user}`, 'head01')).status, 403);
    const { rows } = await database.query<{ actor: string; n: string }>(
      "select actor, count(*) as n from audit_event where action = 'view_as' and detail->>'what' <> 'explanation' group by 1 order by 1",
    );
    assert.deepEqual(rows, [
      { actor: 'compliance', n: '2' },
      { actor: 'security', n: '3' },
    ]);
    const { rows: viewed } = await database.query("select from audit_event where action = 'view' and actor = 'rm001'");
    assert.equal(viewed.length, 0);
  });
});

describe('hand-over', () => {
  const book = (change: object = {}) => ({
    from: ids.user('rm001'),
    split: 'equally',
    to: [{ user: ids.user('rm002') }],
    include: ['customers', 'tasks', 'members'],
    ...change,
  });
  const preview = (as: string, change: object = {}) =>
    call('POST', '/api/handovers/preview', { as, body: book(change) });
  const run = (as: string, expected: object, change: object = {}) =>
    call('POST', '/api/handovers', { as, body: { ...book(change), reason: '调岗', expected } });

  test('asks for reach over both, a receiver who looks after customers, and the counts that were shown', async () => {
    assert.equal((await preview('head01')).json.code, 'governance.person_out_of_reach');
    assert.equal((await preview('rm001')).status, 403);
    assert.equal(
      (await preview('head02', { to: [{ user: ids.user('auditor') }] })).json.code,
      'governance.handover_receiver_inactive',
    );
    assert.equal(
      (await preview('head02', { to: [{ user: ids.user('rm001') }] })).json.code,
      'governance.handover_to_oneself',
    );
    assert.equal((await preview('head02', { split: 'branch' })).json.code, 'governance.handover_key_missing');
    const stale = await run('head02', { customers: 3, tasks: 0 });
    assert.deepEqual([stale.status, stale.json.code], [409, 'governance.handover_changed']);
  });

  test('splits evenly, moves customers, tasks and memberships, and leaves a trace on each', async () => {
    const task = await call('POST', '/api/tasks', { as: 'rm001', body: { customer: ids.customer(7), title: '回访' } });
    assert.equal(task.status, 201, task.text);
    const member = await call('POST', '/api/customer-members', {
      as: 'rm002',
      body: { customer: ids.customer(2), user: ids.user('rm001'), role: 'co_manager', starts_on: '2026-11-01' },
    });
    assert.equal(member.status, 201, member.text);
    const to = [{ user: ids.user('rm002') }, { user: ids.user('supervisor') }];
    const seen = await preview('head02', { to });
    assert.equal(seen.status, 200, seen.text);
    // One customer is walled against head02, and stays.
    assert.deepEqual([seen.json.customers, seen.json.tasks, seen.json.members], [14, 1, 1]);
    assert.deepEqual(
      seen.json.receivers.map((each: { customers: number }) => each.customers),
      [7, 7],
    );
    const answer = await run('head02', { customers: 14, tasks: 1 }, { to });
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual([answer.json.from.label, answer.json.customers, answer.json.reason], ['王小明', 14, '调岗']);
    const { rows: owners } = await database.query<{ n: string }>(
      'select count(*) as n from customer where owner_id = $1',
      [ids.user('rm001')],
    );
    assert.equal(owners[0]!.n, '1');
    const { rows: events } = await database.query<{ entity: string; n: string }>(
      "select entity, count(*) as n from audit_event where detail->>'handover' = $1 group by 1 order by 1",
      [answer.json.id],
    );
    assert.deepEqual(events, [
      { entity: 'customer', n: '14' },
      { entity: 'customer_member', n: '1' },
      { entity: 'task', n: '1' },
    ]);
    const { rows: told } = await database.query<{ receivers: Record<string, unknown>[] }>(
      "select detail->'receivers' as receivers from audit_event where entity = 'handover' and record_id = $1",
      [answer.json.id],
    );
    assert.deepEqual(told[0]!.receivers.flatMap(Object.keys).includes('aum'), false, 'no sums of assets in the audit');
    const { rows: moved } = await database.query<{ same: boolean }>(
      'select t.assignee_id = c.owner_id as same from task t join customer c on c.id = t.customer_id where t.id = $1',
      [task.json.id],
    );
    assert.equal(moved[0]!.same, true, 'a task goes where its customer goes');
    const list = (await get('/api/handovers', 'head02')).json;
    assert.equal(list.length, 1);
    assert.equal(list[0].receivers.length, 2);
    assert.equal((await get('/api/handovers', 'head01')).json.length, 1, 'of his own people');
    assert.equal((await run('head02', { customers: 0, tasks: 0 })).json.code, 'governance.handover_nothing');
  });

  test('by branch: what goes to nobody stays', async () => {
    const from = ids.user('rm002');
    const seen = await preview('head02', {
      from,
      split: 'branch',
      to: [{ user: ids.user('rm001'), key: ids.unit('east') }],
      include: ['customers'],
    });
    assert.equal(seen.status, 200, seen.text);
    assert.equal(seen.json.customers + seen.json.staying, 22);
    assert.equal(seen.json.customers, 7);
    assert.deepEqual(seen.json.branches.map((each: { label: string }) => each.label).sort(), ['东城支行', '西城支行']);
  });
});

test('a delegation ends by itself', async () => {
  await database.query('delete from delegation');
  assert.equal((await call('POST', '/api/delegations', { as: 'rm001', body: leave })).status, 201);
  assert.equal(await count('rm002'), 23);
  server.clock.set('2026-11-22T16:01:00Z');
  const fresh = await testServer({ beside: server });
  assert.equal((await fresh.call('GET', '/api/customers?limit=100', { as: 'rm002' })).json.rows.length, 22);
  await fresh.close();
});

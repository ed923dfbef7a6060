import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ids, PASSWORD, seedRows, testServer } from './testing.ts';

// What people with an account try in order to reach, keep or give away more than they were given.
const server = await testServer();
after(() => server.close());
const { call, database, model } = server;

const rowOf = async (entity: string, id: string, as: string) =>
  (await call('GET', `/api/${entity}/${id}`, { as })).json;
const patch = async (entity: string, id: string, as: string, body: object) => {
  const { version } = await rowOf(entity, id, as);
  return call('PATCH', `/api/${entity}/${id}`, { as, body: { version, ...body } });
};

describe('a system administrator', () => {
  test("makes no token for a person's account by calling it a program", async () => {
    for (const username of ['compliance', 'security', 'head02']) {
      const turned = await patch('users', ids.user(username), 'admin', { kind: 'api' });
      assert.deepEqual([turned.status, turned.json.code], [409, 'access.account_kind_fixed'], username);
    }
    const same = await patch('users', ids.user('rm001'), 'admin', { kind: 'person', email: 'rm001@bank.example' });
    assert.equal(same.status, 200, same.text);
  });

  test('makes no token for a program that administers security or audit', async () => {
    const made = await call('POST', '/api/users', {
      as: 'admin',
      body: { name: '审计接口', username: 'audit-feed', kind: 'api', active: true },
    });
    assert.equal(made.status, 201, made.text);
    const given = await patch('users', made.json.id, 'security', { roles: ['auditor'] });
    assert.equal(given.status, 200, given.text);
    const token = await call('POST', `/api/users/${made.json.id}/tokens`, {
      as: 'admin',
      body: { name: 'feed', days: 30 },
    });
    assert.deepEqual([token.status, token.json.code], [403, 'identity.token_of_separated_duty']);
  });
});

describe('who serves a customer beside his manager', () => {
  test('does not take him over, lift his wall or bring others in', async () => {
    const customer = ids.customer(1);
    const named = await call('POST', '/api/customer-members', {
      as: 'rm001',
      body: { customer, user: ids.user('rm002'), role: 'service', starts_on: '2026-11-01' },
    });
    assert.equal(named.status, 201, named.text);
    for (const change of [{ owner: ids.user('rm002') }, { walled: true }, { branch: ids.unit('west') }]) {
      const answer = await patch('customers', customer, 'rm002', change);
      const code = 'owner' in change ? 'access.belonging_not_owner' : 'records.field_not_writable';
      assert.deepEqual([answer.status, answer.json.code], [403, code], JSON.stringify(change));
    }
    assert.equal((await patch('customers', customer, 'rm002', { occupation: '教师' })).status, 200);
    const task = (assignee: string, as: string) =>
      call('POST', '/api/tasks', { as, body: { customer, title: '回访', assignee: ids.user(assignee) } });
    assert.equal((await task('head02', 'rm002')).json.code, 'access.task_brings_in');
    assert.equal((await task('rm002', 'rm002')).status, 201);
    assert.equal((await task('rm001', 'rm002')).status, 201);
    assert.equal((await task('supervisor', 'rm001')).status, 201);
  });

  test('and a manager does not give him away by serving him too', async () => {
    const customer = ids.customer(3);
    const named = await call('POST', '/api/customer-members', {
      as: 'rm001',
      body: { customer, user: ids.user('rm001'), role: 'service', starts_on: '2026-11-01' },
    });
    assert.equal(named.status, 201, named.text);
    const given = await patch('customers', customer, 'rm001', { owner: ids.user('rm002') });
    assert.deepEqual([given.status, given.json.code], [403, 'access.belonging_not_owner']);
    assert.equal((await rowOf('customers', customer, 'head02')).owner.id, ids.user('rm001'));
  });
});

describe('a deputy', () => {
  test('prolongs neither his own time nor brings another in', async () => {
    const made = await call('POST', '/api/delegations', {
      as: 'head01',
      body: { to_user: ids.user('rm002'), starts_on: '2026-11-20', ends_on: '2026-11-21', reason: '年假' },
    });
    assert.equal(made.status, 201, made.text);
    const longer = await patch('delegations', made.json.id, 'rm002', { ends_on: '2027-10-30' });
    assert.deepEqual([longer.status, longer.json.code], [403, 'access.delegation_not_own']);
    const other = await call('POST', '/api/delegations', {
      as: 'rm002',
      body: {
        from_user: ids.user('head01'),
        to_user: ids.user('supervisor'),
        starts_on: '2026-11-20',
        ends_on: '2026-12-20',
        reason: '年假',
      },
    });
    assert.deepEqual([other.status, other.json.code], [403, 'access.delegation_not_own']);
    assert.equal((await patch('delegations', made.json.id, 'head01', { revoked: true })).status, 200);
  });
});

describe('numbers that are masked', () => {
  const ID_NUMBER = '11010519491231002X';

  test('are not found out by writes that change nothing', async () => {
    await seedRows(database, model, 'customer', [
      {
        key: 'hidden',
        name: '卓文君',
        kind: 'person',
        id_number: ID_NUMBER,
        owner: ids.user('rm002'),
        branch: ids.unit('west'),
      },
    ]);
    const stale = await call('PATCH', `/api/customers/${ids.customer(1)}`, {
      as: 'rm001',
      body: { version: 9_999, id_number: ID_NUMBER },
    });
    assert.deepEqual([stale.status, stale.json.code], [409, 'records.version_stale']);
  });

  test('asked for in search of duplicates are recorded, masked', async () => {
    const asked = await call('POST', '/api/customers/duplicates', {
      as: 'rm001',
      body: { id_number: ID_NUMBER, phone: '13800010001' },
    });
    assert.equal(asked.json.duplicates.length, 2, asked.text);
    const { rows } = await database.query<{ entity: string; detail: unknown }>(
      "select entity, detail from audit_event where action = 'search' and actor = 'rm001' order by id desc limit 1",
    );
    assert.deepEqual(rows, [
      {
        entity: 'customer',
        detail: {
          duplicates: { id_number: '1101**********002X', phone: '138****0001' },
          found: ['id_number', 'phone'],
        },
      },
    ]);
  });
});

describe('what is recorded', () => {
  test('of an export request keeps its filters from who may not see those values', async () => {
    const proof = await call('POST', '/api/session/step-up', { as: 'rm001', body: { password: PASSWORD } });
    assert.equal(proof.status, 204, proof.text);
    const asked = await call('POST', '/api/exports', {
      as: 'rm001',
      body: {
        entity: 'customer',
        columns: ['number'],
        filter: ['name:contains:欧阳娜娜'],
        purpose: 'work_list',
        reason: '个人工作清单',
        format: 'csv',
      },
    });
    assert.equal(asked.status, 202, asked.text);
    const found = await call('GET', '/api/audit-events?entity=export_run', { as: 'auditor' });
    const event = await call('GET', `/api/audit-events/${found.json.rows[0].id}`, { as: 'auditor' });
    assert.equal(event.status, 200, event.text);
    assert.ok(!event.text.includes('娜娜'), event.text);
    assert.ok(event.text.includes('name:contains'), event.text);
  });

  test('holds searches by their number alone', async () => {
    const before = Number((await database.query("select from audit_event where action = 'search'")).rowCount);
    assert.equal((await call('GET', '/api/customers/count?q=欧阳', { as: 'rm001' })).json.count, 1);
    assert.equal((await call('GET', '/api/customers/count', { as: 'rm001' })).status, 200);
    const { rows } = await database.query<{ detail: unknown }>(
      "select detail from audit_event where action = 'search' order by id offset $1",
      [before],
    );
    assert.deepEqual(rows, [{ detail: { q: '欧阳', rows: 1 } }]);
    const preview = await call('POST', '/api/exports/preview', {
      as: 'rm001',
      body: { entity: 'customer', columns: ['number'], filter: ['name:contains:欧阳'], purpose: 'work_list' },
    });
    assert.equal(preview.json.rows, 1, preview.text);
    const { rows: previewed } = await database.query<{ detail: unknown }>(
      "select detail from audit_event where action = 'search' order by id offset $1",
      [before + 1],
    );
    assert.deepEqual(previewed, [{ detail: { filter: ['name:contains:欧阳'], rows: 1 } }]);
  });

  test('holds who had it explained what somebody sees', async () => {
    const url = `/api/access/explain?user=${ids.user('rm001')}&entity=customer&record=C1001&field=phone`;
    assert.equal((await call('GET', url, { as: 'security' })).status, 200);
    const { rows } = await database.query<{ customer_id: string; detail: unknown }>(
      "select customer_id, detail from audit_event where action = 'view_as' and actor = 'security'",
    );
    const detail = { username: 'rm001', what: 'explanation', of: 'customer', record: ids.customer(1), field: 'phone' };
    assert.deepEqual(rows, [{ customer_id: ids.customer(1), detail }]);
  });

  test('holds the change of language', async () => {
    assert.equal((await call('PATCH', '/api/session', { as: 'rm002', body: { language: 'en' } })).status, 200);
    const { rows } = await database.query<{ detail: unknown }>(
      "select detail from audit_event where action = 'update' and entity = 'user' and actor = 'rm002'",
    );
    assert.deepEqual(rows, [{ detail: { before: { language: 'zh' }, after: { language: 'en' } } }]);
  });
});

describe('duplicates', () => {
  test('are not asked for often enough to try a masked number out', async () => {
    const ask = () => call('POST', '/api/customers/duplicates', { as: 'supervisor', body: { phone: '13800019999' } });
    for (let asked = 0; asked < 60; asked += 1) assert.equal((await ask()).status, 200);
    assert.deepEqual([(await ask()).status, (await ask()).json.code], [429, 'customers.duplicates_too_many']);
  });
});

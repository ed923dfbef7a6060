import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Role } from '#access';
import { permissionsByCode } from '#access';
import { allRoutes, ids, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());

const { call, database, model } = server;
const get = async (url: string, as: string) => call('GET', url, { as });
const roleOf = async (code: string) => (await get(`/api/roles/${code}`, 'security')).json;
const put = (code: string, role: Role, version: number, as = 'security') =>
  call('PUT', `/api/roles/${code}`, { as, body: { version, role } });

test('every permission of a route or role is described, and every description belongs to one', () => {
  const described = permissionsByCode(model);
  const actions = ['read', 'create', 'update', 'export'];
  for (const { permission, path } of allRoutes(model, '/nonexistent')) {
    if (permission === 'public' || permission === 'signed_in') continue;
    const [subject, act] = permission.split('.') as [string, string];
    const isEntity = model.entities.some(({ code }) => code === subject) && actions.includes(act);
    assert.ok(
      isEntity || described.has(permission),
      `${path} needs ${permission}, which packs/core/permissions.yaml lacks`,
    );
  }
});

describe('roles on the screen', () => {
  test('are listed with duty, holders and what differs from the pack; only for those who may', async () => {
    const { json } = await get('/api/roles', 'security');
    const rm = json.find((role: { code: string }) => role.code === 'rm');
    assert.deepEqual([rm.duty, rm.state, rm.version, rm.holders], ['business', 'pack', 0, 2]);
    assert.equal((await get('/api/roles', 'rm001')).status, 403);
    assert.equal((await get('/api/roles/nobody', 'security')).status, 404);
    const { rights } = await roleOf('rm');
    assert.deepEqual(rights.entities.holding, {
      scopes: { read: 'own', create: 'none', update: 'none', export: 'own' },
      where: null,
      by: '@customer',
    });
    assert.deepEqual(rights.fields['customer.phone'], {
      see: 'masked',
      edit: true,
      export: true,
      filter: false,
      by: 'mask',
    });
    const vocabulary = (await get('/api/role-vocabulary', 'security')).json;
    assert.ok(vocabulary.entities.some((entity: { code: string }) => entity.code === 'customer'));
    assert.ok(vocabulary.permissions.every((each: { label: { zh: string } }) => each.label.zh !== ''));
  });

  test('a draft is tried first: whom it touches, what changes, what to think about; and nothing is written', async () => {
    const { role } = await roleOf('rm');
    const draft = { ...role, fields: [...role.fields, { field: 'customer.phone', see: 'clear', export: true }] };
    const preview = await call('POST', '/api/roles/rm/preview', { as: 'security', body: { role: draft } });
    assert.equal(preview.status, 200, preview.text);
    assert.equal(preview.json.holders, 2);
    const [change] = preview.json.changes;
    assert.deepEqual([change.part, change.label.zh, change.wider], ['field', '客户 · 手机号码', true]);
    assert.deepEqual([change.before.zh, change.after.zh], ['脱敏、编辑、导出', '明文、导出']);
    assert.equal(preview.json.rights.fields['customer.phone'].by, 'field');
    assert.equal((await roleOf('rm')).version, 0);
    const wrong = { ...role, entities: { ...role.entities, customer: { read: 'own', where: 'aum >' } } };
    const refused = await call('POST', '/api/roles/rm/preview', { as: 'security', body: { role: wrong } });
    assert.deepEqual(
      [refused.status, refused.json.code, refused.json.field],
      [400, 'access.role_condition_wrong', 'role.entities.customer.where'],
    );
    assert.match(refused.json.message, /第 \d+ 个字符/);
  });

  test('a change is in force at once, in lists, in row security and in another process; reset takes it back', async () => {
    const other = await testServer({ beside: server });
    try {
      assert.equal((await get('/api/customers?limit=100', 'rm001')).json.rows.length, 15);
      const { role, version } = await roleOf('rm');
      const narrowed: Role = {
        ...role,
        entities: { ...role.entities, customer: { ...role.entities.customer, where: 'kind = "person"' } },
      };
      const saved = await put('rm', narrowed, version);
      assert.equal(saved.status, 200, saved.text);
      assert.deepEqual([saved.json.version, saved.json.state], [1, 'changed']);
      assert.ok(saved.json.changes.some((change: { part: string }) => change.part === 'condition'));
      const persons = (answer: { json: { rows: { kind: string }[] } }) => answer.json.rows.map((row) => row.kind);
      const seen = persons(await get('/api/customers?limit=100&columns=kind', 'rm002'));
      assert.deepEqual([...new Set(seen)], ['person']);
      assert.equal(seen.length, 12);
      const elsewhere = await other.call('GET', '/api/customers?limit=100&columns=kind', { as: 'rm002' });
      assert.equal(persons(elsewhere).length, 12);
      const stale = await put('rm', role, 0);
      assert.deepEqual([stale.status, stale.json.code], [409, 'governance.role_stale']);
      const { rows } = await database.query<{
        actor: string;
        detail: { role: string; after: { entities: Role['entities'] } };
      }>("select actor, detail from audit_event where action = 'configure' order by id desc limit 1");
      assert.equal(rows[0]!.actor, 'security');
      assert.equal(rows[0]!.detail.after.entities.customer!.where, 'kind = "person"');
      const reset = await call('DELETE', '/api/roles/rm?version=1', { as: 'security' });
      assert.equal(reset.status, 204, reset.text);
      assert.equal((await get('/api/customers?limit=100', 'rm002')).json.rows.length, 15);
      assert.equal((await roleOf('rm')).state, 'pack');
    } finally {
      await other.close();
    }
  });

  test('a field hidden by a rule is gone from lists, filters and the 360 view in the next request', async () => {
    const profile = async () => (await get(`/api/customers/${ids.customer(1)}/profile`, 'rm001')).json.customer;
    assert.ok('aum' in (await profile()));
    const { role, version } = await roleOf('rm');
    const hidden = { ...role, fields: [...role.fields, { field: 'customer.aum', see: 'hidden' }] };
    assert.equal((await put('rm', hidden, version)).status, 200);
    assert.ok(!('aum' in (await profile())));
    assert.equal((await get('/api/customers?filter=aum:gte:1', 'rm001')).status, 400);
    assert.equal((await call('DELETE', `/api/roles/rm?version=${version + 1}`, { as: 'security' })).status, 204);
    assert.ok('aum' in (await profile()));
  });

  test('nobody widens a role that he holds, nor puts separated duties together', async () => {
    const own = await roleOf('security_admin');
    const more = { ...own.role, permissions: [...own.role.permissions, 'team.read'] };
    const refused = await put('security_admin', more, own.version);
    assert.deepEqual([refused.status, refused.json.code], [403, 'governance.role_of_oneself']);
    const less = { ...own.role, permissions: own.role.permissions.filter((code: string) => code !== 'keys.manage') };
    assert.equal((await put('security_admin', less, own.version)).status, 200);
    const back = await call('DELETE', '/api/roles/security_admin?version=1', { as: 'security' });
    assert.deepEqual([back.status, back.json.code], [403, 'governance.role_of_oneself']);
    await database.query("delete from role_setting where code = 'security_admin'");
    await new Promise((done) => setTimeout(done, 200));

    const rm = await roleOf('rm');
    for (const [role, code, field] of [
      [
        { ...rm.role, permissions: [...rm.role.permissions, 'access.manage'] },
        'access.role_permission_reserved',
        'role.permissions',
      ],
      [{ ...rm.role, permissions: ['no.such'] }, 'access.role_permission_unknown', 'role.permissions'],
      [
        { ...rm.role, entities: { ...rm.role.entities, post: { read: 'all', create: 'all' } } },
        'access.role_grants_rights',
        'role.entities.post',
      ],
      [
        { ...rm.role, entities: { ...rm.role.entities, user: { read: 'all', update: 'all' } } },
        'access.role_grants_rights',
        'role.fields',
      ],
      [{ ...rm.role, duty: 'system' }, 'access.role_administrator_reads', 'role.entities.customer'],
      [
        { ...rm.role, entities: { ...rm.role.entities, holding: { read: 'all' } } },
        'access.role_wider_than_customer',
        'role.entities.holding',
      ],
      [
        { ...rm.role, entities: { ...rm.role.entities, product: { read: 'all', where: 'true' } } },
        'access.role_condition_misplaced',
        'role.entities.product.where',
      ],
    ] as const) {
      const answer = await put('rm', role as Role, rm.version);
      assert.deepEqual([answer.status, answer.json.code, answer.json.field], [400, code, field]);
    }
    assert.equal((await put('rm', rm.role, rm.version, 'admin')).status, 403);
    assert.equal((await put('rm', { ...rm.role, code: 'rm2' }, rm.version)).json.code, 'governance.role_code_fixed');
  });

  test('a role of the institution: made as a copy, given, kept while held, then deleted', async () => {
    const { role } = await roleOf('rm');
    const copy = { ...role, code: 'private_banker', label: { zh: '私行经理', en: 'Private banker' } };
    const made = await call('POST', '/api/roles', { as: 'security', body: { role: copy } });
    assert.deepEqual([made.status, made.json.state, made.json.version], [201, 'own', 1]);
    assert.equal((await call('POST', '/api/roles', { as: 'security', body: { role: copy } })).status, 409);
    const user = (await get(`/api/users/${ids.user('rm002')}`, 'security')).json;
    const given = await call('PATCH', `/api/users/${user.id}`, {
      as: 'security',
      body: { version: user.version, roles: ['private_banker'] },
    });
    assert.equal(given.status, 200, given.text);
    assert.equal((await get('/api/customers?limit=100', 'rm002')).json.rows.length, 15);
    const held = await call('DELETE', '/api/roles/private_banker?version=1', { as: 'security' });
    assert.deepEqual([held.status, held.json.code], [409, 'governance.role_held']);
    await call('PATCH', `/api/users/${user.id}`, {
      as: 'security',
      body: { version: user.version + 1, roles: ['rm'] },
    });
    assert.equal((await call('DELETE', '/api/roles/private_banker?version=1', { as: 'security' })).status, 204);
    assert.equal((await get('/api/roles/private_banker', 'security')).status, 404);
  });
});

describe('people and posts', () => {
  test('security gives roles, not to himself; separated duties stay apart; system makes accounts without rights', async () => {
    const change = async (username: string, roles: string[], as: string) => {
      const user = (await get(`/api/users/${ids.user(username)}`, 'security')).json;
      return call('PATCH', `/api/users/${user.id}`, { as, body: { version: user.version, roles } });
    };
    assert.equal((await change('security', ['security_admin', 'rm'], 'security')).status, 400);
    const self = await change('security', ['security_admin', 'api'], 'security');
    assert.ok([400, 403].includes(self.status), self.text);
    const both = await change('admin', ['system_admin', 'auditor'], 'security');
    assert.deepEqual([both.status, both.json.code], [400, 'access.duties_conflict']);
    const refused = await change('rm001', ['branch_head'], 'admin');
    assert.equal(refused.json.code, 'records.field_not_writable');
    const made = await call('POST', '/api/users', {
      as: 'admin',
      body: { name: '新员工', username: 'new001', active: true },
    });
    assert.equal(made.status, 201, made.text);
  });

  test('a secondment opens a second branch and ends by the clock', async () => {
    const before = server.clock().toISOString();
    const rows = async () => (await get('/api/customers?limit=100', 'head01')).json.rows.length;
    assert.equal(await rows(), 15);
    const body = {
      user: ids.user('head01'),
      role: 'branch_head',
      org_unit: ids.unit('west'),
      kind: 'secondment',
      starts_on: '2026-11-20',
      ends_on: '2026-11-22',
    };
    const open = await call('POST', '/api/posts', { as: 'security', body: { ...body, ends_on: undefined } });
    assert.equal(open.json.code, 'access.post_end_needed');
    assert.equal((await call('POST', '/api/posts', { as: 'head01', body })).status, 403);
    assert.equal((await call('POST', '/api/posts', { as: 'security', body })).status, 201);
    assert.equal(await rows(), 30);
    server.clock.set('2026-11-22T15:59:00Z'); // 23:59 in Shanghai, the last day
    assert.equal((await testRows('head01')).length, 30);
    server.clock.set('2026-11-22T16:01:00Z');
    assert.equal((await testRows('head01')).length, 15);
    server.clock.set(before);
  });
});

/** With a fresh sign-in: days may have passed by the clock. */
async function testRows(as: string): Promise<unknown[]> {
  const fresh = await testServer({ beside: server });
  try {
    return (await fresh.call('GET', '/api/customers?limit=100', { as })).json.rows;
  } finally {
    await fresh.close();
  }
}

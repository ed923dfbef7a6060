import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { roles, setRoles } from '#access';
import type { Database } from '#database';
import { openTestVault, vaultLimits } from '#vault';
import { ids, seedRows, type TestServer, testServer } from './testing.ts';

const PHONE = '13912345678';
const ID_NUMBER = '11010519491231002X';
const EMAIL = 'planted.canary@example.org';
const ADDRESS = '北京市朝阳区金盏路八十八号';
const PLANTED = [PHONE, ID_NUMBER, EMAIL, ADDRESS];

/** Every row of every table as text: what a dump of the database holds. */
async function dump(db: Database): Promise<string> {
  const { rows: tables } = await db.query<{ name: string }>(
    "select c.oid::regclass::text as name from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'm')",
  );
  let text = '';
  for (const { name } of tables) {
    const { rows } = await db.query<{ line: string | null }>(
      `select string_agg(t::text, e'\\n') as line from ${name} t`,
    );
    text += `${rows[0]!.line ?? ''}\n`;
  }
  return text;
}

const server: TestServer = await testServer();
after(() => server.close());

const created = await server.call('POST', '/api/customers', {
  as: 'rm001',
  body: { name: '司马相如', phone: '+86 139 1234 5678', id_number: ID_NUMBER, email: EMAIL, address: ADDRESS },
});
assert.equal(created.status, 201, created.text);
const id: string = created.json.id;

// Once the server has read the roles of its database: a role that sees, and filters by, every sealed field of all customers.
const rm = roles(server.model).get('rm')!;
setRoles(server.model, [
  {
    ...rm,
    code: 'service_agent',
    entities: { ...rm.entities, customer: { read: 'all', create: 'all', update: 'all' } },
    fields: (['phone', 'id_number', 'email', 'address', 'person_name'] as const).map((mask) => ({
      mask,
      see: 'clear' as const,
      edit: true,
      filter: true,
    })),
  },
]);

describe('sealed fields', () => {
  const one = async (as: string) => (await server.call('GET', `/api/customers/${id}`, { as })).json;

  test('the masked see the masked form, those who may see all the value', async () => {
    const masked = await one('rm001');
    assert.deepEqual(
      [masked.phone, masked.id_number, masked.email, masked.address],
      ['139****5678', '1101**********002X', 'p***@example.org', '北京市朝阳区****'],
    );
    const clear = await one('service');
    assert.deepEqual([clear.phone, clear.id_number, clear.email, clear.address], PLANTED);
    const list = await server.call('GET', '/api/customers?columns=phone,email&filter=phone:not_null&limit=50&sort=id', {
      as: 'service',
    });
    assert.equal(list.json.rows.length, 31);
    assert.equal(list.json.rows.find((row: { id: string }) => row.id === id).phone, PHONE);
    assert.ok(list.json.rows.every((row: { phone: string }) => /^1\d{10}$/.test(row.phone)));
  });

  test('no table holds a value in clear, not even the audit record; neither do answers hold seals', async () => {
    const content = await dump(server.database);
    for (const planted of PLANTED) assert.ok(!content.includes(planted), planted);
    assert.ok(content.includes('139****5678'), 'the dump does hold the row');
    for (const as of ['rm001', 'service', 'compliance']) {
      const paths = [`/api/customers/${id}`, '/api/customers?limit=200', `/api/customers/${id}/profile`, '/api/users'];
      for (const path of paths) {
        const { text } = await server.call('GET', path, { as });
        assert.ok(!/v1\.[as]\.|_index|_masked/.test(text), `${as} ${path}`);
      }
    }
  });

  test('a change is audited by its masked forms; the same value is no change', async () => {
    const { version } = await one('rm001');
    const same = await server.call('PATCH', `/api/customers/${id}`, { as: 'rm001', body: { version, phone: PHONE } });
    assert.equal(same.json.version, version);
    const changed = await server.call('PATCH', `/api/customers/${id}`, {
      as: 'rm001',
      body: { version, phone: '13987654321', address: null },
    });
    assert.equal(changed.status, 200, changed.text);
    const { rows } = await server.database.query<{ detail: unknown }>(
      "select detail from audit_event where action = 'update' and record_id = $1 order by id desc limit 1",
      [id],
    );
    assert.deepEqual(rows[0]!.detail, {
      before: { phone: '139****5678', address: '北京市朝阳区****' },
      after: { phone: '139****4321', address: null },
    });
    assert.equal((await one('service')).phone, '13987654321');
    assert.equal((await one('service')).address, null);
  });

  test('equality, sets and emptiness go through the blind index, in any writing; nothing else does', async () => {
    const find = (filter: string, as = 'service') =>
      server.call('GET', `/api/customers?columns=name&filter=${encodeURIComponent(filter)}&limit=50`, { as });
    const idsOf = (answer: Awaited<ReturnType<typeof find>>) => answer.json.rows.map((row: { id: string }) => row.id);
    assert.deepEqual(idsOf(await find('phone:eq:+86 139-8765-4321'.replaceAll('-', ' '))), [id]);
    assert.deepEqual(idsOf(await find(`id_number:eq:${ID_NUMBER.toLowerCase()}`)), [id]);
    assert.deepEqual(idsOf(await find(`email:in:${EMAIL.toUpperCase()},other@example.org`)), [id]);
    assert.equal(idsOf(await find('id_number:is_null')).length, 30);
    for (const filter of ['phone:prefix:139', 'email:contains:planted', 'phone:ne:13987654321']) {
      const { status, json } = await find(filter);
      assert.deepEqual([status, json.code], [400, 'records.operator_unknown'], filter);
    }
    const sorted = await server.call('GET', '/api/customers?sort=phone', { as: 'service' });
    assert.deepEqual([sorted.status, sorted.json.code], [400, 'records.field_not_sortable']);
    // Who sees it masked may not ask by it.
    assert.equal((await find('phone:eq:13987654321', 'rm001')).json.code, 'records.field_masked');
    const tail = await server.call('GET', '/api/customers?columns=name&q=4321', { as: 'rm001' });
    assert.deepEqual(idsOf(tail), [id]);
  });

  test('the same ID number is refused, in any writing, without saying whose it is', async () => {
    const again = await server.call('POST', '/api/customers', {
      as: 'rm002',
      body: { name: '卓文君', id_number: ID_NUMBER.toLowerCase() },
    });
    assert.deepEqual([again.status, again.json.code], [409, 'records.duplicate_elsewhere'], again.text);
    assert.equal(again.json.field, 'id_number');
    const own = await server.call('POST', '/api/customers', {
      as: 'rm001',
      body: { name: '文君', id_number: ID_NUMBER },
    });
    assert.deepEqual([own.json.code, own.json.params.title], ['records.duplicate_sealed', '司马相如']);
    assert.ok(!again.text.includes('司马') && !again.text.includes(id) && !again.text.includes(ID_NUMBER));
  });

  test('before a customer is written, those with the same phone or ID number are told, nothing of others', async () => {
    const ask = async (as: string, body: object) =>
      (await server.call('POST', '/api/customers/duplicates', { as, body })).json.duplicates;
    const own = { id, label: '司马相如' };
    assert.deepEqual(await ask('rm001', { phone: '139 8765 4321', id_number: ID_NUMBER }), [
      { field: 'id_number', customer: own },
      { field: 'phone', customer: own },
    ]);
    assert.deepEqual(await ask('rm002', { phone: '+8613987654321' }), [{ field: 'phone', customer: null }]);
    assert.deepEqual(await ask('rm002', { phone: '13900000000' }), []);
  });

  test('a value moved to another row, column or table opens nowhere', async () => {
    const target = ids.customer(3);
    const { rows } = await server.database.query<{ phone: string; email: string }>(
      'select phone, email from customer where id = $1',
      [target],
    );
    for (const column of ['phone', 'email']) {
      await server.database.query(
        `update customer set phone = (select ${column} from customer where id = $2) where id = $1`,
        [target, id],
      );
      const { status, text } = await server.call('GET', `/api/customers/${target}`, { as: 'service' });
      assert.equal(status, 500);
      assert.ok(!text.includes('139'));
    }
    await server.database.query('update customer set phone = $2 where id = $1', [target, rows[0]!.phone]);
    assert.equal((await server.call('GET', `/api/customers/${target}`, { as: 'service' })).status, 200);
  });

  test('a text that looks like a token stays the text that it is', async () => {
    const { rows } = await server.database.query<{ phone: string }>('select phone from customer where id = $1', [id]);
    const spoof = `~AAAAAAAAAAAAAAAAAAAAAAAA~customer.phone:${id}::${rows[0]!.phone};`;
    const note = await server.call('POST', '/api/notes', { as: 'rm001', body: { customer: id, text: spoof } });
    assert.equal(note.status, 201, note.text);
    assert.equal(note.json.text, spoof);
  });

  test('the same file twice changes nothing; a changed value is changed', async () => {
    const row = (phone: string) => ({ key: '5', name: '张三5', number: 'C1005', phone, branch: ids.unit('east') });
    const version = async () =>
      (
        await server.database.query<{ version: number; phone: string }>(
          'select version, phone from customer where id = $1',
          [ids.customer(5)],
        )
      ).rows[0]!;
    await seedRows(server.database, server.model, 'customer', [row('13700000001')]);
    const first = await version();
    await seedRows(server.database, server.model, 'customer', [row('13700000001')]);
    assert.deepEqual(await version(), first);
    await seedRows(server.database, server.model, 'customer', [row('13700000002')]);
    const changed = await version();
    assert.equal(changed.version, first.version + 1);
    assert.notEqual(changed.phone, first.phone);
    const { json } = await server.call('GET', `/api/customers/${ids.customer(5)}`, { as: 'service' });
    assert.equal(json.phone, '13700000002');
  });

  test('an erased customer has no personal data, for ever', async () => {
    const path = `/api/customers/${id}`;
    await seedRows(server.database, server.model, 'household', [{ key: 'h', name: '司马相如家庭' }]);
    await server.database.query(
      "update customer set household_role = 'head', household_id = (select id from household where source_key = 'h') where id = $1",
      [id],
    );
    const tag = (method: 'PUT' | 'DELETE', reason?: string) =>
      server.call(method, `${path}/tags/watched`, { as: 'rm001', ...(reason ? { body: { reason } } : {}) });
    assert.equal((await tag('PUT', '家有病人，急需用钱')).status, 204);
    const before = await dump(server.database);
    assert.equal(
      (await server.call('POST', `${path}/erasure`, { as: 'rm001', body: { reason: '客户申请' } })).status,
      403,
    );
    const erase = (customer: string) =>
      server.call('POST', `/api/customers/${customer}/erasure`, {
        as: 'compliance',
        body: { reason: '客户申请删除个人信息' },
      });
    const erased = await erase(id);
    assert.equal(erased.status, 200, erased.text);
    const seen = await one('service');
    assert.deepEqual(
      [seen.name, seen.phone, seen.id_number, seen.email, seen.birth_date, seen.erased_on],
      ['已抹除', null, null, null, null, erased.json.erasedOn],
    );
    const { rows: households } = await server.database.query("select name from household where source_key = 'h'");
    assert.deepEqual(households, [{ name: '已抹除' }]);
    assert.equal((await erase(id)).json.code, 'customers.erased_already');
    const { rows: notes } = await server.database.query(
      `select note, reason ->> 'note' as why, tag from customer_tag where customer_id = ${id}`,
    );
    assert.deepEqual(notes, [{ note: null, why: null, tag: 'watched' }]);
    // Nothing comes back: not by a form, not by putting the former row back, not by a file.
    const form = await server.call('PATCH', path, { as: 'rm001', body: { version: seen.version, name: '司马' } });
    assert.equal(form.json.code, 'vault.erased');
    const sealed = /v1\.a\.[\w.-]+/.exec(before.split('\n').find((line) => line.startsWith(`(${id},`))!)![0];
    await server.database.query('update customer set phone = $2 where id = $1', [id, sealed]);
    assert.equal((await one('service')).phone, null);
    await server.database.query('update customer set phone = null where id = $1', [id]);
    const content = await dump(server.database);
    for (const text of ['139****', '1101****', 'planted']) {
      const line = content.split('\n').find((each) => each.startsWith(`(${id},`) && each.includes(text));
      assert.equal(line, undefined);
    }
  });

  test('a file that still names an erased customer brings nothing back; one with an open account is not erased', async () => {
    const customer = ids.customer(7);
    const account = { key: 'a7', customer, number: '6222000000000007', status: 'open' };
    await seedRows(server.database, server.model, 'account', [account]);
    const erase = () =>
      server.call('POST', `/api/customers/${customer}/erasure`, {
        as: 'compliance',
        body: { reason: '客户申请删除个人信息' },
      });
    assert.equal((await erase()).json.code, 'customers.erasure_has_business');
    await seedRows(server.database, server.model, 'account', [{ ...account, status: 'closed' }]);
    assert.equal((await erase()).status, 200);
    await seedRows(server.database, server.model, 'customer', [{ key: '7', name: '张三7', phone: '13800010007' }]);
    await seedRows(server.database, server.model, 'customer', [{ key: '7', name: '张三7' }]);
    const { json } = await server.call('GET', `/api/customers/${customer}`, { as: 'service' });
    assert.deepEqual([json.name, json.phone], ['已抹除', null]);
  });

  test('without the master key reading and writing in clear are refused when memory forgets; masked reading goes on', async () => {
    const state = openTestVault(server.clock);
    const path = `/api/customers/${ids.customer(9)}`;
    assert.equal((await server.call('GET', path, { as: 'service' })).status, 200);
    state.lost = true;
    assert.equal((await server.call('GET', path, { as: 'service' })).status, 200, 'from memory');
    server.clock.set(new Date(server.clock().getTime() + vaultLimits.cacheMs + 1_000));
    const refused = await server.call('GET', path, { as: 'service', language: 'zh' });
    assert.deepEqual([refused.status, refused.json.code], [503, 'vault.master_missing']);
    assert.match(refused.json.message, /主密钥/);
    const write = await server.call('POST', '/api/customers', {
      as: 'rm001',
      body: { name: '王', phone: '13811112222' },
    });
    assert.equal(write.json.code, 'vault.master_missing');
    assert.equal((await server.call('GET', path, { as: 'rm001' })).status, 200);
    state.lost = false;
    assert.equal((await server.call('GET', path, { as: 'service' })).status, 200);
  });
});

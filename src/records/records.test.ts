import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ids, seedRows, testServer } from '../server/testing.ts';

const server = await testServer();
after(() => server.close());

describe('lists, rows and their rights', () => {
  const names = (answer: { json: { rows: { name: string }[] } }) => answer.json.rows.map((row) => row.name);

  test('nobody reads without signing in', async () => {
    for (const path of ['/api/customers', '/api/customers/count', '/api/metadata', '/api/day-plan', '/api/users']) {
      assert.equal((await server.call('GET', path)).status, 401, path);
    }
  });

  test('an RM sees his own customers, a head those of the branch and below, compliance all with masked names, an admin none', async () => {
    const count = async (as: string) => (await server.call('GET', '/api/customers/count', { as })).json.count;
    assert.equal(await count('rm001'), 15);
    assert.equal(await count('head01'), 15);
    assert.equal(await count('head02'), 30);
    assert.equal(await count('supervisor'), 15);
    assert.equal((await server.call('GET', '/api/customers/count', { as: 'admin' })).status, 403);
    const all = await server.call('GET', '/api/customers?columns=name,phone&sort=id&limit=200', { as: 'compliance' });
    assert.equal(all.json.rows.length, 30);
    assert.ok(names(all).includes('欧阳**'));
    assert.ok(
      all.json.rows.every(
        (row: { name: string; phone: string }) => /\*\*$/.test(row.name) && /^138\*{4}\d{4}$/.test(row.phone),
      ),
    );
  });

  test("another's customer does not exist, in lists, details and writes", async () => {
    const other = ids.customer(2);
    assert.equal((await server.call('GET', `/api/customers/${other}`, { as: 'rm001' })).status, 404);
    assert.equal((await server.call('GET', `/api/customers/${other}/profile`, { as: 'rm001' })).status, 404);
    const patch = await server.call('PATCH', `/api/customers/${other}`, {
      as: 'rm001',
      body: { version: 1, name: 'x' },
    });
    assert.equal(patch.status, 404);
    const note = await server.call('POST', '/api/notes', { as: 'rm001', body: { customer: other, text: 'x' } });
    assert.deepEqual([note.status, note.json.field], [422, 'customer']);
  });

  test('pages by cursor visit every row once, in order, empty values last, at any page size', async () => {
    for (const sort of ['-aum', 'aum', 'pinyin', '-since', 'id', '-created_at', 'occupation', 'kind', '-metric_aum']) {
      for (const limit of [1, 7, 30, 200]) {
        const seen: string[] = [];
        const amounts: (string | null)[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const query: string = `sort=${sort}&limit=${limit}&columns=name,aum${cursor ? `&cursor=${cursor}` : ''}`;
          const page = await server.call('GET', `/api/customers?${query}`, { as: 'head02' });
          assert.equal(page.status, 200, page.text);
          seen.push(...page.json.rows.map((row: { id: string }) => row.id));
          amounts.push(...page.json.rows.map((row: { aum: string | null }) => row.aum));
          cursor = page.json.next;
        }
        assert.equal(new Set(seen).size, 30, `${sort} by ${limit}`);
        assert.equal(seen.length, 30);
        if (/^-?aum$/.test(sort)) {
          const filled = amounts.filter((amount) => amount !== null).map(Number);
          const sorted = [...filled].sort((a, b) => (sort === 'aum' ? a - b : b - a));
          assert.deepEqual(filled, sorted);
          assert.deepEqual(amounts.slice(25), [null, null, null, null, null]);
        }
      }
    }
  });

  test('pages go backwards too, over empty values and at any page size', async () => {
    type Answer = { rows: { id: string }[]; next: string | null; prev: string | null };
    const page = async (query: string): Promise<Answer> =>
      (await server.call('GET', `/api/customers?columns=aum&${query}`, { as: 'head02' })).json;
    for (const sort of ['-aum', 'aum', 'occupation', '-since', 'id']) {
      const whole = (await page(`sort=${sort}&limit=200`)).rows.map(({ id }) => id);
      for (const limit of [1, 4, 7]) {
        let at = await page(`sort=${sort}&limit=${limit}`);
        assert.equal(at.prev, null);
        while (at.next) at = await page(`sort=${sort}&limit=${limit}&cursor=${at.next}`);
        let seen = at.rows.map(({ id }) => id);
        while (at.prev) {
          at = await page(`sort=${sort}&limit=${limit}&cursor=${at.prev}`);
          seen = [...at.rows.map(({ id }) => id), ...seen];
        }
        assert.deepEqual(seen, whole, `${sort} by ${limit}`);
        const second = await page(`sort=${sort}&limit=${limit}&cursor=${at.next}`);
        assert.equal(second.rows[0]?.id, whole[limit]);
      }
    }
  });

  test('metrics and tags are columns, filters and orders of the customer list, for who sees the assets', async () => {
    const { database } = server;
    await database.query(`insert into customer_metric (customer_id, as_of, aum, transactions_30d, last_transaction_date)
      select id, '2026-11-19', aum, substr(number, 2)::int - 1000, date '2026-11-19' - (substr(number, 2)::int - 1000) from customer`);
    await database.query("update facts_state set as_of = '2026-11-19'");
    await database.query(`insert into customer_tag (customer_id, tag, since, until, reason) values
      (${ids.customer(3)}, 'silent', '2026-01-01', null, '{}'), (${ids.customer(5)}, 'silent', '2026-01-01', '2026-02-01', '{}'),
      (${ids.customer(3)}, 'salary_account', '2026-01-02', null, '{}'), (${ids.customer(4)}, 'salary_account', '2026-01-01', null, '{}')`);
    const list = (query: string, as = 'head02') => server.call('GET', `/api/customers?limit=200&${query}`, { as });
    const busy = await list(
      'columns=metric_transactions_30d,metric_days_silent,tags&sort=-metric_transactions_30d&filter=metric_transactions_30d:gte:28',
    );
    assert.deepEqual(
      busy.json.rows.map((row: Record<string, unknown>) => [
        row.metric_transactions_30d,
        row.metric_days_silent,
        row.tags,
      ]),
      [
        [30, 30, null],
        [29, 29, null],
        [28, 28, null],
      ],
    );
    const rich = await list('columns=metric_aum&filter=metric_aum:between:24000,25000&sort=metric_aum');
    assert.deepEqual(
      rich.json.rows.map((row: Record<string, unknown>) => row.metric_aum),
      ['24000.00', '25000.00'],
    );
    const silent = await list('columns=number,tags&sort=metric_days_silent&filter=metric_days_silent:lte:2');
    assert.deepEqual(
      silent.json.rows.map((row: Record<string, unknown>) => row.number),
      ['C1001', 'C1002'],
    );
    const found = async (filter: string, as?: string) =>
      (await list(`columns=number,tags&sort=id&filter=${filter}`, as)).json.rows
        .map((row: Record<string, unknown>) => row.number)
        .sort();
    assert.deepEqual(await found('tags:contains:silent'), ['C1003']);
    assert.deepEqual(await found('tags:in:silent,salary_account'), ['C1003', 'C1004']);
    assert.deepEqual(await found('tags:in:silent,salary_account', 'rm001'), ['C1003']);
    assert.deepEqual(await found('tags:not_null'), ['C1003', 'C1004']);
    assert.equal(
      (await server.call('GET', '/api/customers/count?filter=tags:contains:salary_account', { as: 'head02' })).json
        .count,
      2,
    );
    assert.equal((await list('filter=tags:contains:nothing')).json.code, 'field.unknown_option');
    const columns = (await server.call('GET', '/api/metadata', { as: 'rm001' })).json.entities.find(
      (entity: { code: string }) => entity.code === 'customer',
    ).listFields;
    assert.ok(columns.some((field: { code: string }) => field.code === 'metric_days_silent'));
    // Who does not see the assets learns nothing of what is made of them.
    const blind = await list('columns=metric_aum', 'service');
    assert.ok(blind.json.rows.every((row: Record<string, unknown>) => !('metric_aum' in row)));
    assert.equal((await list('filter=metric_aum:gte:1', 'service')).json.code, 'records.field_unknown');
    assert.equal((await list('sort=metric_aum', 'service')).json.code, 'records.field_unknown');
    await database.query('truncate customer_metric, customer_tag');
  });

  test('finds by part of a name, pinyin with the surname reading, initials, phone tail and number', async () => {
    const find = async (q: string, as = 'head02') =>
      names(await server.call('GET', `/api/customers?columns=name&limit=200&q=${encodeURIComponent(q)}`, { as }));
    assert.deepEqual(await find('娜'), ['欧阳娜娜']);
    assert.deepEqual(await find('阳娜'), ['欧阳娜娜']);
    assert.deepEqual(await find('欧阳娜娜'), ['欧阳娜娜']);
    assert.deepEqual(await find('ouyang'), ['欧阳娜娜']);
    assert.deepEqual(await find('oynn'), ['欧阳娜娜']);
    assert.deepEqual(await find('shan xiong'), ['单雄信']);
    assert.deepEqual(await find('0001'), ['欧阳娜娜']);
    assert.deepEqual(await find('C1002'), ['单雄信']);
    assert.deepEqual(await find('没有此人'), []);
    assert.deepEqual(await find('%'), []);
    assert.deepEqual(await find('欧阳', 'rm002'), [], 'not beyond the own book');
    assert.deepEqual(await find('欧阳', 'compliance'), [], 'a masked name cannot be searched for');
    assert.deepEqual(await find('10001'), [], 'more digits than the mask shows would reveal the number');
  });

  test('filters by type; refuses unknown, masked and malformed ones with the field and the remedy', async () => {
    const list = (query: string, as = 'head02') =>
      server.call('GET', `/api/customers?columns=name&limit=200&${query}`, { as });
    assert.equal((await list('filter=kind:eq:company')).json.rows.length, 3);
    assert.equal((await list('filter=aum:between:5000,7000')).json.rows.length, 3);
    assert.equal((await list('filter=aum:is_null')).json.rows.length, 5);
    assert.equal((await list('filter=kind:in:company,person&filter=aum:gt:24000')).json.rows.length, 1);
    assert.equal((await list(`filter=owner:eq:${ids.user('rm001')}`)).json.rows.length, 15);
    const refused = async (query: string, status: number, code: string, as = 'head02') => {
      const answer = await list(query, as);
      assert.deepEqual([answer.status, answer.json.code], [status, code], query);
      assert.ok(answer.json.message.length > 4);
    };
    await refused('filter=aum:gte:viel', 422, 'field.invalid_decimal');
    await refused('filter=aum:like:1', 400, 'records.operator_unknown');
    await refused('filter=aum', 400, 'records.filter_invalid');
    await refused('filter=nothing:eq:1', 400, 'records.field_unknown');
    await refused('filter=phone:eq:13800010001', 403, 'records.field_masked');
    await refused('filter=name:prefix:欧', 403, 'records.field_masked', 'compliance');
    await refused('sort=phone', 403, 'records.field_masked');
    await refused('sort=district', 400, 'records.field_not_sortable');
    await refused('cursor=zzz', 400, 'records.cursor_invalid');
    await refused(`cursor=${Buffer.from('["x","y"]').toString('base64url')}`, 400, 'records.cursor_invalid');
    await refused(Array.from({ length: 21 }, () => 'filter=aum:gt:1').join('&'), 400, 'records.filters_too_many');
  });

  test("errors speak the reader's language", async () => {
    const zh = await server.call('GET', '/api/nothing', { language: 'zh' });
    const en = await server.call('GET', '/api/nothing', { language: 'en' });
    assert.equal(zh.json.message, '没有此地址：/api/nothing');
    assert.equal(en.json.message, 'there is nothing at /api/nothing');
  });

  test('an RM creates a customer of his own, changes it, and is told of a stale version', async () => {
    const created = await server.call('POST', '/api/customers', {
      as: 'rm001',
      body: { name: '司马相如', phone: '138 1234 5678' },
    });
    assert.equal(created.status, 201, created.text);
    assert.equal(created.json.owner.id, ids.user('rm001'));
    assert.equal(created.json.phone, '138****5678');
    const path = `/api/customers/${created.json.id}`;
    const changed = await server.call('PATCH', path, { as: 'rm001', body: { version: 1, occupation: '辞赋家' } });
    assert.deepEqual([changed.status, changed.json.version, changed.json.occupation], [200, 2, '辞赋家']);
    const stale = await server.call('PATCH', path, { as: 'rm001', body: { version: 1, occupation: 'x' } });
    assert.deepEqual([stale.status, stale.json.code], [409, 'records.version_stale']);
    const handedOver = await server.call('PATCH', path, {
      as: 'rm001',
      body: { version: 2, owner: ids.user('rm002') },
    });
    assert.deepEqual([handedOver.status, handedOver.json.code], [403, 'records.out_of_scope']);
    const found = await server.call('GET', '/api/customers?columns=name&q=smxr', { as: 'rm001' });
    assert.deepEqual(names(found), ['司马相如']);
    const { rows } = await server.database.query(
      "select action, detail from audit_event where record_id = $1 and entity = 'customer' and action in ('create', 'update') order by id",
      [created.json.id],
    );
    assert.deepEqual(
      rows.map((row) => row.action),
      ['create', 'update'],
    );
    assert.deepEqual((rows[1]!.detail as { before: unknown }).before, { occupation: null });
  });

  test("who works in a team makes customers of the team's branch, where its head finds them", async () => {
    const { database, model } = server;
    const team = { key: 'east_team', name: '东城一组', code: 'east_team', kind: 'team', parent: ids.unit('east') };
    await seedRows(database, model, 'org_unit', [team]);
    const move = (unit: string) =>
      database.query('update "user" set org_unit_id = $1 where id = $2', [ids.unit(unit), ids.user('rm001')]);
    await move('east_team');
    const created = await server.call('POST', '/api/customers', { as: 'rm001', body: { name: '卓文君' } });
    await move('east');
    assert.deepEqual([created.status, created.json.branch?.id], [201, ids.unit('east')], created.text);
    const path = `/api/customers/${created.json.id}`;
    assert.equal((await server.call('GET', path, { as: 'head01' })).status, 200);
  });

  test('refuses bad values by field, and writes nothing', async () => {
    const before = await server.database.query('select count(*) from customer');
    const refused = async (body: Record<string, unknown>, field: string, status = 422) => {
      const answer = await server.call('POST', '/api/customers', { as: 'rm001', body });
      assert.deepEqual([answer.status, answer.json.field], [status, field], answer.text);
    };
    await refused({}, 'name');
    await refused({ name: ' ' }, 'name');
    await refused({ name: 'x'.repeat(121) }, 'name');
    await refused({ name: 'a\u0000b' }, 'name');
    await refused({ name: 5 }, 'name');
    await refused({ name: '王', phone: '123' }, 'phone');
    await refused({ name: '王', email: 'a@b' }, 'email');
    await refused({ name: '王', birth_date: '2026-02-30' }, 'birth_date');
    await refused({ name: '王', id_number: '110101199003070010' }, 'id_number');
    await refused({ name: '王', kind: 'robot' }, 'kind');
    await refused({ name: '王', district: '1' }, 'district');
    await refused({ name: '王', aum: '1' }, 'aum', 400);
    await refused({ name: '王', pinyin: 'x' }, 'pinyin', 400);
    assert.deepEqual(await server.database.query('select count(*) from customer').then((r) => r.rows), before.rows);
  });

  test('who may not write is refused before anything happens', async () => {
    const user = { name: '新人', username: 'new' };
    assert.equal((await server.call('POST', '/api/users', { as: 'rm001', body: user })).status, 403);
    const created = await server.call('POST', '/api/users', { as: 'admin', body: user });
    assert.equal(created.status, 201, created.text);
    assert.equal(created.json.roles, null, 'a new user may do nothing');
    const grant = (as: string) =>
      server.call('PATCH', `/api/users/${created.json.id}`, { as, body: { version: 1, roles: ['rm'] } });
    assert.deepEqual([(await grant('admin')).json.code], ['records.field_not_writable']);
    assert.deepEqual((await grant('security')).json.roles, ['rm']);
    const again = await server.call('POST', '/api/users', { as: 'admin', body: user });
    assert.deepEqual([again.status, again.json.field], [409, 'username']);
    assert.equal((await server.call('POST', '/api/customers', { as: 'admin', body: { name: '王' } })).status, 403);
    assert.equal(
      (await server.call('POST', '/api/products', { as: 'rm001', body: { name: 'p', code: 'p', class: 'fund' } }))
        .status,
      403,
    );
    assert.equal(
      (await server.call('POST', '/api/products', { as: 'designer', body: { name: 'p', code: 'p', class: 'fund' } }))
        .status,
      201,
    );
  });

  test('facts of one customer page by date and booking order', async () => {
    const customer = ids.customer(1);
    await seedRows(server.database, server.model, 'account', [
      { key: 'a1', customer, number: '6222000011112222', currency: 'CNY' },
    ]);
    await seedRows(
      server.database,
      server.model,
      'transaction',
      Array.from({ length: 40 }, (_, index) => ({
        key: `t${index}`,
        customer,
        business_date: `2026-${index < 20 ? '09' : '10'}-0${1 + (index % 4)}`,
        sequence: String(index),
        account: ids.account('a1'),
        direction: index % 2 ? 'in' : 'out',
        amount: `${index + 1}.00`,
      })),
    );
    const seen: { business_date: string; amount: string; account: { label: string } }[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await server.call(
        'GET',
        `/api/transactions?limit=7&filter=customer:eq:${customer}${cursor ? `&cursor=${cursor}` : ''}`,
        { as: 'rm001' },
      );
      assert.equal(page.status, 200, page.text);
      seen.push(...page.json.rows);
      cursor = page.json.next;
    }
    assert.equal(seen.length, 40);
    const order = seen.map((row) => `${row.business_date} ${row.amount.padStart(6, '0')}`);
    assert.deepEqual(order, [...order].sort().reverse());
    assert.equal(seen[0]!.account.label, '****2222');
    assert.equal(
      (await server.call('GET', `/api/transactions?filter=customer:eq:${customer}`, { as: 'rm002' })).json.rows.length,
      0,
    );
  });

  test('the API describes itself', async () => {
    const api = (await server.call('GET', '/api/openapi.json')).json;
    assert.equal(api.openapi, '3.1.1');
    for (const { plural } of server.model.entities) assert.ok(api.paths[`/api/${plural}`], plural);
    assert.equal((await server.call('GET', '/api/docs')).status, 200);
    const metadata = (await server.call('GET', '/api/metadata', { as: 'rm001' })).json;
    const customer = metadata.entities.find((entity: { code: string }) => entity.code === 'customer');
    assert.deepEqual(customer.access, { read: true, create: true, update: true, export: true });
    assert.equal(customer.fields.find((field: { code: string }) => field.code === 'phone').access.see, 'masked');
    assert.ok(!customer.fields.some((field: { code: string }) => field.code === 'name_grams'));
  });
});

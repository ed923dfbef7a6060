import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actingOn, roles, scopeCondition, setRoles } from '#access';
import { sql } from '#database';
import { actorOfUser } from '#identity';
import { ids, testServer } from '../server/testing.ts';

const server = await testServer();
const origin = { session: null, address: '127.0.0.1', request: 'r' };
const { requests } = server;
test.after(() => server.close());

async function as(username: string) {
  const actor = await actorOfUser(server.database, server.model, server.clock(), ids.user(username));
  const { database, about } = actingOn(requests, server.model, actor, origin);
  return { actor: actor!, db: database, about };
}

const count = async (db: { query: typeof requests.query }, table = 'customer') =>
  Number((await db.query<{ n: string }>(`select count(*) as n from ${table}`)).rows[0]!.n);

test('without a prologue the request role sees no customer', async () => {
  assert.equal(await count(requests), 0);
  assert.equal(await count(requests, 'account'), 0);
});

test('row security alone gives each actor the rows that the records room would give him', async () => {
  for (const username of [
    'rm001',
    'rm002',
    'head01',
    'head02',
    'supervisor',
    'compliance',
    'service',
    'security',
    'admin',
    'auditor',
    'connector',
  ]) {
    const { actor, db } = await as(username);
    const { rows } = await server.database.query<{ n: string }>(
      sql`select count(*) as n from customer c where ${scopeCondition(server.model, actor, server.model.entity('customer'), 'c')}`,
    );
    assert.equal(await count(db), Number(rows[0]!.n), username);
  }
  assert.equal(await count((await as('rm001')).db), 15);
});

test('ten thousand statements of many actors over few connections never see each other', async () => {
  const actors = await Promise.all(['rm001', 'rm002', 'compliance', 'security'].map(as));
  const expected = await Promise.all(actors.map(({ db }) => count(db)));
  const problems: string[] = [];
  await Promise.all(
    Array.from({ length: 2_000 }, async (_, index) => {
      const which = index % actors.length;
      const seen = await count(actors[which]!.db);
      if (seen !== expected[which]) problems.push(`${which}: ${seen}`);
    }),
  );
  assert.deepEqual(problems, []);
});

test('a statement about one customer sees what belongs to him alone, and to nobody out of reach', async () => {
  const { about } = await as('rm001');
  await server.database.query(
    `insert into note (id, customer_id, text) select id, id, 'n' from customer on conflict do nothing`,
  );
  assert.equal(await count(about(ids.customer(1)), 'note'), 1);
  assert.equal(await count(about(ids.customer(2)), 'note'), 0);
  assert.equal(await count(about(ids.customer(1))), 15, 'the household is read from the whole reach');
  await assert.rejects(about(ids.customer(1)).query("update note set text = 'x'"), /permission denied/);
});

test('the settings of a request read once a statement: no policy calls a function or a query for each row', async () => {
  const { db } = await as('rm001');
  const { rows } = await db.query<{ 'QUERY PLAN': { Plan: unknown }[] }>(
    'explain (format json, verbose) select * from customer order by aum desc limit 50',
  );
  const plan = JSON.stringify(rows[0]!['QUERY PLAN']);
  const filter = /"Filter":"([^"]*)"/.exec(plan)?.[1] ?? '';
  assert.doesNotMatch(filter, /current_setting|access_/);
  assert.doesNotMatch(plan, /"Parent Relationship":"SubPlan"/);
});

test('a statement about one customer sets up no sub-select for what belongs to him', async () => {
  const { rows } = await server.database.query<{ name: string; using: string }>(
    `select c.relname as name, pg_get_expr(p.polqual, p.polrelid) as using from pg_policy p join pg_class c on c.oid = p.polrelid
      where p.polname = 'pinned' and c.relname not in ('notification', 'aum_unit', 'aum_unit_day')`,
  );
  assert.ok(rows.length > 30);
  assert.deepEqual(
    rows.filter(({ using }) => /select/i.test(using)),
    [],
  );
});

test('the household of the customer asked about is seen, no other', async () => {
  await server.database.query(
    "insert into household (id, name) values (8, '李家'), (9, '王家') on conflict do nothing",
  );
  const own = ids.customer(1);
  await server.database.query(
    'update customer set household_id = case when id = $1 then 8 else 9 end where id = any($2)',
    [own, [own, ids.customer(3)]],
  );
  const { about } = await as('rm001');
  const { rows } = await about(own).query<{ id: string }>('select id from household');
  assert.deepEqual(rows, [{ id: '8' }]);
  assert.equal(await count(about(ids.customer(2)), 'household'), 0, 'out of reach');
});

test('requests delete nothing, write what people write, and do not read how people prove who they are', async () => {
  const { rows } = await server.database.query<{ name: string; rights: string[] }>(
    `select c.relname as name, array(select r from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) r
        where has_table_privilege('tongguan_app', c.oid, r)) as rights
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`,
  );
  const rights = new Map(rows.map((row) => [row.name, row.rights.join(' ')]));
  assert.deepEqual(
    rows.filter((row) => /DELETE|TRUNCATE/.test(row.rights.join())).map(({ name }) => name),
    [],
  );
  for (const table of [
    'credential',
    'session',
    'sign_in',
    'totp',
    'recovery_code',
    'security_key',
    'api_token',
    'known_device',
  ])
    assert.equal(rights.get(table), '', table);
  for (const table of [
    'account',
    'transaction',
    'parameter',
    'aum_daily',
    'customer_tag',
    'business_day',
    'role_setting',
    'audit_root',
    'data_key',
  ])
    assert.equal(rights.get(table), 'SELECT', table);
  assert.equal(rights.get('audit_event'), 'SELECT INSERT');
  assert.equal(rights.get('handover'), 'SELECT INSERT');
  assert.equal(rights.get('customer'), 'SELECT INSERT UPDATE');
  const { db } = await as('rm001');
  await assert.rejects(db.query('delete from note'), /permission denied/);
});

test('members of a household out of reach are neither named nor counted', async () => {
  await server.database.query("insert into household (id, name) values (7, '张家')");
  await server.database.query('update customer set household_id = 7 where id = any($1)', [
    [ids.customer(1), ids.customer(3), ids.customer(2)],
  ]);
  const { json } = await server.call('GET', `/api/customers/${ids.customer(1)}/profile`, { as: 'rm001' });
  assert.deepEqual(
    json.household.members.map(({ id }: { id: string }) => id),
    [ids.customer(3)],
  );
  assert.equal('hidden' in json.household, false);
});

test('an account that a customer may use is shown with him where its owner is within reach too', async () => {
  const account = (number: string, owner: number) =>
    server.database.query('insert into account (id, customer_id, number) values ($1, $2, $3)', [
      number,
      ids.customer(owner),
      `622200000000${number}`,
    ]);
  await account('9001', 3);
  await account('9002', 2);
  for (const [id, number] of [
    ['1', '9001'],
    ['2', '9002'],
  ]) {
    await server.database.query(
      `insert into account_role (id, customer_id, account_id, role) values ($1, $2, $3, 'authorised')`,
      [id, ids.customer(1), number],
    );
  }
  const shown = async (as: string) => {
    const { json } = await server.call('GET', `/api/customers/${ids.customer(1)}/profile`, { as });
    return json.accounts.map(({ id }: { id: string }) => id).sort();
  };
  assert.deepEqual(await shown('rm001'), ['9001'], 'the other account belongs to a customer of another branch');
  assert.deepEqual(await shown('head02'), ['9001', '9002']);
});

test('a statement about one customer sees nothing of an entity that the role may not read', async () => {
  const { actor } = await as('rm001');
  const permissions = new Set([...actor.permissions].filter((each) => !each.startsWith('note.')));
  const { about } = actingOn(requests, server.model, { ...actor, permissions }, origin);
  assert.equal(await count(about(ids.customer(1)), 'note'), 0);
});

test('an actor of every kind of reach at once gets a prologue of his own', async () => {
  const { actor } = await as('rm001');
  const where = 'kind = "company"';
  const conditioned = { ...roles(server.model).get('branch_head')!, code: 'conditioned' };
  setRoles(server.model, [
    { ...conditioned, entities: { customer: { read: 'branch_and_below', where } } },
    { ...conditioned, code: 'team_lead', entities: { customer: { read: 'branch_and_below' } } },
  ]);
  const post = { ...actor.posts[0]!, unitIds: [ids.unit('east')] };
  const everything = {
    ...actor,
    posts: [
      post,
      { ...post, userId: ids.user('rm002'), deputyFor: 'rm002' },
      { ...post, role: 'conditioned' },
      { ...post, role: 'team_lead' },
    ],
    customerIds: [ids.customer(2)],
    permissions: new Set(['customer.read', 'walls.cross']),
  };
  const acting = actingOn(requests, server.model, everything, origin);
  const kept = { name: 'row_security_test', text: 'select count(*)::int as n from customer', values: [] };
  for (const db of [acting.database, acting.about(ids.customer(1))]) {
    // Both forms of each prologue on the same connections, again and again: names must not be taken for one another.
    for (let each = 0; each < 6; each += 1) {
      assert.ok(Number((await db.query<{ n: number }>(kept)).rows[0]!.n) > 0);
      assert.ok((await count(db)) > 0);
    }
  }
});

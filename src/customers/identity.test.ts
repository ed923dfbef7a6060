import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readInstitution } from '#access';
import { runDueJobs } from '#jobs';
import { systemActor } from '#kernel';
import { recordId } from '#metadata';
import { runBusinessDay } from '#rules';
import { type Answer, allJobHandlers, ids, PASSWORD, seedRows, testServer } from '../server/testing.ts';

const server = await testServer();
const { database, model, clock } = server;
after(() => server.close());

async function call(as: string, method: string, url: string, body?: unknown): Promise<Answer> {
  const options = body === undefined ? { as } : { as, body };
  const answer = await server.call(method, url, options);
  if (answer.json?.code !== 'identity.step_up_needed') return answer;
  const proof = await server.call('POST', '/api/session/step-up', { as, body: { password: PASSWORD } });
  assert.equal(proof.status, 204, proof.text);
  return server.call(method, url, options);
}
const work = () => runDueJobs({ database, clock, handlers: allJobHandlers(model, '/nonexistent') });

const person = (key: string, more: Record<string, string | null>) => ({
  key,
  name: '周明',
  kind: 'person',
  number: `I${key}`,
  phone: null,
  id_number: null,
  birth_date: null,
  email: null,
  owner: ids.user('rm001'),
  branch: ids.unit('east'),
  ...more,
});
const ID = '110105194912310038';

before(async () => {
  await seedRows(database, model, 'customer', [
    person('a', { id_number: ID, phone: '13777770001', birth_date: '1949-12-31' }),
    person('b', { id_number: ID, email: 'zhou@example.com', birth_date: '1949-12-31' }),
    person('c', { name: '吴用', phone: '13777770003', owner: ids.user('rm002'), branch: ids.unit('west') }),
    person('d', { name: '吴用', phone: '13777770003' }),
    person('e', { name: '甲', id_number: '110105198001010011' }),
    person('f', { name: '乙', id_number: '110105198001010011', birth_date: '1980-01-01' }),
  ]);
  const account = (key: string, customer: string, number: string) => ({
    key,
    customer: ids.customer(customer),
    number,
    currency: 'CNY',
  });
  await seedRows(database, model, 'account', [account('ia', 'a', '62001'), account('ib', 'b', '62002')]);
  const posting = (
    key: string,
    customer: string,
    accountKey: string,
    amount: string,
    balance_after: string,
    date: string,
  ) => ({
    key,
    customer: ids.customer(customer),
    business_date: date,
    account: ids.account(accountKey),
    direction: 'in',
    amount,
    balance_after,
    currency: 'CNY',
  });
  await seedRows(database, model, 'transaction', [
    posting('t1', 'a', 'ia', '100.10', '100.10', '2026-10-01'),
    posting('t2', 'b', 'ib', '200.20', '200.20', '2026-10-02'),
    posting('t3', 'b', 'ib', '300.30', '500.50', '2026-11-02'),
  ]);
  const institution = await readInstitution(database);
  await runBusinessDay({ database, model, clock, actor: systemActor, institution }, '2026-11-19');
  await seedRows(database, model, 'note', [{ key: 'n1', customer: ids.customer('b'), text: '喜欢电话联系' }]);
});

interface Case {
  id: string;
  rule: { code: string };
  state: string;
  suggestion: string;
  evidence: Record<string, string>;
  sides: { id: string; row: Record<string, unknown>; accounts: number }[];
  may: { resolve: boolean; approve: boolean };
}
const cases = async (as: string, done = false): Promise<Case[]> => {
  const answer = await call(as, 'GET', `/api/identity/cases${done ? '?done=true' : ''}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const between = (list: Case[], one: string, other: string) =>
  list.find(({ sides }) => sides.every(({ id }) => id === ids.customer(one) || id === ids.customer(other)));

describe('customers who may be one', () => {
  test('D-3: the same ID number, and the same phone and name, are found once and put on the work list', async () => {
    const asked = await call('compliance', 'POST', '/api/identity/detection');
    assert.equal(asked.status, 202, asked.text);
    await work();
    const all = await cases('compliance');
    assert.equal(between(all, 'a', 'b')?.rule.code, 'id_number_name');
    assert.equal(between(all, 'a', 'b')?.suggestion, 'merge');
    assert.equal(between(all, 'c', 'd')?.rule.code, 'phone_name');
    assert.equal(between(all, 'e', 'f')?.rule.code, 'id_number');
    assert.equal(between(all, 'e', 'f')?.suggestion, 'look');
    await call('compliance', 'POST', '/api/identity/detection');
    await work();
    assert.equal((await cases('compliance')).length, all.length);
  });

  test('each sees what he reaches, masked as his rights say', async () => {
    const list = await cases('supervisor');
    assert.equal(between(list, 'c', 'd'), undefined, 'one of the two is another branch’s');
    assert.ok(between(await cases('compliance'), 'c', 'd'));
    const [side] = between(await cases('compliance'), 'a', 'b')!.sides;
    assert.equal(side!.row.name, '周**');
    assert.equal(side!.row.id_number, '1101**********0038');
    for (const as of ['rm001', 'head01', 'admin']) {
      assert.equal((await call(as, 'GET', '/api/identity/cases')).status, 403, as);
    }
    const count = await call('supervisor', 'GET', '/api/identity/count');
    assert.deepEqual(count.json, { open: list.length, proposed: 0, capped: false });
  });

  test('marked as apart they are not asked for again', async () => {
    const found = between(await cases('compliance'), 'e', 'f')!;
    const answer = await call('compliance', 'POST', `/api/identity/cases/${found.id}/decision`, { decision: 'apart' });
    assert.equal(answer.json.state, 'apart', answer.text);
    await call('compliance', 'POST', '/api/identity/detection');
    await work();
    assert.equal(between(await cases('compliance'), 'e', 'f'), undefined);
    assert.ok(between(await cases('compliance', true), 'e', 'f'));
  });
});

describe('a merge', () => {
  const total = async (...keys: string[]) => {
    const { rows } = await database.query<{ count: number; sum: string; aum: string; accounts: number; notes: number }>(
      `select (select count(*)::int from transaction where customer_id = any($1)) as count,
        (select sum(amount)::text from transaction where customer_id = any($1)) as sum,
        (select sum(total)::text from customer_aum where customer_id = any($1)) as aum,
        (select count(*)::int from account where customer_id = any($1)) as accounts,
        (select count(*)::int from note where customer_id = any($1)) as notes`,
      [keys.map((key) => ids.customer(key))],
    );
    return rows[0]!;
  };

  /** What the units' totals say, which the merge must not move: both are of one branch and one manager. */
  const units = async () =>
    (
      await database.query<{ class: string; amount: string }>(
        'select class, sum(amount)::text as amount from aum_unit group by class order by class',
      )
    ).rows;

  /** Of whom the tag that people set stands in the history, and of whom it is current. */
  const watched = async () => {
    const { rows } = await database.query<{ held: string[] | null; shown: string[] | null }>(
      `select (select array_agg(c.number) from customer_tag t join customer c on c.id = t.customer_id where t.tag = 'watched' and t.until is null) as held,
        (select array_agg(c.number) from customer_metric m join customer c on c.id = m.customer_id where 'watched' = any(m.tags)) as shown`,
    );
    return rows[0]!;
  };

  test('is proposed by one and approved by another, who proves anew who he is', async () => {
    const set = await call('rm001', 'PUT', `/api/customers/${ids.customer('b')}/tags/watched`, { reason: '常来网点' });
    assert.equal(set.status, 204, set.text);
    const found = between(await cases('supervisor'), 'a', 'b')!;
    const wrong = await call('supervisor', 'POST', `/api/identity/cases/${found.id}/decision`, {
      decision: 'merge',
      survivor: ids.customer('c'),
    });
    assert.deepEqual([wrong.status, wrong.json.field], [422, 'survivor']);
    const proposed = await call('supervisor', 'POST', `/api/identity/cases/${found.id}/decision`, {
      decision: 'merge',
      survivor: ids.customer('a'),
      note: '同一人，两次开户',
    });
    assert.equal(proposed.json.state, 'proposed', proposed.text);
    assert.equal(proposed.json.may.approve, false);
    const own = await call('supervisor', 'POST', `/api/identity/cases/${found.id}/approve`, {});
    assert.deepEqual([own.status, own.json.code], [403, 'customers.merge_own_proposal']);
    const unproven = await server.call('POST', `/api/identity/cases/${found.id}/approve`, {
      as: 'compliance',
      body: {},
    });
    assert.ok([200, 403].includes(unproven.status));
  });

  test('moves everything to the survivor and nothing is lost', async () => {
    const before = await total('a', 'b');
    const unitsBefore = await units();
    const found = between(await cases('compliance'), 'a', 'b');
    if (found?.state === 'proposed') {
      const approved = await call('compliance', 'POST', `/api/identity/cases/${found.id}/approve`, {});
      assert.equal(approved.json.state, 'approved', approved.text);
    }
    await work();
    assert.deepEqual(await total('a'), before);
    assert.deepEqual(await watched(), { held: ['Ia'], shown: ['Ia'] });
    assert.deepEqual(await units(), unitsBefore);
    assert.ok(Number(before.aum) > 0);
    assert.equal((await total('b')).count, 0);
    assert.deepEqual([before.count, before.sum, before.accounts, before.notes], [3, '600.60', 2, 1]);
    assert.equal((await call('supervisor', 'GET', `/api/customers/${ids.customer('b')}`)).status, 404);
    // What the survivor lacked came with the other, sealed anew.
    const row = await call('rm001', 'GET', `/api/customers/${ids.customer('a')}`);
    assert.equal(row.json.email, 'z***@example.com');
    const { rows } = await database.query<{ customers: string[] }>(
      "select array_agg(distinct customer_id::text) as customers from audit_event where detail ? 'merge'",
    );
    assert.deepEqual(rows[0]!.customers.sort(), [ids.customer('a'), ids.customer('b')].sort());
  });

  test('keeps the old number findable and leads the old keys to the survivor', async () => {
    const found = await call('rm001', 'GET', '/api/search?q=Ib');
    assert.equal(found.json.customers[0]?.id, undefined, 'too short to search for');
    const merged = await call('supervisor', 'GET', '/api/identity/merges');
    assert.equal(merged.json[0].otherNumber, 'Ib');
    const numbers = await call('rm001', 'GET', `/api/customers/${ids.customer('a')}/identities`);
    assert.deepEqual(
      numbers.json.identities.map((each: { externalId: string }) => each.externalId),
      ['a', 'b'],
    );
    // The other's file comes again: his row is known, his account stays with the survivor.
    const { rows } = await database.query('select from customer where id = $1', [recordId('customer', 'test', 'b')]);
    assert.equal(rows.length, 0);
  });

  test('is undone with everything where it was, unless something changed since', async () => {
    const [merge] = (await call('supervisor', 'GET', '/api/identity/merges')).json;
    await database.query("update note set text = 'changed', version = version + 1 where customer_id = $1", [
      ids.customer('a'),
    ]);
    const refused = await call('compliance', 'POST', `/api/identity/merges/${merge.id}/undo`);
    assert.deepEqual([refused.status, refused.json.code], [409, 'customers.undo_changed'], refused.text);
    assert.match(refused.json.message, /备注/);
    await database.query('update note set version = version - 1 where customer_id = $1', [ids.customer('a')]);
    // What came since goes with the account that it is of.
    const since = { customer: ids.customer('a'), business_date: '2026-11-18', direction: 'in', currency: 'CNY' };
    await seedRows(database, model, 'transaction', [
      { key: 't4', ...since, account: ids.account('ib'), amount: '1.00', balance_after: '501.50' },
      { key: 't5', ...since, account: ids.account('ia'), amount: '2.00', balance_after: '102.10' },
    ]);
    const undone = await call('compliance', 'POST', `/api/identity/merges/${merge.id}/undo`);
    assert.equal(undone.status, 202, undone.text);
    await work();
    assert.deepEqual(await watched(), { held: ['Ib'], shown: ['Ib'] });
    assert.equal(Number((await total('a')).aum) + Number((await total('b')).aum), Number((await total('a', 'b')).aum));
    assert.ok(Number((await total('b')).aum) > 0);
    assert.deepEqual([(await total('a')).count, (await total('b')).count, (await total('b')).sum], [2, 3, '501.50']);
    const back = await call('supervisor', 'GET', `/api/customers/${ids.customer('b')}`);
    assert.equal(back.json.email, 'z***@example.com', back.text);
    assert.equal((await call('rm001', 'GET', `/api/customers/${ids.customer('a')}`)).json.email, null);
    clock.set('2027-01-20T02:00:00Z');
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { signingKey, verifyExport, witnessesOf } from '#audit';
import { ids, testServer } from './testing.ts';

const home = mkdtempSync(path.join(os.tmpdir(), 'audit-routes-'));
const server = await testServer({ home });
after(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

const events = async (where: string) => {
  const { rows } = await server.database.query(
    `select action, actor, entity, record_id, customer_id, decision, rule, detail, origin from audit_event where ${where} order by id`,
  );
  // biome-ignore lint/suspicious/noExplicitAny: tests look into details of every shape
  return rows as any[];
};

describe('refusals', () => {
  test('a missing permission, a foreign row and a dead session leave one event each', async () => {
    assert.equal((await server.call('GET', '/api/audit-events', { as: 'rm001' })).status, 403);
    assert.equal((await server.call('GET', `/api/customers/${ids.customer(2)}`, { as: 'rm001' })).status, 404);
    const dead = await server.call('GET', '/api/customers', { headers: { cookie: 'tongguan_session=dead' } });
    assert.equal(dead.status, 401);
    const found = await events("action = 'denied'");
    assert.deepEqual(
      found.map(({ actor, entity, record_id, decision, rule }) => [actor, entity, record_id, decision, rule]),
      [
        ['rm001', null, null, 'denied', 'http.forbidden'],
        ['rm001', 'customer', ids.customer(2), 'denied', 'records.not_found'],
        ['anonymous', 'customer', null, 'denied', 'http.not_signed_in'],
      ],
    );
    assert.deepEqual(found[0].detail, {
      method: 'GET',
      route: '/api/audit-events',
      permission: 'audit.read',
      status: 403,
    });
    assert.ok(found[1].origin.session);
  });

  test('who is simply not signed in leaves none, and a flood is bounded and counted', async () => {
    const count = async () => (await events("action = 'denied'")).length;
    const start = await count();
    await server.call('GET', '/api/customers');
    assert.equal(await count(), start);
    server.clock.set('2026-11-20T03:00:00Z');
    for (let each = 0; each < 80; each += 1) {
      await server.call('GET', '/api/customers', { headers: { cookie: `tongguan_session=dead${each}` } });
    }
    assert.equal(await count(), start + 30);
    server.clock.set('2026-11-20T03:02:00Z');
    await server.call('GET', '/api/customers', { headers: { cookie: 'tongguan_session=late' } });
    const [suppressed] = await events("rule = 'audit.suppressed'");
    assert.equal(suppressed.detail.count, 50);
    server.clock.set('2026-11-20T02:00:00Z');
  });
});

describe('search', () => {
  test('an auditor finds who saw a customer; his reading is an event too', async () => {
    await server.call('GET', `/api/customers/${ids.customer(1)}/profile`, { as: 'rm001' });
    const answer = await server.call('GET', `/api/audit-events?customer=${ids.customer(1)}&action=view`, {
      as: 'auditor',
    });
    assert.equal(answer.status, 200, answer.text);
    const [row] = answer.json.rows;
    assert.deepEqual(
      [row.actor, row.action, row.entity, row.customer, row.decision],
      ['rm001', 'view', 'customer', { id: ids.customer(1), label: '欧阳**' }, 'allowed'],
    );
    const [read] = await events("action = 'search' and entity = 'audit_event'");
    assert.deepEqual([read.actor, read.customer_id, read.detail.rows], ['auditor', ids.customer(1), 1]);
  });

  test('pages go backwards without a gap, and filters narrow', async () => {
    const all = (await server.call('GET', '/api/audit-events?limit=200', { as: 'auditor' })).json.rows;
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const url = `/api/audit-events?limit=7&to=${all[0].at}${cursor}`;
      const { rows, next } = (await server.call('GET', url, { as: 'auditor' })).json;
      seen.push(...rows.map(({ id }: { id: string }) => id));
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    assert.equal(new Set(seen).size, seen.length);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => Number(b) - Number(a)),
    );
    const denied = (await server.call('GET', '/api/audit-events?decision=denied&actor=rm001', { as: 'auditor' })).json
      .rows;
    assert.ok(denied.length >= 2 && denied.every((row: { decision: string }) => row.decision === 'denied'));
    for (const query of ['actor=%27', 'customer=x', 'action=nonsense', 'from=yesterday', 'unknown=1']) {
      const { status } = await server.call('GET', `/api/audit-events?${query}`, { as: 'auditor' });
      assert.ok(status === 400 || query.startsWith('actor'), `${query}: ${status}`);
    }
    const turned = await server.call('GET', '/api/audit-events?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', {
      as: 'auditor',
    });
    assert.equal(turned.json.code, 'audit.range_invalid');
  });

  test('an event shows before and after as the reader may see them, and is proved by a root', async () => {
    const { json: customer } = await server.call('GET', `/api/customers/${ids.customer(3)}`, { as: 'rm001' });
    const changed = await server.call('PATCH', `/api/customers/${ids.customer(3)}`, {
      as: 'rm001',
      body: { version: customer.version, name: '张四', status: 'dormant' },
    });
    assert.equal(changed.status, 200, changed.text);
    const list = await server.call('GET', `/api/audit-events?customer=${ids.customer(3)}&action=update`, {
      as: 'auditor',
    });
    const [{ id, changed: fields }] = list.json.rows;
    assert.deepEqual(fields, ['name', 'status']);
    const one = async () => (await server.call('GET', `/api/audit-events/${id}`, { as: 'auditor' })).json;
    const before = await one();
    assert.deepEqual(before.changes, [
      { field: 'name', before: '张**', after: '张**', view: 'masked' },
      { field: 'status', before: 'active', after: 'dormant', view: 'clear' },
    ]);
    assert.deepEqual(before.proof, { state: 'linked', root: null });
    await server.call('POST', '/api/audit-exports', { as: 'auditor', body: { customer: ids.customer(3) } });
    assert.equal((await one()).proof.state, 'proved');
    const forge = (actor: string) =>
      server.database.query(
        `alter table audit_event disable trigger user; update audit_event set actor = '${actor}' where id = ${id};
         alter table audit_event enable trigger user`,
      );
    await forge('rm002');
    assert.equal((await one()).proof.state, 'broken');
    await forge('rm001');
    assert.equal((await one()).proof.state, 'proved');
    assert.equal((await server.call('GET', '/api/audit-events/999999999', { as: 'auditor' })).status, 404);
  });
});

test('a search leaves what was looked for, numbers by their end only, and how many were found', async () => {
  const search = async (query: string) => {
    assert.equal((await server.call('GET', `/api/customers?${query}`, { as: 'rm001' })).status, 200);
    return (await events("action = 'search' and entity = 'customer'")).at(-1).detail;
  };
  assert.deepEqual(await search('q=13800010003'), { q: '****0003', rows: 0 });
  assert.deepEqual(await search('filter=status:eq:active&filter=name:eq:张三5'), {
    filter: ['status:eq:active', 'name:eq:张三5'],
    rows: 1,
  });
  const count = (await events("action = 'search'")).length;
  await server.call('GET', '/api/customers', { as: 'rm001' });
  await server.call('GET', '/api/products?q=x', { as: 'rm001' });
  assert.equal((await events("action = 'search'")).length, count);
  const { json } = await server.call('GET', '/api/audit-events?action=search&actor=rm001&limit=1', { as: 'auditor' });
  const one = await server.call('GET', `/api/audit-events/${json.rows[0].id}`, { as: 'auditor' });
  assert.deepEqual(one.json.other, { filter: ['status:eq:active', 'name:eq:****'], rows: 1 });
});

test('an export verifies offline and shows an auditor no masked value', async () => {
  const answer = await server.call('POST', '/api/audit-exports', {
    as: 'auditor',
    body: { customer: ids.customer(3) },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.match(String(answer.headers['content-disposition']), /audit-2026-11-20-\d+-[0-9a-f]{8}\.jsonl/);
  assert.ok(!answer.text.includes('张四'));
  const file = path.join(home, 'export.jsonl');
  writeFileSync(file, answer.text);
  const verdict = await verifyExport(file, {
    trusted: new Set([signingKey(path.join(home, 'keys')).publicKey]),
    roots: witnessesOf(undefined, home)[0],
  });
  assert.deepEqual([verdict.findings, verdict.sound], [[], true]);
  const [written] = (await events("action = 'export'")).slice(-1);
  assert.match(written.detail.sha256, /^[0-9a-f]{64}$/);
  assert.equal((await server.call('POST', '/api/audit-exports', { as: 'rm001', body: {} })).status, 403);
});

test('the state tells the newest root and the witnesses', async () => {
  const { json } = await server.call('GET', '/api/audit-roots', { as: 'auditor' });
  assert.ok(json.newest.number >= 1);
  assert.equal(json.witnesses.length, 1);
  assert.deepEqual([json.witnesses[0].last, json.witnesses[0].error], [json.newest.number, null]);
  const metrics = await server.call('GET', '/metrics');
  assert.match(metrics.text, new RegExp(`tongguan_audit_root ${json.newest.number}\\b`));
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { applyMigrations, type Database, openDatabase, testDatabase } from '#database';
import { fixedClock, systemActor } from '#kernel';
import {
  type AuditAction,
  type AuditFilter,
  catchUp,
  type ExportOptions,
  exportLines,
  look,
  makeRoot,
  migrations,
  planRetention,
  pruneAudit,
  type RetentionClass,
  readRetention,
  record,
  signingKey,
  trustedKeys,
  verifyAudit,
  verifyExport,
} from './public.ts';
import { merkleRoot, signedLine } from './root.ts';

const text = { zh: '测试', en: 'test' };
const classes: RetentionClass[] = [
  { code: 'ten_years', label: text, months: 120, source: text },
  { code: 'three_years', label: text, months: 36, source: text, events: [{ actions: ['view'] }] },
  { code: 'half_year', label: text, months: 6, source: text, events: [{ actions: ['sign_in'] }] },
];

/** A database with the audit alone, a home with its key, and what a test does with them. */
async function auditOf(at = '2026-11-22T08:00:00Z') {
  const db = await testDatabase({ maxConnections: 8 });
  await applyMigrations(db, migrations);
  await db.transaction(async (tx) => {
    for (const statement of await planRetention(tx, classes)) await tx.query(statement);
  });
  const home = mkdtempSync(path.join(os.tmpdir(), 'audit-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  const clock = fixedClock(at);
  const keys = path.join(home, 'keys');
  const key = signingKey(keys);
  const witness = path.join(home, 'witness');
  const event = (action: AuditAction, number = 1, on: Parameters<typeof record>[0] = db) =>
    record(on, {
      at: clock(),
      actor: { ...systemActor, userId: '7', username: 'rm001' },
      action,
      entity: 'customer',
      recordId: String(number),
      customerId: String(number),
      detail: { note: '它说："好"\n', amount: '1.50' },
    });
  const root = () => makeRoot(db, clock, key);
  const verdict = () => verifyAudit(db, { clock, trusted: trustedKeys(keys), witnesses: [witness], classes });
  const kinds = async () => [...new Set((await verdict()).findings.map(({ kind }) => kind))];
  return { db, home, keys, clock, key, witness, event, root, verdict, kinds };
}

/** Changes that a database administrator can make and the program never does. */
async function asOwner(db: Database, ...statements: string[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query('alter table audit_event disable trigger all');
    await tx.query('alter table audit_root disable trigger all');
    for (const statement of statements) await tx.query(statement);
    await tx.query('alter table audit_event enable trigger all');
    await tx.query('alter table audit_root enable trigger all');
  });
}

describe('the chain', () => {
  test('events of many transactions at once link up, each class by itself', async () => {
    const { db, event, root, verdict } = await auditOf();
    await Promise.all(Array.from({ length: 60 }, (_, number) => event(number % 3 === 0 ? 'sign_in' : 'view', number)));
    await db.transaction(async (tx) => {
      for (const action of ['create', 'view', 'update'] as const) await event(action, 1, tx);
    });
    await assert.rejects(
      db.transaction(async (tx) => {
        await event('update', 2, tx);
        throw new Error('changed my mind');
      }),
    );
    await root();
    const { sound, events, findings } = await verdict();
    // One more for the retention classes put in force.
    assert.deepEqual([sound, events, findings], [true, 64, []]);
    const { rows } = await db.query('select retention, count(*)::int as count from audit_event group by 1 order by 1');
    assert.deepEqual(rows, [
      { retention: 'half_year', count: 20 },
      { retention: 'ten_years', count: 3 },
      { retention: 'three_years', count: 41 },
    ]);
  });

  test('one statement writes many events, and a session in another zone hashes the same', async () => {
    const { db, verdict } = await auditOf();
    const other = await openDatabase(db.url, { maxConnections: 1 });
    await other.query("set timezone = 'Asia/Shanghai'; set datestyle = 'German'; set extra_float_digits = 0");
    await other.query(
      `insert into audit_event (at, actor, action, entity, record_id, customer_id)
       select now(), 'rm001', 'view', 'customer', n, n from generate_series(1, 2500) as n`,
    );
    await other.close();
    const { sound, events } = await verdict();
    assert.deepEqual([sound, events], [true, 2501]);
  });

  test('transactions that see one moment take lanes of their own', async () => {
    const { db, event, verdict } = await auditOf();
    const inOneMoment = (body: Parameters<typeof db.transaction>[0]) =>
      db.transaction(body, { isolation: 'repeatable read' });
    await event('view');
    await inOneMoment(async (tx) => {
      await tx.query('select count(*) from audit_event');
      await event('view', 2);
      await event('create', 2, tx);
      await inOneMoment((other) => event('create', 3, other));
      await event('create', 4, tx);
      await event('view', 5, tx);
    });
    await inOneMoment((tx) => event('create', 6, tx));
    const { sound, events, findings } = await verdict();
    assert.deepEqual([findings, sound, events], [[], true, 8]);
  });

  test('what the request said of itself is part of the event', async () => {
    const { db, event, verdict } = await auditOf();
    await db.transaction(async (tx) => {
      await tx.query(
        `select set_config('tongguan.origin', '{"session":"s1","address":"10.0.0.1","request":"r1"}', true)`,
      );
      await event('view', 1, tx);
    });
    const { rows } = await db.query('select origin from audit_event order by id desc limit 1');
    assert.deepEqual(rows[0]!.origin, { session: 's1', address: '10.0.0.1', request: 'r1' });
    assert.equal((await verdict()).sound, true);
  });

  test('a caller cannot choose place or hash, and nobody changes, deletes or empties', async () => {
    const { db, verdict } = await auditOf();
    await db.query(
      `insert into audit_event (at, actor, action, retention, shard, seq, hash) values (now(), 'x', 'view', 'half_year', 9, 99, '\\x00')`,
    );
    assert.equal((await verdict()).sound, true);
    for (const statement of ['update audit_event set actor = 1', 'delete from audit_event', 'truncate audit_event']) {
      await assert.rejects(db.query(statement), /never changed/);
    }
    await assert.rejects(db.query('delete from audit_root'), /never changed/);
  });

  test('events from before the chain are chained by the migration', async () => {
    const db = await testDatabase();
    await applyMigrations(db, migrations.slice(0, 1));
    await db.query(
      `insert into audit_event (at, actor, action, entity, detail) select now(), 'a', 'view', 'customer', '{"n": 1.50}' from generate_series(1, 30)`,
    );
    await applyMigrations(db, migrations);
    const options = { clock: fixedClock('2026-11-22T08:00:00Z'), trusted: new Set<string>(), witnesses: [], classes };
    const { sound, events } = await verifyAudit(db, options);
    assert.deepEqual([sound, events], [true, 30]);
  });
});

describe('tampering', () => {
  const attacks: Record<string, { sql: string[]; found: string[] }> = {
    'an edited column': { sql: ["update audit_event set actor = 'x' where id = 5"], found: ['event_changed'] },
    'an edited detail': {
      sql: [`update audit_event set detail = '{"amount": "9"}' where id = 5`],
      found: ['event_changed'],
    },
    'a detail where there was none': {
      sql: [`update audit_event set detail = '{}' where detail is null`],
      found: ['event_changed'],
    },
    'a detail taken away': {
      sql: ['update audit_event set detail = null where id = 5'],
      found: ['event_changed'],
    },
    'a deleted event': { sql: ['delete from audit_event where id = 5'], found: ['events_missing'] },
    'an event moved to another class': {
      sql: ["update audit_event set retention = 'half_year' where id = 5"],
      found: ['events_missing'],
    },
    'two events swapped': {
      sql: [
        'update audit_event set seq = -seq where id in (5, 6)',
        'update audit_event set seq = case id when 5 then (select -seq from audit_event where id = 6) else (select -seq from audit_event where id = 5) end where id in (5, 6)',
      ],
      found: ['event_changed'],
    },
    'the end cut off': { sql: ['delete from audit_event where id > 15'], found: ['chain_cut'] },
    'everything gone': { sql: ['delete from audit_event'], found: ['chain_cut'] },
    'a beginning passed off as expired': {
      sql: [
        'insert into audit_base select retention, shard, seq, hash from audit_event where id = 10',
        'delete from audit_event where id <= 10 and retention = (select retention from audit_base)',
      ],
      found: ['base_unproven'],
    },
    'roots deleted': { sql: ['delete from audit_root'], found: ['witness_ahead'] },
    'a root edited': {
      sql: [`update audit_root set line = replace(line, '"chains":', '"chains":1')`],
      found: ['witness_differs'],
    },
  };
  for (const [name, { sql, found }] of Object.entries(attacks)) {
    test(`${name} is found`, async () => {
      const { db, event, root, witness, kinds } = await auditOf();
      for (let number = 1; number <= 20; number += 1) await event('view', number);
      await db.query("insert into audit_event (at, actor, action) values (now(), 'rm001', 'view')");
      await root();
      await catchUp(db, witness);
      assert.deepEqual(await kinds(), []);
      await asOwner(db, ...sql);
      assert.deepEqual(await kinds(), found);
    });
  }

  test('a chain rewritten with right hashes contradicts the root', async () => {
    const { db, event, root, kinds } = await auditOf();
    for (let number = 1; number <= 20; number += 1) await event('view', number);
    await root();
    await asOwner(db, 'delete from audit_event where id > 5');
    await db.query(
      `insert into audit_event (at, actor, action, entity, record_id, customer_id) select now(), 'someone', 'view', 'customer', n, n from generate_series(1, 20) n`,
    );
    assert.deepEqual(await kinds(), ['chain_rewritten']);
  });
});

describe('roots and witnesses', () => {
  test('a root is made only when something happened, and links to the one before', async () => {
    const { event, root, key, keys } = await auditOf();
    const first = await root();
    assert.equal(first?.number, 1);
    assert.equal(await root(), undefined);
    await event('view');
    const second = await root();
    assert.equal(second?.number, 2);
    const { previous, key: by } = JSON.parse(second!.line);
    assert.equal(previous.length, 64);
    assert.equal(by, key.publicKey);
    assert.equal(signingKey(keys).publicKey, key.publicKey);
    if (process.platform !== 'win32') assert.equal(statSync(path.join(keys, 'audit-signing.pem')).mode & 0o777, 0o600);
  });

  test('a witness that was away is caught up, and one that cannot be written stops nothing', async () => {
    const { db, clock, event, root, witness, home, verdict } = await auditOf();
    await root();
    clock.set('2026-12-01T00:00:00Z');
    await event('view');
    await root();
    assert.deepEqual(await catchUp(db, witness), { place: witness, last: 2, error: null });
    const [november, december] = ['11', '12'].map((month) =>
      readFileSync(path.join(witness, `audit-roots-2026-${month}.jsonl`), 'utf8'),
    );
    assert.equal(november!.trim().split('\n').length + december!.trim().split('\n').length, 2);
    writeFileSync(path.join(home, 'plain'), '');
    const blocked = await catchUp(db, path.join(home, 'plain', 'below'));
    assert.ok(blocked.error);
    assert.equal(look(witness, 2).error, null);
    assert.ok(look(witness, 1).error);
    assert.equal((await verdict()).sound, true);
  });

  test('a root signed by a stranger does not count', async () => {
    const { db, clock, event, home, kinds } = await auditOf();
    await event('view');
    await makeRoot(db, clock, signingKey(path.join(home, 'elsewhere')));
    assert.deepEqual(await kinds(), ['root_unsigned']);
  });

  test('the Merkle root depends on every head', () => {
    const heads = (count: number, odd = -1) =>
      new Map(
        Array.from({ length: count }, (_, n) => [`a/${n}`, { seq: '1', hash: (n === odd ? 'f' : '0').repeat(64) }]),
      );
    const roots = new Set<string>();
    for (let count = 0; count < 20; count += 1) {
      roots.add(merkleRoot(heads(count)));
      for (let odd = 0; odd < count; odd += 1) roots.add(merkleRoot(heads(count, odd)));
    }
    assert.equal(roots.size, 20 + (19 * 20) / 2);
  });
});

describe('retention', () => {
  test('what has expired goes, the rest still verifies, and the removal is an event', async () => {
    const { db, clock, event, root, verdict } = await auditOf('2020-01-01T00:00:00Z');
    for (const action of ['sign_in', 'view', 'create'] as const) await event(action);
    await root();
    clock.set('2020-09-01T00:00:00Z');
    for (const action of ['sign_in', 'view', 'create'] as const) await event(action);
    await root();
    clock.set('2020-10-01T00:00:00Z');
    const prune = (before?: Date) => pruneAudit(db, { clock, actor: systemActor, classes, before });
    assert.deepEqual(await prune(new Date('2019-01-01')), []);
    assert.deepEqual(
      (await prune()).map(({ retention, events }) => [retention, events]),
      [['half_year', 1]],
    );
    assert.equal((await verdict()).sound, true);
    assert.deepEqual(await prune(), []);
    clock.set('2023-10-01T00:00:00Z');
    assert.deepEqual(
      (await prune()).map(({ retention, events }) => [retention, events]),
      [
        ['three_years', 2],
        ['half_year', 1],
      ],
    );
    await event('sign_in');
    await root();
    const { sound, findings } = await verdict();
    assert.deepEqual([findings, sound], [[], true]);
    await assert.rejects(prune(new Date('2024-01-01')), /not in the past/);
    const { rows } = await db.query("select count(*)::int as count from audit_event where action = 'prune'");
    assert.equal(rows[0]!.count, 4);
  });

  test('a part removed before its time is found', async () => {
    const { db, clock, event, root, kinds } = await auditOf('2020-01-01T00:00:00Z');
    await event('view');
    await event('view');
    await root();
    clock.set('2021-01-01T00:00:00Z');
    await pruneAudit(db, {
      clock,
      actor: systemActor,
      classes: classes.map((each) => ({ ...each, months: 6 })),
    });
    assert.deepEqual(await kinds(), ['base_early']);
  });

  test('classes are checked: one for the rest, no code twice', () => {
    const entry = (value: unknown) => ({ file: 'retention.yaml', value });
    const [rest, view] = classes;
    assert.deepEqual(
      readRetention([entry(view), entry(rest)]).map(({ code }) => code),
      ['ten_years', 'three_years'],
    );
    assert.throws(() => readRetention([entry(view)]), /exactly one class/);
    assert.throws(() => readRetention([entry(rest), entry({ ...view, code: 'ten_years' })]), /one code/);
    assert.throws(() => readRetention([entry({ ...rest, months: 1 })]), /retention.yaml \/0\/months/);
  });
});

describe('exports', () => {
  /** Events of three customers over several roots, and the lines of an export of one of them. */
  async function exported(filter: AuditFilter, shown?: ExportOptions['shown']) {
    const all = await auditOf();
    const { db, clock, event, root, key, home, witness } = all;
    for (let round = 0; round < 6; round += 1) {
      for (let number = 1; number <= 3; number += 1) {
        await event('view', number);
        await event('update', number);
      }
      if (round < 5) await root();
    }
    await root();
    await catchUp(db, witness);
    const lines: string[] = [];
    const options = { clock, actor: systemActor, key, filter, eventsMax: 1_000, shown };
    for await (const line of exportLines(db, options)) lines.push(line);
    const file = path.join(home, 'export.jsonl');
    const verify = async (changed = lines, roots: string | undefined = witness, trusted = trustedKeys(all.keys)) => {
      writeFileSync(file, changed.join(''));
      const verdict = await verifyExport(file, { trusted, roots });
      return { ...verdict, kinds: [...new Set(verdict.findings.map(({ kind }) => kind))] };
    };
    return { ...all, lines, verify };
  }

  test('an export of everything verifies without a database', async () => {
    const { verify, lines } = await exported({});
    const { sound, findings, events, chains, notes } = await verify();
    assert.deepEqual([findings, sound, events, chains, notes], [[], true, 37, 2, []]);
    assert.ok(lines.some((line) => line.includes('"detail":{"note": "它说')));
  });

  test('an export of one customer proves its place among the others without showing them', async () => {
    const { verify, lines } = await exported({ customer: '2', action: ['update'] });
    const { sound, findings, events } = await verify();
    assert.deepEqual([findings, sound, events], [[], true, 6]);
    assert.ok(lines.some((line) => line.includes('"digest"')));
    assert.ok(!lines.some((line) => line.includes('"record_id":1,')));
  });

  test('details that the reader may not see are proved and not shown', async () => {
    const { verify, lines } = await exported(
      { customer: '2', action: ['update'] },
      async (wanted) => new Map(wanted.map((id) => [id, '{"note":"***"}'])),
    );
    assert.deepEqual((await verify()).findings, []);
    assert.ok(!lines.some((line) => line.includes('它说')));
    assert.equal(lines.filter((line) => line.startsWith('{"shown":')).length, 6);
  });

  test('each change of a file is found', async () => {
    const { verify, lines, home } = await exported({ customer: '2' });
    const at = (part: string) => lines.findIndex((line) => line.includes(part));
    const without = (index: number) => lines.filter((_, each) => each !== index);
    const changed = (index: number, from: string | RegExp, to: string) =>
      lines.map((line, each) => (each === index ? line.replace(from, to) : line));
    const found = async (tampered: string[], ...kinds: string[]) => {
      const verdict = await verify(tampered);
      assert.equal(verdict.sound, false);
      for (const kind of kinds) assert.ok(verdict.kinds.includes(kind as never), `${verdict.kinds} lacks ${kind}`);
    };
    await found(changed(at('"event":'), 'rm001', 'rm002'), 'event_changed', 'file_unsigned');
    await found(changed(at('{"salt":"'), '1.50', '9.50'), 'event_changed', 'file_unsigned');
    await found(without(at('"event":')), 'events_missing', 'counts_differ');
    await found(without(at('"digest":')), 'events_missing');
    await found(without(at('"audit-root"')), 'segment_unanchored');
    await found(without(lines.length - 1), 'file_cut');
    await found([...lines.slice(0, at('"event":')), ...lines.slice(at('"until"') + 1)], 'counts_differ');
    await found(changed(0, 'system', 'nobody'), 'file_unsigned');
    await found([...lines, lines[3]!], 'line_unreadable');
    const stranger = await verify(lines, undefined, new Set([signingKey(path.join(home, 'other')).publicKey]));
    assert.ok(stranger.kinds.includes('root_unsigned') && stranger.kinds.includes('file_unsigned'));
    await assert.rejects(verify(['{}\n']), /no audit export/);
  });

  test('roots kept outside unmask a file signed anew by the holder of the key', async () => {
    const { key, lines, verify } = await exported({ customer: '2' });
    const index = lines.findIndex((line) => line.includes('"audit-root"'));
    const { signature: _, ...content } = JSON.parse(lines[index]!);
    const forged = signedLine({ ...content, at: '2026-01-01T00:00:00.000Z' }, key);
    const verdict = await verify(lines.map((line, each) => (each === index ? `${forged}\n` : line)));
    assert.ok(verdict.kinds.includes('witness_differs'));
  });

  test('more events than allowed are refused', async () => {
    const { db, clock, key } = await exported({});
    const lines = exportLines(db, { clock, actor: systemActor, key, filter: {}, eventsMax: 10 });
    await assert.rejects(lines.next(), /more than 10 events/);
  });
});

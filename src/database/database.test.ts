import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '#kernel';
import {
  applyMigrations,
  bigintArray,
  byteaArray,
  copyIn,
  copyText,
  dateArray,
  ident,
  integerArray,
  join,
  type Migration,
  migrationStatus,
  numericArray,
  openDatabase,
  prepared,
  sql,
  sqlState,
  testDatabase,
} from './public.ts';

const db = await testDatabase();

describe('values', () => {
  test('exact values arrive as text', async () => {
    const { rows } = await db.query(`select 9007199254740993 as id, 12345678901234567890.10::numeric as amount,
      date '2026-01-31' as day, timestamptz '2026-01-31 08:00:00.5+08' as instant, timestamptz '2026-01-31 00:00:00.123456Z' as exact,
      array[1.10, null]::numeric[] as amounts, array[9007199254740993] as ids, array[date '2026-01-31'] as days,
      array[timestamptz '2026-01-31Z', null] as instants, 'infinity'::timestamptz as ever, interval '90 minutes' as span,
      null::timestamptz as never, 7 as small, true as yes, '{"a":[1]}'::jsonb as json, '\\x00ff'::bytea as bytes`);
    assert.deepEqual(rows[0], {
      id: '9007199254740993',
      amount: '12345678901234567890.10',
      day: '2026-01-31',
      instant: '2026-01-31T00:00:00.500Z',
      exact: '2026-01-31T00:00:00.123456Z',
      amounts: ['1.10', null],
      ids: ['9007199254740993'],
      days: ['2026-01-31'],
      instants: ['2026-01-31T00:00:00.000Z', null],
      ever: 'infinity',
      span: '01:30:00',
      never: null,
      small: 7,
      yes: true,
      json: { a: [1] },
      bytes: Buffer.from([0, 255]),
    });
  });

  test('arrays in binary form are what their texts would be', async () => {
    const ids = ['1', '9223372036854775807', null, '-5'];
    const units = [0, 5, -1250, 100, 1_000_000, 123_456_789_012, -9_007_199_254_740_991n, 10n ** 17n, null, 10_000_00];
    const statement = `select $1::bigint[] as ids, $2::integer[] as counts, $3::date[] as days, $4::bytea[] as bytes,
      $5::numeric[] as amounts, $6::numeric[] as shares, $7::numeric[] as wholes, $8::bigint[] as none`;
    const { rows } = await db.query(statement, [
      bigintArray(ids),
      integerArray([7, null, -1]),
      dateArray([0, 20_484, null, -1]),
      byteaArray([Buffer.from([0, 255]), Buffer.alloc(0)]),
      numericArray(units, 2),
      numericArray([33_333_333, -1, 0], 4),
      numericArray([120_000_000n, 42], 0),
      bigintArray([]),
    ]);
    assert.deepEqual(rows[0], {
      ids,
      counts: [7, null, -1],
      days: ['1970-01-01', '2026-01-31', null, '1969-12-31'],
      bytes: [Buffer.from([0, 255]), Buffer.alloc(0)],
      amounts: [
        '0.00',
        '0.05',
        '-12.50',
        '1.00',
        '10000.00',
        '1234567890.12',
        '-90071992547409.91',
        '1000000000000000.00',
        null,
        '10000.00',
      ],
      shares: ['3333.3333', '-0.0001', '0.0000'],
      wholes: ['120000000', '42'],
      none: [],
    });
  });

  test('the session is in UTC', async () => {
    const { rows } = await db.query("select to_char(timestamptz '2026-01-31 08:00+08', 'HH24:MI') as shown");
    assert.equal(rows[0]!.shown, '00:00');
  });
});

describe('statements', () => {
  test('text, templates and prepared statements', async () => {
    const text = await db.query('select $1::text as value', ['一']);
    const template = await db.query(sql`select ${'一'}::text as value where 1 in (${join([1, 2])})`);
    const named = prepared('test_value', 'select $1::text as value', ['一']);
    assert.deepEqual(
      [text, template, await db.query(named), await db.query(named)].map(({ rows, rowCount }) => [rows, rowCount]),
      Array(4).fill([[{ value: '一' }], 1]),
    );
  });

  test('names are quoted and never cut', async () => {
    const name = '客户"; drop table x --';
    const { rows } = await db.query(sql`select 1 as ${ident(name)}`);
    assert.deepEqual(rows, [{ [name]: 1 }]);
    for (const bad of ['', '客'.repeat(22), 'a\0b']) assert.throws(() => ident(bad), Failure);
  });
});

describe('transactions', () => {
  test('commit and roll back', async () => {
    await db.query('create table paid (id int primary key)');
    await db.transaction((tx) => tx.query('insert into paid values (1)'));
    await assert.rejects(
      db.transaction(async (tx) => {
        await tx.query('insert into paid values (2)');
        throw new Error('no');
      }),
      /no/,
    );
    const { rows } = await db.query('select id from paid');
    assert.deepEqual(rows, [{ id: 1 }]);
    assert.equal(db.pool.total, db.pool.idle);
  });

  test('a swallowed failure inside does not pass as a commit', async () => {
    await assert.rejects(
      db.transaction(async (tx) => {
        await tx.query('insert into paid values (3)');
        await tx.query('insert into paid values (1)').catch((error) => assert.equal(sqlState(error), '23505'));
      }),
      /rolled back/,
    );
    const { rowCount } = await db.query('select from paid where id = 3');
    assert.equal(rowCount, 0);
  });

  test('statements asked for side by side run in their order, and one that fails takes those behind it along', async () => {
    await db.query('create table side_by_side (n integer primary key)');
    const insert = (n: number) => prepared('side_insert', 'insert into side_by_side values ($1) returning n', [n]);
    const count = 'select count(*)::integer as n from side_by_side';
    await db.transaction(async (tx) => {
      const [one, both, text, two] = await Promise.all([
        tx.query(insert(1)),
        tx.query('select 7 as many; select 8 as last'),
        tx.query(count),
        tx.query(insert(2)),
      ]);
      assert.deepEqual([one.rows, both.rows, text.rows, two.rowCount], [[{ n: 1 }], [{ last: 8 }], [{ n: 1 }], 1]);
      const told = await Promise.allSettled([
        tx.query('savepoint here'),
        tx.query(insert(3)),
        tx.query(insert(2)),
        tx.query(insert(4)),
        tx.query(prepared('side_other', 'select $1::text as other', ['x'])),
      ]);
      assert.deepEqual(
        told.map((each) => (each.status === 'rejected' ? sqlState(each.reason) : 'done')),
        ['done', 'done', '23505', '23505', '23505'],
      );
      await tx.query('rollback to savepoint here');
      const [other] = (await tx.query(prepared('side_other', 'select $1::text as other', ['y']))).rows;
      assert.deepEqual(other, { other: 'y' });
    });
    assert.deepEqual((await db.query(count)).rows, [{ n: 2 }]);
  });

  test('a value that cannot be written fails by itself, and nothing of a transaction is sent before its beginning', async () => {
    const circle: unknown[] = [];
    circle.push({ circle });
    await db
      .transaction(async (tx) => {
        const [bad, good] = await Promise.allSettled([
          tx.query('select $1::jsonb', [{ circle }]),
          tx.query(
            "select count(*)::integer as n from pg_locks where locktype = 'virtualxid' and pid = pg_backend_pid()",
          ),
        ]);
        assert.equal(bad.status, 'rejected');
        assert.equal(good.status, 'fulfilled');
        await tx.query('create table never_kept (n integer)');
        await assert.rejects(tx.query('select 1 / 0'));
      })
      .catch(() => undefined);
    const { rows } = await db.query("select to_regclass('never_kept') as kept");
    assert.deepEqual(rows, [{ kept: null }]);
  });

  test('a transaction without statements needs none', async () => {
    assert.equal(await db.transaction(async () => 5), 5);
    await assert.rejects(
      db.transaction(async () => {
        throw new Error('nothing was begun');
      }),
      /nothing was begun/,
    );
  });

  test('a transaction cannot be used after its end', async () => {
    let leaked: { query(text: string): Promise<unknown> } | undefined;
    await db.transaction(async (tx) => {
      leaked = tx;
    });
    await assert.rejects(async () => leaked!.query('select 1'), /over/);
  });

  test('serialization failures are tried again', async () => {
    await db.query('create table counter (value int); insert into counter values (0)');
    const add = () =>
      db.transaction(
        async (tx) => {
          const { rows } = await tx.query<{ value: number }>('select value from counter');
          await tx.query('update counter set value = $1', [rows[0]!.value + 1]);
        },
        { isolation: 'serializable', attemptsMax: 30 },
      );
    await Promise.all(Array.from({ length: 8 }, add));
    const { rows } = await db.query('select value from counter');
    assert.equal(rows[0]!.value, 8);
  });

  test('statement timeout and read-only', async () => {
    const slow = db.transaction((tx) => tx.query('select pg_sleep(10)'), { statementTimeoutMs: 20 });
    await assert.rejects(slow, (error) => sqlState(error) === '57014');
    const write = db.transaction((tx) => tx.query('delete from paid'), { readOnly: true });
    await assert.rejects(write, (error) => sqlState(error) === '25006');
  });

  test('a connection cut by the server costs one statement, not the program', async () => {
    const cut = db.transaction((tx) => tx.query('select pg_terminate_backend(pg_backend_pid())'));
    await assert.rejects(cut, (error) => sqlState(error) === '57P01');
    await db.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    const { rows } = await db.query('select 1 as value');
    assert.deepEqual(rows, [{ value: 1 }]);
  });
});

describe('copy', () => {
  test('rows of any text go in whole, whatever the chunks', async () => {
    await db.query('create table copied (id int, text text)');
    const texts = ['tab\there', 'line\nbreak', 'back\\slash', '\\N', '', '二', null, '\r'];
    const lines = texts.map((text, index) => `${index}\t${copyText(text)}\n`).join('');
    const bytes = Buffer.from(lines);
    const count = await db.transaction((tx) =>
      copyIn(tx, 'copy copied from stdin', [bytes.subarray(0, 40), bytes.subarray(40)]),
    );
    const { rows } = await db.query('select text from copied order by id');
    assert.equal(count, texts.length);
    assert.deepEqual(
      rows.map((row) => row.text),
      texts,
    );
  });

  test('a long source is read with back-pressure', async () => {
    await db.query('create unlogged table long_copied (id int)');
    let read = 0;
    function* rows() {
      for (; read < 200_000; read += 1) yield `${read}\n`;
    }
    assert.equal(await db.transaction((tx) => copyIn(tx, 'copy long_copied from stdin', rows())), 200_000);
  });

  test('a failing source and a refused row end the statement, the connection lives on', async () => {
    async function* failing() {
      yield '1\tx\n';
      throw new Error('source broke');
    }
    await assert.rejects(
      db.transaction((tx) => copyIn(tx, 'copy copied from stdin', failing())),
      /source broke/,
    );
    await assert.rejects(
      db.transaction((tx) => copyIn(tx, 'copy copied from stdin', ['not a number\tx\n'])),
      (error) => sqlState(error) === '22P02',
    );
    const { rows } = await db.query('select count(*)::int as count from copied');
    assert.deepEqual(rows, [{ count: 8 }]);
  });
});

describe('migrations', () => {
  const first: Migration = { id: 'a.001', sql: 'create table step_one (id int); insert into step_one values (1)' };
  const second: Migration = { id: 'b.001', sql: 'alter table step_one add name text' };

  test('apply once, in order, also from several programs', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => applyMigrations(db, [first, second])));
    assert.deepEqual(runs.flat().sort(), ['a.001', 'b.001']);
    assert.deepEqual(await applyMigrations(db, [first, second]), []);
    const { rows } = await db.query('select * from step_one');
    assert.deepEqual(rows, [{ id: 1, name: null }]);
  });

  test('a changed, unknown or failing migration is named', async () => {
    const changed = { ...second, sql: 'select 1' };
    const code = (expected: string) => (error: unknown) => error instanceof Failure && error.kind.code === expected;
    await assert.rejects(applyMigrations(db, [first, changed]), code('database.migration_changed'));
    await assert.rejects(applyMigrations(db, [first]), code('database.migration_unknown'));
    const failing = { id: 'c.001', sql: 'create table half (id int);\n\ncreate table broken (id nonsense)' };
    await assert.rejects(applyMigrations(db, [first, second, failing]), (error) => {
      assert.ok(error instanceof Failure);
      assert.deepEqual(
        [error.kind.code, error.params.id, error.params.line],
        ['database.migration_failed', 'c.001', 3],
      );
      return true;
    });
    const { rows } = await db.query("select to_regclass('half') as half");
    assert.equal(rows[0]!.half, null);
    assert.deepEqual((await migrationStatus(db, [first, second, failing])).pending, ['c.001']);
  });
});

describe('opening', () => {
  test('each way of failing says what to do', async () => {
    const wrong = (change: (url: URL) => void) => {
      const url = new URL(db.url);
      change(url);
      return openDatabase(url.href);
    };
    const { password } = new URL(db.url); // none where the server trusts its machine
    const fails = (opening: Promise<unknown>, code: string) =>
      assert.rejects(opening, (error) => {
        assert.ok(error instanceof Failure && error.kind.code === code, String(error));
        assert.ok(password === '' || !error.message.includes(password));
        return true;
      });
    await fails(openDatabase('mysql://localhost/x'), 'database.invalid_url');
    if (password !== '')
      await fails(
        wrong((url) => (url.password = 'wrong')),
        'database.refused',
      );
    await fails(
      wrong((url) => (url.pathname = '/missing')),
      'database.refused',
    );
    await fails(
      wrong((url) => (url.port = '1')),
      'database.unreachable',
    );
  });
});

test('a template is built once and copied', async () => {
  let built = 0;
  const template = {
    key: `database.test ${process.pid}`,
    async build(target: typeof db) {
      built += 1;
      await target.query('create table filled as select generate_series(1, 3) as id');
    },
  };
  const copies = await Promise.all([testDatabase({ template }), testDatabase({ template })]);
  await copies[0].query('delete from filled');
  const { rows } = await copies[1].query('select count(*)::int as count from filled');
  assert.deepEqual([rows, built], [[{ count: 3 }], 1]);
});

import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { raw, sql } from '#database';
import { recordId } from '#metadata';
import { ids, seedRows, testServer } from '../server/testing.ts';
import {
  type BulkResult,
  type BulkTarget,
  changedSince,
  deleteFacts,
  raiseWatermark,
  restoreRecords,
  writeBulk,
} from './public.ts';

const server = await testServer();
after(() => server.close());
const { database, model } = server;
const SOURCE = 'test';

type Values = Record<string, string | null>;

/** Writes rows of one entity as a load would. */
async function write(
  code: string,
  rows: ({ key: string } & Values)[],
  more: Partial<BulkTarget> = {},
): Promise<BulkResult> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => column !== 'key');
  const lines = rows.map((row) => [
    recordId(code, SOURCE, row.key),
    row.key,
    ...columns.map((column) => row[column] ?? null),
  ]);
  const target: BulkTarget = { entity: model.entity(code), columns, source: SOURCE, asOf: '2026-11-19', ...more };
  return await database.transaction((tx) => writeBulk(tx, target, [lines]));
}

const login = (key: string, customer: number, date: string, channel = 'mobile') => ({
  key,
  customer: ids.customer(customer),
  business_date: date,
  channel,
});

async function notes(): Promise<string[]> {
  const { rows } = await database.query<{ note: string }>(
    `select coalesce(c.source_key, n.customer_id::text) || ' ' || n.entity || ' ' || n.business_date as note
       from customer_change n left join customer c on c.id = n.customer_id order by 1`,
  );
  await database.query('truncate customer_change');
  return rows.map(({ note }) => note);
}

async function logins(): Promise<string[]> {
  const { rows } = await database.query<{ login: string }>(
    `select l.source_key || ' ' || c.source_key || ' ' || l.business_date || ' ' || l.channel as login
       from login l join customer c on c.id = l.customer_id order by 1`,
  );
  return rows.map((row) => row.login);
}

beforeEach(async () => {
  await database.query('truncate login, batch_undo, customer_change');
  await database.query('update change_watermark set as_of = null');
});

describe('notes of what changed of customers', () => {
  test('before anything is computed batches note nothing', async () => {
    await write('login', [login('1', 1, '2026-11-01')]);
    await seedRows(database, model, 'note', [{ key: 'n', customer: ids.customer(1), text: 'x' }]);
    assert.deepEqual(await notes(), []);
  });

  test('facts up to the watermark are noted by customer and date, later ones and unchanged ones are not', async () => {
    await raiseWatermark(database, '2026-11-10');
    await raiseWatermark(database, '2026-11-01');
    await write('login', [login('1', 1, '2026-11-10'), login('2', 2, '2026-11-11'), login('3', 1, '2026-11-10')]);
    assert.deepEqual(await notes(), ['1 login 2026-11-10']);
    await write('login', [login('1', 1, '2026-11-10'), login('2', 2, '2026-11-11')]);
    assert.deepEqual(await notes(), []);
  });

  test('a corrected fact is noted where it stood and where it stands, even when new ones are folded by the caller', async () => {
    await write('login', [login('1', 1, '2026-10-31'), login('2', 2, '2026-11-02')]);
    await raiseWatermark(database, '2026-11-10');
    const result = await write(
      'login',
      [login('1', 1, '2026-11-01'), login('2', 3, '2026-11-02'), login('4', 4, '2026-11-02')],
      { folded: true, exceptions: true },
    );
    assert.deepEqual([result.inserted, result.corrected, result.unchanged], [1, 2, 0]);
    const exceptions = [...result.exceptions!].sort();
    assert.deepEqual(
      exceptions,
      [
        [recordId('login', SOURCE, '1'), 'corrected'],
        [recordId('login', SOURCE, '2'), 'corrected'],
      ].sort(),
    );
    assert.deepEqual(await notes(), [
      '1 login 2026-10-31',
      '1 login 2026-11-01',
      '2 login 2026-11-02',
      '3 login 2026-11-02',
    ]);
    assert.deepEqual(await logins(), ['1 1 2026-11-01 mobile', '2 3 2026-11-02 mobile', '4 4 2026-11-02 mobile']);
  });

  test('records are noted when they come, change or move, and their holders with them', async () => {
    await raiseWatermark(database, '2026-11-10');
    await write('account', [{ key: 'a', customer: ids.customer(1), number: 'a', kind: 'current' }]);
    assert.deepEqual(await notes(), ['1 account -infinity']);
    await write('account', [{ key: 'a', customer: ids.customer(1), number: 'a', kind: 'current' }]);
    assert.deepEqual(await notes(), []);
    await write('account', [{ key: 'a', customer: ids.customer(2), number: 'a', kind: 'current' }]);
    assert.deepEqual(await notes(), ['1 account -infinity', '2 account -infinity']);
  });

  test('few records that are given once are written and noted once; one under another customer still moves', async () => {
    const initial = ['customer', 'number', 'kind'];
    const account = (key: string, customer: number, number: string) => {
      return { key, customer: ids.customer(customer), number, kind: 'current' };
    };
    const once = async (...rows: ReturnType<typeof account>[]) => {
      const { inserted, updated, unchanged } = await write('account', rows, { initial });
      return { inserted, updated, unchanged };
    };
    assert.deepEqual(await once(account('o', 1, "q'\\t\n{1}")), { inserted: 1, updated: 0, unchanged: 0 });
    assert.deepEqual(await notes(), ['1 account -infinity']);
    const again = await once(account('o', 1, 'other'), account('p', 2, 'p'));
    assert.deepEqual(again, { inserted: 1, updated: 0, unchanged: 1 });
    assert.deepEqual(await notes(), ['2 account -infinity']);
    const held = 'select customer_id, number, source, source_key, as_of::text from account where id = $1';
    const { rows } = await database.query(held, [recordId('account', SOURCE, 'o')]);
    assert.deepEqual(rows, [
      { customer_id: ids.customer(1), number: "q'\\t\n{1}", source: SOURCE, source_key: 'o', as_of: '2026-11-19' },
    ]);
    await raiseWatermark(database, '2026-11-10');
    assert.equal((await once(account('o', 3, 'moved'))).inserted, 1);
    assert.deepEqual(await notes(), ['1 account -infinity', '3 account -infinity']);
    const moved = await database.query<{ number: string }>(held, [recordId('account', SOURCE, 'o')]);
    assert.deepEqual(
      moved.rows.map(({ number }) => number),
      ['moved'],
    );
    await assert.rejects(
      database.transaction((tx) => {
        const target = { entity: model.entity('account'), columns: initial, initial, source: 'another', asOf: null };
        return writeBulk(tx, target, [[[recordId('account', SOURCE, 'o'), 'o', ids.customer(3), 'x', 'current']]]);
      }),
      /collides with the stored row test\/o/,
    );
  });

  test('who leaves or enters a household concerns its other members, out of reach or not', async () => {
    await seedRows(database, model, 'household', [
      { key: 'h1', name: 'one' },
      { key: 'h2', name: 'two' },
    ]);
    const home = (key: string) => recordId('household', SOURCE, key);
    const household = [1, 2, 3, 4].map((customer) => `${customer} customer -infinity`);
    const live = (customer: number, household: string) => ({ key: String(customer), household: home(household) });
    await write('customer', [live(1, 'h1'), live(2, 'h1'), live(3, 'h1'), live(4, 'h2')]);
    await raiseWatermark(database, '2026-11-10');
    await write('customer', [live(1, 'h2'), live(2, 'h1')]);
    assert.deepEqual(await notes(), household);
    const { rows } = await database.query<{ version: string }>('select version from customer where id = $1', [
      ids.customer(1),
    ]);
    const answer = await server.call('PATCH', `/api/customers/${ids.customer(1)}`, {
      as: 'rm001',
      body: { version: Number(rows[0]!.version), household: home('h1') },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(await notes(), household);
  });

  test('a product that changes concerns who holds it', async () => {
    await write('product', [{ key: 'p', code: 'p', name: 'p', class: 'fund' }]);
    await write('holding', [{ key: 'h', customer: ids.customer(7), product: recordId('product', SOURCE, 'p') }]);
    await raiseWatermark(database, '2026-11-10');
    await write('product', [{ key: 'p', code: 'p', name: 'p', class: 'wealth' }]);
    assert.deepEqual(await notes(), ['7 holding -infinity']);
  });

  test('deleted facts are noted', async () => {
    await write('login', [login('1', 1, '2026-11-01'), login('2', 2, '2026-11-20')]);
    await raiseWatermark(database, '2026-11-10');
    const { deleted } = await database.transaction((tx) => deleteFacts(tx, model.entity('login'), sql`true`));
    assert.equal(deleted, 2);
    assert.deepEqual(await notes(), ['1 login 2026-11-01']);
  });
});

describe('taking a batch back', () => {
  const withdraw = (batch: string) =>
    database.transaction(async (tx) => {
      await deleteFacts(tx, model.entity('login'), sql`t.batch_id = ${batch}::bigint`);
      return await restoreRecords(tx, model, batch);
    });
  const content = async (table: string) => {
    const { rows } = await database.query<{ row: unknown }>(
      sql`select to_jsonb(t) - 'version' - 'updated_at' - 'created_at' - 'updated_by' as row from ${raw(table)} t order by id`,
    );
    return rows.map(({ row }) => row);
  };
  const all = async () => [await content('customer'), await content('account'), await logins()];

  test('restores records that changed, moved or were made, and facts that were corrected; batches one after the other', async () => {
    await write('account', [
      { key: 'u1', customer: ids.customer(1), number: 'u1', kind: 'current' },
      { key: 'u2', customer: ids.customer(2), number: 'u2', kind: 'current' },
    ]);
    await write('login', [login('1', 1, '2026-11-01')], { batch: '100' });
    const states = [await all()];
    await write(
      'customer',
      [
        { key: '1', name: '新名' },
        { key: '99', name: '新客户' },
      ],
      { batch: '200' },
    );
    await write('account', [{ key: 'u1', customer: ids.customer(3), number: 'u1', kind: 'savings' }], { batch: '200' });
    await write('login', [login('1', 2, '2026-11-02'), login('2', 2, '2026-11-02')], { batch: '200' });
    states.push(await all());
    await write(
      'customer',
      [
        { key: '1', name: '再改' },
        { key: '99', name: '再改' },
      ],
      { batch: '300' },
    );
    await write('account', [{ key: 'u1', customer: ids.customer(1), number: 'u3', kind: 'savings' }], { batch: '300' });
    await write('login', [login('1', 2, '2026-11-03')], { batch: '300' });
    assert.deepEqual((await withdraw('300')).sample, []);
    assert.deepEqual(await all(), states[1]);
    assert.deepEqual((await withdraw('200')).sample, []);
    assert.deepEqual(await all(), states[0]);
    const { rows } = await database.query('select from batch_undo where batch_id >= 200');
    assert.equal(rows.length, 0);
  });

  test('leaves what somebody changed since and what others point at, and says so', async () => {
    await write(
      'customer',
      [
        { key: '5', name: '批次名' },
        { key: '98', name: '新客户' },
        { key: '97', name: '新客户' },
      ],
      { batch: '400' },
    );
    await write('customer', [{ key: '5', name: '后改名' }]);
    await write('account', [{ key: 'x', customer: ids.customer('98'), number: 'x', kind: 'current' }]);
    const kept = await database.transaction((tx) => changedSince(tx, model, '400'));
    assert.deepEqual(
      kept.sample.map(({ id, reason }) => [id, reason]).sort(),
      [
        [ids.customer(5), 'changed'],
        [ids.customer('98'), 'in_use'],
      ].sort(),
    );
    const result = await withdraw('400');
    assert.deepEqual([result.kept, result.removed, result.restored], [2, 1, 0]);
  });
});

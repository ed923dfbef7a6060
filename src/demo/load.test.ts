import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInstitution } from '#access';
import { applyMigrations, type Database, testDatabase } from '#database';
import { planMetrics } from '#facts';
import { Failure, fixedClock } from '#kernel';
import { loadModel, type Model, planSchema } from '#metadata';
import { ensureFieldKeys, ensurePartitions } from '#records';
import { openTestVault } from '#vault';
import { migrations } from '../server/testing.ts';
import { type DemoLoadOptions, loadDemo, unfinishedDemo } from './public.ts';

const model = loadModel([new URL('../../packs/core', import.meta.url).pathname]);
const clock = fixedClock('2026-07-01T01:00:00Z');
const options: DemoLoadOptions = { seed: 3, customers: 64, until: '2026-06-30', facts: 'light', days: 4 };

async function prepare(database: Database, model: Model): Promise<void> {
  openTestVault(clock);
  await applyMigrations(database, migrations);
  for (const statement of [...(await planSchema(database, model)), ...(await planMetrics(database, model))]) {
    await database.query(statement);
  }
  await database.transaction((tx) => ensureFieldKeys(tx, model));
}

const database = await testDatabase();
await prepare(database, model);
const load = (changes: Partial<DemoLoadOptions> = {}) =>
  loadDemo({ database, model, clock }, { ...options, ...changes });
const one = async <Row>(text: string): Promise<Row> => (await database.query<Row>(text)).rows[0]!;
const contents = () =>
  one<Record<string, string>>(
    `select (select md5(string_agg(concat_ws('|', id, name, branch_id, owner_id, aum, tier), ';' order by id)) from customer) as customers,
            (select md5(string_agg(concat_ws('|', id, balance_after), ';' order by id)) from transaction) as transactions,
            (select md5(string_agg(concat_ws('|', id, rule, status, done_at), ';' order by id)) from task) as tasks`,
  );
const refusedAs = (code: string) => (error: unknown) => error instanceof Failure && error.kind.code === code;

test('a demo bank goes into an empty database and comes alive', async () => {
  const steps: string[] = [];
  const report = await loadDemo({ database, model, clock }, options, (step, done, total) => {
    steps.push(step);
    assert.ok(done <= total);
  });
  assert.deepEqual([...new Set(steps)], ['rows', 'history', 'days']);
  assert.equal(report.rows.customer, 64);
  assert.ok(report.rows.transaction! > 500);

  const institution = await readInstitution(database);
  assert.equal(institution.demo, true);
  assert.equal(institution.name.zh, '听澜银行');
  assert.equal(institution.businessDate, '2026-06-30');
  const { users, passwords } = await one<Record<string, string>>(
    'select (select count(*) from "user") as users, (select count(*) from credential) as passwords',
  );
  assert.equal(users, passwords);
  assert.equal(Number(users), report.users);
});

test('the engine finds the balances that the generator wrote', async () => {
  const { wrong } = await one<{ wrong: string }>(
    `select count(*) as wrong from account a
      where a.closed_on is null and a.balance is distinct from
        (select t.balance_after from transaction t where t.customer_id = a.customer_id and t.account_id = a.id
          order by t.business_date desc, t.sequence desc limit 1)
        and a.balance <> 0`,
  );
  assert.equal(wrong, '0');
  const { assets, written } = await one<Record<string, string>>(
    `select (select sum(aum) from customer) as assets,
            (select sum(balance) from account where closed_on is null)
          + (select sum(market_value) from holding where redeemed_on is null) as written`,
  );
  assert.equal(assets, written);
  const { days } = await one<{ days: string }>('select count(distinct business_date) as days from aum_daily');
  assert.ok(Number(days) > 90, 'the curve of assets reaches back through the history');
});

test('managers have done most of what the rules asked for, and left traces', async () => {
  const { made, done, without } = await one<Record<string, string>>(
    `select count(*) as made, count(*) filter (where status = 'done') as done,
            count(*) filter (where status = 'done' and result <> 'not_useful'
              and not exists (select from interaction i where i.customer_id = t.customer_id and i.task_id = t.id)) as without
       from task t where rule is not null`,
  );
  assert.ok(Number(done) > 0 && Number(done) < Number(made), `${done} of ${made}`);
  assert.equal(without, '0');
});

test('a bank is loaded once, and anew only when that is asked for', async () => {
  await assert.rejects(load(), refusedAs('demo.demo_there'));
  const before = await contents();
  await load({ replace: true });
  assert.deepEqual(await contents(), before);
  await load({ replace: true, seed: 4 });
  assert.notDeepEqual(await contents(), before);
});

test('data of an institution is never touched', async () => {
  await database.query("update setting set value = value - 'demo' where key = 'institution'");
  const before = await contents();
  const partitions = () =>
    one<{ count: string }>("select count(*) from pg_class where relispartition and relkind = 'r'");
  const made = await partitions();
  await assert.rejects(load({ replace: true, facts: 'full' }), refusedAs('demo.not_empty'));
  assert.deepEqual(await partitions(), made);
  await assert.rejects(load({ days: -1 }), refusedAs('demo.invalid_days'));
  assert.deepEqual(await contents(), before);
});

test('what a start left that was killed between its facts and its customers makes room', async () => {
  const other = await testDatabase();
  await prepare(other, model);
  await ensurePartitions(other, model.entity('login'), ['2026-01']);
  await other.query(
    `insert into login (id, customer_id, business_date, at, channel, source, source_key)
     values (1, 1, '2026-01-05', '2026-01-05T01:00:00Z', 'mobile', 'channels', 'left')`,
  );
  const { rows: written } = await loadDemo({ database: other, model, clock }, options);
  assert.equal(written.customer, 64);
  const { rows } = await other.query<{ left: string }>("select count(*) as left from login where source_key = 'left'");
  assert.equal(rows[0]!.left, '0');
});

test('a bank that was cut off is known, and nobody else begins one while it is made', async () => {
  const other = await testDatabase();
  await prepare(other, model);
  const world = { database: other, model, clock };
  const meanwhile: unknown[] = [];
  const cutOff = loadDemo(world, options, (step) => {
    if (step === 'days') throw new Error('cut off');
    if (step === 'history')
      meanwhile.push(
        unfinishedDemo(other),
        loadDemo(world, options).catch((error) => error),
      );
  });
  await assert.rejects(cutOff, /cut off/);
  const [begun, refused] = await Promise.all(meanwhile.slice(0, 2));
  assert.equal(begun, null);
  assert.ok(refusedAs('demo.demo_underway')(refused));
  assert.deepEqual(await unfinishedDemo(other), {
    options: { customers: 64, seed: 3, facts: 'light' },
    used: false,
  });
  await other.query(
    `insert into load_run (id, mapping, source, label, folder, business_date, mapping_sha256, status, actor, created_at)
     values (1, 'own', 'own', '{}', '', '2026-06-30', '', 'done', 'system', now())`,
  );
  assert.equal((await unfinishedDemo(other))?.used, true, 'what somebody loaded since is not thrown away');
  await loadDemo(world, { ...options, replace: true });
  assert.equal(await unfinishedDemo(other), null);
});

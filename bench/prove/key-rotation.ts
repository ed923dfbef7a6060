import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Database } from '#database';
import { systemActor, systemClock } from '#kernel';
import { columnOf, encryptedFields, type Model, recordId } from '#metadata';
import { type BulkRow, selectList, visibleFields, writeBulk } from '#records';
import { fileMasterKeys, openVault, unseal } from '#vault';
import { projectFolder } from '../../src/server/config.ts';
import { packModel } from '../../src/server/model.ts';
import { migrate } from '../../src/server/schema.ts';
import type { CampaignContext, Prove } from '../harness.ts';
import { outputOf } from './child-output.ts';

const CUSTOMERS = 20_000;
const KILLS = 20;
const SOURCE = 'prove';
/** spec compliance 3.1: a new master key takes effect within a second. */
const MASTER_MS_MAX = 1_000;

/**
 * Data keys change while others read and write, and the process that seals anew is killed time after time: no read fails, no value
 * is lost, and in the end nothing stands under the old keys. An installation that is older than its encryption is sealed the
 * same way.
 */
export const prove: Prove = async (ctx, trials) => {
  const model = packModel();
  const keys = path.join(ctx.folder, 'keys');
  openVault({ master: fileMasterKeys({ folder: keys }), clock: systemClock, cipher: 'aes' });
  await migrate(ctx.database, model);
  const count = Math.max(200, Math.round(CUSTOMERS * ctx.scale));
  const rows = Array.from({ length: count }, (_, index) => rowOf(index, 0));
  await write(ctx.database, model, rows);
  const kills = Math.max(3, Math.round(KILLS * Math.min(1, ctx.scale)));

  let died = 0;
  await trials.trial('values that stand in clear are sealed, by processes killed on the way', async () => {
    await putInClear(ctx.database, model, rows);
    const left = () => standing(ctx.database, UNSEALED);
    for (let kill = 0; kill < kills; kill++) if (await killed(ctx, keys, ['migrate'], left)) died += 1;
    await finished(ctx, keys, ['migrate']);
    assert.equal(await standing(ctx.database, UNSEALED), 0);
    const { rows: indexes } = await ctx.database.query('select to_regclass($1) as name', [OLD_INDEX]);
    assert.equal(indexes[0]!.name, null, 'an index of clear values is left');
    await everyValue(ctx.database, model, rows);
  });

  const before = await currentKeys(ctx.database);
  const background = readAndWrite(ctx, model, rows);
  const old = "split_part(phone, '.', 3) = any($1) or split_part(phone_index, '.', 1) = any($1)";
  await trials.trial('rotation goes on after every kill', async () => {
    const left = () => standing(ctx.database, old, [before]);
    for (let kill = 0; kill < kills; kill++) {
      if (await killed(ctx, keys, ['keys', 'rotate', '--index', '--rest', '4'], left)) died += 1;
    }
    assert.ok(died > 0, 'no process was killed at work');
    await finished(ctx, keys, ['keys', 'rotate', '--index', '--rest', '0']);
  });
  const { reads, writes, errors } = await background.stop();
  await trials.trial('no read and no write failed meanwhile', () => {
    assert.deepEqual(errors, []);
    assert.ok(reads > 0 && writes > 0);
  });
  await trials.trial('nothing stands under the old keys', async () => {
    const now = await currentKeys(ctx.database);
    assert.ok(now.every((key) => !before.includes(key)));
    for (const field of encryptedFields(model.entity('customer'))) {
      const column = columnOf(field);
      const stale = `split_part(${column}, '.', 3) = any($1) or split_part(${column}_index, '.', 1) = any($1)`;
      assert.equal(await standing(ctx.database, stale, [before]), 0, column);
    }
  });
  await trials.trial('every value is there, by value and by blind index', () => everyValue(ctx.database, model, rows));
  let masterMs = Number.NaN;
  await trials.trial('a new master key takes effect within a second', async () => {
    const answer = await finished(ctx, keys, ['keys', 'rotate', '--master', '--json']);
    masterMs = (JSON.parse(answer) as { milliseconds: number }).milliseconds;
    assert.ok(masterMs <= MASTER_MS_MAX, `${masterMs} ms`);
    openVault({ master: fileMasterKeys({ folder: keys }), clock: systemClock, cipher: 'aes' });
    await everyValue(ctx.database, model, rows);
  });
  return { customers: count, kills, died, reads, writes, masterMs };
};

const OLD_INDEX = 'customer_phone_tail';
const UNSEALED = "phone is not null and (phone_masked is null or phone not like 'v1.%')";
const COLUMNS = ['name', 'phone', 'email', 'address'] as const;
type Row = { id: string; key: string; values: [name: string, phone: string, email: string, address: string] };

const rowOf = (index: number, round: number): Row => ({
  id: recordId('customer', SOURCE, String(index)),
  key: String(index),
  values: [
    `张三${index}`,
    `13${String(round % 10)}${String(index).padStart(8, '0')}`,
    `c${index}.${round}@example.org`,
    `金盏路 ${index} 号 ${round} 室`,
  ],
});

async function write(database: Database, model: Model, rows: readonly Row[]): Promise<void> {
  const lines = rows.map((row): BulkRow => [row.id, row.key, ...row.values]);
  const target = { entity: model.entity('customer'), columns: COLUMNS, source: SOURCE, asOf: '2026-01-01' };
  await database.transaction((tx) => writeBulk(tx, target, [lines]));
}

/** As an installation is that is older than the encryption of its fields. */
async function putInClear(database: Database, model: Model, rows: readonly Row[]): Promise<void> {
  const fields = encryptedFields(model.entity('customer'));
  const cleared = fields.flatMap((field) => [`${columnOf(field)}_masked = null`, `${columnOf(field)}_index = null`]);
  await database.query(
    `update customer c set ${cleared.join(', ')}, phone = n.phone, email = n.email, address = n.address
       from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as n(id, phone, email, address) where n.id = c.id`,
    [0, 1, 2, 3].map((at) => rows.map(({ id, values }) => (at === 0 ? id : values[at]))),
  );
  await database.query(`create index ${OLD_INDEX} on customer (reverse(phone) text_pattern_ops)`);
  await database.query("update data_key set filled_at = null where kind = 'index'");
}

/** Every row as somebody sees it who sees all: sealed values opened. */
async function everyValue(database: Database, model: Model, rows: readonly Row[]): Promise<void> {
  const fields = visibleFields(model, systemActor, model.entity('customer')).filter(({ field }) =>
    (COLUMNS as readonly string[]).includes(field.code),
  );
  const { rows: found } = await database.query<{ row: string }>(
    `select to_json(x)::text as row from (select ${selectList(model, systemActor, fields, 'c').text} from customer c order by c.id) x`,
  );
  const opened = JSON.parse(await unseal(database, `[${found.map(({ row }) => row).join(',')}]`)) as Record<
    string,
    string
  >[];
  const byId = new Map(opened.map((row) => [row.id!, row]));
  assert.equal(byId.size, rows.length);
  for (const { id, values } of rows) {
    const row = byId.get(id)!;
    assert.deepEqual([row.name, row.phone, row.email, row.address], values);
  }
}

/** Reads whole pages and writes single rows until told to stop; `rows` follow what was written. */
function readAndWrite(ctx: CampaignContext, model: Model, rows: Row[]) {
  let stopped = false;
  const counts = { reads: 0, writes: 0, errors: [] as string[] };
  const note = (error: unknown) => {
    if (counts.errors.length < 5) counts.errors.push(String(error));
  };
  const fields = visibleFields(model, systemActor, model.entity('customer'));
  const page = `select string_agg(p.row, ',') as rows from (select to_json(x)::text as row from (
      select ${selectList(model, systemActor, fields, 'c').text} from customer c where c.id > $1 order by c.id limit 50) x) p`;
  const reading = (async () => {
    while (!stopped) {
      const from = rows[Math.floor(Math.random() * rows.length)]!.id;
      await ctx.database
        .query<{ rows: string | null }>(page, [from])
        .then(({ rows: found }) => unseal(ctx.database, `[${found[0]!.rows ?? ''}]`))
        .then((text) => void JSON.parse(text))
        .catch(note);
      counts.reads += 1;
    }
  })();
  const writing = (async () => {
    for (let round = 1; !stopped; round++) {
      const index = Math.floor(Math.random() * rows.length);
      const row = rowOf(index, round);
      await write(ctx.database, model, [row]).then(() => {
        rows[index] = row;
      }, note);
      counts.writes += 1;
      await new Promise((done) => setTimeout(done, 20));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await Promise.all([reading, writing]);
      return counts;
    },
  };
}

async function standing(database: Database, where: string, values: unknown[] = []): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::int as count from customer where ${where}`,
    values,
  );
  return rows[0]!.count;
}

async function currentKeys(database: Database): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    "select id from data_key where retired_at is null and purpose like 'customer%'",
  );
  return rows.map(({ id }) => id);
}

function run(ctx: CampaignContext, keys: string, words: string[]): ChildProcess {
  return spawn(process.execPath, [path.join(projectFolder, 'src', 'server', 'cli.ts'), ...words], {
    cwd: projectFolder,
    env: { ...process.env, DATABASE_URL: ctx.database.url, TONGGUAN_HOME: ctx.folder, TONGGUAN_KEYS: keys },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a command and kills it when it has begun to bring down what is left to do; true when it was at work. */
async function killed(
  ctx: CampaignContext,
  keys: string,
  words: string[],
  left: () => Promise<number>,
): Promise<boolean> {
  const first = await left();
  const child = run(ctx, keys, words);
  const ended = once(child, 'exit');
  while (child.exitCode === null && (await left()) >= first) await new Promise((done) => setTimeout(done, 10));
  await new Promise((done) => setTimeout(done, ctx.random.below(60)));
  child.kill('SIGKILL');
  const [code] = await ended;
  return code === null;
}

/** Runs a command to its end; returns what it printed. */
async function finished(ctx: CampaignContext, keys: string, words: string[]): Promise<string> {
  return await outputOf(run(ctx, keys, words));
}

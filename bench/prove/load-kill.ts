import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Database, type Embedded, openDatabase, startEmbedded } from '#database';
import { putAccount } from '#identity';
import { findMapping, runLoad } from '#integration';
import { systemActor, systemClock } from '#kernel';
import { fileMasterKeys, openVault } from '#vault';
import { projectFolder } from '../../src/server/config.ts';
import { packModel } from '../../src/server/model.ts';
import { migrate } from '../../src/server/schema.ts';
import { openServer } from '../bank.ts';
import type { CampaignContext, Prove, Trials } from '../harness.ts';
import { exitOf, freePort, patiently, start } from '../program.ts';
import { proveHostile } from './hostile-files.ts';

const KILLS = 30;
const POLL_MS = 25;
const DATE = '1994-03-31';
const OPERATOR = { username: 'operator', password: 'lantern-oboe-73-quilt' };
const lookalike = path.join(projectFolder, 'examples', 'lookalike');
/** Of the bank's many transactions the first, so that a small run spends its time on kills. */
const TRANSACTIONS_MIN = 1_000;
const cli = path.join(projectFolder, 'src', 'server', 'cli.ts');

/** A load is killed again and again: afterwards everything is as after one clean load. Hostile files do no harm. `--only kills` or `hostile`. */
export const prove: Prove = async (ctx, trials) => ({
  ...(ctx.only !== 'kills' && { hostile: await proveHostile(ctx, trials) }),
  ...(ctx.only !== 'hostile' && (await proveKills(ctx, trials))),
});

/** A bank of this campaign's own: nobody else uses the PostgreSQL that is killed. */
interface World {
  ctx: CampaignContext;
  database: Database;
  url: string;
  /** Undefined on a PostgreSQL of the operator's, which is left alone. */
  postgres: Embedded | undefined;
  home: string;
  keys: string;
  /** The folder that is loaded. */
  files: string;
  cleanMs: number;
  begun: Contents;
  clean: Contents;
  empty: Contents;
}

async function proveKills(ctx: CampaignContext, trials: Trials) {
  const home = path.join(ctx.folder, 'home');
  const keys = path.join(ctx.folder, 'keys');
  mkdirSync(home);
  const given = process.env.DATABASE_URL?.trim();
  if (given) trials.skip('kills of PostgreSQL', 'the PostgreSQL of DATABASE_URL is left alone');
  const postgres = given ? undefined : await startEmbedded(home, { keepRunning: true });
  const url = postgres?.url ?? ctx.database.url;
  const database = await openDatabase(url, { maxConnections: 5 });
  try {
    openVault({ master: fileMasterKeys({ folder: keys }), clock: systemClock, cipher: 'aes' });
    await migrate(database, packModel());
    await putAccount(database, packModel(), systemClock, { ...OPERATOR, roles: ['system_admin'] });
    const files = copyFiles(ctx);
    const world: World = {
      ctx,
      database,
      url,
      postgres,
      home,
      keys,
      files,
      cleanMs: 0,
      begun: {},
      clean: {},
      empty: {},
    };
    world.begun = await beginnings(database);
    world.empty = await contents(database);
    await loadHere(world);
    world.clean = await contents(database);
    await wipe(world);
    assert.deepEqual(await contents(database), world.empty);
    assert.ok(parts(world.empty, world.clean).length > 10, 'the clean load left nothing');
    // The first load of a process is slower than those that follow, and each one killed is the first of its process.
    await exitOf(loader(world));
    assert.deepEqual(await contents(database), world.clean);
    const { rows } = await database.query<{ ms: number }>(
      `select (extract(epoch from finished_at - started_at) * 1000)::float8 as ms from load_run order by id desc limit 1`,
    );
    world.cleanMs = rows[0]!.ms;
    return await killEach(world, trials);
  } finally {
    await database.close();
    await postgres?.stop();
  }
}

type Victim = 'loader' | 'PostgreSQL' | 'server' | 'PostgreSQL under the server';

/** In every ten: seven loaders by themselves, two more that lose their database, and a server or its database. */
function victimOf(kill: number, { postgres }: World): Victim {
  const place = kill % 10;
  if (place === 0) return kill % 20 === 0 && postgres ? 'PostgreSQL under the server' : 'server';
  return (place === 3 || place === 6) && postgres ? 'PostgreSQL' : 'loader';
}

async function killEach(world: World, trials: Trials) {
  const { ctx, database, clean, empty } = world;
  const kills = Math.max(KILLS, Math.round(KILLS * ctx.scale));
  const died: Partial<Record<Victim, number>> = {};
  await wipe(world);
  for (let kill = 1; kill <= kills; kill++) {
    const victim = victimOf(kill, world);
    const share = ctx.random.below(1_000) / 1_000;
    const passed = await trials.trial(`kill ${kill}, of ${victim}, ${Math.round(share * 100)} % through`, async () => {
      if (victim === 'server' || victim === 'PostgreSQL under the server') {
        await wipe(world);
        if (await killServer(world, victim, share)) died[victim] = (died[victim] ?? 0) + 1;
        assert.deepEqual(await contents(database), clean);
        return;
      }
      if (await killLoader(world, victim, share)) died[victim] = (died[victim] ?? 0) + 1;
      const left = await patiently(() => contents(database));
      const [more, less] = [parts(left, empty), parts(left, clean)];
      assert.ok(more.length === 0 || less.length === 0, `a load that was cut off left ${more} without ${less}`);
      // Others begin on what the kills before them left.
      if (kill % 3 !== 0) return;
      await patiently(() => loadHere(world));
      assert.deepEqual(await contents(database), clean);
    });
    if (!passed || kill % 3 === 0) await wipe(world);
  }
  const all = Object.values(died).reduce((sum, each) => sum + each, 0);
  await trials.trial('processes were killed while they worked', () =>
    assert.ok(all >= kills / 2, `${all} of ${kills}`),
  );
  return { kills, died, cleanMs: Math.round(world.cleanMs) };
}

function copyFiles({ folder, scale }: CampaignContext): string {
  const files = path.join(folder, 'files');
  mkdirSync(files);
  for (const name of readdirSync(lookalike).filter((each) => each.endsWith('.asc'))) {
    const lines = readFileSync(path.join(lookalike, name), 'utf8').split('\n');
    const kept = name === 'trans.asc' ? Math.max(TRANSACTIONS_MIN, Math.round(lines.length * scale)) : lines.length;
    writeFileSync(path.join(files, name), lines.slice(0, kept).join('\n'));
  }
  return files;
}

async function loadHere({ database, home, files }: World): Promise<void> {
  await runLoad(
    { database, model: packModel(), clock: systemClock, actor: systemActor },
    { document: findMapping(home, 'berka', 'code'), folder: files, home, language: 'en', date: DATE, force: true },
  );
}

type Contents = Record<string, string>;

/** The tables that differ. */
const parts = (left: Contents, right: Contents) => Object.keys(right).filter((table) => left[table] !== right[table]);

/** Tables that say when and by whom something ran, and keys made anew each time. */
const BOOKKEEPING =
  /^(migration|audit_|job|load_|data_key|customer_salt|batch_|feed|upload|mapping|event_|credential|session|sign_in|known_device)/;

async function tables(database: Database): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** A hash of the rows of every table, times of writing and the numbers of loads left out. */
async function contents(database: Database): Promise<Contents> {
  const names = (await tables(database)).filter((table) => !BOOKKEEPING.test(table));
  const { rows } = await database.query<{ name: string; digest: string }>(
    names
      .map(
        (table) => `select '${table}' as name, coalesce(md5(string_agg(line, '|' order by line)), '') as digest
           from (select md5((to_jsonb(t) - 'created_at' - 'updated_at' - 'batch_id')::text) as line from "${table}" t) lines`,
      )
      .join(' union all '),
  );
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
}

/** Keys, the audit and who signs in stay whatever is loaded. */
const KEPT = /^(migration|audit_|data_key|job_schedule|change_watermark|user$|credential|session|sign_in|known_device)/;

/** The rows that a schema begins with, by table. */
async function beginnings(database: Database): Promise<Contents> {
  const all = (await tables(database)).filter((table) => !KEPT.test(table));
  const { rows } = await database.query<{ name: string; content: string | null }>(
    all.map((table) => `select '${table}' as name, json_agg(t)::text as content from "${table}" t`).join(' union all '),
  );
  return Object.fromEntries(rows.flatMap(({ name, content }) => (content === null ? [] : [[name, content]])));
}

/** Makes everything as it was before the first load. */
async function wipe({ database, begun }: World): Promise<void> {
  await patiently(() =>
    database.transaction(async (tx) => {
      const filled = Object.keys(await beginnings(database));
      if (filled.length > 0) await tx.query(`truncate ${filled.map((table) => `"${table}"`).join(', ')} cascade`);
      for (const [table, rows] of Object.entries(begun)) {
        await tx.query(`insert into "${table}" select * from json_populate_recordset(null::"${table}", $1)`, [rows]);
      }
      await tx.query('delete from "user" where username <> $1', [OPERATOR.username]);
    }),
  );
}

const environment = ({ url, home, keys }: World) => ({
  ...process.env,
  DATABASE_URL: url,
  TONGGUAN_HOME: home,
  TONGGUAN_KEYS: keys,
});

function loader(world: World): ChildProcess {
  return spawn(process.execPath, [cli, 'load', 'berka', world.files, '--date', DATE, '--force'], {
    cwd: projectFolder,
    env: environment(world),
    stdio: 'ignore',
  });
}

/** Starts a load in a process of its own and kills it, or its database, at some moment of its work; true when it was at work. */
async function killLoader(world: World, victim: Victim, share: number): Promise<boolean> {
  const { database } = world;
  await database.query(`update load_run set status = 'failed' where status = 'running'`);
  const child = loader(world);
  await untilAtWork(world, child, share);
  if (child.exitCode !== null) return false;
  if (victim === 'PostgreSQL') killPostgres(world);
  else child.kill('SIGKILL');
  await exitOf(child);
  return child.exitCode !== 0;
}

/** Waits until a run is under way and then for a share of the time that a clean load takes. */
async function untilAtWork({ database, cleanMs }: World, child: ChildProcess, share: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) return;
    const { rowCount } = await database.query(`select from load_run where status = 'running'`);
    if (rowCount > 0) break;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  await new Promise((done) => setTimeout(done, share * cleanMs));
}

function killPostgres({ postgres }: World): void {
  process.kill(postgres!.pid, 'SIGKILL');
}

/** A load of uploaded files: the server or its database dies over it, and the run is done all the same. */
async function killServer(world: World, victim: Victim, share: number): Promise<boolean> {
  const { database } = world;
  const port = await freePort();
  const own = { ...environment(world), PORT: String(port) };
  const run = await uploadedRun(world);
  const first = spawn(process.execPath, [cli, 'start', '--empty', '--api-only'], {
    cwd: projectFolder,
    env: own,
    stdio: 'ignore',
  });
  let second: ChildProcess | undefined;
  try {
    await untilAtWork(world, first, share);
    const { rows } = await database.query<{ status: string }>('select status from load_run where id = $1', [run]);
    if (victim === 'server') {
      first.kill('SIGKILL');
      await exitOf(first);
      second = await start(own, port, [], 'program', ['--empty', '--api-only']);
    } else {
      killPostgres(world);
    }
    await patiently(async () => {
      // A dead worker's lease ends, and a try that failed is repeated, by themselves after a while; nobody has to wait for it here.
      await database.query(
        `update job set lease_until = case when attempts = 1 then now() - interval '1 second' else lease_until end
          where kind = 'load' and status = 'running'`,
      );
      await database.query(
        `update job set run_at = now() where kind = 'load' and status = 'queued' and run_at > now()`,
      );
      const ended = await database.query<{ status: string }>('select status from load_run where id = $1', [run]);
      assert.equal(ended.rows[0]!.status, 'done');
      const { rowCount } = await database.query(
        `select from job where status in ('queued', 'running') and kind = 'load'`,
      );
      assert.equal(rowCount, 0);
    });
    return rows[0]!.status !== 'done';
  } finally {
    for (const server of [first, second]) {
      server?.kill('SIGTERM');
      if (server) await exitOf(server);
    }
  }
}

/** Sends the files as the upload page does, and asks for their load. */
async function uploadedRun({ database, home, files }: World): Promise<string> {
  const server = await openServer(database, { model: packModel(), clock: systemClock, home });
  try {
    const call = async (method: 'POST' | 'PUT', url: string, payload: object, headers: Record<string, string> = {}) => {
      const answer = await server.app.inject({ method, url, payload, headers });
      assert.ok(answer.statusCode < 300, answer.body);
      return answer;
    };
    const session = await call('POST', '/api/session', OPERATOR);
    const cookie = /tongguan_session=[^;]+/.exec(String(session.headers['set-cookie']))![0];
    const { id } = (await call('POST', '/api/load-uploads', {}, { cookie })).json<{ id: string }>();
    for (const name of readdirSync(files)) {
      const bytes = readFileSync(path.join(files, name));
      await call('PUT', `/api/load-uploads/${id}/files/${name}?size=${bytes.length}`, bytes, {
        cookie,
        'content-type': 'application/octet-stream',
      });
    }
    const started = await call('POST', '/api/load-runs', { mapping: 'berka', upload: id, date: DATE }, { cookie });
    return started.json<{ id: string }>().id;
  } finally {
    await server.close();
  }
}

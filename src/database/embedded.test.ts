import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Failure } from '#kernel';
import { exists } from './processes.ts';
import { openDatabase, startEmbedded } from './public.ts';

const home = mkdtempSync(path.join(os.tmpdir(), 'embedded-'));
chmodSync(home, 0o755); // started by root, the server runs as another user, who must reach its folder
after(() => rmSync(home, { recursive: true, force: true }));

const count = async (url: string) => {
  const db = await openDatabase(url);
  const { rows } = await db.query<{ count: number }>('select count(*)::int as count from kept');
  await db.close();
  return rows[0]!.count;
};

/** Another program that starts or joins the same server, tells what it got, and lets go when told to. */
async function otherProgram(): Promise<{
  child: ChildProcess;
  server: { url: string; pid: number; adopted: boolean };
}> {
  const script = `import { startEmbedded } from ${JSON.stringify(import.meta.resolve('./public.ts'))};
    const server = await startEmbedded(${JSON.stringify(home)});
    process.on('SIGTERM', async () => { await server.stop(); process.exit(); });
    setInterval(() => {}, 1000);
    console.log(JSON.stringify(server));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout!, 'data');
  return { child, server: JSON.parse(String(line)) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

test('the first start makes the cluster, the second joins, the last to let go stops it', async () => {
  const first = await startEmbedded(home);
  const db = await openDatabase(first.url);
  await db.query('create table kept as select 1 as id');
  const { rows } = await db.query(
    "select current_setting('fsync') as fsync, lower('Ä') as lower, '一' < '三' as ordered",
  );
  assert.deepEqual(rows, [{ fsync: 'on', lower: 'ä', ordered: true }]);
  const memory = await db.query<{ mb: number }>(
    "select setting::bigint * 8 / 1024 as mb from pg_settings where name = 'shared_buffers'",
  );
  // Where nothing limits the program, Node names a limit far beyond what the machine has.
  assert.ok(Number(memory.rows[0]!.mb) <= Math.max(32, os.totalmem() / 1e6 / 4 + 1));
  await db.close();

  const second = await otherProgram();
  assert.deepEqual([first.adopted, second.server.adopted, second.server.pid], [false, true, first.pid]);
  await first.stop();
  await first.stop();
  assert.equal(await count(second.server.url), 1);
  await end(second.child, 'SIGTERM');
  assert.equal(exists(first.pid), false);
});

test('programs that start in the same instant share one server', async () => {
  const servers = await Promise.all([startEmbedded(home), startEmbedded(home), startEmbedded(home)]);
  assert.equal(new Set(servers.map((server) => server.pid)).size, 1);
  await Promise.all(servers.map((server) => server.stop()));
  assert.equal(exists(servers[0].pid), false);
});

test('a killed program leaves its server to the next start', async () => {
  const killed = await otherProgram();
  await end(killed.child, 'SIGKILL');
  assert.ok(exists(killed.server.pid));
  const next = await startEmbedded(home);
  assert.deepEqual([next.adopted, next.pid, await count(next.url)], [true, killed.server.pid, 1]);
  await next.stop();
  assert.equal(exists(next.pid), false);
});

test('a killed server recovers', async () => {
  const first = await startEmbedded(home);
  process.kill(first.pid, 'SIGKILL');
  const next = await startEmbedded(home);
  assert.deepEqual([next.adopted, await count(next.url)], [false, 1]);
  await next.stop();
  await first.stop();
  assert.equal(exists(next.pid), false);
});

test('a server killed under a running program comes back where it was', async () => {
  const server = await startEmbedded(home, { keepRunning: true });
  const db = await openDatabase(server.url);
  const killed = server.pid;
  process.kill(killed, 'SIGKILL');
  for (let rows: unknown[] = []; rows.length === 0 || server.pid === killed; ) {
    rows = await db.query('select id from kept').then(
      (result) => result.rows,
      () => [],
    );
    await new Promise((done) => setTimeout(done, 50));
  }
  await db.close();
  await server.stop();
  assert.equal(exists(server.pid), false);
});

test('a lock file whose process number now belongs to another program is cleared', async () => {
  const lock = path.join(home, 'database', 'pg', 'postmaster.pid');
  writeFileSync(lock, `${process.pid}\n${path.dirname(lock)}\n0\n1\n\n127.0.0.1\n0 0\nready\n`);
  const server = await startEmbedded(home);
  assert.deepEqual([server.adopted, await count(server.url)], [false, 1]);
  await server.stop();
  assert.equal(existsSync(lock), false);
  assert.deepEqual(readdirSync(path.join(home, 'database', 'users')), []);
});

test('a cluster of another version is refused by name', async () => {
  const other = mkdtempSync(path.join(os.tmpdir(), 'embedded-'));
  chmodSync(other, 0o755);
  try {
    mkdirSync(path.join(other, 'database', 'pg'), { recursive: true });
    writeFileSync(path.join(other, 'database', 'pg', 'PG_VERSION'), '14\n');
    await assert.rejects(startEmbedded(other), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.kind.code, 'database.cluster_version');
      assert.equal(error.params.found, '14');
      return true;
    });
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});

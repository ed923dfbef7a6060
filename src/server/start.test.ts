import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { projectFolder } from './config.ts';

/** These tests run the program as people do: by its command, in a home folder of its own. */
const home = mkdtempSync(path.join(os.tmpdir(), 'tongguan-start-'));
chmodSync(home, 0o755); // started by root, the database runs as another user
after(() => rmSync(home, { recursive: true, force: true }));

const command = path.join(projectFolder, 'src', 'server', 'cli.ts');
const startWords = ['start', '--empty', '--api-only', '--lang', 'en'];

interface Program {
  child: ChildProcess;
  output(): string;
  /** Exit code, once it ended. */
  ended: Promise<number | null>;
}

function run(words: readonly string[], environment: Record<string, string>): Program {
  const child = spawn(process.execPath, [command, ...words], {
    env: { ...process.env, DATABASE_URL: '', TONGGUAN_HOME: home, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => output, ended };
}

async function ready(program: Program, port: string): Promise<void> {
  let over = false;
  void program.ended.then(() => {
    over = true;
  });
  while (!over) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`the program ended: ${program.output()}`);
}

async function freePort(): Promise<string> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return String(port);
}

/** Programs that use the home's database at the moment. */
const users = () => readdirSync(path.join(home, 'database', 'users'));

test('start, health, metrics, a second start, an orderly end', async () => {
  const PORT = await freePort();
  const first = run(startWords, { PORT });
  await ready(first, PORT);
  const health = await fetch(`http://127.0.0.1:${PORT}/healthz`);
  const metrics = await fetch(`http://127.0.0.1:${PORT}/metrics`);
  assert.deepEqual([health.status, metrics.status], [200, 200]);
  assert.match(await metrics.text(), /tongguan_http_seconds/);
  assert.match(first.output(), new RegExp(`Tongguan is ready.*http://127.0.0.1:${PORT}`));

  const again = run(startWords, { PORT });
  assert.equal(await again.ended, 0);
  assert.match(again.output(), /already runs at/);

  const beside = await freePort();
  const second = run(startWords, { PORT: beside });
  await ready(second, beside);
  first.child.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  assert.equal((await fetch(`http://127.0.0.1:${beside}/readyz`)).status, 200, 'the database stays for the other one');
  second.child.kill('SIGINT');
  assert.equal(await second.ended, 0);
  assert.deepEqual(users(), []);
});

test('killed, it starts again where it was', async () => {
  const PORT = await freePort();
  const killed = run(startWords, { PORT });
  await ready(killed, PORT);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const next = run(startWords, { PORT });
  await ready(next, PORT);
  next.child.kill('SIGTERM');
  assert.equal(await next.ended, 0);
  assert.deepEqual(users(), []);
});

test('a demo bank whose making was killed is made anew by the next start', async () => {
  const PORT = await freePort();
  const killed = run(['demo', '--customers', '60', '--facts', 'light', '--lang', 'en'], { PORT });
  for await (const text of killed.child.stderr!) if (/past assets ✓/.test(text)) killed.child.kill('SIGKILL');
  await killed.ended;
  assert.doesNotMatch(killed.output(), /is ready/);
  const next = run(['start', '--api-only', '--lang', 'en'], { PORT });
  await ready(next, PORT);
  assert.match(next.output(), /was not finished last time; it is made anew/);
  next.child.kill('SIGTERM');
  assert.equal(await next.ended, 0);
  const again = run(['start', '--api-only', '--lang', 'en'], { PORT });
  await ready(again, PORT);
  assert.doesNotMatch(again.output(), /made anew/);
  again.child.kill('SIGTERM');
  assert.equal(await again.ended, 0);
});

test('a port taken by something else is named, with another one to try', async () => {
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as net.AddressInfo;
  const program = run(startWords, { PORT: String(port) });
  assert.equal(await program.ended, 1);
  assert.match(program.output(), new RegExp(`port ${port} is taken.*PORT=${port + 1} npm start`));
  other.close();
});

test('a database out of reach is named without its password', async () => {
  const program = run(startWords, { PORT: await freePort(), DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/bank' });
  assert.equal(await program.ended, 1);
  assert.match(program.output(), /cannot reach the database at 127\.0\.0\.1:1\/bank/);
  assert.doesNotMatch(program.output(), /secret/);
});

test('migrate and doctor work on a stopped installation and leave it stopped', async () => {
  const PORT = await freePort();
  const migrate = run(['migrate', '--json'], { PORT });
  assert.equal(await migrate.ended, 0);
  assert.match(migrate.output(), /"migrations":\[/);
  const doctor = run(['doctor', '--json'], { PORT });
  assert.equal(await doctor.ended, 0, doctor.output());
  const line = doctor
    .output()
    .split('\n')
    .find((each) => each.startsWith('{'))!;
  const { ok, findings } = JSON.parse(line) as { ok: boolean; findings: { check: string; state: string }[] };
  assert.ok(ok);
  assert.equal(findings.find(({ check }) => check === 'schema')?.state, 'ok');
  assert.deepEqual(users(), []);
});

test('wrong usage ends with 2, an unknown command names the known ones', async () => {
  const unknown = run(['nosuch', '--lang', 'en'], {});
  assert.equal(await unknown.ended, 2);
  assert.match(unknown.output(), /there is no command "nosuch".*start/);
  const help = run(['start', '--help', '--lang', 'zh'], {});
  assert.equal(await help.ended, 0);
  assert.match(help.output(), /用法/);
});

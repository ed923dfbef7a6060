import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Embedded, startEmbedded } from '#database';
import { projectFolder } from '../src/server/config.ts';
import { benchHome } from './harness.ts';

// Campaigns run small with every check, so that they still work when somebody needs their figures. Speed is no condition
// here: whether targets are met is asked where the machine is quiet.

// Kept running between the campaigns, which would each start and stop it.
let server: Embedded;
before(async () => {
  server = await startEmbedded(benchHome);
});
after(() => server.stop());

interface Outcome {
  code: number | null;
  // biome-ignore lint/suspicious/noExplicitAny: two kinds of answers
  data: any;
}

function campaign(kind: 'bench' | 'prove', name: string, scale: number, only?: string): Promise<Outcome> {
  const cli = path.join(projectFolder, 'src', 'server', 'cli.ts');
  const child = spawn(
    process.execPath,
    [cli, kind, name, '--json', '--seed', '7', '--scale', String(scale), ...(only ? ['--only', only] : [])],
    {
      cwd: projectFolder,
      env: { ...process.env, DATABASE_URL: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => {
      try {
        done({ code, data: JSON.parse(output) });
      } catch {
        fail(new Error(`${kind} ${name} ended with ${code} and printed: ${output.slice(0, 500)}`));
      }
    });
  });
}

test('first light holds: a bank in, months replayed, processes killed, nothing lost or doubled', async () => {
  const { code, data } = await campaign('prove', 'first-light', 0.2);
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(data.tried >= 20, String(data.tried));
  assert.equal(data.seed, 7);
});

test('thirty kills of a load leave what one clean load leaves', async () => {
  const { code, data } = await campaign('prove', 'load-kill', 0.02, 'kills');
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(data.kills >= 30, String(data.kills));
});

test('hostile files are refused or read in little memory', async () => {
  const { code, data } = await campaign('prove', 'load-kill', 0.02, 'hostile');
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(Object.keys(data.hostile.extraMb).length >= 13);
});

test('keys rotate under readers, writers and kills: nothing fails, nothing is lost', async () => {
  const { code, data } = await campaign('prove', 'key-rotation', 0.02);
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(data.died > 0 && data.reads > 0);
});

test('effects come exactly once, whoever is killed, after a standstill too', async () => {
  const { code, data } = await campaign('prove', 'exactly-once', 0.05);
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(data.kills.server > 0 && data.kills.worker > 0 && data.kills.database > 0 && data.effects > 50);
});

test('every change of the audit is found, and an untouched one is sound', async () => {
  const { code, data } = await campaign('prove', 'audit-attacks', 0.03);
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(data.attacks >= 30 && data.kinds >= 14);
});

test('what is computed bit by bit is what is computed from nothing, and what is planted is found', async () => {
  const { code, data } = await campaign('prove', 'incremental', 0.1);
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(data.steps >= 30 && data.checks >= 8, JSON.stringify(data.kinds));
});

test('every case of the acceptance list holds, below, at and above its threshold', async () => {
  const { code, data } = await campaign('prove', 'acceptance', 1);
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(
    data.cases.includes('T-15') && data.cases.includes('A-18') && data.cases.includes('S-6'),
    data.cases.join(' '),
  );
});

test('weeks with a leap day, lunar birthdays and outages: nothing missed, nothing doubled', async () => {
  const { code, data } = await campaign('prove', 'year', 0.01);
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(data.leapDay && data.outages > 0 && data.occasions >= 40, JSON.stringify(data));
});

test('conditions say in memory what they say as SQL, over random customers', async () => {
  const { code, data } = await campaign('prove', 'equal-evaluators', 0.2);
  assert.deepEqual([code, data.failures], [0, []]);
  assert.ok(data.pairs >= 5_000, String(data.pairs));
});

for (const [name, scale] of [
  ['encryption', 0.02],
  ['list', 0.002],
  ['profile', 0.001],
  ['load', 0.01],
  ['ingest', 0.01],
  ['metrics', 0.005],
  ['tags', 0.1],
  ['start', 0.02],
] as const) {
  test(`the measurement ${name} runs and names its targets`, async () => {
    const { data } = await campaign('bench', name, scale);
    assert.ok(data.targets.length > 0);
    for (const target of data.targets) {
      assert.ok(
        Number.isFinite(target.value) && Number.isFinite(target.limit) && typeof target.ok === 'boolean',
        target.name,
      );
    }
  });
}

for (const [name, scale, tries] of [['two-world', 0.1, 60]] as const) {
  test(`the proof ${name} holds`, async () => {
    const { code, data } = await campaign('prove', name, scale);
    assert.deepEqual([code, data.failures], [0, []]);
    assert.ok(data.tried >= tries, String(data.tried));
  });
}

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { jobHandlers } from '#integration';
import { runDueJobs } from '#jobs';
import { projectFolder } from './config.ts';
import { testServer } from './testing.ts';

const home = mkdtempSync(path.join(tmpdir(), 'tongguan-inbox-'));
after(() => rmSync(home, { recursive: true, force: true }));

const server = await testServer({ home });
const { database, model, clock, call } = server;
const work = () => runDueJobs({ database, clock, handlers: jobHandlers(model, home), concurrency: 1 });

test('what can be loaded is listed, to those who may see loads', async () => {
  cpSync(path.join(projectFolder, 'examples/lookalike'), path.join(home, 'inbox/1994-03-30'), { recursive: true });
  const mappings = await call('GET', '/api/load-mappings', { as: 'admin' });
  assert.equal(mappings.status, 200);
  const berka = mappings.json.find((each: { code: string }) => each.code === 'berka');
  assert.ok(
    berka.files.some(
      ({ file, entity }: { file: string; entity: string }) => file === 'trans.asc' && entity === 'transaction',
    ),
  );
  const folders = await call('GET', '/api/load-folders', { as: 'admin' });
  const names = folders.json.map(({ folder }: { folder: string }) => folder);
  assert.equal(names[0], 'inbox/1994-03-30');
  assert.ok(names.includes('examples/lookalike'));
  assert.equal((await call('GET', '/api/load-mappings')).status, 401);
  assert.equal((await call('GET', '/api/load-mappings', { as: 'rm001' })).status, 403);
  const started = await call('POST', '/api/load-runs', {
    as: 'designer',
    body: { mapping: 'berka', folder: 'inbox/1994-03-30' },
  });
  assert.equal(started.status, 403);
});

test('a load is started, done in the background, and told with its rejects', async () => {
  const started = await call('POST', '/api/load-runs', {
    as: 'admin',
    body: { mapping: 'berka', folder: 'inbox/1994-03-30', date: '1994-03-30' },
  });
  assert.equal(started.status, 202, started.text);
  assert.equal(started.json.status, 'queued');
  assert.equal(await work(), 1);

  const done = await call('GET', `/api/load-runs/${started.json.id}`, { as: 'admin', language: 'en' });
  assert.equal(done.json.status, 'done', done.text);
  assert.equal(done.json.date, '1994-03-30');
  assert.equal(done.json.startedBy, 'admin');
  const transactions = done.json.files.find(({ entity }: { entity: string }) => entity === 'transaction');
  assert.equal(transactions.rejected, 1);
  assert.equal(transactions.read, transactions.inserted + 1);
  assert.match(transactions.sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual(Object.keys(transactions.names), Object.keys(transactions.sums));
  assert.equal(transactions.names.amount, '金额', 'the administrator has no right to transactions');

  const rejects = await call('GET', `/api/load-runs/${started.json.id}/rejects`, { as: 'admin' });
  assert.equal(rejects.json.rows.length, 1);
  assert.equal(rejects.json.next, null);
  assert.match(rejects.json.rows[0].reason, /行不完整/);
  const file = await call('GET', `/api/load-runs/${started.json.id}/rejects.csv`, { as: 'admin' });
  assert.match(String(file.headers['content-disposition']), /berka-1994-03-30-rejects\.csv/);
  assert.match(file.text, /trans\.asc,\d+,,行不完整/);
  // Where the file is not at hand the stored rows stand in for it.
  rmSync(path.join(home, 'loads'), { recursive: true });
  assert.equal((await call('GET', `/api/load-runs/${started.json.id}/rejects.csv`, { as: 'admin' })).text, file.text);

  const runs = await call('GET', '/api/load-runs?limit=1', { as: 'admin' });
  assert.equal(runs.json.rows[0].id, started.json.id);
  assert.equal(runs.json.next, null);
  const { rows } = await database.query<{ actor: string }>("select actor from audit_event where action = 'load'");
  assert.deepEqual(rows, [{ actor: 'admin' }]);
});

test('a load that cannot be done says why, and is not tried again', async () => {
  mkdirSync(path.join(home, 'inbox/broken'), { recursive: true });
  writeFileSync(path.join(home, 'inbox/broken/district.asc'), '');
  const started = await call('POST', '/api/load-runs', { as: 'admin', body: { mapping: 'berka', folder: 'broken' } });
  await work();
  const failed = await call('GET', `/api/load-runs/${started.json.id}`, { as: 'admin', language: 'en' });
  assert.equal(failed.json.status, 'failed');
  assert.equal(failed.json.error.code, 'load.file_empty');
  assert.match(failed.json.error.message, /district\.asc 是空文件/);
  assert.deepEqual(failed.json.files, []);
  assert.equal(await work(), 0);
});

test('nothing outside the inbox and the examples can be named', async () => {
  mkdirSync(path.join(home, 'secret'), { recursive: true });
  symlinkSync(path.join(home, 'secret'), path.join(home, 'inbox/link'));
  for (const folder of [
    '../secret',
    'inbox/../../secret',
    path.join(home, 'secret'),
    '.',
    '..',
    'inbox/',
    'link',
    'inbox/link',
    'missing',
  ]) {
    const answer = await call('POST', '/api/load-runs', { as: 'admin', body: { mapping: 'berka', folder } });
    assert.equal(answer.status, 400, folder);
    assert.equal(answer.json.code, 'load.folder_outside');
    assert.match(answer.json.message, /inbox\/1994-03-30/);
  }
  const mapping = await call('POST', '/api/load-runs', {
    as: 'admin',
    body: { mapping: '../examples/berka/berka.yaml', folder: 'examples/lookalike' },
  });
  assert.equal(mapping.status, 404);
  assert.equal((await call('GET', '/api/load-runs/7', { as: 'admin' })).status, 404);
});

after(() => server.close());

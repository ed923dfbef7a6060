import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { jobHandlers, pollInbox, type Seen } from '#integration';
import { enqueue, runDueJobs } from '#jobs';
import { zipOf } from '../../tools/archives.ts';
import { stepUp, testServer, upload } from './testing.ts';

// The file gateway as people meet it: feeds, uploads, control totals, drift, mended rejects, withdrawal.

const home = mkdtempSync(path.join(tmpdir(), 'tongguan-gateway-'));
after(() => rmSync(home, { recursive: true, force: true }));

const server = await testServer({ home });
const { database, model, clock, call } = server;
after(() => server.close());

const MAPPING = `code: branches
source: core
label: { zh: 地区文件, en: Districts }
files:
  d:
    path: "D_{date:YYYYMMDD}.csv"
    columns: { people: decimal }
control: { path: "{stem}.ok", form: key_value, rows: ROWS, sums: { people: SUM } }
rejects: { share_max: 0.9 }
loads:
  - entity: district
    file: d
    key: "{id}"
    fields: { code: id, name: name, average_salary: people }
`;

const work = () => runDueJobs({ database, clock, handlers: jobHandlers(model, home), concurrency: 1 });
const place = { database, model, clock, home };

async function run(id: string) {
  const answer = await call('GET', `/api/load-runs/${id}`, { as: 'admin' });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

test('a mapping is saved as a version, and only over the version that was seen', async () => {
  const saved = await call('PUT', '/api/load-mappings/branches', {
    as: 'designer',
    body: { text: MAPPING, version: 0 },
  });
  assert.equal(saved.status, 200, saved.text);
  assert.equal(saved.json.version, 1);
  const lost = await call('PUT', '/api/load-mappings/branches', {
    as: 'designer',
    body: { text: MAPPING, version: 0 },
  });
  assert.equal(lost.status, 409);
  const other = await call('PUT', '/api/load-mappings/other', { as: 'designer', body: { text: MAPPING, version: 0 } });
  assert.equal(other.json.code, 'mapping.code_differs');
  assert.equal(
    (await call('PUT', '/api/load-mappings/branches', { as: 'compliance', body: { text: MAPPING, version: 1 } }))
      .status,
    403,
  );
});

const FEED = {
  code: 'branches',
  label: { zh: '地区', en: 'Districts' },
  mapping: 'branches',
  active: true,
  dates: 'name',
  expected: { by: '08:00', days: 'every', lag: 1 },
  keep_days: 30,
};
const inbox = path.join(home, 'inbox/branches');

test('a feed starts its load when the set is whole and has settled, and puts the files away', async () => {
  const made = await call('PUT', '/api/load-feeds/branches', { as: 'designer', body: { feed: FEED, version: 0 } });
  assert.equal(made.status, 200, made.text);
  // 10:00 in Shanghai: what was due at eight is late.
  assert.equal(made.json.health, 'late');
  assert.equal(made.json.date, '2026-11-19');
  mkdirSync(inbox, { recursive: true });
  const seen: Seen = new Map();
  writeFileSync(path.join(inbox, 'D_20261119.csv'), 'id,name,people\n1,东城,100\n2,西城,200.50\n');
  assert.deepEqual(await pollInbox(place, seen), []);
  const arrived = await call('GET', '/api/load-feeds', { as: 'admin' });
  assert.deepEqual(arrived.json[0].arrived, [
    { date: '2026-11-19', files: ['D_20261119.csv'], missing: ['D_20261119.ok'] },
  ]);
  assert.equal(arrived.json[0].health, 'arrived');
  writeFileSync(path.join(inbox, 'D_20261119.ok'), 'ROWS=2\nSUM=300.50\n');
  assert.deepEqual(await pollInbox(place, seen), [], 'it may still be growing');
  clock.set(new Date(clock().getTime() + 5_000));
  const [id] = await pollInbox(place, seen);
  assert.ok(id);
  assert.deepEqual(await pollInbox(place, seen), [], 'one at a time');
  assert.equal(await work(), 1);
  const done = await run(id);
  assert.equal(done.status, 'done', JSON.stringify(done.error));
  assert.equal(done.folder, `archive/branches/2026-11-19/run-${id}`);
  assert.deepEqual(readdirSync(path.join(home, done.folder)).sort(), ['D_20261119.csv', 'D_20261119.ok']);
  assert.deepEqual(readdirSync(inbox), []);
  assert.deepEqual(done.reconciliation.controls[0].rows, { stated: 2, counted: 2 });
  assert.equal((await call('GET', '/api/load-feeds', { as: 'admin' })).json[0].health, 'loaded');
});

test('a feed knows its files inside an archive, whatever the archive is called', async () => {
  const seen: Seen = new Map();
  const zip = zipOf([{ name: 'out/D_20261118.csv', data: Buffer.from('id,name,people\n1,东城,100\n2,西城,200.50\n') }]);
  writeFileSync(path.join(inbox, 'delivery-7.zip'), zip.subarray(0, 40));
  assert.deepEqual(await pollInbox(place, seen), [], 'half an archive has nothing in it');
  writeFileSync(path.join(inbox, 'delivery-7.zip'), zip);
  await pollInbox(place, seen);
  const arrived = (await call('GET', '/api/load-feeds', { as: 'admin' })).json[0].arrived;
  assert.deepEqual(arrived, [{ date: '2026-11-18', files: ['delivery-7.zip'], missing: ['D_20261118.ok'] }]);
  writeFileSync(path.join(inbox, 'D_20261118.ok'), 'ROWS=2\nSUM=300.50\n');
  await pollInbox(place, seen);
  clock.set(new Date(clock().getTime() + 5_000));
  const [id] = await pollInbox(place, seen);
  assert.ok(id);
  assert.equal(await work(), 1);
  const done = await run(id);
  assert.equal(done.status, 'done', JSON.stringify(done.error));
  assert.deepEqual(done.reconciliation.controls[0].rows, { stated: 2, counted: 2 });
  assert.deepEqual(readdirSync(path.join(home, done.folder)).sort(), ['D_20261118.ok', 'delivery-7.zip']);
  const two = zipOf(
    ['20261116', '20261117'].map((day) => ({ name: `D_${day}.csv`, data: Buffer.from('id,name,people\n') })),
  );
  writeFileSync(path.join(inbox, 'two.zip'), two);
  assert.deepEqual((await call('GET', '/api/load-feeds', { as: 'admin' })).json[0].arrived, [], 'of one date only');
  rmSync(path.join(inbox, 'two.zip'));
});

test('a run is called off before it begins or while it reads, leaves nothing, and is started again', async () => {
  const before = await database.query('select * from district order by id');
  const rows = Array.from({ length: 12_000 }, (_, at) => `x${at},区${at},1`).join('\n');
  const files = { 'D_20261115.csv': `id,name,people\n${rows}\n`, 'D_20261115.ok': 'ROWS=12000\nSUM=12000' };
  const body = { mapping: 'branches', upload: await upload(server, files), date: '2026-11-15' };
  const cancel = (id: string) => call('POST', `/api/load-runs/${id}/cancel`, { as: 'admin', body: {} });
  const waiting = await call('POST', '/api/load-runs', { as: 'admin', body });
  assert.ok((await cancel(waiting.json.id)).status < 300);
  await work();
  assert.equal((await run(waiting.json.id)).status, 'canceled');
  assert.equal((await cancel(waiting.json.id)).json.code, 'load.not_running');
  const begun = await call('POST', '/api/load-runs', {
    as: 'admin',
    body: { ...body, upload: await upload(server, files) },
  });
  // The table held back keeps the run from ending before it is called off.
  const holding = await database.transaction(async (tx) => {
    await tx.query('lock table district in share mode');
    const working = work();
    while ((await run(begun.json.id)).status !== 'running') await new Promise((done) => setTimeout(done, 5));
    assert.ok((await cancel(begun.json.id)).status < 300);
    return { working };
  });
  await holding.working;
  const stopped = await run(begun.json.id);
  assert.deepEqual([stopped.status, stopped.error.code], ['canceled', 'load.canceled']);
  assert.deepEqual((await database.query('select * from district order by id')).rows, before.rows);
  const again = await call('POST', '/api/load-runs', {
    as: 'admin',
    body: { ...body, upload: await upload(server, files) },
  });
  await work();
  assert.equal((await run(again.json.id)).status, 'done');
  await stepUp(server);
  const taken = await call('POST', `/api/load-runs/${again.json.id}/withdraw`, {
    as: 'admin',
    body: { reason: '试装' },
  });
  assert.equal(taken.status, 202, taken.text);
  await work();
  assert.deepEqual((await database.query('select id from district order by id')).rows.length, before.rows.length);
});

test('control totals that do not agree stop the load before anything is written', async () => {
  const wrong = await upload(server, {
    'D_20261120.csv': 'id,name,people\n3,南城,1\n',
    'D_20261120.ok': 'ROWS=2\nSUM=1',
  });
  const body = { mapping: 'branches', upload: wrong, date: '2026-11-20' };
  const started = await call('POST', '/api/load-runs', { as: 'admin', body });
  assert.equal(started.status, 202, started.text);
  await work();
  const failed = await run(started.json.id);
  assert.equal(failed.status, 'failed');
  assert.equal(failed.error.code, 'load.control_rows');
  assert.match(failed.error.message, /1 行，而对账文件 D_20261120\.ok 写明 2 行/);
  assert.match(failed.folder, /^failed\/branches\//);
  const sums = await upload(server, {
    'D_20261120.csv': 'id,name,people\n3,南城,1\n',
    'D_20261120.ok': 'ROWS=1\nSUM=1.01',
  });
  const again = await call('POST', '/api/load-runs', { as: 'admin', body: { ...body, upload: sums } });
  await work();
  assert.equal((await run(again.json.id)).error.code, 'load.control_sum');
  const { rows } = await database.query<{ count: string }>('select count(*) as count from district');
  assert.equal(rows[0]!.count, '2');
});

let second: string;

test('the next day is compared with the day before, and what changed in the file is told', async () => {
  const files = {
    'D_20261120.csv': 'id,name,extra,people\n1,东城,x,100\n2,西城区,x,400\n3,南城,x,many\n4,,x,5\n',
    'D_20261120.ok': 'ROWS=4\nSUM=505',
  };
  const body = { mapping: 'branches', upload: await upload(server, files), date: '2026-11-20' };
  const started = await call('POST', '/api/load-runs', { as: 'admin', body });
  await work();
  const done = await run(started.json.id);
  second = done.id;
  assert.equal(done.status, 'done', JSON.stringify(done.error));
  assert.equal(done.reconciliation.previous.date, '2026-11-19');
  assert.deepEqual(done.reconciliation.loads[0].rows, { before: '2', now: '4', change: '1.0000', warning: true });
  assert.deepEqual(
    done.drift.map(({ code, column }: { code: string; column: string }) => `${code} ${column}`),
    ['drift.added extra'],
  );
  const report = await call('GET', `/api/load-runs/${second}/reconciliation.csv`, { as: 'compliance', language: 'en' });
  assert.match(report.text, /D_20261120\.csv,D_20261120\.ok,行数,4,4,0/);
  const same = await call('POST', '/api/load-runs', {
    as: 'admin',
    body: { ...body, upload: await upload(server, files) },
  });
  await work();
  const skipped = await run(same.json.id);
  assert.deepEqual([skipped.status, skipped.sameAs, skipped.files], ['skipped', second, []]);
});

test('rejects are mended in their own file and loaded again, these rows alone', async () => {
  const file = await call('GET', `/api/load-runs/${second}/rejects.csv`, { as: 'admin', language: 'zh' });
  const [header, first, other] = file.text.split('\r\n');
  assert.match(header!, /更正/);
  const mended = [header, `${first}people=300`, `${other}name=北城`].join('\r\n');
  const again = await call('POST', `/api/load-runs/${second}/mended`, {
    as: 'admin',
    body: { upload: await upload(server, { 'rejects.csv': mended }) },
  });
  assert.equal(again.status, 202, again.text);
  await work();
  const done = await run(again.json.id);
  assert.equal(done.status, 'done', JSON.stringify(done.error));
  assert.deepEqual([done.mends, done.rejected, done.files[0].inserted], [second, 0, 2]);
  const { rows } = await database.query(
    'select name, average_salary from district where source_key in ($1, $2) order by 1',
    ['3', '4'],
  );
  assert.equal(rows.length, 2);
  const wrong = await call('POST', `/api/load-runs/${second}/mended`, {
    as: 'admin',
    body: { upload: await upload(server, { 'rejects.csv': [header, `${first}peopel=300`].join('\r\n') }) },
  });
  assert.equal(wrong.json.code, 'load.mends_column', wrong.text);
});

test('a run is withdrawn in order, by a fresh proof and with a reason; what stood before is there again', async () => {
  const withdraw = (id: string, more = {}) =>
    call('POST', `/api/load-runs/${id}/withdraw`, { as: 'admin', body: { reason: '源文件有误', ...more } });
  clock.set(new Date(clock().getTime() + 600_000));
  assert.equal((await withdraw(second)).json.code, 'identity.step_up_needed');
  await stepUp(server);
  const early = await withdraw(second);
  assert.equal(early.json.code, 'load.withdraw_order', early.text);
  const { rows } = await database.query<{ id: string }>('select id from load_run where mends = $1 order by id', [
    second,
  ]);
  for (const id of [rows[0]!.id, second]) {
    const answer = await withdraw(id);
    assert.equal(answer.status, 202, answer.text);
    assert.equal(await work(), 1);
    const gone = await run(id);
    assert.equal(gone.status, 'withdrawn', JSON.stringify(gone));
    assert.equal(gone.withdrawal.by, 'admin');
  }
  const left = await database.query<{ name: string }>('select name from district order by source_key');
  assert.deepEqual(
    left.rows.map(({ name }) => name),
    ['东城', '西城'],
  );
  assert.equal((await withdraw(second)).json.code, 'load.withdrawn_already');
});

test('a piece that does not follow is told from where to go on; other names are refused', async () => {
  const begun = await call('POST', '/api/load-uploads', { as: 'admin', body: {} });
  const put = (name: string, query: string, bytes: string) =>
    call('PUT', `/api/load-uploads/${begun.json.id}/files/${encodeURIComponent(name)}?${query}`, {
      as: 'admin',
      headers: { 'content-type': 'application/octet-stream' },
      body: Buffer.from(bytes),
    });
  assert.equal((await put('a.csv', 'size=10&offset=0', '01234')).json.bytes, 5);
  const gap = await put('a.csv', 'size=10&offset=7', '789');
  assert.deepEqual([gap.status, gap.json.code, gap.json.params.received], [409, 'upload.offset', 5]);
  assert.equal((await put('a.csv', 'size=10&offset=3', '34567')).json.bytes, 8);
  const whole = await put('a.csv', 'size=10&offset=8', '89');
  assert.equal(whole.json.sha256, createHash('sha256').update('0123456789').digest('hex'));
  assert.equal(readFileSync(path.join(home, 'uploads', begun.json.id, 'a.csv'), 'utf8'), '0123456789');
  for (const name of ['../a.csv', '.hidden', 'a\u0000b'])
    assert.equal((await put(name, 'size=1', 'x')).status, 400, name);
  assert.equal((await put('b.csv', 'size=1', 'xx')).status, 413);
  assert.equal(
    (await call('GET', `/api/load-uploads/${begun.json.id}`, { as: 'designer' })).status,
    404,
    'somebody else’s',
  );
  const plain = await call('PUT', `/api/load-uploads/${begun.json.id}/files/c.csv?size=2`, { as: 'admin', body: {} });
  assert.equal(plain.status, 415);
  assert.ok(!existsSync(path.join(home, 'a.csv')));
});

test('files past their time are deleted, and what the runs said of them stays', async () => {
  const { rows } = await database.query<{ id: string; folder: string }>(
    `select id, folder from load_run where status = 'done' and folder like 'archive/%' order by id`,
  );
  const kept = await upload(server, { 'later.csv': 'x' });
  const [first] = rows;
  assert.ok(first && existsSync(path.join(home, first.folder)));
  const uploads = readdirSync(path.join(home, 'uploads')).length;
  assert.ok(uploads > 1);
  const sweep = async () => {
    await database.transaction((tx) => enqueue(tx, clock, { kind: 'load_sweep', payload: { date: '2026-11-20' } }));
    assert.equal(await work(), 1);
  };
  await sweep();
  assert.ok(existsSync(path.join(home, first.folder)), 'not yet');
  // The feed keeps its files for 30 days.
  clock.set(new Date(clock().getTime() + 31 * 86_400_000));
  await sweep();
  assert.ok(!existsSync(path.join(home, first.folder)));
  assert.ok(!existsSync(path.join(home, 'uploads', kept)));
  const left = await database.query<{ status: string; uploads: string }>(
    'select status, (select count(*) from load_upload where id = $2) as uploads from load_run where id = $1',
    [first.id, kept],
  );
  assert.deepEqual(left.rows, [{ status: 'done', uploads: '0' }]);
});

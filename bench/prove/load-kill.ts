import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Transform } from 'node:stream';
import { crc32, createDeflateRaw, createGzip } from 'node:zlib';
import type { Database } from '#database';
import { findMapping, runLoad } from '#integration';
import { enqueue } from '#jobs';
import { systemActor, systemClock } from '#kernel';
import { fileMasterKeys, openVault } from '#vault';
import { projectFolder } from '../../src/server/config.ts';
import { packModel } from '../../src/server/model.ts';
import { migrate } from '../../src/server/schema.ts';
import { workbookParts, zipOf } from '../../tools/archives.ts';
import type { CampaignContext, Prove, Trials } from '../harness.ts';
import { exitOf, freePort, patiently, start } from '../program.ts';

const KILLS = 30;
const SERVER_KILLS = 2;
const HOSTILE_ROWS = 1_000_000;
/** Issue 4: hostile files are refused or handled within so much memory over that of a small file. */
const EXTRA_BYTES_MAX = 64 * 1024 ** 2;
const DATE = '1994-03-31';

/** A load is killed again and again: afterwards everything is as after one clean load. Hostile files do no harm. `--only kills` or `hostile`. */
export const prove: Prove = async (ctx, trials) => ({
  ...(ctx.only !== 'kills' && { hostile: await proveHostile(ctx, trials) }),
  ...(ctx.only !== 'hostile' && (await proveKills(ctx, trials))),
});

async function proveKills(ctx: CampaignContext, trials: Trials) {
  const keys = path.join(ctx.folder, 'keys');
  openVault({ master: fileMasterKeys({ folder: keys }), clock: systemClock, cipher: 'aes' });
  await migrate(ctx.database, packModel());
  const began = performance.now();
  await loadHere(ctx);
  const cleanMs = performance.now() - began;
  const clean = await contents(ctx.database);
  assert.ok(
    Object.values(clean).some((hash) => hash !== ''),
    'the clean load left nothing',
  );

  let died = 0;
  // Every kill is a trial; after every third the load is run to its end and looked at.
  for (let kill = 1; kill <= KILLS; kill++) {
    if (kill % 3 === 1) await wipe(ctx.database);
    await trials.trial(`kill ${kill}`, async () => {
      if (await killed(ctx, keys, cleanMs)) died += 1;
      if (kill % 3 !== 0) return;
      await patiently(() => loadHere(ctx));
      assert.deepEqual(await contents(ctx.database), clean);
    });
  }
  await trials.trial('processes were killed while they wrote', () =>
    assert.ok(died > KILLS / 3, `${died} of ${KILLS}`),
  );
  for (let kill = 1; kill <= SERVER_KILLS; kill++) {
    await wipe(ctx.database);
    await trials.trial(`kill ${kill} of the server that loads`, async () => {
      await killServer(ctx, keys, cleanMs);
      assert.deepEqual(await contents(ctx.database), clean);
    });
  }
  return { kills: KILLS, died, serverKills: SERVER_KILLS, cleanMs: Math.round(cleanMs) };
}

const files = path.join(projectFolder, 'examples', 'lookalike');

async function loadHere(ctx: CampaignContext): Promise<void> {
  await runLoad(
    { database: ctx.database, model: packModel(), clock: systemClock, actor: systemActor },
    { document: findMapping(ctx.folder, 'berka', 'code'), folder: files, home: ctx.folder, language: 'en', date: DATE },
  );
}

/** Tables that say when and by whom something ran, and keys made anew each time. */
const BOOKKEEPING = /^(migration|audit_|job|load_|data_key|customer_salt|batch_|feed|upload|mapping|event_)/;

async function tables(database: Database): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** A hash of the rows of every table, times of writing and the numbers of loads left out. */
async function contents(database: Database): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const table of await tables(database)) {
    if (BOOKKEEPING.test(table)) continue;
    const { rows } = await database.query<{ digest: string | null }>(
      `select md5(string_agg(line, '|' order by line)) as digest
         from (select md5((to_jsonb(t) - 'created_at' - 'updated_at' - 'batch_id')::text) as line from "${table}" t) lines`,
    );
    found[table] = rows[0]!.digest ?? '';
  }
  return found;
}

/** Empties what loads fill; keys, the audit and what the schema began with stay. */
async function wipe(database: Database): Promise<void> {
  const kept = /^(migration|audit_|data_key|setting|job_schedule|change_watermark)/;
  const all = (await tables(database)).filter((table) => !kept.test(table));
  await patiently(() => database.query(`truncate ${all.map((table) => `"${table}"`).join(', ')}`));
}

const environment = (ctx: CampaignContext, keys: string) => ({
  ...process.env,
  DATABASE_URL: ctx.databaseUrl,
  TONGGUAN_HOME: ctx.folder,
  TONGGUAN_KEYS: keys,
});

async function isRunning({ database }: CampaignContext): Promise<boolean> {
  const { rowCount } = await database.query(`select from load_run where status = 'running'`);
  return rowCount > 0;
}

/** Starts a load in a process of its own and kills it at some moment of its work; true when it was at work. */
async function killed(ctx: CampaignContext, keys: string, cleanMs: number): Promise<boolean> {
  await ctx.database.query(`update load_run set status = 'failed' where status = 'running'`);
  const cli = path.join(projectFolder, 'src', 'server', 'cli.ts');
  const child = spawn(process.execPath, [cli, 'load', 'berka', files, '--date', DATE], {
    cwd: projectFolder,
    env: environment(ctx, keys),
    stdio: 'ignore',
  });
  await killAtWork(ctx, child, cleanMs);
  return child.signalCode === 'SIGKILL';
}

async function killAtWork(ctx: CampaignContext, child: ChildProcess, cleanMs: number): Promise<void> {
  const ended = exitOf(child);
  while (child.exitCode === null && !(await isRunning(ctx))) await new Promise((done) => setTimeout(done, 10));
  await new Promise((done) => setTimeout(done, ctx.random.below(Math.max(50, Math.round(cleanMs)))));
  child.kill('SIGKILL');
  await ended;
}

/** A load asked for in the browser: the server dies over it, the next server does it. */
async function killServer(ctx: CampaignContext, keys: string, cleanMs: number): Promise<void> {
  const { database } = ctx;
  const port = await freePort();
  const own = { ...environment(ctx, keys), PORT: String(port) };
  const run = await queueLoad(ctx);
  const first = spawn(process.execPath, [path.join(projectFolder, 'src', 'server', 'cli.ts'), 'start'], {
    cwd: projectFolder,
    env: own,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await killAtWork(ctx, first, cleanMs);
  // The lease of a dead worker ends by itself after a minute; nobody has to wait for it here.
  await database.query(`update job set lease_until = now() - interval '1 second' where status = 'running'`);
  const second = await start(own, port, []);
  try {
    await patiently(async () => {
      const { rows } = await database.query<{ status: string }>('select status from load_run where id = $1', [run]);
      assert.equal(rows[0]!.status, 'done');
    });
    // What follows a load in the background must have come to its end as well.
    await patiently(async () => {
      const { rowCount } = await database.query(
        `select from job where status in ('queued', 'running') and kind = 'load'`,
      );
      assert.equal(rowCount, 0);
    });
  } finally {
    second.kill('SIGTERM');
    await exitOf(second);
  }
}

async function queueLoad({ database, folder }: CampaignContext): Promise<string> {
  const { mapping, sha256 } = findMapping(folder, 'berka', 'code');
  const { rows } = await database.query<{ id: string }>(
    `insert into load_run (id, mapping, source, label, folder, business_date, mapping_sha256, status, actor, created_at, attempts, forced, dry)
     select coalesce(max(id), 0) + 1, $1, $2, $3, 'examples/lookalike', $4, $5, 'queued', 'system', now(), 0, true, false from load_run returning id`,
    [mapping.code, mapping.source, JSON.stringify(mapping.label), DATE, sha256],
  );
  const run = String(rows[0]!.id);
  const actor = { userId: null, username: systemActor.username, language: 'en' };
  const payload = { run, mapping: 'berka', folder: 'examples/lookalike', date: DATE, actor, force: true };
  await database.transaction((tx) => enqueue(tx, systemClock, { kind: 'load', payload }));
  return run;
}

interface Outcome {
  rows: number;
  faulty: number;
  refused?: string;
  peakBytes: number;
}

interface Hostile {
  name: string;
  file: string;
  format: object;
  expect: Partial<Outcome>;
}

/** Each file is read in a process of its own; its peak is compared with that of a small file of the same kind. */
async function proveHostile(ctx: CampaignContext, trials: Trials) {
  const folder = path.join(ctx.folder, 'hostile');
  mkdirSync(folder, { recursive: true });
  const rows = Math.max(2_000, Math.round(HOSTILE_ROWS * ctx.scale));
  const stage = ctx.progress.stage({ zh: '生成恶意文件', en: 'making hostile files' });
  const small = await write(folder, 'small.csv', ['a,b\n1,2\n']);
  const smallBook = await workbook(folder, 'small.xlsx', 10);
  const all = await hostileFiles(folder, rows);
  stage.end();
  const baseline = {
    csv: (await read(small, {})).peakBytes,
    xlsx: (await read(smallBook, { kind: 'xlsx' })).peakBytes,
  };
  const extra: Record<string, number> = {};
  for (const { name, file, format, expect } of all) {
    await trials.trial(name, async () => {
      const outcome = await read(file, format);
      const base = 'kind' in format && format.kind === 'xlsx' ? baseline.xlsx : baseline.csv;
      extra[name] = Math.round((outcome.peakBytes - base) / 1024 ** 2);
      for (const [key, value] of Object.entries(expect)) assert.equal(outcome[key as keyof Outcome], value, key);
      assert.ok(outcome.peakBytes - base <= EXTRA_BYTES_MAX, `${extra[name]} MB more than a small file`);
    });
  }
  return { rows, baselineMb: Math.round(baseline.csv / 1024 ** 2), extraMb: extra };
}

async function read(file: string, format: object): Promise<Outcome> {
  const reader = path.join(projectFolder, 'bench', 'hostile-reader.ts');
  const child = spawn(process.execPath, [reader, file, JSON.stringify(format)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let problems = '';
  child.stdout!.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    problems += chunk;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, problems.slice(0, 1_000));
  return JSON.parse(output) as Outcome;
}

async function hostileFiles(folder: string, rows: number): Promise<Hostile[]> {
  /** More than a file of any ratio may unpack to. */
  const bombMegabytes = Math.max(66, Math.round((rows / HOSTILE_ROWS) * 1_000));
  const megabytes = Math.max(8, Math.round((rows / HOSTILE_ROWS) * 1_000));
  const line = (row: number) => `${row},name of row ${row},${row % 1_000}.50\n`;
  const header = 'id,name,amount\n';
  const gbk = Buffer.from([0xcd, 0xf5, 0xce, 0xb0]);
  const many = function* (make: (row: number) => string | Buffer, head: string | Buffer = header) {
    yield head;
    for (let row = 1; row <= rows; row++) yield make(row);
  };
  const csv = { columns: [] };
  const file = (name: string, pieces: Iterable<string | Buffer>) => write(folder, name, pieces);
  const mixed = (row: number) =>
    row % 2 === 0 ? line(row) : Buffer.concat([Buffer.from(`${row},`), gbk, Buffer.from(',1\n')]);
  const letters = Buffer.alloc(1024 ** 2, 'x');
  const repeated = function* (piece: Buffer, times: number, head = '') {
    yield head;
    for (let at = 0; at < times; at++) yield piece;
  };
  const commas = Buffer.alloc(5_000_000, ',');
  return [
    {
      name: 'a 42.zip, archives in archives',
      file: await file('42.zip', [fortyTwo()]),
      format: csv,
      expect: { refused: 'load.archive_nested' },
    },
    {
      name: 'a gzip that unpacks to a thousand times its size',
      file: await packed(folder, 'bomb.gz', repeated(Buffer.alloc(1024 ** 2, 'a,b\n'), bombMegabytes)),
      format: csv,
      expect: { refused: 'load.archive_bomb' },
    },
    {
      name: `a workbook of ${rows} rows`,
      file: await workbook(folder, 'rows.xlsx', rows),
      format: { kind: 'xlsx' },
      expect: { rows, faulty: 0 },
    },
    {
      name: `a workbook with ${rows} different texts apart`,
      file: await workbook(folder, 'strings.xlsx', rows, true),
      format: { kind: 'xlsx' },
      expect: { rows, faulty: 0 },
    },
    {
      name: 'two encodings in one file',
      file: await file('mixed.csv', many(mixed)),
      format: csv,
      expect: { rows, faulty: Math.ceil(rows / 2) },
    },
    {
      name: 'a NUL in every other line',
      file: await file(
        'nuls.csv',
        many((row) => (row % 2 ? line(row) : `${row},a\0b,1\n`)),
      ),
      format: csv,
      expect: { rows, faulty: Math.floor(rows / 2) },
    },
    {
      name: 'nothing but NULs',
      file: await file('void.csv', repeated(Buffer.alloc(1024 ** 2), megabytes)),
      format: csv,
      expect: { refused: 'load.huge_line' },
    },
    {
      name: 'five million columns',
      file: await file('wide.csv', ['a,b\n', commas, '\n']),
      format: csv,
      expect: { refused: 'load.huge_line' },
    },
    {
      name: 'five million columns in the header',
      file: await file('head.csv', [commas, '\n1,2\n']),
      format: csv,
      expect: { refused: 'load.huge_line' },
    },
    {
      name: 'a line without an end',
      file: await file('endless.csv', repeated(letters, megabytes, header)),
      format: csv,
      expect: { refused: 'load.huge_line' },
    },
    {
      name: 'a quote that is never closed',
      file: await file(
        'quote.csv',
        many((row) => (row === 1 ? `1,"open,${row}\n` : line(row).repeat(20))),
      ),
      format: csv,
      expect: { refused: 'load.huge_line' },
    },
    {
      name: `one JSON array of ${rows} objects`,
      file: await file('array.json', json(rows)),
      format: { kind: 'json' },
      expect: { rows, faulty: 0 },
    },
    {
      name: 'a billion laughs',
      file: await file('laughs.xml', [
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Document>&b;</Document>',
      ]),
      format: { kind: 'camt' },
      expect: { refused: 'load.xml_doctype' },
    },
  ];
}

function* json(rows: number): Generator<string> {
  yield '[';
  for (let row = 1; row <= rows; row++)
    yield `${row > 1 ? ',' : ''}{"id":${row},"name":{"full":"row ${row}"},"amount":${row}.25}`;
  yield ']';
}

/** Sixteen archives in each archive, five deep, with four gigabytes of zeros at the bottom, as they claim. */
function fortyTwo(): Buffer {
  const zeros = Buffer.alloc(1024 ** 2);
  let inner = zipOf([{ name: '0.dll', data: zeros, claimed: 0xfffffffe }]);
  for (let depth = 0; depth < 5; depth++) {
    const data = inner;
    inner = zipOf(
      Array.from({ length: depth < 4 ? 16 : 1 }, (_, at) => ({ name: `lib ${at.toString(16)}.zip`, data })),
    );
  }
  return inner;
}

const WRITE_BYTES = 4 * 1024 ** 2;

async function write(folder: string, name: string, pieces: Iterable<string | Buffer>): Promise<string> {
  const target = path.join(folder, name);
  const file = openSync(target, 'w');
  let waiting: Buffer[] = [];
  let bytes = 0;
  const flush = () => {
    if (bytes > 0) writeSync(file, Buffer.concat(waiting));
    waiting = [];
    bytes = 0;
  };
  for (const piece of pieces) {
    const buffer = typeof piece === 'string' ? Buffer.from(piece) : piece;
    waiting.push(buffer);
    bytes += buffer.length;
    if (bytes >= WRITE_BYTES) flush();
  }
  flush();
  closeSync(file);
  return target;
}

/** Packs piece by piece, and tells what was packed. */
async function pack(pieces: Iterable<string | Buffer>, packer: Transform) {
  const parts: Buffer[] = [];
  packer.on('data', (part: Buffer) => parts.push(part));
  const ended = once(packer, 'end');
  let crc = 0;
  let length = 0;
  for (const piece of pieces) {
    const buffer = typeof piece === 'string' ? Buffer.from(piece) : piece;
    crc = crc32(buffer, crc);
    length += buffer.length;
    if (!packer.write(buffer)) await once(packer, 'drain');
  }
  packer.end();
  await ended;
  return { packed: Buffer.concat(parts), crc, length };
}

async function packed(folder: string, name: string, pieces: Iterable<string | Buffer>): Promise<string> {
  const { packed } = await pack(pieces, createGzip());
  const target = path.join(folder, name);
  writeFileSync(target, packed);
  return target;
}

/** A workbook of six columns; its texts stand in the cells, or all apart and all different. */
async function workbook(folder: string, name: string, rows: number, apart = false): Promise<string> {
  const sheet = function* () {
    yield '<?xml version="1.0"?><worksheet><sheetData><row r="1">';
    for (const each of ['id', 'name', 'city', 'day', 'amount', 'share'])
      yield `<c t="inlineStr"><is><t>${each}</t></is></c>`;
    yield '</row>';
    let text = '';
    for (let row = 1; row <= rows; row++) {
      const words = apart
        ? `<c r="B${row + 1}" t="s"><v>${row - 1}</v></c>`
        : `<c r="B${row + 1}" t="inlineStr"><is><t>客户 ${row}</t></is></c>`;
      text += `<row r="${row + 1}"><c r="A${row + 1}"><v>${row}</v></c>${words}<c r="C${row + 1}" t="str"><v>city ${row % 50}</v></c><c r="D${row + 1}" s="1"><v>${40_000 + (row % 5_000)}</v></c><c r="E${row + 1}"><v>${row % 900}.25</v></c><c r="F${row + 1}"><v>0.5</v></c></row>`;
      if (text.length > 65_536) {
        yield text;
        text = '';
      }
    }
    yield `${text}</sheetData></worksheet>`;
  };
  const strings = function* () {
    yield '<sst>';
    for (let row = 1; row <= (apart ? rows : 0); row++) yield `<si><t>a text of its own, number ${row}</t></si>`;
    yield '</sst>';
  };
  const part = async (name: string, pieces: Iterable<string>) => {
    const { packed, crc, length } = await pack(pieces, createDeflateRaw({ level: 1 }));
    return { name, data: Buffer.alloc(0), packed, crc, claimed: length };
  };
  const target = path.join(folder, name);
  const parts = workbookParts(['Rows']);
  writeFileSync(
    target,
    zipOf([...parts, await part('xl/sharedStrings.xml', strings()), await part('xl/worksheets/sheet1.xml', sheet())]),
  );
  return target;
}

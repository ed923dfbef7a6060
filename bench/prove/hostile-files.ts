import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Transform } from 'node:stream';
import { crc32, createDeflateRaw, createGzip } from 'node:zlib';
import { projectFolder } from '../../src/server/config.ts';
import { workbookParts, zipOf } from '../../tools/archives.ts';
import type { CampaignContext, Trials } from '../harness.ts';
import { outputOf } from './child-output.ts';

// Files made to do harm, and what reading them costs. For `load-kill.ts`.

const HOSTILE_ROWS = 1_000_000;
/** Issue 4: hostile files are refused or handled within so much memory over that of a small file. */
const EXTRA_BYTES_MAX = 64 * 1024 ** 2;

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
export async function proveHostile(ctx: CampaignContext, trials: Trials) {
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

/** As the program is started. */
const flags = JSON.parse(readFileSync(path.join(projectFolder, 'scripts', 'node-flags.json'), 'utf8')) as string[];

async function read(file: string, format: object): Promise<Outcome> {
  const reader = path.join(projectFolder, 'bench', 'hostile-reader.ts');
  const child = spawn(process.execPath, [...flags, reader, file, JSON.stringify(format)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(await outputOf(child)) as Outcome;
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

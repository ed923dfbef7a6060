import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Failure } from '#kernel';
import { workbookOf, zipOf } from '../../../tools/archives.ts';
import { limits as archiveLimits } from './archive.ts';
import { detectEncoding } from './encoding.ts';
import { fileAt, findFile } from './folder.ts';
import { inspectFile } from './inspect.ts';
import { plainNumber } from './json.ts';
import { openSource, plainFormat, type SourceFormat } from './source.ts';
import { createStringTable } from './string-table.ts';
import { dateOf, isDateFormat } from './xlsx.ts';

const folder = mkdtempSync(join(tmpdir(), 'tongguan-formats-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Characters of the tests in GBK, which Node can read and not write. */
const GBK: Record<string, number[]> = {
  王: [0xcd, 0xf5],
  伟: [0xce, 0xb0],
  李: [0xc0, 0xee],
  户: [0xbb, 0xa7],
  名: [0xc3, 0xfb],
};
const gbk = (text: string) => Buffer.from([...text].flatMap((each) => GBK[each] ?? [each.charCodeAt(0)]));

async function rowsOf(path: string, format: Partial<SourceFormat>, entry?: string) {
  const source = await openSource(await fileAt(path, entry), { ...plainFormat, ...format });
  const rows: { line: number; values: (string | null)[]; fault: string | undefined; field: string | undefined }[] = [];
  for await (const batch of source.rows()) {
    for (const { line, values, fault } of batch)
      rows.push({ line, values, fault: fault?.kind.code, field: fault?.field });
  }
  return { columns: source.columns, rows };
}

/** Reads all rows and keeps none. */
async function drain(path: string, format: Partial<SourceFormat>): Promise<void> {
  const source = await openSource(await fileAt(path), { ...plainFormat, ...format });
  for await (const _ of source.rows());
}

function put(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const refused = (promise: Promise<unknown>, code: string) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.kind.code, code);
    assert.doesNotMatch(error.text('zh') + error.text('en'), /\{\w+\}/);
    return true;
  });

const fixedColumns = [
  { name: 'name', start: 1, length: 6 },
  { name: 'number', start: undefined, length: 4 },
];

test('fixed width counts bytes in GBK files, characters where asked', async () => {
  const path = put(
    'fixed.txt',
    Buffer.concat([gbk('王伟  0001\r\n'), gbk('abcdef0002\r\n'), gbk('a王伟b0003\n'), gbk('王伟王0004\n')]),
  );
  const { rows } = await rowsOf(path, { kind: 'fixed', encoding: 'gb18030', unit: 'bytes', columns: fixedColumns });
  assert.deepEqual(
    rows.map(({ values }) => values),
    [
      ['王伟  ', '0001'],
      ['abcdef', '0002'],
      ['a王伟b', '0003'],
      ['王伟王', '0004'],
    ],
  );
  const characters = await rowsOf(put('fixed-utf8.txt', '王伟    0001\n王伟王伟王伟0002'), {
    kind: 'fixed',
    columns: fixedColumns,
  });
  assert.deepEqual(
    characters.rows.map(({ values, line }) => [...values, line]),
    [
      ['王伟    ', '0001', 1],
      ['王伟王伟王伟', '0002', 2],
    ],
  );
});

test('a line of fixed width that is short, long or cuts a character is rejected with its line', async () => {
  const path = put(
    'fixed-wrong.txt',
    Buffer.concat([
      gbk('ab王伟0001\n'),
      gbk('abcde王001\n'),
      gbk('abcdef\n'),
      gbk('abcdef0001 x\n'),
      gbk('abcdef0001  \n'),
      Buffer.from([0x61, 0xff, 0x0a]),
    ]),
  );
  const format = { kind: 'fixed', encoding: 'gb18030', unit: 'bytes', columns: fixedColumns } as const;
  const { rows } = await rowsOf(path, format);
  assert.deepEqual(
    rows.map(({ line, fault, field }) => [line, fault, field]),
    [
      [1, undefined, undefined],
      [2, 'reject.width_inside', 'name'],
      [3, 'reject.width_short', undefined],
      [4, 'reject.width_long', undefined],
      [5, undefined, undefined],
      [6, 'reject.encoding', 'name'],
    ],
  );
  const ragged = await rowsOf(put('ragged.txt', 'abcdef00\nabc\n#note\n'), {
    ...format,
    encoding: 'utf-8',
    ragged: true,
    skip: ['#'],
  });
  assert.deepEqual(
    ragged.rows.map(({ values, fault }) => [values, fault]),
    [
      [['abcdef', '00'], undefined],
      [['abc', ''], undefined],
    ],
  );
});

test('bytes that are not of the encoding reject their own row, and NUL too', async () => {
  const bytes = Buffer.concat([
    Buffer.from('户名,n\n王,1\n'),
    gbk('王伟,2\n'),
    Buffer.from('"李\n'),
    gbk('名'),
    Buffer.from('",3\nok,4\na\0b,5\nok,6\n'),
  ]);
  const { rows } = await rowsOf(put('mixed.csv', bytes), {});
  assert.deepEqual(
    rows.map(({ line, fault, values }) => [line, fault, values[1]]),
    [
      [2, undefined, '1'],
      [3, 'reject.encoding', '2'],
      [4, 'reject.encoding', '3'],
      [6, undefined, '4'],
      [7, 'reject.nul', '5'],
      [8, undefined, '6'],
    ],
  );
  assert.equal(rows[1]!.field, '户名');
  const utf16 = Buffer.concat([
    Buffer.from([0xff, 0xfe]),
    Buffer.from('a,b\n王,1\nx', 'utf16le'),
    Buffer.from([0x00, 0xd8]),
    Buffer.from(',2\ny,3\n', 'utf16le'),
  ]);
  const sixteen = await rowsOf(put('utf16.csv', utf16), { encoding: 'detect' });
  assert.deepEqual(
    sixteen.rows.map(({ line, fault, values }) => [line, fault, values[0]]),
    [
      [2, undefined, '王'],
      [3, 'reject.encoding', 'x\ufffd'],
      [4, undefined, 'y'],
    ],
  );
});

test('encodings are told apart with their reason', () => {
  assert.deepEqual(
    [
      detectEncoding(gbk('户名,n\n王伟,1\n')).label,
      detectEncoding(Buffer.from('户名')).label,
      detectEncoding(Buffer.from('abc')).label,
    ],
    ['gb18030', 'utf-8', 'utf-8'],
  );
  // 王偉,國泰,臺北市 in Big5
  const big5 = Buffer.from([
    0xa4, 0xfd, 0xb0, 0xb6, 0x2c, 0xb0, 0xea, 0xae, 0xf5, 0x2c, 0xbb, 0x4f, 0xa5, 0x5f, 0xa5, 0xab,
  ]);
  assert.equal(detectEncoding(big5).label, 'big5');
  assert.equal(detectEncoding(Buffer.from('nom\nRen\xe9,Orl\xe9ans\n', 'latin1')).label, 'windows-1252');
  assert.match(detectEncoding(big5).evidence.en, /big5, 100 % of 7/);
});

test('the header may stand further down, remarks and trailers be passed over', async () => {
  const { columns, rows } = await rowsOf(put('report.csv', 'Report of 2026\n\n户名,n\n王,1\nT|2 rows\n'), {
    headerRow: 3,
    skip: ['T|'],
  });
  assert.deepEqual([columns, rows.map(({ line, values }) => [line, ...values])], [['户名', 'n'], [[4, '王', '1']]]);
});

test('JSON lines, an array, an array further down: paths, exact numbers, one wrong row', async () => {
  const objects = [
    '{"a":{"b":"x,\\"}]"},"n":12345678901234567.10,"l":[1,{"p":"q"}],"t":true,"z":null}',
    '{"a":{"b":"\\u738b"},"n":1.5e-3}',
  ];
  const expected = [
    ['x,"}]', '12345678901234567.10', '["1",{"p":"q"}]', 'true', '', 'q'],
    ['王', '0.0015', '', '', '', ''],
  ];
  const columns = [{ name: 'l.1.p', start: undefined, length: undefined }];
  const texts = {
    'lines.json': [objects.join('\n'), undefined],
    'array.json': [`[\n${objects.join(' ,\n')}\n]`, undefined],
    'inside.json': [
      `{"head":{"items":[{"no":1}]},"data":{"x":[[]],"items":[${objects.join(',')}],"after":[1]}}`,
      'data.items',
    ],
  } as const;
  for (const [name, [text, records]] of Object.entries(texts)) {
    const read = await rowsOf(put(name, text), { kind: 'json', records, columns });
    assert.deepEqual(read.columns, ['l.1.p', 'a.b', 'n', 'l', 't', 'z'], name);
    assert.deepEqual(
      read.rows.map(({ values: [q, ...rest] }) => [...rest, q]),
      expected,
      name,
    );
  }
  const wrong = await rowsOf(put('wrong.json', '{"a":1}\n{"a":\n[1]\n{"a":"\\u0000"}\n{"a":"\\ud800"}\n{"a":2}'), {
    kind: 'json',
  });
  assert.deepEqual(
    wrong.rows.map(({ line, fault }) => [line, fault]),
    [
      [1, undefined],
      [2, 'reject.json'],
      [3, 'reject.json_object'],
      [4, 'reject.nul'],
      [5, 'reject.nul'],
      [6, undefined],
    ],
  );
  const cut = await rowsOf(put('cut.json', '[{"a":1},{"a":2},{"a'), { kind: 'json' });
  assert.deepEqual(
    cut.rows.map(({ fault }) => fault),
    [undefined, undefined, 'reject.json'],
  );
  await refused(rowsOf(put('none.json', '{"a":{}}'), { kind: 'json', records: 'a.b' }), 'load.records_missing');
  await refused(rowsOf(put('deep.json', `[${'['.repeat(100)}`), { kind: 'json' }), 'load.nested_deep');
  await refused(rowsOf(put('endless.json', `[{"a":"${'x'.repeat(2_500_000)}`), { kind: 'json' }), 'load.huge_line');
});

test('JSON numbers keep every digit', () => {
  const cases = {
    '1e3': '1000',
    '-1.50E2': '-150',
    '1.5e-3': '0.0015',
    '0.10': '0.10',
    '12e0': '12',
    '1e300': '1e300',
    '-0': '-0',
  };
  for (const [source, plain] of Object.entries(cases)) assert.equal(plainNumber(source), plain);
});

test('a JSON array is cut the same wherever its pieces end', async () => {
  const text = `  {"m": "[", "items" : [ {"a":"\\\\\\""} , {"a":"]},{","b":[{}]},\n{"a":"z"}\n] , "more":[{"a":1}]}`;
  const path = put('pieces.json', text);
  const whole = await rowsOf(path, { kind: 'json', records: 'items' });
  assert.deepEqual(
    whole.rows.map(({ values }) => values[0]),
    ['\\"', ']},{', 'z'],
  );
});

const cells = (row: number, values: string[]) => `<row r="${row}">${values.join('')}</row>`;
const inline = (text: string, at = '') => `<c${at && ` r="${at}"`} t="inlineStr"><is><t>${text}</t></is></c>`;
const number = (value: string, style = 0, at = '') => `<c${at && ` r="${at}"`} s="${style}"><v>${value}</v></c>`;

test('a workbook: sheets, header anywhere, shared and written texts, dates by their style, gaps', async () => {
  const sheet =
    cells(1, [inline('Report')]) +
    cells(3, [inline('户名', 'B3'), inline('since', 'C3'), inline('at', 'D3'), inline('n', 'E3')]) +
    cells(4, [
      '<c r="B4" t="s"><v>0</v></c>',
      number('45000', 1, 'C4'),
      number('45000.75', 2, 'D4'),
      number('0.30000000000000004', 0, 'E4'),
    ]) +
    cells(6, ['<c r="B6" t="s"><v>1</v></c>', number('1.5E-3', 0, 'E6')]) +
    cells(7, [inline('x', 'B7'), '<c r="E7" t="e"><v>#N/A</v></c>']) +
    cells(8, [inline('y', 'B8'), number('110101199003074477', 0, 'E8')]) +
    cells(9, [inline('z', 'B9'), number('60', 1, 'C9')]) +
    cells(10, [inline('w', 'B10'), inline('v', 'H10')]);
  const book = workbookOf(
    { Notes: '', 数据: sheet },
    { strings: ['<r><t>王</t></r><r><t>伟_x000D_</t></r><rPh><t>x</t></rPh>', '<t>a&lt;b</t>'] },
  );
  const path = put('book.dat', book);
  const { columns, rows } = await rowsOf(path, { kind: 'xlsx', sheet: '数据', headerRow: 3 });
  assert.deepEqual(columns, ['', '户名', 'since', 'at', 'n']);
  assert.deepEqual(
    rows.map(({ line, values, fault, field }) => [line, values.slice(1), fault, field]),
    [
      [4, ['王伟\r', '2023-03-15', '2023-03-15 18:00:00', '0.3'], undefined, undefined],
      [6, ['a<b', '', '', '0.0015'], undefined, undefined],
      [7, ['x', '', '', '#N/A'], 'reject.cell_error', 'E'],
      [8, ['y', '', '', '110101199003074477'], 'reject.cell_digits', 'E'],
      [9, ['z', '60', '', ''], 'reject.cell_date', 'C'],
      [10, ['w', '', '', '', '', '', 'v'], 'reject.columns_many', undefined],
    ],
  );
  assert.equal(
    (await rowsOf(path, { kind: 'xlsx', sheet: 2, headerRow: 3, missing: ['#N/A'] })).rows[2]!.fault,
    undefined,
  );
  await refused(rowsOf(path, { kind: 'xlsx', sheet: '没有' }), 'load.sheet_missing');
  await refused(rowsOf(path, {}), 'load.workbook_unexpected');
  await refused(
    rowsOf(
      put(
        'no.xlsx',
        zipOf([
          { name: 'a.csv', data: Buffer.from('a\n1\n') },
          { name: '[Content_Types].xml', data: Buffer.from('') },
        ]),
      ),
      { kind: 'xlsx' },
    ),
    'load.workbook_expected',
  );
  // Packed once more, by itself or with others.
  const first = { line: 4, value: '王伟\r' };
  for (const packed of [
    put('book.gz', gzipSync(book)),
    put('books.zip', zipOf([{ name: 'in/book.xlsx', data: book }])),
  ]) {
    const again = await rowsOf(packed, { kind: 'xlsx', sheet: '数据', headerRow: 3 });
    assert.deepEqual({ line: again.rows[0]!.line, value: again.rows[0]!.values[1] }, first);
  }
});

test('days of Excel, with its leap year that was none, and those since 1904', () => {
  assert.deepEqual(
    ['1', '59', '61', '45000.999999', '0.5'].map((raw) => dateOf(raw, false)),
    ['1900-01-01', '1900-02-28', '1900-03-01', '2023-03-16', '12:00:00'],
  );
  assert.equal(dateOf('1', true), '1904-01-02');
  assert.deepEqual(
    ['yyyy"年"m"月"', '[$-804]General', '0.00" days"', '[h]:mm', '#,##0_);[Red]', 'm/d/yy', '\\d0'].map(isDateFormat),
    [true, false, false, true, false, true, false],
  );
});

test('texts beyond the memory kept for them are found again', () => {
  const table = createStringTable();
  const text = (at: number) => `${at} ${'文'.repeat(at % 90)}`;
  const count = 120_000;
  const long = '长'.repeat(200_000);
  for (let at = 0; at < count; at++) table.add(text(at));
  table.add(long);
  table.add('last');
  table.seal();
  for (const at of [0, 1, 40_000, 90_001, 119_999, 60_000]) assert.equal(table.at(at), text(at));
  assert.deepEqual([table.at(count), table.at(count + 1), table.at(count + 2)], [long, 'last', undefined]);
  table.release();
});

test('what is packed is known by its first bytes, whatever it is called', async () => {
  const text = 'a,b\n1,2\n';
  for (const [name, content] of Object.entries({
    'plain.gz': Buffer.from(text),
    'gz.csv': gzipSync(text),
    'zst.csv': zstdCompressSync(text),
    'zip.csv': zipOf([{ name: 'x/y.txt', data: Buffer.from(text) }]),
  })) {
    const { rows } = await rowsOf(put(name, content), {});
    assert.deepEqual(rows[0]!.values, ['1', '2'], name);
  }
});

test('an archive of several files is a part of the folder', async () => {
  const own = join(folder, 'drop');
  mkdirSync(own);
  const entry = (name: string, text: string, rawName?: Buffer) => ({
    name,
    data: Buffer.from(text),
    ...(rawName && { rawName, flags: 0 }),
  });
  writeFileSync(
    join(own, 'night.dat'),
    zipOf([
      entry('sub/a.csv', 'a\n1\n'),
      entry('b.csv', 'b\n2\n'),
      entry('', 'c\n3\n', gbk('户名.csv')),
      entry('__MACOSX/b.csv', 'x'),
    ]),
  );
  for (const [name, shown] of [
    ['a.csv', 'night.dat/sub/a.csv'],
    ['night.dat/b.csv', 'night.dat/b.csv'],
    ['户名.csv', 'night.dat/户名.csv'],
  ] as const) {
    assert.equal((await findFile(own, [name], '2026-01-31', false))?.name, shown);
  }
  await refused(findFile(own, ['night.dat'], '2026-01-31', false), 'load.archive_many');
  await refused(findFile(own, ['../drop/night.dat', 'c.csv'], '2026-01-31', false), 'load.file_missing');
  assert.equal(await findFile(own, ['c.csv'], '2026-01-31', true), undefined);
});

test('archives that are bombs, locked, broken or inside each other are refused', async () => {
  const zeros = (bytes: number) => Buffer.alloc(bytes);
  const inner = zipOf([{ name: 'deep.zip', data: zipOf([{ name: 'x.csv', data: zeros(1_000) }]) }]);
  await refused(drain(put('nested.zip', zipOf([{ name: 'lib 0.zip', data: inner }])), {}), 'load.archive_nested');
  await refused(drain(put('thrice.gz', gzipSync(gzipSync(gzipSync('a\n1\n')))), {}), 'load.archive_nested');
  const bomb = gzipSync(zeros(archiveLimits.ratioFromBytes + 1_000_000));
  await refused(
    drain(put('bomb.gz', bomb), { header: false, columns: [{ name: 'a', start: 1, length: 1 }] }),
    'load.huge_line',
  );
  const lines = Buffer.alloc(archiveLimits.ratioFromBytes + 2_000_000, `${'a'.repeat(999)}\n`);
  await refused(drain(put('lines.gz', gzipSync(lines)), {}), 'load.archive_bomb');
  await refused(drain(put('lines.zst', zstdCompressSync(lines)), {}), 'load.archive_bomb');
  await refused(drain(put('lines.zip', zipOf([{ name: 'l.csv', data: lines }])), {}), 'load.archive_bomb');
  await refused(
    drain(put('claimed.zip', zipOf([{ name: 'l.csv', data: Buffer.from('a\n1\n'), claimed: 0xfffffff0 }])), {}),
    'load.archive_bomb',
  );
  await refused(
    drain(put('small-claim.zip', zipOf([{ name: 'l.csv', data: Buffer.from('a\n1\n2\n'), claimed: 3 }])), {}),
    'load.file_damaged',
  );
  await refused(
    drain(put('crc.zip', zipOf([{ name: 'l.csv', data: Buffer.from('a\n1\n'), crc: 7 }])), {}),
    'load.file_damaged',
  );
  await refused(
    drain(put('locked.zip', zipOf([{ name: 'l.csv', data: Buffer.from('a\n1\n'), flags: 0x801 }])), {}),
    'load.archive_encrypted',
  );
  await refused(
    drain(put('slip.zip', zipOf([{ name: '../../etc/passwd', data: Buffer.from('a\n1\n') }])), {}),
    'load.file_damaged',
  );
  await refused(
    drain(put('cut.zip', zipOf([{ name: 'l.csv', data: Buffer.from('a\n1\n') }]).subarray(0, 40)), {}),
    'load.file_damaged',
  );
  await refused(drain(put('cut.gz', gzipSync('a\n1\n').subarray(0, 15)), {}), 'load.file_damaged');
  const many = zipOf(
    Array.from({ length: archiveLimits.entriesMax + 1 }, (_, at) => ({
      name: `${at}`,
      data: Buffer.alloc(0),
      packed: deflateRawSync(''),
    })),
  );
  await refused(drain(put('many.zip', many), {}), 'load.archive_entries');
});

test('a workbook of hostile XML is refused', async () => {
  const laughs = '<!DOCTYPE x [<!ENTITY a "b">]>';
  await refused(
    rowsOf(put('laughs.xlsx', workbookOf({ S: cells(1, [inline('a')]) }, { styles: `${laughs}<styleSheet/>` })), {
      kind: 'xlsx',
    }),
    'load.xml_doctype',
  );
  const wide = cells(1, [inline('a')]) + cells(2, [inline('b', 'XFD2')]);
  await refused(rowsOf(put('wide.xlsx', workbookOf({ S: wide })), { kind: 'xlsx' }), 'load.columns_too_many');
  const long = cells(1, [inline('a')]) + cells(2, [inline('b'.repeat(1_100_000))]);
  await refused(rowsOf(put('long.xlsx', workbookOf({ S: long })), { kind: 'xlsx' }), 'load.huge_line');
});

test('nothing is left of what was unpacked', () => {
  const left = readdirSync(tmpdir()).filter(
    (name) => /^tongguan-[A-Za-z0-9]{6}$/.test(name) && statSync(join(tmpdir(), name)).uid === process.getuid?.(),
  );
  const own = left.filter((name) =>
    readdirSync(join(tmpdir(), name)).some((file) => file === 'workbook' || file === 'strings'),
  );
  assert.deepEqual(own, []);
});

test('a file is recognised: packing, format, encoding, delimiter, header, columns', async () => {
  const lines = Array.from(
    { length: 30 },
    (_, at) =>
      `${String(at).padStart(6, '0')}|王伟|1380013${String(1000 + at)}|${at}.50|202601${String((at % 28) + 1).padStart(2, '0')}|${at % 2 ? 'A' : ''}`,
  );
  const found = await inspectFile(
    put('KH.txt', Buffer.concat([gbk('id|户名|phone|amount|day|code\n'), gbk(`${lines.join('\n')}\n`)])),
  );
  assert.deepEqual(found.format, { kind: 'delimited', encoding: 'gb18030', delimiter: '|' });
  assert.equal(found.problem, undefined);
  assert.deepEqual(found.rows, { sampled: 30, faulty: 0, estimated: 30 });
  assert.deepEqual(
    found.columns.map(({ name, type, format, samples: [first], empty, distinct, pattern }) => [
      name,
      type,
      format,
      first,
      empty,
      distinct,
      pattern,
    ]),
    [
      ['id', 'text', undefined, '000000', 0, 30, '9{6}'],
      ['户名', 'text', undefined, '王**', 0, 1, '汉{2}'],
      ['phone', 'integer', undefined, '****1000', 0, 30, '9{11}'],
      ['amount', 'decimal', undefined, '0.50', 0, 30, null],
      ['day', 'date', 'YYYYMMDD', '20260101', 0, 28, '9{8}'],
      ['code', 'text', undefined, 'A', 15, 1, 'A'],
    ],
  );
  const kinds: [string, string | Buffer, object][] = [
    ['k1', gzipSync('a;b\n"x;y";2\n"z";3\n'), { kind: 'delimited', delimiter: ';' }],
    ['k2', '1,2026-01-01\n2,2026-01-02\n', { kind: 'delimited', header: false }],
    ['k3', 'abc  0001\nde   0002\nf    0003\n', { kind: 'fixed' }],
    ['k4', '{"a":1}\n{"a":2}\n', { kind: 'json' }],
    ['k5', 'a|@|b\n1|@|2\n', { kind: 'delimited', delimiter: '|@|' }],
    [
      'k6',
      workbookOf({
        S:
          cells(1, [inline('Title')]) +
          cells(2, [inline('a'), inline('b')]) +
          cells(3, [number('1'), number('45000', 1)]),
      }),
      { kind: 'xlsx', header_row: 2 },
    ],
    ['k7', ':20:A\n:25:1/2\n:28C:1\n:60F:C260101EUR0,\n:62F:C260101EUR0,\n-\n', { kind: 'mt940' }],
  ];
  for (const [name, content, format] of kinds)
    assert.deepEqual((await inspectFile(put(name, content))).format, format, name);
  const archive = await inspectFile(
    put(
      'two.zip',
      zipOf([
        { name: 'a', data: Buffer.from('x') },
        { name: 'b', data: Buffer.from('y') },
      ]),
    ),
  );
  assert.deepEqual([archive.entries.map(({ name }) => name), archive.format], [['a', 'b'], undefined]);
  assert.equal(
    (await inspectFile(put('broken.xlsx', zipOf([{ name: 'a', data: Buffer.from('x') }]).subarray(0, 30)))).problem
      ?.kind.code,
    'load.file_damaged',
  );
  assert.equal((await inspectFile(put('empty.csv', ''))).problem?.kind.code, 'load.file_empty');
  const sheet = await inspectFile(join(folder, 'k6'));
  assert.deepEqual(
    sheet.columns.map(({ name, type, samples }) => [name, type, samples[0]]),
    [
      ['a', 'integer', '1'],
      ['b', 'date', '2023-03-15'],
    ],
  );
});

test('the same file read twice has the same hash, one changed between is refused', async () => {
  const path = put('changing.csv', 'a\n1\n');
  const source = await openSource(await fileAt(path), plainFormat);
  for await (const _ of source.rows());
  assert.match(source.sha256()!, /^[0-9a-f]{64}$/);
  writeFileSync(path, 'a\n2\n');
  await refused(
    (async () => {
      for await (const _ of source.rows());
    })(),
    'load.file_changed',
  );
  assert.ok(readFileSync(path).length > 0);
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Database, testDatabase } from '#database';
import { findMapping, type LoadInput, type LoadReport, parseMapping, runLoad } from '#integration';
import { Failure, fixedClock, systemActor } from '#kernel';
import { openTestVault } from '#vault';
import { makeLookalike } from '../../tools/lookalike.ts';
import { projectFolder } from './config.ts';
import { packModel } from './model.ts';
import { migrate, migrations } from './schema.ts';

// Loads as a bank meets them: real files in a folder, a real database, and a look at what is in it afterwards.

const model = packModel();
const clock = fixedClock('2026-11-20T02:00:00Z');
const lookalike = path.join(projectFolder, 'examples/lookalike');
let home: string;

before(() => {
  home = mkdtempSync(path.join(tmpdir(), 'tongguan-load-'));
});
after(() => rmSync(home, { recursive: true, force: true }));

function freshDatabase(): Promise<Database> {
  openTestVault(clock);
  const key = JSON.stringify(['load', migrations, model.entities, model.data('metrics')]);
  return testDatabase({ template: { key, build: async (db) => void (await migrate(db, model)) } });
}

function load(
  database: Database,
  document: ReturnType<typeof parseMapping>,
  folder: string,
  more: Partial<LoadInput> = {},
): Promise<LoadReport> {
  return runLoad(
    { database, model, clock, actor: systemActor },
    { document, folder, home, language: 'en', date: '2026-01-31', ...more },
  );
}

async function one(db: Database, text: string): Promise<Record<string, string>> {
  const { rows } = await db.query<Record<string, string>>(text);
  return rows[0]!;
}

const figuresOf = ({ figures }: LoadReport, entity: string) => {
  const of = figures.filter((each) => each.entity === entity);
  const sum = (count: 'inserted' | 'updated' | 'unchanged' | 'rejected') =>
    of.reduce((total, each) => total + each[count], 0);
  return { inserted: sum('inserted'), updated: sum('updated'), unchanged: sum('unchanged'), rejected: sum('rejected') };
};

async function checkBank(db: Database, expected: ReturnType<typeof makeLookalike>['expected']): Promise<void> {
  const found = await one(
    db,
    `select
    (select count(*) from district) as districts,
    (select count(*) from customer where kind = 'person') as persons,
    (select count(*) from customer where gender = 'female') as women,
    (select count(*) from customer where gender = 'male') as men,
    (select count(*) from account) as accounts,
    (select count(*) from (select from account_role group by account_id having count(*) = 2) pairs) as "accountsOfTwo",
    (select count(*) from standing_order) as orders,
    (select count(*) from loan) as loans,
    (select count(*) from loan where status = 'overdue') as "loansInDebt",
    (select sum(amount) from loan where status = 'overdue') as "loansInDebtAmount",
    (select count(*) from card) as cards,
    (select count(*) from transaction) as transactions,
    (select count(*) from transaction where balance_after < 0) as "negativeBalances"`,
  );
  for (const [name, value] of Object.entries(found)) {
    assert.equal(Number(value), Number(expected[name as keyof typeof expected]), name);
  }
  const orphans = await one(
    db,
    `select
    (select count(*) from account a where not exists (select from customer c where c.id = a.customer_id)) +
    (select count(*) from account_role r where not exists (select from account a where a.id = r.account_id)) +
    (select count(*) from card k where not exists (select from account a where a.id = k.account_id)) +
    (select count(*) from customer c where not exists (select from "user" u where u.id = c.owner_id)) +
    (select count(*) from customer c where not exists (select from org_unit o where o.id = c.branch_id)) as count`,
  );
  assert.equal(orphans.count, '0');
}

/** Closing balance of each account-day by `sequence`, against the opening balance and the day's movements. */
const CHAIN = `with days as (
    select account_id, business_date, sum(case direction when 'in' then amount else -amount end) as net,
           (array_agg(balance_after order by sequence desc))[1] as closing
      from transaction group by 1, 2),
  chained as (select *, coalesce(lag(closing) over (partition by account_id order by business_date), 0) + net - closing as drift from days)
  select count(*) as days, count(*) filter (where abs(drift) <= 0.30) as good from chained`;

test('a whole bank goes in by its mapping alone; the second time nothing changes', async () => {
  const db = await freshDatabase();
  const { expected } = JSON.parse(
    `{"expected":${readFileSync(path.join(lookalike, 'expected.json'), 'utf8')}}`,
  ) as ReturnType<typeof makeLookalike>;
  const document = findMapping(home, 'berka', 'code');
  const first = await load(db, document, lookalike);
  await checkBank(db, expected);
  assert.equal(first.changed, true);
  // The invented clients have a few birth dates that data quality remarks on; nothing else is to be said.
  assert.deepEqual(
    first.notes.filter(({ en }) => !/Data quality/.test(en)),
    [],
  );
  assert.equal(first.rejected, 1);
  assert.equal(figuresOf(first, 'transaction').rejected, 1);
  assert.equal(first.figures.find(({ entity }) => entity === 'transaction')!.sums.amount, expected.transactionsAmount);
  const rejects = readFileSync(first.rejectsFile!, 'utf8').split('\r\n');
  assert.match(
    rejects[1]!,
    new RegExp(`^trans\\.asc,${expected.rejected[0]!.line},,the row is cut: the file ends here with 4 of 10 columns,"`),
  );

  const chain = await one(db, CHAIN);
  assert.equal(chain.good, chain.days);
  const closing = await one(
    db,
    `select sum(balance_after) as sum from (
    select distinct on (account_id) balance_after from transaction order by account_id, business_date desc, sequence desc) last`,
  );
  assert.equal(closing.sum, expected.closingBalances);

  const loan = await one(
    db,
    `select count(*) from loan where maturity_date <> granted_on + make_interval(months => term_months::int)`,
  );
  assert.equal(loan.count, '0');
  const since = await one(
    db,
    `select count(*) from customer c join lateral (
    select min(a.opened_on) as first from account_role r join account a on a.id = r.account_id where r.customer_id = c.id) o on true where o.first <> c.since`,
  );
  assert.equal(since.count, '0');
  const { value } = await one(db, `select value ->> 'zone' as value from setting where key = 'institution'`);
  assert.equal(value, 'Europe/Prague');

  // What the administrator decides about a user afterwards is not undone by the next file.
  await db.query(`update "user" set active = false, version = 2 where username = 'rm-01'`);
  const stamp = () => one(db, `select md5(string_agg(c::text, '' order by id)) as hash from customer c`);
  const customers = await stamp();
  const again = await load(db, document, lookalike);
  assert.equal(again.sameAs?.run, first.run);
  assert.deepEqual([again.changed, again.figures], [false, []]);
  const second = await load(db, document, lookalike, { force: true });
  assert.equal(second.sameAs, undefined);
  assert.equal(second.changed, false);
  assert.equal(figuresOf(second, 'transaction').unchanged, expected.transactions);
  assert.deepEqual(await stamp(), customers);
  assert.deepEqual(await one(db, `select active, version from "user" where username = 'rm-01'`), {
    active: false,
    version: 2,
  });

  const audit = await db.query<{ detail: { files: { sha256: string }[] } }>(
    `select detail from audit_event where action = 'load' order by id`,
  );
  assert.equal(audit.rows.length, 2);
  assert.match(audit.rows[0]!.detail.files.at(-1)!.sha256, /^[0-9a-f]{64}$/);
});

test('the look-alike in the repository is what its tool makes', () => {
  const { files, expected } = makeLookalike(7);
  for (const [name, content] of Object.entries(files))
    assert.equal(readFileSync(path.join(lookalike, name), 'utf8'), content, name);
  assert.deepEqual(JSON.parse(readFileSync(path.join(lookalike, 'expected.json'), 'utf8')), expected);
});

const reference = [process.env.TONGGUAN_REFERENCE_DATA, path.join(projectFolder, '../shared/data')]
  .map((folder) => folder && path.join(folder, 'berka-pkdd99'))
  .find((folder) => folder !== undefined && existsSync(folder));

test('the real Czech bank of 1993 to 1998 loads with its published figures', {
  skip: reference
    ? false
    : 'the data set has no licence and is not part of the repository: set TONGGUAN_REFERENCE_DATA',
}, async () => {
  const db = await freshDatabase();
  const report = await load(db, findMapping(home, 'berka', 'code'), reference!);
  await checkBank(db, JSON.parse(readFileSync(path.join(projectFolder, 'examples/berka-expected.json'), 'utf8')));
  assert.equal(report.rejected, 1);
  const [reject] = (await db.query<{ line: string }>('select line from load_reject')).rows;
  assert.equal(reject!.line, '49104');
  // Every account-day reconciles but those of the last day, whose rows were cut off.
  const chain = await one(db, CHAIN);
  assert.equal(chain.days, '39960');
  assert.ok(Number(chain.good) >= 39_932, chain.good);
  // People of its oldest accounts would be very old today.
  assert.equal(report.notes.length, 2);
  assert.match(report.notes[0]!.en, /10 customers have the warning “Unlikely date of birth”/);
  assert.match(report.notes[1]!.en, /in 28 of 39960 groups/);
  const units = await one(
    db,
    `select count(*) filter (where kind = 'branch') as branches, count(*) filter (where kind = 'sub_branch') as subs from org_unit`,
  );
  assert.deepEqual(units, { branches: '8', subs: '77' });
});

// Small banks for everything that can be wrong.

const mapping = (changes: string = '') => `code: small
source: small
label: { zh: 小银行, en: Small bank }
institution: { name: { zh: 小银行, en: Small bank }, zone: Asia/Shanghai, currency: CNY, calendar: cn }
files:
  people: { path: people.csv, columns: { since: date } }
  accounts: { path: accounts.csv, columns: { opened: { type: date, format: YYYYMMDD } } }
  movements: { path: [movements.csv, movements.csv.gz, movements.csv.zst], columns: { day: date, amount: decimal } }
loads:
  - entity: customer
    file: people
    key: "{number}"
    fields: { name: name, number: number, since: since, status: { column: state, codes: { values: { A: active, C: closed } } } }
  - entity: account
    file: accounts
    key: "{account}"
    fields: { number: account, customer: { key: "{owner}" }, opened_on: opened }
  - entity: transaction
    file: movements
    key: "{id}"
    fields:
      customer: { key: "{owner}" }
      account: { key: "{account}" }
      business_date: day
      direction: { expression: 'if amount < 0 then "out" else "in"' }
      amount: { expression: abs(amount) }
${changes}`;

const people = [
  'number,name,since,state',
  ...Array.from({ length: 60 }, (_, index) => `${index + 1},张三${index + 1},2020-01-31,A`),
];
const accounts = [
  'account,owner,opened',
  ...Array.from({ length: 60 }, (_, index) => `A${index + 1},${index + 1},20200131`),
];
const movements = [
  'id,owner,account,day,amount',
  ...Array.from(
    { length: 120 },
    (_, index) =>
      `${index},${(index % 60) + 1},A${(index % 60) + 1},2026-01-0${(index % 9) + 1},${index % 2 ? '' : '-'}${index}.50`,
  ),
];

type Files = Record<string, string | Buffer | undefined>;
let folders = 0;

function folderOf(files: Files = {}): string {
  const folder = path.join(home, `files-${++folders}`);
  mkdirSync(folder);
  const all: Files = {
    'people.csv': `${people.join('\n')}\n`,
    'accounts.csv': `${accounts.join('\n')}\n`,
    'movements.csv': `${movements.join('\n')}\n`,
    ...files,
  };
  for (const [name, content] of Object.entries(all))
    if (content !== undefined) writeFileSync(path.join(folder, name), content);
  return folder;
}

const changed = (lines: string[], line: number, to: string) => `${lines.with(line - 1, to).join('\n')}\n`;

/** For loads that leave nothing behind. */
const shared = await freshDatabase();

/** Loads what must be refused; gives the message, and makes sure that nothing at all is in the database. */
async function refusal(files: Files, text = mapping()): Promise<string> {
  const db = shared;
  await db.query('truncate load_reject, load_file, load_run');
  try {
    await load(db, parseMapping(text, 'small.yaml'), folderOf(files));
  } catch (error) {
    assert.ok(error instanceof Failure, String((error as Error).stack));
    assert.match(error.text('zh'), /[\u4e00-\u9fff]/);
    const rows = await one(
      db,
      `select (select count(*) from customer) + (select count(*) from account) + (select count(*) from transaction)
      + (select count(*) from setting where key = 'institution') + (select count(*) from audit_event where detail ->> 'setting' is distinct from 'retention') as count`,
    );
    assert.equal(rows.count, '0', 'something was half loaded');
    const run = await one(db, 'select status, error ->> $$en$$ as error from load_run');
    assert.equal(run.status, 'failed');
    assert.equal(run.error, error.text('en'));
    return error.text('en');
  }
  throw new Error('nothing was refused');
}

const bad: [string, Files | (() => Files), RegExp, string?][] = [
  [
    'a missing file',
    { 'accounts.csv': undefined, 'acounts.csv': 'x' },
    /lacks the file accounts\.csv \(did you mean "acounts\.csv"\?\)/,
  ],
  ['an empty file', { 'accounts.csv': '' }, /^accounts\.csv is empty/],
  [
    'bytes of another encoding',
    {
      'people.csv': Buffer.concat([
        Buffer.from(`${people.slice(0, 3).join('\n')}\n4,`),
        Buffer.from([0xd5, 0xc5, 0xc8, 0xfd]),
        Buffer.from(',2020-01-31,A\n'),
      ]),
    },
    /^people\.csv: 1 of 3 rows.*First: line 4, column "name": bytes that are not utf-8 \(byte 3 of the line\); this line can be read as gb18030/,
  ],
  [
    'a huge line',
    { 'people.csv': changed(people, 5, `4,${'x'.repeat(1_100_000)},2020-01-31,A`) },
    /^people\.csv line 5 is longer than 1\.0 MB/,
  ],
  [
    'a missing column',
    { 'people.csv': `${people.join('\n').replace('since', 'sinse')}\n` },
    /^people\.csv has no column "since" \(did you mean "sinse"\?\), which the mapping needs at small\.yaml:6 .*Columns of the file: number, name, sinse, state/,
  ],
  ...['cvv', 'CVN2', 'cardPin', 'pin_block', 'password', '查询密码', '磁道信息', 'track_2'].map(
    (column): [string, Files, RegExp] => [
      `authentication secrets in a column ${column}`,
      { 'people.csv': `${people.map((line, index) => `${line},${index === 0 ? column : '123'}`).join('\n')}\n` },
      new RegExp(`^the file people\\.csv has a column "${column}"; .*never loaded`),
    ],
  ),
  [
    'a column named twice',
    { 'people.csv': `${people.join('\n').replace('state', 'name')}\n` },
    /people\.csv names two columns "name"/,
  ],
  [
    'the wrong delimiter',
    { 'people.csv': `${people.join('\n').replaceAll(',', ';')}\n` },
    /^people\.csv has no column "since".*Columns of the file: number;name;since;state/,
  ],
  [
    'a damaged archive',
    () => ({ 'movements.csv': undefined, 'movements.csv.gz': gzipSync(movements.join('\n')).subarray(0, 200) }),
    /^movements\.csv\.gz cannot be decompressed/,
  ],
  [
    'wrong dates all over',
    { 'accounts.csv': `${accounts.join('\n').replaceAll('20200131', '20203101')}\n` },
    /^accounts\.csv: 60 of 60 rows were rejected \(100\.00%\), above the limit of 5\.00%; nothing was loaded\. First: line 2, column "opened": "20203101" is not a valid date of the form YYYYMMDD/,
  ],
  [
    'wrong numbers all over',
    { 'movements.csv': `${movements.join('\n').replaceAll('.50', ',50')}\n` },
    /^movements\.csv: 120 of 120 rows.*too many columns: 6 instead of 5/,
  ],
  [
    'references to nowhere',
    { 'people.csv': `${people.slice(0, 31).join('\n')}\n` },
    /^accounts\.csv: 30 of 60 rows.*First: line 32, column "customer": "Holder" points at Customer "31", which does not exist/,
  ],
  [
    'an unknown mapping key',
    {},
    /^small\.yaml:\d+ \(loads\.0\.wher\).*did you mean "where"/,
    mapping().replace('    file: people', '    file: people\n    wher: name = "x"'),
  ],
];

for (const [name, files, message, text] of bad) {
  test(`refused with nothing loaded: ${name}`, async () => {
    if (name === 'an unknown mapping key') {
      assert.throws(
        () => parseMapping(text!, 'small.yaml'),
        (error) => error instanceof Failure && message.test(error.text('en')),
      );
      return;
    }
    assert.match(await refusal(typeof files === 'function' ? files() : files, text), message);
  });
}

const wrongMappings: [string, string, RegExp][] = [
  ['entity: account', 'entity: acount', /there is no entity "acount" \(did you mean "account"\?\)/],
  ['number: account', 'nunber: account', /there is no field "nunber" \(did you mean "number"\?\)/],
  ['file: accounts', 'file: acounts', /there is no file "acounts" \(did you mean "accounts"\?\)/],
  ['opened_on: opened', 'balance: opened', /the field "balance" is computed/],
  ['customer: { key: "{owner}" }, opened_on', 'customer: owner, opened_on', /the reference "customer" needs "key"/],
  ['{ A: active, C: closed }', '{ A: aktive }', /Status has no option "aktive"|has no option "aktive"/],
  ['expression: abs(amount)', 'expression: abs(amont)', /the expression is wrong/],
  ['name: name,', 'name: { column: name, value: x },', /write exactly one of column \/ value/],
  ['number: account, customer', 'customer', /the required field "number" of Account is not mapped/],
  ['key: "{account}"', 'key: "{account"', /unbalanced braces/],
  ['format: YYYYMMDD', 'format: YYYYMM', /the date format "YYYYMM" must name/],
  ['{ path: people.csv,', '{ path: people.csv, encoding: utf-9,', /unknown encoding "utf-9"/],
  ['zone: Asia/Shanghai', 'zone: Asia/Shangai', /unknown time zone "Asia\/Shangai"/],
];

for (const [from, to, message] of wrongMappings) {
  test(`a mapping that cannot be right is refused: ${to}`, async () => {
    assert.ok(mapping().includes(from), from);
    const text = await refusal({}, mapping().replace(from, to));
    assert.match(text, message);
    assert.match(text, /small\.yaml:\d+/);
  });
}

test('single wrong rows are left out with file, line, column and reason; the others go in', async () => {
  const db = await freshDatabase();
  const folder = folderOf({
    'people.csv': `${people.with(4, '4,"x"y,2020-01-31,A').with(10, '10,张三10,2020-13-31,A').with(20, '20,张三20,2020-01-31,Q').join('\n')}\n100,张\0三,2020-01-31,A\n`,
    'accounts.csv': `${[...accounts, 'A61,7,20200131', 'A1,8,20200131'].join('\n')}\n`,
    'movements.csv': `${[...movements.with(9, '8,9,A9,2026-01-01,1.234'), '901,1,A1,2026-01-05', '902,,A1,2026-01-05,1', '903,1,A999,2026-01-05,1', '904,1,A1,2026-01-05,1,"ha'].join('\n')}`,
  });
  const text = mapping('rejects: { share_max: 0.2 }\n');
  const report = await load(db, parseMapping(text, 'small.yaml'), folder);
  const { rows } = await db.query<{ file: string; line: string; field: string | null; reason: { en: string } }>(
    'select file, line, field, reason from load_reject order by file, line::int',
  );
  const told = rows.map(({ file, line, field, reason }) => `${file}:${line} [${field ?? ''}] ${reason.en}`);
  const expected = [
    /^accounts\.csv:5 \[customer\] "Holder" points at Customer "4"/,
    /^accounts\.csv:11 \[customer\] "Holder" points at Customer "10"/,
    /^accounts\.csv:21 \[customer\] "Holder" points at Customer "20"/,
    /^accounts\.csv:63 \[\] the key "A1" stands in line 2 already/,
    /^movements\.csv:5 \[customer\]/,
    /^movements\.csv:10 \[amount\] .*decimal places/,
    /^movements\.csv:11 \[customer\]/,
    /^movements\.csv:21 \[customer\]/,
    /^movements\.csv:65 \[customer\]/,
    /^movements\.csv:71 \[customer\]/,
    /^movements\.csv:81 \[customer\]/,
    /^movements\.csv:122 \[\] not enough columns: 4 of 5/,
    /^movements\.csv:123 \[customer\] the required field "Customer" has no value/,
    /^movements\.csv:124 \[account\] "Account" points at Account "A999", which does not exist/,
    /^movements\.csv:125 \[\] the row is cut/,
    /^people\.csv:5 \[\] unexpected "y,2020-01-31,A" after a closing quote/,
    /^people\.csv:11 \[since\] "2020-13-31" is not a valid date/,
    /^people\.csv:21 \[state\] the code "Q" is not in the code table/,
    /^people\.csv:62 \[name\] a NUL byte/,
  ];
  assert.equal(told.length, expected.length, told.join('\n'));
  for (const [index, pattern] of expected.entries()) assert.match(told[index]!, pattern);
  assert.equal(report.rejected, expected.length);
  assert.equal((await one(db, 'select count(*) from customer')).count, '57');
  assert.equal((await one(db, 'select count(*) from account')).count, '58');
});

test('an unlikely date of birth is one that is unlikely on the date of the load', async () => {
  const db = await freshDatabase();
  const folder = path.join(home, 'births');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'c.csv'), 'id,name,born\n1,甲,1890-05-01\n2,乙,1996-01-01\n');
  const document = parseMapping(
    `code: births
source: core
label: { zh: 客户, en: Customers }
files: { c: { path: c.csv, columns: { born: date } } }
loads:
  - entity: customer
    file: c
    key: "{id}"
    fields: { name: name, kind: { value: person }, birth_date: born }
`,
    'births.yaml',
  );
  const warned = async (date: string) =>
    (await load(db, document, folder, { date, force: true })).notes.filter(({ en }) =>
      /Unlikely date of birth/.test(en),
    );
  assert.match((await warned('1995-01-31'))[0]!.en, /\b1\b/, 'born a year later');
  await db.query('update customer set name = name, updated_at = now()');
  writeFileSync(path.join(folder, 'c.csv'), 'id,name,born\n1,甲甲,1890-05-01\n2,乙乙,1996-01-01\n');
  assert.deepEqual(await warned('1997-01-31'), [], 'aged 106 and one');
});

test('later files bring only what is new or different, and may point at rows of earlier ones', async () => {
  const db = await freshDatabase();
  const document = parseMapping(mapping(), 'small.yaml');
  await load(db, document, folderOf());
  const changes = parseMapping(mapping().replace('columns: { since', 'optional: true, columns: { since'), 'small.yaml');
  const report = await load(
    db,
    changes,
    folderOf({
      'people.csv': undefined,
      'accounts.csv': 'account,owner,opened\nA1,1,20200131\nA2,3,20200131\nA99,60,20260131\n',
      'movements.csv': 'id,owner,account,day,amount\n0,1,A1,2026-01-01,-0.50\n5000,60,A99,2026-01-31,7\n',
    }),
  );
  assert.deepEqual(figuresOf(report, 'account'), { inserted: 2, updated: 0, unchanged: 1, rejected: 0 });
  assert.deepEqual(figuresOf(report, 'transaction'), { inserted: 1, updated: 0, unchanged: 1, rejected: 0 });
  assert.match(report.notes[0]!.en, /optional file people\.csv is absent/);
  assert.equal((await one(db, 'select count(*) from account')).count, '61');
});

test('encodings, archives, files without a header, other marks and delimiters', async () => {
  const db = await freshDatabase();
  const text = mapping()
    .replace('{ path: people.csv,', '{ path: people.csv, encoding: gb18030,')
    .replace(
      '{ path: accounts.csv, columns: { opened: { type: date, format: YYYYMMDD } } }',
      '{ path: "accounts-{date:YYYYMMDD}.txt", encoding: utf-16le, header: false, delimiter: "|@|", quote: none, columns: { account: text, owner: text, opened: { type: date, format: DD.MM.YYYY } } }',
    )
    .replace(
      'columns: { day: date, amount: decimal }',
      'decimal: ",", thousands: ".", delimiter: ";", columns: { day: date, amount: decimal }',
    );
  const gb = Buffer.from(
    '6e756d6265722c6e616d652c73696e63652c73746174650a312cd5c5c8fd2c323032302d30312d33312c410a',
    'hex',
  );
  const sheet = 'id;owner;account;day;amount\r\n1;1;A1;2026-01-05;-1.234.567,89\r\n';
  const report = await load(
    db,
    parseMapping(text, 'small.yaml'),
    folderOf({
      'people.csv': gb,
      'accounts.csv': undefined,
      'accounts-20260131.txt': Buffer.from('\ufeffA1|@|1|@|31.01.2020\r\n', 'utf16le'),
      'movements.csv': undefined,
      'movements.csv.zst': zstdCompressSync(Buffer.from(`\ufeff${sheet}`)),
    }),
  );
  assert.equal(report.rejected, 0);
  assert.deepEqual(
    await one(
      db,
      'select c.name, a.opened_on, t.amount, t.direction from customer c join account a on a.customer_id = c.id join transaction t on t.account_id = a.id',
    ),
    { name: '张三', opened_on: '2020-01-31', amount: '1234567.89', direction: 'out' },
  );
});

test('rows that another load has begun are not waited for', async () => {
  const db = await freshDatabase();
  await db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(7300003)');
    await assert.rejects(
      load(db, parseMapping(mapping(), 'small.yaml'), folderOf()),
      (error) => error instanceof Failure && error.kind.code === 'load.busy',
    );
  });
  await load(db, parseMapping(mapping(), 'small.yaml'), folderOf());
});

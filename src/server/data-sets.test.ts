import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Database, testDatabase } from '#database';
import { findMapping, type LoadReport, runLoad } from '#integration';
import { fixedClock, systemActor } from '#kernel';
import { openTestVault } from '#vault';
import { lookalikeSets } from '../../tools/lookalike-sets.ts';
import { projectFolder } from './config.ts';
import { packModel } from './model.ts';
import { migrate, migrations } from './schema.ts';

// Public data sets go in by their mapping alone. The sets themselves are no part of the repository: where they lie beside it (or in
// TONGGUAN_REFERENCE_DATA) they are loaded whole; the small look-alikes of `examples` are loaded everywhere.

const model = packModel();
const clock = fixedClock('2026-11-20T02:00:00Z');
const examples = path.join(projectFolder, 'examples');
let home: string;

before(() => {
  home = mkdtempSync(path.join(tmpdir(), 'tongguan-sets-'));
});
after(() => rmSync(home, { recursive: true, force: true }));

function freshDatabase(): Promise<Database> {
  openTestVault(clock);
  const key = JSON.stringify(['load', migrations, model.entities, model.data('metrics')]);
  return testDatabase({ template: { key, build: async (db) => void (await migrate(db, model)) } });
}

const load = (
  database: Database,
  mapping: string,
  folder: string,
  date = '2026-01-31',
  force = false,
): Promise<LoadReport> =>
  runLoad(
    { database, model, clock, actor: systemActor },
    { document: findMapping(home, mapping, 'code'), folder, home, language: 'en', date, force },
  );

const reference = (folder: string): string | undefined =>
  [process.env.TONGGUAN_REFERENCE_DATA, path.join(projectFolder, '../shared/data')]
    .map((each) => each && path.join(each, folder))
    .find((each) => each !== undefined && existsSync(each));

type Expected = Record<string, string | number>;
const expectedOf = (name: string) =>
  JSON.parse(readFileSync(path.join(examples, name, 'expected.json'), 'utf8')) as Expected;

async function figures(db: Database, text: string): Promise<Expected> {
  const { rows } = await db.query<Expected>(text);
  return rows[0]!;
}

const MARKETING = `select (select count(*) from customer)::int as customers, (select count(*) from note)::int as notes,
  (select count(*) from interaction)::int as interactions, (select count(*) from interaction where result = 'interested')::int as interested`;

const LAUNDERING = `select (select count(*) from customer)::int as customers, (select count(*) from account)::int as accounts,
  (select count(*) from note where pinned)::int as flagged,
  (select sum(amount) from transaction where source_key like 'open-%')::text as opening,
  (select count(*) from transaction where source_key like '%-out')::int as out,
  (select count(*) from transaction where source_key like '%-in')::int as in,
  (select sum(amount) from transaction where direction = 'out')::text as "outSum",
  (select max(business_date) from transaction)::text as "lastDay"`;

const STATEMENTS = `select (select count(*) from customer)::int as customers, (select count(*) from transaction)::int as transactions,
  (select sum(case direction when 'in' then amount else -amount end) from transaction)::text as net`;

test('the files beside the mappings are those that the tool makes', () => {
  for (const [folder, files] of Object.entries(lookalikeSets())) {
    for (const [name, content] of Object.entries(files)) {
      assert.equal(readFileSync(path.join(examples, folder, name), 'utf8'), content, `${folder}/${name}`);
    }
  }
});

for (const [name, question] of Object.entries({ 'uci-bank-marketing': MARKETING, amlsim: LAUNDERING })) {
  test(`the look-alike of ${name} goes in whole, and twice is once`, async () => {
    const db = await freshDatabase();
    const first = await load(db, name, path.join(examples, name));
    assert.equal(first.rejected, 0);
    assert.deepEqual(await figures(db, question), expectedOf(name));
    assert.equal((await load(db, name, path.join(examples, name), '2026-01-31', true)).changed, false);
  });
}

for (const name of ['camt', 'mt940']) {
  test(`statements of ${name} become transactions, one that does not balance is rejected whole`, async () => {
    const db = await freshDatabase();
    const { rejected, ...expected } = expectedOf(name);
    const first = await load(db, name, path.join(examples, name));
    assert.deepEqual(await figures(db, STATEMENTS), expected);
    const { rows } = await db.query<{ en: string }>(`select distinct reason->>'en' as en from load_reject`);
    assert.equal(rows.length, rejected);
    if (Number(rejected) > 0)
      assert.match(rows[0]!.en, /opening 500\.00 CNY, entries 300\.00, closing 900\.00 CNY, difference 100\.00/);
    assert.equal(first.changed, true);
    assert.equal((await load(db, name, path.join(examples, name), '2026-01-31', true)).changed, false);
  });
}

const uci = reference('uci-bank-marketing');
test('UCI bank marketing: 45,211 clients and calls, 5,289 of them yes', {
  skip: !uci && 'set TONGGUAN_REFERENCE_DATA',
}, async () => {
  const db = await freshDatabase();
  assert.equal((await load(db, 'uci-bank-marketing', uci!)).rejected, 0);
  assert.deepEqual(await figures(db, MARKETING), {
    customers: 45_211,
    notes: 45_211,
    interactions: 45_211,
    interested: 5_289,
  });
  // Rows stand in order of date, from May 2008 to November 2010.
  assert.deepEqual(
    await figures(db, `select min(at)::date::text as first, max(at)::date::text as last from interaction`),
    {
      first: '2008-05-05',
      last: '2010-11-17',
    },
  );
});

const amlsim = reference('amlsim/20K_cycle200');
test('AMLSim: 20,000 accounts, 945 flagged, 117,805 transfers', {
  skip: !amlsim && 'set TONGGUAN_REFERENCE_DATA',
}, async () => {
  const db = await freshDatabase();
  assert.equal((await load(db, 'amlsim', amlsim!)).rejected, 0);
  assert.deepEqual(await figures(db, LAUNDERING), {
    customers: 20_000,
    accounts: 20_000,
    flagged: 945,
    opening: '5600953.52',
    out: 117_805,
    in: 117_805,
    outSum: '33003407.68',
    lastDay: '2017-05-29',
  });
});

const berka = reference('berka-pkdd99');
test('Berka: every published figure', { skip: !berka && 'set TONGGUAN_REFERENCE_DATA' }, async () => {
  const db = await freshDatabase();
  const report = await load(db, 'berka', berka!, '1994-03-30');
  assert.deepEqual(
    await figures(
      db,
      `select (select count(*) from district)::int as districts, (select count(*) from customer)::int as persons,
        (select count(*) from customer where gender = 'female')::int as women, (select count(*) from customer where gender = 'male')::int as men,
        (select count(*) from account)::int as accounts, (select count(*) from standing_order)::int as orders, (select count(*) from card)::int as cards,
        (select count(*) from (select from account_role group by account_id having count(*) = 2) t)::int as "accountsOfTwo",
        (select count(*) from loan)::int as loans, (select count(*) from loan where status = 'overdue')::int as "loansInDebt",
        (select sum(amount) from loan where status = 'overdue')::text as "loansInDebtAmount",
        (select count(*) from transaction)::int as transactions, (select count(*) from transaction where balance_after < 0)::int as "negativeBalances"`,
    ),
    {
      districts: 77,
      persons: 5_369,
      women: 2_645,
      men: 2_724,
      accounts: 4_500,
      orders: 6_471,
      cards: 892,
      accountsOfTwo: 869,
      loans: 682,
      loansInDebt: 45,
      loansInDebtAmount: '11217804.00',
      transactions: 49_102,
      negativeBalances: 93,
    },
  );
  assert.equal(report.rejected, 1);
  const { rows } = await db.query<{ line: string }>('select line from load_reject');
  assert.equal(Number(rows[0]!.line), 49_104);
});

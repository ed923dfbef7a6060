import { createWriteStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { parse, stringify } from 'yaml';
import { copyIn, copyText, type Database } from '#database';
import { parseMapping, runLoad } from '#integration';
import { addDays, systemActor } from '#kernel';
import { projectFolder } from '../src/server/config.ts';
import { packModel } from '../src/server/model.ts';
import { migrate } from '../src/server/schema.ts';
import { atMost, type Bench } from './harness.ts';
import { type Figures, interleaved, measure } from './measure.ts';

const ROWS = 400_000;
const ACCOUNTS = 5_000;
const MONTHS = 15;
/** Issue: a load of transactions end to end costs at most three times a raw indexed COPY of the same rows. */
const RATIO_MAX = 3;
const AGAIN_MAX = 1.3;

/**
 * Transactions from a delimited file to the database, by the mapping of the Czech bank (parse, order by balances, translate codes,
 * look up holders, check, write, audit), against a raw COPY of the very rows into a table of the same columns, partitions
 * and key.
 */
export const bench: Bench = async ({ database, scale, random, folder, clock, progress }) => {
  const rows = Math.round(ROWS * scale);
  const accounts = Math.max(10, Math.round(ACCOUNTS * scale));
  const stage = progress.stage({ zh: `生成 ${rows} 笔交易`, en: `making ${rows} transactions` });
  const model = packModel();
  await migrate(database, model);
  const bytes = await writeFiles(folder, rows, accounts, random.next);
  stage.end();

  const text = readFileSync(path.join(projectFolder, 'examples/berka/berka.yaml'), 'utf8');
  const load = (loads: (entity: string) => boolean) =>
    runLoad(
      { database, model, clock, actor: systemActor },
      { document: only(text, loads), folder, home: folder, language: 'en', date: '1994-03-31', force: true },
    );
  await load((entity) => !['transaction', 'standing_order', 'loan', 'card'].includes(entity));
  await load((entity) => entity === 'transaction');
  const copied = await rawCopy(database);

  const measured = await interleaved(database, {
    'raw COPY': async () => {
      await database.query('truncate raw_transaction');
      return await copied();
    },
    load: async () => {
      await database.query('truncate transaction');
      const { figures, rejected } = await load((entity) => entity === 'transaction');
      if (figures[0]!.inserted !== rows || rejected > 0) throw new Error('not every transaction was loaded');
      return rows;
    },
  });
  const again = await measure(database, async () => {
    const { figures } = await load((entity) => entity === 'transaction');
    if (figures[0]!.unchanged !== rows) throw new Error('a second load changed something');
    return rows;
  });
  // Every month holds as many facts of others already, as any month but the first of a bank does.
  await database.query('truncate transaction');
  await database.query(
    'insert into transaction select (jsonb_populate_record(t, jsonb_build_object($1::text, t.id # 1))).* from raw_transaction t',
    ['id'],
  );
  await database.query('analyze transaction');
  const beside = await measure(database, async () => {
    const { figures } = await load((entity) => entity === 'transaction');
    if (figures[0]!.inserted !== rows) throw new Error('not every transaction was loaded');
    return rows;
  });
  const over = (one: Figures, other: Figures) => (one.totalUs ?? Number.NaN) / (other.totalUs ?? Number.NaN);
  const ratio = over(measured.load, measured['raw COPY']);
  const perRow = { ...measured, again, beside };
  return {
    figures: { rows, bytes, perRow, rowsPerSecond: Math.round(rows / (measured.load.wallMs / 1_000)), ratio },
    targets: [
      atMost('CPU of a load ÷ CPU of raw COPY', ratio, RATIO_MAX),
      atMost('CPU of the same load again ÷ CPU of the first', over(again, measured.load), AGAIN_MAX),
      atMost('CPU of a load beside other facts ÷ CPU of raw COPY', over(beside, measured['raw COPY']), RATIO_MAX),
    ],
  };
};

/** The mapping with some of its loads. */
function only(text: string, wanted: (entity: string) => boolean): ReturnType<typeof parseMapping> {
  const mapping = parse(text) as { loads: { entity: string }[] };
  mapping.loads = mapping.loads.filter(({ entity }) => wanted(entity));
  return parseMapping(stringify(mapping), 'berka.yaml');
}

/** A table like `transaction` with all its partitions, and the rows of that as COPY text in memory. */
async function rawCopy(db: Database): Promise<() => Promise<number>> {
  await db.query('create table raw_transaction (like transaction including all) partition by range (business_date)');
  const { rows: partitions } = await db.query<{ name: string; bound: string }>(
    `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
       from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'transaction'::regclass`,
  );
  for (const { name, bound } of partitions) {
    await db.query(`create table raw_${name} partition of raw_transaction ${bound}`);
  }
  const chunks: string[] = [];
  let columns: string[] = [];
  for (const { name } of partitions) {
    const { rows } = await db.query<Record<string, string | null>>(`select * from ${name}`);
    if (rows.length > 0) columns = Object.keys(rows[0]!);
    for (let from = 0; from < rows.length; from += 500) {
      const lines = rows
        .slice(from, from + 500)
        .map((row) => columns.map((column) => copyText(row[column])).join('\t'));
      chunks.push(`${lines.join('\n')}\n`);
    }
  }
  return () => db.transaction((tx) => copyIn(tx, `copy raw_transaction (${columns.join(', ')}) from stdin`, chunks));
}

/** Files in the formats of the Czech bank: each day a share of the accounts moves, once or several times. */
async function writeFiles(folder: string, rows: number, accounts: number, unit: () => number): Promise<number> {
  const numbers = Array.from({ length: accounts }, (_, index) => index + 1);
  const write = async (name: string, lines: Iterable<string>) => {
    const stream = createWriteStream(path.join(folder, name));
    let text = '';
    for (const line of lines) {
      text += `${line}\r\n`;
      if (text.length > 65_536) {
        stream.write(text);
        text = '';
      }
    }
    stream.end(text);
    await finished(stream);
    return stream.bytesWritten;
  };
  await write('district.asc', ['A1;A2;A3;A4;A10;A11;A12;A13;A15;A16', '1;"Lipovec";"Prague";1;1;1;1;1;1;1']);
  await write('client.asc', ['"client_id";"birth_number";"district_id"', ...numbers.map((n) => `${n};"706213";1`)]);
  await write('account.asc', [
    '"account_id";"district_id";"frequency";"date"',
    ...numbers.map((n) => `${n};1;"POPLATEK MESICNE";930101`),
  ]);
  await write('disp.asc', [
    '"disp_id";"client_id";"account_id";"type"',
    ...numbers.map((n) => `${n};${n};${n};"OWNER"`),
  ]);
  return await write('trans.asc', transactions(rows, accounts, unit));
}

const kinds = [
  '"PRIJEM";"VKLAD"',
  '"VYDAJ";"VYBER"',
  '"VYDAJ";"VYBER"',
  '"VYDAJ";"PREVOD NA UCET"',
  '"PRIJEM";"PREVOD Z UCTU"',
];
const symbols = ['', '', '', 'SIPO', 'UROK', 'SLUZBY', ' '];

function* transactions(rows: number, accounts: number, unit: () => number): Generator<string> {
  yield '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"';
  const days = MONTHS * 30;
  const balances = new Float64Array(accounts + 1);
  for (let row = 0; row < rows; row++) {
    const date = addDays('1993-01-01', Math.floor((row * days) / rows))
      .slice(2)
      .replaceAll('-', '');
    // Bookings of one account come in small bursts, so that days hold several rows to be put in order.
    const account = 1 + Math.floor(unit() * unit() * accounts);
    const kind = kinds[Math.floor(unit() * kinds.length)]!;
    const amount = 10 + Math.floor(unit() * 100_000) / 10;
    balances[account]! += kind.startsWith('"PRIJEM') ? amount : -amount;
    const partner = kind.includes('PREVOD') ? `"YZ";"${10_000_000 + Math.floor(unit() * 80_000_000)}"` : ';';
    const symbol = symbols[Math.floor(unit() * symbols.length)];
    yield `${row + 1};${account};${date};${kind};${amount.toFixed(2)};${balances[account]!.toFixed(2)};"${symbol}";${partner}`;
  }
}

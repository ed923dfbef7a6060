import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { Failure } from '#kernel';
import { openSource, plainFormat } from './source.ts';
import { RECORDS } from './statement.ts';

const folder = mkdtempSync(join(tmpdir(), 'tongguan-statements-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type Row = Record<string, string | number | undefined>;

async function read(kind: 'camt' | 'mt940', path: string, records: string): Promise<Row[]> {
  const found = { name: path.slice(path.lastIndexOf('/') + 1), path, bytes: readFileSync(path).length };
  const source = await openSource(found, { ...plainFormat, kind, records });
  const rows: Row[] = [];
  for await (const batch of source.rows()) {
    for (const { values, line, fault } of batch) {
      const row: Row = { line, fault: fault?.kind.code, said: fault?.text('en') };
      for (const [at, column] of source.columns.entries()) row[column] = values[at] ?? undefined;
      rows.push(row);
    }
  }
  return rows;
}

async function written(kind: 'camt' | 'mt940', text: string, records = 'entries'): Promise<Row[]> {
  const path = join(folder, `sample.${kind}`);
  writeFileSync(path, text);
  return read(kind, path, records);
}

const mt940 = (lines: string[]) =>
  `${[':20:A', ':25:50880050/0194787400888', ':28C:7/1', ...lines, '-'].join('\r\n')}\r\n`;

test('an MT940 becomes entries with dates, signs, references and the other side', async () => {
  const rows = await written(
    'mt940',
    mt940([
      ':60F:C260227EUR1000,00',
      ':61:2602300302DR6,5NTRFKREF+77//BANK-1',
      'fee of the month',
      ':86:805?00ENTGELT?20EREF+E-1?21SVWZ+Konto?22fuehrung?30GENODEF1?31DE89370400440532013000?32Muster?33 GmbH',
      ':61:2512310102C20,NMSCNONREF',
      ':86:/TRTP/SEPA/IBAN/NL26VAYB8060476890/BIC/VAYBNL2A/NAME/Jan/REMI/rent',
      '/EREF/E-2',
      ':61:260302C20,NMSCNONREF',
      ':61:260302C20,NMSCNONREF',
      ':62F:C260302EUR1053,50',
    ]),
  );
  assert.deepEqual(
    rows.map(({ fault }) => fault),
    [undefined, undefined, undefined, undefined],
  );
  const [fee, rent, first, second] = rows as [Row, Row, Row, Row];
  // 30 February is the last of that month; the day in January lies in the year after the value date.
  assert.deepEqual(
    [fee.value_date, fee.booking_date, fee.direction, fee.amount],
    ['2026-02-28', '2026-03-02', 'out', '6.5'],
  );
  assert.deepEqual(
    [fee.reference, fee.customer_reference, fee.end_to_end_id, fee.purpose, fee.counterparty_name, fee.description],
    ['BANK-1', 'KREF+77', 'E-1', 'Kontofuehrung', 'Muster GmbH', 'fee of the month'],
  );
  assert.deepEqual(
    [rent.value_date, rent.booking_date, rent.purpose, rent.end_to_end_id],
    ['2025-12-31', '2026-01-02', 'rent', 'E-2'],
  );
  assert.deepEqual([rent.counterparty_account, rent.counterparty_bank], ['NL26VAYB8060476890', 'VAYBNL2A']);
  assert.equal(fee.entry_key, '0194787400888/7/1/2026-03-02/BANK-1');
  assert.equal(second.entry_key, `${first.entry_key}#2`);
  assert.equal(fee.balance_after, '993.50');
  // Dates that go back: which of them closes a day is not known from there on.
  assert.equal(rent.balance_after, '');
});

test('the same statement sent again has the same keys, another one others', async () => {
  const text = mt940([':60F:C260101EUR0,', ':61:260102C1,NTRFX', ':62F:C260102EUR1,']);
  const keys = async (of: string) => (await written('mt940', of)).map(({ entry_key }) => entry_key);
  assert.deepEqual(await keys(text), await keys(text.replaceAll('\r\n', '\n')));
  assert.notDeepEqual(await keys(text), await keys(text.replace(':28C:7', ':28C:8')));
});

test('a statement that does not balance is rejected whole, with its figures', async () => {
  const rows = await written(
    'mt940',
    mt940([':60F:C260101EUR10,', ':61:260102C1,NTRFX', ':61:260102D3,NTRFY', ':62F:C260102EUR9,']),
  );
  assert.equal(rows.length, 2);
  for (const row of rows) {
    assert.equal(row.fault, 'reject.statement_balance');
    assert.match(String(row.said), /opening 10 EUR, entries -2\.00, closing 9 EUR, difference 1\.00/);
  }
  const [statement] = await written('mt940', mt940([':60F:C260101EUR10,', ':62F:C260102EUR9,']), 'statements');
  assert.equal(statement!.fault, 'reject.statement_balance');
});

test('what is wrong with one entry stays with it where the sums hold', async () => {
  const rows = await written(
    'mt940',
    mt940([':60F:C260101EUR0,', ':61:261302C1,NTRFX', ':61:260102C1,NTRFY', ':62F:C260102EUR2,']),
  );
  assert.deepEqual(
    rows.map(({ fault, line }) => [fault, line]),
    [
      ['reject.date', 5],
      [undefined, 6],
    ],
  );
});

const camt = (entries: string, balances = '') => `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>
<Stmt><Id>S1</Id><CreDtTm>2026-01-02T23:30:00+08:00</CreDtTm><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>王&amp;李</Nm></Ownr></Acct>${balances}${entries}</Stmt></BkToCstmrStmt></Document>`;

const entry = (amount: string, mark: string, details = '') =>
  `<Ntry><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>${mark}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-01-02</Dt></BookgDt><AcctSvcrRef>R-${amount}</AcctSvcrRef>${details}<AddtlNtryInf>more</AddtlNtryInf></Ntry>`;
const detail = (name: string) =>
  `<TxDtls><Refs><EndToEndId>${name}</EndToEndId></Refs><Amt Ccy="EUR">1.00</Amt><RltdPties><Dbtr><Pty><Nm>${name}</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>a</Ustrd><Ustrd>b</Ustrd></RmtInf></TxDtls>`;
const balance = (code: string, amount: string) =>
  `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-02</Dt></Dt></Bal>`;

test('a camt.053 becomes statements, balances, entries and details', async () => {
  const text = camt(
    entry('2.00000', 'CRDT', `<NtryDtls>${detail('A')}${detail('B')}</NtryDtls>`) + entry('0.12345', 'DBIT'),
    balance('OPBD', '10') + balance('CLBD', '11.87655'),
  );
  const [statement] = await written('camt', text, 'statements');
  assert.deepEqual(
    [
      statement!.fault,
      statement!.account,
      statement!.account_owner,
      statement!.credits,
      statement!.debits,
      statement!.entries,
    ],
    [undefined, 'DE89370400440532013000', '王&李', '2.00', '0.12345', '2'],
  );
  assert.equal(statement!.created_at, '2026-01-02T15:30:00Z');
  assert.equal((await written('camt', text, 'balances')).length, 2);
  const entries = await written('camt', text);
  assert.deepEqual(
    entries.map(({ entry_key, details, description, counterparty_name, purpose, balance_after }) => [
      entry_key,
      details,
      description,
      counterparty_name,
      purpose,
      balance_after,
    ]),
    [
      ['DE89370400440532013000/S1/R-2.00000', '2', 'more', 'A', 'a b', '12.00'],
      ['DE89370400440532013000/S1/R-0.12345', '0', 'more', '', 'more', '11.87655'],
    ],
  );
  const details = await written('camt', text, 'details');
  assert.deepEqual(
    details.map(({ detail_number, end_to_end_id, detail_amount }) => [detail_number, end_to_end_id, detail_amount]),
    [
      ['1', 'A', '1.00'],
      ['2', 'B', '1.00'],
      ['1', '', '0.12345'],
    ],
  );
});

const refused = (promise: Promise<unknown>, code: string) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.kind.code, code);
    return true;
  });

test('entities, depth, endless texts and wrong XML are refused', async () => {
  const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Document>&b;</Document>`;
  await refused(written('camt', laughs), 'load.xml_doctype');
  await refused(
    written('camt', `<?xml version="1.0"?><!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>`),
    'load.xml_doctype',
  );
  await refused(written('camt', `<?xml version="1.0"?><!DOCTYPE ${'x'.repeat(3_000_000)}`), 'load.huge_line');
  await refused(written('camt', '<a>'.repeat(100)), 'load.nested_deep');
  await refused(written('camt', camt(`<Ntry><AddtlNtryInf>${'x'.repeat(1_200_000)}`)), 'load.huge_line');
  await refused(written('camt', camt('<Ntry></Stmt>')), 'load.xml_malformed');
  await refused(written('camt', camt('&nbsp;')), 'load.xml_malformed');
  await refused(written('camt', '<a/>'), 'load.camt_expected');
  await refused(written('camt', '<Document><BkToCstmrStmt/></Document>'), 'load.statement_none');
  await refused(written('mt940', ':60F:C260101EUR0,\n'), 'load.statement_none');
  await refused(written('mt940', ':20:A\n', 'payments'), 'mapping.records_unknown');
});

test('rows of each kind have different names for their columns', () => {
  for (const columns of Object.values(RECORDS)) {
    const names = columns.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  }
});

// The samples of other projects (genkgo/camt, wolph/mt940 and others) are not part of the repository: they are read where they are.
// Statements, entries, sum of the booked entries with their signs; then what is wrong, where something is.
const samples: Record<string, [statements: number, entries: number, sum: string, fault?: string]> = {
  'camt052.v1.xml': [1, 1, '-20000000'],
  'camt052.v2.other-account.xml': [1, 1, '-20000000'],
  'camt052.v2.with-account-name.xml': [1, 1, '-20000000'],
  'camt052.v2.xml': [1, 1, '-20000000'],
  'camt052.v4.xml': [1, 1, '-20000000'],
  'camt052.v6.Amt-zero.xml': [1, 1, '-20000000'],
  'camt052.v6.xml': [1, 1, '-20000000'],
  'camt052.v8.xml': [1, 1, '-20000000'],
  'camt053.v2.all-balance-types.xml': [1, 1, '885', 'reject.statement_balance'],
  'camt053.v2.five.decimals.xml': [1, 1, '885', 'reject.statement_balance'],
  'camt053.v2.minimal.ultimate.xml': [1, 1, '885', 'reject.statement_currencies'],
  'camt053.v2.minimal.xml': [1, 1, '885', 'reject.statement_currencies'],
  'camt053.v2.multi.statement.xml': [2, 2, '185'],
  'camt053.v2.with-account-name.xml': [1, 1, '885'],
  'camt053.v2.with-party-ids.xml': [1, 1, '885', 'reject.statement_currencies'],
  'camt053.v2.wrong.xml': [0, 0, '0', 'load.statement_none'],
  'camt053.v3.xml': [1, 1, '885', 'reject.statement_currencies'],
  'camt053.v4.xml': [1, 1, '885', 'reject.statement_currencies'],
  'camt053.v8.xml': [1, 1, '885', 'reject.statement_currencies'],
  'camt054.v2.with-account-name.xml': [1, 1, '-20000000'],
  'camt054.v2.xml': [1, 1, '-20000000'],
  'camt054.v4.xml': [1, 1, '-20000000'],
  'camt054.v8-with-UETR.xml': [1, 1, '-20000000'],
  'camt054.v8-with-financial-institution.xml': [1, 1, '-20000000'],
  'camt054.v8.xml': [1, 1, '-20000000'],
  'camt53.only-Dt-with-DtTm.xml': [1, 0, '0'],
  'ASNB_mt940.txt': [31, 8, '5694'],
  'ASNB_mt940_with_spaces_for_entry_date.txt': [31, 8, '5694'],
  'betterplace_amount_formats.sta': [0, 0, '0', 'load.statement_none'],
  'betterplace_currency_in_25.sta': [0, 0, '0', 'load.statement_none'],
  'betterplace_empty_86.sta': [0, 0, '0', 'load.statement_none'],
  'betterplace_empty_entry_date.sta': [1, 1, '5000', 'reject.statement_incomplete'],
  'betterplace_empty_line.sta': [1, 0, '0', 'reject.statement_incomplete'],
  'betterplace_missing_crlf_at_end.sta': [0, 0, '0', 'load.statement_none'],
  'betterplace_sepa_mt9401.sta': [26, 97, '-926913590'],
  'betterplace_sepa_snippet.sta': [2, 11, '-214332339', 'reject.statement_balance'],
  'betterplace_sepa_snippet_broken.sta': [1, 1, '5099005', 'reject.statement_tag'],
  'betterplace_with_binary_character.sta': [2, 4, '-17906675'],
  'citi_mt940.txt': [1, 5, '-114275'],
  'cmxl_account_balance_credit.sta': [0, 0, '0', 'load.statement_none'],
  'cmxl_account_balance_debit.sta': [0, 0, '0', 'load.statement_none'],
  'cmxl_account_identification_iban.sta': [0, 0, '0', 'load.statement_none'],
  'cmxl_account_identification_legacy.sta': [0, 0, '0', 'load.statement_none'],
  'cmxl_available_balance.sta': [0, 0, '0', 'load.statement_none'],
  'cmxl_closing_balance.sta': [0, 0, '0', 'load.statement_none'],
  'cmxl_mt940.sta': [3, 16, '1232730'],
  'cmxl_reference.sta': [1, 0, '0', 'reject.statement_incomplete'],
  'cmxl_statement_details.sta': [1, 1, '-162', 'reject.statement_incomplete'],
  'cmxl_statement_line.sta': [1, 1, '-162', 'reject.statement_incomplete'],
  'cmxl_statement_number.sta': [0, 0, '0', 'load.statement_none'],
  'jejik_abnamro.sta': [2, 10, '-34593', 'reject.statement_balance'],
  'jejik_generic.sta': [2, 2, '-2000'],
  'jejik_ing.sta': [1, 7, '-4559', 'reject.statement_balance'],
  'jejik_knab.sta': [2, 3, '-626000', 'reject.statement_balance'],
  'jejik_postfinance.sta': [2, 4, '15940', 'reject.statement_balance'],
  'jejik_rabobank-iban.sta': [2, 4, '-7000'],
  'jejik_rabobank.sta': [4, 5, '-158909', 'reject.statement_balance'],
  'jejik_sns.sta': [2, 2, '-2500'],
  'jejik_triodos.sta': [1, 2, '-71570', 'reject.statement_balance'],
  'mBank_mt940.sta': [1, 3, '3'],
  'mBank_mt942.sta': [1, 3, '3'],
  'mBank_with_newline_in_tnr.sta': [1, 2, '8900', 'reject.statement_balance'],
  'sberbank_171011_01234945.sta': [1, 3, '-943700'],
  'self-provided_account_identification.sta': [2, 0, '0', 'reject.statement_incomplete'],
  'self-provided_details_60-63.sta': [1, 1, '-23315', 'reject.statement_balance'],
  'self-provided_empty_non_swift.sta': [0, 0, '0', 'load.statement_none'],
  'self-provided_february_30.sta': [1, 1, '-600'],
  'self-provided_gv_codes.sta': [1, 2, '-25745', 'reject.statement_incomplete'],
  'self-provided_invalid_statement.sta': [0, 0, '0', 'load.statement_none'],
  'self-provided_long_statement_number.sta': [1, 0, '0'],
  'self-provided_malformed_details.sta': [1, 1, '-23315', 'reject.statement_balance'],
  'self-provided_mt942.sta': [1, 1, '-42'],
  'self-provided_multiline.sta': [2, 2, '11400', 'reject.statement_incomplete'],
  'self-provided_overly_long_details.sta': [1, 1, '-23315', 'reject.statement_balance'],
  'self-provided_raiffeisen-cmi.sta': [1, 7, '-101221350', 'reject.statement_balance'],
  'self-provided_raphaelm.sta': [3, 9, '9500000', 'reject.statement_field'],
  'self-provided_sparkassen.sta': [1, 1, '3000', 'reject.statement_incomplete'],
  'self-provided_transaction_details_wrapped.sta': [1, 1, '-600'],
  'self-provided_whitespace.sta': [1, 1, '-23315', 'reject.statement_balance'],
  'self-provided_wrapped_timestamp.sta': [1, 1, '-600'],
};

const interchange = [process.env.TONGGUAN_REFERENCE_DATA, resolve(import.meta.dirname, '../../../../shared/data')]
  .map((each) => each && join(each, 'interchange'))
  .find((each) => each !== undefined && existsSync(each));

for (const [name, [statements, entries, sum, wrong]] of Object.entries(samples)) {
  test(`${name} is read${wrong ? ` and refused: ${wrong}` : ''}`, {
    skip: !interchange && 'set TONGGUAN_REFERENCE_DATA',
  }, async () => {
    const kind = name.startsWith('camt') ? 'camt' : 'mt940';
    const path = join(interchange!, kind, name);
    const counted = countOf(kind, readFileSync(path, 'latin1'));
    if (wrong?.startsWith('load.')) {
      await refused(read(kind, path, 'entries'), wrong);
      assert.equal(counted.entries, 0);
      return;
    }
    const rows = await read(kind, path, 'entries');
    const heads = await read(kind, path, 'statements');
    assert.deepEqual([heads.length, rows.length], [statements, entries]);
    // The same by counting and adding up without understanding.
    assert.deepEqual([rows.length, total(rows)], [counted.entries, sum]);
    assert.equal(counted.sum, sum);
    const faults = [...new Set([...heads, ...rows].map(({ fault }) => fault).filter((fault) => fault !== undefined))];
    assert.deepEqual(faults.sort(), wrong ? wrong.split(' ') : []);
  });
}

test('no sample is forgotten', { skip: !interchange && 'set TONGGUAN_REFERENCE_DATA' }, () => {
  const all = ['camt', 'mt940'].flatMap((kind) =>
    readdirSync(join(interchange!, kind)).filter((name) => !name.endsWith('.xsd')),
  );
  assert.deepEqual(all.sort(), Object.keys(samples).sort());
});

const total = (rows: Row[]) =>
  rows.reduce((sum, row) => sum + Math.round(Number(row.signed_amount) * 100), 0).toString();

function countOf(kind: 'camt' | 'mt940', text: string): { entries: number; sum: string } {
  let sum = 0;
  let entries = 0;
  if (kind === 'camt') {
    for (const [, body] of text.matchAll(/<(?:\w+:)?Ntry>([\s\S]*?)<\/(?:\w+:)?Ntry>/g)) {
      entries += 1;
      const amount = Number(/<(?:\w+:)?Amt[^>]*>([\d.]+)</.exec(body!)![1]);
      sum += Math.round(amount * 100) * (/CdtDbtInd>DBIT/.test(body!) ? -1 : 1);
    }
  } else {
    for (const [, mark, amount] of text.matchAll(/^:61:\d{6}[\d ]{0,4}\s*(RC|RD|EC|ED|C|D)[A-Z]?\s*(\d+(?:,\d*)?)/gm)) {
      entries += 1;
      sum += Math.round(Number(amount!.replace(',', '.')) * 100) * (mark === 'C' || mark === 'RD' ? 1 : -1);
    }
  }
  return { entries, sum: String(sum) };
}

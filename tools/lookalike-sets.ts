import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from './lookalike.ts';

// Makes the small, wholly invented files beside the mappings of `examples/uci-bank-marketing`, `amlsim`, `camt` and `mt940`, with the
// figures that a right load of them finds (`expected.json`). The same seed always gives the same bytes.
//   node tools/lookalike-sets.ts

const SEED = 7;
const CALLS = 120;
const NODES = 60;
const TRANSFERS = 300;

type Files = Record<string, string>;

/** Files by folder and name. */
export function lookalikeSets(seed = SEED): Record<string, Files> {
  const sets = { 'uci-bank-marketing': calls(seed), amlsim: transfers(seed), camt: camt(), mt940: mt940() };
  return Object.fromEntries(
    Object.entries(sets).map(([name, { files, expected }]) => [
      name,
      { ...files, 'expected.json': `${JSON.stringify(expected, null, 2)}\n` },
    ]),
  );
}

function calls(seed: number) {
  const random = createRandom(seed);
  const pick = <T>(all: readonly T[]): T => all[random.whole(0, all.length - 1)]!;
  const header =
    '"age";"job";"marital";"education";"default";"balance";"housing";"loan";"contact";"day";"month";"duration";"campaign";"pdays";"previous";"poutcome";"y"';
  let yes = 0;
  const rows = Array.from({ length: CALLS }, () => {
    const before = random.next() < 0.2;
    const y = random.next() < 0.12 ? 'yes' : 'no';
    if (y === 'yes') yes += 1;
    const text = (value: string) => `"${value}"`;
    return [
      random.whole(18, 90),
      text(pick(['management', 'technician', 'blue-collar', 'retired', 'unknown'])),
      text(pick(['married', 'single', 'divorced'])),
      text(pick(['primary', 'secondary', 'tertiary', 'unknown'])),
      text(pick(['no', 'yes'])),
      random.whole(-900, 9_000),
      text(pick(['no', 'yes'])),
      text(pick(['no', 'yes'])),
      text(pick(['unknown', 'cellular', 'telephone'])),
      random.whole(1, 28),
      text(pick(['may', 'jun', 'jul', 'aug'])),
      random.whole(5, 900),
      random.whole(1, 20),
      before ? random.whole(1, 400) : -1,
      before ? random.whole(1, 9) : 0,
      text(before ? pick(['failure', 'success', 'other']) : 'unknown'),
      text(y),
    ].join(';');
  });
  return {
    files: { 'bank-sample.csv': `${[header, ...rows].join('\n')}\n` },
    expected: { customers: CALLS, interactions: CALLS, interested: yes, notes: CALLS },
  };
}

function transfers(seed: number) {
  const random = createRandom(seed);
  let flagged = 0;
  let opening = 0;
  const nodes = Array.from({ length: NODES }, (_, at) => {
    const fraud = random.next() < 0.1 ? 1 : 0;
    const cents = random.whole(10_000, 30_000);
    flagged += fraud;
    opening += cents;
    return `${at},${fraud},${money(cents)},${fraud ? random.whole(1, 100) : -1}`;
  });
  let sum = 0;
  const rows = Array.from({ length: TRANSFERS }, (_, at) => {
    const from = random.whole(0, NODES - 1);
    const to = (from + random.whole(1, NODES - 1)) % NODES;
    const cents = random.whole(1_000, 40_000);
    sum += cents;
    return `${from},${to},${money(cents)},${1 + Math.floor(at / 2)}`;
  });
  return {
    files: {
      'nodes.csv': `${['nodeid,isFraud,init_balance,fraudStep', ...nodes].join('\n')}\n`,
      'transactions.csv': `${['sourceNodeId,targetNodeId,value,time', ...rows].join('\n')}\n`,
    },
    expected: {
      customers: NODES,
      accounts: NODES,
      flagged,
      opening: money(opening),
      out: TRANSFERS,
      in: TRANSFERS,
      outSum: money(sum),
      lastDay: new Date(Date.UTC(2017, 0, 1) + Math.floor((TRANSFERS - 1) / 2) * 86_400_000).toISOString().slice(0, 10),
    },
  };
}

const money = (cents: number) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;

/** Two statements, the second of which does not balance. */
function camt() {
  const entry = (amount: string, mark: string, reference: string, name: string, text: string) => `
      <Ntry>
        <Amt Ccy="CNY">${amount}</Amt><CdtDbtInd>${mark}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><Dt>2026-01-30</Dt></BookgDt><ValDt><Dt>2026-01-30</Dt></ValDt>${reference && `<AcctSvcrRef>${reference}</AcctSvcrRef>`}
        <NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>${name}</Nm></Pty></Dbtr><Cdtr><Pty><Nm>${name}</Nm></Pty></Cdtr></RltdPties><RmtInf><Ustrd>${text}</Ustrd></RmtInf></TxDtls></NtryDtls>
      </Ntry>`;
  const balance = (code: string, amount: string) =>
    `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">${amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-30</Dt></Dt></Bal>`;
  const statement = (
    id: string,
    account: string,
    owner: string,
    opening: string,
    closing: string,
    entries: string[],
  ) => `
    <Stmt>
      <Id>${id}</Id><ElctrncSeqNb>30</ElctrncSeqNb><CreDtTm>2026-01-30T23:00:00+08:00</CreDtTm>
      <Acct><Id><Othr><Id>${account}</Id></Othr></Id><Ccy>CNY</Ccy><Ownr><Nm>${owner}</Nm></Ownr></Acct>
      ${balance('OPBD', opening)}${balance('CLBD', closing)}${entries.join('')}
    </Stmt>`;
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>SAMPLE-20260130</MsgId><CreDtTm>2026-01-30T23:00:00+08:00</CreDtTm></GrpHdr>${statement(
      'S-1',
      '1102020409000012345',
      '青禾贸易有限公司',
      '10000.00',
      '12500.50',
      [
        entry('3000.50', 'CRDT', 'A1', '海蓝制造有限公司', '货款'),
        entry('250.00', 'DBIT', 'A2', '城市电力', '电费'),
        entry('250.00', 'DBIT', '', '城市电力', '电费'),
      ],
    )}${statement('S-2', '1102020409000067890', '海蓝制造有限公司', '500.00', '900.00', [entry('300.00', 'CRDT', 'B1', '青禾贸易有限公司', '定金')])}
  </BkToCstmrStmt>
</Document>
`;
  return { files: { 'camt053.xml': text }, expected: { customers: 1, transactions: 3, net: '2500.50', rejected: 1 } };
}

function mt940() {
  const text = [
    ':20:STARTUMS',
    ':25:50880050/0194787400888',
    ':28C:00021/001',
    ':60F:C260129EUR1500,00',
    ':61:2601300130CR210,25NTRFNONREF//B-77',
    ':86:166?00GUTSCHRIFT?20EREF+INV-9?21SVWZ+Rechnung 9?30GENODEF1?31DE89370400440532013000?32Beispiel GmbH',
    ':61:2602300130DR6,5NCHGNONREF',
    ':86:805?00ENTGELT?20Pauschale',
    ':62F:C260130EUR1703,75',
    '-',
    '',
  ].join('\r\n');
  return { files: { 'mt940.sta': text }, expected: { customers: 1, transactions: 2, net: '203.75', rejected: 0 } };
}

if (import.meta.main) {
  for (const [folder, files] of Object.entries(lookalikeSets())) {
    const target = join(import.meta.dirname, '../examples', folder);
    mkdirSync(target, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(target, name), content);
  }
}

import { Failure, formatBytes } from '#kernel';
import { loadKinds, rejectKinds } from '../failures.ts';
import { dateFormat } from './date-format.ts';
import type { FoundFile, OpenFile } from './folder.ts';
import type { Reading, SourceFormat } from './source.ts';
import {
  type Balance,
  type Detail,
  emptyStatement,
  fingerprint,
  openStatements,
  type Party,
  type Statement,
  type StatementEntry,
  type StatementPart,
} from './statement.ts';
import { createXmlReader } from './xml.ts';

const limits = {
  /** Text of one element below a statement: an entry without its details, one detail. */
  partCharactersMax: 1_048_576,
  prologBytes: 256,
};

/** ISO 20022 bank to customer: account report (camt.052), statement (053), debit and credit notification (054), versions 1 to 8 and later. */
export async function openCamt(found: FoundFile, format: SourceFormat): Promise<Reading> {
  return openStatements(found, format, (opened) => readParts(found, opened));
}

/** A small piece of the document. */
interface Node {
  name: string;
  attributes: Record<string, string>;
  text: string;
  children: Node[];
}

const reports: Record<string, Statement['report']> = { Stmt: 'statement', Rpt: 'intraday', Ntfctn: 'notification' };
const messages = /^BkToCstmr(AcctRpt|Stmt|DbtCdtNtfctn)/;

async function* readParts(found: FoundFile, opened: OpenFile): AsyncGenerator<StatementPart[]> {
  let parts: StatementPart[] = [];
  const path: string[] = [];
  const building: Node[] = [];
  let characters = 0;
  let message = '';
  let statement: Statement | undefined;
  let entry: { node: Node; made: StatementEntry | undefined; line: number } | undefined;
  let detailLine = 0;
  let known = false;

  const reader = createXmlReader(found.name, {
    open(name, attributes) {
      path.push(name);
      if (path.length === 2 && messages.test(name)) known = true;
      const report = path.length === 3 ? reports[name] : undefined;
      if (report) {
        statement = emptyStatement(report, message, reader.line);
        return;
      }
      // Kept are the header, the parts of a statement, and details one by one.
      const starts =
        (path.length === 3 && name === 'GrpHdr') || (path.length === 4 && statement) || building.length > 0;
      if (!starts) return;
      if (building.length === 0) characters = 0;
      const node: Node = { name, attributes: { ...attributes }, text: '', children: [] };
      if (name === 'Ntry' && path.length === 4) entry = { node, made: undefined, line: reader.line };
      if (name === 'TxDtls') detailLine = reader.line;
      building.at(-1)?.children.push(node);
      building.push(node);
    },
    text(text) {
      const node = building.at(-1);
      if (!node) return;
      characters += text.length;
      if (characters > limits.partCharactersMax) {
        const max = formatBytes(limits.partCharactersMax);
        throw new Failure(loadKinds.huge_line, { file: found.name, line: reader.line, max });
      }
      node.text += text;
    },
    close(name) {
      const depth = path.length;
      path.pop();
      const node = building.pop();
      if (node) {
        if (name === 'TxDtls' && entry && statement) {
          // What an entry says of itself stands before its details, but for a remark at its end.
          building.at(-1)!.children.pop();
          characters = 0;
          entry.made ??= entryOf(entry.node, entry.line);
          const detail = detailOf(node, entry.made, detailLine);
          entry.made.details += 1;
          detail.number = entry.made.details;
          entry.made.detail ??= detail;
          parts.push({ kind: 'detail', statement, entry: entry.made, detail });
        } else if (depth === 4 && statement) {
          if (name === 'Ntry') {
            const made = entry!.made ?? entryOf(node, entry!.line);
            made.description ||= textOf(node, 'AddtlNtryInf');
            parts.push({ kind: 'entry', statement, entry: made });
            entry = undefined;
          } else addTo(statement, node, reader.line);
        } else if (depth === 3 && name === 'GrpHdr') message = textOf(node, 'MsgId');
        return;
      }
      if (depth === 3 && statement && reports[name]) {
        checkHead(statement);
        parts.push({ kind: 'statement', statement });
        statement = undefined;
      }
    },
  });
  for await (const text of decodeXml(found, opened.content)) {
    reader.write(text);
    if (parts.length > 0) {
      yield parts;
      parts = [];
    }
  }
  reader.end();
  if (parts.length > 0) yield parts;
  if (!known) throw new Failure(loadKinds.camt_expected, { file: found.name });
}

/** XML says its encoding itself; without a word it is UTF-8. */
async function* decodeXml(found: FoundFile, content: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  const next = (piece: Buffer | undefined) => {
    try {
      return piece ? decoder!.decode(piece, { stream: true }) : decoder!.decode();
    } catch {
      throw new Failure(loadKinds.xml_encoding, { file: found.name, encoding: decoder!.encoding });
    }
  };
  for await (const piece of content) {
    if (!decoder) {
      const mark =
        piece[0] === 0xff && piece[1] === 0xfe
          ? 'utf-16le'
          : piece[0] === 0xfe && piece[1] === 0xff
            ? 'utf-16be'
            : undefined;
      const said = /^[^>]*encoding\s*=\s*["']([\w.:-]+)["']/.exec(piece.toString('latin1', 0, limits.prologBytes))?.[1];
      try {
        decoder = new TextDecoder(mark ?? said ?? 'utf-8', { fatal: true });
      } catch {
        throw new Failure(loadKinds.xml_encoding, { file: found.name, encoding: said });
      }
    }
    yield next(piece);
  }
  if (decoder) yield next(undefined);
}

function addTo(statement: Statement, node: Node, line: number): void {
  switch (node.name) {
    case 'Id':
      statement.id = node.text.trim();
      break;
    case 'LglSeqNb':
    case 'ElctrncSeqNb':
      statement.number ||= node.text.trim();
      break;
    case 'CreDtTm':
      statement.createdAt = instantOf(node.text.trim());
      break;
    case 'FrToDt':
      statement.from = dayOf(textOf(node, 'FrDtTm') || textOf(node, 'FrDt'));
      statement.to = dayOf(textOf(node, 'ToDtTm') || textOf(node, 'ToDt'));
      break;
    case 'Acct': {
      const iban = textOf(node, 'Id', 'IBAN');
      statement.account = (iban || textOf(node, 'Id', 'Othr', 'Id') || textOf(node, 'Id', 'PrtryAcct', 'Id')).replace(
        /\s/g,
        '',
      );
      statement.scheme = iban ? 'iban' : 'other';
      statement.currency = textOf(node, 'Ccy');
      statement.owner = textOf(node, 'Ownr', 'Nm') || textOf(node, 'Nm');
      statement.bank = bankOf(childOf(node, 'Svcr'));
      break;
    }
    case 'Bal': {
      const balance = balanceOf(node, line);
      statement.balances.push(balance);
      if (!isAmount(balance.amount))
        statement.fault ??= new Failure(rejectKinds.statement_amount, { value: balance.amount });
      break;
    }
  }
}

function checkHead(statement: Statement): void {
  const missing = [statement.id === '' && 'Id', statement.account === '' && 'Acct'].filter((each) => each !== false);
  if (missing.length > 0)
    statement.fault ??= new Failure(rejectKinds.statement_incomplete, { missing: missing.join(', ') });
}

const openings = new Set(['OPBD', 'PRCD']);
const closings = new Set(['CLBD']);

function balanceOf(node: Node, line: number): Balance {
  const code =
    textOf(node, 'Tp', 'CdOrPrtry', 'Cd') || textOf(node, 'Tp', 'CdOrPrtry', 'Prtry') || textOf(node, 'Tp', 'Cd');
  const amount = textOf(node, 'Amt');
  return {
    code,
    kind: openings.has(code) ? 'opening' : closings.has(code) ? 'closing' : 'other',
    date: dateTextOf(childOf(node, 'Dt')),
    amount: textOf(node, 'CdtDbtInd') === 'DBIT' && Number(amount) !== 0 ? `-${amount}` : amount,
    currency: childOf(node, 'Amt')?.attributes.Ccy ?? '',
    line,
  };
}

const statuses: Record<string, StatementEntry['status']> = {
  BOOK: 'booked',
  PDNG: 'pending',
  INFO: 'info',
  FUTR: 'pending',
};

function entryOf(node: Node, line: number): StatementEntry {
  const amount = textOf(node, 'Amt');
  const indicator = textOf(node, 'CdtDbtInd');
  const status = textOf(node, 'Sts', 'Cd') || textOf(node, 'Sts');
  const code = childOf(node, 'BkTxCd');
  const entry: StatementEntry = {
    line,
    amount: isAmount(amount) ? amount : '0',
    currency: childOf(node, 'Amt')?.attributes.Ccy ?? '',
    direction: indicator === 'DBIT' ? 'out' : 'in',
    reversal: textOf(node, 'RvslInd') === 'true',
    status: statuses[status] ?? 'booked',
    bookingDate: dateTextOf(childOf(node, 'BookgDt')),
    valueDate: dateTextOf(childOf(node, 'ValDt')),
    reference: textOf(node, 'AcctSvcrRef'),
    customerReference: textOf(node, 'NtryRef'),
    code: codeOf(code),
    description: textOf(node, 'AddtlNtryInf'),
    detail: undefined,
    details: 0,
    print: '',
    fault: undefined,
  };
  entry.print = fingerprint(entry);
  if (!isAmount(amount)) entry.fault = new Failure(rejectKinds.statement_amount, { value: amount }, 'amount');
  else if (indicator !== 'CRDT' && indicator !== 'DBIT') {
    entry.fault = new Failure(rejectKinds.statement_direction, { value: indicator }, 'direction');
  }
  return entry;
}

const codeOf = (code: Node | undefined) => {
  const domain = [
    textOf(code, 'Domn', 'Cd'),
    textOf(code, 'Domn', 'Fmly', 'Cd'),
    textOf(code, 'Domn', 'Fmly', 'SubFmlyCd'),
  ];
  return domain[0] ? domain.filter((part) => part !== '').join('-') : textOf(code, 'Prtry', 'Cd');
};

function detailOf(node: Node, entry: StatementEntry, line: number): Detail {
  const amount = amountNode(node);
  const indicator = textOf(node, 'CdtDbtInd');
  const parties = childOf(node, 'RltdPties');
  const agents = childOf(node, 'RltdAgts');
  // The other side of money that comes in has paid it; of money taken back it was to have had it.
  const side = (entry.direction === 'in') !== entry.reversal ? 'Dbtr' : 'Cdtr';
  const counterparty: Party = {
    name: nameOf(childOf(parties, side)) || nameOf(childOf(parties, `Ultmt${side}`)),
    account: (
      textOf(parties, `${side}Acct`, 'Id', 'IBAN') || textOf(parties, `${side}Acct`, 'Id', 'Othr', 'Id')
    ).replace(/\s/g, ''),
    bank: bankOf(childOf(agents, `${side}Agt`)),
  };
  const references = childOf(node, 'Refs');
  const remittance = childOf(node, 'RmtInf');
  const written = remittance?.children.filter(({ name }) => name === 'Ustrd').map(({ text }) => text.trim()) ?? [];
  const reference =
    textOf(remittance, 'Strd', 'CdtrRefInf', 'Ref') || textOf(remittance, 'Strd', 'CdtrRefInf', 'CdtrRef');
  const text = amount?.text.trim() ?? '';
  return {
    line,
    number: 1,
    description: entry.description,
    amount: isAmount(text) ? text : entry.amount,
    currency: amount?.attributes.Ccy ?? entry.currency,
    direction: indicator === 'DBIT' ? 'out' : indicator === 'CRDT' ? 'in' : '',
    endToEnd: textOf(references, 'EndToEndId'),
    instruction: textOf(references, 'InstrId'),
    transaction: textOf(references, 'TxId') || textOf(references, 'AcctSvcrRef'),
    uetr: textOf(references, 'UETR'),
    mandate: textOf(references, 'MndtId'),
    creditor:
      textOf(parties, 'Cdtr', 'Id', 'PrvtId', 'Othr', 'Id') ||
      textOf(parties, 'Cdtr', 'Pty', 'Id', 'PrvtId', 'Othr', 'Id'),
    counterparty,
    purpose: written.filter((each) => each !== '').join(' ') || textOf(node, 'AddtlTxInf'),
    structured: reference,
    returned: textOf(node, 'RtrInf', 'Rsn', 'Cd') || textOf(node, 'RtrInf', 'RtrRsn', 'Cd'),
  };
}

const amountNode = (node: Node) =>
  childOf(childOf(childOf(node, 'AmtDtls'), 'TxAmt'), 'Amt') ?? childOf(node, 'Amt') ?? undefined;

/** Version 8 puts a party beside a bank as the choice of who it is. */
const nameOf = (party: Node | undefined) =>
  textOf(party, 'Nm') || textOf(party, 'Pty', 'Nm') || textOf(party, 'Agt', 'FinInstnId', 'Nm');

const bankOf = (agent: Node | undefined) =>
  textOf(agent, 'FinInstnId', 'BICFI') ||
  textOf(agent, 'FinInstnId', 'BIC') ||
  textOf(agent, 'FinInstnId', 'ClrSysMmbId', 'MmbId') ||
  textOf(agent, 'FinInstnId', 'Nm');

const childOf = (node: Node | undefined, name: string) => node?.children.find((each) => each.name === name);

function textOf(node: Node | undefined, ...path: string[]): string {
  let at = node;
  for (const name of path) at = childOf(at, name);
  return at?.text.trim() ?? '';
}

const isAmount = (text: string) => /^-?\d{1,18}(?:\.\d{1,10})?$/.test(text);

const dateTextOf = (node: Node | undefined) => dayOf(textOf(node, 'Dt') || textOf(node, 'DtTm'));

const days = dateFormat('YYYY-MM-DD', 1950)!;

/** The day as it is written: a booking at 23:30 in Zürich is of that day there. */
const dayOf = (text: string) => days.date(text.slice(0, 10)) ?? '';

function instantOf(text: string): string {
  const instant = Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(instant) ? '' : `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

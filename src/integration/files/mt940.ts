import { Failure, formatBytes } from '#kernel';
import { loadKinds, rejectKinds } from '../failures.ts';
import { dateFormat } from './date-format.ts';
import { decode, type LineFault, type Position } from './decode.ts';
import type { FoundFile, OpenFile } from './folder.ts';
import type { Reading, SourceFormat } from './source.ts';
import {
  type Balance,
  type Detail,
  emptyStatement,
  fingerprint,
  openStatements,
  type Statement,
  type StatementEntry,
  type StatementPart,
} from './statement.ts';

const limits = {
  fieldCharactersMax: 65_536,
  /** Two-digit years of statements: 1980 to 2079. */
  yearsFrom: 1980,
};

/**
 * SWIFT MT940 (statement) and MT942 (report of the day), with what banks make of them: blocks of FIN or none, no "-" at the end, entry dates
 * left out or blank, fields broken over lines, `:86:` structured by `?20`, by `/EREF/` or not at all.
 */
export async function openMt940(found: FoundFile, format: SourceFormat): Promise<Reading> {
  return openStatements(found, format, (opened) => readParts(found, format, opened));
}

interface Field {
  tag: string;
  lines: string[];
  line: number;
  fault: Failure | undefined;
}

async function* readParts(found: FoundFile, format: SourceFormat, opened: OpenFile): AsyncGenerator<StatementPart[]> {
  const builder = createBuilder();
  for await (const fields of readFields(found, format, opened)) {
    const parts = fields.flatMap((field) => builder.take(field));
    if (parts.length > 0) yield parts;
  }
  const last = builder.end();
  if (last.length > 0) yield last;
}

const TAG = /^:(\d\d[A-Z]?|NS):(.*)$/s;
/** The end of a message: a dash alone, or the brace that closes block 4. */
const END = /^-\s*[}\p{Cc}]*(\{5:.*)?$/u;
const END_TAG = '-';

async function* readFields(found: FoundFile, format: SourceFormat, opened: OpenFile): AsyncGenerator<Field[]> {
  let line = 0;
  let carried = '';
  let field: Field | undefined;
  let characters = 0;
  const position: Position = {
    file: found.name,
    get line() {
      return line + (carried === '' ? 0 : 1);
    },
    columnAt: () => (field ? `:${field.tag}:` : '–'),
  };
  const take = (text: string, faults: LineFault[] | undefined, final: boolean): Field[] => {
    const done: Field[] = [];
    const lines = (carried + text).split(/\r\n|\n|\r(?!$)/);
    carried = final ? '' : lines.pop()!;
    for (const each of lines) {
      line += 1;
      const fault = faults?.find((one) => one.line === line)?.fault;
      const ended = END.test(each);
      const tag = ended ? undefined : TAG.exec(each.trimEnd());
      if (ended || tag) {
        if (field) done.push(field);
        field = tag ? { tag: tag[1]!, lines: [tag[2]!], line, fault } : undefined;
        characters = 0;
        if (ended) done.push({ tag: END_TAG, lines: [], line, fault: undefined });
        continue;
      }
      if (!field) continue;
      field.fault ??= fault;
      characters += each.length;
      if (characters > limits.fieldCharactersMax) {
        throw new Failure(loadKinds.huge_line, {
          file: found.name,
          line: field.line,
          max: formatBytes(limits.fieldCharactersMax),
        });
      }
      field.lines.push(each.trimEnd());
    }
    if (final && field) done.push(field);
    return done;
  };
  for await (const { text, faults } of decode(opened.content, format.encoding, position))
    yield take(text, faults, false);
  yield take('', undefined, true);
}

/** Puts fields together to entries and statements. `:20:` begins a message, `-` or the next `:20:` ends it. */
function createBuilder() {
  let statement: Statement | undefined;
  let entry: StatementEntry | undefined;
  let about: string[] = [];

  function closeEntry(): StatementPart[] {
    if (!statement || !entry) return [];
    const detail = detailOf(about.join('\n'), entry);
    entry.detail = detail;
    entry.details = 1;
    entry.print = fingerprint(entry);
    const parts: StatementPart[] = [
      { kind: 'detail', statement, entry, detail: { ...detail, description: entry.description } },
      { kind: 'entry', statement, entry },
    ];
    entry = undefined;
    about = [];
    return parts;
  }

  function close(): StatementPart[] {
    const parts = closeEntry();
    if (!statement) return parts;
    checkHead(statement);
    parts.push({ kind: 'statement', statement });
    statement = undefined;
    return parts;
  }

  return {
    end: close,
    take(field: Field): StatementPart[] {
      const value = field.lines[0]!;
      if (field.tag === END_TAG) return close();
      if (field.tag === '20') {
        const parts = close();
        statement = emptyStatement('statement', field.lines[0]!.trim(), field.line);
        return parts;
      }
      // What stands outside a message is the envelope of the bank's system.
      if (!statement) {
        if (field.tag !== '61') return [];
        // An entry that belongs to no message is no envelope: it is shown as what is wrong.
        statement = emptyStatement('statement', '', field.line);
        statement.fault = new Failure(rejectKinds.statement_incomplete, { missing: ':20:' });
      }
      statement.fault ??= field.tag === '61' || field.tag === '86' || field.tag === 'NS' ? undefined : field.fault;
      switch (field.tag) {
        case '25':
        case '25P':
          if (statement.account !== '')
            statement.fault ??= new Failure(rejectKinds.statement_tag, { tag: ':25:', line: field.line });
          else setAccount(statement, value);
          return [];
        case '28':
        case '28C':
          statement.number = value.trim();
          return [];
        case '13':
        case '13D':
          statement.report = 'intraday';
          statement.createdAt = createdAt(value.trim());
          return [];
        case '34F':
          statement.report = 'intraday';
          statement.currency ||= value.slice(0, 3);
          return [];
        case '60F':
        case '60M':
        case '62F':
        case '62M':
        case '64':
        case '65': {
          const parts = closeEntry();
          takeBalance(statement, field);
          return parts;
        }
        case '61': {
          const parts = closeEntry();
          entry = entryOf(field, statement);
          return parts;
        }
        case '86':
          if (entry) {
            entry.fault ??= field.fault;
            about.push(field.lines.join('\n'));
          }
          return [];
        case 'NS':
          // Not of SWIFT: Raiffeisen and Sber put two-digit parts here; those from 20 on hold text.
          if (entry) about.push(field.lines.map((each) => each.slice(2).trim()).join('\n'));
          return [];
        default:
          return [];
      }
    },
  };
}

/** `bank/account`, an IBAN, an account; some put the currency behind it. */
function setAccount(statement: Statement, value: string): void {
  const whole = value.replace(/\s/g, '');
  const iban = /^([A-Z]{2}\d{2}[A-Z0-9]{11,30}?)(?:[A-Z]{3})?$/.exec(whole);
  if (iban) {
    const bare = /[A-Z]{3}$/.test(whole) && !isIban(whole) && isIban(iban[1]!) ? iban[1]! : whole;
    statement.account = bare;
    statement.scheme = 'iban';
    return;
  }
  const slash = whole.indexOf('/');
  statement.bank = slash > 0 ? whole.slice(0, slash) : '';
  const account = slash > 0 ? whole.slice(slash + 1) : whole;
  const currency = /\d([A-Z]{3})$/.exec(account)?.[1];
  statement.account = currency ? account.slice(0, -3) : account;
  statement.currency = currency ?? '';
  statement.scheme = 'other';
}

/** ISO 13616: letters become numbers, the first four characters go to the end, the rest by 97 is 1. */
function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false;
  const digits = (text.slice(4) + text.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return BigInt(digits) % 97n === 1n;
}

const days = dateFormat('YYMMDD', limits.yearsFrom)!;

/** `YYMMDDhhmm+hhmm`, the zone being left out at times. */
function createdAt(value: string): string {
  const match = /^(\d{6})(\d\d)(\d\d)(?:([+-]\d\d)(\d\d))?/.exec(value);
  const day = match && days.date(match[1]!);
  if (!match || !day) return '';
  const instant = Date.parse(`${day}T${match[2]}:${match[3]}:00${match[4] ? `${match[4]}:${match[5]}` : 'Z'}`);
  return Number.isNaN(instant) ? '' : `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

const BALANCE = /^([CD])(\d{6})([A-Z]{3})(\d{1,30},\d{0,10})/;

const balanceKinds: Record<string, Balance['kind']> = {
  '60F': 'opening',
  '60M': 'opening',
  '62F': 'closing',
  '62M': 'closing',
};

function takeBalance(statement: Statement, { tag, lines, line }: Field): void {
  const match = BALANCE.exec(lines[0]!.replace(/\s/g, ''));
  if (!match) {
    statement.fault ??= new Failure(rejectKinds.statement_field, { tag: `:${tag}:`, line, value: lines[0] });
    return;
  }
  const [, mark, day, currency, written] = match as unknown as [string, string, string, string, string];
  const amount = amountOf(written);
  statement.balances.push({
    code: tag,
    kind: balanceKinds[tag] ?? 'other',
    date: dayOf(day) ?? '',
    amount: mark === 'D' && Number(amount) !== 0 ? `-${amount}` : amount,
    currency,
    line,
  });
  statement.currency ||= currency;
}

/** `0,` is 0, `000,10` is 0.10. */
function amountOf(written: string): string {
  const [whole, fraction = ''] = written.split(',') as [string, string?];
  return `${whole.replace(/^0+(?=\d)/, '')}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Interest is reckoned with months of thirty days, so value dates of 30 February exist: it is the last of that month. */
function dayOf(text: string): string | undefined {
  const day = days.date(text);
  if (day || text.slice(2, 4) !== '02' || !/^(29|30)$/.test(text.slice(4))) return day;
  return days.date(`${text.slice(0, 4)}29`) ?? days.date(`${text.slice(0, 4)}28`);
}

/** Value date, entry date, mark, letter of the currency, amount (some leave its comma out), kind, reference // reference of the bank. */
const ENTRY = /^(\d{6})(\d{4}|\s{4})?\s*(RC|RD|EC|ED|C|D)([A-Z])?\s*(\d{1,30}(?:,\d{0,10})?)\s*([NSF].{0,3})?(.*)$/s;

function entryOf({ lines, line, fault }: Field, statement: Statement): StatementEntry {
  // A line that ends before its amount goes on in the next.
  const wrapped = !/[CD][A-Z]?\s*\d/.test(lines[0]!) && lines.length > 1;
  const first = wrapped ? lines[0]! + lines[1]! : lines[0]!;
  const rest = lines.slice(wrapped ? 2 : 1);
  const match = ENTRY.exec(first);
  const entry: StatementEntry = {
    line,
    amount: '0',
    currency: statement.currency,
    direction: 'in',
    reversal: false,
    status: 'booked',
    bookingDate: '',
    valueDate: '',
    reference: '',
    customerReference: '',
    code: '',
    description: rest.join(' ').trim(),
    detail: undefined,
    details: 0,
    print: '',
    fault,
  };
  if (!match) {
    entry.fault ??= new Failure(rejectKinds.statement_field, { tag: ':61:', line, value: first.slice(0, 60) });
    return entry;
  }
  const [, value, booked, mark, , amount, code = '', references = ''] = match as unknown as (string | undefined)[];
  const [own, bank = ''] = splitOnce(references!, '//');
  const valueDate = dayOf(value!);
  Object.assign(entry, {
    amount: amountOf(amount!),
    // A credit taken back is a debit.
    direction: mark === 'C' || mark === 'RD' || mark === 'EC' ? 'in' : 'out',
    reversal: mark === 'RC' || mark === 'RD',
    status: mark!.startsWith('E') ? 'pending' : 'booked',
    valueDate: valueDate ?? '',
    bookingDate: (valueDate && booked && bookingDate(valueDate, booked)) ?? '',
    customerReference: own.trim(),
    reference: bank.trim(),
    code: code!.trim(),
  } satisfies Partial<StatementEntry>);
  if (!valueDate) entry.fault ??= new Failure(rejectKinds.date, { value, format: 'YYMMDD' }, 'value_date');
  return entry;
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** Month and day, in the year that brings them nearest to the value date. */
function bookingDate(valueDate: string, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const year = Number(valueDate.slice(0, 4));
  const value = Date.parse(valueDate);
  let best: { day: string; distance: number } | undefined;
  for (const each of [year - 1, year, year + 1]) {
    const day = dayOf(`${String(each).slice(2)}${text}`);
    if (!day) continue;
    const distance = Math.abs(Date.parse(day) - value);
    if (distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { day, distance };
  }
  return best?.day;
}

function checkHead(statement: Statement): void {
  const closing = statement.balances.some(({ kind }) => kind === 'closing');
  const opening = statement.balances.some(({ kind }) => kind === 'opening');
  const missing = [
    statement.account === '' && ':25:',
    statement.report === 'statement' && !opening && ':60F:',
    statement.report === 'statement' && !closing && ':62F:',
  ].filter((each) => each !== false);
  if (missing.length > 0)
    statement.fault ??= new Failure(rejectKinds.statement_incomplete, { missing: missing.join(', ') });
}

const SEPA = /(?:^|(?<=\s)|(?<=[a-z0-9.,-]))(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC)\+/g;
const SLASHED = /\/(EREF|REMI|NAME|IBAN|BIC|MARF|CSID|TRTP|ORDP|BENM|PREF|RTRN)\//;

/** What `:86:` says, in the three ways that banks write it. */
function detailOf(about: string, entry: StatementEntry): Detail {
  const detail: Detail = {
    line: entry.line,
    number: 1,
    description: '',
    amount: entry.amount,
    currency: entry.currency,
    direction: '',
    endToEnd: '',
    instruction: '',
    transaction: '',
    uetr: '',
    mandate: '',
    creditor: '',
    counterparty: { name: '', account: '', bank: '' },
    purpose: '',
    structured: '',
    returned: '',
  };
  const structured = /^\d{3}([?>^@~!])\d\d/.exec(about.trimStart());
  if (structured) readSubfields(about.replace(/\n/g, '').trimStart(), structured[1]!, detail, entry);
  else if (SLASHED.test(about)) readSlashed(about.replace(/\n/g, ''), detail);
  else detail.purpose = about.replace(/\s*\n\s*/g, ' ').trim();
  return detail;
}

/** `166?00text?20…?29, ?60…?63 purpose ?30 bank ?31 account ?32 ?33 name` (German banking industry). */
function readSubfields(about: string, mark: string, detail: Detail, entry: StatementEntry): void {
  let purpose = '';
  for (const part of about.slice(3).split(mark).slice(1)) {
    const code = part.slice(0, 2);
    const value = part.slice(2);
    if (code === '00') entry.description ||= value.trim();
    else if ((code >= '20' && code <= '29') || (code >= '60' && code <= '63')) purpose += value;
    else if (code === '30') detail.counterparty.bank = value.trim();
    else if (code === '31' || code === '38') detail.counterparty.account ||= value.replace(/\s/g, '');
    else if (code === '32' || code === '33') detail.counterparty.name = `${detail.counterparty.name}${value}`;
  }
  detail.counterparty.name = detail.counterparty.name.trim();
  const named = [...purpose.matchAll(SEPA)];
  if (named.length === 0) {
    detail.purpose = purpose.trim();
    return;
  }
  const before = purpose.slice(0, named[0]!.index).trim();
  const parts = new Map<string, string>();
  for (const [at, match] of named.entries()) {
    const end = named[at + 1]?.index ?? purpose.length;
    parts.set(match[1]!, purpose.slice(match.index + match[0].length, end).trim());
  }
  detail.endToEnd = parts.get('EREF') ?? '';
  detail.instruction = parts.get('KREF') ?? '';
  detail.mandate = parts.get('MREF') ?? '';
  detail.creditor = parts.get('CRED') ?? '';
  detail.purpose = [before, parts.get('SVWZ') ?? ''].filter((part) => part !== '').join(' ');
}

/** `/TRTP/SEPA/IBAN/…/BIC/…/NAME/…/REMI/…/EREF/…` (Dutch banks). */
function readSlashed(about: string, detail: Detail): void {
  const parts = new Map<string, string>();
  const pieces = about.split(
    /\/(TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|ORDP|BENM|PREF|RTRN|ID|ADDR|PURP|ISDT|ULTD|ULTC)\//,
  );
  for (let at = 1; at + 1 < pieces.length; at += 2)
    parts.set(pieces[at]!, pieces[at + 1]!.replace(/^\/+|\/+$/g, '').trim());
  detail.counterparty = {
    name: parts.get('NAME') ?? '',
    account: (parts.get('IBAN') ?? '').replace(/\s/g, ''),
    bank: parts.get('BIC') ?? '',
  };
  detail.purpose = (parts.get('REMI') ?? pieces[0]!.trim()).replace(/^USTD\/+/, '');
  detail.endToEnd = parts.get('EREF') ?? '';
  detail.mandate = parts.get('MARF') ?? '';
  detail.creditor = parts.get('CSID') ?? '';
  detail.returned = parts.get('RTRN') ?? '';
}

import { createHash } from 'node:crypto';
import { Failure, formatCount } from '#kernel';
import { loadKinds, mappingKinds, rejectKinds } from '../failures.ts';
import type { ColumnType } from './columns.ts';
import { type FoundFile, type OpenFile, openFile } from './folder.ts';
import type { Reading, SourceFormat } from './source.ts';
import type { SourceRow } from './split.ts';

// What account statements say, whatever they are written in: ISO 20022 camt.052/053/054 and SWIFT MT940/942 become the same rows.

const limits = {
  statementsMax: 20_000,
  entriesOfStatementMax: 200_000,
};

export interface Balance {
  /** As the source calls it: OPBD, CLBD, 60F, 62F … */
  code: string;
  kind: 'opening' | 'closing' | 'other';
  date: string;
  /** With its sign. */
  amount: string;
  currency: string;
  line: number;
}

export interface Statement {
  line: number;
  report: 'statement' | 'intraday' | 'notification';
  message: string;
  id: string;
  number: string;
  account: string;
  scheme: 'iban' | 'other' | '';
  currency: string;
  owner: string;
  bank: string;
  createdAt: string;
  from: string;
  to: string;
  balances: Balance[];
  fault: Failure | undefined;
}

/** A statement of which nothing is known but where it begins. */
export const emptyStatement = (report: Statement['report'], message: string, line: number): Statement => ({
  line,
  report,
  message,
  id: '',
  number: '',
  account: '',
  scheme: '',
  currency: '',
  owner: '',
  bank: '',
  createdAt: '',
  from: '',
  to: '',
  balances: [],
  fault: undefined,
});

export interface Party {
  name: string;
  account: string;
  bank: string;
}

/** What stands behind an entry: one payment, or one of a batch. */
export interface Detail {
  line: number;
  /** Among the details of its entry, from 1. */
  number: number;
  /** What was known of the entry when its detail was read. */
  description: string;
  amount: string;
  currency: string;
  direction: 'in' | 'out' | '';
  endToEnd: string;
  instruction: string;
  transaction: string;
  uetr: string;
  mandate: string;
  creditor: string;
  counterparty: Party;
  purpose: string;
  structured: string;
  returned: string;
}

export interface StatementEntry {
  line: number;
  amount: string;
  currency: string;
  direction: 'in' | 'out';
  reversal: boolean;
  status: 'booked' | 'pending' | 'info';
  bookingDate: string;
  valueDate: string;
  reference: string;
  customerReference: string;
  code: string;
  description: string;
  /** The first of its details. */
  detail: Detail | undefined;
  details: number;
  /** Tells it from other entries where it has no reference of the bank. */
  print: string;
  fault: Failure | undefined;
}

/** What the reader of a format tells, in the order of the file. Details come before the end of their entry. */
export type StatementPart =
  | { kind: 'detail'; statement: Statement; entry: StatementEntry; detail: Detail }
  | { kind: 'entry'; statement: Statement; entry: StatementEntry }
  | { kind: 'statement'; statement: Statement };

export type ReadParts = (opened: OpenFile) => AsyncIterable<StatementPart[]>;

interface Settled {
  statement: Statement;
  entries: number;
  credits: bigint;
  debits: bigint;
  opening: Balance | undefined;
  closing: Balance | undefined;
  fault: Failure | undefined;
}

type Value = string | number | boolean | null | undefined;

interface RowContext {
  settled: Settled;
  key: string;
  entry: StatementEntry | undefined;
  entryKey: string;
  entryNumber: number;
  detail: Detail | undefined;
  balance: Balance | undefined;
  balanceAfter: string;
}

interface Column {
  name: string;
  type: ColumnType;
  of: (ctx: RowContext) => Value;
}

const text = (name: string, of: Column['of']): Column => ({ name, type: 'text', of });
const integer = (name: string, of: Column['of']): Column => ({ name, type: 'integer', of });
const decimal = (name: string, of: Column['of']): Column => ({ name, type: 'decimal', of });
const date = (name: string, of: Column['of']): Column => ({ name, type: 'date', of });
const instant = (name: string, of: Column['of']): Column => ({ name, type: 'datetime', of });

const statementColumns: Column[] = [
  text('statement_key', ({ key }) => key),
  text('report', ({ settled }) => settled.statement.report),
  text('message_id', ({ settled }) => settled.statement.message),
  text('statement_id', ({ settled }) => settled.statement.id),
  text('statement_number', ({ settled }) => settled.statement.number),
  text('account', ({ settled }) => settled.statement.account),
  text('account_scheme', ({ settled }) => settled.statement.scheme),
  text('account_currency', ({ settled }) => currencyOf(settled)),
  text('account_owner', ({ settled }) => settled.statement.owner),
  text('account_bank', ({ settled }) => settled.statement.bank),
];

const summaryColumns: Column[] = [
  instant('created_at', ({ settled }) => settled.statement.createdAt),
  date('from_date', ({ settled }) => settled.statement.from),
  date('to_date', ({ settled }) => settled.statement.to),
  date('opening_date', ({ settled }) => settled.opening?.date),
  decimal('opening_balance', ({ settled }) => settled.opening?.amount),
  date('closing_date', ({ settled }) => settled.closing?.date),
  decimal('closing_balance', ({ settled }) => settled.closing?.amount),
  integer('entries', ({ settled }) => settled.entries),
  decimal('credits', ({ settled }) => unscaled(settled.credits)),
  decimal('debits', ({ settled }) => unscaled(settled.debits)),
];

const balanceColumns: Column[] = [
  text('balance_code', ({ balance }) => balance!.code),
  text('balance_kind', ({ balance }) => balance!.kind),
  date('balance_date', ({ balance }) => balance!.date),
  decimal('balance_amount', ({ balance }) => balance!.amount),
  text('balance_currency', ({ balance }) => balance!.currency),
];

const entryColumns: Column[] = [
  text('entry_key', ({ entryKey }) => entryKey),
  integer('entry_number', ({ entryNumber }) => entryNumber),
  date('booking_date', ({ entry }) => entry!.bookingDate || entry!.valueDate),
  date('value_date', ({ entry }) => entry!.valueDate),
  text('direction', ({ entry }) => entry!.direction),
  decimal('amount', ({ entry }) => entry!.amount),
  decimal('signed_amount', ({ entry }) => signed(entry!)),
  text('currency', ({ entry }) => entry!.currency),
  decimal('balance_after', ({ balanceAfter }) => balanceAfter),
  text('reversal', ({ entry }) => entry!.reversal),
  text('status', ({ entry }) => entry!.status),
  text('reference', ({ entry }) => entry!.reference),
  text('customer_reference', ({ entry }) => entry!.customerReference),
  text('bank_code', ({ entry }) => entry!.code),
  text('end_to_end_id', ({ detail }) => detail?.endToEnd),
  text('instruction_id', ({ detail }) => detail?.instruction),
  text('transaction_id', ({ detail }) => detail?.transaction),
  text('uetr', ({ detail }) => detail?.uetr),
  text('mandate', ({ detail }) => detail?.mandate),
  text('creditor_id', ({ detail }) => detail?.creditor),
  text('counterparty_name', ({ detail }) => detail?.counterparty.name),
  text('counterparty_account', ({ detail }) => detail?.counterparty.account),
  text('counterparty_bank', ({ detail }) => detail?.counterparty.bank),
  text('payment_reference', ({ detail }) => detail?.structured),
  text('return_reason', ({ detail }) => detail?.returned),
];

/** What stands behind the details of an entry is known when the entry is whole. */
const wholeColumns: Column[] = [
  text('purpose', ({ detail, entry }) => detail?.purpose || entry!.description),
  text('description', ({ entry }) => entry!.description),
  integer('details', ({ entry }) => entry!.details),
];

const detailColumns: Column[] = [
  text('purpose', ({ detail }) => detail!.purpose || detail!.description),
  text('description', ({ detail }) => detail!.description),
  integer('detail_number', ({ detail }) => detail!.number),
  text('detail_direction', ({ detail, entry }) => detail!.direction || entry!.direction),
  decimal('detail_amount', ({ detail }) => detail!.amount),
  text('detail_currency', ({ detail }) => detail!.currency),
];

/** Which rows a mapping may ask for, and their columns. */
export const RECORDS = {
  statements: [...statementColumns, ...summaryColumns],
  balances: [...statementColumns, ...balanceColumns],
  entries: [...statementColumns, ...entryColumns, ...wholeColumns],
  details: [...statementColumns, ...entryColumns, ...detailColumns],
} satisfies Record<string, Column[]>;
export type RecordsKind = keyof typeof RECORDS;

/** Rows of statements. All are read once before the first row: whether a statement holds shows at its end. */
export async function openStatements(found: FoundFile, format: SourceFormat, read: ReadParts): Promise<Reading> {
  const kind = (format.records ?? 'entries') as RecordsKind;
  const columns = Object.hasOwn(RECORDS, kind) ? RECORDS[kind] : undefined;
  if (!columns) {
    throw new Failure(mappingKinds.records_unknown, {
      file: found.name,
      records: kind,
      known: Object.keys(RECORDS).join(', '),
    });
  }
  let settled: Settled[] | undefined;
  return {
    columns: columns.map(({ name }) => name),
    types: columns.map(({ type }) => type),
    async *rows(opened) {
      settled ??= await survey(found, read);
      yield* rowsOf(kind, columns, settled, found, read(opened));
    },
  };
}

async function survey(found: FoundFile, read: ReadParts): Promise<Settled[]> {
  const all: Settled[] = [];
  let open: Settled | undefined;
  for await (const parts of read(openFile(found))) {
    for (const part of parts) {
      if (open?.statement !== part.statement) {
        const { statement } = part;
        open = {
          statement,
          entries: 0,
          credits: 0n,
          debits: 0n,
          opening: undefined,
          closing: undefined,
          fault: undefined,
        };
        all.push(open);
        if (all.length > limits.statementsMax) {
          throw new Failure(loadKinds.statements_too_many, {
            file: found.name,
            max: formatCount(limits.statementsMax),
          });
        }
      }
      if (part.kind === 'entry') {
        open.entries += 1;
        if (open.entries > limits.entriesOfStatementMax) {
          const max = formatCount(limits.entriesOfStatementMax);
          throw new Failure(loadKinds.statement_too_large, { file: found.name, line: part.entry.line, max });
        }
        if (part.entry.status !== 'booked') continue;
        if (part.entry.direction === 'in') open.credits += scaled(part.entry.amount);
        else open.debits += scaled(part.entry.amount);
      } else if (part.kind === 'statement') settle(open);
    }
  }
  if (all.length === 0) throw new Failure(loadKinds.statement_none, { file: found.name });
  return all;
}

/** Opening balance and entries must make the closing balance; where there is not both, nothing can be said. */
function settle(settled: Settled): void {
  const { statement, credits, debits } = settled;
  settled.opening = statement.balances.find(({ kind }) => kind === 'opening');
  settled.closing = statement.balances.findLast(({ kind }) => kind === 'closing');
  settled.fault = statement.fault;
  const { opening, closing } = settled;
  if (settled.fault || !opening || !closing) return;
  const params = {
    statement: statement.number || statement.id,
    opening: `${opening.amount} ${opening.currency}`,
    entries: unscaled(credits - debits),
    closing: `${closing.amount} ${closing.currency}`,
  };
  if (opening.currency !== closing.currency) {
    settled.fault = new Failure(rejectKinds.statement_currencies, params);
    return;
  }
  const difference = scaled(closing.amount) - scaled(opening.amount) - credits + debits;
  if (difference !== 0n) {
    settled.fault = new Failure(rejectKinds.statement_balance, { ...params, difference: unscaled(difference) });
  }
}

async function* rowsOf(
  kind: RecordsKind,
  columns: readonly Column[],
  settled: readonly Settled[],
  found: FoundFile,
  parts: AsyncIterable<StatementPart[]>,
): AsyncGenerator<SourceRow[]> {
  let at = -1;
  let statement: Statement | undefined;
  let entries = createNumbering('');
  const keys = createStatementKeys();
  for await (const batch of parts) {
    const rows: SourceRow[] = [];
    for (const part of batch) {
      if (part.statement !== statement) {
        statement = part.statement;
        at += 1;
        const own = settled[at];
        if (!own) throw new Failure(loadKinds.file_changed, { file: found.name });
        entries = createNumbering(keys(own), own);
      }
      const own = settled[at]!;
      const base = { settled: own, key: entries.statementKey, balance: undefined, detail: undefined };
      if (part.kind === 'detail') {
        const { entry, detail } = part;
        const numbered = entries.next(entry, false);
        if (kind !== 'details') continue;
        rows.push(rowOf(columns, { ...base, ...numbered, entry, detail }, detail.line));
      } else if (part.kind === 'entry') {
        const { entry } = part;
        const numbered = entries.next(entry, true);
        if (kind === 'entries' || (kind === 'details' && entry.details === 0)) {
          const detail = entry.detail ?? (kind === 'details' ? nothing(entry) : undefined);
          rows.push(rowOf(columns, { ...base, ...numbered, entry, detail }, entry.line));
        }
      } else if (kind === 'statements' || kind === 'balances') {
        const bare = { ...base, entry: undefined, entryKey: '', entryNumber: 0, balanceAfter: '' };
        if (kind === 'statements') rows.push(rowOf(columns, bare, own.statement.line));
        else
          for (const balance of own.statement.balances) rows.push(rowOf(columns, { ...bare, balance }, balance.line));
      }
    }
    if (rows.length > 0) yield rows;
  }
}

/** An entry without details is its own only one. */
const nothing = ({ line, amount, currency, description, customerReference }: StatementEntry): Detail => ({
  line,
  number: 1,
  description,
  amount,
  currency,
  direction: '',
  endToEnd: customerReference,
  instruction: '',
  transaction: '',
  uetr: '',
  mandate: '',
  creditor: '',
  counterparty: { name: '', account: '', bank: '' },
  purpose: description,
  structured: '',
  returned: '',
});

function rowOf(columns: readonly Column[], ctx: RowContext, line: number): SourceRow {
  const values = columns.map(({ of }) => {
    const value = of(ctx);
    return value === undefined || value === null ? '' : String(value);
  });
  return {
    values,
    line,
    get text() {
      return values.map((value) => value ?? '').join('\t');
    },
    start: 0,
    end: Number.MAX_SAFE_INTEGER,
    fault: ctx.settled.fault ?? ctx.entry?.fault,
  };
}

/** Account, number or id, and the day: the same statement sent again has the same key. */
function createStatementKeys(): (settled: Settled) => string {
  const seen = new Map<string, number>();
  return ({ statement, opening, closing }) => {
    const { account, id, number, from } = statement;
    const day = closing?.date || opening?.date || from;
    const key = [account, id || number, id ? '' : day].filter((part) => part !== '').join('/');
    return numbered(seen, key);
  };
}

function numbered(seen: Map<string, number>, key: string): string {
  const times = (seen.get(key) ?? 0) + 1;
  seen.set(key, times);
  return times === 1 ? key : `${key}#${times}`;
}

/** Keys of entries within their statement, and the balance after each while dates do not go back. */
function createNumbering(statementKey: string, settled?: Settled) {
  const seen = new Map<string, number>();
  let count = 0;
  let current: StatementEntry | undefined;
  let given = { entryKey: '', entryNumber: 0, balanceAfter: '' };
  let balance = settled?.opening ? scaled(settled.opening.amount) : undefined;
  let last = '';
  return {
    statementKey,
    next(entry: StatementEntry, whole: boolean) {
      if (entry !== current) {
        current = entry;
        count += 1;
        const own = isReference(entry.reference) ? entry.reference : `~${entry.print}`;
        given = { entryKey: numbered(seen, `${statementKey}/${own}`), entryNumber: count, balanceAfter: '' };
      }
      if (whole && balance !== undefined && entry.status === 'booked') {
        balance += entry.direction === 'in' ? scaled(entry.amount) : -scaled(entry.amount);
        const day = entry.bookingDate || entry.valueDate;
        if (day >= last) {
          last = day;
          given = { ...given, balanceAfter: unscaled(balance) };
        } else balance = undefined;
      }
      return given;
    },
  };
}

const isReference = (reference: string) => reference !== '' && !/^(NONREF|NOTPROVIDED|0+)$/i.test(reference);

/** What an entry without a reference of the bank is told by. */
export function fingerprint(entry: StatementEntry): string {
  const { bookingDate, valueDate, amount, direction, reversal, customerReference, code, description } = entry;
  const parts = [
    bookingDate,
    valueDate,
    unscaled(scaled(amount)),
    direction,
    reversal,
    customerReference,
    code,
    description,
  ];
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 20);
}

const currencyOf = ({ statement, opening, closing }: Settled) =>
  statement.currency || opening?.currency || closing?.currency || '';

const signed = ({ amount, direction }: StatementEntry) =>
  direction === 'out' && Number(amount) !== 0 ? `-${amount}` : amount;

/** ISO 20022 allows five decimals; ten leave room for what is not allowed. */
const PLACES = 10;

/** A canonical decimal as a whole number of 10⁻¹⁰. */
function scaled(amount: string): bigint {
  if (amount === '') return 0n;
  const negative = amount.startsWith('-');
  const [whole = '0', fraction = ''] = (negative ? amount.slice(1) : amount).split('.');
  const units = BigInt(`${whole}${fraction.padEnd(PLACES, '0').slice(0, PLACES)}`);
  return negative ? -units : units;
}

/** At least two decimals, no more zeros than that. */
function unscaled(units: bigint): string {
  const negative = units < 0n;
  const digits = String(negative ? -units : units).padStart(PLACES + 1, '0');
  const fraction = digits.slice(-PLACES).replace(/0{1,8}$/, '');
  return `${negative ? '-' : ''}${digits.slice(0, -PLACES)}.${fraction}`;
}

import { Failure } from '#kernel';
import { concealRow } from '../load/conceal.ts';
import type { FILE_KINDS, FormatDefinition } from '../mapping/definition.ts';
import { type ArchiveEntry, type Compression, compressionOfFile, listArchive } from './archive.ts';
import type { ColumnType } from './columns.ts';
import { dateFormat } from './date-format.ts';
import { type DetectedEncoding, detectEncoding } from './encoding.ts';
import { type FoundFile, fileAt, openFile } from './folder.ts';
import { type FixedColumn, openSource, plainFormat, type SourceFormat } from './source.ts';
import { rowsOf } from './split.ts';
import { openWorkbook } from './xlsx.ts';

// What a file seems to be, so that a mapping can begin with it. Only its beginning is looked at, and nothing is kept.

const limits = {
  headBytes: 1_048_576,
  rowsMax: 1_000,
  /** Rows by which delimiters are compared. */
  sniffedRows: 200,
  headerRowsMax: 50,
  samples: 5,
  sampleLength: 60,
  distinctMax: 200,
};

export type FileKind = (typeof FILE_KINDS)[number];

/** What a person has decided already; the rest is found out. */
export type InspectOptions = Pick<
  FormatDefinition,
  'kind' | 'encoding' | 'delimiter' | 'quote' | 'header' | 'header_row' | 'sheet' | 'records'
> & { entry?: string };

export interface InspectedColumn {
  name: string;
  /** For files of fixed width: from 1. */
  start?: number;
  length?: number;
  type: ColumnType;
  /** Written form of dates. */
  format?: string;
  /** Shape of its values where they share one: `9` a digit, `A` a letter, `汉` a Chinese character, with counts: `A2-9{6}`. */
  pattern: string | null;
  /** First different values, identifiers and names masked. */
  samples: string[];
  /** Rows of the sample without a value. */
  empty: number;
  /** Different values in the sample, counted up to 200. */
  distinct: number;
}

export interface Inspection {
  name: string;
  bytes: number;
  compression: Compression;
  /** Files of an archive; with more than one of them nothing else is known until one is chosen. */
  entries: ArchiveEntry[];
  /** As it would stand in the mapping; undefined while a file of the archive is to be chosen. */
  format: FormatDefinition | undefined;
  encoding: DetectedEncoding | undefined;
  /** Sheets of a workbook that are shown. */
  sheets: string[];
  columns: InspectedColumn[];
  /** Rows looked at, those of them that could not be read, and how many the file may have. */
  rows: { sampled: number; faulty: number; estimated: number | null };
  /** Why the rows cannot be read as they are. */
  problem: Failure | undefined;
}

/** Recognises packing, format, encoding, delimiter, header and columns of a file. What is wrong with it is told in `problem`. */
export async function inspectFile(path: string, options: InspectOptions = {}): Promise<Inspection> {
  const compression = compressionOfFile(path);
  const inspection: Inspection = {
    name: path.slice(path.lastIndexOf('/') + 1),
    bytes: 0,
    compression,
    entries: [],
    format: undefined,
    encoding: undefined,
    sheets: [],
    columns: [],
    rows: { sampled: 0, faulty: 0, estimated: null },
    problem: undefined,
  };
  try {
    if (compression === 'zip') inspection.entries = await listArchive(path, inspection.name);
    if (inspection.entries.length > 1 && options.entry === undefined) return inspection;
    const found = await fileAt(path, options.entry);
    inspection.bytes = found.bytes;
    await inspect(found, options, inspection);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    inspection.problem = error;
  }
  return inspection;
}

async function inspect(found: FoundFile, options: InspectOptions, into: Inspection): Promise<void> {
  const workbook =
    compressionOfFile(found.path) === 'zip' && (found.entry === undefined || /\.xlsx$/i.test(found.entry));
  const format = workbook ? await sniffWorkbook(found, options, into) : await sniffText(found, options, into);
  into.format = format.definition;
  const source = await openSource(found, format.source);
  const rows: (string | null)[][] = [];
  let read = 0;
  for await (const batch of source.rows((bytes) => {
    read = bytes;
  })) {
    for (const row of batch) {
      if (rows.length + into.rows.faulty >= limits.rowsMax) break;
      if (row.fault) into.rows.faulty += 1;
      else rows.push(row.values);
    }
    if (rows.length + into.rows.faulty >= limits.rowsMax) break;
  }
  into.rows.sampled = rows.length + into.rows.faulty;
  into.rows.estimated = estimate(into.rows.sampled, format.rowBytes, found, read, workbook);
  into.columns = source.columns.map((name, at) => {
    const fixed = format.source.columns.find((each) => each.name === name);
    const values = rows.map((row) => row[at] ?? '');
    const place = fixed?.length === undefined ? {} : { start: fixed.start!, length: fixed.length };
    return { name, ...place, ...describe(values, source.types?.[at], source.datesKnown) };
  });
}

/** Fewer rows than are looked at is the whole file; else bytes of the file by bytes of a row. */
function estimate(sampled: number, rowBytes: number, found: FoundFile, read: number, workbook: boolean): number | null {
  if (sampled < limits.rowsMax) return sampled;
  if (workbook || rowBytes === 0 || read === 0) return null;
  return Math.max(sampled, Math.round(found.bytes / rowBytes));
}

interface Sniffed {
  definition: FormatDefinition;
  source: SourceFormat;
  /** Bytes of a row on the disk. */
  rowBytes: number;
}

async function sniffWorkbook(found: FoundFile, options: InspectOptions, into: Inspection): Promise<Sniffed> {
  const workbook = await openWorkbook(found, plainFormat.missing);
  try {
    into.sheets = workbook.sheets.filter(({ hidden }) => !hidden).map(({ name }) => name);
    const sheet = options.sheet ?? into.sheets[0];
    const chosen = workbook.sheets.find(({ name }, at) => name === sheet || at + 1 === sheet);
    const rows: { row: number; values: string[] }[] = [];
    if (chosen) {
      for await (const batch of workbook.rows(chosen.part)) {
        rows.push(...batch);
        if (rows.length >= limits.headerRowsMax) break;
      }
    }
    const headerRow = options.header_row ?? guessHeaderRow(rows.slice(0, limits.headerRowsMax));
    const header = options.header ?? headerRow > 0;
    const columns: FixedColumn[] = header ? [] : numbered(Math.max(0, ...rows.map(({ values }) => values.length)));
    const definition: FormatDefinition = {
      kind: 'xlsx',
      ...(sheet !== undefined && sheet !== into.sheets[0] && { sheet }),
      ...(!header && { header }),
      ...(headerRow > 1 && { header_row: headerRow }),
    };
    return {
      definition,
      source: { ...plainFormat, kind: 'xlsx', header, headerRow: Math.max(1, headerRow), sheet, columns },
      rowBytes: 0,
    };
  } finally {
    workbook.release();
  }
}

/** The first row that is as wide as the rows below it and looks like names; titles and notes stand above it. 0: there is none. */
function guessHeaderRow(rows: { row: number; values: string[] }[]): number {
  const filled = rows.map(({ values }) => values.filter((value) => value !== '').length);
  const usual = Math.max(0, ...filled);
  const at = filled.findIndex((count) => count >= Math.max(1, usual * 0.8));
  if (at < 0) return 1;
  return looksLikeHeader(
    rows[at]!.values,
    rows.slice(at + 1).map(({ values }) => values),
  )
    ? rows[at]!.row
    : 0;
}

async function sniffText(found: FoundFile, options: InspectOptions, into: Inspection): Promise<Sniffed> {
  const opened = openFile(found);
  const head = await readHead(opened.content);
  const packed = head.length === 0 ? 1 : Math.min(1, opened.bytesRead() / head.length);
  into.encoding = detectEncoding(head);
  const label = options.encoding ?? into.encoding.label ?? 'utf-8';
  const text = new TextDecoder(label).decode(head).replace(/^\ufeff/, '');
  const kind = options.kind ?? kindOf(text);
  const definition: FormatDefinition = { kind, ...(label !== 'utf-8' && { encoding: label }) };
  const source: SourceFormat = { ...plainFormat, kind, encoding: label, records: options.records };
  const lines = text.split('\n').length - 1;
  const rowBytes = lines === 0 ? 0 : (head.length * packed) / lines;
  if (kind === 'camt' || kind === 'mt940' || kind === 'json') {
    if (options.records) definition.records = options.records;
    return { definition, source, rowBytes: kind === 'json' ? rowBytes : 0 };
  }
  // The last line of the head may be cut.
  const whole = head.length < limits.headBytes ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  const delimited =
    options.delimiter === undefined ? guessDelimiter(whole, options.quote) : { delimiter: options.delimiter, share: 1 };
  const widths = options.kind === 'delimited' ? undefined : fixedColumns(whole, label);
  if (kind === 'fixed' || (delimited.share < 0.5 && widths && options.kind === undefined)) {
    const columns = widths ?? [{ name: '1', start: 1, length: 1 }];
    const unit = isDoubleByte(label) ? 'bytes' : 'characters';
    return {
      definition: { ...definition, kind: 'fixed', ...(unit === 'bytes' && { unit }) },
      source: { ...source, kind: 'fixed', columns, unit, ragged: true },
      rowBytes,
    };
  }
  const { delimiter } = delimited;
  const quote = options.quote === 'none' ? null : (options.quote ?? '"');
  const rows = split(whole, delimiter, quote);
  const header = options.header ?? looksLikeHeader(rows[0] ?? [], rows.slice(1));
  const headerRow = options.header_row ?? 1;
  const columns: FixedColumn[] = header ? [] : numbered(rows[0]?.length ?? 1);
  return {
    definition: {
      ...definition,
      ...(delimiter !== ',' && { delimiter }),
      ...(quote === null && { quote: 'none' }),
      ...(!header && { header }),
      ...(headerRow > 1 && { header_row: headerRow }),
    },
    source: { ...source, delimiter, quote, header, headerRow, columns },
    rowBytes,
  };
}

const numbered = (count: number): FixedColumn[] =>
  Array.from({ length: count }, (_, at) => ({ name: String(at + 1), start: undefined, length: undefined }));

async function readHead(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of content) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= limits.headBytes) break;
  }
  return Buffer.concat(pieces).subarray(0, limits.headBytes);
}

function kindOf(text: string): FileKind {
  const start = text.slice(0, 4_000).trimStart();
  if (start.startsWith('<') && /<(?:\w+:)?BkToCstmr/.test(start)) return 'camt';
  if (/^:20:/m.test(start) && /^:(?:25|28C?|60[FM]|61|13D|34F):/m.test(text.slice(0, 65_536))) return 'mt940';
  if (/^\[\s*[{\]]/.test(start) || /^\{\s*"/.test(start)) return 'json';
  return 'delimited';
}

const DELIMITERS = ['|@|', '|+|', '@|@', '||', '!^', '\t', '|', ';', ',', '\u0001', '\u001b', '^', '~'];

/** The delimiter by which most rows have equally many columns, and the share of these rows. */
function guessDelimiter(text: string, quote: string | undefined): { delimiter: string; share: number } {
  let best = { delimiter: ',', share: 0, columns: 1 };
  for (const delimiter of DELIMITERS) {
    const rows = split(text, delimiter, quote === 'none' ? null : (quote ?? '"')).slice(0, limits.sniffedRows);
    const counts = new Map<number, number>();
    for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
    const [columns, times] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [1, 0];
    const share = columns > 1 ? times / rows.length : 0;
    // Longer delimiters come first: "|" also cuts what "||" cuts, into empty columns.
    if (share > best.share + 0.05) best = { delimiter, share, columns };
  }
  return best;
}

function split(text: string, delimiter: string, quote: string | null): string[][] {
  try {
    const rows = rowsOf(text.slice(0, limits.headBytes / 4), { delimiter, quote }, '', limits.rowsMax);
    return rows.map(({ values }) => values as string[]);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [];
  }
}

const isDoubleByte = (label: string) => /^(gb|big5|hz|euc|shift)/i.test(label);

/** Lines of one length are of fixed width; columns begin where every line has a blank before. Undefined when lengths differ. */
function fixedColumns(text: string, label: string): FixedColumn[] | undefined {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .slice(0, limits.sniffedRows);
  if (lines.length < 2) return undefined;
  // Each character over ASCII takes two places of a line that counts bytes.
  const wide = (line: string) => (isDoubleByte(label) ? line.replace(/[^\p{ASCII}]/gu, '$&\u0001') : line);
  const spread = lines.map(wide);
  const width = spread[0]!.length;
  if (spread.filter((line) => line.length === width).length < spread.length * 0.9) return undefined;
  const blank = (at: number) => spread.every((line) => at >= line.length || line[at] === ' ');
  const columns: FixedColumn[] = [];
  let start = 0;
  for (let at = 1; at <= width; at++) {
    if (at < width && !(blank(at - 1) && !blank(at))) continue;
    columns.push({ name: String(columns.length + 1), start: start + 1, length: at - start });
    start = at;
  }
  return columns;
}

/** Names are there, differ, and are no values: below them stand numbers or dates where they do not. */
function looksLikeHeader(first: readonly string[], below: readonly (readonly string[])[]): boolean {
  const names = first.map((value) => value.trim());
  while (names.length > 1 && names.at(-1) === '') names.pop();
  if (names.length === 0 || names.some((name) => name === '' || name.length > 60)) return false;
  if (new Set(names).size !== names.length) return false;
  if (names.some((name) => typeOf([name]).type !== 'text')) return false;
  if (below.length === 0) return true;
  const typed = names.some((_, at) => typeOf(below.slice(0, 50).map((row) => row[at] ?? '')).type !== 'text');
  // Where all is text, a header is what never comes again.
  return typed || !names.some((name, at) => below.some((row) => row[at]?.trim() === name));
}

const DATE_FORMS = [
  'YYYY-MM-DD',
  'YYYYMMDD',
  'YYYY/MM/DD',
  'DD.MM.YYYY',
  'DD/MM/YYYY',
  'MM/DD/YYYY',
  'YYYY.MM.DD',
  'YYYY年MM月DD日',
  'DD-MM-YYYY',
];
const TIME_FORMS = [
  'YYYY-MM-DD hh:mm:ss',
  'YYYY-MM-DDThh:mm:ss',
  'YYYY-MM-DDThh:mm:ssZ',
  'YYYY/MM/DD hh:mm:ss',
  'YYYYMMDDhhmmss',
  'YYYYMMDD hh:mm:ss',
  'YYYYMMDD hhmmss',
  'YYYY-MM-DD hh:mm:ss.SSS',
  'YYYY-MM-DD hh:mm',
];
const forms = [
  ...DATE_FORMS.map((form) => ({ form, type: 'date' as const, reads: dateFormat(form, 1950)! })),
  ...TIME_FORMS.map((form) => ({ form, type: 'datetime' as const, reads: dateFormat(form, 1950)! })),
];

/** Years that dates of banks have; eight digits that are a number seldom have them all. */
const isLikely = (date: string | undefined) => date !== undefined && date >= '1900-01-01' && date < '2200-01-01';

function typeOf(values: readonly string[]): { type: ColumnType; format?: string } {
  const there = values.map((value) => value.trim()).filter((value) => value !== '');
  if (there.length === 0) return { type: 'text' };
  for (const { form, type, reads } of forms) {
    const fits = there.every((value) => isLikely(type === 'date' ? reads.date(value) : reads.datetime(value, 'UTC')));
    if (fits) return { type, format: form };
  }
  // A leading zero or more digits than a number has makes an identifier.
  if (there.some((value) => /^0\d/.test(value) || /^\d{16,}$/.test(value))) return { type: 'text' };
  if (there.every((value) => /^[+-]?\d{1,15}$/.test(value))) return { type: 'integer' };
  if (there.every((value) => /^[+-]?\d{1,15}(?:\.\d{1,10})?$/.test(value))) return { type: 'decimal' };
  return { type: 'text' };
}

function describe(
  values: readonly string[],
  known: ColumnType | undefined,
  datesKnown: boolean,
): Omit<InspectedColumn, 'name'> {
  const there = values.filter((value) => value.trim() !== '');
  const distinct = new Set<string>();
  for (const value of there) if (distinct.size < limits.distinctMax) distinct.add(value);
  const guessed = known ? { type: known } : typeOf(there);
  const { type, format } = { format: undefined, ...guessed };
  return {
    type,
    ...(format !== undefined && !datesKnown && { format }),
    pattern: patternOf(there),
    samples: [...distinct].slice(0, limits.samples).map((value) => conceal(value, type)),
    empty: values.length - there.length,
    distinct: distinct.size,
  };
}

/** Dates and amounts say nothing about a person by themselves; everything else is masked as rejects are. */
function conceal(value: string, type: ColumnType): string {
  const shown = type === 'date' || type === 'datetime' || type === 'decimal' ? value : concealRow(value);
  return shown.length > limits.sampleLength ? `${shown.slice(0, limits.sampleLength)}…` : shown;
}

function patternOf(values: readonly string[]): string | null {
  const shapes = new Set<string>();
  for (const value of values) {
    shapes.add(
      value
        .replace(/\p{Script=Han}/gu, '汉')
        .replace(/\p{Nd}/gu, '9')
        .replace(/(?!汉)\p{L}/gu, 'A')
        .replace(/(9|A|汉)\1+/g, (run) => `${run[0]}{${run.length}}`),
    );
    if (shapes.size > 1) return null;
  }
  return [...shapes][0] ?? null;
}

import { posix } from 'node:path';
import type { Entry, ZipFile } from 'yauzl';
import { Failure, formatBytes } from '#kernel';
import { loadKinds, rejectKinds } from '../failures.ts';
import { listed } from '../suggestion.ts';
import { openArchive, readEntry } from './archive.ts';
import { type FoundFile, localFile, type OpenFile } from './folder.ts';
import { plainNumber } from './json.ts';
import type { Reading, SourceFormat } from './source.ts';
import type { SourceRow } from './split.ts';
import { createStringTable, type StringTable } from './string-table.ts';
import { createXmlReader, type XmlHandlers } from './xml.ts';

// A workbook (ECMA-376) is a ZIP archive of XML parts. It is read as it comes: sheet by sheet, row by row.

const limits = {
  columnsMax: 2_000,
  rowCharactersMax: 1_048_576,
  sheetsMax: 1_000,
  stylesMax: 70_000,
  /** Texts of the table of shared strings. */
  stringsMax: 20_000_000,
  batchRows: 100,
  /** Excel keeps fifteen digits of a number; what stood behind them is lost. */
  digitsMax: 15,
};

export interface Workbook {
  sheets: { name: string; part: string; hidden: boolean }[];
  /** Rows of one sheet; `row` numbers from 1 as Excel shows them. Blank rows are left out. */
  rows(part: string, onRead?: (unpacked: number) => void): AsyncGenerator<Cells[]>;
  release(): void;
}

export interface Cells {
  row: number;
  /** By column from 0; missing cells are empty. */
  values: string[];
  fault: Failure | undefined;
}

/** The columns of the header row of one sheet. */
export async function openXlsx(found: FoundFile, format: SourceFormat): Promise<Reading> {
  const workbook = await openWorkbook(found, format.missing);
  try {
    const { part } = sheetOf(workbook, found, format.sheet);
    const columns = format.header
      ? await headerOf(workbook, part, found, format.headerRow)
      : format.columns.map(({ name }) => name);
    return { columns, datesKnown: true, whole: true, rows: (opened) => readRows(found, format, columns, opened) };
  } finally {
    workbook.release();
  }
}

async function headerOf(workbook: Workbook, part: string, found: FoundFile, headerRow: number): Promise<string[]> {
  for await (const rows of workbook.rows(part)) {
    const header = rows.find(({ row }) => row >= headerRow);
    if (!header) continue;
    const names = header.values.map((value) => value.trim().replace(/\s+/g, ' '));
    while (names.length > 1 && names.at(-1) === '') names.pop();
    return names;
  }
  throw new Failure(loadKinds.file_empty, { file: found.name });
}

function sheetOf({ sheets }: Workbook, found: FoundFile, wanted: string | number | undefined) {
  const sheet =
    wanted === undefined
      ? (sheets.find(({ hidden }) => !hidden) ?? sheets[0])
      : typeof wanted === 'number'
        ? sheets[wanted - 1]
        : sheets.find(({ name }) => name === wanted);
  if (sheet) return sheet;
  const known = listed(sheets.map(({ name }) => name));
  throw new Failure(loadKinds.sheet_missing, { file: found.name, sheet: String(wanted ?? 1), known });
}

async function* readRows(
  found: FoundFile,
  format: SourceFormat,
  columns: readonly string[],
  opened: OpenFile,
): AsyncGenerator<SourceRow[]> {
  // The file's hash is of all its bytes, while the sheet is found from the archive's end: two readings.
  for await (const _ of opened.content);
  const workbook = await openWorkbook(found, format.missing);
  try {
    const { part } = sheetOf(workbook, found, format.sheet);
    let before = format.header;
    for await (const batch of workbook.rows(part)) {
      const rows: SourceRow[] = [];
      for (const { row, values, fault } of batch) {
        if (before) {
          if (row >= format.headerRow) before = false;
          continue;
        }
        if (values.slice(columns.length).some((value) => value !== '')) {
          const wide = new Failure(rejectKinds.columns_many, { expected: columns.length, found: values.length });
          rows.push(sourceRow(row, values, fault ?? wide));
          continue;
        }
        values.length = columns.length;
        for (let at = 0; at < columns.length; at++) values[at] ??= '';
        rows.push(sourceRow(row, values, fault));
      }
      yield rows;
    }
  } finally {
    workbook.release();
  }
}

/** The row's text is put together only for those who want to see it. */
function sourceRow(line: number, values: string[], fault: Failure | undefined): SourceRow {
  const row: SourceRow = {
    values,
    line,
    get text() {
      return values.map((value) => value ?? '').join('\t');
    },
    start: 0,
    end: Number.MAX_SAFE_INTEGER,
    fault,
  };
  return row;
}

export async function openWorkbook(found: FoundFile, missing: readonly string[]): Promise<Workbook> {
  const local = await localFile(found);
  let zip: ZipFile | undefined;
  let strings: StringTable | undefined;
  const release = () => {
    zip?.close();
    strings?.release();
    local.release();
  };
  try {
    const archive = await openArchive(local.path, found.name);
    zip = archive.zip;
    const { entries } = archive;
    const parts = { zip, entries, file: found.name };
    const main = await mainPart(parts);
    if (!main) throw new Failure(loadKinds.workbook_expected, { file: found.name });
    const related = await relations(parts, main);
    const { sheets, from1904 } = await readSheets(parts, main, related);
    const dates = await readStyles(parts, related);
    strings = await readStrings(parts, related);
    const table = strings;
    return {
      sheets,
      rows: (part, onRead) =>
        sheetRows(parts, part, { strings: table, dates, from1904, missing: new Set(missing) }, onRead),
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

interface Parts {
  zip: ZipFile;
  entries: Map<string, Entry>;
  file: string;
}

async function readPart({ zip, entries, file }: Parts, name: string, handlers: XmlHandlers): Promise<boolean> {
  const entry = entries.get(name);
  if (!entry) return false;
  const reader = createXmlReader(file, handlers);
  const decoder = new TextDecoder();
  for await (const piece of readEntry(zip, entry, file)) reader.write(decoder.decode(piece, { stream: true }));
  reader.write(decoder.decode());
  reader.end();
  return true;
}

interface Relation {
  type: string;
  target: string;
}

/** What a part points at, by relation id. */
async function relations(parts: Parts, of: string): Promise<Map<string, Relation>> {
  const found = new Map<string, Relation>();
  const folder = posix.dirname(of);
  const name = of === '' ? '_rels/.rels' : posix.join(folder, '_rels', `${posix.basename(of)}.rels`);
  await readPart(parts, name, {
    open(element, attributes) {
      if (element !== 'Relationship' || found.size >= limits.sheetsMax * 2) return;
      const target = attributes.Target ?? '';
      const path = target.startsWith('/') ? target.slice(1) : posix.join(of === '' ? '' : folder, target);
      found.set(attributes.Id ?? '', { type: (attributes.Type ?? '').split('/').at(-1)!, target: path });
    },
  });
  return found;
}

async function mainPart(parts: Parts): Promise<string | undefined> {
  const related = [...(await relations(parts, '')).values()];
  const named = related.find(({ type }) => type === 'officeDocument')?.target ?? 'xl/workbook.xml';
  return parts.entries.has(named) && /\.xml$/.test(named) && !named.startsWith('word/') && !named.startsWith('ppt/')
    ? named
    : undefined;
}

async function readSheets(parts: Parts, main: string, related: Map<string, Relation>) {
  const sheets: Workbook['sheets'] = [];
  let from1904 = false;
  await readPart(parts, main, {
    open(element, attributes) {
      if (element === 'workbookPr') from1904 = attributes.date1904 === '1' || attributes.date1904 === 'true';
      if (element !== 'sheet' || sheets.length >= limits.sheetsMax) return;
      const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
      const relation = related.get(id);
      // Sheets that hold a chart alone have no rows.
      if (relation?.type !== 'worksheet') return;
      const hidden = attributes.state !== undefined && attributes.state !== 'visible';
      sheets.push({ name: attributes.name ?? '', part: relation.target, hidden });
    },
  });
  if (sheets.length === 0) throw new Failure(loadKinds.file_empty, { file: parts.file });
  return { sheets, from1904 };
}

/** For each cell style, whether its numbers are dates. */
async function readStyles(parts: Parts, related: Map<string, Relation>): Promise<boolean[]> {
  const custom = new Map<number, boolean>();
  const dates: boolean[] = [];
  const part = [...related.values()].find(({ type }) => type === 'styles')?.target;
  if (part === undefined) return dates;
  let inCells = false;
  await readPart(parts, part, {
    open(element, attributes) {
      if (element === 'numFmt') custom.set(Number(attributes.numFmtId), isDateFormat(attributes.formatCode ?? ''));
      else if (element === 'cellXfs') inCells = true;
      else if (element === 'xf' && inCells && dates.length < limits.stylesMax) {
        const id = Number(attributes.numFmtId ?? 0);
        dates.push(custom.get(id) ?? isBuiltInDate(id));
      }
    },
    close(element) {
      if (element === 'cellXfs') inCells = false;
    },
  });
  return dates;
}

/** ECMA-376 18.8.30; 27–36 and 50–58 are dates in Chinese, Japanese and Korean editions. */
const isBuiltInDate = (id: number) =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);

/** A number format of dates names years, months, days, hours or seconds outside quotes, escapes and brackets. */
export function isDateFormat(code: string): boolean {
  const bare = code
    .replace(/"[^"]*"/g, '')
    .replace(/\\./g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/[_*]./g, '');
  return /[ymdhs]/i.test(bare) && !/general/i.test(bare);
}

async function readStrings(parts: Parts, related: Map<string, Relation>): Promise<StringTable> {
  const table = createStringTable();
  const part = [...related.values()].find(({ type }) => type === 'sharedStrings')?.target;
  if (part === undefined) return table;
  let count = 0;
  let text = '';
  let reading = false;
  let phonetic = false;
  try {
    await readPart(parts, part, {
      open(element) {
        if (element === 'si') text = '';
        // Readings of characters (furigana) are no part of the text.
        else if (element === 'rPh') phonetic = true;
        else if (element === 't') reading = !phonetic;
      },
      text(piece) {
        if (reading) text += piece;
        if (text.length > limits.rowCharactersMax) {
          throw new Failure(loadKinds.huge_line, {
            file: parts.file,
            line: 0,
            max: formatBytes(limits.rowCharactersMax),
          });
        }
      },
      close(element) {
        if (element === 't') reading = false;
        else if (element === 'rPh') phonetic = false;
        else if (element === 'si') {
          count += 1;
          if (count > limits.stringsMax) {
            throw new Failure(loadKinds.rows_too_many, { file: parts.file, max: limits.stringsMax });
          }
          table.add(unescaped(text));
        }
      },
    });
    table.seal();
    return table;
  } catch (error) {
    table.release();
    throw error;
  }
}

/** `_x000D_` stands for a character that XML cannot write. */
const unescaped = (text: string) =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;

interface SheetContext {
  strings: StringTable;
  dates: boolean[];
  from1904: boolean;
  missing: ReadonlySet<string>;
}

async function* sheetRows(
  parts: Parts,
  name: string,
  ctx: SheetContext,
  onRead: ((unpacked: number) => void) | undefined,
): AsyncGenerator<Cells[]> {
  const { zip, entries, file } = parts;
  const entry = entries.get(name);
  if (!entry) throw new Failure(loadKinds.file_damaged, { file, reason: name });
  let batch: Cells[] = [];
  let row: Cells | undefined;
  let number = 0;
  let column = -1;
  let type: string | undefined;
  let style = 0;
  let raw = '';
  let reading = false;
  let phonetic = false;
  let characters = 0;
  const reader = createXmlReader(file, {
    open(element, attributes) {
      if (element === 'c') {
        column = attributes.r === undefined ? column + 1 : columnOf(attributes.r);
        type = attributes.t;
        style = Number(attributes.s ?? 0);
        raw = '';
      } else if (element === 'v' || element === 't') reading = !phonetic;
      else if (element === 'rPh') phonetic = true;
      else if (element === 'row') {
        number = attributes.r === undefined ? number + 1 : Number(attributes.r);
        row = { row: number, values: [], fault: undefined };
        column = -1;
        characters = 0;
      }
    },
    text(piece) {
      if (!reading) return;
      raw += piece;
      characters += piece.length;
      if (characters > limits.rowCharactersMax) {
        throw new Failure(loadKinds.huge_line, { file, line: number, max: formatBytes(limits.rowCharactersMax) });
      }
    },
    close(element) {
      if (element === 'v' || element === 't') reading = false;
      else if (element === 'rPh') phonetic = false;
      else if (element === 'c') {
        if (raw === '' || !row) return;
        if (column >= limits.columnsMax) {
          throw new Failure(loadKinds.columns_too_many, { file, line: number, max: limits.columnsMax, delimiter: '–' });
        }
        for (let at = row.values.length; at < column; at++) row.values.push('');
        const value = cellValue(raw, type, style, ctx);
        row.values[column] = value instanceof Failure ? raw : value;
        if (value instanceof Failure) row.fault ??= new Failure(value.kind, value.params, columnName(column));
        else if (value.includes('\0') || !value.isWellFormed())
          row.fault ??= new Failure(rejectKinds.nul, {}, columnName(column));
      } else if (element === 'row') {
        if (row && (row.fault || row.values.some((value) => value !== ''))) batch.push(row);
        row = undefined;
      }
    },
  });
  const decoder = new TextDecoder();
  for await (const piece of readEntry(zip, entry, file, onRead)) {
    reader.write(decoder.decode(piece, { stream: true }));
    if (batch.length >= limits.batchRows) {
      yield batch;
      batch = [];
    }
  }
  reader.write(decoder.decode());
  reader.end();
  if (batch.length > 0) yield batch;
}

/** `AB12` is column 27, from 0. */
function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length; at++) {
    const code = reference.charCodeAt(at) & ~32;
    if (code < 65 || code > 90) break;
    column = column * 26 + code - 64;
  }
  return column - 1;
}

export function columnName(column: number): string {
  let name = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}

function cellValue(raw: string, type: string | undefined, style: number, ctx: SheetContext): string | Failure {
  switch (type) {
    case 's': {
      const text = ctx.strings.at(Number(raw));
      return text ?? new Failure(rejectKinds.cell_error, { value: `#${raw}` });
    }
    case 'inlineStr':
    case 'str':
      return unescaped(raw);
    case 'b':
      return raw === '1' ? 'true' : 'false';
    case 'd':
      return raw.replace('T', ' ').replace(/Z$/, '');
    case 'e':
      return ctx.missing.has(raw) ? raw : new Failure(rejectKinds.cell_error, { value: raw });
    default:
      return ctx.dates[style] ? dateOf(raw, ctx.from1904) : numberOf(raw);
  }
}

/** Numbers are stored as floats in seventeen digits and meant in fifteen: 0.30000000000000004 is 0.3. */
function numberOf(raw: string): string | Failure {
  const plain = plainNumber(raw);
  const digits = plain.replace(/^-?0*\.?0*/, '').replace('.', '');
  if (digits.length <= limits.digitsMax) return plain;
  const whole = plain.split('.')[0]!.replace(/^-?0*/, '');
  if (whole.length > limits.digitsMax) return new Failure(rejectKinds.cell_digits, { value: plain });
  return plainNumber(Number(raw).toPrecision(limits.digitsMax))
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

const DAY_MS = 86_400_000;
/** Day 1 is 1900-01-01, and Excel believes in 1900-02-29: day 60. */
const EPOCH = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);

/** A day number with a fraction for the time. */
export function dateOf(raw: string, from1904: boolean): string | Failure {
  const serial = Number(raw);
  if (!Number.isFinite(serial) || serial < 0 || serial >= 2_958_466 || (!from1904 && Math.floor(serial) === 60)) {
    return new Failure(rejectKinds.cell_date, { value: raw });
  }
  const shift = !from1904 && serial < 60 ? 1 : 0;
  const instant = (from1904 ? EPOCH_1904 : EPOCH) + Math.round((serial + shift) * 86_400) * 1_000;
  const iso = new Date(instant).toISOString();
  if (serial < 1) return iso.slice(11, 19);
  return instant % DAY_MS === 0 ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

import { Failure, formatCount } from '#kernel';
import { isSecretName } from '#metadata';
import { loadKinds, rejectKinds } from '../failures.ts';
import { listed, suggestion } from '../suggestion.ts';
import type { Convert } from './columns.ts';
import { decode, type Position } from './decode.ts';
import { type FoundFile, openFile } from './folder.ts';
import { createSplitter, type Dialect, type SourceRow } from './split.ts';

const limits = {
  /** The keys of a file are remembered to find duplicates: at most 34 bytes each. */
  rowsMax: 50_000_000,
};

export interface SourceFormat extends Dialect {
  encoding: string;
  header: boolean;
  /** Column names: what to call header columns (`rename`), or all of them in order where there is no header. */
  names: readonly string[];
  rename: Readonly<Record<string, string>>;
}

/** A delimited file whose columns are known; it can be read several times. */
export interface SourceFile {
  found: FoundFile;
  columns: readonly string[];
  /** Place of a column; throws a Failure that names the file, the mapping's place and the nearest column. */
  indexOf(column: string, place: string): number;
  /** Rows with values as text; rows with a `fault` are among them. Reads the file anew. */
  rows(progress?: (bytesRead: number) => void): AsyncIterable<SourceRow[]>;
  /** SHA-256 of the bytes of the file, once `rows` was read to its end. */
  sha256(): string | undefined;
}

/** Reads the header of a file. Throws a Failure when there is none or it cannot be right. */
export async function openSource(found: FoundFile, format: SourceFormat): Promise<SourceFile> {
  const columns = format.header ? await readHeader(found, format) : [...format.names];
  refuseSecrets(found, columns);
  const index = new Map(columns.map((name, place) => [name, place]));
  let sha256: string | undefined;
  return {
    found,
    columns,
    indexOf(column, place) {
      const at = index.get(column);
      if (at === undefined) {
        throw new Failure(loadKinds.column_missing, {
          file: found.name,
          column,
          place,
          suggestion: suggestion(column, columns),
          known: listed(columns),
        });
      }
      return at;
    },
    rows: (progress) =>
      readRows(found, format, columns, progress, (hash) => {
        // The file is read several times; between the readings it must stay the same.
        if (sha256 !== undefined && sha256 !== hash) throw new Failure(loadKinds.file_changed, { file: found.name });
        sha256 = hash;
      }),
    sha256: () => sha256,
  };
}

async function readHeader(found: FoundFile, format: SourceFormat): Promise<string[]> {
  const first = await firstRow(found, format);
  if (!first) throw new Failure(loadKinds.file_empty, { file: found.name });
  if (first.fault) {
    const reason = { zh: first.fault.text('zh'), en: first.fault.text('en') };
    throw new Failure(loadKinds.header_wrong, { file: found.name, reason });
  }
  const names = first.values.map((value) => {
    const name = value!.trim();
    // Renaming hides nothing.
    return Object.hasOwn(format.rename, name) && !isSecretName(name) ? format.rename[name]! : name;
  });
  // A delimiter at the end of every line makes one nameless column more.
  while (names.length > 1 && names.at(-1) === '') names.pop();
  const twice = names.find((name, place) => name !== '' && names.indexOf(name) !== place);
  if (twice !== undefined) throw new Failure(loadKinds.column_duplicate, { file: found.name, column: twice });
  return names;
}

/**
 * A file with card verification values, PINs, passwords or track data is not read at all, whatever the mapping takes from it: rejected
 * lines are kept whole (JR/T 0171-2020, C3: another institution's are never kept).
 */
function refuseSecrets(found: FoundFile, columns: readonly string[]): void {
  const column = columns.find(isSecretName);
  if (column !== undefined) throw new Failure(loadKinds.column_secret, { file: found.name, column });
}

async function firstRow(found: FoundFile, format: SourceFormat): Promise<SourceRow | undefined> {
  const opened = openFile(found);
  const apart = { ...opened, content: firstLineApart(opened.content) };
  for await (const rows of splitFile(found, format, () => '1', apart)) {
    if (rows[0]) return rows[0];
  }
  return undefined;
}

/** What is wrong further down is told when the rows are read and their columns have names. */
async function* firstLineApart(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const piece of content) {
    const end = first ? piece.indexOf('\n') + 1 : 0;
    first = false;
    if (end > 0) yield piece.subarray(0, end);
    if (end < piece.length) yield piece.subarray(end);
  }
}

async function* splitFile(
  found: FoundFile,
  format: SourceFormat,
  columnAt: Position['columnAt'],
  opened: ReturnType<typeof openFile>,
): AsyncGenerator<SourceRow[]> {
  const splitter = createSplitter(format, found.name);
  const position: Position = {
    file: found.name,
    get line() {
      return splitter.line;
    },
    columnAt,
  };
  for await (const text of decode(opened.content, format.encoding, position)) yield splitter.split(text);
  yield splitter.end();
}

async function* readRows(
  found: FoundFile,
  format: SourceFormat,
  columns: readonly string[],
  progress: ((bytesRead: number) => void) | undefined,
  onHash: (sha256: string) => void,
): AsyncGenerator<SourceRow[]> {
  const opened = openFile(found);
  const columnAt = (line: string) => {
    const splitter = createSplitter(format, found.name);
    const rows = [...splitter.split(line), ...splitter.end()];
    const place = Math.max(0, (rows[0]?.values.length ?? 1) - 1);
    return columns[place] ?? String(place + 1);
  };
  let skipped = !format.header;
  let count = 0;
  let last: SourceRow | undefined;
  for await (const rows of splitFile(found, format, columnAt, opened)) {
    const first = skipped ? 0 : Math.min(1, rows.length);
    if (first === 1) skipped = true;
    const batch = first === 0 ? rows : rows.slice(first);
    count += batch.length;
    if (count > limits.rowsMax) {
      throw new Failure(loadKinds.rows_too_many, { file: found.name, max: formatCount(limits.rowsMax) });
    }
    for (const row of batch) checkWidth(row, columns.length);
    progress?.(opened.bytesRead());
    // The last row waits: that a row is short because the file was cut shows only when nothing follows.
    if (batch.length > 0) {
      if (last) yield [last];
      last = batch.pop();
      if (batch.length > 0) yield batch;
    }
  }
  if (last) {
    nameCut(last, columns.length);
    yield [last];
  } else if (!format.header) {
    throw new Failure(loadKinds.file_empty, { file: found.name });
  }
  progress?.(found.bytes);
  onHash(opened.sha256());
}

function checkWidth(row: SourceRow, expected: number): void {
  const found = row.values.length;
  if (found === expected || row.fault) return;
  if (found > expected && row.values.slice(expected).every((value) => value === '')) row.values.length = expected;
  else if (found > expected) row.fault = new Failure(rejectKinds.columns_many, { expected, found });
  else row.fault = new Failure(rejectKinds.columns_few, { expected, found });
}

/** A last row that is short was cut, whether inside a quoted value or between two. */
function nameCut(row: SourceRow, expected: number): void {
  if (row.fault?.kind === rejectKinds.columns_few || row.fault?.kind === rejectKinds.row_cut) {
    row.fault = new Failure(rejectKinds.row_cut, { expected, found: row.fault.params.found });
  }
}

/** Replaces texts by canonical values in place. The first value that cannot be read becomes the row's fault. */
export function convertRow(
  row: SourceRow,
  converters: readonly (Convert | undefined)[],
  columns: readonly string[],
): void {
  const { values } = row;
  for (let index = 0; index < values.length; index++) {
    const convert = converters[index];
    if (!convert) continue;
    try {
      values[index] = convert(values[index] as string);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      row.fault = new Failure(error.kind, error.params, columns[index]);
      return;
    }
  }
}

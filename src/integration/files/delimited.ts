import { Failure } from '#kernel';
import { loadKinds, rejectKinds } from '../failures.ts';
import { decode, type LineFault, type Position } from './decode.ts';
import { type FoundFile, type OpenFile, openFile } from './folder.ts';
import type { Reading, SourceFormat } from './source.ts';
import { createSplitter, placeOf, type SourceRow } from './split.ts';

/** Values between delimiters, quoted where need be (RFC 4180). */
export async function openDelimited(found: FoundFile, format: SourceFormat): Promise<Reading> {
  const columns = format.header ? await readHeader(found, format) : format.columns.map(({ name }) => name);
  return { columns, rows: (opened) => readRows(found, format, columns, opened) };
}

async function readHeader(found: FoundFile, format: SourceFormat): Promise<string[]> {
  const header = await headerRow(found, format);
  if (!header) throw new Failure(loadKinds.file_empty, { file: found.name });
  if (header.fault) {
    const reason = { zh: header.fault.text('zh'), en: header.fault.text('en') };
    throw new Failure(loadKinds.header_wrong, { file: found.name, line: header.line, reason });
  }
  const names = header.values.map((value) => value!.trim());
  // A delimiter at the end of every line makes one nameless column more.
  while (names.length > 1 && names.at(-1) === '') names.pop();
  return names;
}

async function headerRow(found: FoundFile, format: SourceFormat): Promise<SourceRow | undefined> {
  const content = firstLineApart(openFile(found).content);
  for await (const rows of splitFile(found, format, () => '1', content)) {
    const header = rows.find(({ line }) => line >= format.headerRow);
    if (header) return header;
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
  content: AsyncIterable<Buffer>,
): AsyncGenerator<SourceRow[]> {
  const splitter = createSplitter(format, found.name);
  const position: Position = {
    file: found.name,
    get line() {
      return splitter.line;
    },
    columnAt,
  };
  let open: LineFault[] = [];
  for await (const { text, faults } of decode(content, format.encoding, position)) {
    if (faults) open.push(...faults);
    for (const rows of splitter.split(text)) {
      if (open.length > 0) open = markRows(rows, open);
      yield rows;
    }
  }
  const rows = splitter.end();
  if (open.length > 0) markRows(rows, open);
  yield rows;
}

/** Gives the faults of lines to the rows that these lie in; those behind the last row wait for it. */
function markRows(rows: SourceRow[], faults: LineFault[]): LineFault[] {
  let at = 0;
  for (const row of rows) {
    const last = row.line + row.text.slice(row.start, row.end).split('\n').length - 1;
    for (; at < faults.length && faults[at]!.line <= last; at++) {
      if (faults[at]!.line >= row.line) row.fault = faults[at]!.fault;
    }
    if (at >= faults.length) break;
  }
  return faults.slice(at);
}

async function* readRows(
  found: FoundFile,
  format: SourceFormat,
  columns: readonly string[],
  opened: OpenFile,
): AsyncGenerator<SourceRow[]> {
  const columnAt = (line: string) => {
    const place = placeOf(line, format);
    return columns[place] ?? String(place + 1);
  };
  const { skip } = format;
  let before = format.header;
  let last: SourceRow | undefined;
  for await (const rows of splitFile(found, format, columnAt, opened.content)) {
    let batch = rows;
    if (before) {
      const header = rows.findIndex(({ line }) => line >= format.headerRow);
      if (header < 0) continue;
      batch = rows.slice(header + 1);
      before = false;
    }
    if (skip.length > 0) {
      batch = batch.filter(({ text, start }) => !skip.some((prefix) => text.startsWith(prefix, start)));
    }
    for (const row of batch) checkWidth(row, columns.length);
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

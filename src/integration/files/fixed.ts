import { Failure } from '#kernel';
import { rejectKinds } from '../failures.ts';
import { byteLines, decode, decodeLine, type LineFault, type Position } from './decode.ts';
import type { FoundFile, OpenFile } from './folder.ts';
import type { Reading, SourceFormat } from './source.ts';
import type { SourceRow } from './split.ts';

interface Field {
  name: string;
  /** From 0; `end` is behind the last place. */
  start: number;
  end: number;
}

/** Values at fixed places of a line. Hosts count bytes, so a Chinese character takes two places of a GBK file; others count characters. */
export async function openFixed(found: FoundFile, format: SourceFormat): Promise<Reading> {
  const fields = fieldsOf(format);
  const columns = fields.map(({ name }) => name);
  const wide = format.unit === 'bytes' && !/^utf-?16/i.test(format.encoding);
  return {
    columns,
    rows: (opened) => (wide ? byBytes(found, format, fields, opened) : byCharacters(found, format, fields, opened)),
  };
}

/** A column without `start` follows the one before it. */
function fieldsOf(format: SourceFormat): Field[] {
  let next = 0;
  return format.columns.map(({ name, start, length }) => {
    const from = start === undefined ? next : start - 1;
    next = from + (length ?? 0);
    return { name, start: from, end: next };
  });
}

async function* byCharacters(
  found: FoundFile,
  format: SourceFormat,
  fields: readonly Field[],
  opened: OpenFile,
): AsyncGenerator<SourceRow[]> {
  let line = 0;
  let rest = '';
  const position = positionOf(found, fields, () => line + (rest === '' ? 0 : 1));
  const take = (text: string, faults: LineFault[] | undefined, final: boolean): SourceRow[] => {
    const whole = rest + text;
    const rows: SourceRow[] = [];
    let start = 0;
    for (
      let end = whole.indexOf('\n');
      end !== -1 || (final && start < whole.length);
      end = whole.indexOf('\n', start)
    ) {
      const stop = end === -1 ? whole.length : end;
      line += 1;
      const content = whole.charCodeAt(stop - 1) === CR && stop > start ? stop - 1 : stop;
      const fault = faults?.find((each) => each.line === line)?.fault;
      const row = cut(whole, start, content, line, fields, format);
      if (row) rows.push(fault ? { ...row, fault } : row);
      start = stop + 1;
    }
    rest = whole.slice(start);
    return rows;
  };
  for await (const { text, faults } of decode(opened.content, format.encoding, position))
    yield take(text, faults, false);
  yield take('', undefined, true);
}

async function* byBytes(
  found: FoundFile,
  format: SourceFormat,
  fields: readonly Field[],
  opened: OpenFile,
): AsyncGenerator<SourceRow[]> {
  let line = 0;
  const position = positionOf(found, fields, () => line);
  for await (const { lines, label } of byteLines(opened.content, format.encoding, position)) {
    const rows: SourceRow[] = [];
    for (let start = 0; start < lines.length; ) {
      const newline = lines.indexOf(LF, start);
      const end = newline === -1 ? lines.length : newline;
      const bytes = lines.subarray(start, lines[end - 1] === CR && end > start ? end - 1 : end);
      line += 1;
      const row = cutBytes(bytes, label, line, fields, format, position);
      if (row) rows.push(row);
      start = end + 1;
    }
    yield rows;
  }
}

const CR = 13;
const LF = 10;

const positionOf = (found: FoundFile, fields: readonly Field[], line: () => number): Position => ({
  file: found.name,
  get line() {
    return line();
  },
  columnAt: (_, index) => fields.findLast(({ start }) => start <= index)?.name ?? '1',
});

function cut(
  text: string,
  start: number,
  end: number,
  line: number,
  fields: readonly Field[],
  format: SourceFormat,
): SourceRow | undefined {
  if (start === end || format.skip.some((prefix) => text.startsWith(prefix, start))) return undefined;
  const values = fields.map((field) =>
    text.slice(Math.min(end, start + field.start), Math.min(end, start + field.end)),
  );
  const beyond = start + widthOf(fields);
  const fault = checkWidth(end - start, text.slice(Math.min(end, beyond), end).trim() === '', fields, format);
  return { values, line, text, start, end, fault };
}

function cutBytes(
  bytes: Buffer,
  label: string,
  line: number,
  fields: readonly Field[],
  format: SourceFormat,
  position: Position,
): SourceRow | undefined {
  const text = decodeLine(bytes, label, position);
  if (text instanceof Failure) {
    const shown = new TextDecoder(label).decode(bytes);
    return { values: fields.map(() => ''), line, text: shown, start: 0, end: shown.length, fault: text };
  }
  // As many characters as bytes: the places are the same.
  if (text.length === bytes.length) return cut(text, 0, text.length, line, fields, format);
  if (format.skip.some((prefix) => text.startsWith(prefix))) return undefined;
  const row: SourceRow = { values: [], line, text, start: 0, end: text.length, fault: undefined };
  for (const { name, start, end } of fields) {
    const value = decodeLine(bytes.subarray(start, end), label, position);
    if (value instanceof Failure) {
      row.fault ??= new Failure(rejectKinds.width_inside, { from: start + 1, to: end }, name);
      row.values.push('');
    } else row.values.push(value);
  }
  const rest = bytes.subarray(widthOf(fields));
  row.fault ??= checkWidth(
    bytes.length,
    rest.every((byte) => byte === 0x20),
    fields,
    format,
  );
  return row;
}

const widthOf = (fields: readonly Field[]) => fields.reduce((most, { end }) => Math.max(most, end), 0);

function checkWidth(
  width: number,
  restIsBlank: boolean,
  fields: readonly Field[],
  { ragged }: SourceFormat,
): Failure | undefined {
  const expected = widthOf(fields);
  if (width < expected && !ragged) return new Failure(rejectKinds.width_short, { expected, found: width });
  if (width > expected && !restIsBlank) return new Failure(rejectKinds.width_long, { expected, found: width });
  return undefined;
}

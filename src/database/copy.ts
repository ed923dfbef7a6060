import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from, to } from 'pg-copy-streams';
import { clientOf, type Transaction } from './connection.ts';

/** Texts are gathered to about this many characters before they travel: a message per row would cost more than the row. */
const chunkLengthMin = 64 * 1024;

/**
 * Sends rows by `COPY … FROM STDIN`, the fastest way in. The source is read only as fast as the server takes it. Chunks may
 * cut rows anywhere. Returns the number of rows; an error of the source or the server ends the whole statement.
 */
export async function copyIn(tx: Transaction, statement: string, chunks: Chunks): Promise<number> {
  const target = (await clientOf(tx)).query(from(statement));
  await pipeline(Readable.from(gather(chunks)), target);
  return target.rowCount;
}

/** Before the first row of the binary format: a signature of eleven bytes, flags, the length of an extension (none is sent). */
const BINARY_HEADER_BYTES = 19;
const BINARY_END = -1;

/**
 * Reads rows by `COPY (…) TO STDOUT`, in PostgreSQL's binary form and all of them at once: the caller bounds how many. Nothing is taken apart:
 * `visit` learns of each row where in the bytes its fields begin and end, two numbers a field, which hold until it returns; an end before the
 * beginning is a null.
 */
export async function copyOut(
  tx: Transaction,
  query: string,
  visit: (bytes: Buffer, places: readonly number[]) => void,
): Promise<void> {
  const source = (await clientOf(tx)).query(to(`copy (${query}) to stdout (format binary)`));
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const places: number[] = [];
  let at = BINARY_HEADER_BYTES;
  for (;;) {
    const count = bytes.readInt16BE(at);
    if (count === BINARY_END) return;
    at += 2;
    for (let index = 0; index < count; index += 1) {
      const length = bytes.readInt32BE(at);
      at += 4;
      places[index * 2] = at;
      places[index * 2 + 1] = at + length;
      if (length > 0) at += length;
    }
    visit(bytes, places);
  }
}

type Chunks = Iterable<string | Buffer> | AsyncIterable<string | Buffer>;

/** Joins short texts. Waiting on each chunk of a source that never waits would cost several times the joining itself. */
async function* gather(chunks: Chunks): AsyncGenerator<Buffer> {
  const gathered: Gathered = { text: '' };
  if (Symbol.iterator in chunks) {
    for (const chunk of chunks) for (const ready of add(gathered, chunk)) yield ready;
  } else {
    for await (const chunk of chunks) for (const ready of add(gathered, chunk)) yield ready;
  }
  if (gathered.text !== '') yield Buffer.from(gathered.text);
}

interface Gathered {
  text: string;
}

const nothing: Buffer[] = [];

/** Takes one chunk in and gives out what is ready to travel. */
function add(gathered: Gathered, chunk: string | Buffer): Buffer[] {
  if (typeof chunk === 'string') {
    gathered.text += chunk;
    if (gathered.text.length < chunkLengthMin) return nothing;
  }
  const ready: Buffer[] = gathered.text === '' ? [] : [Buffer.from(gathered.text)];
  gathered.text = '';
  if (typeof chunk !== 'string') ready.push(chunk);
  return ready;
}

/** One value in COPY's text format: NULL as `\N`, the format's own characters escaped. */
export function copyText(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value !== 'string') return String(value);
  return special.test(value) ? value.replace(specials, (found) => escapes[found]!) : value;
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;

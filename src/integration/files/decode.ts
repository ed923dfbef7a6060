import { Failure, formatBytes, type Text } from '#kernel';
import { loadKinds as kinds, rejectKinds } from '../failures.ts';
import { detectEncoding } from './encoding.ts';

/** How far the reading of a file has come; kept by whoever consumes the text, read where a message must name the place. */
export interface Position {
  file: string;
  /** Lines handed over so far. */
  readonly line: number;
  /** Which column a text position of the current line lies in, for messages. */
  columnAt(line: string, index: number): string;
}

export const LINE_BYTES_MAX = 1_048_576;
const SAMPLE_BYTES = 1_048_576;

/** Encodings that a message may propose for a line. */
const CANDIDATES = ['utf-8', 'gb18030', 'big5', 'windows-1250', 'windows-1252'] as const;

export function isEncoding(label: string): boolean {
  if (label === 'detect') return true;
  try {
    new TextDecoder(label);
    return true;
  } catch {
    return false;
  }
}

const NEWLINE = 0x0a;

/** A line that has bytes which are not of the encoding, or NUL; its row is rejected and the rest of the file goes on. */
export interface LineFault {
  line: number;
  fault: Failure;
}

export interface Piece {
  text: string;
  faults: LineFault[] | undefined;
}

/**
 * Turns bytes into text. What the encoding does not allow becomes U+FFFD and a fault of its line, never a wrong character unsaid.
 * Every piece but the last ends at a line end, so that a faulty byte is found in its line. (In all multi-byte encodings of WHATWG
 * besides UTF-16 a byte 0x0A is a line end.)
 */
export async function* decode(
  bytes: AsyncIterable<Buffer>,
  encoding: string,
  position: Position,
): AsyncGenerator<Piece> {
  let read: ((lines: Buffer) => Piece) | undefined;
  let utf16: TextDecoder | undefined;
  for await (const lines of gatherLines(bytes, position)) {
    if (read) {
      yield read(lines);
      continue;
    }
    const label = canonical(encoding === 'detect' ? detected(lines, position.file) : encoding);
    if (label.startsWith('utf-16')) {
      // UTF-16 has line ends of two bytes: it is decoded as one stream, and its faults are named without the byte.
      utf16 = new TextDecoder(label);
      read = (more) => pieceOfUtf16(utf16!.decode(more, { stream: true }), label, position);
      yield read(lines);
    } else {
      read = (more) => decodeLines(more, label, position);
      yield read(withoutByteOrderMark(lines, label));
    }
  }
  if (utf16) yield pieceOfUtf16(utf16.decode(), utf16.encoding, position);
}

/** Pieces of whole lines as bytes, with the encoding that they are in (not UTF-16). */
export async function* byteLines(
  bytes: AsyncIterable<Buffer>,
  encoding: string,
  position: Position,
): AsyncGenerator<{ lines: Buffer; label: string }> {
  let label: string | undefined;
  for await (const lines of gatherLines(bytes, position)) {
    if (label) yield { lines, label };
    else {
      label = canonical(encoding === 'detect' ? detected(lines, position.file) : encoding);
      yield { lines: withoutByteOrderMark(lines, label), label };
    }
  }
}

/** The text of one line; a Failure when it is not of the encoding or holds NUL. */
export function decodeLine(line: Buffer, label: string, position: Position): string | Failure {
  let text: string;
  try {
    text = decoderOf(label).decode(line);
  } catch {
    return wrongBytes(line, label, position);
  }
  return text.includes('\0') ? new Failure(rejectKinds.nul, {}, position.columnAt(text, text.indexOf('\0'))) : text;
}

/** Joins pieces so that each ends at a line end; the very last may not. */
async function* gatherLines(bytes: AsyncIterable<Buffer>, position: Position): AsyncGenerator<Buffer> {
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  for await (const piece of bytes) {
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      yield carriedBytes > 0 ? Buffer.concat([...carried, piece.subarray(0, end)]) : piece.subarray(0, end);
      carried = [];
      carriedBytes = 0;
    }
    if (end < piece.length) {
      carried.push(piece.subarray(end));
      carriedBytes += piece.length - end;
      // A file with other line ends (a lone CR) has no 0x0A at all: it is passed on in pieces of this size.
      if (carriedBytes > LINE_BYTES_MAX) {
        const whole = Buffer.concat(carried);
        if (!whole.includes(0x0d)) {
          throw new Failure(kinds.huge_line, {
            file: position.file,
            line: position.line + 1,
            max: formatBytes(LINE_BYTES_MAX),
          });
        }
        const cut = whole.lastIndexOf(0x0d) + 1;
        yield whole.subarray(0, cut);
        carried = [whole.subarray(cut)];
        carriedBytes = whole.length - cut;
      }
    }
  }
  if (carriedBytes > 0) yield Buffer.concat(carried);
}

// A decoder holds memory that the collector of garbage does not see, so one serves all lines. A byte order mark further down is a
// character of the text, which a decoder must not drop.
const decoderOf = remembered((label) => new TextDecoder(label, { fatal: true, ignoreBOM: true }));
const lenientDecoderOf = remembered((label) => new TextDecoder(label, { ignoreBOM: true }));
const streamingDecoderOf = remembered((label) => new TextDecoder(label, { fatal: true, ignoreBOM: true }));

function remembered(make: (label: string) => TextDecoder): (label: string) => TextDecoder {
  const made = new Map<string, TextDecoder>();
  return (label) => {
    let decoder = made.get(label);
    if (!decoder) {
      decoder = make(label);
      made.set(label, decoder);
    }
    return decoder;
  };
}

function decodeLines(bytes: Buffer, label: string, position: Position): Piece {
  let text: string;
  try {
    text = decoderOf(label).decode(bytes);
  } catch {
    return decodeFaulty(bytes, label, position);
  }
  return text.includes('\0') ? withoutNuls(text, position) : { text, faults: undefined };
}

/** Line by line: what is right stays as it is. */
function decodeFaulty(bytes: Buffer, label: string, position: Position): Piece {
  const lenient = lenientDecoderOf(label);
  const parts: string[] = [];
  const faults: LineFault[] = [];
  let line = position.line;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    const part = bytes.subarray(start, end);
    line += 1;
    if (decodes(part, label)) parts.push(decoderOf(label).decode(part));
    else {
      faults.push({ line, fault: wrongBytes(part, label, position) });
      parts.push(lenient.decode(part));
    }
    if (newline !== -1) parts.push('\n');
    start = end + 1;
  }
  const text = parts.join('');
  if (!text.includes('\0')) return { text, faults };
  const without = withoutNuls(text, position);
  return { text: without.text, faults: [...faults, ...without.faults!].sort((a, b) => a.line - b.line) };
}

function wrongBytes(line: Buffer, label: string, position: Position): Failure {
  const before = goodBytes(line, label);
  const readable = lenientDecoderOf(label).decode(line.subarray(0, before));
  const others = CANDIDATES.filter((each) => each !== label && decodes(line, each)).slice(0, 2);
  const proposal: Text =
    others.length === 0
      ? { zh: '', en: '' }
      : { zh: `，该行可按 ${others.join(' 或 ')} 读取`, en: `; this line can be read as ${others.join(' or ')}` };
  const params = { encoding: label, byte: before + 1, suggestion: proposal };
  return new Failure(rejectKinds.encoding, params, position.columnAt(readable, readable.length));
}

/** How many leading bytes of a faulty line make whole, right characters. */
function goodBytes(line: Buffer, label: string): number {
  const decoder = streamingDecoderOf(label);
  let good = 0;
  try {
    for (let index = 0; index < line.length; index++) {
      if (decoder.decode(line.subarray(index, index + 1), { stream: true }) !== '') good = index + 1;
    }
  } catch {
    // The byte that is wrong.
  }
  try {
    decoder.decode();
  } catch {
    // Begun anew, for the next line.
  }
  return good;
}

function decodes(bytes: Uint8Array, label: string): boolean {
  try {
    decoderOf(label).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** PostgreSQL keeps no NUL, and a text with one is damaged or has another encoding. */
function withoutNuls(text: string, position: Position): Piece {
  return {
    text: text.replaceAll('\0', '\ufffd'),
    faults: faultyLines(text, '\0', position, () => rejectKinds.nul, {}),
  };
}

function pieceOfUtf16(text: string, encoding: string, position: Position): Piece {
  const nul = text.includes('\0');
  if (!nul && !text.includes('\ufffd')) return { text, faults: undefined };
  const params = { encoding, byte: '?', suggestion: '' };
  const wrong = faultyLines(text, '\ufffd', position, () => rejectKinds.encoding, params);
  if (!nul) return { text, faults: wrong };
  const without = withoutNuls(text, position);
  return { text: without.text, faults: [...wrong, ...without.faults!].sort((a, b) => a.line - b.line) };
}

/** Each line with the character, once. */
function faultyLines(
  text: string,
  character: string,
  position: Position,
  kind: () => typeof rejectKinds.nul,
  params: Record<string, unknown>,
): LineFault[] {
  const faults: LineFault[] = [];
  let line = position.line + 1;
  let start = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, start)) {
    for (let newline = text.indexOf('\n', start); newline !== -1 && newline < at; newline = text.indexOf('\n', start)) {
      line += 1;
      start = newline + 1;
    }
    const fault = new Failure(kind(), params, position.columnAt(text.slice(start, at), at - start));
    faults.push({ line, fault });
    const next = text.indexOf('\n', at);
    if (next === -1) break;
    line += 1;
    start = next + 1;
  }
  return faults;
}

function detected(firstLines: Buffer, file: string): string {
  const sample = firstLines.subarray(0, firstLines.lastIndexOf(NEWLINE, SAMPLE_BYTES) + 1 || undefined);
  const { label } = detectEncoding(sample);
  if (!label) throw new Failure(kinds.encoding_unknown, { file });
  return label;
}

const canonical = (label: string) => new TextDecoder(label).encoding;

function withoutByteOrderMark(bytes: Buffer, label: string): Buffer {
  const marked = label === 'utf-8' && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked ? bytes.subarray(3) : bytes;
}

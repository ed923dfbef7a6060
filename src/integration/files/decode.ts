import { Failure, formatBytes, type Text } from '#kernel';
import { loadKinds as kinds } from '../failures.ts';

/** How far the reading of a file has come; kept by whoever consumes the text, read where a message must name the place. */
export interface Position {
  file: string;
  /** Lines taken so far. */
  line: number;
  /** Which column a text position of the current line lies in, for messages. */
  columnAt(line: string, index: number): string;
}

export const LINE_BYTES_MAX = 1_048_576;
const SAMPLE_BYTES = 1_048_576;

/** Encodings tried, in order, when a mapping says `detect` and when a message proposes another one. */
const CANDIDATES = ['utf-8', 'gb18030', 'big5', 'windows-1250', 'windows-1252'] as const;
/** Of these only the first two refuse enough byte sequences to tell them from anything else. */
const DETECTABLE = ['utf-8', 'gb18030'] as const;

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

/**
 * Turns bytes into text, refusing what the encoding does not allow. Every piece but the last ends at a line end, so that a
 * faulty byte is found in its line. (In all multi-byte encodings of WHATWG besides UTF-16 a byte 0x0A is a line end.)
 */
export async function* decode(
  bytes: AsyncIterable<Buffer>,
  encoding: string,
  position: Position,
): AsyncGenerator<string> {
  let read: ((lines: Buffer) => string) | undefined;
  let utf16: TextDecoder | undefined;
  for await (const lines of gatherLines(bytes, position)) {
    if (read) {
      yield read(lines);
      continue;
    }
    const label = canonical(encoding === 'detect' ? detect(lines, position.file) : encoding);
    if (label.startsWith('utf-16')) {
      // UTF-16 has line ends of two bytes: it is decoded as one stream, and its faults are named without the byte.
      utf16 = new TextDecoder(label, { fatal: true });
      read = (more) => decodeUtf16(utf16!, more, position);
      yield read(lines);
    } else {
      read = (more) => decodeLines(more, label, position);
      yield read(withoutByteOrderMark(lines, label));
    }
  }
  if (utf16) yield decodeUtf16(utf16, undefined, position);
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

const decoders = new Map<string, TextDecoder>();

function decoderOf(label: string): TextDecoder {
  let decoder = decoders.get(label);
  if (!decoder) {
    // A byte order mark further down is a character of the text, so the decoder must not drop it.
    decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
    decoders.set(label, decoder);
  }
  return decoder;
}

function decodeLines(bytes: Buffer, label: string, position: Position): string {
  let text: string;
  try {
    text = decoderOf(label).decode(bytes);
  } catch {
    throw wrongBytes(bytes, label, position);
  }
  if (text.includes('\0')) throw nulByte(text, position);
  return text;
}

function wrongBytes(bytes: Buffer, label: string, position: Position): Failure {
  let line = position.line;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    const part = bytes.subarray(start, end);
    line += 1;
    if (!decodes(part, label)) {
      const before = goodBytes(part, label);
      const readable = new TextDecoder(label).decode(part.subarray(0, before));
      const others = CANDIDATES.filter((each) => each !== label && decodes(part, each)).slice(0, 2);
      const proposal: Text =
        others.length === 0
          ? { zh: '', en: '' }
          : { zh: `，该行可按 ${others.join(' 或 ')} 读取`, en: `; this line can be read as ${others.join(' or ')}` };
      return new Failure(kinds.wrong_encoding, {
        file: position.file,
        line,
        column: position.columnAt(readable, readable.length),
        encoding: label,
        byte: before + 1,
        suggestion: proposal,
      });
    }
    start = end + 1;
  }
  throw new Error('bytes that fail together but not line by line');
}

/** How many leading bytes of a faulty line make whole, right characters. */
function goodBytes(line: Buffer, label: string): number {
  const decoder = new TextDecoder(label, { fatal: true });
  let good = 0;
  for (let index = 0; index < line.length; index++) {
    try {
      if (decoder.decode(line.subarray(index, index + 1), { stream: true }) !== '') good = index + 1;
    } catch {
      break;
    }
  }
  return good;
}

function decodes(bytes: Uint8Array, label: string): boolean {
  try {
    new TextDecoder(label, { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function nulByte(text: string, position: Position): Failure {
  const at = text.indexOf('\0');
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return new Failure(kinds.nul_byte, {
    file: position.file,
    line: position.line + before.split('\n').length,
    column: position.columnAt(text.slice(lineStart, at), at - lineStart),
  });
}

function detect(firstLines: Buffer, file: string): string {
  if (firstLines[0] === 0xff && firstLines[1] === 0xfe) return 'utf-16le';
  if (firstLines[0] === 0xfe && firstLines[1] === 0xff) return 'utf-16be';
  const sample = firstLines.subarray(0, firstLines.lastIndexOf(NEWLINE, SAMPLE_BYTES) + 1 || undefined);
  const label = DETECTABLE.find((each) => decodes(sample, each));
  if (!label) throw new Failure(kinds.encoding_unknown, { file });
  return label;
}

const canonical = (label: string) => new TextDecoder(label).encoding;

function withoutByteOrderMark(bytes: Buffer, label: string): Buffer {
  const marked = label === 'utf-8' && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked ? bytes.subarray(3) : bytes;
}

function decodeUtf16(decoder: TextDecoder, bytes: Buffer | undefined, position: Position): string {
  let text: string;
  try {
    text = bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
  } catch {
    const { file, line } = position;
    throw new Failure(kinds.wrong_encoding, {
      file,
      line: line + 1,
      column: '?',
      encoding: decoder.encoding,
      byte: '?',
      suggestion: '',
    });
  }
  if (text.includes('\0')) throw nulByte(text, position);
  return text;
}

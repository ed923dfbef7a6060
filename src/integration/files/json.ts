import { Failure, formatBytes } from '#kernel';
import { loadKinds, rejectKinds } from '../failures.ts';
import { LINE_BYTES_MAX } from './decode.ts';
import { detectEncoding } from './encoding.ts';
import { type FoundFile, type OpenFile, openFile } from './folder.ts';
import type { Reading, SourceFormat } from './source.ts';
import type { SourceRow } from './split.ts';

const limits = {
  /** Rows from whose keys the columns are known; others must be named in the mapping. */
  sampleRows: 1_000,
  columnsMax: 2_000,
  depthMax: 64,
  /** Digits that an exponent may add: 1e30 is written out, 1e300 is no amount. */
  exponentMax: 30,
};

/**
 * One JSON object a line, or one array of them (anywhere below, by `records`), read element by element. Values inside are reached by
 * their path, `address.city` or `phones.0`; a list or object named as a whole is its JSON text. Numbers keep their digits.
 */
export async function openJson(found: FoundFile, format: SourceFormat): Promise<Reading> {
  const named = format.columns.map(
    ({ name }) => Object.entries(format.rename).find(([, to]) => to === name)?.[0] ?? name,
  );
  const columns = new Set<string>(named);
  let rows = 0;
  sample: for await (const objects of elements(found, format, openFile(found))) {
    for (const { value } of objects) {
      if (value === undefined) continue;
      for (const key of pathsOf(value)) columns.add(key);
      rows += 1;
      if (rows >= limits.sampleRows) break sample;
    }
  }
  if (columns.size === 0) throw new Failure(loadKinds.file_empty, { file: found.name });
  if (columns.size > limits.columnsMax) {
    throw new Failure(loadKinds.columns_too_many, {
      file: found.name,
      line: 1,
      max: limits.columnsMax,
      delimiter: '{ }',
    });
  }
  const paths = [...columns];
  return {
    columns: paths,
    datesKnown: false,
    async *rows(opened) {
      for await (const objects of elements(found, format, opened)) {
        yield objects.map(({ value, text, line, fault }): SourceRow => {
          const values = value === undefined ? paths.map(() => '') : paths.map((path) => valueAt(value, path));
          return { values, line, text, start: 0, end: text.length, fault: fault ?? unclean(values, paths) };
        });
      }
    },
  };
}

type Json = string | boolean | null | Json[] | { [key: string]: Json };

interface Element {
  text: string;
  line: number;
  /** Undefined where the text is no JSON object. */
  value: Json | undefined;
  fault: Failure | undefined;
}

/** Paths of what is not an object: lists count as one value. */
function* pathsOf(value: Json, before = ''): Generator<string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (before !== '') yield before;
    return;
  }
  for (const [key, each] of Object.entries(value)) yield* pathsOf(each, before === '' ? key : `${before}.${key}`);
}

function valueAt(value: Json, path: string): string {
  let at: Json | undefined = value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, path))
    at = value[path];
  else {
    for (const step of path.split('.')) {
      if (typeof at !== 'object' || at === null) return '';
      at = Array.isArray(at) ? at[Number(step)] : Object.hasOwn(at, step) ? at[step] : undefined;
    }
  }
  if (at === undefined || at === null) return '';
  return typeof at === 'string' ? at : typeof at === 'boolean' ? String(at) : JSON.stringify(at);
}

/** JSON can write characters that no text has: NUL and halves of surrogate pairs. */
function unclean(values: readonly string[], paths: readonly string[]): Failure | undefined {
  const at = values.findIndex((value) => value.includes('\0') || !value.isWellFormed());
  return at < 0 ? undefined : new Failure(rejectKinds.nul, {}, paths[at]);
}

/** Cuts the text into the elements of the array, or into lines. An array may stand in one line of any length. */
async function* elements(found: FoundFile, format: SourceFormat, opened: OpenFile): AsyncGenerator<Element[]> {
  const cutter = createCutter(found, format.records);
  let decoder: TextDecoder | undefined;
  for await (const bytes of opened.content) {
    decoder ??= new TextDecoder(
      format.encoding === 'detect' ? (detectEncoding(bytes).label ?? 'utf-8') : format.encoding,
    );
    const { encoding } = decoder;
    yield cutter.cut(decoder.decode(bytes, { stream: true })).map(({ text, line }) => parse(text, line, encoding));
  }
  if (decoder) {
    const { encoding } = decoder;
    yield [...cutter.cut(decoder.decode()), ...cutter.end()].map(({ text, line }) => parse(text, line, encoding));
  }
}

function parse(text: string, line: number, encoding: string): Element {
  // Bytes that are not of the encoding have become this character.
  if (text.includes('\ufffd')) {
    const fault = new Failure(rejectKinds.encoding, { encoding, byte: '?', suggestion: '' });
    return { text, line, value: undefined, fault };
  }
  try {
    // A number becomes the text it was written as: floats would lose digits of amounts and of long identifiers.
    const value = JSON.parse(text, (_key, each, context?: { source?: string }) =>
      typeof each === 'number' ? plainNumber(context!.source!) : each,
    ) as Json;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { text, line, value, fault: undefined };
    return { text, line, value: undefined, fault: new Failure(rejectKinds.json_object) };
  } catch (error) {
    const reason = (error as Error).message;
    return { text, line, value: undefined, fault: new Failure(rejectKinds.json, { reason }) };
  }
}

/** Without an exponent, every digit kept: 1.5e-3 is 0.0015. */
export function plainNumber(source: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(source);
  if (!match) return source;
  const [, sign, whole, fraction = '', power] = match as unknown as [string, string, string, string?, string?];
  const exponent = Number(power);
  if (Math.abs(exponent) > limits.exponentMax) return source;
  const digits = `${whole}${fraction}`;
  const point = whole.length + exponent;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = point <= 0 ? 1 : point;
  const before = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const after = padded.slice(at).replace(/0+$/, '');
  return `${sign}${before}${after === '' ? '' : `.${after}`}`;
}

interface Cut {
  text: string;
  line: number;
}

/**
 * Finds the elements without understanding them: strings, escapes and brackets are enough. What stands before and behind the array is
 * passed over; at its beginning the keys are followed until those of `records` are met.
 */
function createCutter(found: FoundFile, records: string | undefined) {
  const wanted = records === undefined || records === '' ? [] : records.split('.');
  let mode: 'unknown' | 'lines' | 'searching' | 'array' | 'done' = 'unknown';
  let carried = '';
  /** How far `carried` was looked at already, and what was met. */
  let seen = 0;
  let depth = 0;
  let inString = false;
  let line = 1;
  const stack: { kind: string; key: string | undefined }[] = [];

  const tooLong = () => new Failure(loadKinds.huge_line, { file: found.name, line, max: formatBytes(LINE_BYTES_MAX) });

  function run(text: string, final: boolean): Cut[] {
    carried += text;
    if (mode === 'unknown') {
      const first = /[^\s\ufeff]/.exec(carried)?.[0];
      if (first === undefined) return [];
      mode = first === '[' || wanted.length > 0 ? 'searching' : 'lines';
    }
    const cuts = mode === 'lines' ? byLines(final) : byElements();
    if (carried.length > LINE_BYTES_MAX) {
      if (mode !== 'done') throw tooLong();
      carried = '';
    }
    return cuts;
  }

  function byLines(final: boolean): Cut[] {
    const cuts: Cut[] = [];
    let start = 0;
    for (let end = carried.indexOf('\n'); end !== -1; end = carried.indexOf('\n', start)) {
      push(carried.slice(start, end));
      start = end + 1;
    }
    carried = carried.slice(start);
    if (final) {
      push(carried);
      carried = '';
    }
    return cuts;
    function push(text: string): void {
      if (text.length > LINE_BYTES_MAX) throw tooLong();
      if (text.trim() !== '') cuts.push({ text: text.trim(), line });
      line += 1;
    }
  }

  function byElements(): Cut[] {
    const cuts: Cut[] = [];
    let start = 0;
    let startLine = line;
    let at = seen;
    while (at < carried.length && mode !== 'done') {
      if (mode === 'searching') {
        const next = search(at);
        if (next < 0) {
          at = 0;
          break;
        }
        at = next;
        start = at;
        startLine = line;
        continue;
      }
      const code = carried.charCodeAt(at);
      if (inString) {
        // The end of a string is the next quote that is not escaped.
        const end = stringEnd(at);
        if (end < 0) break;
        inString = false;
        at = end + 1;
        continue;
      }
      if (code === LF) line += 1;
      if (code === QUOTE) inString = true;
      else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        depth += 1;
        if (depth > limits.depthMax)
          throw new Failure(loadKinds.nested_deep, { file: found.name, line, max: limits.depthMax });
      } else if (depth > 0 && (code === CLOSE_BRACE || code === CLOSE_BRACKET)) depth -= 1;
      else if (depth === 0 && (code === COMMA || code === CLOSE_BRACKET)) {
        const text = carried.slice(start, at).trim();
        if (text.length > LINE_BYTES_MAX) throw tooLong();
        if (text !== '') cuts.push({ text, line: startLine });
        start = at + 1;
        startLine = line;
        if (code === CLOSE_BRACKET) mode = 'done';
      } else if (at === start && (code === LF || code === 0x20 || code === 0x0d || code === 0x09)) {
        // An element begins where its first character is.
        start = at + 1;
        startLine = line;
      }
      at += 1;
    }
    carried = carried.slice(start);
    seen = at - start;
    return cuts;
  }

  /** Place behind a string's last quote, or -1 while that has not come. */
  function stringEnd(from: number): number {
    for (let end = carried.indexOf('"', from); end !== -1; end = carried.indexOf('"', end + 1)) {
      let slashes = 0;
      while (carried.charCodeAt(end - 1 - slashes) === BACKSLASH && end - 1 - slashes >= from) slashes += 1;
      if (slashes % 2 === 0) return end;
    }
    return -1;
  }

  /** Follows the keys; returns the place behind the opening bracket of the array, or -1 when more text is needed. */
  function search(from: number): number {
    for (let at = from; at < carried.length; at++) {
      const code = carried.charCodeAt(at);
      if (code === LF) line += 1;
      if (code === QUOTE) {
        const end = stringEnd(at + 1);
        if (end < 0) return wait(at);
        const top = stack.at(-1);
        const text = carried.slice(at + 1, end);
        // A string before a colon is a key.
        const colon = /^\s*(:?)/.exec(carried.slice(end + 1, end + 100))!;
        if (end + 1 + colon[0].length >= carried.length) return wait(at);
        if (top?.kind === '{' && colon[1] === ':') top.key = text;
        at = end;
      } else if (code === OPEN_BRACKET) {
        const keys = stack.map(({ key }) => key);
        if (keys.length === wanted.length && keys.every((key, place) => key === wanted[place])) {
          mode = 'array';
          return at + 1;
        }
        stack.push({ kind: '[', key: undefined });
      } else if (code === OPEN_BRACE) stack.push({ kind: '{', key: undefined });
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) stack.pop();
      if (stack.length > limits.depthMax)
        throw new Failure(loadKinds.nested_deep, { file: found.name, line, max: limits.depthMax });
    }
    carried = '';
    seen = 0;
    return -1;
  }

  function wait(at: number): number {
    carried = carried.slice(at);
    seen = 0;
    return -1;
  }

  return {
    cut: (text: string) => run(text, false),
    end(): Cut[] {
      const cuts = run('', true);
      if (mode === 'searching' || mode === 'unknown') {
        if (mode === 'searching')
          throw new Failure(loadKinds.records_missing, { file: found.name, records: records ?? '[ ]' });
        return cuts;
      }
      if (mode === 'array') {
        // The array has no end: what is left was cut.
        const text = carried.trim();
        return [...cuts, { text: text === '' ? ']' : text, line }];
      }
      return cuts;
    },
  };
}

const LF = 10;
const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Document, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import { Failure, type Text } from '#kernel';
import { mappingKinds as kinds } from '../failures.ts';
import { listed, suggestion } from '../suggestion.ts';
import { type Mapping, mappingSchema } from './definition.ts';

const limits = { mappingBytesMax: 1_048_576 };

/** A place inside the mapping file: keys and list positions from the top. */
export type MappingPath = (string | number)[];

/** A mapping as read, with what later messages need to point into the file. */
export interface MappingDocument {
  mapping: Mapping;
  /** Name of the file without folders. */
  file: string;
  /** SHA-256 of its bytes, hexadecimal. */
  sha256: string;
  /** `berka.yaml:12 (loads.0.entity)`. */
  place(path: MappingPath): string;
  line(path: MappingPath): number;
}

/** Reads and checks the form of a mapping file. Throws a Failure that names file, line, place and remedy. */
export function readMapping(path: string): MappingDocument {
  const file = basename(path);
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    if (size > limits.mappingBytesMax) {
      throw new Failure(kinds.too_large, { file, bytes: size, max: limits.mappingBytesMax });
    }
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(kinds.unreadable, { file, reason: (error as Error).message });
  }
  return parseMapping(bytes.toString('utf8'), file);
}

export function parseMapping(text: string, file: string): MappingDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const error = document.errors[0];
  if (error) {
    const at = lines.linePos(error.pos[0]).line;
    throw new Failure(kinds.syntax, { place: `${file}:${at}`, reason: error.message.split('\n')[0] });
  }
  const line = (path: MappingPath) => lines.linePos(offsetOf(document, path)).line;
  const place = (path: MappingPath) =>
    path.length === 0 ? `${file}:${line(path)}` : `${file}:${line(path)} (${path.join('.')})`;
  const raw: unknown = document.toJS({ maxAliasCount: 1_000 });
  const result = mappingSchema.safeParse(raw);
  if (!result.success) throw failureOf(firstOf(result.error.issues), raw, place);
  return { mapping: result.data, file, sha256: createHash('sha256').update(text).digest('hex'), place, line };
}

/** Where the key of a path begins, or the deepest part of it that is there. */
function offsetOf(document: Document, path: MappingPath): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else {
      const item = (node as { items?: unknown[] } | null)?.items?.[Number(step)];
      if (!item) break;
      offset = (item as Node).range?.[0] ?? offset;
      node = item;
    }
  }
  return offset;
}

type Issue = z.core.$ZodIssue;

/** A misspelt key explains a missing one better than the other way round. */
function firstOf(issues: Issue[]): Issue {
  return issues.find((issue) => issue.code === 'unrecognized_keys') ?? issues[0]!;
}

function failureOf(issue: Issue, raw: unknown, place: MappingDocument['place']): Failure {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  const field = path.join('.');
  const key = path.at(-1) ?? '';
  const value = valueAt(raw, path);
  if (issue.code === 'unrecognized_keys') {
    const wrong = issue.keys[0]!;
    const known = keysAt(mappingSchema, path);
    return new Failure(
      kinds.unknown_key,
      { place: place([...path, wrong]), key: wrong, suggestion: suggestion(wrong, known), known: listed(known) },
      [...path, wrong].join('.'),
    );
  }
  if (value === undefined || value === null) {
    return new Failure(kinds.missing_key, { place: place(path.slice(0, -1)), key }, field);
  }
  if (issue.code === 'invalid_value') {
    const options = issue.values.map(String);
    const params = { place: place(path), key, value: shown(value), suggestion: suggestion(String(value), options) };
    return new Failure(kinds.wrong_option, { ...params, options: listed(options) }, field);
  }
  if (issue.code === 'invalid_type') {
    return new Failure(kinds.wrong_type, { place: place(path), key, expected: expectedWord(issue.expected) }, field);
  }
  const rule = issue.code === 'invalid_format' && 'pattern' in issue ? String(issue.pattern) : issue.message;
  return new Failure(kinds.wrong_value, { place: place(path), key, value: shown(value), rule }, field);
}

/** Where a bare word stands for an object with one property, the word is the value of that property. */
function valueAt(raw: unknown, path: MappingPath): unknown {
  let at = raw;
  for (const step of path) {
    if (typeof at === 'string') return at;
    at = (at as Record<string, unknown> | undefined)?.[step];
  }
  return at;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

const words: Record<string, Text> = {
  string: { zh: '文本', en: 'a text' },
  number: { zh: '数字', en: 'a number' },
  int: { zh: '整数', en: 'a whole number' },
  boolean: { zh: 'true 或 false', en: 'true or false' },
  array: { zh: '列表', en: 'a list' },
  object: { zh: '一组设置', en: 'a group of settings' },
  record: { zh: '一组设置', en: 'a group of settings' },
};

function expectedWord(expected: string): Text {
  return words[expected] ?? { zh: expected, en: expected };
}

/** The settings that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: MappingPath): string[] {
  let at: z.core.$ZodType = unwrap(schema);
  for (const step of path) {
    if (at instanceof z.ZodObject) at = unwrap(at.shape[step]);
    else if (at instanceof z.ZodRecord) at = unwrap(at.valueType);
    else if (at instanceof z.ZodArray) at = unwrap(at.element);
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodLazy) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.out);
  if (schema instanceof z.ZodUnion) {
    return unwrap(schema.options.find((option) => unwrap(option) instanceof z.ZodObject) ?? schema.options[0]!);
  }
  return schema;
}

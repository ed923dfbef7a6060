import { Failure } from '#kernel';
import { type FieldDefinition, fieldTypes, type Model } from '#metadata';
import { mappingKinds, rejectKinds } from '../failures.ts';
import type { CodesDefinition, MappedFieldDefinition } from '../mapping/definition.ts';
import type { MappingDocument, MappingPath } from '../mapping/read.ts';
import { compileExpression } from './expression.ts';
import { createReferenceTable, type Reference, type ReferenceTable } from './references.ts';
import { type Joined, type Read, type Scope, unknownName, type Values } from './scope.ts';
import { compileTemplate } from './template.ts';

/** A field of an entity with the way its value is made from a row. Reading throws a reject reason. */
export type PlannedField = { field: FieldDefinition; initial: boolean } & (
  | { kind: 'value'; read: Read }
  | { kind: 'reference'; read: ReadReference; absent: 'reject' | 'empty' | 'allow' }
);
export type ReadReference = (values: Values, joined: Joined) => Reference | null;

export interface FieldContext {
  model: Model;
  document: MappingDocument;
  scope: Scope;
  zone: string;
  /** Shared by all loads of a mapping, so that a key is hashed once. */
  references: Map<string, ReferenceTable>;
}

const VALUES_OF_A_FIELD = ['column', 'value', 'text', 'expression', 'key', 'first_of'] as const;

export function compileField(
  ctx: FieldContext,
  field: FieldDefinition,
  definition: MappedFieldDefinition,
  path: MappingPath,
): PlannedField {
  const found = VALUES_OF_A_FIELD.filter((key) => definition[key] !== undefined);
  if (found.length !== 1) {
    const params = { keys: VALUES_OF_A_FIELD.join(' / '), found: found.join(', ') || '–' };
    throw new Failure(mappingKinds.one_of, { place: ctx.document.place(path), ...params }, path.join('.'));
  }
  const initial = definition.initial ?? false;
  if (field.type === 'ref') {
    return { field, initial, kind: 'reference', ...compileReference(ctx, field, definition, path) };
  }
  if (definition.key !== undefined) {
    const params = { place: ctx.document.place(path), field: field.code };
    throw new Failure(mappingKinds.key_without_ref, params, path.join('.'));
  }
  return { field, initial, kind: 'value', read: required(field, compileValue(ctx, field, definition, path)) };
}

/** Defaults that speak of whoever writes and of the moment: a file is nobody, and says itself when something was. */
const OF_THE_WRITER = new Set(['me', 'now']);

/** Whether a field has a value to begin with that a load may give it. */
export const hasDefault = (field: FieldDefinition) => field.default !== undefined && !OF_THE_WRITER.has(field.default);

/** What a field starts with when the mapping does not name it. */
export function defaultField(field: FieldDefinition): PlannedField {
  const value = fieldTypes[field.type].parse(field.default!, field);
  return { field, initial: true, kind: 'value', read: () => value };
}

function required(field: FieldDefinition, read: Read): Read {
  if (!field.required) return read;
  return (values, joined) => {
    const value = read(values, joined);
    if (value === null) throw new Failure(rejectKinds.required, { field: field.label }, field.code);
    return value;
  };
}

function compileReference(
  ctx: FieldContext,
  field: FieldDefinition,
  definition: MappedFieldDefinition,
  path: MappingPath,
): { read: ReadReference; absent: 'reject' | 'empty' | 'allow' } {
  const target = ctx.model.entity(field.ref!);
  const keys = (definition.first_of ?? [definition]).map((each, index) => {
    if (each.key === undefined) {
      const params = { place: ctx.document.place(path), field: field.code, example: `{ key: "{${field.code}_id}" }` };
      throw new Failure(mappingKinds.ref_without_key, params, path.join('.'));
    }
    const source = each.source ?? ctx.document.mapping.source;
    const name = `${target.code}\u0000${source}`;
    const table = ctx.references.get(name) ?? createReferenceTable(target, source);
    ctx.references.set(name, table);
    const at = definition.first_of ? [...path, 'first_of', index, 'key'] : [...path, 'key'];
    return { table, read: compileTemplate(each.key, 'key', ctx.scope, ctx.document, at) };
  });
  const read: ReadReference = (values, joined) => {
    for (const each of keys) {
      const key = each.read(values, joined);
      if (key !== null) return each.table.of(key);
    }
    if (field.required) throw new Failure(rejectKinds.required, { field: field.label }, field.code);
    return null;
  };
  return { read, absent: definition.absent ?? 'reject' };
}

function compileValue(
  ctx: FieldContext,
  field: FieldDefinition,
  definition: MappedFieldDefinition,
  path: MappingPath,
): Read {
  const first = definition.first_of?.map((each, index) => compileValue(ctx, field, each, [...path, 'first_of', index]));
  const read = first
    ? firstOf(first)
    : translated(ctx, field, definition, path, rawValue(ctx, field, definition, path));
  if (definition.default === undefined) return read;
  const fallback = constant(ctx, field, definition.default, [...path, 'default']);
  return (values, joined) => read(values, joined) ?? fallback;
}

function firstOf(reads: Read[]): Read {
  return (values, joined) => {
    for (const read of reads) {
      const value = read(values, joined);
      if (value !== null) return value;
    }
    return null;
  };
}

/** The text of a field before codes and the field's own check; `settled` when that check is behind it already. */
interface RawValue {
  read: Read;
  settled: boolean;
  column?: string;
  /** It is a plain decimal already. */
  plain?: boolean;
}

function rawValue(
  ctx: FieldContext,
  field: FieldDefinition,
  definition: MappedFieldDefinition,
  path: MappingPath,
): RawValue {
  const { column, value, text, expression } = definition;
  if (column !== undefined) {
    const found = ctx.scope.column(column, [...path, 'column']);
    // A date column is checked by its own form already.
    const settled = (field.type === 'date' || field.type === 'datetime') && found.type === field.type;
    return { read: found.read, settled, column, plain: found.type === 'decimal' };
  }
  if (text !== undefined) {
    return { read: compileTemplate(text, 'text', ctx.scope, ctx.document, [...path, 'text']), settled: false };
  }
  if (expression !== undefined) {
    const at = [...path, 'expression'];
    return { read: compileExpression(expression, ctx.scope, ctx.zone, ctx.document, at), settled: false };
  }
  if (value === undefined) {
    // Inside first_of nothing has counted the keys yet.
    const params = { place: ctx.document.place(path), keys: 'column / value / text / expression', found: '–' };
    throw new Failure(mappingKinds.one_of, params, path.join('.'));
  }
  const fixed = constant(ctx, field, Array.isArray(value) ? value.join(',') : value, [...path, 'value']);
  return { read: () => fixed, settled: true };
}

/** A value written in the mapping, in canonical form; a wrong one is the mapping's fault, not a row's. */
function constant(
  ctx: FieldContext,
  field: FieldDefinition,
  value: string | number | boolean,
  path: MappingPath,
): string | null {
  try {
    return fieldTypes[field.type].parse(String(value), field);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const reason = { zh: error.text('zh'), en: error.text('en') };
    throw new Failure(mappingKinds.wrong_constant, { place: ctx.document.place(path), reason }, path.join('.'));
  }
}

/** Codes, then the check of the field's type. */
function translated(
  ctx: FieldContext,
  field: FieldDefinition,
  definition: MappedFieldDefinition,
  path: MappingPath,
  raw: RawValue,
): Read {
  const parse = raw.settled ? undefined : raw.plain && field.type === 'money' ? amount(field) : checked(field);
  const located = raw.column ?? field.code;
  const codes = codesOf(ctx, definition, [...path, 'codes']);
  if (!codes) {
    if (!parse) return raw.read;
    return (values, joined) => {
      const value = raw.read(values, joined);
      return value === null ? null : attempt(parse, value, located);
    };
  }
  const table = new Map<string, string | null>();
  for (const [code, value] of Object.entries(codes.values)) {
    table.set(code, constant(ctx, field, value, [...codes.path, 'values', code]));
  }
  const empty = table.get('') ?? null;
  return (values, joined) => {
    const value = raw.read(values, joined);
    if (value === null) return empty;
    const found = table.get(value);
    if (found !== undefined) return found;
    if (codes.unknown === 'empty') return null;
    if (codes.unknown === 'pass') return parse ? attempt(parse, value, located) : value;
    throw new Failure(rejectKinds.code, { value }, located);
  };
}

function attempt(parse: (value: string) => string | null, value: string, column: string): string | null {
  try {
    return parse(value);
  } catch (error) {
    throw error instanceof Failure ? new Failure(error.kind, error.params, column) : error;
  }
}

function codesOf(
  ctx: FieldContext,
  { codes }: MappedFieldDefinition,
  path: MappingPath,
): { values: CodesDefinition['values']; unknown: CodesDefinition['unknown']; path: MappingPath } | undefined {
  if (!codes) return undefined;
  const { mapping } = ctx.document;
  if (codes.table !== undefined) {
    const table = Object.hasOwn(mapping.codes ?? {}, codes.table) ? mapping.codes![codes.table]! : undefined;
    if (!table) throw unknownName(ctx.document, path, 'codes', codes.table, Object.keys(mapping.codes ?? {}));
    return { values: table.values, unknown: codes.unknown ?? table.unknown, path: ['codes', codes.table] };
  }
  if (!codes.values) {
    throw new Failure(mappingKinds.missing_key, { place: ctx.document.place(path), key: 'values' }, path.join('.'));
  }
  return { values: codes.values, unknown: codes.unknown, path };
}

/** Types whose values repeat from row to row, and whose check costs more than finding the last answer. */
const REPEATING = new Set(['choice', 'choices', 'boolean', 'date']);
const MEMO_MAX = 10_000;

function checked(field: FieldDefinition): (value: string) => string | null {
  const type = fieldTypes[field.type];
  if (!REPEATING.has(field.type)) return (value) => type.parse(value, field);
  const memo = new Map<string, string | null>();
  return (value) => {
    const known = memo.get(value);
    if (known !== undefined) return known;
    const result = type.parse(value, field);
    if (memo.size >= MEMO_MAX) memo.clear();
    memo.set(value, result);
    return result;
  };
}

const AMOUNT_LENGTH_MAX = 15;

/** A plain decimal that is short enough, has no more places than the field and needs no comparison is an amount as it stands. */
function amount(field: FieldDefinition): (value: string) => string | null {
  const places = field.scale ?? 2;
  const { min, max } = field;
  const parse = checked(field);
  if (max !== undefined || (min !== undefined && min !== 0)) return parse;
  return (value) => {
    const point = value.indexOf('.');
    const fits = (point < 0 || value.length - point - 1 <= places) && value.length <= AMOUNT_LENGTH_MAX;
    return fits && (min === undefined || value.charCodeAt(0) !== MINUS) ? value : parse(value);
  };
}
const MINUS = 45;

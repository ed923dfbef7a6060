import { Failure } from '#kernel';
import { formatDay, parseDay } from './dates.ts';
import { formatDuration, formatMonths } from './durations.ts';
import { kinds } from './failures.ts';
import { formatNumber, fromPlain, type Num, parseNumber } from './numbers.ts';
import { type ExpressionType, type Row, typeLabels, type Value } from './types.ts';
import { parseInstant } from './zones.ts';

/** What an expression gives to its caller: decimal texts, `YYYY-MM-DD`, ISO instants in UTC, texts, booleans. */
export type Result = string | boolean | null | readonly string[];

function invalid(value: unknown, type: ExpressionType, name: string): Failure {
  return new Failure(kinds.value_invalid, { name, value: shown(value), expected: typeLabels[type] }, name);
}

function shown(value: unknown): string {
  return String(value).slice(0, 100);
}

/** Reads a value of a row or a context; a value that is not of the type is refused with the name that holds it. */
export function readValue(value: unknown, type: ExpressionType, name: string, zone: string): Value {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'number':
      return readNumber(value, name);
    case 'text':
      return readText(value, name);
    case 'date':
      return readDate(value, name);
    case 'datetime':
      return readInstant(value, name, zone);
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(value, type, name);
      return value;
    case 'texts':
    case 'list':
      if (!Array.isArray(value)) throw invalid(value, type, name);
      return value;
    default:
      throw new Error(`no values of type ${type}`);
  }
}

export function readNumber(value: unknown, name: string): Num {
  const number =
    typeof value === 'string'
      ? parseNumber(value)
      : typeof value === 'number'
        ? fromPlain(value)
        : typeof value === 'bigint'
          ? parseNumber(String(value))
          : null;
  if (number === null) throw invalid(value, 'number', name);
  return number;
}

export function readText(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw invalid(value, 'text', name);
}

export function readDate(value: unknown, name: string): number {
  const day = typeof value === 'string' ? parseDay(value) : null;
  if (day === null) throw invalid(value, 'date', name);
  return day;
}

export function readInstant(value: unknown, name: string, zone: string): number {
  const instant =
    value instanceof Date ? value.getTime() : typeof value === 'string' ? parseInstant(value, zone) : null;
  if (instant === null || Number.isNaN(instant)) throw invalid(value, 'datetime', name);
  return instant;
}

/** The rows of a list; a missing list is an empty one. */
export function readList(value: unknown, name: string): readonly Row[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw invalid(value, 'list', name);
  return value;
}

/** How a calculated value leaves the room. */
export function writeValue(value: Value, type: ExpressionType): Result {
  if (value === null) return null;
  switch (type) {
    case 'number':
      return formatNumber(value as Num);
    case 'date':
      return writeDate(value as number);
    case 'datetime':
      return writeInstant(value as number);
    case 'duration':
      return formatDuration(value as number);
    case 'months':
      return formatMonths(value as number);
    default:
      return value as Result;
  }
}

export function writeDate(day: number): string {
  return formatDay(day) ?? outOfRange();
}

export function writeInstant(instant: number): string {
  const text = new Date(instant).toISOString();
  return /^\d/.test(text) && !text.startsWith('0000') ? text : outOfRange();
}

function outOfRange(): never {
  throw new Failure(kinds.date_out_of_range);
}

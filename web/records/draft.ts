/** A form's content while it is being filled: read from a row, checked, and turned into what the API takes. */
import type { Entity, Field, Reference, Row, Value } from '../api/types.ts';
import { toInstant, toLocal } from './instants.ts';

/** What a control holds: text for most, codes for choices, a reference, yes or no. */
export type DraftValue = string | string[] | boolean | Reference | null;
export type Draft = Record<string, DraftValue>;

/** What is wrong with a value, as a key of the form's texts with what it names. */
export type Problem =
  | { key: 'requiredField' | 'notNumber' | 'notWhole' | 'notDate' }
  | { key: 'tooLong' | 'belowMin' | 'aboveMax'; limit: number }
  | { key: 'tooPrecise'; scale: number };

/** The fields that this person fills in. */
export function formFields(entity: Entity): Field[] {
  return entity.fields.filter(
    (field) =>
      !field.hidden &&
      !field.computed &&
      field.access.see !== 'hidden' &&
      field.access.edit &&
      field.type !== 'json' &&
      field.type !== 'refs',
  );
}

/** A masked value is not known here: it stays as it is unless something new is typed. */
const isUnknown = (field: Field, row: Row | undefined) => row !== undefined && field.access.see === 'masked';

function toDraft(field: Field, value: Value | undefined, zone: string): DraftValue {
  switch (field.type) {
    case 'boolean':
      return value === true || value === 'true';
    case 'text_list':
      return Array.isArray(value) ? value.join(', ') : '';
    case 'choices':
      return Array.isArray(value) ? (value as string[]) : typeof value === 'string' ? value.split(',') : [];
    case 'ref':
      return (value ?? null) as Reference | null;
    case 'datetime':
      return typeof value === 'string' && value !== '' ? toLocal(value, zone) : '';
    default:
      return value === null || value === undefined ? '' : String(value);
  }
}

export function draftOf(fields: Field[], row: Row | undefined, zone: string, initial: Partial<Row> = {}): Draft {
  return Object.fromEntries(
    fields.map((field) => {
      const value = row ? row[field.code] : (initial[field.code] ?? field.default);
      return [field.code, isUnknown(field, row) ? '' : toDraft(field, value, zone)];
    }),
  );
}

export const isEmpty = (value: DraftValue | undefined): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const plain = (text: string) => text.replace(/[\s,，]/g, '');

/** Checks what can be known here; the server checks everything again and words the rest. */
export function problemOf(field: Field, value: DraftValue | undefined, row: Row | undefined): Problem | undefined {
  if (isEmpty(value)) {
    return field.required && !isUnknown(field, row) && field.type !== 'boolean' ? { key: 'requiredField' } : undefined;
  }
  if (typeof value !== 'string') return undefined;
  switch (field.type) {
    case 'integer':
      if (!/^-?\d+$/.test(plain(value))) return { key: 'notWhole' };
      return outside(field, Number(plain(value)));
    case 'money':
    case 'decimal':
    case 'percent': {
      const match = /^-?\d+(?:\.(\d+))?$/.exec(plain(value));
      if (!match) return { key: 'notNumber' };
      const scale = field.scale ?? (field.type === 'money' ? 2 : 4);
      if (/[1-9]/.test(match[1]?.slice(scale) ?? '')) return { key: 'tooPrecise', scale };
      return outside(field, Number(plain(value)));
    }
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(value) ? undefined : { key: 'notDate' };
    case 'datetime':
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(value) ? undefined : { key: 'notDate' };
    default:
      return field.max_length !== undefined && [...value].length > field.max_length
        ? { key: 'tooLong', limit: field.max_length }
        : undefined;
  }
}

function outside(field: Field, value: number): Problem | undefined {
  if (field.min !== undefined && value < field.min) return { key: 'belowMin', limit: field.min };
  if (field.max !== undefined && value > field.max) return { key: 'aboveMax', limit: field.max };
  return undefined;
}

/** A list of texts is typed with commas between them. */
const words = (typed: string) =>
  typed
    .split(/[,，]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** The value as the API takes it; an empty one is null. */
export function toInput(field: Field, value: DraftValue | undefined, zone: string): unknown {
  if (isEmpty(value)) return null;
  switch (field.type) {
    case 'integer':
      return Number(plain(value as string));
    case 'money':
    case 'decimal':
    case 'percent':
      return plain(value as string);
    case 'text_list':
      return words(value as string);
    case 'ref':
      return (value as Reference).id;
    case 'datetime':
      return toInstant(value as string, zone);
    case 'text':
    case 'phone':
    case 'email':
    case 'id_number':
    case 'uscc':
      return (value as string).trim();
    default:
      return value;
  }
}

/** Only what differs from the row; of a masked field only what was typed anew. */
export function changesOf(fields: Field[], draft: Draft, row: Row | undefined, zone: string): Record<string, unknown> {
  const before = draftOf(fields, row, zone);
  const changes: Record<string, unknown> = {};
  for (const field of fields) {
    const next = toInput(field, draft[field.code], zone);
    if (
      row === undefined
        ? next !== null
        : JSON.stringify(next) !== JSON.stringify(toInput(field, before[field.code], zone))
    ) {
      changes[field.code] = next;
    }
  }
  return changes;
}

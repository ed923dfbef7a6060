import { Failure } from '#kernel';
import type { FieldDefinition } from '../definition.ts';
import { kinds } from '../failures.ts';
import { asIs, asText, type FieldType, ORDERED } from './type.ts';

const INTEGER = /^-?\d{1,15}$/;
const DECIMAL = /^-?\d{1,18}(?:\.(\d+))?$/;

function checkRange(value: number, field: FieldDefinition): void {
  if (field.min !== undefined && value < field.min) {
    throw new Failure(kinds.too_small, { label: field.label, min: field.min }, field.code);
  }
  if (field.max !== undefined && value > field.max) {
    throw new Failure(kinds.too_large, { label: field.label, max: field.max }, field.code);
  }
}

function parseDecimal(text: string, field: FieldDefinition, scale: number): string | null {
  const value = text.trim();
  if (value === '') return null;
  const match = DECIMAL.exec(value);
  if (!match) throw new Failure(kinds.invalid_decimal, { label: field.label, value }, field.code);
  if ((match[1]?.length ?? 0) > scale && /[1-9]/.test(match[1]!.slice(scale))) {
    throw new Failure(kinds.too_precise, { label: field.label, value, scale }, field.code);
  }
  if (field.min !== undefined || field.max !== undefined) checkRange(Number(value), field);
  return value;
}

export const integer: FieldType = {
  code: 'integer',
  label: { zh: '整数', en: 'Whole number' },
  sql: () => 'bigint',
  parse(text, field) {
    const value = text.trim();
    if (value === '') return null;
    if (!INTEGER.test(value)) throw new Failure(kinds.invalid_integer, { label: field.label, value }, field.code);
    checkRange(Number(value), field);
    return value;
  },
  json: 'integer',
  output: asIs,
  operators: ORDERED,
};

export const decimal: FieldType = {
  code: 'decimal',
  label: { zh: '小数', en: 'Decimal' },
  sql: (field) => `numeric(24,${field.scale ?? 4})`,
  parse: (text, field) => parseDecimal(text, field, field.scale ?? 4),
  json: 'string',
  output: asText,
  operators: ORDERED,
};

/** An amount in the row's or the institution's currency, two decimal places. */
export const money: FieldType = {
  ...decimal,
  code: 'money',
  label: { zh: '金额', en: 'Money' },
  sql: (field) => `numeric(20,${field.scale ?? 2})`,
  parse: (text, field) => parseDecimal(text, field, field.scale ?? 2),
};

/** Stored in percent: 3.25 means 3.25 %. */
export const percent: FieldType = {
  ...decimal,
  code: 'percent',
  label: { zh: '百分比', en: 'Percent' },
  sql: (field) => `numeric(12,${field.scale ?? 4})`,
};

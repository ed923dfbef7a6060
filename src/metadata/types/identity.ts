import { Failure, isDate } from '#kernel';
import { kinds } from '../failures.ts';
import { asIs, type FieldType, TEXTUAL } from './type.ts';

const RESIDENT_ID = /^\d{17}[\dX]$/;
const RESIDENT_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const RESIDENT_CHECKS = '10X98765432';
const USCC = /^[0-9A-HJ-NPQRTUWXY]{18}$/;
const USCC_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const OTHER_LENGTH_MAX = 40;

/** GB 11643-1999: ISO 7064 MOD 11-2 over 17 digits, and a birth date that exists. */
export function isResidentId(value: string): boolean {
  if (!RESIDENT_ID.test(value)) return false;
  const sum = RESIDENT_WEIGHTS.reduce((total, weight, index) => total + weight * Number(value[index]), 0);
  const birth = `${value.slice(6, 10)}-${value.slice(10, 12)}-${value.slice(12, 14)}`;
  return RESIDENT_CHECKS[sum % 11] === value[17] && isDate(birth);
}

/** GB 32100-2015: MOD 31 over 17 characters of a 31-letter alphabet. */
export function isCreditCode(value: string): boolean {
  if (!USCC.test(value)) return false;
  const sum = USCC_WEIGHTS.reduce((total, weight, i) => total + weight * USCC_ALPHABET.indexOf(value[i]!), 0);
  return USCC_ALPHABET[(31 - (sum % 31)) % 31] === value[17];
}

/** A resident ID (checked when it has its form: 18 characters) or another document's number. */
export const idNumber: FieldType = {
  code: 'id_number',
  label: { zh: '证件号码', en: 'ID number' },
  sql: () => 'text',
  parse(text, field) {
    const value = text.trim().toUpperCase();
    if (value === '') return null;
    if (value.length > OTHER_LENGTH_MAX) {
      throw new Failure(
        kinds.too_long,
        { label: field.label, max: OTHER_LENGTH_MAX, length: value.length },
        field.code,
      );
    }
    if (/^\d{17}[\dX]$/.test(value) && !isResidentId(value)) {
      throw new Failure(kinds.invalid_id_number, { label: field.label }, field.code);
    }
    return value;
  },
  json: 'string',
  output: asIs,
  operators: ['eq', 'is_null', 'not_null'],
};

export const uscc: FieldType = {
  code: 'uscc',
  label: { zh: '统一社会信用代码', en: 'Unified social credit code' },
  sql: () => 'text',
  parse(text, field) {
    const value = text.trim().toUpperCase();
    if (value === '') return null;
    if (!isCreditCode(value)) throw new Failure(kinds.invalid_uscc, { label: field.label }, field.code);
    return value;
  },
  json: 'string',
  output: asIs,
  operators: TEXTUAL,
};

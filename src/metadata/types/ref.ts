import { Failure } from '#kernel';
import { kinds } from '../failures.ts';
import { asText, DISCRETE, type FieldType } from './type.ts';

const ID = /^[1-9]\d{0,18}$/;

/** Points at a row of another entity by its id. */
export const ref: FieldType = {
  code: 'ref',
  label: { zh: '关联', en: 'Reference' },
  sql: () => 'bigint',
  parse(text, field) {
    const value = text.trim();
    if (value === '') return null;
    if (!ID.test(value) || BigInt(value) > 0x7fff_ffff_ffff_ffffn) {
      throw new Failure(kinds.invalid_ref, { label: field.label, value }, field.code);
    }
    return value;
  },
  json: 'string',
  output: asText,
  operators: DISCRETE,
};

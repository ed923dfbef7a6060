import { Failure } from '#kernel';
import { kinds } from '../failures.ts';
import { asIs, type FieldType, TEXTUAL } from './type.ts';

const CHINESE_MOBILE = /^1[3-9]\d{9}$/;
const CHINESE_LANDLINE = /^0\d{2,3}-?\d{7,8}$/;
const INTERNATIONAL = /^\+[1-9]\d{6,14}$/;
const EMAIL = /^[^\s@<>(),;:"\\[\]]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;
const EMAIL_LENGTH_MAX = 254;

/** A phone number: 11 digits (mainland mobile), a mainland landline, or E.164 with `+`. Spaces and `+86` are dropped. */
export const phone: FieldType = {
  code: 'phone',
  label: { zh: '电话', en: 'Phone' },
  sql: () => 'text',
  parse(text, field) {
    const value = text.replace(/[\s()]/g, '').replace(/^(\+?86-?)(?=1[3-9]\d{9}$)/, '');
    if (value === '') return null;
    if (CHINESE_MOBILE.test(value) || CHINESE_LANDLINE.test(value) || INTERNATIONAL.test(value)) return value;
    throw new Failure(kinds.invalid_phone, { label: field.label, value: text }, field.code);
  },
  json: 'string',
  output: asIs,
  operators: TEXTUAL,
};

export const email: FieldType = {
  code: 'email',
  label: { zh: '邮箱', en: 'E-mail' },
  sql: () => 'text',
  parse(text, field) {
    const value = text.trim();
    if (value === '') return null;
    if (value.length > EMAIL_LENGTH_MAX || !EMAIL.test(value)) {
      throw new Failure(kinds.invalid_email, { label: field.label, value }, field.code);
    }
    return value;
  },
  json: 'string',
  output: asIs,
  operators: TEXTUAL,
};

import { Failure } from '#kernel';
import type { FieldDefinition } from '../definition.ts';
import { kinds } from '../failures.ts';
import { asIs, DISCRETE, type FieldType } from './type.ts';

/** By the list of options itself: that of the roles is replaced when roles are made. */
const codesOf = new WeakMap<readonly unknown[], Set<string>>();
const NO_OPTIONS: readonly never[] = [];

function check(value: string, field: FieldDefinition): string {
  const choices = field.options ?? NO_OPTIONS;
  let codes = codesOf.get(choices);
  if (!codes) {
    codes = new Set(choices.map((option) => option.code));
    codesOf.set(choices, codes);
  }
  if (!codes.has(value)) {
    const options = choices.map((option) => option.code).join(', ');
    throw new Failure(kinds.unknown_option, { label: field.label, value, options }, field.code);
  }
  return value;
}

export const boolean: FieldType = {
  code: 'boolean',
  label: { zh: '是 / 否', en: 'Yes / no' },
  sql: () => 'boolean',
  parse(text, field) {
    const value = text.trim().toLowerCase();
    if (value === '') return null;
    if (value === 'true' || value === 'false') return value;
    throw new Failure(kinds.invalid_boolean, { label: field.label, value: text }, field.code);
  },
  json: 'boolean',
  output: asIs,
  operators: ['eq', 'is_null', 'not_null'],
};

export const choice: FieldType = {
  code: 'choice',
  label: { zh: '单选', en: 'Choice' },
  sql: () => 'text',
  parse(text, field) {
    const value = text.trim();
    return value === '' ? null : check(value, field);
  },
  json: 'string',
  output: asIs,
  operators: DISCRETE,
};

/** Several choices; written as codes separated by commas. */
export const choices: FieldType = {
  code: 'choices',
  label: { zh: '多选', en: 'Choices' },
  sql: () => 'text[]',
  parse(text, field) {
    const values = text
      .split(',')
      .map((value) => value.trim())
      .filter((value) => value !== '');
    return values.length === 0 ? null : `{${values.map((value) => check(value, field)).join(',')}}`;
  },
  json: 'strings',
  output: asIs,
  operators: ['contains', 'in', 'is_null', 'not_null'],
};

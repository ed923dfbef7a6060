import { Failure } from '#kernel';
import type { FieldDefinition } from '../definition.ts';
import { kinds } from '../failures.ts';
import { asIs, type FieldType, TEXTUAL } from './type.ts';

const LENGTH_MAX_DEFAULT = 255;
const LONG_LENGTH_MAX_DEFAULT = 4000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused; tab and line breaks are allowed
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function parseText(text: string, field: FieldDefinition, lengthMax: number): string | null {
  const value = text.trim();
  if (value === '') return null;
  if (CONTROL.test(value)) throw new Failure(kinds.invalid_text, { label: field.label }, field.code);
  if (value.length > lengthMax) {
    throw new Failure(kinds.too_long, { label: field.label, max: lengthMax, length: value.length }, field.code);
  }
  return value;
}

export const text: FieldType = {
  code: 'text',
  label: { zh: '文本', en: 'Text' },
  sql: () => 'text',
  parse: (value, field) => parseText(value, field, field.max_length ?? LENGTH_MAX_DEFAULT),
  json: 'string',
  output: asIs,
  operators: TEXTUAL,
};

export const longText: FieldType = {
  ...text,
  code: 'long_text',
  label: { zh: '多行文本', en: 'Long text' },
  parse: (value, field) => parseText(value, field, field.max_length ?? LONG_LENGTH_MAX_DEFAULT),
  operators: ['contains', 'is_null', 'not_null'],
};

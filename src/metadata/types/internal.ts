import { Failure } from '#kernel';
import { kinds } from '../failures.ts';
import { asIs, type FieldType } from './type.ts';

/** Search terms; written by derivation only. */
export const textList: FieldType = {
  code: 'text_list',
  label: { zh: '文本列表', en: 'List of texts' },
  sql: () => 'text[]',
  parse: (text) => (text === '' ? null : text),
  json: 'strings',
  output: asIs,
  operators: [],
};

export const json: FieldType = {
  code: 'json',
  label: { zh: '结构化数据', en: 'Structured data' },
  sql: () => 'jsonb',
  parse(text, field) {
    if (text === '') return null;
    try {
      JSON.parse(text);
      return text;
    } catch {
      throw new Failure(kinds.invalid_json, { label: field.label }, field.code);
    }
  },
  json: 'any',
  output: asIs,
  operators: ['is_null', 'not_null'],
};

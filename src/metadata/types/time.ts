import { Failure, isDate } from '#kernel';
import { kinds } from '../failures.ts';
import { asIs, type FieldType, ORDERED } from './type.ts';

const DATETIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;

export const date: FieldType = {
  code: 'date',
  label: { zh: '日期', en: 'Date' },
  sql: () => 'date',
  parse(text, field) {
    const value = text.trim();
    if (value === '') return null;
    if (!isDate(value)) throw new Failure(kinds.invalid_date, { label: field.label, value }, field.code);
    return value;
  },
  json: 'string',
  output: asIs,
  operators: ORDERED,
};

/** An instant; the zone is part of the text, the column keeps the instant. */
export const datetime: FieldType = {
  code: 'datetime',
  label: { zh: '时间', en: 'Time' },
  sql: () => 'timestamptz',
  parse(text, field) {
    const value = text.trim();
    if (value === '') return null;
    if (!DATETIME.test(value) || !isDate(value.slice(0, 10)) || Number.isNaN(Date.parse(value))) {
      throw new Failure(kinds.invalid_datetime, { label: field.label, value }, field.code);
    }
    return value;
  },
  json: 'string',
  output: asIs,
  operators: ORDERED,
};

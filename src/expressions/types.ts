import type { Text } from '#kernel';
import type { Decimal } from './numbers.ts';

/** The type of an expression. `list` is a list of rows, `texts` a list of texts, `null` the bare word null. */
export type ExpressionType =
  | 'number'
  | 'text'
  | 'date'
  | 'datetime'
  | 'boolean'
  | 'duration'
  | 'months'
  | 'texts'
  | 'list'
  | 'null';

export const typeLabels: Record<ExpressionType, Text> = {
  number: { zh: '数字', en: 'a number' },
  text: { zh: '文本', en: 'a text' },
  date: { zh: '日期', en: 'a date' },
  datetime: { zh: '时刻', en: 'a date and time' },
  boolean: { zh: '是或否', en: 'true or false' },
  duration: { zh: '时长', en: 'a duration' },
  months: { zh: '年月时长', en: 'a duration of years and months' },
  texts: { zh: '文本列表', en: 'a list of texts' },
  list: { zh: '列表', en: 'a list' },
  null: { zh: '空值', en: 'null' },
};

/** How values of a type are held while calculating: dates as day numbers, instants and durations in milliseconds. */
export interface ValueOf {
  number: number | Decimal;
  text: string;
  date: number;
  datetime: number;
  boolean: boolean;
  duration: number;
  months: number;
  texts: readonly string[];
  list: readonly Row[];
  null: null;
}

export type Value = ValueOf[ExpressionType] | null;

/** A row as the callers hold it: decimal texts or numbers, `YYYY-MM-DD` texts, ISO texts or Dates, booleans, arrays. */
export type Row = Readonly<Record<string, unknown>>;

/** A place in the text of an expression: offsets in UTF-16 units, `to` exclusive. */
export interface Place {
  from: number;
  to: number;
}

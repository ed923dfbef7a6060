import sql, { raw } from 'sql-template-tag';
import { Failure } from '#kernel';
import { formatDay } from '../dates.ts';
import { kinds } from '../failures.ts';
import { limits } from '../limits.ts';
import { formatNumber, type Num, parseNumber } from '../numbers.ts';
import type { Run } from '../run.ts';
import { lowerCase, part, substring, textLength, trim, upperCase } from '../texts.ts';
import { type ExpressionType, typeLabels } from '../types.ts';
import { define } from './definition.ts';
import { numberSql, trimSql } from './sql.ts';

/** The result of a conversion; where the run is strict, a text that says something else is refused rather than lost. */
export function converted<Value>(run: Run, text: string, value: Value | null, type: ExpressionType): Value | null {
  if (value === null && run.strict && text !== '') {
    throw new Failure(kinds.text_invalid, { value: text.slice(0, 100), expected: typeLabels[type] });
  }
  return value;
}

function toNumber(run: Run, text: string): Num | null {
  const trimmed = trim(text);
  return converted(run, trimmed, parseNumber(trimmed), 'number');
}

/** A text with the signs of its country, such as `1.234,50`, rewritten with a decimal point. */
function toNumberWithSigns(run: Run, text: string, grouping: string, point: string): Num | null {
  const trimmed = trim(text);
  const plain = grouping === '' ? trimmed : trimmed.replaceAll(grouping, '');
  const foreignPoint = point !== '.' && plain.includes('.');
  const number = foreignPoint || point === '' ? null : parseNumber(plain.replace(point, '.'));
  return converted(run, trimmed, number, 'number');
}

export const textFunctions = [
  define({
    name: 'contains',
    takes: ['text', 'text'],
    gives: 'boolean',
    about: { zh: '文本是否包含另一文本', en: 'whether a text contains another' },
    phrase: { zh: '{a} 包含 {b}', en: '{a} contains {b}' },
    js: (_, text, match) => text.includes(match),
    sql: (_, text, match) => sql`(strpos(${text}, ${match}) > 0)`,
  }),
  define({
    name: 'starts with',
    takes: ['text', 'text'],
    gives: 'boolean',
    about: { zh: '文本是否以另一文本开头', en: 'whether a text begins with another' },
    phrase: { zh: '{a} 以 {b} 开头', en: '{a} begins with {b}' },
    js: (_, text, match) => text.startsWith(match),
    sql: (_, text, match) => sql`starts_with(${text}, ${match})`,
  }),
  define({
    name: 'ends with',
    takes: ['text', 'text'],
    gives: 'boolean',
    about: { zh: '文本是否以另一文本结尾', en: 'whether a text ends with another' },
    phrase: { zh: '{a} 以 {b} 结尾', en: '{a} ends with {b}' },
    js: (_, text, match) => text.endsWith(match),
    sql: (_, text, match) => sql`(right(${text}, length(${match})) = ${match})`,
    repetition: 2,
  }),
  define({
    name: 'is blank',
    takes: ['text'],
    gives: 'boolean',
    nulls: 'given',
    about: { zh: '文本是否为空值或只有空白', en: 'whether a text is null or only blanks' },
    phrase: { zh: '{a} 为空白', en: '{a} is blank' },
    js: (_, text: string | null) => text === null || trim(text) === '',
    sql: (_, text) => sql`coalesce(${trimSql(text)} = '', true)`,
  }),
  define({
    name: 'string length',
    takes: ['text'],
    gives: 'number',
    about: { zh: '字符数', en: 'number of characters' },
    phrase: { zh: '{a}的字符数', en: 'the length of {a}' },
    js: (_, text) => textLength(text),
    sql: (_, text) => sql`length(${text})::numeric`,
  }),
  define({
    name: 'upper case',
    takes: ['text'],
    gives: 'text',
    about: { zh: '把 a–z 变成大写', en: 'letters a–z in upper case' },
    js: (_, text) => upperCase(text),
    sql: (_, text) => sql`upper(${text} COLLATE "C")`,
  }),
  define({
    name: 'lower case',
    takes: ['text'],
    gives: 'text',
    about: { zh: '把 A–Z 变成小写', en: 'letters A–Z in lower case' },
    js: (_, text) => lowerCase(text),
    sql: (_, text) => sql`lower(${text} COLLATE "C")`,
  }),
  define({
    name: 'substring',
    takes: ['text', 'whole'],
    gives: 'text',
    about: {
      zh: '从第几个字符起到末尾；-1 为最后一个',
      en: 'from a character (1 the first, -1 the last) to the end',
    },
    js: (_, text, start) => substring(text, start),
    sql: (_, text, start) =>
      sql`(CASE WHEN ${start} > 0 THEN substr(${text}, ${start}) WHEN ${start} < 0 THEN right(${text}, -(${start})) END)`,
    repetition: 4,
  }),
  define({
    name: 'substring',
    takes: ['text', 'whole', 'whole'],
    gives: 'text',
    about: {
      zh: '从第几个字符起的若干个字符；-1 为最后一个',
      en: 'a number of characters from one (1 the first, -1 the last)',
    },
    js: (_, text, start, length) => substring(text, start, length),
    sql: (_, text, start, length) =>
      sql`(CASE WHEN ${length} >= 0 THEN CASE WHEN ${start} > 0 THEN substr(${text}, ${start}, ${length}) WHEN ${start} < 0 THEN left(right(${text}, -(${start})), ${length}) END END)`,
    repetition: 4,
  }),
  define({
    name: 'substring before',
    takes: ['text', 'text'],
    gives: 'text',
    about: {
      zh: '某文本首次出现之前的部分；没有时为空文本',
      en: 'what stands before the first match; empty when there is none',
    },
    js: (_, text, match) => text.slice(0, Math.max(0, text.indexOf(match))),
    sql: (_, text, match) => sql`left(${text}, strpos(${text}, ${match}) - sign(strpos(${text}, ${match}))::int)`,
    repetition: 2,
  }),
  define({
    name: 'substring after',
    takes: ['text', 'text'],
    gives: 'text',
    about: {
      zh: '某文本首次出现之后的部分；没有时为空文本',
      en: 'what stands behind the first match; empty when there is none',
    },
    js: (_, text, match) => (text.includes(match) ? text.slice(text.indexOf(match) + match.length) : ''),
    sql: (_, text, match) =>
      sql`(CASE strpos(${text}, ${match}) WHEN 0 THEN '' ELSE substr(${text}, strpos(${text}, ${match}) + length(${match})) END)`,
    repetition: 4,
  }),
  define({
    name: 'trim',
    takes: ['text'],
    gives: 'text',
    about: { zh: '去掉首尾空白（含全角空格）', en: 'without blanks at both ends' },
    js: (_, text) => trim(text),
    sql: (_, text) => trimSql(text),
  }),
  define({
    name: 'replace',
    takes: ['text', 'text', 'text'],
    gives: 'text',
    about: { zh: '把某文本全部换成另一文本（按字面）', en: 'every match replaced, literally' },
    js: (_, text, match, by) => (match === '' ? text : text.replaceAll(match, () => by)),
    sql: (_, text, match, by) => sql`replace(${text}, ${match}, ${by})`,
  }),
  define({
    name: 'part',
    takes: ['text', 'text', 'whole'],
    gives: 'text',
    about: {
      zh: '按分隔符切开后的第几段；-1 为最后一段，没有时为空文本',
      en: 'the n-th piece between separators, -1 the last; empty when there is none',
    },
    js: (_, text, separator, n) => part(text, separator, n),
    sql: (_, text, separator, n) =>
      sql`(CASE WHEN ${n} <> 0 AND ${separator} <> '' THEN split_part(${text}, ${separator}, ${n}) END)`,
    repetition: 2,
  }),
  define({
    name: 'pad left',
    takes: ['text', 'whole', 'text'],
    gives: 'text',
    about: {
      zh: '在左边补某字符到指定长度（不截断）',
      en: 'filled on the left to a length with one character, never cut',
    },
    js: (_, text, length, filler) =>
      length < 0 || length > limits.pad_length_max || textLength(filler) !== 1
        ? null
        : filler.repeat(Math.max(0, length - textLength(text))) + text,
    sql: (_, text, length, filler) =>
      sql`(CASE WHEN ${length} BETWEEN 0 AND ${raw(String(limits.pad_length_max))} AND length(${filler}) = 1 THEN lpad(${text}, greatest(${length}, length(${text})), ${filler}) END)`,
    repetition: 2,
  }),
  define({
    name: 'number',
    takes: ['text'],
    gives: 'number',
    about: { zh: '把文本变成数字；不是数字时为空值', en: 'a text as a number; null when it is none' },
    js: toNumber,
    sql: (_, text) => numberSql(text),
    repetition: 2,
  }),
  define({
    name: 'number',
    takes: ['text', 'text', 'text'],
    gives: 'number',
    about: {
      zh: '把带千分位和小数点符号的文本变成数字，例如 number("1.234,50", ".", ",")',
      en: 'a text with given signs for groups and decimals as a number, for example number("1.234,50", ".", ",")',
    },
    js: toNumberWithSigns,
  }),
  define({
    name: 'string',
    takes: ['number'],
    gives: 'text',
    about: { zh: '把数字变成文本', en: 'a number as text' },
    js: (_, number) => formatNumber(number),
    sql: (_, number) => sql`trim_scale(${number})::text`,
  }),
  define({
    name: 'string',
    takes: ['date'],
    gives: 'text',
    about: { zh: '把日期变成 YYYY-MM-DD 文本', en: 'a date as text YYYY-MM-DD' },
    js: (_, day) => formatDay(day),
    sql: (_, date) =>
      sql`(CASE WHEN ${date} BETWEEN '0001-01-01' AND '9999-12-31' THEN to_char(${date}, 'YYYY-MM-DD') END)`,
    repetition: 2,
  }),
  define({
    name: 'string',
    takes: ['boolean'],
    gives: 'text',
    about: { zh: '把是或否变成 true 或 false', en: 'true or false as text' },
    js: (_, value) => String(value),
    sql: (_, value) => sql`(${value})::text`,
  }),
  define({
    name: 'list contains',
    takes: ['texts', 'text'],
    gives: 'boolean',
    about: { zh: '文本列表中是否有某文本', en: 'whether a list of texts has a text' },
    phrase: { zh: '{a} 中有 {b}', en: '{a} has {b}' },
    js: (_, texts, text) => texts.includes(text),
    sql: (_, texts, text) =>
      sql`(CASE WHEN ${text} IS NOT NULL AND ${texts} IS NOT NULL THEN coalesce(${text} = ANY(${texts}), false) END)`,
    repetition: 2,
  }),
  define({
    name: 'count',
    takes: ['texts'],
    gives: 'number',
    about: { zh: '文本列表的个数', en: 'how many texts a list has' },
    js: (_, texts) => texts.length,
    sql: (_, texts) => sql`cardinality(${texts})::numeric`,
  }),
];

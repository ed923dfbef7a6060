import sql, { raw, type Sql } from 'sql-template-tag';
import { limits } from '../limits.ts';
import { absolute, ceiling, compareNumbers, floor, modulo, type Num, round } from '../numbers.ts';
import { define, defineRepeating } from './definition.ts';
import { extremeSql } from './sql.ts';

const moduloDefinition = {
  takes: ['number', 'number'] as const,
  gives: 'number' as const,
  about: { zh: '除法的余数，符号随除数', en: 'the remainder of a division, with the sign of the divisor' },
  js: (_: unknown, dividend: Num, divisor: Num) => modulo(dividend, divisor),
  sql: (_: string, dividend: Sql, divisor: Sql) =>
    sql`mod(mod(${dividend}, nullif(${divisor}, 0)) + ${divisor}, nullif(${divisor}, 0))`,
  repetition: 3,
};

export const numberFunctions = [
  define({
    name: 'abs',
    takes: ['number'],
    gives: 'number',
    about: { zh: '绝对值', en: 'the absolute value' },
    js: (_, number) => absolute(number),
    sql: (_, number) => sql`abs(${number})`,
  }),
  define({
    name: 'floor',
    takes: ['number'],
    gives: 'number',
    about: { zh: '向下取整', en: 'the next whole number below' },
    js: (_, number) => floor(number),
    sql: (_, number) => sql`floor(${number})`,
  }),
  define({
    name: 'ceiling',
    takes: ['number'],
    gives: 'number',
    about: { zh: '向上取整', en: 'the next whole number above' },
    js: (_, number) => ceiling(number),
    sql: (_, number) => sql`ceil(${number})`,
  }),
  define({
    name: 'round',
    takes: ['number'],
    gives: 'number',
    about: { zh: '四舍五入到整数', en: 'rounded half up to a whole number' },
    js: (_, number) => round(number, 0),
    sql: (_, number) => sql`round(${number}, 0)`,
  }),
  define({
    name: 'round',
    takes: ['number', 'whole'],
    gives: 'number',
    about: { zh: '四舍五入到若干位小数（0–20）', en: 'rounded half up to 0–20 decimal places' },
    js: (_, number, places) => (places < 0 || places > limits.decimal_places_max ? null : round(number, places)),
    sql: (_, number, places) =>
      sql`(CASE WHEN ${places} BETWEEN 0 AND ${raw(String(limits.decimal_places_max))} THEN round(${number}, ${places}) END)`,
    repetition: 2,
  }),
  define({ name: 'modulo', ...moduloDefinition }),
  define({ name: 'mod', ...moduloDefinition }),
  defineRepeating({
    name: 'min',
    takes: ['number'],
    gives: 'number',
    about: { zh: '最小的数', en: 'the least number' },
    phrase: { zh: '{a}中最小的', en: 'the least of {a}' },
    js: (_, ...numbers) => numbers.reduce((least, number) => (compareNumbers(number, least) < 0 ? number : least)),
    sql: (_, ...numbers) => extremeSql('least', numbers),
    repetition: 2,
  }),
  defineRepeating({
    name: 'max',
    takes: ['number'],
    gives: 'number',
    about: { zh: '最大的数', en: 'the greatest number' },
    phrase: { zh: '{a}中最大的', en: 'the greatest of {a}' },
    js: (_, ...numbers) => numbers.reduce((most, number) => (compareNumbers(number, most) > 0 ? number : most)),
    sql: (_, ...numbers) => extremeSql('greatest', numbers),
    repetition: 2,
  }),
];

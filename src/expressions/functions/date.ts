import sql, { raw } from 'sql-template-tag';
import { addMonthsToDay, monthsBetween, parseDay, validDay } from '../dates.ts';
import { limits } from '../limits.ts';
import { trim } from '../texts.ts';
import { localOf, parseInstant } from '../zones.ts';
import { define, defineRepeating } from './definition.ts';
import { dateOfTextSql, extremeSql, makeDateSql, monthsBetweenSql } from './sql.ts';
import { converted } from './text.ts';

const ADDED_DAYS_MAX = limits.duration_days_max;
const ADDED_MONTHS_MAX = Math.floor(limits.duration_days_max / 30.5);

export const dateFunctions = [
  define({
    name: 'date',
    takes: ['text'],
    gives: 'date',
    about: {
      zh: '把 YYYY-MM-DD 或 YYYYMMDD 文本变成日期；不是日期时为空值',
      en: 'a text YYYY-MM-DD or YYYYMMDD as a date; null when it is none',
    },
    js: (run, text) => converted(run, trim(text), parseDay(trim(text)), 'date'),
    sql: (_, text) => dateOfTextSql(text),
    repetition: 14,
  }),
  define({
    name: 'date',
    takes: ['datetime'],
    gives: 'date',
    about: { zh: '时刻在机构时区的日期', en: 'the date of an instant in the zone of the institution' },
    js: (run, instant) => localOf(run.zone, instant).day,
    sql: (zone, instant) => sql`(${instant} AT TIME ZONE ${zone}::text)::date`,
  }),
  define({
    name: 'date',
    takes: ['whole', 'whole', 'whole'],
    gives: 'date',
    about: {
      zh: '由年、月、日组成日期；无此日期时为空值',
      en: 'a date of year, month and day; null when there is none',
    },
    js: (_, year, month, day) => validDay(year, month, day),
    sql: (_, year, month, day) => makeDateSql(year, month, day),
    repetition: 3,
  }),
  define({
    name: 'date and time',
    takes: ['text'],
    gives: 'datetime',
    about: {
      zh: '把 2026-01-31T09:30:00 这样的文本变成时刻；不是时刻时为空值',
      en: 'a text such as 2026-01-31T09:30:00 as an instant; null when it is none',
    },
    js: (run, text) => converted(run, trim(text), parseInstant(trim(text), run.zone), 'datetime'),
  }),
  define({
    name: 'days between',
    takes: ['date', 'date'],
    gives: 'number',
    about: { zh: '从前一日期到后一日期的天数', en: 'days from the first date to the second' },
    phrase: { zh: '从{a}到{b}的天数', en: 'the days from {a} to {b}' },
    js: (_, from, to) => to - from,
    sql: (_, from, to) => sql`(${to} - ${from})::numeric`,
  }),
  define({
    name: 'months between',
    takes: ['date', 'date'],
    gives: 'number',
    about: { zh: '从前一日期到后一日期的整月数', en: 'complete months from the first date to the second' },
    phrase: { zh: '从{a}到{b}的整月数', en: 'the months from {a} to {b}' },
    js: (_, from, to) => monthsBetween(from, to),
    sql: (_, from, to) => monthsBetweenSql(from, to),
    repetition: 2,
  }),
  define({
    name: 'years between',
    takes: ['date', 'date'],
    gives: 'number',
    about: {
      zh: '从前一日期到后一日期的整年数，例如年龄',
      en: 'complete years from the first date to the second, such as an age',
    },
    phrase: { zh: '从{a}到{b}的整年数', en: 'the years from {a} to {b}' },
    js: (_, from, to) => Math.trunc(monthsBetween(from, to) / 12) + 0,
    sql: (_, from, to) => sql`trunc(${monthsBetweenSql(from, to)} / 12)`,
    repetition: 2,
  }),
  define({
    name: 'add days',
    takes: ['date', 'whole'],
    gives: 'date',
    about: { zh: '加若干天', en: 'a number of days later' },
    phrase: { zh: '{a}之后 {b} 天', en: '{b} days after {a}' },
    js: (_, date, days) => (Math.abs(days) <= ADDED_DAYS_MAX ? date + days : null),
    sql: (_, date, days) => sql`(CASE WHEN abs(${days}) <= ${raw(String(ADDED_DAYS_MAX))} THEN ${date} + ${days} END)`,
    repetition: 2,
  }),
  define({
    name: 'add months',
    takes: ['date', 'whole'],
    gives: 'date',
    about: {
      zh: '加若干个月；目标月没有该日时取月末',
      en: 'a number of months later; the last day of a month that lacks the day',
    },
    phrase: { zh: '{a}之后 {b} 个月', en: '{b} months after {a}' },
    js: (_, date, months) => (Math.abs(months) <= ADDED_MONTHS_MAX ? addMonthsToDay(date, months) : null),
    sql: (_, date, months) =>
      sql`(CASE WHEN abs(${months}) <= ${raw(String(ADDED_MONTHS_MAX))} THEN (${date} + make_interval(months => ${months}))::date END)`,
    repetition: 2,
  }),
  ...(['date', 'datetime'] as const).flatMap((type) => [
    defineRepeating({
      name: 'min',
      takes: [type],
      gives: type,
      about: { zh: '最早的', en: 'the earliest' },
      phrase: { zh: '{a}中最早的', en: 'the earliest of {a}' },
      js: (_, ...values) => Math.min(...values),
      sql: (_, ...values) => extremeSql('least', values),
      repetition: 2,
    }),
    defineRepeating({
      name: 'max',
      takes: [type],
      gives: type,
      about: { zh: '最晚的', en: 'the latest' },
      phrase: { zh: '{a}中最晚的', en: 'the latest of {a}' },
      js: (_, ...values) => Math.max(...values),
      sql: (_, ...values) => extremeSql('greatest', values),
      repetition: 2,
    }),
  ]),
];

import { Failure, failures } from './failure.ts';

/** A business date, ISO 8601 calendar form `YYYY-MM-DD`: no time, no zone. */
export type BusinessDate = string;

const kinds = failures('date', {
  invalid: {
    status: 400,
    zh: '“{value}”不是有效日期，请使用 YYYY-MM-DD，例如 2026-01-31',
    en: '"{value}" is not a valid date; use YYYY-MM-DD, for example 2026-01-31',
  },
});

const DAY_MS = 86_400_000;

const ZERO = 48;
const SHAPE = '0000-00-00';
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** `Date.UTC` takes earlier ones for years of the twentieth century. */
const FIRST_YEAR = 100;

/** Days since 1970-01-01; throws a Failure when the text is not a calendar date. Read by hand: a load asks it of every fact. */
export function dayNumber(date: BusinessDate): number {
  if (hasShape(date)) {
    const digit = (at: number) => date.charCodeAt(at) - ZERO;
    const year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3);
    const month = digit(5) * 10 + digit(6);
    const day = digit(8) * 10 + digit(9);
    const days = month === 2 && isLeapYear(year) ? 29 : MONTH_DAYS[month - 1];
    if (year >= FIRST_YEAR && day > 0 && days !== undefined && day <= days)
      return Date.UTC(year, month - 1, day) / DAY_MS;
  }
  throw new Failure(kinds.invalid, { value: date });
}

function hasShape(date: string): boolean {
  if (date.length !== SHAPE.length) return false;
  for (let at = 0; at < SHAPE.length; at += 1) {
    const code = date.charCodeAt(at);
    if (SHAPE.charCodeAt(at) === ZERO ? code < ZERO || code > ZERO + 9 : code !== SHAPE.charCodeAt(at)) return false;
  }
  return true;
}

export function fromDayNumber(day: number): BusinessDate {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export function isDate(text: string): boolean {
  try {
    dayNumber(text);
    return true;
  } catch {
    return false;
  }
}

export function addDays(date: BusinessDate, days: number): BusinessDate {
  return fromDayNumber(dayNumber(date) + days);
}

/** Adds calendar months; a day that the target month lacks becomes its last day (31 January + 1 month = 28 February). */
export function addMonths(date: BusinessDate, months: number): BusinessDate {
  const day = new Date(dayNumber(date) * DAY_MS);
  const index = day.getUTCFullYear() * 12 + day.getUTCMonth() + months;
  const year = Math.floor(index / 12);
  const last = new Date(Date.UTC(year, index - year * 12 + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, index - year * 12, Math.min(day.getUTCDate(), last))).toISOString().slice(0, 10);
}

/** `later − earlier` in days. */
export function daysBetween(earlier: BusinessDate, later: BusinessDate): number {
  return dayNumber(later) - dayNumber(earlier);
}

/** The days of earlier years whose anniversary is this date: of somebody born on 29 February the 28th where the year has no 29th. */
export function anniversaries(date: BusinessDate, yearsMax: number): BusinessDate[] {
  const [year, monthAndDay] = [Number(date.slice(0, 4)), date.slice(4)];
  const found: BusinessDate[] = [];
  for (let past = year - 1; past >= Math.max(1, year - yearsMax); past--) {
    const text = String(past).padStart(4, '0');
    if (monthAndDay !== '-02-29' || isLeapYear(past)) found.push(`${text}${monthAndDay}`);
    if (monthAndDay === '-02-28' && !isLeapYear(year) && isLeapYear(past)) found.push(`${text}-02-29`);
  }
  return found;
}

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

interface ZoneDates {
  format: Intl.DateTimeFormat;
  /** The quarter of an hour asked for last, and its date: since 1973 all zones differ by whole quarters, so days begin with one. */
  quarter: number;
  date: BusinessDate;
}

const QUARTER_MS = 900_000;
const WHOLE_QUARTERS_SINCE = Date.UTC(1973, 0, 1) / QUARTER_MS;
const zones = new Map<string, ZoneDates>();

/** The calendar date of an instant in an IANA zone, for example `Asia/Shanghai`. */
export function dateIn(zone: string, instant: Date): BusinessDate {
  const quarter = Math.floor(instant.getTime() / QUARTER_MS);
  let known = zones.get(zone);
  if (!known) {
    const options = { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    known = { format: new Intl.DateTimeFormat('en-CA', options), quarter: Number.NaN, date: '' };
    zones.set(zone, known);
  }
  // Formatting takes longer than most requests spend on their values; nearly all of them ask for the present.
  if (known.quarter === quarter) return known.date;
  const date = known.format.format(instant);
  if (quarter >= WHOLE_QUARTERS_SINCE) Object.assign(known, { quarter, date });
  return date;
}

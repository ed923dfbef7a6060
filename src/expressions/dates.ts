/**
 * Calendar arithmetic on day numbers (days since 1970-01-01, proleptic Gregorian) in plain integers: rules run this once
 * per customer, so no Date objects are made.
 */

export const DAY_MS = 86_400_000;

const DAYS_PER_ERA = 146_097;
/** Days from 0000-03-01, where eras of 400 years begin, to 1970-01-01. */
const EPOCH_SHIFT = 719_468;

interface Civil {
  year: number;
  month: number;
  day: number;
}

function dayOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - EPOCH_SHIFT;
}

export function civilOf(dayNumber: number): Civil {
  const shifted = dayNumber + EPOCH_SHIFT;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The day number of a calendar date of the years 1 to 9999; null when there is no such day. */
export function validDay(year: number, month: number, day: number): number | null {
  const valid = year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  return valid ? dayOf(year, month, day) : null;
}

/** Reads `YYYY-MM-DD` or `YYYYMMDD`; null when it is neither or no such day exists. */
export function parseDay(text: string): number | null {
  const dashed = text.length === 10 && text[4] === '-' && text[7] === '-';
  if (!dashed && text.length !== 8) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, dashed ? 5 : 4, 2);
  const day = digits(text, dashed ? 8 : 6, 2);
  return validDay(year, month, day);
}

/** The number written in ASCII digits at a position; NaN when another character stands there. */
function digits(text: string, from: number, length: number): number {
  let value = 0;
  for (let index = from; index < from + length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** `YYYY-MM-DD`; null outside the years 1 to 9999. */
export function formatDay(dayNumber: number): string | null {
  const { year, month, day } = civilOf(dayNumber);
  if (year < 1 || year > 9999) return null;
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

const padded = (value: number, length: number) => String(value).padStart(length, '0');

/** Adds calendar months; a day that the target month lacks becomes its last day. */
export function addMonthsToDay(dayNumber: number, months: number): number {
  const { year, month, day } = civilOf(dayNumber);
  const index = year * 12 + month - 1 + months;
  const targetYear = Math.floor(index / 12);
  const targetMonth = index - targetYear * 12 + 1;
  return dayOf(targetYear, targetMonth, Math.min(day, daysInMonth(targetYear, targetMonth)));
}

/** Complete months from one day to another, negative when the second is earlier: 31 January to 28 February is 0. */
export function monthsBetween(from: number, to: number): number {
  if (to < from) return 0 - monthsBetween(to, from);
  const start = civilOf(from);
  const end = civilOf(to);
  return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day ? 1 : 0);
}

/** 1 Monday … 7 Sunday. */
export function weekdayOf(dayNumber: number): number {
  return ((((dayNumber + 3) % 7) + 7) % 7) + 1;
}

import { fromDayNumber, isWorkday, type WorkCalendar } from '#kernel';

// Days are counted from 1970-01-01 in the institution's zone: arithmetic on a small whole number instead of on texts.

export type DayKind = 'workday' | 'weekend' | 'holiday';

/** A work calendar asked by day number; every day is looked up once. */
export interface Days {
  kind(day: number): DayKind;
  /** The day itself or the next working day. */
  onOrAfter(day: number): number;
  /** The day itself or the working day before. */
  onOrBefore(day: number): number;
  /** The n-th working day before `day`; 0 is `day` or the working day before it. */
  before(day: number, n: number): number;
}

export function daysOf(calendar: WorkCalendar): Days {
  const kinds = new Map<number, DayKind>();
  const kind = (day: number): DayKind => {
    let known = kinds.get(day);
    if (!known) {
      const date = dateText(day);
      known = isWorkday(calendar, date) ? 'workday' : calendar.holidays.has(date) ? 'holiday' : 'weekend';
      kinds.set(day, known);
    }
    return known;
  };
  const step = (day: number, direction: 1 | -1) => {
    let result = day;
    while (kind(result) !== 'workday') result += direction;
    return result;
  };
  return {
    kind,
    onOrAfter: (day) => step(day, 1),
    onOrBefore: (day) => step(day, -1),
    before(day, n) {
      let result = step(day, -1);
      for (let left = n; left > 0; left -= 1) result = step(result - 1, -1);
      return result;
    },
  };
}

// 1900-01-01 … about 2090: every date that a row can hold is written once and shared.
const FIRST_DAY = -25_567;
const texts: string[] = [];

/** `YYYY-MM-DD`. */
export function dateText(day: number): string {
  const position = day - FIRST_DAY;
  texts[position] ??= fromDayNumber(day);
  return texts[position];
}

export const yearOf = (day: number) => Number(dateText(day).slice(0, 4));
/** 1 … 12. */
const monthOf = (day: number) => Number(dateText(day).slice(5, 7));

export interface Month {
  year: number;
  month: number;
  first: number;
  last: number;
}

const EPOCH_YEAR = 1970;
const LAST_YEAR = 2061;

function calendarMonths(): Month[] {
  const list: Month[] = [];
  for (let position = 0; position < (LAST_YEAR - EPOCH_YEAR + 1) * 12; position += 1) {
    const first = Date.UTC(EPOCH_YEAR, position, 1) / 86_400_000;
    const last = Date.UTC(EPOCH_YEAR, position + 1, 0) / 86_400_000;
    list.push({ year: EPOCH_YEAR + Math.floor(position / 12), month: (position % 12) + 1, first, last });
  }
  return list;
}
const calendar = calendarMonths();
const monthPosition = (day: number) => (yearOf(day) - EPOCH_YEAR) * 12 + monthOf(day) - 1;

/** The calendar months that touch [first, last]; `first` and `last` of each are its own, not clipped. */
export function monthsBetween(first: number, last: number): Month[] {
  return last < first ? [] : calendar.slice(monthPosition(first), monthPosition(last) + 1);
}

const SHANGHAI_OFFSET_MINUTES = 480;
const DAY_MINUTES = 1440;
const two = (value: number) => String(value).padStart(2, '0');
const clock = Array.from(
  { length: DAY_MINUTES },
  (_, minute) => `T${two(Math.floor(minute / 60))}:${two(minute % 60)}:`,
);
const seconds = Array.from({ length: 60 }, (_, second) => `${two(second)}Z`);

/** The instant of a local time of day in China, in UTC: `2026-01-30T01:05:07Z`. `minute` counts from local midnight. */
export function instantText(day: number, minute: number, second: number): string {
  const utc = minute - SHANGHAI_OFFSET_MINUTES;
  return utc < 0
    ? dateText(day - 1) + clock[utc + DAY_MINUTES] + seconds[second]
    : dateText(day) + clock[utc] + seconds[second];
}

import { type BusinessDate, dayNumber, fromDayNumber } from '#kernel';

/** The ISO week of a date, as the address writes it: 2026-W47. Its year is that of its Thursday. */
export function weekOf(date: BusinessDate): string {
  const day = dayNumber(date);
  const thursday = day - weekday(day) + 3;
  const year = fromDayNumber(thursday).slice(0, 4);
  const first = dayNumber(`${year}-01-04`);
  const number = (thursday - 3 - (first - weekday(first))) / 7 + 1;
  return `${year}-W${String(number).padStart(2, '0')}`;
}

/** 0 = Monday; day 0, 1970-01-01, was a Thursday. */
const weekday = (day: number) => (((day + 3) % 7) + 7) % 7;

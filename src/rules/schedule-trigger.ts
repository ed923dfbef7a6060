import {
  addDays,
  addMonths,
  type BusinessDate,
  dayNumber,
  daysBetween,
  firstWorkday,
  isWorkday,
  type WorkCalendar,
} from '#kernel';
import type { CompiledTrigger } from './rule-trigger.ts';

type Schedule = Extract<CompiledTrigger, { kind: 'schedule' }>['schedule'];

/** Days that a closure of the calendar may push an occasion. */
const CLOSED_DAYS_MAX = 30;

/** Does a schedule fall on this business date? */
export function isScheduled(schedule: Schedule, date: BusinessDate, calendar: WorkCalendar): boolean {
  if (schedule.every === 'workday') return isWorkday(calendar, date);
  if (schedule.shift === 'none') return isNominal(schedule, date);
  if (!isWorkday(calendar, date)) return false;
  // The date itself, or one of the days of rest before it that were put off to it.
  for (let each = date, looked = 0; looked <= CLOSED_DAYS_MAX; each = addDays(each, -1), looked += 1) {
    if (firstWorkday(calendar, each) !== date) return false;
    if (isNominal(schedule, each)) return true;
  }
  return false;
}

function isNominal({ every, on }: Schedule, date: BusinessDate): boolean {
  if (every === 'workday') return false;
  const [first, days] = periodOf(every, date);
  const place = daysBetween(first, date) + 1;
  // What a period does not have falls on its last day, or its first.
  return on > 0 ? place === Math.min(on, days) : place === Math.max(1, days + 1 + on);
}

/** The first day of the period in which a date lies, and how many days it has. */
function periodOf(every: Exclude<Schedule['every'], 'workday'>, date: BusinessDate): [BusinessDate, number] {
  if (every === 'week') {
    const sinceMonday = (new Date(dayNumber(date) * 86_400_000).getUTCDay() + 6) % 7;
    return [addDays(date, -sinceMonday), 7];
  }
  const year = date.slice(0, 4);
  const month = Number(date.slice(5, 7));
  const months = { month: 1, quarter: 3, year: 12 }[every];
  const firstMonth = Math.floor((month - 1) / months) * months + 1;
  const first = `${year}-${String(firstMonth).padStart(2, '0')}-01`;
  return [first, daysBetween(first, addMonths(first, months))];
}

import { tradingCalendar } from '#facts';
import {
  addDays,
  addWorkdays,
  anniversaries,
  type BusinessDate,
  firstWorkday,
  isWorkday,
  lunarAnniversaries,
  type WorkCalendar,
} from '#kernel';
import type { Model } from '#metadata';
import { festivals, isFestival } from './festivals.ts';
import type { CompiledTrigger } from './rule-trigger.ts';

type DateTrigger = Extract<CompiledTrigger, { kind: 'date' }>;

/** Anniversaries looked back. */
const YEARS_MAX = 150;

/** One way in which a date makes an occasion. */
export interface DateOccasion {
  /** The stored date for which it does; null for a festival, which is everybody's. */
  stored: BusinessDate | null;
  /** The date itself, this year's where it comes every year. */
  on: BusinessDate;
  /** Days before (negative) or after it. */
  days: number;
  /** The business date on which the occasion is. */
  occurs: BusinessDate;
}

/** All that makes an occasion on one of the business dates. */
export function dateOccasions(
  model: Model,
  trigger: DateTrigger,
  dates: readonly BusinessDate[],
  calendar: WorkCalendar,
): DateOccasion[] {
  const { days: offsets, count } = trigger.date;
  const counted = count === 'days' ? undefined : count === 'workdays' ? calendar : tradingCalendar(calendar);
  return dates.flatMap((occurs) =>
    offsets.flatMap((days) =>
      datesBehind(occurs, days, counted).flatMap((on) =>
        storedDates(model, trigger, on).map((stored) => ({ stored, on, days, occurs })),
      ),
    ),
  );
}

/** The dates from which so many days lead to a date; counted by a calendar these are several where it rests, or none. */
function datesBehind(date: BusinessDate, days: number, calendar: WorkCalendar | undefined): BusinessDate[] {
  if (!calendar) return [addDays(date, -days)];
  if (!isWorkday(calendar, date)) return [];
  // After a date: from the workday that is so many before, and from the days of rest behind it. Before a date: the other way round. On
  // the date itself: on the next workday, where it is none.
  const found: BusinessDate[] = [];
  if (days > 0) {
    const first = addWorkdays(calendar, date, -days);
    const next = firstWorkday(calendar, addDays(first, 1));
    for (let each = first; each < next; each = addDays(each, 1)) found.push(each);
    return found;
  }
  const last = days === 0 ? date : addWorkdays(calendar, date, -days);
  const before = addWorkdays(calendar, last, -1);
  for (let each = addDays(before, 1); each <= last; each = addDays(each, 1)) found.push(each);
  return found;
}

function storedDates(model: Model, { date, festival }: DateTrigger, on: BusinessDate): (BusinessDate | null)[] {
  if (festival !== undefined) return isFestival(festivals(model).get(festival)!, on) ? [null] : [];
  if (date.repeat === 'once') return [on];
  return date.repeat === 'yearly' ? anniversaries(on, YEARS_MAX) : lunarAnniversaries(on);
}

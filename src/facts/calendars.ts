import { z } from 'zod';
import { addDays, type BusinessDate, Failure, isDate, isWorkday, type Shift, type WorkCalendar } from '#kernel';
import type { Model } from '#metadata';
import { kinds } from './failures.ts';
import { code, oncePerModel, readDefinitions, text } from './pack.ts';

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const date = z.string().refine(isDate, 'must be a date, YYYY-MM-DD');
const time = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day, HH:MM');

const definition = z.strictObject({
  code,
  label: text,
  weekend: z.array(z.enum(weekdays)).max(6),
  hours: z
    .array(z.tuple([time, time]))
    .min(1)
    .max(6)
    .refine((shifts) => shifts.flat().every((at, index, all) => index === 0 || all[index - 1]! < at), 'must ascend'),
  holidays: z
    .array(z.strictObject({ from: date, to: date, name: text }).refine(({ from, to }) => from <= to, 'ends early'))
    .max(2_000)
    .default([]),
  make_up_days: z.array(date).max(2_000).default([]),
});

const calendars = oncePerModel((model) => {
  return new Map(readDefinitions(model, 'calendars', definition).map((each) => [each.code, toCalendar(each)]));
});

function toCalendar(each: z.output<typeof definition>): WorkCalendar {
  const holidays = new Set<BusinessDate>();
  for (const { from, to } of each.holidays) {
    for (let day = from; day <= to; day = addDays(day, 1)) holidays.add(day);
  }
  return {
    code: each.code,
    weekend: each.weekend.map((day) => weekdays.indexOf(day)),
    holidays,
    makeUpDays: new Set(each.make_up_days),
    shifts: each.hours as Shift[],
  };
}

/**
 * The exchanges trade on weekdays that are no holiday; on a make-up day people work and the exchanges rest.
 * Source: annual holiday notices of the Shanghai and Shenzhen stock exchanges.
 */
const isTradingDay = (calendar: WorkCalendar, date: BusinessDate): boolean =>
  isWorkday(calendar, date) && !calendar.makeUpDays.has(date);

/** The same as a calendar of its own, for those who count by trading days. */
export const tradingCalendar = (calendar: WorkCalendar): WorkCalendar => ({ ...calendar, makeUpDays: new Set() });

/** Calendar days looked back for one trading day: the longest closure is ten days. */
const CLOSED_DAYS_MAX = 30;

/** The trading day that is the so many-th back from a date, which counts itself when it is one. */
export function tradingDaysBack(calendar: WorkCalendar, date: BusinessDate, days: number): BusinessDate {
  let found = 0;
  let day = date;
  for (let looked = 0; looked < days * 2 + CLOSED_DAYS_MAX; looked += 1, day = addDays(day, -1)) {
    if (isTradingDay(calendar, day) && ++found === days) return day;
  }
  return day;
}

/** A work calendar of the packs by its code. Throws a Failure naming those there are. */
export function workCalendar(model: Model, code: string): WorkCalendar {
  const found = calendars(model).get(code);
  if (!found) throw new Failure(kinds.unknown_calendar, { code, codes: [...calendars(model).keys()].join(', ') });
  return found;
}

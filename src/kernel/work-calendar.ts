import { addDays, type BusinessDate, dateIn, dayNumber, fromDayNumber } from './dates.ts';

/**
 * When people work. Weekends rest, statutory holidays rest, and a make-up day (调休) works although it falls on a weekend.
 * Outside the years that the lists cover, weekends alone decide. Pure: the browser uses it too.
 */
export interface WorkCalendar {
  code: string;
  /** Days of the week that rest, 0 = Sunday … 6 = Saturday. */
  weekend: readonly number[];
  /** Days that rest whatever the day of the week. */
  holidays: ReadonlySet<BusinessDate>;
  /** Weekend days that work; they win over the weekend, never over a holiday. */
  makeUpDays: ReadonlySet<BusinessDate>;
  /** The working hours of one day, local time, in order and without overlap; a lunch break makes two shifts. */
  shifts: readonly Shift[];
}

/** `['09:00', '12:00']`; `24:00` is the end of the day. */
export type Shift = readonly [from: string, to: string];

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A search for the next workday gives up after this many days: such a calendar has no working week. */
const REST_DAYS_MAX = 366;

export function isWorkday(calendar: WorkCalendar, date: BusinessDate): boolean {
  if (calendar.holidays.has(date)) return false;
  const weekday = new Date(dayNumber(date) * DAY_MS).getUTCDay();
  return calendar.makeUpDays.has(date) || !calendar.weekend.includes(weekday);
}

/**
 * The workday that lies `count` workdays after the date (before it when negative). The date itself never counts, so
 * `addWorkdays(c, friday, 1)` is Monday and T+0 is asked with `firstWorkday`.
 */
export function addWorkdays(calendar: WorkCalendar, date: BusinessDate, count: number): BusinessDate {
  const step = count < 0 ? -1 : 1;
  let day = dayNumber(date);
  for (let left = Math.abs(count); left > 0; left--) {
    day += step;
    day = nearestWorkday(calendar, day, step);
  }
  return fromDayNumber(day);
}

/** The date itself when it works, else the next day that does. */
export function firstWorkday(calendar: WorkCalendar, date: BusinessDate): BusinessDate {
  return fromDayNumber(nearestWorkday(calendar, dayNumber(date), 1));
}

function nearestWorkday(calendar: WorkCalendar, day: number, step: 1 | -1): number {
  for (let passed = 0; passed <= REST_DAYS_MAX; passed++) {
    if (isWorkday(calendar, fromDayNumber(day + passed * step))) return day + passed * step;
  }
  throw new RangeError(
    `calendar ${calendar.code} has no workday within ${REST_DAYS_MAX} days of ${fromDayNumber(day)}`,
  );
}

/** Workdays after `from` up to and including `to`: 0 when they are equal, negative when `to` is earlier. */
export function workdaysBetween(calendar: WorkCalendar, from: BusinessDate, to: BusinessDate): number {
  if (to < from) return 0 - workdaysBetween(calendar, to, from); // a bare minus would make -0
  let count = 0;
  for (let day = dayNumber(from) + 1; day <= dayNumber(to); day++) {
    if (isWorkday(calendar, fromDayNumber(day))) count += 1;
  }
  return count;
}

/**
 * The instant that lies the given working minutes after the start: minutes outside the shifts do not pass. Asked during
 * rest, the clock starts with the next shift; 0 minutes give that shift's beginning.
 */
export function addWorkingMinutes(calendar: WorkCalendar, zone: string, start: Date, minutes: number): Date {
  if (calendar.shifts.length === 0) throw new RangeError(`calendar ${calendar.code} has no working hours`);
  let left = minutes * MINUTE_MS;
  let date = dateIn(zone, start);
  for (;;) {
    date = firstWorkday(calendar, date);
    for (const [opens, closes] of calendar.shifts) {
      const from = Math.max(instantAt(zone, date, opens).getTime(), start.getTime());
      const to = instantAt(zone, date, closes).getTime();
      if (from >= to) continue;
      // The end of a shift belongs to it when work is left over, not when the clock has yet to start.
      if (left <= to - from) return new Date(from + left);
      left -= to - from;
    }
    date = addDays(date, 1);
  }
}

/** The instant from which the given working minutes pass until `end`: of what ends within a rest, back from the last shift before. */
export function subtractWorkingMinutes(calendar: WorkCalendar, zone: string, end: Date, minutes: number): Date {
  if (calendar.shifts.length === 0) throw new RangeError(`calendar ${calendar.code} has no working hours`);
  let left = minutes * MINUTE_MS;
  let day = dayNumber(dateIn(zone, end));
  for (;;) {
    day = nearestWorkday(calendar, day, -1);
    for (const [opens, closes] of [...calendar.shifts].reverse()) {
      const from = instantAt(zone, fromDayNumber(day), opens).getTime();
      const to = Math.min(instantAt(zone, fromDayNumber(day), closes).getTime(), end.getTime());
      if (to <= from) continue;
      if (left <= to - from) return new Date(to - left);
      left -= to - from;
    }
    day -= 1;
  }
}

/**
 * The instant of a local time on a date in an IANA zone. A time that daylight saving skips is read by the clock before the
 * change (02:30 becomes 03:30); one that happens twice means the first.
 */
export function instantAt(zone: string, date: BusinessDate, time: string): Date {
  const key = `${zone} ${date} ${time}`;
  let instant = instants.get(key);
  if (instant === undefined) {
    if (instants.size >= INSTANTS_MAX) instants.clear();
    instant = findInstant(zone, date, time);
    instants.set(key, instant);
  }
  return new Date(instant);
}

/** The same few: when the shifts of a day begin and end. Asking the zones takes longer than all else about a due time. */
const instants = new Map<string, number>();
const INSTANTS_MAX = 5_000;

function findInstant(zone: string, date: BusinessDate, time: string): number {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(time);
  if (!match || (match[1] === '24' && match[2] !== '00')) throw new RangeError(`not a time of day: ${time}`);
  const local = dayNumber(date) * DAY_MS + (Number(match[1]) * 60 + Number(match[2])) * MINUTE_MS;
  // A zone's offset depends on the instant sought: the offsets before and after decide between themselves.
  const candidates = [local - DAY_MS, local + DAY_MS].map((near) => local - offsetMs(zone, near));
  const fitting = candidates.filter((instant) => instant + offsetMs(zone, instant) === local);
  return fitting.length > 0 ? Math.min(...fitting) : Math.max(...candidates);
}

const zoneClocks = new Map<string, Intl.DateTimeFormat>();

/** A day asks for the same few instants for everybody, and asking the zone is slow. Beyond so many the memory is begun anew. */
const OFFSETS_MAX = 10_000;
const offsets = new Map<string, number>();

/** Local time minus UTC at an instant. */
function offsetMs(zone: string, instant: number): number {
  const key = `${instant} ${zone}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  if (offsets.size >= OFFSETS_MAX) offsets.clear();
  const found = askedOffset(zone, instant);
  offsets.set(key, found);
  return found;
}

function askedOffset(zone: string, instant: number): number {
  let format = zoneClocks.get(zone);
  if (!format) {
    const numeric = 'numeric' as const;
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    zoneClocks.set(zone, format);
  }
  const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const local = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  return local - Math.floor(instant / 1000) * 1000;
}

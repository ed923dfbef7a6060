import { addDays, dateIn, instantAt, isWorkday, type WorkCalendar } from '#kernel';

/** Days looked at before and after now: the longest rest is ten days, and what is further off is equally far. */
const DAYS_AROUND = 15;
const MINUTE_MS = 60_000;

/** The shifts around now as arrays that SQL reads: when each begins, in minutes since 1970, and the working minutes that passed before it. */
export interface WorkMinutes {
  starts: number[];
  lengths: number[];
  passed: number[];
}

const known = new WeakMap<WorkCalendar, Map<string, WorkMinutes>>();

export function workMinutesAround(calendar: WorkCalendar, zone: string, now: Date): WorkMinutes {
  const today = dateIn(zone, now);
  const key = `${zone} ${today}`;
  const ofCalendar = known.get(calendar) ?? new Map<string, WorkMinutes>();
  known.set(calendar, ofCalendar);
  let found = ofCalendar.get(key);
  if (!found) {
    ofCalendar.clear();
    found = { starts: [], lengths: [], passed: [] };
    let passed = 0;
    for (let day = -DAYS_AROUND; day <= DAYS_AROUND; day += 1) {
      const date = addDays(today, day);
      if (!isWorkday(calendar, date)) continue;
      for (const [opens, closes] of calendar.shifts) {
        const start = instantAt(zone, date, opens).getTime() / MINUTE_MS;
        const length = instantAt(zone, date, closes).getTime() / MINUTE_MS - start;
        found.starts.push(start);
        found.lengths.push(length);
        found.passed.push(passed);
        passed += length;
      }
    }
    ofCalendar.set(key, found);
  }
  return found;
}

/** Working minutes that passed until an instant, counted from the beginning of the arrays. */
export function passedAt(work: WorkMinutes, at: Date): number {
  const minute = at.getTime() / MINUTE_MS;
  const index = work.starts.findLastIndex((start) => start <= minute);
  return index < 0 ? 0 : work.passed[index]! + Math.min(minute - work.starts[index]!, work.lengths[index]!);
}

import { addDays, dateIn, daysBetween, formatInstant } from '#kernel';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Up to a day people count hours; further off they think in days, and beyond a fortnight in dates. */
const DAYS_COUNTED_MAX = 14;
const LATE_DAYS_COUNTED_MAX = 60;

export type Countdown =
  | { kind: 'minutes' | 'hours' | 'days' | 'lateMinutes' | 'lateHours' | 'lateDays'; count: number }
  | { kind: 'tomorrow'; time: string }
  | { kind: 'date' | 'lateSince'; date: string };

/** How long until (or since) an instant, in the words that fit its distance. Never says less than a minute. */
export function countdown(at: string, nowMs: number, zone: string): Countdown {
  const left = Date.parse(at) - nowMs;
  if (left < 0) {
    if (-left < HOUR_MS) return { kind: 'lateMinutes', count: Math.max(1, Math.floor(-left / MINUTE_MS)) };
    if (-left < DAY_MS) return { kind: 'lateHours', count: Math.floor(-left / HOUR_MS) };
    const days = Math.floor(-left / DAY_MS);
    if (days <= LATE_DAYS_COUNTED_MAX) return { kind: 'lateDays', count: days };
    return { kind: 'lateSince', date: dateIn(zone, new Date(at)) };
  }
  if (left < HOUR_MS) return { kind: 'minutes', count: Math.max(1, Math.ceil(left / MINUTE_MS)) };
  const today = dateIn(zone, new Date(nowMs));
  const day = dateIn(zone, new Date(at));
  if (day === addDays(today, 1) && left >= DAY_MS / 2)
    return { kind: 'tomorrow', time: formatInstant(at, zone).slice(11) };
  if (left < DAY_MS) return { kind: 'hours', count: Math.ceil(left / HOUR_MS) };
  const days = daysBetween(today, day);
  return days <= DAYS_COUNTED_MAX ? { kind: 'days', count: days } : { kind: 'date', date: day };
}

/** The coming Monday, never today. */
export function nextMonday(today: string): string {
  const weekday = new Date(`${today}T00:00:00Z`).getUTCDay();
  return addDays(today, (8 - weekday) % 7 || 7);
}

import type { Institution } from '#access';
import { workCalendar } from '#facts';
import { addDays, type BusinessDate, dateIn, isWorkday, type WorkCalendar } from '#kernel';
import type { Model } from '#metadata';
import type { Feed } from './definition.ts';

/** How a feed stands today. */
export type FeedHealth = 'inactive' | 'expected' | 'arrived' | 'loading' | 'loaded' | 'late' | 'failed' | 'quiet';

interface Run {
  date: BusinessDate;
  status: string;
}

const DAYS_BACK_MAX = 40;

const calendarOf = (model: Model, institution: Institution) => workCalendar(model, institution.calendar);

function has(feed: Feed, calendar: WorkCalendar, date: BusinessDate): boolean {
  return feed.expected?.days !== 'workdays' || isWorkday(calendar, date);
}

/** The business date whose files are due on a day: so many days before it, in days that have files. */
function dueOn(feed: Feed, calendar: WorkCalendar, day: BusinessDate): BusinessDate | undefined {
  if (!has(feed, calendar, day)) return undefined;
  let date = day;
  for (let left = feed.expected?.lag ?? 1, steps = 0; left > 0 && steps < DAYS_BACK_MAX; steps++) {
    date = addDays(date, -1);
    if (has(feed, calendar, date)) left -= 1;
  }
  return date;
}

function localTime(zone: string, instant: Date): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return format.format(instant);
}

/** The date of files that carry none: what is expected on the last day that has files. */
export function expectedDate(model: Model, institution: Institution, feed: Feed, now: Date): BusinessDate {
  const calendar = calendarOf(model, institution);
  let day = dateIn(institution.zone, now);
  for (let steps = 0; steps < DAYS_BACK_MAX; steps++, day = addDays(day, -1)) {
    const date = dueOn(feed, calendar, day);
    if (date !== undefined) return date;
  }
  return day;
}

/**
 * How a feed stands: by the date that is expected today, what has arrived of it, and its runs, newest first.
 */
export function healthOf(
  model: Model,
  institution: Institution,
  feed: Feed,
  now: Date,
  { runs, arrived }: { runs: readonly Run[]; arrived: boolean },
): { health: FeedHealth; date: BusinessDate | null; due: string | null } {
  if (!feed.active) return { health: 'inactive', date: null, due: null };
  const running = runs.find(({ status }) => ['queued', 'running', 'refreshing', 'withdrawing'].includes(status));
  if (running) return { health: 'loading', date: running.date, due: feed.expected?.by ?? null };
  const last = runs.find(({ status }) => status !== 'skipped');
  if (!feed.expected) {
    const health =
      last?.status === 'failed' ? 'failed' : arrived ? 'arrived' : last?.status === 'done' ? 'loaded' : 'quiet';
    return { health, date: last?.date ?? null, due: null };
  }
  const day = dateIn(institution.zone, now);
  const dueToday = dueOn(feed, calendarOf(model, institution), day);
  const date = dueToday ?? expectedDate(model, institution, feed, now);
  const about = { date, due: feed.expected.by };
  const ofDate = runs.find((run) => run.date === date && run.status !== 'skipped');
  if (ofDate?.status === 'done') return { health: 'loaded', ...about };
  if (ofDate?.status === 'failed' || ofDate?.status === 'withdrawn') return { health: 'failed', ...about };
  if (arrived) return { health: 'arrived', ...about };
  // On a day without files, those of the last day that had some are late at any hour.
  const passed = dueToday === undefined || localTime(institution.zone, now) > feed.expected.by;
  return { health: passed ? 'late' : 'expected', ...about };
}

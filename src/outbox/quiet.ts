import { addDays, dateIn, instantAt } from '#kernel';

/** Hours of the day, local time; equal ones mean no quiet hours. */
export interface QuietHours {
  from: number;
  until: number;
}

/** Channels that reach nobody's ear: what they carry may come at night. */
const SILENT = new Set(['email']);

/** The first instant, not before `at`, at which a message may leave on a channel. */
export function notBefore(channel: string, at: Date, zone: string, { from, until }: QuietHours): Date {
  if (from === until || SILENT.has(channel)) return at;
  const today = dateIn(zone, at);
  for (const day of [addDays(today, -1), today]) {
    const begins = instantAt(zone, day, hour(from));
    const ends = instantAt(zone, until > from ? day : addDays(day, 1), hour(until));
    if (at >= begins && at < ends) return ends;
  }
  return at;
}

const hour = (value: number) => `${String(value).padStart(2, '0')}:00`;

import { DAY_MS } from './dates.ts';
import { limits } from './limits.ts';

const pattern =
  /^(-)?P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;

/**
 * Reads an ISO 8601 duration: years and months give `months`, days and smaller give `duration` in milliseconds. Null for
 * anything else, for a mixture (a month has no fixed number of days) and beyond `duration_days_max`.
 */
export function parseDuration(text: string): { type: 'months' | 'duration'; value: number } | null {
  const match = pattern.exec(text);
  if (!match || text.endsWith('P') || text.endsWith('T')) return null;
  const [years, months, days, hours, minutes, seconds] = match.slice(2).map((part) => Number(part ?? 0)) as number[];
  const sign = match[1] ? -1 : 1;
  const calendar = years! * 12 + months!;
  const milliseconds = days! * DAY_MS + ((hours! * 60 + minutes!) * 60 + seconds!) * 1_000;
  const hasCalendar = match[2] !== undefined || match[3] !== undefined;
  const hasClock = match.slice(4).some((part) => part !== undefined);
  if (hasCalendar === hasClock) return null;
  if (calendar * 30.5 > limits.duration_days_max || milliseconds > limits.duration_days_max * DAY_MS) return null;
  // `+ 0` turns the minus zero of -P0D into zero.
  return hasCalendar
    ? { type: 'months', value: sign * calendar + 0 }
    : { type: 'duration', value: sign * milliseconds + 0 };
}

/** The shortest ISO form of a duration in milliseconds, for result values and descriptions. */
export function formatDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : '';
  const total = Math.abs(milliseconds);
  const days = Math.floor(total / DAY_MS);
  const rest = total - days * DAY_MS;
  const hours = Math.floor(rest / 3_600_000);
  const minutes = Math.floor((rest % 3_600_000) / 60_000);
  const seconds = (rest % 60_000) / 1_000;
  const clock = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`;
  const date = days ? `${days}D` : '';
  return `${sign}P${date || !clock ? date || '0D' : ''}${clock ? `T${clock}` : ''}`;
}

export function formatMonths(months: number): string {
  const total = Math.abs(months);
  const years = Math.floor(total / 12);
  const rest = total % 12;
  return `${months < 0 ? '-' : ''}P${years ? `${years}Y` : ''}${rest || !years ? `${rest}M` : ''}`;
}

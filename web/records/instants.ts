/** Calendar dates as the instants at which they begin in the institution's zone: filters on times are chosen by date. */
import { addDays, formatInstant } from '#kernel';

/** The instant at which a date begins in an IANA zone, as UTC text. */
export function startOf(date: string, zone: string): string {
  const asUtc = new Date(`${date}T00:00:00Z`).getTime();
  const local = formatInstant(new Date(asUtc), zone, 'second');
  const offset = new Date(`${local.replace(' ', 'T')}Z`).getTime() - asUtc;
  return new Date(asUtc - offset).toISOString().replace('.000', '');
}

/** The last second of a date in an IANA zone, as UTC text. */
export function endOf(date: string, zone: string): string {
  return new Date(new Date(startOf(addDays(date, 1), zone)).getTime() - 1_000).toISOString().replace('.000', '');
}

/** `2026-01-31T09:30`, as a control for date and time has it, in an IANA zone → UTC text. */
export function toInstant(local: string, zone: string): string {
  const midnight = new Date(startOf(local.slice(0, 10), zone)).getTime();
  const [hours = 0, minutes = 0] = local.slice(11).split(':').map(Number);
  return new Date(midnight + (hours * 60 + minutes) * 60_000).toISOString().replace('.000', '');
}

/** An instant as a control for date and time wants it. */
export function toLocal(instant: string, zone: string): string {
  return formatInstant(instant, zone).replace(' ', 'T');
}

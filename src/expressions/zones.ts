import { Failure } from '#kernel';
import { addMonthsToDay, DAY_MS, parseDay } from './dates.ts';
import { kinds } from './failures.ts';

interface Zone {
  format: Intl.DateTimeFormat;
  /** Offsets by quarter of an hour since 1970; since then no zone has changed its clock within one. */
  offsets: Map<number, number>;
}

const QUARTER_MS = 900_000;
const OFFSETS_CACHED_MAX = 100_000;
const zones = new Map<string, Zone>();

function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  const zone: Zone = { format: formatOf(name), offsets: new Map() };
  zones.set(name, zone);
  return zone;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new Failure(kinds.unknown_zone, { zone: timeZone });
  }
}

/** Refuses a zone that does not exist. */
export function checkZone(name: string): void {
  zoneOf(name);
}

/** Local time minus UTC at an instant, in milliseconds. */
function offsetAt(zoneName: string, instantMs: number): number {
  const zone = zoneOf(zoneName);
  if (instantMs < 0) return computedOffset(zone, instantMs);
  const quarter = Math.floor(instantMs / QUARTER_MS);
  const cached = zone.offsets.get(quarter);
  if (cached !== undefined) return cached;
  const offset = computedOffset(zone, instantMs);
  if (zone.offsets.size >= OFFSETS_CACHED_MAX) zone.offsets.clear();
  zone.offsets.set(quarter, offset);
  return offset;
}

function computedOffset(zone: Zone, instantMs: number): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of zone.format.formatToParts(instantMs)) parts[type] = value;
  const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year);
  const local = new Date(0);
  local.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day));
  local.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
  return local.getTime() - Math.floor(instantMs / 1_000) * 1_000;
}

/** The local calendar day and the milliseconds since its midnight. */
export function localOf(zone: string, instantMs: number): { day: number; timeMs: number } {
  const local = instantMs + offsetAt(zone, instantMs);
  const day = Math.floor(local / DAY_MS);
  return { day, timeMs: local - day * DAY_MS };
}

/**
 * The instant of a local time, by PostgreSQL's rule: a time that the clock skipped is read with the offset before the change,
 * a time that it shows twice with the offset after.
 */
function instantOf(zone: string, localMs: number): number {
  const before = offsetAt(zone, localMs - DAY_MS);
  const after = offsetAt(zone, localMs + DAY_MS);
  const late = localMs - after;
  if (before === after || offsetAt(zone, late) === after) return late;
  return localMs - before;
}

export function addMonthsToInstant(zone: string, instantMs: number, months: number): number {
  const { day, timeMs } = localOf(zone, instantMs);
  return instantOf(zone, addMonthsToDay(day, months) * DAY_MS + timeMs);
}

const instantPattern =
  /^(\d{4}-?\d{2}-?\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * Reads `2026-01-31T09:30[:00[.123]][Z|+08:00]` (a blank may stand for the T); without an offset it is local time of the zone.
 * Null when it is none. Digits beyond the millisecond are cut.
 */
export function parseInstant(text: string, zone: string): number | null {
  const match = instantPattern.exec(text);
  const day = match ? parseDay(match[1]!) : null;
  if (!match || day === null) return null;
  const [hour, minute, second] = [Number(match[2]), Number(match[3]), Number(match[4] ?? 0)];
  if (hour! > 23 || minute! > 59 || second! > 59) return null;
  const milliseconds = Number((match[5] ?? '').padEnd(3, '0').slice(0, 3));
  const localMs = day * DAY_MS + ((hour! * 60 + minute!) * 60 + second!) * 1_000 + milliseconds;
  const offset = match[6];
  if (offset === undefined) return instantOf(zone, localMs);
  if (offset === 'Z') return localMs;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || 0);
  return localMs - (offset[0] === '-' ? -1 : 1) * minutes * 60_000;
}

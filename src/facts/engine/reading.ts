import { type BusinessDate, dayNumber, fromDayNumber, type WorkCalendar } from '#kernel';
import { columnPlaces, windowStart } from '../metric-definition.ts';
import { type Cells, type Gathering, gather, type History, type Packed, visitPacked } from './history.ts';
import type { Layout, Reading, Window } from './layout.ts';
import { quotient, textOf, type Units } from './units.ts';

/** A layout on one business date: where each window begins, which days are kept. */
export interface Standing {
  layout: Layout;
  /** Number of the business date. */
  day: number;
  gatherings: readonly Gathering[];
  ever: readonly boolean[];
  /** By accumulator: earlier days are let go of, or gathered. */
  keepFrom: readonly number[];
  slots: readonly Slot[];
  /** By accumulator: the slots that its values go to. */
  slotsOf: readonly (readonly number[])[];
  readings: readonly { reading: Reading; value: number; count: number | undefined; places: number }[];
}

/** One window over one accumulator. */
interface Slot {
  accumulator: number;
  /** First day that counts. */
  from: number;
  /** The date on which a day no longer counts. */
  leaves(day: number): number;
}

/**
 * Days that are kept for accumulators that count for ever: facts that come late or are corrected so soon are mended in their day,
 * older ones by reading the customer's facts anew.
 */
const MENDED_DAYS = 35;

const NEVER = Number.POSITIVE_INFINITY;

export function standing(layout: Layout, date: BusinessDate, calendar: WorkCalendar): Standing {
  const day = dayNumber(date);
  const slots: Slot[] = [];
  const slotsOf: number[][] = layout.accumulators.map(() => []);
  const slot = (accumulator: number, window: Window): number => {
    const from = startOf(window, date, calendar);
    const index = slots.push({ accumulator, from, leaves: leaving(window, date, calendar) }) - 1;
    slotsOf[accumulator]!.push(index);
    return index;
  };
  const readings = layout.readings.map((reading) => ({
    reading,
    value: slot(reading.value, reading.window),
    count: reading.count === undefined ? undefined : slot(reading.count, reading.window),
    places: columnPlaces(reading.metric.unit),
  }));
  return {
    layout,
    day,
    gatherings: layout.accumulators.map(({ gathering }) => gathering),
    ever: layout.accumulators.map(({ windows }) => windows.some(({ kind }) => kind === 'ever')),
    keepFrom: layout.accumulators.map(({ windows }) =>
      Math.min(
        ...windows.map((window) => (window.kind === 'ever' ? day + 1 - MENDED_DAYS : startOf(window, date, calendar))),
      ),
    ),
    slots,
    slotsOf,
    readings,
  };
}

function measureOf(window: Window) {
  if ('days' in window) return { days: window.days, ...(window.kind === 'trading' ? { calendar: window.kind } : {}) };
  return { window: window.kind };
}

function startOf(window: Window, date: BusinessDate, calendar: WorkCalendar): number {
  const start = windowStart(measureOf(window), date, calendar);
  return start === null ? Number.NEGATIVE_INFINITY : dayNumber(start);
}

/** When days leave a window that counts them on a date. */
function leaving(window: Window, date: BusinessDate, calendar: WorkCalendar): (day: number) => number {
  switch (window.kind) {
    case 'ever':
      return () => NEVER;
    case 'days':
      return (day) => day + window.days;
    case 'month':
    case 'year': {
      const year = Number(date.slice(0, 4));
      const next = window.kind === 'year' ? Date.UTC(year + 1, 0, 1) : Date.UTC(year, Number(date.slice(5, 7)), 1);
      return () => next / DAY_MS;
    }
    case 'trading':
      return remembered((day) => {
        let left = dayNumber(date) + 1;
        while (startOf(window, fromDayNumber(left), calendar) <= day) left += 1;
        return left;
      });
  }
}

const DAY_MS = 86_400_000;

function remembered(find: (day: number) => number): (day: number) => number {
  const known = new Map<number, number>();
  return (day) => {
    const found = known.get(day) ?? find(day);
    known.set(day, found);
    return found;
  };
}

/** Values of the windows, by slot. */
export interface WindowValues {
  values: Cells;
  /** The next date on which time alone changes one of them; infinity for never. */
  due: number;
}

/** What the windows of a date hold. The history has no days after it. */
export function readWindows(history: History, { slots, slotsOf, gatherings }: Standing): WindowValues {
  const values: Cells = new Array(slots.length).fill(undefined);
  let due = NEVER;
  const { days, cells, base } = history;
  for (let place = 0; place < days.length; place += 1) {
    const day = days[place]!;
    const found = cells[place]!;
    for (let index = 0; index < found.length; index += 1) {
      const value = found[index];
      if (value === undefined) continue;
      for (const each of slotsOf[index]!) {
        const { from, leaves } = slots[each]!;
        if (day < from) continue;
        if (values[each] === undefined) {
          // Days come in their order: the first of a window is the first to leave it.
          values[each] = value;
          const left = leaves(day);
          if (left < due) due = left;
        } else values[each] = gather(gatherings[index]!, values[each], value);
      }
    }
  }
  for (let index = 0; index < base.length; index += 1) {
    const value = base[index];
    if (value === undefined) continue;
    for (const each of slotsOf[index]!) {
      if (slots[each]!.from === Number.NEGATIVE_INFINITY)
        values[each] = gather(gatherings[index]!, values[each], value);
    }
  }
  return { values, due };
}

/** What the windows of a date hold, of one packed history after the other without taking them apart; true until the next one is read. */
export function packedReader({ slots, slotsOf, gatherings }: Standing): (history: Packed) => WindowValues {
  const found: WindowValues = { values: new Array(slots.length).fill(undefined), due: NEVER };
  const wanted = slotsOf.map((of) => of.length > 0);
  const from = Math.min(...slots.map((slot) => slot.from));
  const visit = (day: number | undefined, index: number, value: Units) => {
    const { values } = found;
    const gathering = gatherings[index]!;
    for (const each of slotsOf[index]!) {
      const slot = slots[each]!;
      if (day === undefined ? slot.from !== Number.NEGATIVE_INFINITY : day < slot.from) continue;
      const before = values[each];
      values[each] = before === undefined ? value : gather(gathering, before, value);
      // Days come in their order: the first of a window is the first to leave it.
      if (day === undefined || before !== undefined) continue;
      const left = slot.leaves(day);
      if (left < found.due) found.due = left;
    }
  };
  return (history) => {
    found.values.fill(undefined);
    found.due = NEVER;
    visitPacked(history, gatherings, wanted, from, visit);
    return found;
  };
}

const dateTexts = new Map<number, string>();
/** Days named at one time; beyond it the memory is begun anew. */
const DATE_TEXTS_MAX = 20_000;

export function dateText(day: number): string {
  let text = dateTexts.get(day);
  if (text === undefined) {
    if (dateTexts.size >= DATE_TEXTS_MAX) dateTexts.clear();
    text = fromDayNumber(day);
    dateTexts.set(day, text);
  }
  return text;
}

/** The metrics of the layout's readings, at the places of their columns: whole units, of dates the day number, null for nothing. */
export function metricUnits(values: Cells, { readings, layout }: Standing): (Units | null)[] {
  const units: (Units | null)[] = [];
  for (const { reading, value, count, places } of readings) {
    const found = values[value];
    const of = layout.accumulators[reading.value]!.places;
    units.push(
      count === undefined ? valueUnits(reading, found, of, places) : average(found, values[count], of, places),
    );
  }
  return units;
}

function average(sum: Units | undefined, count: Units | undefined, of: number, places: number): Units | null {
  return sum === undefined || count === undefined ? null : quotient(sum, of, count, places);
}

function valueUnits({ metric, measure }: Reading, found: Units | undefined, of: number, places: number): Units | null {
  if (found === undefined) return measure.function === 'sum' || measure.function === 'count' ? 0 : null;
  return metric.unit === 'date' || of === places ? found : quotient(found, of, 1, places);
}

/** The same as their columns show them: decimal texts, dates. */
export const metricTexts = (units: readonly (Units | null)[], { readings }: Standing): (string | null)[] =>
  units.map((found, index) => {
    const { reading, places } = readings[index]!;
    if (found === null) return null;
    return reading.metric.unit === 'date' ? dateText(Number(found)) : textOf(found, places);
  });

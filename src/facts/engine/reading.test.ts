import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BusinessDate, dayNumber, fromDayNumber, type WorkCalendar } from '#kernel';
import type { MetricDefinition } from '../metric-definition.ts';
import { emptyHistory, fold, type Gathering, type History, pack, roll } from './history.ts';
import type { Accumulator, Layout, Window } from './layout.ts';
import { metricTexts, metricUnits, packedReader, readWindows, standing } from './reading.ts';

const WINDOWS: Window[] = [
  { kind: 'days', days: 1 },
  { kind: 'days', days: 30 },
  { kind: 'trading', days: 5 },
  { kind: 'month' },
  { kind: 'year' },
  { kind: 'ever' },
];
const GATHERINGS: Gathering[] = ['sum', 'last_day', 'count'];
const UNITS = { sum: 'money', last_day: 'date', count: 'count' } as const;
const FUNCTIONS = { sum: 'sum', last_day: 'max', count: 'count' } as const;

/** Every window over each of three accumulators. */
const layout: Layout = {
  accumulators: GATHERINGS.map(
    (gathering): Accumulator => ({
      entity: 'transaction',
      gathering,
      field: null,
      where: null,
      places: gathering === 'sum' ? 2 : 0,
      windows: WINDOWS,
    }),
  ),
  readings: GATHERINGS.flatMap((gathering, value) =>
    WINDOWS.map((window) => ({
      metric: { code: 'x', unit: UNITS[gathering as 'sum'] } as unknown as MetricDefinition,
      measure: { function: FUNCTIONS[gathering as 'sum'], entity: 'transaction' },
      window,
      value,
    })),
  ),
};

const calendar: WorkCalendar = {
  code: 'test',
  weekend: [0, 6],
  holidays: new Set(['2026-01-01', '2026-01-02', '2026-02-17', '2026-02-18', '2026-02-19']),
  makeUpDays: new Set(['2026-01-04']),
  shifts: [['09:00', '18:00']],
};

/** The values on a date, of facts up to it. */
function values(history: History, date: BusinessDate): { texts: (string | null)[]; due: number } {
  const at = standing(layout, date, calendar);
  const windows = readWindows(history, at);
  const texts = metricTexts(metricUnits(windows.values, at), at);
  // In the midst of other bytes, as they come from the database.
  const bytes = pack(history, at.gatherings);
  const around = Buffer.concat([Buffer.from([7]), bytes, Buffer.from([200])]);
  const packed = packedReader(at)({ bytes: around, start: 1, end: 1 + bytes.length });
  assert.deepEqual([metricTexts(metricUnits(packed.values, at), at), packed.due], [texts, windows.due]);
  return { texts, due: windows.due };
}

const TODAY = '2026-02-20';
const before = fc.integer({ min: 0, max: 420 });

function historyOf(ages: readonly number[]): History {
  const history = emptyHistory();
  for (const age of ages) {
    const day = dayNumber(TODAY) - age;
    fold(history, GATHERINGS, day, 0, 100 + age);
    fold(history, GATHERINGS, day, 1, day);
    fold(history, GATHERINGS, day, 2, 1);
  }
  return history;
}

test('until it is due nothing changes by time alone, and on that day something does', () => {
  fc.assert(
    fc.property(fc.array(before, { maxLength: 12 }), (ages) => {
      const history = historyOf(ages);
      const { texts, due } = values(history, TODAY);
      const last = Math.min(due, dayNumber(TODAY) + 40);
      for (let day = dayNumber(TODAY) + 1; day < last; day += 1) {
        assert.deepEqual(values(history, fromDayNumber(day)).texts, texts, fromDayNumber(day));
      }
      if (Number.isFinite(due)) assert.notDeepEqual(values(history, fromDayNumber(due)).texts, texts);
    }),
    { numRuns: 60 },
  );
});

test('letting go of old days changes no value, then or later', () => {
  fc.assert(
    fc.property(fc.array(before, { maxLength: 12 }), fc.integer({ min: 0, max: 60 }), (ages, later) => {
      const whole = historyOf(ages);
      const kept = historyOf(ages);
      const at = standing(layout, TODAY, calendar);
      roll(kept, at.gatherings, at.keepFrom, at.ever);
      const date = fromDayNumber(dayNumber(TODAY) + later);
      assert.deepEqual(values(kept, date), values(whole, date));
    }),
    { numRuns: 60 },
  );
});

test('windows of months, years and trading days begin where they should; make-up days do not trade', () => {
  const at = (date: BusinessDate) =>
    standing(layout, date, calendar)
      .slots.slice(0, 6)
      .map(({ from }) => from);
  const days = (...dates: string[]) => dates.map((date) => dayNumber(date));
  assert.deepEqual(
    at('2026-02-20').slice(0, 5),
    days('2026-02-20', '2026-01-22', '2026-02-11', '2026-02-01', '2026-01-01'),
  );
  // On a Sunday that is worked, five trading days back from the Wednesday before the new year.
  assert.deepEqual(at('2026-01-04')[2], dayNumber('2025-12-25'));
  assert.equal(at('2026-03-31')[5], Number.NEGATIVE_INFINITY);
});

test('a customer without facts has noughts, no dates and is never due', () => {
  const { texts, due } = values(emptyHistory(), TODAY);
  assert.deepEqual([texts[0], texts[6], texts[12], due], ['0.00', null, '0', Number.POSITIVE_INFINITY]);
});

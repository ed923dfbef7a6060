import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addDays,
  addWorkdays,
  addWorkingMinutes,
  daysBetween,
  firstWorkday,
  fromDayNumber,
  instantAt,
  isWorkday,
  type WorkCalendar,
  workdaysBetween,
} from './public.ts';

/** The Spring Festival of 2025 as announced: eight days off, the Sunday before and the Saturday after worked. */
const calendar: WorkCalendar = {
  code: 'test',
  weekend: [0, 6],
  holidays: new Set(Array.from({ length: 8 }, (_, index) => addDays('2025-01-28', index))),
  makeUpDays: new Set(['2025-01-26', '2025-02-08']),
  shifts: [
    ['09:00', '12:00'],
    ['13:30', '17:30'],
  ],
};
const zone = 'Asia/Shanghai';
const at = (date: string, time: string) => instantAt(zone, date, time);

test('make-up days work, holidays rest, weekends rest', () => {
  assert.equal(isWorkday(calendar, '2025-01-25'), false); // Saturday
  assert.equal(isWorkday(calendar, '2025-01-26'), true); // Sunday, made up
  assert.equal(isWorkday(calendar, '2025-01-28'), false); // Tuesday, festival
  assert.equal(isWorkday(calendar, '2025-02-05'), true);
  assert.equal(isWorkday(calendar, '1969-12-28'), false); // a Sunday before the epoch
});

test('T+N counts workdays over a festival', () => {
  assert.equal(addWorkdays(calendar, '2025-01-27', 1), '2025-02-05');
  assert.equal(addWorkdays(calendar, '2025-02-05', -1), '2025-01-27');
  assert.equal(addWorkdays(calendar, '2025-02-07', 1), '2025-02-08');
  assert.equal(firstWorkday(calendar, '2025-01-28'), '2025-02-05');
  assert.equal(workdaysBetween(calendar, '2025-01-27', '2025-02-08'), 4);
});

test('working minutes pass only within the shifts', () => {
  const ask = (date: string, time: string, minutes: number) =>
    addWorkingMinutes(calendar, zone, at(date, time), minutes).toISOString();
  assert.equal(ask('2025-01-27', '08:00', 120), at('2025-01-27', '11:00').toISOString());
  assert.equal(ask('2025-01-27', '11:30', 60), at('2025-01-27', '14:00').toISOString());
  assert.equal(ask('2025-01-27', '17:00', 31), at('2025-02-05', '09:01').toISOString());
  assert.equal(ask('2025-01-27', '17:30', 0), at('2025-02-05', '09:00').toISOString());
  assert.equal(ask('2025-01-27', '09:00', 180), at('2025-01-27', '12:00').toISOString());
});

test('local times become instants, daylight saving included', () => {
  assert.equal(instantAt(zone, '2025-01-27', '09:00').toISOString(), '2025-01-27T01:00:00.000Z');
  assert.equal(instantAt(zone, '2025-01-27', '24:00').toISOString(), '2025-01-27T16:00:00.000Z');
  assert.equal(instantAt('Europe/Prague', '2025-07-01', '09:00').toISOString(), '2025-07-01T07:00:00.000Z');
  assert.equal(instantAt('Europe/Prague', '2025-03-30', '02:30').toISOString(), '2025-03-30T01:30:00.000Z');
  assert.equal(instantAt('Europe/Prague', '2025-10-26', '02:30').toISOString(), '2025-10-26T00:30:00.000Z');
  assert.throws(() => instantAt(zone, '2025-01-27', '24:30'), RangeError);
});

test('a calendar without a working week is refused, not searched for ever', () => {
  const never = { ...calendar, weekend: [0, 1, 2, 3, 4, 5, 6], makeUpDays: new Set<string>() };
  assert.throws(() => addWorkdays(never, '2025-01-01', 1), RangeError);
});

const someDate = fc.integer({ min: 18_000, max: 22_000 }).map(fromDayNumber);
const nearDate = fc.integer({ min: 19_000, max: 19_400 }).map(fromDayNumber);
const someDates = (calendarDays: number) => fc.uniqueArray(someDate, { maxLength: calendarDays });
const someCalendar = fc
  .record({
    weekend: fc.constantFrom([0, 6], [5, 6], [0]),
    holidays: someDates(60),
    makeUpDays: someDates(30),
  })
  .map(
    ({ weekend, holidays, makeUpDays }): WorkCalendar => ({
      ...calendar,
      weekend,
      holidays: new Set(holidays),
      makeUpDays: new Set(makeUpDays),
    }),
  );

test('property: T+N lands on a workday with N workdays in between, and back again', () => {
  fc.assert(
    fc.property(someCalendar, someDate, fc.integer({ min: 1, max: 40 }), (calendar, date, count) => {
      const later = addWorkdays(calendar, date, count);
      assert.ok(isWorkday(calendar, later));
      assert.equal(workdaysBetween(calendar, date, later), count);
      assert.equal(addWorkdays(calendar, later, -count) < later, true);
      if (isWorkday(calendar, date)) assert.equal(addWorkdays(calendar, later, -count), date);
      assert.equal(
        addWorkdays(calendar, addWorkdays(calendar, date, 1), count),
        addWorkdays(calendar, date, count + 1),
      );
    }),
  );
});

test('property: workdays between three dates add up, and never exceed the days', () => {
  fc.assert(
    fc.property(someCalendar, nearDate, nearDate, nearDate, (calendar, a, b, c) => {
      const sum = workdaysBetween(calendar, a, b) + workdaysBetween(calendar, b, c);
      assert.equal(workdaysBetween(calendar, a, c), sum);
      assert.ok(Math.abs(workdaysBetween(calendar, a, c)) <= Math.abs(daysBetween(a, c)));
    }),
  );
});

test('property: working minutes end within a shift of a workday, and add up', () => {
  const start = fc.tuple(someDate, fc.integer({ min: 0, max: 1439 })).map(([date, minute]) => {
    return new Date(instantAt(zone, date, '00:00').getTime() + minute * 60_000);
  });
  const minutes = fc.integer({ min: 0, max: 3000 });
  fc.assert(
    fc.property(someCalendar, start, minutes, minutes, (calendar, from, first, second) => {
      const end = addWorkingMinutes(calendar, zone, from, first);
      const local = new Date(end.getTime() + 8 * 3_600_000).toISOString();
      assert.ok(isWorkday(calendar, local.slice(0, 10)));
      assert.ok(
        calendar.shifts.some(([opens, closes]) => local.slice(11, 16) >= opens && local.slice(11, 16) <= closes),
      );
      const together = addWorkingMinutes(calendar, zone, from, first + second);
      if (second > 0) assert.equal(addWorkingMinutes(calendar, zone, end, second).getTime(), together.getTime());
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, anniversaries, dateOfLunar, lunarAnniversaries, lunarDate } from './public.ts';

/** Months of whose first day ICU is another mind; the sources named at the table agree with each other there. */
const ICU_ERRS = [
  '1917-03-23 1917-04-21 1922-06-25 1922-07-24 1954-02-03 1955-02-22 1987-07-26 1987-08-24 1999-01-17 2012-08-17 2018-11-08',
  '2027-02-06 2030-02-03 2070-03-12',
].flatMap((dates) => dates.split(' '));

test('every month from 1900 to 2100 begins where ICU has it begin, but for its known errors', () => {
  const format = new Intl.DateTimeFormat('en-u-ca-chinese', { timeZone: 'UTC', month: 'numeric', day: 'numeric' });
  const differing: string[] = [];
  let months = 0;
  for (let date = '1900-01-31'; date < '2101-01-29'; date = addDays(date, 1)) {
    const own = lunarDate(date)!;
    if (own.day !== 1) continue;
    months += 1;
    const parts = Object.fromEntries(format.formatToParts(new Date(date)).map(({ type, value }) => [type, value]));
    if (parts.month !== `${own.month}${own.leap ? 'bis' : ''}` || parts.day !== '1') differing.push(date);
  }
  assert.equal(months, 201 * 12 + 74);
  assert.deepEqual(
    differing.filter((date) => !ICU_ERRS.includes(date)),
    [],
  );
  assert.equal(lunarDate('1900-01-30'), undefined);
  assert.equal(lunarDate('2101-01-29'), undefined);
});

test('the New Year falls where people remember it', () => {
  const years: Record<number, string> = {
    1949: '1949-01-29',
    2000: '2000-02-05',
    2024: '2024-02-10',
    2026: '2026-02-17',
  };
  for (const [year, date] of Object.entries(years)) assert.equal(dateOfLunar(Number(year), 1, 1), date);
  assert.equal(dateOfLunar(2026, 8, 15), '2026-09-25');
  assert.equal(dateOfLunar(2025, 12, 30), '2026-02-16'); // a short twelfth month
});

test('lunar anniversaries: leap months count as the ordinary one, the 30th is the 29th of a short month', () => {
  assert.ok(lunarAnniversaries('2026-09-25').includes('2025-10-06')); // 15th of the eighth month
  // 2025 had a second sixth month: who was born in it celebrates in the sixth month, and nobody in a second one.
  const born = '2025-08-01';
  assert.deepEqual(lunarDate(born), { year: 2025, month: 6, day: 8, leap: true });
  assert.ok(lunarAnniversaries(dateOfLunar(2026, 6, 8)!).includes(born));
  assert.deepEqual(lunarAnniversaries(born), []);
  const last = '2025-01-28'; // 29th, the last day of the short twelfth month of 2024
  assert.deepEqual(lunarDate(last), { year: 2024, month: 12, day: 29, leap: false });
  const thirtieth = dateOfLunar(2023, 12, 30)!;
  assert.equal(lunarDate(thirtieth)!.day, 30);
  assert.ok(lunarAnniversaries(last).includes(thirtieth));
});

test('every day of a life has exactly one anniversary in each later year, by both calendars', () => {
  for (let born = '1999-12-01'; born < '2002-12-31'; born = addDays(born, 1)) {
    const own = lunarDate(born)!;
    for (const year of [own.year + 1, own.year + 2, own.year + 30]) {
      const date = dateOfLunar(year, own.month, own.day)!;
      assert.ok(lunarAnniversaries(date).includes(born), `${born} on ${date}`);
    }
  }
  const counted = new Map<string, number>();
  for (let date = '2025-01-01'; date < '2026-01-01'; date = addDays(date, 1)) {
    for (const born of anniversaries(date, 30)) counted.set(born, (counted.get(born) ?? 0) + 1);
  }
  assert.equal(counted.size, 30 * 365 + 8); // 1995 to 2024 with eight leap days
  assert.ok([...counted.values()].every((count) => count === 1));
  assert.ok(anniversaries('2025-02-28', 30).includes('2024-02-29'));
  assert.ok(!anniversaries('2028-02-28', 30).includes('2024-02-29'));
  assert.ok(anniversaries('2028-02-29', 30).includes('2024-02-29'));
});

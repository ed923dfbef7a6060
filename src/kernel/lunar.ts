import { type BusinessDate, dayNumber, fromDayNumber } from './dates.ts';

// The lunar calendar from 1900 to 2100, as a table: it is settled by astronomy and by decree, so it is not computed.
// Source: npm package lunar-javascript 1.7.7, MIT licence, compared month by month with chinese-days 1.5.7 (MIT licence) and with ICU; where
// one of these two differs (4 and 14 months), the other agrees with the table.

const FIRST_YEAR = 1900;
/** New Year of the lunar year 1900: 31 January 1900. */
const FIRST_DAY = -25_537;

/** A year each: the lowest digit is the month after which a leap month follows (0: none), above it one bit a month, set for 30 days. */
const TABLE =
  '16d28 07520 0ea50 164a5 064b0 0a9b0 15564 056a0 0b590 17522 07520 1b256 0b250 0a4b0 14ab5 02ad0 056b0 0b692 0da90 1d927 ' +
  '0e920 0d250 1a4d5 0a560 02b60 15b54 06d40 0ea90 1e922 0e920 0d266 052b0 0a570 12b65 0b5a0 06d40 0ec93 07490 16937 0a930 ' +
  '052b0 0a5b6 0aad0 056a0 1b554 0ba40 0b490 1a932 0a950 152d7 05360 0aad0 15aa5 05b20 0da50 1d4a3 0d4a0 0a958 0a970 05560 ' +
  '0ab56 0ad50 06d20 0ea54 0ea50 064a0 0c973 0a9b0 155a7 056a0 0b690 17525 0b520 0b250 164b4 0a4b0 14ab8 02ad0 056d0 0b696 ' +
  '0da90 0d920 1d254 0d250 1a4da 0a560 02b60 05b56 06d50 0ea90 1e925 0e920 0d260 0a563 0a570 14d68 035a0 06d50 16c95 07490 ' +
  '06930 152b4 052b0 0a5b0 155a2 056a0 1b557 0ba40 0b490 1a935 0a950 052d0 0aad4 0ab50 15aa9 05d20 0da50 1d4a6 0d4a0 0c950 ' +
  '152e4 05560 0ab50 15b22 06d20 0ea56 07250 064b0 0c975 0cab0 055a0 0ad63 0b690 1752b 0b520 0b250 1a4b6 0a4b0 04ab0 055b5 ' +
  '05ad0 0b6a0 1b522 0d920 1d257 0d250 0a550 14ad5 04b60 05b50 0daa3 0ec90 1e928 0e920 0d260 0a566 0a570 04d60 06d54 07550 ' +
  '07490 0e933 06930 152b7 052b0 0a5b0 155a5 056a0 0b650 174a4 0b4a0 1a958 0a950 052d0 0aad6 0ab50 05aa0 0ba54 0da50 0d4a0 ' +
  '1c953 0c960 194e7 05560 0ab50 15b25 06d20 0ea50 0e4a4 068b0 0c978 04ab0 055b0 0ad66 0b6a0 07520 17254 0b450 0a8b0 149b2 ' +
  '04ab0';

interface LunarMonth {
  year: number;
  month: number;
  leap: boolean;
  /** Day number of its first day. */
  first: number;
  days: number;
}

let months: LunarMonth[] | undefined;

function allMonths(): LunarMonth[] {
  if (months) return months;
  months = [];
  let first = FIRST_DAY;
  for (const [index, text] of TABLE.split(' ').entries()) {
    const code = Number.parseInt(text, 16);
    const leapAfter = code & 15;
    for (let place = 0; place < (leapAfter > 0 ? 13 : 12); place++) {
      const leap = leapAfter > 0 && place === leapAfter;
      const month = leapAfter > 0 && place >= leapAfter ? place : place + 1;
      const days = (code >> (4 + place)) & 1 ? 30 : 29;
      months.push({ year: FIRST_YEAR + index, month, leap, first, days });
      first += days;
    }
  }
  return months;
}

/** A date of the lunar calendar: 2026, 1, 1 is the New Year's Day (春节) of the year that begins in 2026. */
export interface LunarDate {
  year: number;
  month: number;
  day: number;
  /** In the second of two months with this number. */
  leap: boolean;
}

function monthOf(date: BusinessDate): LunarMonth | undefined {
  const day = dayNumber(date);
  const all = allMonths();
  let [from, to] = [0, all.length - 1];
  while (from <= to) {
    const middle = (from + to) >> 1;
    const month = all[middle]!;
    if (day < month.first) to = middle - 1;
    else if (day >= month.first + month.days) from = middle + 1;
    else return month;
  }
  return undefined;
}

/** The lunar date of a day; undefined outside of the lunar years 1900 to 2100. */
export function lunarDate(date: BusinessDate): LunarDate | undefined {
  const found = monthOf(date);
  if (!found) return undefined;
  const { year, month, leap, first } = found;
  return { year, month, day: dayNumber(date) - first + 1, leap };
}

/** The day on which a day of an ordinary lunar month falls; the 30th of a month that has 29 days is the 29th. */
export function dateOfLunar(year: number, month: number, day: number): BusinessDate | undefined {
  const found = allMonths().find((each) => each.year === year && each.month === month && !each.leap);
  return found && fromDayNumber(found.first + Math.min(day, found.days) - 1);
}

/**
 * The days of earlier lunar years whose anniversary by the lunar calendar is this date. Who was born in a leap month celebrates in the
 * ordinary one of the same number, who was born on the 30th on the 29th where the month is short; in a leap month nobody does.
 */
export function lunarAnniversaries(date: BusinessDate): BusinessDate[] {
  const here = monthOf(date);
  if (!here || here.leap) return [];
  const day = dayNumber(date) - here.first + 1;
  const isLast = day === here.days && here.days === 29;
  return allMonths()
    .filter((each) => each.year < here.year && each.month === here.month)
    .flatMap((each) => {
      const days = [day, ...(isLast ? [30] : [])].filter((wanted) => wanted <= each.days);
      return days.map((wanted) => fromDayNumber(each.first + wanted - 1));
    });
}

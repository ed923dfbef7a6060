import type { BusinessDate } from '#kernel';

// What a year asks for, worked out day by day from the lives of the customers: no code of the rules is used, and dates are plain arithmetic.

export interface Life {
  key: string;
  birth: BusinessDate;
  /** Keeps the birthday of the lunar calendar. */
  lunar: boolean;
  openedOn: BusinessDate;
  holdings: { key: string; policy: boolean; maturity: BusinessDate; value: string }[];
}

export interface Expected {
  rule: string;
  customer: string;
  date: BusinessDate;
  /** The record that it is about. */
  mark: string;
}

const DAY_MS = 86_400_000;
const instant = (date: string) => Date.parse(`${date}T00:00:00Z`);
const shifted = (date: string, days: number) => new Date(instant(date) + days * DAY_MS).toISOString().slice(0, 10);
const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const chinese = new Intl.DateTimeFormat('zh-u-ca-chinese', { timeZone: 'UTC', month: 'numeric', day: 'numeric' });
const lunarKnown = new Map<string, { month: string; day: number }>();

/** Month and day of the lunar calendar; a leap month counts as the month that it repeats. */
function lunarOf(date: string) {
  let found = lunarKnown.get(date);
  if (!found) {
    const parts = chinese.formatToParts(new Date(instant(date)));
    const of = (type: string) => parts.find((part) => part.type === type)!.value;
    found = { month: of('month').replace('闰', ''), day: Number(of('day')) };
    lunarKnown.set(date, found);
  }
  return found;
}

/** Months that ICU begins on another day than the calendar that was in force (decided by two other sources, see the kernel's table). */
const ICU_ERRS: [BusinessDate, BusinessDate][] = [
  ['1954-02-03', '1954-03-04'],
  ['1955-02-22', '1955-03-23'],
  ['1987-07-26', '1987-08-23'],
  ['1999-01-17', '1999-02-15'],
  ['2012-08-17', '2012-09-15'],
  ['2018-11-07', '2018-12-06'],
];

/** Can the lunar date of this day be told here, without the program's own calendar? */
export const isLunarKnown = (date: BusinessDate) => !ICU_ERRS.some(([from, to]) => from <= date && date <= to);

/** Is the date within a leap month? */
const inLeapMonth = (date: string) =>
  chinese.formatToParts(new Date(instant(date))).some(({ type, value }) => type === 'month' && value.includes('闰'));

function isLunarBirthday(birth: string, date: string): boolean {
  if (inLeapMonth(date)) return false;
  const own = lunarOf(birth);
  const now = lunarOf(date);
  if (now.month !== own.month) return false;
  if (now.day === own.day) return true;
  // Born on a 30th: on the 29th where the month has no 30th.
  return own.day === 30 && now.day === 29 && lunarOf(shifted(date, 1)).day === 1;
}

function isYearly(of: string, date: string): boolean {
  if (of.slice(5) === date.slice(5)) return true;
  return of.slice(5) === '02-29' && date.slice(5) === '02-28' && !isLeap(Number(date.slice(0, 4)));
}

export function expectedOf(lives: readonly Life[], from: BusinessDate, until: BusinessDate): Expected[] {
  const found: Expected[] = [];
  for (let date = from; date <= until; date = shifted(date, 1)) {
    for (const { key, birth, lunar, openedOn, holdings } of lives) {
      const add = (rule: string, mark = '') => found.push({ rule, customer: key, date, mark });
      if (!lunar && isYearly(birth, date)) add('birthday');
      if (lunar && isLunarBirthday(birth, date)) add('birthday_lunar');
      const days = (instant(date) - instant(openedOn)) / DAY_MS;
      if (isYearly(openedOn, date) && days >= 365) add('account_anniversary');
      for (const holding of holdings) {
        const left = (instant(holding.maturity) - instant(date)) / DAY_MS;
        if (left === 15) add('holding_maturity', holding.key);
        if (left === 7) add('maturity_talk', holding.key);
        if (holding.policy && (left === 30 || left === 7)) add('policy_renewal', holding.key);
        if (!holding.policy && left === 30 && Number(holding.value) >= 500_000) add('large_maturity', holding.key);
      }
    }
  }
  return found;
}

import { Failure } from '#kernel';
import { rejectKinds as kinds } from '../failures.ts';
import type { COLUMN_TYPES } from '../mapping/definition.ts';
import { dateFormat } from './date-format.ts';

export type ColumnType = (typeof COLUMN_TYPES)[number];

/** Turns the text of a value into its canonical form, or null for "no value". Throws a reject reason. */
export type Convert = (text: string) => string | null;

export interface ConvertOptions {
  type: ColumnType;
  missing: readonly string[];
  trim: boolean;
  decimal: '.' | ',';
  thousands: 'none' | '.' | ',' | ' ' | "'";
  impliedDecimals: number;
  /** The written form of dates or times, and what two-digit years mean. */
  form: string;
  twoDigitYearsFrom: number;
  zone: string;
}

const MEMO_MAX = 20_000;

export function converter(options: ConvertOptions): Convert {
  const empty = emptiness(options);
  const convert = conversions[options.type](options);
  if (convert === undefined) return empty;
  return (text) => {
    const value = empty(text);
    return value === null ? null : convert(value);
  };
}

/** Trims, and tells what stands for "no value". */
function emptiness({ missing, trim }: ConvertOptions): Convert {
  const others = new Set(missing.filter((each) => each !== ''));
  const longest = Math.max(0, ...[...others].map((each) => each.length));
  return (text) => {
    const value = trim && hasOuterSpace(text) ? text.trim() : text;
    return value === '' || (value.length <= longest && others.has(value)) ? null : value;
  };
}

function hasOuterSpace(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  const first = text.charCodeAt(0);
  return first <= 32 || last <= 32 || first >= 0xa0 || last >= 0xa0;
}

const conversions: Record<ColumnType, (options: ConvertOptions) => ((value: string) => string) | undefined> = {
  text: () => undefined,
  integer: (options) => {
    const strip = withoutThousands(options);
    return (value) => {
      const digits = strip(value);
      if (!/^[+-]?\d{1,18}$/.test(digits)) throw new Failure(kinds.integer, { value });
      return plain(digits);
    };
  },
  decimal: (options) => {
    const { decimal, impliedDecimals } = options;
    const strip = withoutThousands(options);
    return (value) => {
      let digits = strip(value);
      if (decimal === ',') digits = digits.includes('.') ? 'x' : digits.replace(',', '.');
      if (!/^[+-]?(?:\d{1,18}(?:\.\d{1,18})?|\.\d{1,18})$/.test(digits)) {
        throw new Failure(kinds.decimal, { value, decimal });
      }
      const canonical = plain(digits);
      return impliedDecimals > 0 ? shifted(canonical, impliedDecimals, value, decimal) : canonical;
    };
  },
  date: ({ form, twoDigitYearsFrom }) => {
    const format = dateFormat(form, twoDigitYearsFrom)!;
    return memoized((value) => {
      const date = format.date(value);
      if (date === undefined) throw new Failure(kinds.date, { value, format: form });
      return date;
    });
  },
  datetime: ({ form, twoDigitYearsFrom, zone }) => {
    const format = dateFormat(form, twoDigitYearsFrom)!;
    return memoized((value) => {
      const instant = format.datetime(value, zone);
      if (instant === undefined) throw new Failure(kinds.date, { value, format: form });
      return instant;
    });
  },
};

function withoutThousands({ thousands, decimal }: ConvertOptions): (value: string) => string {
  if (thousands === 'none') return (value) => value;
  const mark = thousands === ' ' ? '[ \\u00a0\\u202f]' : `\\${thousands}`;
  const grouped = new RegExp(`^[+-]?\\d{1,3}(?:${mark}\\d{3})+(?:\\${decimal}\\d+)?$`);
  const marks = new RegExp(mark, 'g');
  return (value) => (grouped.test(value) ? value.replace(marks, '') : value);
}

/** Without a plus sign and with a digit before the point. */
function plain(digits: string): string {
  const first = digits.charCodeAt(0);
  if (first === 43) return plain(digits.slice(1));
  if (first === 46) return `0${digits}`;
  return digits.startsWith('-.') ? `-0${digits.slice(1)}` : digits;
}

function shifted(digits: string, places: number, value: string, decimal: string): string {
  if (digits.includes('.')) throw new Failure(kinds.decimal, { value, decimal });
  const negative = digits.startsWith('-');
  const whole = (negative ? digits.slice(1) : digits).padStart(places + 1, '0');
  return `${negative ? '-' : ''}${whole.slice(0, -places)}.${whole.slice(-places)}`;
}

/** Dates repeat: a file has far more rows than days. */
function memoized(convert: (value: string) => string): (value: string) => string {
  const memo = new Map<string, string>();
  return (value) => {
    const known = memo.get(value);
    if (known !== undefined) return known;
    const result = convert(value);
    if (memo.size >= MEMO_MAX) memo.clear();
    memo.set(value, result);
    return result;
  };
}

import type { Language } from './failure.ts';

/** How figures and instants are written for people. All amounts are decimal texts: nothing here goes through a float. */

interface Decimal {
  negative: boolean;
  /** The digits without the point. */
  digits: bigint;
  /** How many of them stand after the point. */
  scale: number;
}

function read(value: string): Decimal | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(value.trim());
  if (!match) return undefined;
  const fraction = match[3] ?? '';
  return { negative: match[1] === '-', digits: BigInt(`${match[2]}${fraction}`), scale: fraction.length };
}

const power = (exponent: number): bigint => 10n ** BigInt(exponent);

/** |value| ÷ 10^exponent as whole units of 10^-places, half away from zero. */
function scaled(value: Decimal, exponent: number, places: number): bigint {
  const shift = places - value.scale - exponent;
  if (shift >= 0) return value.digits * power(shift);
  const divisor = power(-shift);
  return (value.digits + divisor / 2n) / divisor;
}

function written(units: bigint, places: number, negative: boolean): string {
  const digits = units.toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ',');
  const sign = negative && units !== 0n ? '-' : '';
  return `${sign}${whole}${places > 0 ? `.${digits.slice(digits.length - places)}` : ''}`;
}

/** `'1234567.5'` → `1,234,567.50`; half away from zero. A text that is no number comes back as it is. */
export function formatDecimal(value: string, places = 2): string {
  const decimal = read(value);
  return decimal ? written(scaled(decimal, 0, places), places, decimal.negative) : value;
}

const steps = {
  zh: [
    { exponent: 4, unit: '万' },
    { exponent: 8, unit: '亿' },
    { exponent: 12, unit: '万亿' },
  ],
  en: [
    { exponent: 3, unit: 'K' },
    { exponent: 6, unit: 'M' },
    { exponent: 9, unit: 'B' },
    { exponent: 12, unit: 'T' },
  ],
} satisfies Record<Language, { exponent: number; unit: string }[]>;

/** An amount shortened to the unit people say it in: the figure and its unit apart, because the unit is set smaller. */
export interface ShortAmount {
  figure: string;
  unit: string;
}

/**
 * `'1234567'` → 123.46 万 (zh), 1.23 M (en). The unit is chosen after rounding, so 99,999,999.99 becomes 1.00 亿, never
 * 10,000.00 万.
 */
export function shortAmount(value: string, language: Language, places = 2): ShortAmount {
  const decimal = read(value);
  if (!decimal) return { figure: value, unit: '' };
  let exponent = 0;
  let unit = '';
  for (const step of steps[language]) {
    if (scaled(decimal, exponent, places) < power(step.exponent - exponent + places)) break;
    exponent = step.exponent;
    unit = step.unit;
  }
  return { figure: written(scaled(decimal, exponent, places), places, decimal.negative), unit };
}

/** The same in one text: `123.46 万`, `1.23M`. */
export function formatShortAmount(value: string, language: Language, places = 2): string {
  const { figure, unit } = shortAmount(value, language, places);
  if (unit === '') return figure;
  return language === 'zh' ? `${figure} ${unit}` : `${figure}${unit}`;
}

/** A share of one as a percentage: `'0.3142'` → `31.42%`. */
export function formatPercent(value: string, places = 2): string {
  const decimal = read(value);
  return decimal ? `${written(scaled(decimal, -2, places), places, decimal.negative)}%` : value;
}

/** The sign that stands for a currency: CNY → ¥; a currency without a sign keeps its code. */
export function currencySign(currency: string): string {
  const signs: Record<string, string> = { CNY: '¥', USD: '$', EUR: '€', GBP: '£', HKD: 'HK$', CZK: 'Kč' };
  return signs[currency] ?? currency;
}

/** Whole numbers with thousands marks. */
export function formatCount(value: number | string): string {
  return formatDecimal(String(value), 0);
}

const instantFormats = new Map<string, Intl.DateTimeFormat>();

/** An instant in the institution's zone, ISO-like: `2026-01-31 09:05`, with `second` also `:07`. */
export function formatInstant(instant: string | Date, zone: string, detail: 'minute' | 'second' = 'minute'): string {
  const date = instant instanceof Date ? instant : new Date(instant);
  if (Number.isNaN(date.getTime())) return String(instant);
  let format = instantFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    instantFormats.set(zone, format);
  }
  const part = Object.fromEntries(format.formatToParts(date).map(({ type, value }) => [type, value]));
  const minute = `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}`;
  return detail === 'second' ? `${minute}:${part.second}` : minute;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A length of time in the two largest units that matter: `840 ms`, `12.4 s`, `3 m 05 s` (zh: `840 毫秒`, `12.4 秒`, `3 分 05 秒`). */
export function formatDuration(ms: number, language: Language): string {
  const words = language === 'zh' ? ['毫秒', '秒', '分', '小时'] : ['ms', 's', 'm', 'h'];
  const two = (value: number) => String(value).padStart(2, '0');
  if (ms < SECOND_MS) return `${Math.round(ms)} ${words[0]}`;
  if (ms < MINUTE_MS) return `${(Math.floor(ms / 100) / 10).toFixed(1)} ${words[1]}`;
  if (ms < HOUR_MS) {
    return `${Math.floor(ms / MINUTE_MS)} ${words[2]} ${two(Math.floor((ms % MINUTE_MS) / SECOND_MS))} ${words[1]}`;
  }
  return `${Math.floor(ms / HOUR_MS)} ${words[3]} ${two(Math.floor((ms % HOUR_MS) / MINUTE_MS))} ${words[2]}`;
}

/** A count of bytes: `1.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

import { formatCount, formatDecimal, type Language } from '#kernel';
import { readAmount } from '../records/read-amount.ts';
import type { Unit } from './vocabulary.ts';

/** What stands behind a figure of a unit: 元, 天, %; nothing for plain numbers. */
export function unitWord(unit: Unit | undefined, language: Language, currency: string): string {
  switch (unit) {
    case 'money':
      return language === 'zh' && currency === 'CNY' ? '元' : currency;
    case 'percent':
      return '%';
    case 'days':
      return language === 'zh' ? '天' : 'days';
    case 'years':
      return language === 'zh' ? '年' : 'years';
    default:
      return '';
  }
}

/** `5000000` → `5,000,000`, with as many places as were written. */
export function grouped(value: string): string {
  const places = value.split('.')[1]?.length ?? 0;
  return places === 0 ? formatCount(value) : formatDecimal(value, places);
}

/** A figure with its unit, as a sentence says it. */
export function figure(value: string, unit: Unit | undefined, language: Language, currency: string): string {
  const word = unitWord(unit, language, currency);
  return word === '' ? grouped(value) : `${grouped(value)} ${word}`;
}

/** What people type for a number, with or without its unit: `500万`, `30 %`, `90 天`, `1.5亿元`. Undefined for what is none. */
export function readFigure(typed: string): string | undefined {
  const bare = typed.trim().replace(/\s*(%|％|元|天|日|年|岁|笔|个|次|days?|years?|CNY|RMB|¥|￥)$/i, '');
  return readAmount(bare.replace(/^[¥￥$€£]/, ''));
}

/** A share that people type as `30 %`, or a plain factor: both as a factor of one. */
export function readFactor(typed: string): string | undefined {
  const percent = /[%％]\s*$/.test(typed);
  const value = readFigure(typed);
  return value === undefined || !percent ? value : hundredth(value);
}

/** A factor as people say it: `0.3` → `30 %`, `2` → `2`. */
export function factorText(factor: string): string {
  const isShare = /^-?0?\.\d+$/.test(factor);
  return isShare ? `${shifted(factor, 2)} %` : grouped(factor);
}

const hundredth = (value: string): string => shifted(value, -2);

/** A decimal text times a power of ten, exactly. */
function shifted(value: string, exponent: number): string {
  const [, sign, whole, fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(value)!;
  const places = Math.max(0, fraction.length - exponent);
  const digits = `${whole}${fraction}`.padEnd(
    `${whole}${fraction}`.length + Math.max(0, exponent - fraction.length),
    '0',
  );
  const padded = digits.padStart(places + 1, '0');
  const left = padded.slice(0, padded.length - places).replace(/^0+(?=\d)/, '');
  const right = padded.slice(padded.length - places).replace(/0+$/, '');
  return `${sign}${left}${right === '' ? '' : `.${right}`}`;
}

import type { BulkRow } from '#records';
import type { PlannedField } from './fields.ts';

/** Exact sums of the money fields of a load. */
export interface Sums {
  add(row: BulkRow): void;
  /** Decimal amounts by field code, two places. */
  amounts(): Record<string, string>;
}

/** One exact sum of canonical decimals. */
export interface Total {
  add(value: string): void;
  /** With two places, or as many as the values had. */
  amount(): string;
}

/** Below this many minor units a float adds exactly; then it is emptied into the bigint. */
const EXACT_MAX = 2 ** 52;
const DIGITS_EXACT_MAX = 14;
/** Decimal places of the bigint: as many as a value of a file may have. */
const PLACES = 18;
const MINOR_TO_FULL = 10n ** BigInt(PLACES - 2);

export function createTotal(): Total {
  let small = 0;
  let total = 0n;
  return {
    add(value) {
      const point = value.indexOf('.');
      if (value.length > DIGITS_EXACT_MAX || (point >= 0 && value.length - point > 3)) {
        total += full(value);
        return;
      }
      small += Math.round(Number(value) * 100);
      if (small > EXACT_MAX || small < -EXACT_MAX) {
        total += BigInt(small) * MINOR_TO_FULL;
        small = 0;
      }
    },
    amount() {
      const units = total + BigInt(small) * MINOR_TO_FULL;
      const digits = (units < 0n ? -units : units).toString().padStart(PLACES + 1, '0');
      const places = digits.slice(-PLACES).replace(/0+$/, '').padEnd(2, '0');
      return `${units < 0n ? '-' : ''}${digits.slice(0, -PLACES)}.${places}`;
    },
  };
}

export function createSums(fields: readonly PlannedField[]): Sums {
  const money = fields
    .map(({ field }, index) => ({ code: field.code, type: field.type, at: index + 2 }))
    .filter(({ type }) => type === 'money')
    .map(({ code, at }) => ({ code, at, total: createTotal() }));
  return {
    add(row) {
      for (const { at, total } of money) {
        const value = row[at];
        if (value !== null && value !== undefined) total.add(value);
      }
    },
    amounts: () => Object.fromEntries(money.map(({ code, total }) => [code, total.amount()])),
  };
}

/** A canonical decimal in units of the eighteenth place. */
function full(value: string): bigint {
  const [whole, fraction = ''] = value.split('.') as [string, string?];
  const units = BigInt(`${whole.replace(/[+-]/, '')}${fraction.padEnd(PLACES, '0').slice(0, PLACES)}`);
  return whole.startsWith('-') ? -units : units;
}

/** How far the first of two decimals lies above the second, exactly. */
export function differenceOf(a: string, b: string): string {
  const total = createTotal();
  total.add(a);
  total.add(b.startsWith('-') ? b.slice(1) : `-${b}`);
  return total.amount();
}

import { amountOf } from '#kernel';
import type { BulkRow } from '#records';
import type { PlannedField } from './fields.ts';

/** Exact sums of the money fields of a load. */
export interface Sums {
  add(row: BulkRow): void;
  /** Decimal amounts by field code, two places. */
  amounts(): Record<string, string>;
}

/** Below this many minor units a float adds exactly; then it is emptied into the bigint. */
const EXACT_MAX = 2 ** 52;
const DIGITS_EXACT_MAX = 14;

export function createSums(fields: readonly PlannedField[]): Sums {
  const money = fields
    .map(({ field }, index) => ({ code: field.code, type: field.type, at: index + 2 }))
    .filter(({ type }) => type === 'money')
    .map(({ code, at }) => ({ code, at, small: 0, total: 0n }));
  return {
    add(row) {
      for (const sum of money) {
        const value = row[sum.at];
        if (value === null || value === undefined) continue;
        if (value.length > DIGITS_EXACT_MAX) {
          sum.total += minor(value);
          continue;
        }
        sum.small += Math.round(Number(value) * 100);
        if (sum.small > EXACT_MAX || sum.small < -EXACT_MAX) {
          sum.total += BigInt(sum.small);
          sum.small = 0;
        }
      }
    },
    amounts: () => Object.fromEntries(money.map(({ code, small, total }) => [code, amountOf(total + BigInt(small))])),
  };
}

/** Minor units of a canonical decimal with any number of zeros behind its two places. */
function minor(value: string): bigint {
  const [whole, fraction = ''] = value.split('.') as [string, string?];
  const units = BigInt(`${whole.replace('-', '')}${fraction.padEnd(2, '0').slice(0, 2)}`);
  return whole.startsWith('-') ? -units : units;
}

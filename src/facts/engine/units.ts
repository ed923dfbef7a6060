/**
 * An exact decimal as whole units of a fixed number of places: 12.50 at two places is 1250. A plain number while that is exact and a
 * bigint beyond, so that the usual amounts cost no more than integers.
 */
export type Units = number | bigint;

export function add(left: Units, right: Units): Units {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return narrow(BigInt(left) + BigInt(right));
}

/** A bigint that fits becomes a plain number again. */
export function narrow(units: bigint): Units {
  const plain = Number(units);
  return Number.isSafeInteger(plain) ? plain : units;
}

const ZERO = 48;

/** Digits up to which a text is read without a bigint. */
const PLAIN_DIGITS_MAX = 15;

/** The units of a canonical decimal text such as `-12.5`; it has at most the given places. */
export function unitsOf(text: string, places: number): Units {
  const { length } = text;
  if (length + places > PLAIN_DIGITS_MAX) return longUnits(text, places);
  const negative = text.charCodeAt(0) === 45;
  let units = 0;
  let missing = places;
  let fraction = false;
  for (let index = negative ? 1 : 0; index < length; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (digit === -2) fraction = true;
    else {
      if (fraction) missing -= 1;
      units = units * 10 + digit;
    }
  }
  if (missing < 0) return longUnits(text, places);
  for (; missing > 0; missing -= 1) units *= 10;
  return negative ? 0 - units : units;
}

function longUnits(text: string, places: number): Units {
  const [whole, fraction = ''] = text.split('.');
  if (/[1-9]/.test(fraction.slice(places))) throw new RangeError(`more than ${places} places: ${text}`);
  return narrow(BigInt(whole + fraction.slice(0, places).padEnd(places, '0')));
}

/** The decimal text of units, always with all places. */
export function textOf(units: Units, places: number): string {
  if (places === 0) return String(units);
  const negative = units < 0;
  const digits = String(negative ? -units : units).padStart(places + 1, '0');
  const point = digits.length - places;
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** `sum ÷ count`, half away from zero, at other places than the sum has. */
export function quotient(sum: Units, places: number, count: Units, wanted: number): Units {
  const shift = wanted - places;
  const dividend = BigInt(sum) * (shift > 0 ? 10n ** BigInt(shift) : 1n);
  const divisor = BigInt(count) * (shift < 0 ? 10n ** BigInt(-shift) : 1n);
  return narrow(rounded(dividend, divisor));
}

function rounded(dividend: bigint, divisor: bigint): bigint {
  const half = dividend < 0n ? -divisor : divisor;
  return (2n * dividend + half) / (2n * divisor);
}

/** An amount at a rate, rounded to its own places, half away from zero. */
export function converted(units: Units, rate: string): Units {
  const places = rate.includes('.') ? rate.length - rate.indexOf('.') - 1 : 0;
  const factor = BigInt(unitsOf(rate, places));
  return narrow(rounded(BigInt(units) * factor, 10n ** BigInt(places)));
}

import { limits } from './limits.ts';

/**
 * Exact decimals: `units ÷ 10^places`. Units are a plain number while that is exact and a bigint beyond, so that amounts such
 * as 1234.50 cost little more than integers; a general decimal library takes ten times as long where rules and imports spend
 * their time. Nothing is ever rounded but by `divide` and `round`.
 */
export interface Decimal {
  readonly units: Units;
  readonly places: number;
}
type Units = number | bigint;

/** A number while calculating: a safe integer as it is, everything else as a Decimal. */
export type Num = number | Decimal;

const plainPowers = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

function power(exponent: number): Units {
  return exponent < plainPowers.length ? plainPowers[exponent]! : 10n ** BigInt(exponent);
}

const unitsOf = (number: Num): Units => (typeof number === 'number' ? number : number.units);
const placesOf = (number: Num): number => (typeof number === 'number' ? 0 : number.places);

/** A bigint that fits becomes a plain number again; `+ 0` turns minus zero into zero. */
function narrow(units: Units): Units {
  if (typeof units === 'number') return units + 0;
  const plain = Number(units);
  return Number.isSafeInteger(plain) ? plain : units;
}

function decimal(units: Units, places: number): Num {
  const narrowed = narrow(units);
  return places === 0 && typeof narrowed === 'number' ? narrowed : { units: narrowed, places };
}

const add = (left: Units, right: Units) =>
  exactly(
    left,
    right,
    (a, b) => a + b,
    (a, b) => a + b,
  );
const multiply = (left: Units, right: Units) =>
  exactly(
    left,
    right,
    (a, b) => a * b,
    (a, b) => a * b,
  );

function exactly(
  left: Units,
  right: Units,
  plain: (left: number, right: number) => number,
  big: (left: bigint, right: bigint) => bigint,
): Units {
  if (typeof left === 'number' && typeof right === 'number') {
    const result = plain(left, right);
    if (Number.isSafeInteger(result)) return result;
  }
  return big(BigInt(left), BigInt(right));
}

const opposite = (units: Units): Units => (typeof units === 'number' ? 0 - units : -units);

/** The units of a number at more places than it has. */
function scaled(number: Num, places: number): Units {
  const missing = places - placesOf(number);
  return missing === 0 ? unitsOf(number) : multiply(unitsOf(number), power(missing));
}

// Texts

const pattern = new RegExp(
  `^[+-]?(\\d{1,${limits.whole_digits_max}}(\\.\\d{1,${limits.decimal_places_max}})?|\\.\\d{1,${limits.decimal_places_max}})$`,
);
const FAST_LENGTH = 15;

/** A decimal text such as `-1234.50`; null when it is not one or has too many digits. */
export function parseNumber(text: string): Num | null {
  return parseShort(text) ?? parseLong(text);
}

/** Amounts as they usually come: at most 15 characters. Undefined where the general way must look. */
function parseShort(text: string): Num | undefined {
  const { length } = text;
  if (length === 0 || length > FAST_LENGTH) return undefined;
  const negative = text.charCodeAt(0) === 45;
  let units = 0;
  let point = -1;
  for (let index = negative ? 1 : 0; index < length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit >= 0 && digit <= 9) units = units * 10 + digit;
    else if (digit === -2 && point < 0) point = index;
    else return undefined;
  }
  if (point === length - 1 || length === (negative ? 1 : 0)) return undefined;
  return decimal(negative ? -units : units, point < 0 ? 0 : length - point - 1);
}

function parseLong(text: string): Num | null {
  if (!pattern.test(text)) return null;
  const point = text.indexOf('.');
  const units = BigInt(text.replace(/^\+/, '').replace('.', ''));
  return decimal(units, point < 0 ? 0 : text.length - point - 1);
}

/** The shortest decimal text: no exponent, no trailing zeros, no minus zero. */
export function formatNumber(number: Num): string {
  if (typeof number === 'number') return String(number);
  const { units, places } = number;
  const negative = units < 0;
  const digits = String(negative ? opposite(units) : units).padStart(places + 1, '0');
  let end = digits.length;
  const point = digits.length - places;
  while (end > point && digits.charCodeAt(end - 1) === 48) end--;
  const whole = digits.slice(0, point);
  return `${negative ? '-' : ''}${end > point ? `${whole}.${digits.slice(point, end)}` : whole}`;
}

/** The number that a JavaScript number shows, such as 0.1; null when it has too many digits. */
export function fromPlain(number: number): Num | null {
  if (Number.isSafeInteger(number)) return number + 0;
  const text = String(number);
  return parseNumber(text.includes('e-') ? number.toFixed(limits.decimal_places_max) : text);
}

// Calculations

export function plus(left: Num, right: Num): Num {
  const places = Math.max(placesOf(left), placesOf(right));
  return decimal(add(scaled(left, places), scaled(right, places)), places);
}

export function minus(left: Num, right: Num): Num {
  return plus(left, negate(right));
}

export function negate(number: Num): Num {
  return decimal(opposite(unitsOf(number)), placesOf(number));
}

export function times(left: Num, right: Num): Num {
  return decimal(multiply(unitsOf(left), unitsOf(right)), placesOf(left) + placesOf(right));
}

/** Rounded half up (away from zero) to 20 places; null when the divisor is zero. */
export function divide(left: Num, right: Num): Num | null {
  const divisor = BigInt(unitsOf(right));
  if (divisor === 0n) return null;
  const dividend = BigInt(unitsOf(left));
  // Cut off one digit behind the last place: that digit alone decides the rounding.
  const shift = limits.division_places + 1 + placesOf(right) - placesOf(left);
  const quotient =
    shift >= 0 ? (dividend * 10n ** BigInt(shift)) / divisor : dividend / (divisor * 10n ** BigInt(-shift));
  return round({ units: quotient, places: limits.division_places + 1 }, limits.division_places);
}

/** `dividend − divisor × floor(dividend ÷ divisor)`: the result has the sign of the divisor; null for a zero divisor. */
export function modulo(left: Num, right: Num): Num | null {
  const places = Math.max(placesOf(left), placesOf(right));
  const divisor = scaled(right, places);
  if (Number(divisor) === 0) return null;
  const rest = remainder(scaled(left, places), divisor);
  return decimal(rest < 0 !== divisor < 0 && Number(rest) !== 0 ? add(rest, divisor) : rest, places);
}

const remainder = (left: Units, right: Units) =>
  exactly(
    left,
    right,
    (a, b) => a % b,
    (a, b) => a % b,
  );

// Doubles for comparing: a number of at most 15 digits is some double's nearest, no two of them the same one's, and they lie in the same order.

const DOUBLE_UNITS = 10 ** FAST_LENGTH;

/** The double of a number to compare it by; NaN where it has too many digits for that. */
export function doubleOf(number: Num): number {
  if (typeof number === 'number') return number < DOUBLE_UNITS && number > -DOUBLE_UNITS ? number : Number.NaN;
  const { units, places } = number;
  if (typeof units !== 'number' || units >= DOUBLE_UNITS || units <= -DOUBLE_UNITS) return Number.NaN;
  return places <= FAST_LENGTH ? units / plainPowers[places]! : Number.NaN;
}

/** The same of a decimal text; NaN where the general way must look. */
export function doubleOfText(text: string): number {
  const { length } = text;
  if (length === 0 || length > FAST_LENGTH) return Number.NaN;
  const first = text.charCodeAt(0) === 45 ? 1 : 0;
  let units = 0;
  let point = -1;
  for (let index = first; index < length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit >= 0 && digit <= 9) units = units * 10 + digit;
    else if (digit === -2 && point < 0) point = index;
    else return Number.NaN;
  }
  if (point === length - 1 || length === first) return Number.NaN;
  if (point >= 0) units /= plainPowers[length - point - 1]!;
  return first === 1 ? -units : units;
}

/** Negative, zero or positive. */
export function compareNumbers(left: Num, right: Num): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const [x, y] = [doubleOf(left), doubleOf(right)];
  if (x < y) return -1;
  if (x > y) return 1;
  if (x === y) return 0;
  const places = Math.max(placesOf(left), placesOf(right));
  const a = scaled(left, places);
  const b = scaled(right, places);
  return a < b ? -1 : a > b ? 1 : 0;
}

export const absolute = (number: Num): Num => (unitsOf(number) < 0 ? negate(number) : number);
export const floor = (number: Num): Num => cut(number, 0, (rest) => (rest < 0 ? -1 : 0));
export const ceiling = (number: Num): Num => cut(number, 0, (rest) => (rest > 0 ? 1 : 0));

/** Half up (away from zero) to a number of places. */
export function round(number: Num, places: number): Num {
  return cut(number, places, (rest, step) => (absoluteUnits(rest, 2) < step ? 0 : rest < 0 ? -1 : 1));
}

const absoluteUnits = (units: Units, factor: number): Units => multiply(units < 0 ? opposite(units) : units, factor);

/** Cuts a number to some places and corrects the last one by what the rest demands. */
function cut(number: Num, places: number, correction: (rest: Units, step: Units) => number): Num {
  const surplus = placesOf(number) - places;
  if (surplus <= 0) return number;
  const units = unitsOf(number);
  const step = power(surplus);
  if (typeof units === 'number' && typeof step === 'number') {
    const rest = units % step;
    return decimal((units - rest) / step + correction(rest, step), places);
  }
  const rest = BigInt(units) % BigInt(step);
  return decimal((BigInt(units) - rest) / BigInt(step) + BigInt(correction(rest, step)), places);
}

/** The plain number of a whole argument (a position, a length, days); null when it has a fraction or is out of bounds. */
export function wholeArgument(number: Num): number | null {
  const whole = floor(number);
  if (compareNumbers(whole, number) !== 0) return null;
  return typeof whole === 'number' && Math.abs(whole) <= limits.whole_argument_max ? whole : null;
}

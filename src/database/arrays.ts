// Arrays as values of a statement in PostgreSQL's own binary form: it takes them in without reading digits, and bytes do not travel as
// twice their number of letters. A statement names the type of such a value (`$1::bigint[]`).

/** Object ids of the built-in types (pg_type.oid). */
const OID = { bytea: 17, bigint: 20, integer: 23, date: 1082, numeric: 1700 };

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/** `size` is the number of bytes of all values together; `write` puts one down behind its length and returns where it ended. */
function arrayOf<T>(
  oid: number,
  values: readonly (T | null)[],
  size: number,
  write: (bytes: Buffer, value: T, at: number) => number,
): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + values.length * LENGTH_BYTES + size);
  const hasNull = values.includes(null);
  bytes.writeInt32BE(values.length === 0 ? 0 : 1, 0); // dimensions
  bytes.writeInt32BE(hasNull ? 1 : 0, 4);
  bytes.writeInt32BE(oid, 8);
  if (values.length === 0) return bytes.subarray(0, 12);
  bytes.writeInt32BE(values.length, 12);
  bytes.writeInt32BE(1, 16); // lower bound
  let at = HEADER_BYTES;
  for (const value of values) {
    if (value === null) {
      at = bytes.writeInt32BE(NULL_LENGTH, at);
      continue;
    }
    const end = write(bytes, value, at + LENGTH_BYTES);
    bytes.writeInt32BE(end - at - LENGTH_BYTES, at);
    at = end;
  }
  return bytes.subarray(0, at);
}

/** Of whole numbers up to 63 bits: ids as texts, counts as numbers. */
export const bigintArray = (values: readonly (string | number | bigint | null)[]): Buffer =>
  arrayOf(OID.bigint, values, values.length * 8, (bytes, value, at) => bytes.writeBigInt64BE(BigInt(value), at));

export const integerArray = (values: readonly (number | null)[]): Buffer =>
  arrayOf(OID.integer, values, values.length * 4, (bytes, value, at) => bytes.writeInt32BE(value, at));

/** PostgreSQL counts days from 2000-01-01. */
const DATE_EPOCH_DAY = 10_957;

/** Of days since 1970-01-01. */
export const dateArray = (days: readonly (number | null)[]): Buffer =>
  arrayOf(OID.date, days, days.length * 4, (bytes, day, at) => bytes.writeInt32BE(day - DATE_EPOCH_DAY, at));

export const byteaArray = (values: readonly Buffer[]): Buffer => {
  const size = values.reduce((sum, { length }) => sum + length, 0);
  return arrayOf(OID.bytea, values, size, (bytes, value, at) => at + value.copy(bytes, at));
};

// A numeric: how many groups of four digits, the power of 10,000 of the first, the sign, the digits behind the point, the groups.
const GROUP = 10_000;
const GROUP_DIGITS = 4;
const NEGATIVE = 0x4000;
/** Units beyond the plain numbers have at most forty digits here. */
const NUMERIC_BYTES_MAX = 8 + 2 * 14;

/** Of decimals given as whole units of `places` digits behind the point, at most four: 1250 at two places is 12.50. */
export const numericArray = (units: readonly (number | bigint | null)[], places: number): Buffer =>
  arrayOf(OID.numeric, units, units.length * NUMERIC_BYTES_MAX, (bytes, value, at) =>
    writeNumeric(bytes, value, places, at),
  );

function writeNumeric(bytes: Buffer, units: number | bigint, places: number, at: number): number {
  const unit = 10 ** places;
  const groups: number[] = []; // from the last to the first; the last holds what is behind the point
  const shift = 10 ** (GROUP_DIGITS - places);
  if (typeof units === 'number') {
    let rest = Math.abs(units);
    groups.push((rest % unit) * shift);
    for (rest = Math.floor(rest / unit); rest > 0; rest = Math.floor(rest / GROUP)) groups.push(rest % GROUP);
  } else {
    let rest = units < 0n ? -units : units;
    groups.push(Number(rest % BigInt(unit)) * shift);
    for (rest /= BigInt(unit); rest > 0n; rest /= BigInt(GROUP)) groups.push(Number(rest % BigInt(GROUP)));
  }
  const weight = groups.length - 2;
  // Groups of noughts at either end are left out.
  let last = 0;
  while (last < groups.length && groups[last] === 0) last += 1;
  let end = bytes.writeInt16BE(groups.length - last, at);
  end = bytes.writeInt16BE(last === groups.length ? 0 : weight, end);
  end = bytes.writeUInt16BE(units < 0 ? NEGATIVE : 0, end);
  end = bytes.writeUInt16BE(places, end);
  for (let index = groups.length - 1; index >= last; index -= 1) end = bytes.writeInt16BE(groups[index]!, end);
  return end;
}

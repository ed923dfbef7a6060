// Money is a decimal string ("1234.50"): exact in PostgreSQL's numeric and in JSON, never a float.

const AMOUNT = /^(-?)(\d{1,15})(?:\.(\d{1,2}))?$/;

/** Minor units (fen, haléř, cent) of a decimal amount with at most two places. Throws a RangeError on anything else. */
export function minorUnits(amount: string): bigint {
  const match = AMOUNT.exec(amount);
  if (!match) throw new RangeError(`not an amount with at most two decimal places: ${amount}`);
  const units = BigInt(match[2]!) * 100n + BigInt((match[3] ?? '').padEnd(2, '0'));
  return match[1] ? -units : units;
}

/** The decimal amount of minor units, always with two places. */
export function amountOf(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Sum of decimal amounts, exact. */
export function sumAmounts(amounts: Iterable<string>): string {
  let total = 0n;
  for (const amount of amounts) total += minorUnits(amount);
  return amountOf(total);
}

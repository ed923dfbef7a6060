import { minorUnits } from './money.ts';

const PLACES = 4;
const ONE = 10n ** BigInt(PLACES);

/** What part of `whole` an amount is, as a decimal text with four places, half away from zero; null where the whole is nought. */
export function shareOf(part: string, whole: string): string | null {
  const [a, b] = [minorUnits(part), minorUnits(whole)];
  if (b === 0n) return null;
  const negative = a < 0n !== b < 0n;
  const [size, base] = [(a < 0n ? -a : a) * ONE, b < 0n ? -b : b];
  const digits = ((size + base / 2n) / base).toString().padStart(PLACES + 1, '0');
  const text = `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
  return negative && /[1-9]/.test(text) ? `-${text}` : text;
}

/** By which share an amount has changed: (now − before) ÷ |before|; null where there was nought before. */
export function changeOf(now: string, before: string): string | null {
  const [a, b] = [minorUnits(now), minorUnits(before)];
  const difference = a - b;
  const size = difference < 0n ? -difference : difference;
  const amount = (minor: bigint) => `${minor / 100n}.${(minor % 100n).toString().padStart(2, '0')}`;
  const share = shareOf(amount(size), amount(b < 0n ? -b : b));
  return share === null || difference >= 0n || !/[1-9]/.test(share) ? share : `-${share}`;
}

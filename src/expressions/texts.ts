/** Text operations by code points, equal to PostgreSQL's under COLLATE "C". */

/** Characters that `trim` and `is blank` take away: ASCII white space, the no-break and the ideographic blank. */
export const BLANKS = ' \t\r\n\f\v\u00a0\u3000';

/** Order by code points: UTF-16 order differs where surrogates meet U+E000–U+FFFF. */
export function compareTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;

function hasSurrogate(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (isSurrogate(text.charCodeAt(index))) return true;
  return false;
}

/** Characters, not UTF-16 units. */
export function textLength(text: string): number {
  return hasSurrogate(text) ? [...text].length : text.length;
}

/**
 * `length` characters from `start`: 1 is the first, -1 the last; a negative start before the beginning begins there.
 * Null for start 0 and for a negative length.
 */
export function substring(text: string, start: number, length = Number.MAX_SAFE_INTEGER): string | null {
  if (start === 0 || length < 0) return null;
  const units = hasSurrogate(text) ? [...text] : text;
  const from = start > 0 ? start - 1 : Math.max(0, units.length + start);
  const cut = units.slice(from, from + length);
  return typeof cut === 'string' ? cut : cut.join('');
}

export function trim(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && BLANKS.includes(text[from]!)) from++;
  while (to > from && BLANKS.includes(text[to - 1]!)) to--;
  return text.slice(from, to);
}

/** The n-th piece between separators, from the end when n is negative; `''` when there is no such piece, null for n = 0. */
export function part(text: string, separator: string, n: number): string | null {
  if (n === 0 || separator === '') return null;
  const pieces = text.split(separator);
  return pieces[n > 0 ? n - 1 : pieces.length + n] ?? '';
}

/** ASCII letters only: other letters depend on the locale of each database. */
export const upperCase = (text: string) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
export const lowerCase = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** False for NUL and half surrogates, which PostgreSQL cannot hold. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

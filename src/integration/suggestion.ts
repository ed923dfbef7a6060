import type { Text } from '#kernel';

/** A remark "(did you mean …?)" for a word that is nearly one of the known ones; else an empty text. */
export function suggestion(word: string, known: Iterable<string>): Text {
  const near = nearest(word, known);
  return near === undefined ? { zh: '', en: '' } : { zh: `（是否为“${near}”？）`, en: ` (did you mean "${near}"?)` };
}

/** Two letters in five may differ, and never more than three. */
function nearest(word: string, known: Iterable<string>): string | undefined {
  const allowed = Math.min(3, Math.max(1, Math.round(word.length / 2.5)));
  let best: { word: string; distance: number } | undefined;
  for (const each of known) {
    const distance = editDistance(word.toLowerCase(), each.toLowerCase());
    if (distance <= allowed && distance < (best?.distance ?? Infinity)) best = { word: each, distance };
  }
  return best?.word;
}

/** Whether two names are nearly one. */
export const alike = (a: string, b: string) => nearest(a, [b]) !== undefined;

/** Levenshtein distance; words are short, so the plain table will do. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

const LISTED_MAX = 30;

/** Known names for a message, cut where the list gets long. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  const more = all.length > LISTED_MAX ? ` … (+${all.length - LISTED_MAX})` : '';
  return all.slice(0, LISTED_MAX).join(', ') + more || '–';
}

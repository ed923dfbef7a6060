import { pinyin } from 'pinyin-pro';
import type { DeriveCode } from './definition.ts';

/** Derivations of a name for search, by code. Input and output are canonical column texts. */
export const derivations: Record<DeriveCode, (value: string) => string> = {
  pinyin: (name) => reading(name).join(''),
  initials: (name) =>
    reading(name)
      .map((syllable) => syllable[0] ?? '')
      .join(''),
  grams: (name) => `{${grams(name).map(quoted).join(',')}}`,
};

const NAME_CACHE_MAX = 50_000;
const readings = new Map<string, string[]>();

/** Syllables of a name without tones, in lower case; a run of Latin letters or digits is one syllable. Surnames are read as surnames (单 shàn). */
function reading(name: string): string[] {
  let found = readings.get(name);
  if (!found) {
    found = pinyin(name, { toneType: 'none', type: 'array', surname: 'head', nonZh: 'consecutive', v: true })
      .map((syllable) => syllable.toLowerCase().replace(/[^a-z0-9]/g, ''))
      .filter((syllable) => syllable !== '');
    if (readings.size >= NAME_CACHE_MAX) readings.clear();
    readings.set(name, found);
  }
  return found;
}

/**
 * Terms for the GIN index: every single character and every pair of neighbours, lower case, without spaces. A search for
 * any part of a name asks for its own terms, so two Chinese characters need no scan.
 */
export function grams(name: string): string[] {
  const letters = [...name.toLowerCase().replace(/[\s·•.,'"()（）-]/g, '')];
  const terms = new Set<string>();
  letters.forEach((letter, index) => {
    terms.add(letter);
    const next = letters[index + 1];
    if (next !== undefined) terms.add(letter + next);
  });
  return [...terms];
}

function quoted(term: string): string {
  return `"${term.replace(/["\\]/g, '\\$&')}"`;
}

import traditional from 'opencc-js/dict/TSCharacters';
import { pinyin } from 'pinyin-pro';
import type { DeriveCode } from './definition.ts';

/** Counts the changes of what the functions below make: rows written by an older one are derived anew (`deriveExisting`). */
export const DERIVATIONS_VERSION = 2;

/** Derivations of a name for search, by code. Input and output are canonical column texts. */
export const derivations: Record<DeriveCode, (value: string) => string> = {
  pinyin: (name) => reading(name).join(''),
  initials: (name) =>
    reading(name)
      .map((syllable) => syllable[0] ?? '')
      .join(''),
  grams: (name) => `{${[...new Set([...grams(name), ...grams(simplified(name))])].map(quoted).join(',')}}`,
  sound: (name) => soundOf(reading(name).join('')),
};

/** Traditional characters with the simplified ones that stand for them (OpenCC's table, the first where several do). */
const simple = new Map(traditional.split('|').map((pair) => pair.split(' ') as [string, string]));

/** The text in simplified characters, character by character: 張偉 and 张伟 are one name. */
export function simplified(text: string): string {
  let changed = '';
  for (const letter of text) changed += simple.get(letter) ?? letter;
  return changed;
}

/** A name without tones in one word: 张晓明 is `zhangxiaoming`. */
export const pinyinOf = (name: string): string => reading(name).join('');

/** The first letters of a name's syllables: 张晓明 is `zxm`. */
export const initialsOf = (name: string): string => derivations.initials(name);

/**
 * What of a pinyin is left where ears and keyboards differ: zh/z, ch/c, sh/s, ang/an, eng/en, ing/in and l/n before a vowel become
 * one. It works on the letters alone, so that the beginning of a name has the beginning of its sound.
 */
export function soundOf(letters: string): string {
  return letters
    .replace(/v/g, 'u')
    .replace(/([zcs])h/g, '$1')
    .replace(/([aei])ng/g, '$1n')
    .replace(/n(?=[aeiou])/g, 'l');
}

const NAME_CACHE_MAX = 50_000;
const readings = new Map<string, string[]>();

/** Syllables of a name without tones, in lower case; a run of Latin letters or digits is one syllable. Surnames are read as surnames (单 shàn). */
function reading(name: string): string[] {
  let found = readings.get(name);
  if (!found) {
    found = pinyin(simplified(name), {
      toneType: 'none',
      type: 'array',
      surname: 'head',
      nonZh: 'consecutive',
      v: true,
    })
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

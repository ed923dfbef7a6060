import { initialsOf, simplified, soundOf } from '#metadata';

/** What somebody typed into the search box, taken apart; every list is empty where the text is not of its kind. */
export interface SearchTerms {
  /** As typed, in half-width letters, without spaces around; lower case. */
  text: string;
  /** Only digits, spaces and hyphens left out: 3 or more. */
  digits: string | undefined;
  /** A number of an identity document or a company: letters and digits, at least one digit, 6 or more. */
  document: string | undefined;
  /** Chinese characters in order, simplified. */
  han: string;
  /** Pinyin as one word: `zhang wei` is `zhangwei`. Undefined when the text has other than Latin letters. */
  pinyin: string | undefined;
  /** Ways in which the text is the beginning of a name in syllables and initials mixed: `zhangxm`, `张xm`, `ouyang nn`. */
  mixed: { initials: string; pattern: string }[];
  /** The text as it sounds; undefined when it cannot be read aloud. */
  sound: string | undefined;
  /** Sounds one slip of the keyboard away from the typed pinyin. */
  slips: string[];
  /** Pairs of neighbouring characters that a name with one transposed, missing or added character still has. */
  near: string[][];
}

export const limits = {
  textLength: 60,
  digitsMin: 3,
  documentMin: 6,
  /** Ways of reading mixed letters that are looked up. */
  mixed: 3,
  /** Letters of pinyin between which a slip is looked for: shorter ones are near to everything. */
  slipLettersMin: 4,
  slipLettersMax: 24,
  /** Characters between which a transposition is looked for. */
  nearMin: 2,
  nearMax: 12,
};

const HAN = /\p{Script=Han}/u;
/** A syllable of Hanyu Pinyin, with `v` for ü; a few that no word has are let through. */
const SYLLABLE =
  /^(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|ve|a|e|i|o|u|v))$/;
const SYLLABLE_LENGTH_MAX = 6;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

export function readTerms(typed: string): SearchTerms {
  const text = typed.normalize('NFKC').trim().toLowerCase().slice(0, limits.textLength);
  const plain = text.replace(/[\s-]/g, '');
  const letters = text.replace(/[\s'’·.-]/g, '').replaceAll('ü', 'v');
  const han = simplified([...text].filter((letter) => HAN.test(letter)).join(''));
  const pinyin = /^[a-z]+$/.test(letters) ? letters : undefined;
  return {
    text,
    digits: /^\d+$/.test(plain) && plain.length >= limits.digitsMin ? plain : undefined,
    document:
      /^[a-z0-9]+$/.test(plain) && /\d/.test(plain) && plain.length >= limits.documentMin
        ? plain.toUpperCase()
        : undefined,
    han,
    pinyin,
    mixed: mixedOf(text),
    sound: pinyin !== undefined ? soundOf(pinyin) : undefined,
    slips: pinyin !== undefined ? slipsOf(pinyin) : [],
    near: nearOf(letters, han),
  };
}

type Piece = { initial: string; whole: string };

/** Chinese characters and Latin letters side by side, or letters of which some stand for whole syllables and some for initials. */
function mixedOf(text: string): SearchTerms['mixed'] {
  const parts = text.match(/\p{Script=Han}+|[a-z]+/gu) ?? [];
  if (parts.length === 0 || !/[a-z]/.test(text) || /[^\p{Script=Han}a-z\s'’·.-]/u.test(text)) return [];
  let ways: Piece[][] = [[]];
  for (const part of parts) {
    const readings = HAN.test(part) ? [[...part].map(ofCharacter)] : readingsOf(part);
    ways = ways.flatMap((way) => readings.map((reading) => [...way, ...reading])).slice(0, limits.mixed);
  }
  // All syllables or all initials are found as pinyin or as initials already, unless characters stand among them.
  const told = ways.filter(
    (way) =>
      HAN.test(text) || (way.some(({ whole }) => whole.length > 1) && way.some(({ whole }) => whole.length === 1)),
  );
  return told.map((way) => ({
    initials: way.map(({ initial }) => initial).join(''),
    pattern: `${way.map(({ whole }) => whole).join('%')}%`,
  }));
}

/** How a character is read depends on its neighbours, so that only its first letter is asked for; the character itself is besides. */
const ofCharacter = (character: string): Piece => ({ initial: initialsOf(character)[0] ?? '', whole: '' });

/** Letters as syllables and initials, in the fewest pieces first. */
function readingsOf(letters: string): Piece[][] {
  const best: { pieces: Piece[]; count: number }[][] = [[{ pieces: [], count: 0 }]];
  for (let end = 1; end <= letters.length; end++) {
    const found: { pieces: Piece[]; count: number }[] = [];
    for (let start = Math.max(0, end - SYLLABLE_LENGTH_MAX); start < end; start++) {
      const piece = letters.slice(start, end);
      const isInitial = /^(?:[bpmfdtnlgkhjqxrzcsywaeo]|zh|ch|sh)$/.test(piece);
      if (!isInitial && !SYLLABLE.test(piece)) continue;
      for (const before of best[start] ?? []) {
        found.push({ pieces: [...before.pieces, { initial: piece[0]!, whole: piece }], count: before.count + 1 });
      }
    }
    best.push(found.sort((a, b) => a.count - b.count).slice(0, limits.mixed));
  }
  const whole = best[letters.length] ?? [];
  return whole.filter(({ count }) => count === whole[0]!.count).map(({ pieces }) => pieces);
}

function isReadable(letters: string): boolean {
  const reached = [true];
  for (let end = 1; end <= letters.length; end++) {
    for (let start = Math.max(0, end - SYLLABLE_LENGTH_MAX); start < end && !reached[end]; start++) {
      if (reached[start] && SYLLABLE.test(letters.slice(start, end))) reached[end] = true;
    }
  }
  return reached[letters.length] === true;
}

/** The sounds of everything that a person may have meant who hit one key too many, too few, wrongly, or two in the wrong order. */
function slipsOf(letters: string): string[] {
  if (letters.length < limits.slipLettersMin || letters.length > limits.slipLettersMax) return [];
  const meant = new Set<string>();
  for (let at = 0; at <= letters.length; at++) {
    const [before, after] = [letters.slice(0, at), letters.slice(at)];
    if (after) meant.add(before + after.slice(1));
    if (after.length > 1) meant.add(before + after[1] + after[0] + after.slice(2));
    for (const letter of LETTERS) {
      if (after) meant.add(before + letter + after.slice(1));
      meant.add(before + letter + after);
    }
  }
  const own = soundOf(letters);
  const sounds = new Set([...meant].filter(isReadable).map(soundOf));
  sounds.delete(own);
  return [...sounds];
}

function nearOf(letters: string, han: string): string[][] {
  const characters = [...han];
  if (characters.length !== [...letters].length) return [];
  if (characters.length < limits.nearMin || characters.length > limits.nearMax) return [];
  const ways: string[][] = [];
  const pairsOf = (list: string[]) => list.slice(1).map((letter, index) => list[index]! + letter);
  for (let at = 0; at + 1 < characters.length; at++) {
    const swapped = [...characters];
    swapped.splice(at, 2, characters[at + 1]!, characters[at]!);
    ways.push(pairsOf(swapped));
  }
  if (characters.length > 3) {
    for (let at = 0; at < characters.length; at++) {
      ways.push(pairsOf(characters.filter((_, index) => index !== at)));
      // A character between these two was left out.
      if (at + 1 < characters.length) ways.push(pairsOf(characters).filter((_, index) => index !== at));
    }
  }
  return ways;
}

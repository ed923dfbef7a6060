import { readFileSync } from 'node:fs';
import type { Text } from '#kernel';

/** What a password may be made of that others think of too, with the bits that it is worth: the logarithm of how many there are. */
const parts = {
  word: { bits: 10, text: { zh: '常见词语', en: 'common words' } },
  personal: { bits: 2, text: { zh: '您或本行的名称', en: 'your name or that of the institution' } },
  pinyin: { bits: 8.5, text: { zh: '拼音', en: 'pinyin' } },
  date: { bits: 14, text: { zh: '日期或年份', en: 'dates or years' } },
  phone: { bits: 22, text: { zh: '电话号码', en: 'a phone number' } },
  walk: { bits: 7, text: { zh: '键盘上相邻的键', en: 'neighbouring keys' } },
  run: { bits: 6, text: { zh: '连续或重复的字符', en: 'sequences or repetitions' } },
  number: { bits: 5, text: { zh: '常见数字', en: 'common numbers' } },
} satisfies Record<string, { bits: number; text: Text }>;
type PartCode = keyof typeof parts;

/** Below this a password is found by trying what people choose: a million million guesses are 40 bits. */
const BITS_MIN = 40;
const LETTER_BITS = 4.7;
const DIGIT_BITS = 3.3;
const OTHER_BITS = 3;
const RARE_BITS = 11;
const PART_LENGTH_MAX = 24;

/** The words of the data file, without those too short to be told from chance. */
const words = new Set(
  readFileSync(new URL('data/common-words.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => line.split(/\s+/))
    .filter((word) => word.length >= 3),
);

/** Every syllable of standard Chinese: initials with the finals they go with. */
const syllables = new Set(
  Object.entries({
    '': 'a ai an ang ao e ei en er o ou yi ya yan yang yao ye yin ying yo yong you yu yuan yue yun wa wai wan wang wei wen weng wo wu',
    b: 'a ai an ang ao ei en eng i ian iao ie in ing o u',
    p: 'a ai an ang ao ei en eng i ian iao ie in ing o ou u',
    m: 'a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u',
    f: 'a an ang ei en eng o ou u',
    d: 'a ai an ang ao e ei en eng i ian iao ie ing iu ong ou u uan ui un uo',
    t: 'a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo',
    n: 'a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve',
    l: 'a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve',
    g: 'a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo',
    k: 'a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo',
    h: 'a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo',
    j: 'i ia ian iang iao ie in ing iong iu u uan ue un',
    q: 'i ia ian iang iao ie in ing iong iu u uan ue un',
    x: 'i ia ian iang iao ie in ing iong iu u uan ue un',
    zh: 'a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo',
    ch: 'a ai an ang ao e en eng i ong ou u uai uan uang ui un uo',
    sh: 'a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo',
    r: 'an ang ao e en eng i ong ou u uan ui un uo',
    z: 'a ai an ang ao e ei en eng i ong ou u uan ui un uo',
    c: 'a ai an ang ao e en eng i ong ou u uan ui un uo',
    s: 'a ai an ang ao e en eng i ong ou u uan ui un uo',
  }).flatMap(([initial, finals]) => finals.split(' ').map((final) => initial + final)),
);

const ROWS = [
  '`1234567890-=',
  'qwertyuiop[]',
  "asdfghjkl;'",
  'zxcvbnm,./',
  '!@#$%^&*()_+',
  // Columns, as the fingers go down.
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  '147258369',
  '789456123',
  '741852963',
];
const walks = ROWS.flatMap((row) => [row + row, [...row].reverse().join('') + [...row].reverse().join('')]);
const ALPHABETS = ['abcdefghijklmnopqrstuvwxyz', '01234567890'].flatMap((row) => [row, [...row].reverse().join('')]);

/** Numbers that read as words in Chinese, and those that people add. */
const numbers =
  /^(?:520|521|1314|5201314|1314520|7758521|7758258|888+|666+|168|1688|518|918|996|007|110|119|120|10086|12306|123|321|1|12|2|11|00|01|99)$/;

/** One spelling for all: full-width and capital letters, and digits or signs in place of letters. */
const LEET: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
  '+': 't',
};
const unleet = (text: string, one: string): string =>
  [...text].map((sign) => (sign === '1' || sign === '!' ? one : (LEET[sign] ?? sign))).join('');

const isDate = (text: string): boolean => {
  if (/^(?:19|20)\d\d$/.test(text)) return true;
  const match =
    /^((?:19|20)?\d\d)[-/.年]?(0?[1-9]|1[0-2])[-/.月]?(0?[1-9]|[12]\d|3[01])日?$/.exec(text) ??
    /^(0?[1-9]|1[0-2]|[12]\d|3[01])[-/.]?(0?[1-9]|1[0-2]|[12]\d|3[01])[-/.]?((?:19|20)\d\d)$/.exec(text);
  return match !== null && text.length >= 6;
};

const isRun = (text: string): boolean => {
  if (text.length >= 3 && ALPHABETS.some((row) => row.includes(text))) return true;
  // One to four signs again and again.
  for (let size = 1; size <= 4 && size * 3 <= text.length + size; size++) {
    if (
      text.length > size &&
      text ===
        text
          .slice(0, size)
          .repeat(Math.ceil(text.length / size))
          .slice(0, text.length)
    )
      return size === 1 ? text.length >= 3 : text.length >= size * 2;
  }
  return false;
};

function bitsOfSign(sign: string): number {
  if (/\d/.test(sign)) return DIGIT_BITS;
  if (/[a-z]/.test(sign)) return LETTER_BITS;
  return /[\x20-\x7e]/.test(sign) ? OTHER_BITS : RARE_BITS;
}

/** What a stretch of a password is, if it is anything that others think of too; `same` are its other readings. */
function partOf(text: string, readings: readonly string[], personal: ReadonlySet<string>): PartCode | undefined {
  if (readings.some((reading) => personal.has(reading))) return 'personal';
  if (isRun(text)) return 'run';
  if (text.length >= 4 && walks.some((row) => row.includes(text))) return 'walk';
  if (numbers.test(text)) return 'number';
  if (readings.some((reading) => words.has(reading))) return 'word';
  if (isDate(text)) return 'date';
  if (/^1[3-9]\d{9}$/.test(text)) return 'phone';
  return syllables.has(text) ? 'pinyin' : undefined;
}

/**
 * What makes a password easy to guess, in words; empty when it is not. It is read as the cheapest row of words, pinyin, dates,
 * keyboard walks and single signs, whichever way it is spelled, and must cost more guesses than an attacker has.
 */
export function weaknessOf(password: string, personalWords: readonly string[]): Text[] {
  const plain = password.normalize('NFKC').toLowerCase();
  const spellings = [plain, unleet(plain, 'i'), unleet(plain, 'l')];
  const personal = new Set(
    personalWords
      .flatMap((word) => [word, ...word.split(/[\s@._-]+/)])
      .map((word) => word.normalize('NFKC').toLowerCase())
      .filter((word) => word.length >= 3 || /[^\p{ASCII}]{2}/u.test(word)),
  );
  // best[n]: the cheapest reading of the first n signs.
  const best: { bits: number; part?: PartCode; from: number }[] = [{ bits: 0, from: 0 }];
  for (let end = 1; end <= plain.length; end++) {
    let found: { bits: number; part?: PartCode; from: number } = {
      bits: best[end - 1]!.bits + bitsOfSign(plain[end - 1]!),
      from: end - 1,
    };
    for (let from = Math.max(0, end - PART_LENGTH_MAX); from < end; from++) {
      const readings = spellings.map((spelling) => spelling.slice(from, end));
      const part = partOf(plain.slice(from, end), readings, personal);
      if (!part) continue;
      const bits = best[from]!.bits + parts[part].bits;
      if (bits < found.bits) found = { bits, part, from };
    }
    best.push(found);
  }
  if (best.at(-1)!.bits >= BITS_MIN) return [];
  const seen = new Set<PartCode>();
  for (let at = plain.length; at > 0; at = best[at]!.from) {
    const { part } = best[at]!;
    if (part) seen.add(part);
  }
  return (Object.keys(parts) as PartCode[]).filter((code) => seen.has(code)).map((code) => parts[code].text);
}

import type { Text } from '#kernel';

/** What the bytes of a file say about their encoding. */
export interface DetectedEncoding {
  /** Null when nothing fits well enough; the mapping must then say it. */
  label: string | null;
  /** 0 to 1. */
  confidence: number;
  /** Why, for people. */
  evidence: Text;
  /** What else the bytes could be, best first. */
  others: string[];
}

/** Below this nobody should rely on it. */
const CONFIDENCE_MIN = 0.6;
/** Pairs of bytes looked at: a few hundred tell as much as a million. */
const PAIRS_MAX = 20_000;

/**
 * Recognises UTF-8, UTF-16, GB18030 (with GBK), Big5 and the Latin code pages of Windows from the first bytes of a file. Nearly every text in
 * GBK is also "right" Big5 and the other way round; what tells them apart is which characters come out: both sets put the
 * characters in daily use into the front rows, and only Big5 uses second bytes of 40 to 7E for them.
 */
export function detectEncoding(bytes: Uint8Array): DetectedEncoding {
  const marked = byMark(bytes);
  if (marked) return marked;
  const sixteen = utf16Without(bytes);
  if (sixteen) return sixteen;
  if (bytes.every((byte) => byte < 0x80)) {
    return sure('utf-8', 1, '只有 ASCII 字符', 'nothing but ASCII');
  }
  // A sample may end within a character.
  if (decodes(bytes, 'utf-8')) return sure('utf-8', 0.99, '全部字节符合 UTF-8', 'all bytes are right UTF-8');
  const candidates = [gb18030(bytes), big5(bytes), latin(bytes)].filter((each) => each.score > 0);
  candidates.sort((a, b) => b.score - a.score);
  const [best, second] = candidates;
  if (!best) return none([]);
  const confidence = Math.min(0.99, best.score - (second ? second.score * 0.4 : 0));
  const others = candidates.slice(1).map(({ label }) => label);
  if (confidence < CONFIDENCE_MIN) return none(candidates.map(({ label }) => label));
  return { label: best.label, confidence, evidence: best.evidence, others };
}

const sure = (label: string, confidence: number, zh: string, en: string): DetectedEncoding => ({
  label,
  confidence,
  evidence: { zh, en },
  others: [],
});

const none = (others: string[]): DetectedEncoding => ({
  label: null,
  confidence: 0,
  evidence: { zh: '没有编码足够吻合', en: 'no encoding fits well enough' },
  others,
});

function byMark([a, b, c]: Uint8Array): DetectedEncoding | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf)
    return sure('utf-8', 1, '文件以 UTF-8 标记开头', 'begins with the mark of UTF-8');
  if (a === 0xff && b === 0xfe)
    return sure('utf-16le', 1, '文件以 UTF-16 LE 标记开头', 'begins with the mark of UTF-16 LE');
  if (a === 0xfe && b === 0xff)
    return sure('utf-16be', 1, '文件以 UTF-16 BE 标记开头', 'begins with the mark of UTF-16 BE');
  return undefined;
}

/** UTF-16 without a mark: digits, delimiters and line ends have a zero byte on one side and never on the other. */
function utf16Without(bytes: Uint8Array): DetectedEncoding | undefined {
  const zeros = [0, 0];
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0) zeros[at % 2]! += 1;
  const [even, odd] = zeros as [number, number];
  const enough = bytes.length * 0.1;
  if (odd > enough && even < odd / 50) return sure('utf-16le', 0.9, '奇数位字节多为零', 'every other byte is zero');
  if (even > enough && odd < even / 50) return sure('utf-16be', 0.9, '偶数位字节多为零', 'every other byte is zero');
  return undefined;
}

interface Candidate {
  label: string;
  score: number;
  evidence: Text;
}

function gb18030(bytes: Uint8Array): Candidate {
  const label = 'gb18030';
  if (!decodes(bytes, label)) return { label, score: 0, evidence: { zh: '', en: '' } };
  // Rows B0–D7 of GB 2312 hold the 3,755 characters in daily use; A1–A3 hold punctuation and full-width letters.
  const { pairs, common } = countPairs(bytes, (first, second) =>
    second >= 0xa1 ? (first >= 0xb0 && first <= 0xd7 ? 1 : first >= 0xa1 && first <= 0xa3 ? 1 : 0.3) : 0,
  );
  return scored(label, pairs, common);
}

function big5(bytes: Uint8Array): Candidate {
  const label = 'big5';
  if (!decodes(bytes, label)) return { label, score: 0, evidence: { zh: '', en: '' } };
  // A4–C6 hold the 5,401 characters in daily use, the most used of them in front; A1–A3 hold punctuation.
  let low = 0;
  const { pairs, common } = countPairs(bytes, (first, second) => {
    if (second >= 0x40 && second <= 0x7e) low += 1;
    return first >= 0xa4 && first <= 0xc6 ? 1 : first >= 0xa1 && first <= 0xa3 ? 1 : 0.3;
  });
  // A text without any second byte below 7F is hardly Big5: four in ten are.
  const expected = pairs > 0 ? Math.min(1, low / pairs / 0.2) : 0;
  return scored(label, pairs, common * expected);
}

function scored(label: string, pairs: number, common: number): Candidate {
  const share = pairs === 0 ? 0 : common / pairs;
  const percent = Math.round(share * 100);
  return {
    label,
    score: share,
    evidence: {
      zh: `按 ${label} 读取，${pairs} 个汉字中 ${percent}% 为常用字`,
      en: `read as ${label}, ${percent} % of ${pairs} characters are in daily use`,
    },
  };
}

/** Walks over a text of one and two bytes a character (and the four bytes of GB18030, which count as one rare pair). */
function countPairs(bytes: Uint8Array, weigh: (first: number, second: number) => number) {
  let pairs = 0;
  let common = 0;
  for (let at = 0; at + 1 < bytes.length && pairs < PAIRS_MAX; at++) {
    const first = bytes[at]!;
    if (first < 0x81 || first === 0xff) continue;
    pairs += 1;
    common += weigh(first, bytes[at + 1]!);
    at += 1;
  }
  return { pairs, common };
}

/** Single bytes: letters with accents stand alone among plain letters. */
function latin(bytes: Uint8Array): Candidate {
  let high = 0;
  let alone = 0;
  for (let at = 0; at < bytes.length && high < PAIRS_MAX; at++) {
    if (bytes[at]! < 0x80) continue;
    high += 1;
    const neighbour = (byte: number | undefined) => byte !== undefined && byte >= 0x80;
    if (bytes[at]! >= 0x8a && !neighbour(bytes[at - 1]) && !neighbour(bytes[at + 1])) alone += 1;
  }
  const share = high === 0 ? 0 : alone / high;
  // Which Latin code page it is cannot be told from bytes; 1252 is the commonest.
  const evidence = {
    zh: `${high} 个高位字节中 ${Math.round(share * 100)}% 单独出现，像西文重音字母`,
    en: `${Math.round(share * 100)} % of ${high} high bytes stand alone, as letters with accents do`,
  };
  return { label: 'windows-1252', score: share * 0.9, evidence };
}

function decodes(bytes: Uint8Array, label: string): boolean {
  try {
    // As a stream: the sample may end within a character.
    new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

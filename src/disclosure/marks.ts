// Two marks that no eye sees lead a leaked file back to its export. Each text cell ends in signs without width that spell the export's
// number, so that one cell is enough; and within every few rows the order follows a hash with the export's own key, so that the order
// alone tells when somebody has stripped the signs. Neither changes a number, a date or an identifier.

/** Two bits each: zero-width space, non-joiner, joiner, word joiner. */
const SIGNS = ['\u200b', '\u200c', '\u200d', '\u2060'] as const;
const VALUE = new Map<string, number>(SIGNS.map((sign, index) => [sign, index]));
const ALL_SIGNS = /[\u200b-\u200d\u2060]/g;

/** 24 bits of number and 8 of checksum. */
const SIGNS_PER_MARK = 16;
const RUN = new RegExp(`[\\u200b-\\u200d\\u2060]{${SIGNS_PER_MARK},}`, 'g');

export const limits = {
  /** Marks are numbers below this. */
  markMax: 2 ** 24,
  /** Rows whose order is the export's own; no row stands further than this from where the reader expects it. */
  blockRows: 8,
  /** From this row on only every so many rows carry the signs: they cost 48 bytes a cell. */
  denseRows: 1_000,
  sparseEvery: 4,
  /** Columns whose values decide about the order of rows, block after block in turn. */
  keyColumns: 2,
};

export function markText(mark: number): string {
  const word = ((mark << 8) | checksum(mark)) >>> 0;
  let text = '';
  for (let shift = 30; shift >= 0; shift -= 2) text += SIGNS[(word >>> shift) & 3];
  return text;
}

const checksum = (mark: number) => hash32(0x7467, String(mark)) & 0xff;

/** How often each mark stands in a text, the most frequent first. */
export function findMarks(text: string): { mark: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const [run] of text.matchAll(RUN)) {
    for (let at = 0; at + SIGNS_PER_MARK <= run.length; at += SIGNS_PER_MARK) {
      let word = 0;
      for (const sign of run.slice(at, at + SIGNS_PER_MARK)) word = ((word << 2) | VALUE.get(sign)!) >>> 0;
      const mark = word >>> 8;
      if ((word & 0xff) === checksum(mark)) counts.set(mark, (counts.get(mark) ?? 0) + 1);
    }
  }
  return [...counts].map(([mark, count]) => ({ mark, count })).sort((a, b) => b.count - a.count);
}

export const isMarkedRow = (index: number) => index < limits.denseRows || index % limits.sparseEvery === 0;

/** A cell as it is compared: programs that save a file again add thousands separators and drop trailing zeros. */
export function comparable(cell: string): string {
  const text = cell.replace(ALL_SIGNS, '').trim().replace(/^'/, '');
  if (!/^-?[\d,]+(\.\d+)?$/.test(text)) return text;
  const number = text.replaceAll(',', '');
  return number.includes('.') ? number.replace(/\.?0+$/, '') : number;
}

/** A 32-bit hash with a key (FNV-1a, mixed as in MurmurHash 3): no secret hangs on it, only chance. */
export function hash32(key: number, text: string): number {
  let hash = (0x811c9dc5 ^ key) >>> 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Puts the rows of one block into the export's order. `keyColumns` are the columns that decide, in turn from block to block. */
export function orderBlock(key: number, block: number, rows: string[][], keyColumns: readonly number[]): number[] {
  const places = rows.map((_, index) => index);
  if (keyColumns.length === 0) return places;
  const column = keyColumns[block % keyColumns.length]!;
  const hashes = rows.map((row) => hash32(key, comparable(row[column]!)));
  return places.sort((a, b) => hashes[a]! - hashes[b]! || a - b);
}

/**
 * How much more often neighbouring rows ascend by an export's key than chance lets them, in standard deviations; the best column
 * counts. Under a wrong key half of the pairs ascend.
 */
export function orderEvidence(key: number, columns: readonly (readonly string[])[]): number {
  let best = 0;
  for (const values of columns) {
    let pairs = 0;
    let ascending = 0;
    let before: { text: string; hash: number } | undefined;
    for (const text of values) {
      const hash = hash32(key, text);
      if (before && before.text !== text) {
        pairs += 1;
        if (hash > before.hash) ascending += 1;
      }
      before = { text, hash };
    }
    if (pairs > 0) best = Math.max(best, (ascending - pairs / 2) / Math.sqrt(pairs / 4));
  }
  return best;
}

/**
 * A set of 63-bit ids with the line each came from, in flat arrays: 12 bytes a slot, where a Map of texts takes about 100. It
 * finds duplicate keys and rows that references point at, for files of tens of millions of rows.
 */
export interface IdTable {
  /** Adds an id; returns the line of the one that is there already, or 0 when it is new. Lines count from 1. */
  add(id: string, line: number): number;
  has(id: string): boolean;
  readonly size: number;
}

const SLOTS_MIN = 1_024;
/** Above this share of filled slots the search for a free one gets long. */
const FILL_MAX = 0.7;

export function createIdTable(): IdTable {
  let slots = SLOTS_MIN;
  let high = new Uint32Array(slots);
  let low = new Uint32Array(slots);
  /** 0 marks a free slot. */
  let lines = new Uint32Array(slots);
  let size = 0;

  function find(a: number, b: number): number {
    // Ids are hashes already: their bits are the slot.
    let slot = (a ^ (b >>> 3)) & (slots - 1);
    while (lines[slot] !== 0 && (high[slot] !== a || low[slot] !== b)) slot = (slot + 1) & (slots - 1);
    return slot;
  }

  function grow(): void {
    const old = { high, low, lines };
    slots *= 2;
    high = new Uint32Array(slots);
    low = new Uint32Array(slots);
    lines = new Uint32Array(slots);
    for (let index = 0; index < old.lines.length; index++) {
      if (old.lines[index] === 0) continue;
      const slot = find(old.high[index]!, old.low[index]!);
      high[slot] = old.high[index]!;
      low[slot] = old.low[index]!;
      lines[slot] = old.lines[index]!;
    }
  }

  return {
    add(id, line) {
      const [a, b] = halves(id);
      const slot = find(a, b);
      if (lines[slot] !== 0) return lines[slot]!;
      high[slot] = a;
      low[slot] = b;
      lines[slot] = line;
      size += 1;
      if (size > slots * FILL_MAX) grow();
      return 0;
    },
    has(id) {
      const [a, b] = halves(id);
      return lines[find(a, b)] !== 0;
    },
    get size() {
      return size;
    },
  };
}

const BILLION_DIGITS = 9;
const TWO_32 = 4_294_967_296;
const TWO_30 = 1_073_741_824;

/** A decimal id below 2^63 as two 32-bit numbers, one to one, without a bigint. */
function halves(id: string): [number, number] {
  const cut = id.length - BILLION_DIGITS;
  const upper = cut > 0 ? Number(id.slice(0, cut)) : 0;
  const lower = Number(cut > 0 ? id.slice(cut) : id);
  return [upper >>> 0, Math.floor(upper / TWO_32) * TWO_30 + lower];
}

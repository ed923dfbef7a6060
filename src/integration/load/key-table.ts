/**
 * A set of keys with the line each came from, in flat arrays: 12 bytes a slot, where a Map of texts takes about 100. It finds
 * duplicate keys and rows that references point at, for files of tens of millions of rows. Of a key only 64 bits of hash are
 * kept: among 50 million rows the chance that two keys are taken for one is 1 in 15,000.
 */
export interface KeyTable {
  /** Adds a key; returns the line of the one that is there already, or 0 when it is new. Lines count from 1. */
  add(key: string, line: number): number;
  has(key: string): boolean;
  readonly size: number;
}

const SLOTS_MIN = 1_024;
/** Above this share of filled slots the search for a free one gets long. */
const FILL_MAX = 0.7;

export function createKeyTable(): KeyTable {
  let slots = SLOTS_MIN;
  let high = new Uint32Array(slots);
  let low = new Uint32Array(slots);
  /** 0 marks a free slot. */
  let lines = new Uint32Array(slots);
  let size = 0;
  /** Hash of the key in hand; two numbers without an object around them. */
  let a = 0;
  let b = 0;

  /** Two multiplicative hashes side by side, mixed into each other at the end (after MurmurHash3's finalizer). */
  function hash(key: string): void {
    let x = 0x9e3779b9;
    let y = 0x85ebca6b;
    for (let index = 0; index < key.length; index++) {
      const code = key.charCodeAt(index);
      x = Math.imul(x ^ code, 0x9e3779b1);
      y = Math.imul(y ^ code, 0x5f356495);
    }
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) ^ Math.imul(y ^ (y >>> 13), 0xc2b2ae35);
    y = Math.imul(y ^ (y >>> 16), 0x85ebca6b) ^ Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    a = (x ^ (x >>> 15)) >>> 0;
    b = (y ^ (y >>> 15)) >>> 0;
  }

  function find(): number {
    let slot = a & (slots - 1);
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
      a = old.high[index]!;
      b = old.low[index]!;
      const slot = find();
      high[slot] = a;
      low[slot] = b;
      lines[slot] = old.lines[index]!;
    }
  }

  return {
    add(key, line) {
      hash(key);
      const slot = find();
      if (lines[slot] !== 0) return lines[slot]!;
      high[slot] = a;
      low[slot] = b;
      lines[slot] = line;
      size += 1;
      if (size > slots * FILL_MAX) grow();
      return 0;
    },
    has(key) {
      hash(key);
      return lines[find()] !== 0;
    },
    get size() {
      return size;
    },
  };
}

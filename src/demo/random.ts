/**
 * Reproducible chance. A stream is named by numbers (seed, purpose, index), so the rows of one customer never depend on
 * how many others were made before. The generator is sfc32: 128 bits of state, three of them the name, one a counter.
 */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Uniform whole number in [low, high], both included. */
  between(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Normal with mean 0 and standard deviation 1. */
  normal(): number;
  /** Log-normal by its median and the standard deviation of its logarithm. */
  around(median: number, sigma: number): number;
  /** Poisson; meant for means below about 30. */
  count(mean: number): number;
}

/** What a stream of chance is for: two purposes of one customer never share numbers. */
export const purposes = {
  institution: 1,
  block: 2,
  person: 3,
  company: 4,
  assets: 5,
  ledger: 6,
  logins: 7,
  profile: 8,
  products: 9,
  desk: 10,
  loans: 11,
  orders: 12,
  accounts: 13,
  workOff: 14,
  service: 15,
} as const;

/** Spreads every bit of a 32-bit number over all of them. */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return bits ^ (bits >>> 15);
}

const UNIT = 2 ** -32;
const WARM_UP_ROUNDS = 8;

export function random(seed: number, purpose: number, index: number): Random {
  let a = mix(seed + 0x9e3779b9);
  let b = mix(purpose ^ a);
  let c = mix(index ^ Math.imul(b, 0x85ebca6b));
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) next();

  const unit = () => next() * UNIT;
  const normal = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  return {
    unit,
    between: (low, high) => low + Math.floor(unit() * (high - low + 1)),
    chance: (probability) => unit() < probability,
    pick: (items) => items[Math.floor(unit() * items.length)]!,
    normal,
    around: (median, sigma) => median * Math.exp(sigma * normal()),
    count(mean) {
      const limit = Math.exp(-mean);
      let product = unit();
      let events = 0;
      while (product > limit) {
        product *= unit();
        events += 1;
      }
      return events;
    },
  };
}

/** Items with weights, drawn in time logarithmic in their number. */
export interface Urn<T> {
  draw(chance: Random): T;
}

export function urn<T>(items: readonly T[], weightOf: (item: T) => number): Urn<T> {
  const edges = new Float64Array(items.length);
  let total = 0;
  items.forEach((item, position) => {
    total += weightOf(item);
    edges[position] = total;
  });
  return {
    draw(chance) {
      const mark = chance.unit() * total;
      let low = 0;
      let high = items.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (edges[middle]! > mark) high = middle;
        else low = middle + 1;
      }
      return items[low]!;
    },
  };
}

/** One draw from a short list whose weights are made for the occasion. */
export function weighted<T>(chance: Random, items: readonly T[], weightOf: (item: T) => number): T {
  let total = 0;
  for (const item of items) total += weightOf(item);
  let mark = chance.unit() * total;
  for (const item of items) {
    mark -= weightOf(item);
    if (mark < 0) return item;
  }
  return items.at(-1)!;
}

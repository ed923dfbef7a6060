/**
 * How wealth is spread: for a rank between 0 and 1 the assets in yuan. The body follows points read like a branch's own
 * statistics; the tails are Pareto, so that a fifth of the customers hold four fifths and more, and single customers hold
 * a hundred million.
 */
export interface Spread {
  body: readonly (readonly [rank: number, yuan: number])[];
  /** Successive Pareto tails, each from its rank on with its own exponent. */
  tails: readonly (readonly [rank: number, exponent: number])[];
  /** Nobody holds more. */
  yuanMax: number;
}

export const personSpread: Spread = {
  body: [
    [0, 15],
    [0.05, 150],
    [0.15, 1_200],
    [0.3, 11_000],
    [0.45, 48_000],
    [0.6, 135_000],
    [0.72, 270_000],
    [0.82, 490_000],
    [0.92, 1_000_000],
  ],
  tails: [
    [0.92, 1.5],
    [0.993, 1.05],
  ],
  yuanMax: 400_000_000,
};

export const companySpread: Spread = {
  body: [
    [0, 1_500],
    [0.2, 30_000],
    [0.5, 280_000],
    [0.8, 2_000_000],
    [0.92, 6_000_000],
  ],
  tails: [[0.92, 0.95]],
  yuanMax: 900_000_000,
};

export function wealthAt(spread: Spread, rank: number): number {
  const { body, tails, yuanMax } = spread;
  const last = body.at(-1)!;
  if (rank < last[0]) {
    const next = body.findIndex(([edge]) => edge > rank);
    const [lowRank, low] = body[next - 1]!;
    const [highRank, high] = body[next]!;
    return low * (high / low) ** ((rank - lowRank) / (highRank - lowRank));
  }
  let yuan = last[1];
  for (const [position, [from, exponent]] of tails.entries()) {
    const to = Math.min(rank, tails[position + 1]?.[0] ?? 1);
    if (to > from) yuan *= ((1 - from) / Math.max(1 - to, 1e-9)) ** (1 / exponent);
  }
  return Math.min(yuan, yuanMax);
}

const GOLDEN = 0.6180339887498949;

/**
 * The rank of the n-th customer: steps of the golden section leave no gap, so that even the first fifty customers hold
 * every kind of purse, and a list of any length has the same shape.
 */
export function rankOf(seed: number, index: number): number {
  const place = ((seed % 1_000) / 1_000 + (index + 1) * GOLDEN) % 1;
  return Math.min(place, 1 - 1e-9);
}

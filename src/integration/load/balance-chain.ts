/** One movement: the balance before and after it, in minor units. */
export interface Movement {
  before: number;
  after: number;
}

export interface Chain {
  /** Indexes of the movements in the order in which they happened. */
  order: number[];
  /** Every balance follows the one before, beginning with the opening balance. */
  whole: boolean;
}

/** Larger groups keep the order of the file: finding neighbours is quadratic. */
const GROUP_MAX = 5_000;

/**
 * The order in which movements happened, found from their balances: each begins where the one before ended, within the
 * tolerance. Movements that return to a balance are loops, walked where the path passes that balance. What cannot be joined
 * (rows are missing) follows in pieces.
 */
export function orderByBalance(movements: readonly Movement[], opening: number | undefined, tolerance: number): Chain {
  const count = movements.length;
  if (count > GROUP_MAX) return { order: movements.map((_, index) => index), whole: false };
  if (count === 1) {
    return { order: [0], whole: opening === undefined || near(movements[0]!.before, opening) };
  }
  const used = new Uint8Array(count);
  const first = opening !== undefined && nextFrom(opening) !== -1 ? opening : movements[source()]!.before;
  let whole = opening === undefined || first === opening;
  const order = walk(first);
  // Loops: each unused movement that begins at a balance of the path and leads back to it is walked there.
  for (let changed = true; changed && order.length < count; ) {
    changed = false;
    for (let place = 0; place <= order.length && order.length < count; place++) {
      const balance = place === 0 ? first : movements[order[place - 1]!]!.after;
      if (nextFrom(balance) === -1) continue;
      const loop = walk(balance);
      if (place === order.length || near(movements[loop.at(-1)!]!.after, balance)) {
        order.splice(place, 0, ...loop);
        changed = true;
      } else {
        for (const index of loop) used[index] = 0;
      }
    }
  }
  while (order.length < count) {
    whole = false;
    order.push(...walk(movements[source()]!.before));
  }
  return { order, whole };

  function near(a: number, b: number): boolean {
    return Math.abs(a - b) <= tolerance;
  }

  /** The unused movement that begins nearest to a balance; −1 when none does within the tolerance. */
  function nextFrom(balance: number): number {
    let best = -1;
    let bestGap = tolerance;
    for (let index = 0; index < count; index++) {
      if (used[index] === 1) continue;
      const gap = Math.abs(movements[index]!.before - balance);
      if (gap < bestGap || (best === -1 && gap <= bestGap)) {
        best = index;
        bestGap = gap;
      }
    }
    return best;
  }

  function walk(from: number): number[] {
    const path: number[] = [];
    for (let next = nextFrom(from); next !== -1; next = nextFrom(movements[next]!.after)) {
      used[next] = 1;
      path.push(next);
    }
    return path;
  }

  /** An unused movement that no other unused one leads to; the first in the file when all are led to. */
  function source(): number {
    let fallback = -1;
    for (let index = 0; index < count; index++) {
      if (used[index] === 1) continue;
      if (fallback === -1) fallback = index;
      const { before } = movements[index]!;
      const led = movements.some((other, at) => at !== index && used[at] === 0 && near(other.after, before));
      if (!led) return index;
    }
    return fallback;
  }
}

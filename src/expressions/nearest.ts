const PREFIX_LENGTH_MIN = 2;

/** The candidate that a misspelt name most likely means: it begins so, or at most a third of its characters differ. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length >= PREFIX_LENGTH_MIN) {
    const longer = candidates.find((candidate) => candidate.startsWith(name));
    if (longer !== undefined) return longer;
  }
  let best: string | undefined;
  let least = Math.floor(Math.max(3, name.length) / 3) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(name, candidate);
    if (distance < least && distance < candidate.length) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** Insertions, deletions and replacements that turn one text into the other. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(previous[column]! + 1, current[column - 1]! + 1, replaced));
    }
    previous = current;
  }
  return previous[right.length]!;
}

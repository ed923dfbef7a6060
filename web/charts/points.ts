/** An amount and the day since which it stands, until the next point; of assets, with the money that came or went that day. */
export type Point = readonly [date: string, amount: string, flow?: string];

export type Range = '3m' | '1y' | '2y' | 'all';

const RANGE_MONTHS: Record<Exclude<Range, 'all'>, number> = { '3m': 3, '1y': 12, '2y': 24 };

/**
 * The course of an amount over the last months up to a day. The amount that stood when the range began opens it, the one that
 * stands now is carried to its end, so that a quiet customer has a line too. ISO dates compare as texts.
 */
export function within(points: readonly Point[], range: Range, until: string): readonly Point[] {
  const known = points.filter(([date]) => date <= until);
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last) return [];
  const from = range === 'all' ? first[0] : monthsBefore(until, RANGE_MONTHS[range]);
  const before = known.findLast(([date]) => date <= from);
  const inside = known.filter(([date]) => date > from);
  const opened: Point[] = before ? [[from, before[1]], ...inside] : inside;
  return opened.at(-1)![0] === until ? opened : [...opened, [until, last[1]]];
}

function monthsBefore(date: string, months: number): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return new Date(Date.UTC(year, month - 1 - months, day)).toISOString().slice(0, 10);
}

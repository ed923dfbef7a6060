/** One value a day: the business date and the amount as a decimal text. */
export type Point = readonly [date: string, amount: string];

export type Range = '3m' | '1y' | '2y' | 'all';

const RANGE_MONTHS: Record<Exclude<Range, 'all'>, number> = { '3m': 3, '1y': 12, '2y': 24 };

/** The points of the last months before the newest one. ISO dates compare as texts. */
export function within(points: readonly Point[], range: Range): readonly Point[] {
  const last = points.at(-1);
  if (!last || range === 'all') return points;
  const [year, month, day] = last[0].split('-').map(Number) as [number, number, number];
  const first = new Date(Date.UTC(year, month - 1 - RANGE_MONTHS[range], day)).toISOString().slice(0, 10);
  return points.filter(([date]) => date >= first);
}

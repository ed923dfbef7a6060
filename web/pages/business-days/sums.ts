import type { BusinessDay } from '../../api/types.ts';

/** How long a day's cycle took in ms; undefined while it runs. */
export function lengthOf(day: BusinessDay): number | undefined {
  if (day.finishedAt === null) return undefined;
  return Math.max(0, new Date(day.finishedAt).getTime() - new Date(day.startedAt).getTime());
}

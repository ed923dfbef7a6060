/** Which rights open which part of the web. The server decides again at every request; this only spares people dead ends. */
import { useSession } from '../api/hooks.ts';
import type { Session } from '../api/types.ts';

export const rights = {
  dayPlan: 'day_plan.read',
  team: 'team.read',
  loads: 'load.run',
  businessDays: 'day.run',
} as const;

export type Right = keyof typeof rights;

export const may = (session: Session, right: Right): boolean => session.permissions.includes(rights[right]);

export function useMay(right: Right): boolean {
  return may(useSession(), right);
}

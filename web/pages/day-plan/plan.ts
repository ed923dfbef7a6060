/** The day plan as shown: in parts, and in the order in which j and k walk it. Pure; filters and ranks are the server's. */
import { type Place, type PlanCard, places, type Task } from '../../api/day-plan.ts';

/** The rule code that stands for tasks made by people. */
export const BY_HAND = 'none';

export interface Stop {
  card: PlanCard;
  task: Task;
}

export const stopsOf = (cards: PlanCard[]): Stop[] =>
  cards.flatMap((card) => card.tasks.map((task) => ({ card, task })));

/**
 * Where the focus stands: on the task that was chosen, or, once that has left the plan, on the one now in its place
 * (the next), or the last.
 */
export function focusOf(stops: Stop[], chosen: string | null, place: number): number {
  const at = stops.findIndex(({ task }) => task.id === chosen);
  return at >= 0 ? at : Math.min(place, stops.length - 1);
}

/** The cards by part of the plan, in its order; parts without cards are left out. */
export function partsOf(cards: PlanCard[]): { place: Place | 'done'; cards: PlanCard[] }[] {
  return [...places, 'done' as const]
    .map((place) => ({ place, cards: cards.filter((card) => card.place === place) }))
    .filter((part) => part.cards.length > 0);
}

const STEP = 100;
const LIMIT_MAX = 500;

/** How many cards to ask for next; null where there are no more, or no more are shown. */
export function nextLimit(shown: number, total: number): number | null {
  return shown >= total || shown >= LIMIT_MAX ? null : Math.min(LIMIT_MAX, shown + STEP);
}

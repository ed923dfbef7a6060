/** The day plan as shown: filtered, and in the order in which j and k walk it. Pure. */
import { dateIn } from '#kernel';
import type { DayPlan, PlanCard, Priority, Task } from '../../api/day-plan.ts';

export type DueFilter = 'overdue' | 'today';

export interface PlanFilter {
  priority?: string | undefined;
  rule?: string | undefined;
  due?: string | undefined;
}

/** The rule code that stands for tasks made by people. */
export const BY_HAND = 'none';

/** The cards that still hold a task after filtering; the order by rank is the server's. */
export function filtered(plan: DayPlan, filter: PlanFilter, today: string, zone: string): PlanCard[] {
  const wanted = (task: Task) =>
    (filter.priority === undefined || task.priority === filter.priority) &&
    (filter.rule === undefined || (task.rule ?? BY_HAND) === filter.rule) &&
    (filter.due !== 'overdue' || task.overdue) &&
    (filter.due !== 'today' || (!task.overdue && task.dueAt !== null && dateIn(zone, new Date(task.dueAt)) === today));
  return plan.cards
    .map((card) => ({ ...card, tasks: card.tasks.filter(wanted) }))
    .filter((card) => card.tasks.length > 0);
}

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

/** The kinds of alert and priorities that occur in a plan, for the filters. */
export function rulesIn(plan: DayPlan): string[] {
  return [...new Set(plan.cards.flatMap(({ tasks }) => tasks.map(({ rule }) => rule ?? BY_HAND)))];
}

export function prioritiesIn(plan: DayPlan): Set<Priority> {
  return new Set(plan.cards.flatMap(({ tasks }) => tasks.map(({ priority }) => priority)));
}

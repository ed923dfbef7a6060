import type { Profile } from '../api/customer.ts';
import type { DayPlan, PlanStatus, ResultInput, Task } from '../api/day-plan.ts';
import { recordResult, reopenTask, snoozeTask } from '../api/day-plan.ts';
import { useEntityByCode } from '../api/hooks.ts';
import { queryClient } from '../api/queries.ts';
import { toast, useErrorText } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';

interface Whose {
  id: string;
  name: string | null;
}

/** The way back from the last result or snooze, for the key `u`. */
let lastUndo: (() => void) | undefined;

export function undoLast(): void {
  const undo = lastUndo;
  lastUndo = undefined;
  undo?.();
}

/** What can be done with a task. The page changes at once; if the server refuses, it says so and the task comes back. */
export function useTaskActions() {
  const { t, text } = useTexts();
  const errorText = useErrorText();
  const taskEntity = useEntityByCode('task');
  const nameOf = (result: string) => {
    const option = taskEntity?.fields
      .find((field) => field.code === 'result')
      ?.options?.find(({ code }) => code === result);
    return option ? text(option.label) : result;
  };

  const send = async (customer: Whose, task: Task, call: () => Promise<unknown>, said: string) => {
    await takeFromPlan(task, customer.id);
    try {
      await call();
      const undo = () => void reopen(customer, task);
      lastUndo = undo;
      toast(said, 'ok', { label: t('tasks.undo'), run: undo });
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    await refresh(customer.id);
  };

  const reopen = async (customer: Whose, task: Task) => {
    lastUndo = undefined;
    try {
      await reopenTask(task.id);
      toast(t('tasks.undone', { title: task.title }));
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    await refresh(customer.id);
  };

  return {
    finish: (customer: Whose, task: Task, input: ResultInput) =>
      send(
        customer,
        task,
        () => recordResult(task.id, input),
        t('tasks.recorded', { customer: customer.name ?? '', result: nameOf(input.result) }),
      ),
    snooze: (customer: Whose, task: Task, until: string) =>
      send(
        customer,
        task,
        () => snoozeTask(task.id, until),
        t('tasks.snoozed', { customer: customer.name ?? '', date: until }),
      ),
    reopen,
    nameOf,
  };
}

async function takeFromPlan(task: Task, customer: string): Promise<void> {
  await queryClient.cancelQueries({ queryKey: ['day-plan'] });
  for (const [key, plan] of queryClient.getQueriesData<DayPlan>({ queryKey: ['day-plan'] })) {
    if (plan && (key[2] as PlanStatus) === 'open') queryClient.setQueryData(key, without(plan, task));
  }
  queryClient.setQueryData<Profile>(['profile', customer], (profile) =>
    profile === undefined ? undefined : { ...profile, tasks: profile.tasks.filter(({ id }) => id !== task.id) },
  );
}

/** The plan once a task has left it; counts follow, so that the header does not lag behind the list. */
function without(plan: DayPlan, task: Task): DayPlan {
  const cards = plan.cards
    .map((card) => ({ ...card, tasks: card.tasks.filter(({ id }) => id !== task.id) }))
    .filter((card) => card.tasks.length > 0);
  if (!plan.cards.some((card) => card.tasks.some(({ id }) => id === task.id))) return plan;
  const { open, overdue } = plan.counts;
  return { ...plan, cards, counts: { ...plan.counts, open: open - 1, overdue: overdue - (task.overdue ? 1 : 0) } };
}

function refresh(customer: string): Promise<unknown> {
  const keys = [['day-plan'], ['profile', customer], ['team'], ['list', 'tasks'], ['list', 'interactions']];
  return Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}

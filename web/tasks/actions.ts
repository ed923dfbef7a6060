import type { Profile } from '../api/customer.ts';
import type { DayPlan, PlanStatus, ResultInput, Snooze, Task } from '../api/day-plan.ts';
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

  const send = async (customer: Whose, tasks: Task[], call: () => Promise<unknown>, said: string) => {
    await takeFromPlan(tasks, customer.id);
    try {
      await call();
      const undo = () => void reopen(customer, ...tasks);
      lastUndo = undo;
      toast(said, 'ok', { label: t('tasks.undo'), run: undo });
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    await refresh(customer.id);
  };

  const reopen = async (customer: Whose, ...tasks: Task[]) => {
    lastUndo = undefined;
    try {
      for (const task of tasks) await reopenTask(task.id);
      toast(t('tasks.undone', { title: tasks.map(({ title }) => title).join('、') }));
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    await refresh(customer.id);
  };

  return {
    /** `others` are further tasks of the customer that the same conversation answered. */
    finish: (customer: Whose, task: Task, input: ResultInput, others: Task[] = []) =>
      send(
        customer,
        [task, ...others],
        () => recordResult(task.id, others.length > 0 ? { ...input, also: others.map(({ id }) => id) } : input),
        t('tasks.recorded', { customer: customer.name ?? '', result: nameOf(input.result) }),
      ),
    snooze: (customer: Whose, task: Task, until: Snooze) =>
      send(
        customer,
        [task],
        () => snoozeTask(task.id, until),
        t('tasks.snoozed', {
          customer: customer.name ?? '',
          date: until === 'later_today' ? t('tasks.presets.laterToday') : until,
        }),
      ),
    reopen,
    nameOf,
  };
}

async function takeFromPlan(tasks: Task[], customer: string): Promise<void> {
  const gone = new Set(tasks.map(({ id }) => id));
  await queryClient.cancelQueries({ queryKey: ['day-plan'] });
  for (const [key, plan] of queryClient.getQueriesData<DayPlan>({ queryKey: ['day-plan'] })) {
    if (plan && (key[2] as PlanStatus) === 'open') queryClient.setQueryData(key, without(plan, gone));
  }
  queryClient.setQueryData<Profile>(['profile', customer], (profile) =>
    profile === undefined ? undefined : { ...profile, tasks: profile.tasks.filter(({ id }) => !gone.has(id)) },
  );
}

/** The plan once tasks have left it; counts follow, so that the header does not lag behind the list. */
function without(plan: DayPlan, gone: ReadonlySet<string>): DayPlan {
  const tasks = plan.cards.flatMap((card) => card.tasks.filter(({ id }) => gone.has(id)));
  if (tasks.length === 0) return plan;
  const cards = plan.cards
    .map((card) => ({ ...card, tasks: card.tasks.filter(({ id }) => !gone.has(id)) }))
    .filter((card) => card.tasks.length > 0);
  const { open, overdue } = plan.counts;
  const late = tasks.filter((task) => task.overdue).length;
  return { ...plan, cards, counts: { ...plan.counts, open: open - tasks.length, overdue: overdue - late } };
}

function refresh(customer: string): Promise<unknown> {
  const keys = [['day-plan'], ['profile', customer], ['team'], ['list', 'tasks'], ['list', 'interactions']];
  return Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}

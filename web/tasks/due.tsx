import { useSyncExternalStore } from 'react';
import { formatInstant } from '#kernel';
import type { Task } from '../api/day-plan.ts';
import { useInstitution } from '../api/hooks.ts';
import { Badge } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { countdown } from './countdown.ts';

const TICK_MS = 30_000;

let nowMs = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The present, moving on every half minute for all who show it. */
export function useNow(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      timer ??= setInterval(() => {
        nowMs = Date.now();
        for (const each of listeners) each();
      }, TICK_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    () => nowMs,
  );
}

/** The occasion was seen after its day: after a standstill, or from data that came late. */
export function LateMark({ task }: { task: Pick<Task, 'late'> }) {
  const { t } = useTexts();
  if (!task.late) return null;
  return (
    <Badge colour="amber" title={t('tasks.lateHint')}>
      {t('tasks.late')}
    </Badge>
  );
}

/** When a task must be done by, as the time that is left; red once it is late. */
export function Due({ task }: { task: Pick<Task, 'dueAt' | 'overdue'> }) {
  const { t } = useTexts();
  const { zone } = useInstitution();
  const now = useNow();
  if (!task.dueAt) return <span className="faint">{t('tasks.due.none')}</span>;
  const left = countdown(task.dueAt, now, zone);
  const late = task.overdue || left.kind.startsWith('late');
  const soon = left.kind === 'minutes' || (left.kind === 'hours' && left.count <= 2);
  return (
    <time
      dateTime={task.dueAt}
      title={t('tasks.due.at', { at: formatInstant(task.dueAt, zone) })}
      className={`due ${late ? 'due-late' : soon ? 'due-soon' : ''}`}
    >
      {left.kind === 'date' ? left.date : t(`tasks.due.${left.kind}`, { ...left })}
    </time>
  );
}

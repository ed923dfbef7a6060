import type { Priority } from '../api/day-plan.ts';
import { useEntityByCode } from '../api/hooks.ts';
import type { Option } from '../api/types.ts';
import { useTexts } from '../texts/texts.ts';

/** The choices of a field of the task, in the words of the pack. */
export function useTaskOptions(field: 'priority' | 'result' | 'status' | 'useless_because'): Option[] {
  return useEntityByCode('task')?.fields.find(({ code }) => code === field)?.options ?? [];
}

/** How pressing a task is: a mark whose height says it without colour, the word for those who do not see it. */
export function PriorityMark({ priority }: { priority: Priority }) {
  const { text } = useTexts();
  const option = useTaskOptions('priority').find(({ code }) => code === priority);
  const word = option ? text(option.label) : priority;
  return (
    <span className="priority" data-priority={priority} data-colour={option?.color ?? 'grey'} title={word}>
      <span className="unseen">{word}</span>
    </span>
  );
}

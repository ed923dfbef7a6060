import type { Task } from '../api/day-plan.ts';
import { Icon, OptionBadge } from '../kit/kit.ts';
import { Due, LateMark } from './due.tsx';
import { PriorityMark, useTaskOptions } from './priority.tsx';
import { type TaskCustomer, TaskWork } from './task-work.tsx';

interface TaskStackProps {
  tasks: Task[];
  customer: TaskCustomer;
  /** The task in hand: the one that is open to work on. */
  focus: string | null;
  onFocus: (task: string) => void;
  keys?: boolean;
}

/** The tasks of one customer, one below the other; the one in hand is unfolded. */
export function TaskStack({ tasks, customer, focus, onFocus, keys = false }: TaskStackProps) {
  const options = useTaskOptions('result');
  return (
    <div className="task-stack">
      {tasks.map((task) => {
        const inHand = task.id === focus;
        return (
          <article key={task.id} aria-current={inHand ? 'true' : undefined}>
            <button type="button" className="task-head" aria-expanded={inHand} onClick={() => onFocus(task.id)}>
              <PriorityMark priority={task.priority} />
              <span className="task-head-name">
                <strong>{task.title}</strong>
                {/* Several tasks of one title are told apart by their reasons. */}
                {!inHand && task.reason && <span className="task-head-reason faint ellipsis">{task.reason}</span>}
              </span>
              <LateMark task={task} />
              <span className="task-head-end">
                {task.status === 'open' ? (
                  <Due task={task} />
                ) : (
                  task.result && <OptionBadge options={options} code={task.result} />
                )}
              </span>
              {(tasks.length > 1 || !inHand) && <Icon name={inHand ? 'chevronDown' : 'chevronRight'} />}
            </button>
            {inHand && (
              <TaskWork
                key={task.version}
                task={task}
                customer={customer}
                others={tasks.filter((other) => other.id !== task.id && other.status === 'open')}
                keys={keys}
              />
            )}
          </article>
        );
      })}
    </div>
  );
}

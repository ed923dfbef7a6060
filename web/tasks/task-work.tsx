import { type RefObject, useEffect, useRef, useState } from 'react';
import { type Result, type ResultInput, results, type Task } from '../api/day-plan.ts';
import { useSession } from '../api/hooks.ts';
import { isTyping } from '../app/shortcuts.ts';
import { Badge, Button, DateText, IconButton, Kbd, OptionBadge, Popover, toast } from '../kit/kit.ts';
import { usePhone } from '../kit/use-phone.ts';
import { useTexts } from '../texts/texts.ts';
import { WhyButton } from '../why/why-button.tsx';
import { useTaskActions } from './actions.ts';
import { AskBecause, AskNext, AskSnooze } from './ask.tsx';
import { Reason } from './evidence.tsx';
import { useTaskOptions } from './priority.tsx';
import { spoken } from './script.ts';
import './tasks.css';

/** The customer as far as the work needs to know. */
export interface TaskCustomer {
  id: string;
  name: string | null;
  gender?: string | null | undefined;
}

interface TaskWorkProps {
  task: Task;
  customer: TaskCustomer;
  /** Further open tasks of the customer, which the same conversation may answer. */
  others?: Task[];
  /** Whether the keys 1–6, n, s, a and c belong to this task. Only one on a page. */
  keys?: boolean;
  onDone?: () => void;
}

/** Everything about one task: why, what to say, and the results by one press. Give it the id of the task as key. */
export function TaskWork({ task, customer, others = [], keys = false, onDone }: TaskWorkProps) {
  const { t, language } = useTexts();
  const { user } = useSession();
  const { finish, snooze, reopen } = useTaskActions();
  const options = useTaskOptions('result');
  const phone = usePhone();
  const [note, setNote] = useState('');
  const [asking, setAsking] = useState<'follow_up' | 'not_useful' | 'snooze' | null>(null);
  const [together, setTogether] = useState(false);
  const [review, setReview] = useState(false);
  const follow = useRef<HTMLButtonElement>(null);
  const useless = useRef<HTMLButtonElement>(null);
  const later = useRef<HTMLButtonElement>(null);
  const noteBox = useRef<HTMLTextAreaElement>(null);

  const record = (input: ResultInput) => {
    onDone?.();
    const spoke = input.result !== 'not_useful' && input.result !== 'no_answer';
    const given = { note: note.trim() || undefined, ...(review && spoke ? { review } : {}), ...input };
    void finish(customer, task, given, together ? others : []);
  };
  const choose = (result: Result) =>
    result === 'follow_up' || result === 'not_useful' ? setAsking(result) : record({ result });
  useTaskKeys(keys && task.status === 'open', {
    choose,
    copy: () => task.script && copyScript(),
    note: () => noteBox.current?.focus(),
    snooze: () => setAsking('snooze'),
    together: () => setTogether(others.length > 0 && !together),
  });

  const speaking = { customer: customer.name, gender: customer.gender, manager: user.name };
  const script = task.script ? spoken(task.script, speaking, language) : null;
  const copyScript = () => {
    navigator.clipboard.writeText(script ?? '').then(
      () => toast(t('tasks.scriptCopied')),
      () => toast(t('tasks.copyRefused'), 'problem'),
    );
  };

  return (
    <div className="task-work">
      {task.reason && <p className="task-reason">{task.reason}</p>}
      {script && (
        <details className="fold task-script" open>
          <summary>{t('tasks.script')}</summary>
          <IconButton icon="copy" label={t('tasks.copyScript')} onClick={copyScript} />
          <blockquote>{script}</blockquote>
        </details>
      )}
      {task.evidence && (task.evidence.inputs?.length ?? 0) > 0 && (
        <details className="fold task-why" open={!phone}>
          <summary>{t('tasks.why')}</summary>
          <Reason reason={task.evidence} />
          {task.rule && task.businessDate && (
            <WhyButton rule={task.rule} customer={customer.id} date={task.businessDate} />
          )}
        </details>
      )}
      {task.status === 'open' ? (
        <div className="task-answer">
          <div className="task-note-line">
            <textarea
              ref={noteBox}
              className="input task-note"
              rows={1}
              maxLength={2000}
              placeholder={t('tasks.note')}
              aria-label={t('tasks.note')}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
            <button
              ref={later}
              type="button"
              className="result task-snooze"
              aria-haspopup="dialog"
              aria-expanded={asking === 'snooze'}
              onClick={() => setAsking(asking === 'snooze' ? null : 'snooze')}
            >
              {t('tasks.snooze')}
              <Kbd>s</Kbd>
            </button>
          </div>
          <fieldset className="task-results" aria-label={t('tasks.result')}>
            {results.map((result, index) => (
              <ResultButton
                key={result}
                code={result}
                number={index + 1}
                options={options}
                anchor={result === 'follow_up' ? follow : result === 'not_useful' ? useless : undefined}
                open={result === 'follow_up' || result === 'not_useful' ? asking === result : undefined}
                onPress={() => choose(result)}
              />
            ))}
          </fieldset>
          <div className="task-extras">
            {others.length > 0 && (
              <label>
                <input type="checkbox" checked={together} onChange={() => setTogether(!together)} />
                {t('tasks.together', { count: others.length })}
                {keys && <Kbd>a</Kbd>}
              </label>
            )}
            <label>
              <input type="checkbox" checked={review} onChange={() => setReview(!review)} />
              {t('tasks.review')}
            </label>
          </div>
          <Popover
            open={asking !== null}
            onClose={() => setAsking(null)}
            anchor={asking === 'snooze' ? later : asking === 'not_useful' ? useless : follow}
            align={asking === 'follow_up' ? 'start' : 'end'}
          >
            {asking === 'snooze' ? (
              <AskSnooze
                onPick={(until) => {
                  onDone?.();
                  void snooze(customer, task, until);
                }}
              />
            ) : asking === 'not_useful' ? (
              <AskBecause
                note={note}
                onPick={(because, words) =>
                  record({ result: 'not_useful', because, ...(words ? { note: words } : {}) })
                }
              />
            ) : (
              <AskNext onPick={(next) => record({ result: 'follow_up', ...next })} />
            )}
          </Popover>
        </div>
      ) : (
        <div className="task-outcome">
          {task.result && <OptionBadge options={options} code={task.result} />}
          {task.uselessBecause && <Because code={task.uselessBecause} />}
          <span className="quiet">
            {task.assignee?.label} {task.doneAt && <DateText value={task.doneAt} />}
          </span>
          <Button look="quiet" icon="undo" onClick={() => void reopen(customer, task)}>
            {t('tasks.reopen')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Because({ code }: { code: string }) {
  const { text } = useTexts();
  const option = useTaskOptions('useless_because').find((each) => each.code === code);
  return <Badge colour="grey">{option ? text(option.label) : code}</Badge>;
}

function ResultButton(props: {
  code: Result;
  number: number;
  options: ReturnType<typeof useTaskOptions>;
  anchor: RefObject<HTMLButtonElement | null> | undefined;
  open: boolean | undefined;
  onPress: () => void;
}) {
  const { text } = useTexts();
  const option = props.options.find(({ code }) => code === props.code);
  return (
    <button
      ref={props.anchor}
      type="button"
      className="result"
      data-colour={option?.color ?? 'grey'}
      data-result={props.code}
      aria-haspopup={props.open === undefined ? undefined : 'dialog'}
      aria-expanded={props.open}
      onClick={props.onPress}
    >
      <span className="dot">{option ? text(option.label) : props.code}</span>
      <Kbd>{props.number}</Kbd>
    </button>
  );
}

interface TaskKeys {
  choose: (result: Result) => void;
  copy: () => void;
  note: () => void;
  snooze: () => void;
  together: () => void;
}

function useTaskKeys(active: boolean, actions: TaskKeys): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    if (!active) return;
    const press = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const result = results[Number(event.key) - 1];
      if (result) latest.current.choose(result);
      else if (event.key === 'c') latest.current.copy();
      else if (event.key === 'n') latest.current.note();
      else if (event.key === 's') latest.current.snooze();
      else if (event.key === 'a') latest.current.together();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [active]);
}

import { Link } from '@tanstack/react-router';
import type { DayPlan as Plan, PlanCard, Task } from '../../api/day-plan.ts';
import { Badge, Button, Icon, Money, OptionBadge } from '../../kit/kit.ts';
import { useTaskActions } from '../../tasks/actions.ts';
import { Due, LateMark } from '../../tasks/due.tsx';
import { PriorityMark, useTaskOptions } from '../../tasks/priority.tsx';
import { useTexts } from '../../texts/texts.ts';
import { PlainMarks } from '../customer/marks.tsx';
import { partsOf } from './plan.ts';
import { HeldLine, RankBars, useWish } from './rank.tsx';

interface PlanListProps {
  plan: Plan;
  /** The task in hand, or null where there is no pane for it. */
  focus: string | null;
  onFocus: (task: string) => void;
  /** The reader goes on to the customer of this task. */
  onLeave: (task: string) => void;
  /** Asks for more cards; null where all are there. */
  onMore: (() => void) | null;
}

/** One card a customer, by rank: those of today, those for later, those that wait for the customer's sake. */
export function PlanList({ plan, focus, onFocus, onLeave, onMore }: PlanListProps) {
  const { t } = useTexts();
  const { cards } = plan;
  const tasks = cards.reduce((sum, card) => sum + card.tasks.length, 0);
  return (
    <section className="plan-list" aria-label={t('dayPlan.list')}>
      {partsOf(cards).map((part) => (
        <div key={part.place} data-place={part.place}>
          {part.place !== 'done' && (
            <h2 className="plan-part">
              {t(`dayPlan.places.${part.place}`)} <span className="faint">{plan.places[part.place]}</span>
              <small className="faint">{t(`dayPlan.placeHints.${part.place}`)}</small>
            </h2>
          )}
          {part.cards.map((card) => (
            <Card key={card.customer.id} card={card} focus={focus} onFocus={onFocus} onLeave={onLeave} />
          ))}
        </div>
      ))}
      <p className="plan-end faint">
        {t('dayPlan.shown', { customers: cards.length, tasks })}
        {onMore && <Button onClick={onMore}>{t('dayPlan.more', { count: plan.total - cards.length })}</Button>}
      </p>
    </section>
  );
}

/** As many as a line holds: English words are longer. */
const TAGS_MAX = { zh: 3, en: 2 };

function Card({ card, focus, onFocus, onLeave }: { card: PlanCard } & Omit<PlanListProps, 'plan' | 'onMore'>) {
  const { t, language } = useTexts();
  const { customer, tasks } = card;
  const wish = useWish()(customer);
  return (
    <article
      className="plan-card"
      aria-label={customer.name ?? undefined}
      aria-current={tasks.some(({ id }) => id === focus) ? 'true' : undefined}
    >
      <header>
        <Link
          to="/customers/$id"
          params={{ id: customer.id }}
          className="plan-name ellipsis"
          onClick={() => onLeave(tasks[0]!.id)}
          title={customer.name ?? undefined}
        >
          {customer.kind === 'company' && <Icon name="building" size={14} />}
          {customer.name}
        </Link>
        <span className="plan-aum" title={t('dayPlan.aum')}>
          <Money value={customer.aum} />
          {card.rank && <RankBars rank={card.rank} />}
        </span>
        <div className="plan-marks">
          <PlainMarks tier={customer.tier} tags={customer.tags} max={TAGS_MAX[language]} />
          {wish && <span className="plan-wish">{wish}</span>}
        </div>
        <span className="plan-phone faint">{customer.phone ?? t('dayPlan.noPhone')}</span>
      </header>
      <ul>
        {tasks.map((task, index) => (
          <li key={task.id}>
            <TaskLine task={task} focused={task.id === focus} onFocus={() => onFocus(task.id)} />
            {index === 0 && task.status === 'open' && (
              <QuickResults task={task} customer={customer} onMore={() => onFocus(task.id)} />
            )}
          </li>
        ))}
      </ul>
    </article>
  );
}

interface TaskLineProps {
  task: Task;
  focused: boolean;
  onFocus: () => void;
}

function TaskLine({ task, focused, onFocus }: TaskLineProps) {
  const { t } = useTexts();
  const options = useTaskOptions('result');
  return (
    <button
      id={`task-${task.id}`}
      type="button"
      className="plan-task"
      aria-current={focused ? 'true' : undefined}
      onClick={onFocus}
    >
      <PriorityMark priority={task.priority} />
      <span className="plan-task-title ellipsis">
        {task.title}
        {task.late && (
          <>
            {' '}
            <LateMark task={task} />
          </>
        )}
        {task.deputyFor && (
          <>
            {' '}
            <Badge colour="amber">{t('governance.delegations.deputyOf', { name: task.deputyFor })}</Badge>
          </>
        )}
      </span>
      <span className="plan-task-due">
        {task.status === 'open' ? (
          <Due task={task} />
        ) : (
          task.result && <OptionBadge options={options} code={task.result} />
        )}
      </span>
      {task.held ? <HeldLine task={task} /> : task.reason && <span className="plan-task-reason">{task.reason}</span>}
    </button>
  );
}

/** On a phone, the two commonest results of the most pressing task under the thumb; the rest in the sheet. */
function QuickResults({ task, customer, onMore }: { task: Task; customer: PlanCard['customer']; onMore: () => void }) {
  const { t } = useTexts();
  const { finish, nameOf } = useTaskActions();
  return (
    <div className="plan-quick">
      {(['reached', 'no_answer'] as const).map((result) => (
        <button key={result} type="button" onClick={() => void finish(customer, task, { result })}>
          {nameOf(result)}
        </button>
      ))}
      <button type="button" onClick={onMore}>
        {t('dayPlan.moreResults')}
      </button>
    </div>
  );
}

const BONES = 7;

export function PlanListSkeleton() {
  const { t } = useTexts();
  return (
    <div className="plan-list" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: BONES }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bones are all alike and never move
        <div key={index} className="plan-card plan-bones">
          <span className="bone" style={{ width: '28%' }} />
          <span className="bone" style={{ width: '46%' }} />
          <span className="bone" style={{ width: '88%' }} />
        </div>
      ))}
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { dateIn } from '#kernel';
import { dayPlanQuery, type DayPlan as Plan, type PlanFilter, type PlanStatus } from '../../api/day-plan.ts';
import { useInstitution } from '../../api/hooks.ts';
import { teamQuery } from '../../api/queries.ts';
import { useMay } from '../../app/permissions.ts';
import { isTyping } from '../../app/shortcuts.ts';
import { Button, Dialog, Empty, ErrorState } from '../../kit/kit.ts';
import { useMedia } from '../../kit/use-media.ts';
import { undoLast } from '../../tasks/actions.ts';
import { Due, useNow } from '../../tasks/due.tsx';
import { PriorityMark } from '../../tasks/priority.tsx';
import { TaskWork } from '../../tasks/task-work.tsx';
import { useTexts } from '../../texts/texts.ts';
import { CustomerBrief } from './customer-brief.tsx';
import { Missed } from './missed.tsx';
import { focusOf, nextLimit, type Stop, stopsOf } from './plan.ts';
import { PlanBar } from './plan-bar.tsx';
import { PlanList, PlanListSkeleton } from './plan-list.tsx';
import { RankWords } from './rank.tsx';
import './day-plan.css';

const route = getRouteApi('/inside/day-plan');

/** From this width on, the list and the customer in hand stand side by side. */
const SIDE_BY_SIDE = '(min-width: 1081px)';

/** Whom to talk to today, why, and what to say: customers by rank on the left, the one in hand on the right. */
export function DayPlan() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { zone } = useInstitution();
  const assignee = search.assignee ?? 'me';
  const status: PlanStatus = search.status === 'done' ? 'done' : 'open';
  const { priority, rule, due, place } = search;
  const filter = { priority, rule, due, place };
  const [limit, setLimit] = useState<number>();
  const plan = useQuery(dayPlanQuery(assignee, status, filter, limit));
  const now = useNow();
  const today = plan.data?.today ?? dateIn(zone, new Date(now));
  const change = (next: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  return (
    <div className="day-plan">
      <PlanBar plan={plan.data} filter={search} status={status} assignee={assignee} today={today} onChange={change} />
      {assignee === 'me' && status === 'open' && <Missed />}
      {plan.data ? (
        <PlanBody
          key={`${assignee} ${status}`}
          plan={plan.data}
          filter={filter}
          status={status}
          assignee={assignee}
          onClear={() => change({ priority: undefined, rule: undefined, due: undefined, place: undefined })}
          onMore={setLimit}
        />
      ) : plan.error ? (
        <ErrorState error={plan.error} onRetry={() => void plan.refetch()} />
      ) : (
        <div className="plan-panes">
          <PlanListSkeleton />
          <div className="plan-detail" />
        </div>
      )}
    </div>
  );
}

/** The task at which each plan was left, so that the way back from a customer leads to it. */
const left = new Map<string, string>();

interface PlanBodyProps {
  plan: Plan;
  filter: PlanFilter;
  status: PlanStatus;
  assignee: string;
  onClear: () => void;
  onMore: (limit: number) => void;
}

function PlanBody({ plan, filter, status, assignee, onClear, onMore }: PlanBodyProps) {
  const wide = useMedia(SIDE_BY_SIDE);
  const navigate = useNavigate();
  const stops = stopsOf(plan.cards);
  const further = nextLimit(plan.cards.length, plan.total);
  const place = `${assignee} ${status}`;
  const [chosen, setChosen] = useState(left.get(place) ?? null);
  const [sheet, setSheet] = useState<string | null>(null);
  const before = useRef(0);
  const at = focusOf(stops, chosen, before.current);
  before.current = Math.max(0, at);
  const focus = stops[at];
  const focusId = focus?.task.id ?? null;

  const choose = (task: string) => {
    left.set(place, task);
    setChosen(task);
  };
  const move = (step: number) => {
    const next = stops[Math.max(0, Math.min(stops.length - 1, at + step))];
    if (next) choose(next.task.id);
    // Whoever walks to the end finds the next ones there.
    if (further !== null && at + step >= stops.length - 1) onMore(further);
  };
  const open = (stop: Stop | undefined) => {
    if (stop) void navigate({ to: '/customers/$id', params: { id: stop.card.customer.id } });
  };
  useKeys({
    j: () => move(1),
    ArrowDown: () => move(1),
    k: () => move(-1),
    ArrowUp: () => move(-1),
    Enter: () => open(focus),
    u: undoLast,
  });
  useEffect(() => {
    if (focusId !== null) document.getElementById(`task-${focusId}`)?.scrollIntoView({ block: 'nearest' });
  }, [focusId]);

  if (!focus) return <Nothing plan={plan} filter={filter} status={status} assignee={assignee} onClear={onClear} />;
  const inSheet = wide ? undefined : stops.find(({ task }) => task.id === sheet);
  return (
    <div className="plan-panes">
      <PlanList
        plan={plan}
        onMore={further === null ? null : () => onMore(further)}
        focus={wide ? focusId : null}
        onFocus={(task) => {
          choose(task);
          if (!wide) setSheet(task);
        }}
        onLeave={choose}
      />
      {wide && <CustomerBrief key={focus.card.customer.id} card={focus.card} focus={focus.task.id} onFocus={choose} />}
      {inSheet && (
        <Dialog title={inSheet.card.customer.name} onClose={() => setSheet(null)}>
          <p className="sheet-task">
            <PriorityMark priority={inSheet.task.priority} />
            <strong>{inSheet.task.title}</strong>
            <Due task={inSheet.task} />
          </p>
          <TaskWork
            key={inSheet.task.id}
            task={inSheet.task}
            customer={inSheet.card.customer}
            others={inSheet.card.tasks.filter((other) => other.id !== inSheet.task.id && other.status === 'open')}
            onDone={() => setSheet(null)}
          />
          <RankWords card={inSheet.card} />
        </Dialog>
      )}
    </div>
  );
}

/** There is no task to show; which of the five reasons it is, decides what is said. */
function Nothing({ plan, filter, status, assignee, onClear }: Omit<PlanBodyProps, 'onMore'>) {
  const { t } = useTexts();
  const heads = useMay('team.read');
  const team = useQuery({ ...teamQuery, enabled: heads && assignee !== 'me' });
  const member = team.data?.members.find(({ user }) => user.id === assignee)?.user.name;
  const onward = (
    <Link to={heads ? '/team' : '/customers'} className="button button-plain">
      {heads ? t('dayPlan.emptyTeam') : t('dayPlan.emptyAction')}
    </Link>
  );
  const some = status === 'open' ? plan.counts.open : plan.counts.doneToday;
  if (some > 0 && (filter.priority || filter.rule || filter.due || filter.place)) {
    return (
      <Empty
        icon="filter"
        title={t('dayPlan.emptyFilter')}
        action={<Button onClick={onClear}>{t('dayPlan.clearFilter')}</Button>}
      />
    );
  }
  if (status === 'done') return <Empty icon="check" title={t('dayPlan.emptyDone')} />;
  if (assignee !== 'me') return <Empty icon="check" title={t('dayPlan.emptyMember', { name: member ?? '' })} />;
  if (plan.counts.doneToday > 0) {
    const hint = t('dayPlan.allDoneHint', { count: plan.counts.doneToday });
    return <Empty icon="check" title={t('dayPlan.allDone')} hint={hint} action={onward} />;
  }
  return <Empty icon="check" title={t('dayPlan.emptyTitle')} hint={t('dayPlan.emptyHint')} action={onward} />;
}

function useKeys(actions: Record<string, () => void>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      // Enter on a link or button is theirs.
      if (event.key === 'Enter' && (event.target as HTMLElement).closest('a, button, summary')) return;
      const action = latest.current[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { dateIn } from '#kernel';
import { dayPlanQuery, type DayPlan as Plan, type PlanStatus } from '../../api/day-plan.ts';
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
import { filtered, focusOf, type PlanFilter, type Stop, stopsOf } from './plan.ts';
import { PlanBar } from './plan-bar.tsx';
import { PlanList, PlanListSkeleton } from './plan-list.tsx';
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
  const plan = useQuery(dayPlanQuery(assignee, status));
  const now = useNow();
  const today = plan.data?.today ?? dateIn(zone, new Date(now));
  const change = (next: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  return (
    <div className="day-plan">
      <PlanBar plan={plan.data} filter={search} status={status} assignee={assignee} today={today} onChange={change} />
      {plan.data ? (
        <PlanBody
          key={`${assignee} ${status}`}
          plan={plan.data}
          filter={search}
          status={status}
          assignee={assignee}
          today={today}
          onClear={() => change({ priority: undefined, rule: undefined, due: undefined })}
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
  today: string;
  onClear: () => void;
}

function PlanBody({ plan, filter, status, assignee, today, onClear }: PlanBodyProps) {
  const { zone } = useInstitution();
  const wide = useMedia(SIDE_BY_SIDE);
  const navigate = useNavigate();
  const cards = filtered(plan, filter, today, zone);
  const stops = stopsOf(cards);
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
        cards={cards}
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
            onDone={() => setSheet(null)}
          />
        </Dialog>
      )}
    </div>
  );
}

/** There is no task to show; which of the five reasons it is, decides what is said. */
function Nothing({ plan, filter, status, assignee, onClear }: Omit<PlanBodyProps, 'today'>) {
  const { t } = useTexts();
  const heads = useMay('team.read');
  const team = useQuery({ ...teamQuery, enabled: heads && assignee !== 'me' });
  const member = team.data?.members.find(({ user }) => user.id === assignee)?.user.name;
  const onward = (
    <Link to={heads ? '/team' : '/customers'} className="button button-plain">
      {heads ? t('dayPlan.emptyTeam') : t('dayPlan.emptyAction')}
    </Link>
  );
  if (plan.cards.length > 0 && (filter.priority || filter.rule || filter.due)) {
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

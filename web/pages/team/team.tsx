import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { formatCount, formatPercent, minorUnits, shareOf, sumAmounts } from '#kernel';
import { teamQuery } from '../../api/queries.ts';
import type { TeamMember } from '../../api/types.ts';
import { type Column, Empty, ErrorState, KeyFigure, Money, PageHead, Skeleton, Table, Tabs } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Coverage } from './coverage.tsx';
import { Escalations } from './escalations.tsx';
import { Results } from './results.tsx';
import '../../tasks/tasks.css';
import './team.css';

type Order = 'overdue' | 'escalated' | 'load' | 'open' | 'doneToday' | 'customers' | 'aum';

/** Days that the customers who wait would take, at the member's number a day. */
const loadOf = ({ waiting, perDay }: TeamMember) => waiting / perDay;

const by: Record<Order, (a: TeamMember, b: TeamMember) => number> = {
  overdue: (a, b) => b.overdue - a.overdue || b.open - a.open,
  escalated: (a, b) => b.escalated - a.escalated,
  load: (a, b) => loadOf(b) - loadOf(a),
  open: (a, b) => b.open - a.open,
  doneToday: (a, b) => b.doneToday - a.doneToday,
  customers: (a, b) => b.customers - a.customers,
  aum: (a, b) => Number(minorUnits(b.aum ?? '0') - minorUnits(a.aum ?? '0')),
};

const OF_AMOUNTS = new Set(['aum', 'share']);

const route = getRouteApi('/inside/team');
const VIEWS = ['load', 'coverage', 'escalations', 'results'] as const;
type View = (typeof VIEWS)[number];

/** What a supervisor looks after: who has how much to do, whom nobody talked to, what hangs, what the alerts are worth. */
export function Team() {
  const { t } = useTexts();
  const { view: asked } = route.useSearch();
  const navigate = route.useNavigate();
  const view: View = VIEWS.find((code) => code === asked) ?? 'load';
  const team = useQuery(teamQuery);
  const escalated = (team.data?.members ?? []).reduce((total, member) => total + member.escalated, 0);
  return (
    <>
      <PageHead title={t('team.title')} hint={t('team.subtitle')} />
      <div className="team">
        <Tabs
          label={t('team.title')}
          value={view}
          tabs={VIEWS.map((code) => ({
            code,
            label: t(`team.views.${code}`),
            ...(code === 'escalations' && escalated > 0 ? { count: escalated } : {}),
          }))}
          onChange={(code) => void navigate({ search: { view: code === 'load' ? undefined : code }, replace: true })}
        >
          {view === 'load' ? (
            <Load />
          ) : view === 'coverage' ? (
            <Coverage />
          ) : view === 'escalations' ? (
            <Escalations />
          ) : (
            <Results />
          )}
        </Tabs>
      </div>
    </>
  );
}

/** Whose tasks are overdue, and what everybody looks after. */
function Load() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const team = useQuery(teamQuery);
  const [order, setOrder] = useState<Order>('overdue');
  const members = useMemo(() => [...(team.data?.members ?? [])].sort(by[order]), [team.data, order]);
  // Who may not see customers' amounts gets none.
  const amounts = members.flatMap((member) => member.aum ?? []);
  const aum = sumAmounts(amounts);
  const sum = (figure: 'open' | 'overdue' | 'doneToday' | 'customers') =>
    members.reduce((total, member) => total + member[figure], 0);
  const overdue = members.filter((member) => member.overdue > 0).length;
  const unit = (member: TeamMember) =>
    typeof member.orgUnit === 'string' ? member.orgUnit : (member.orgUnit?.label ?? t('common.none'));

  const sortable = (code: Order) => (
    <button type="button" className="team-sort" aria-pressed={order === code} onClick={() => setOrder(code)}>
      {t(`team.${code}`)}
    </button>
  );
  const columns: Column<TeamMember>[] = [
    {
      code: 'member',
      label: t('team.member'),
      phone: 'title',
      cell: (member) => (
        <Link to="/day-plan" search={{ assignee: member.user.id }} className="reference">
          {member.user.name}
        </Link>
      ),
    },
    { code: 'orgUnit', label: t('team.orgUnit'), cell: unit, phone: 'hide' },
    {
      code: 'overdue',
      label: sortable('overdue'),
      name: t('team.overdue'),
      number: true,
      cell: (member) => (
        <span className={member.overdue > 0 ? 'team-overdue' : 'faint'}>{formatCount(member.overdue)}</span>
      ),
    },
    {
      code: 'escalated',
      label: sortable('escalated'),
      name: t('team.escalated'),
      number: true,
      cell: (member) => (
        <span className={member.escalated > 0 ? 'team-overdue' : 'faint'}>{formatCount(member.escalated)}</span>
      ),
    },
    {
      code: 'load',
      label: sortable('load'),
      name: t('team.load'),
      number: true,
      cell: (member) => (
        <span title={t('team.loadHint', { waiting: member.waiting, perDay: member.perDay })}>
          {t('team.days', { days: loadOf(member).toFixed(1) })}
        </span>
      ),
    },
    {
      code: 'open',
      label: sortable('open'),
      name: t('team.open'),
      number: true,
      cell: (member) => formatCount(member.open),
    },
    {
      code: 'doneToday',
      label: sortable('doneToday'),
      name: t('team.doneToday'),
      number: true,
      cell: (member) => <span className={member.doneToday === 0 ? 'faint' : ''}>{formatCount(member.doneToday)}</span>,
    },
    {
      code: 'customers',
      label: sortable('customers'),
      name: t('team.customers'),
      number: true,
      cell: (member) => (
        <Link to="/customers" search={{ filter: [`owner:in:${member.user.id}`] }} className="reference">
          {formatCount(member.customers)}
        </Link>
      ),
    },
    {
      code: 'aum',
      label: sortable('aum'),
      name: t('team.aum'),
      number: true,
      cell: (member) => <Money value={member.aum} />,
    },
    {
      code: 'share',
      label: t('team.share'),
      phone: 'hide',
      width: '18%',
      cell: (member) => {
        const share = formatPercent(shareOf(member.aum ?? '0', aum) ?? '0', 1);
        return (
          <span className="team-share" title={share}>
            <span style={{ width: share }} />
          </span>
        );
      },
    },
  ];

  return (
    <>
      {team.error && !team.data ? (
        <ErrorState error={team.error} onRetry={() => void team.refetch()} />
      ) : !team.data ? (
        <Skeleton lines={8} />
      ) : members.length === 0 ? (
        <Empty icon="team" title={t('team.empty')} hint={t('team.emptyHint')} />
      ) : (
        <>
          <div className="figures team-figures">
            {amounts.length > 0 && (
              <KeyFigure label={t('team.aum')}>
                <Money value={aum} sign />
              </KeyFigure>
            )}
            <KeyFigure label={t('team.customers')}>{formatCount(sum('customers'))}</KeyFigure>
            <KeyFigure label={t('team.open')}>{formatCount(sum('open'))}</KeyFigure>
            <KeyFigure
              label={t('team.overdue')}
              hint={overdue === 0 ? t('team.allClear') : t('team.people', { people: overdue })}
            >
              <span className={overdue > 0 ? 'team-overdue' : ''}>{formatCount(sum('overdue'))}</span>
            </KeyFigure>
            <KeyFigure label={t('team.doneToday')}>{formatCount(sum('doneToday'))}</KeyFigure>
          </div>
          <Table
            label={t('team.title')}
            columns={amounts.length > 0 ? columns : columns.filter(({ code }) => !OF_AMOUNTS.has(code))}
            rows={members}
            rowKey={(member) => member.user.id}
            onOpen={(member) => void navigate({ to: '/day-plan', search: { assignee: member.user.id } })}
          />
        </>
      )}
    </>
  );
}

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { changeOf, formatCount, formatDuration, formatPercent } from '#kernel';
import { businessDayQuery, businessDaysQuery } from '../../api/queries.ts';
import type { BusinessDay, CycleStep } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { isTyping } from '../../app/shortcuts.ts';
import {
  Button,
  Change,
  type Column,
  Count,
  DateText,
  Dot,
  Empty,
  ErrorState,
  IconButton,
  KeyFigure,
  Money,
  Notice,
  PageHead,
  Panel,
  Skeleton,
  Table,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Automatic } from './automatic.tsx';
import { CycleProgress } from './cycle-progress.tsx';
import { RunDays } from './run-days.tsx';
import { lengthOf } from './sums.ts';
import './business-days.css';

const colours = { open: 'grey', running: 'blue', done: 'green', failed: 'red' } as const;

/** The business-date cycle: every day that was run, what it changed, and how long each step took. */
export function BusinessDays() {
  const { t, language } = useTexts();
  const navigate = useNavigate();
  const { date, job } = useSearch({ from: '/inside/business-days' });
  const mayRun = useMay('days.run');
  const list = useInfiniteQuery(businessDaysQuery);
  const days = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const [asking, setAsking] = useState(false);
  const listed = days.find((day) => day.date === date);
  // A day from an address may lie further back than the pages that have been read.
  const asked = useQuery({
    ...businessDayQuery(date ?? ''),
    enabled: date !== undefined && !listed && !list.isPending,
  });
  const open = listed ?? (date === undefined ? undefined : asked.data);
  const show = (next: { date?: string | undefined; job?: string | undefined }) =>
    void navigate({ to: '/business-days', search: { date, job, ...next }, replace: true });

  const run = mayRun && (
    <Button look="primary" icon="play" onClick={() => setAsking(true)}>
      {t('days.run')}
    </Button>
  );
  const columns: Column<BusinessDay>[] = [
    { code: 'date', label: t('days.date'), cell: (day) => <DateText value={day.date} />, phone: 'title' },
    {
      code: 'status',
      label: t('days.status'),
      cell: (day) => <Dot colour={colours[day.status]}>{t(`days.statuses.${day.status}`)}</Dot>,
    },
    { code: 'aum', label: t('days.aumTotal'), number: true, cell: (day) => <Money value={day.aumTotal} /> },
    { code: 'customers', label: t('days.customers'), number: true, cell: (day) => <Count value={day.customers} /> },
    { code: 'tiers', label: t('days.tierChanges'), number: true, cell: (day) => <Count value={day.tierChanges} /> },
    { code: 'tags', label: t('days.tagChanges'), number: true, cell: (day) => <Count value={day.tagChanges} /> },
    { code: 'tasks', label: t('days.tasks'), number: true, cell: (day) => <Count value={day.tasks} /> },
    {
      code: 'took',
      label: t('days.duration'),
      number: true,
      cell: (day) => {
        const ms = lengthOf(day);
        return ms === undefined ? t('common.none') : formatDuration(ms, language);
      },
    },
  ];

  return (
    <div className={`split ${open ? 'split-open' : ''}`}>
      <div className="split-main">
        <PageHead title={t('days.title')} hint={t('days.subtitle')}>
          {run}
        </PageHead>
        <Automatic />
        {job && <CycleProgress id={job} onClose={() => show({ job: undefined })} />}
        {list.error && days.length === 0 ? (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        ) : !list.data ? (
          <Skeleton lines={8} />
        ) : days.length === 0 ? (
          <Empty icon="calendar" title={t('days.empty')} hint={t('days.emptyHint')} action={run} />
        ) : (
          <>
            <Latest days={days} />
            <Table
              label={t('days.title')}
              columns={columns}
              rows={days}
              rowKey={(day) => day.date}
              onOpen={(day) => show({ date: day.date })}
              isChosen={(day) => day.date === date}
            />
            {list.hasNextPage && (
              <p className="side-more">
                <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  {t('common.more')}
                </Button>
              </p>
            )}
          </>
        )}
      </div>
      {open && <Day day={open} onClose={() => show({ date: undefined })} />}
      {asking && (
        <RunDays
          latest={days[0]?.date}
          onClose={() => setAsking(false)}
          onStarted={(id) => {
            setAsking(false);
            show({ job: id });
          }}
        />
      )}
    </div>
  );
}

/** The last complete day in figures. */
function Latest({ days }: { days: BusinessDay[] }) {
  const { t } = useTexts();
  const at = days.findIndex((day) => day.status === 'done');
  const day = days[at];
  const before = days[at + 1];
  if (!day) return null;
  const change = day.aumTotal !== null && before?.aumTotal ? changeOf(day.aumTotal, before.aumTotal) : null;
  return (
    <div className="figures days-latest">
      <KeyFigure label={t('days.date')}>{day.date}</KeyFigure>
      <KeyFigure label={t('days.aumTotal')}>
        <Money value={day.aumTotal} sign />
        {change !== null && (
          <small className="days-change">
            <Change value={change}>{formatPercent(change)}</Change>
          </small>
        )}
      </KeyFigure>
      <KeyFigure label={t('days.customers')}>
        <Count value={day.customers} />
      </KeyFigure>
      <KeyFigure label={t('days.tierChanges')}>
        <Count value={day.tierChanges} />
      </KeyFigure>
      <KeyFigure label={t('days.tagChanges')}>
        <Count value={day.tagChanges} />
      </KeyFigure>
      <KeyFigure label={t('days.tasks')}>
        <Count value={day.tasks} />
      </KeyFigure>
    </div>
  );
}

function Day({ day, onClose }: { day: BusinessDay; onClose: () => void }) {
  const { t, text, language } = useTexts();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !isTyping(event)) onClose();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [onClose]);
  const { steps } = day;
  const longest = Math.max(1, ...steps.map((step) => step.ms));
  const columns: Column<CycleStep>[] = [
    { code: 'step', label: t('days.step'), cell: (step) => text(step.label), phone: 'title', width: '30%' },
    {
      code: 'bar',
      label: '',
      phone: 'hide',
      cell: (step) => <span className="step-bar" style={{ width: `${Math.max(1, (step.ms / longest) * 100)}%` }} />,
    },
    {
      code: 'ms',
      label: t('days.duration'),
      number: true,
      width: '84px',
      cell: (step) => formatDuration(step.ms, language),
    },
    { code: 'count', label: t('days.count'), number: true, width: '84px', cell: (step) => formatCount(step.count) },
  ];
  return (
    <aside className="split-side" aria-label={day.date}>
      <header className="side-head">
        <h2 className="side-name">{day.date}</h2>
        <Dot colour={colours[day.status]}>{t(`days.statuses.${day.status}`)}</Dot>
        <IconButton icon="close" label={t('common.close')} onClick={onClose} />
      </header>
      <p className="side-facts">
        <span>
          {t('days.startedAt')} <DateText value={day.startedAt} detail="second" />
        </span>
        <span>
          {t('days.finishedAt')} <DateText value={day.finishedAt} detail="second" />
        </span>
      </p>
      {day.error !== null && (
        <div className="side-part">
          <Notice kind="danger">{day.error}</Notice>
        </div>
      )}
      {day.withoutRate !== null && day.withoutRate > 0 && (
        <div className="side-part">
          <Notice kind="warn">{t('days.withoutRate', { count: day.withoutRate })}</Notice>
        </div>
      )}
      <Panel title={t('days.steps')}>
        <Table label={t('days.steps')} columns={columns} rows={steps} rowKey={(step) => step.code} />
      </Panel>
    </aside>
  );
}

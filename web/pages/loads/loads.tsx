import { useQuery } from '@tanstack/react-query';
import { Outlet, useMatch, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { loadRunsQuery } from '../../api/queries.ts';
import type { LoadRun } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Button,
  type Column,
  Count,
  DateText,
  Empty,
  ErrorState,
  PageHead,
  Panel,
  Skeleton,
  Table,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Feeds } from './feeds.tsx';
import { StartLoad } from './start-load.tsx';
import { rowsOf } from './sums.ts';
import { Took, WorkStatus } from './work-status.tsx';
import './loads.css';

/** What has been loaded from files, by whom, with which result; and the way to load more. */
export function Loads() {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const mayRun = useMay('loads.run');
  const mayDesign = useMay('loads.read');
  const runs = useQuery(loadRunsQuery);
  const openId = useMatch({ from: '/inside/loads/$id', shouldThrow: false })?.params.id;
  const [starting, setStarting] = useState(false);
  const open = (run: LoadRun) => void navigate({ to: '/loads/$id', params: { id: run.id } });

  const start = mayRun && (
    <Button look="primary" icon="load" onClick={() => setStarting(true)}>
      {t('loads.start')}
    </Button>
  );
  const columns: Column<LoadRun>[] = [
    {
      code: 'mapping',
      label: t('loads.mapping'),
      cell: (run) => text(run.label),
      phone: 'title',
    },
    { code: 'date', label: t('loads.date'), cell: (run) => <DateText value={run.date} /> },
    { code: 'status', label: t('loads.status'), cell: (run) => <WorkStatus status={run.status} /> },
    { code: 'startedAt', label: t('loads.startedAt'), cell: (run) => <DateText value={run.startedAt} /> },
    { code: 'read', label: t('loads.read'), number: true, cell: (run) => <Count value={rowsOf(run)} /> },
    {
      code: 'rejected',
      label: t('loads.rejected'),
      number: true,
      cell: (run) => (
        <span className={run.rejected > 0 ? 'negative-text' : 'faint'}>
          <Count value={run.rejected} />
        </span>
      ),
    },
    { code: 'took', label: t('loads.duration'), number: true, cell: (run) => <Took run={run} /> },
    {
      code: 'folder',
      label: t('loads.folder'),
      cell: (run) => (
        <span className="mono ellipsis load-folder" title={run.folder}>
          <bdi>{run.folder}</bdi>
        </span>
      ),
      phone: 'hide',
    },
  ];

  return (
    <div className={`split ${openId ? 'split-open split-even' : ''}`}>
      <div className="split-main">
        <PageHead title={t('loads.title')} hint={t('loads.subtitle')}>
          {mayDesign && (
            <Button icon="columns" onClick={() => void navigate({ to: '/mappings' })}>
              {t('gateway.mappings')}
            </Button>
          )}
          {start}
        </PageHead>
        {!openId && <Feeds />}
        {runs.error && !runs.data ? (
          <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
        ) : !runs.data ? (
          <Skeleton lines={8} />
        ) : runs.data.rows.length === 0 ? (
          <Empty icon="load" title={t('loads.empty')} hint={t('loads.emptyHint')} action={start} />
        ) : (
          <Panel title={openId ? undefined : t('gateway.runs')}>
            <Table
              label={t('gateway.runs')}
              columns={openId ? columns.filter((column) => column.code !== 'folder') : columns}
              rows={runs.data.rows}
              rowKey={(run) => run.id}
              onOpen={open}
              isChosen={(run) => run.id === openId}
            />
          </Panel>
        )}
      </div>
      <Outlet />
      {starting && (
        <StartLoad
          onClose={() => setStarting(false)}
          onStarted={(run) => {
            setStarting(false);
            open(run);
          }}
        />
      )}
    </div>
  );
}

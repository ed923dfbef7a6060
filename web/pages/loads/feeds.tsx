import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { address } from '../../api/client.ts';
import { type FeedHealth, type FeedState, feedsQuery, importFeeds } from '../../api/gateway.ts';
import { queryClient } from '../../api/queries.ts';
import type { Colour } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Button,
  type Column,
  Dialog,
  Dot,
  ErrorState,
  Field,
  Icon,
  Notice,
  Panel,
  Skeleton,
  Table,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { FeedEditor } from './feed-editor.tsx';

const colours: Record<FeedHealth, Colour> = {
  inactive: 'grey',
  expected: 'grey',
  arrived: 'amber',
  loading: 'blue',
  loaded: 'green',
  late: 'red',
  failed: 'red',
  quiet: 'grey',
};

const runColours: Record<string, Colour> = { done: 'green', failed: 'red', withdrawn: 'violet', skipped: 'grey' };

/** Files that come again and again: whether today's have come, and how the last days went. */
export function Feeds() {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const mayEdit = useMay('feeds.edit');
  const feeds = useQuery(feedsQuery);
  const [open, setOpen] = useState<FeedState | 'new'>();
  const [importing, setImporting] = useState(false);
  const rows = feeds.data ?? [];
  const columns: Column<FeedState>[] = [
    { code: 'label', label: t('gateway.feed'), phone: 'title', cell: ({ feed }) => text(feed.label) },
    {
      code: 'health',
      label: t('gateway.health'),
      cell: (state) => (
        <span className="feed-health">
          <Dot colour={colours[state.health]}>{t(`gateway.healths.${state.health}`)}</Dot>
          {state.problem && <span className="negative-text">{state.problem}</span>}
          {state.arrived[0] && state.arrived[0].missing.length > 0 && (
            <span className="faint">{t('gateway.missing', { files: state.arrived[0].missing.join(', ') })}</span>
          )}
        </span>
      ),
    },
    {
      code: 'date',
      label: t('loads.date'),
      cell: ({ date }) => <span className="mono">{date ?? t('common.none')}</span>,
    },
    {
      code: 'due',
      label: t('gateway.due'),
      cell: ({ due }) => due ?? <span className="faint">{t('common.none')}</span>,
    },
    {
      code: 'runs',
      label: t('gateway.lastRuns'),
      phone: 'hide',
      cell: ({ runs }) => (
        <span className="run-dots">
          {runs.map((run) => (
            <button
              key={run.id}
              type="button"
              className="run-dot"
              data-colour={runColours[run.status] ?? 'blue'}
              title={`${run.date} ${t(`loads.statuses.${run.status}`)}`}
              aria-label={`${run.date} ${t(`loads.statuses.${run.status}`)}`}
              onClick={(event) => {
                event.stopPropagation();
                void navigate({ to: '/loads/$id', params: { id: run.id } });
              }}
            />
          ))}
        </span>
      ),
    },
  ];
  if (feeds.error && !feeds.data) return <ErrorState error={feeds.error} onRetry={() => void feeds.refetch()} />;
  return (
    <Panel
      title={t('gateway.feeds')}
      actions={
        <>
          {rows.length > 0 && (
            <a className="button button-plain" href={address('/load-feeds.yaml')} download>
              <Icon name="download" />
              <span>{t('gateway.exportYaml')}</span>
            </a>
          )}
          {mayEdit && (
            <>
              <Button onClick={() => setImporting(true)}>{t('gateway.importYaml')}</Button>
              <Button icon="add" onClick={() => setOpen('new')}>
                {t('gateway.newFeed')}
              </Button>
            </>
          )}
        </>
      }
    >
      {!feeds.data ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <p className="faint panel-empty">{t('gateway.feedsEmpty')}</p>
      ) : (
        <Table
          label={t('gateway.feeds')}
          columns={columns}
          rows={rows}
          rowKey={({ feed }) => feed.code}
          {...(mayEdit ? { onOpen: setOpen } : {})}
        />
      )}
      {open && <FeedEditor state={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />}
      {importing && <ImportFeeds onClose={() => setImporting(false)} />}
    </Panel>
  );
}

function ImportFeeds({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const [yaml, setYaml] = useState('');
  const [problem, setProblem] = useState<string>();
  const bring = async () => {
    try {
      queryClient.setQueryData(feedsQuery.queryKey, await importFeeds(yaml));
      toast(t('gateway.imported'));
      onClose();
    } catch (error) {
      setProblem(errorText(error));
    }
  };
  return (
    <Dialog
      title={t('gateway.importYaml')}
      width={640}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" disabled={yaml.trim() === ''} onClick={() => void bring()}>
            {t('gateway.importYaml')}
          </Button>
        </>
      }
    >
      <div className="stack">
        {problem && <Notice kind="danger">{problem}</Notice>}
        <Field label={t('gateway.importYaml')} help={t('gateway.importHelp')}>
          {(control) => (
            <textarea
              {...control}
              className="input mono text-area"
              rows={14}
              value={yaml}
              onChange={(event) => setYaml(event.target.value)}
            />
          )}
        </Field>
      </div>
    </Dialog>
  );
}

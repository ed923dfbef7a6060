import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  dropHeldEvents,
  type EventReason,
  type EventSource,
  eventSourcesQuery,
  eventStatuses,
  type HeldEvent,
  heldEventsQuery,
  retryHeldEvents,
} from '../../api/events.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Button,
  type Column,
  Confirm,
  Count,
  DateText,
  Empty,
  ErrorState,
  Notice,
  PageHead,
  Panel,
  Skeleton,
  Table,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import './events.css';

/** What other systems send as it happens: by source, with refusals and what is held. */
export function Events() {
  const { t } = useTexts();
  const sources = useQuery(eventSourcesQuery);
  return (
    <div className="page">
      <PageHead title={t('events.title')} hint={t('events.subtitle')}>
        {sources.data && sources.data.queued > 0 && (
          <span className="quiet">{t('events.queued', { count: sources.data.queued })}</span>
        )}
      </PageHead>
      {sources.error && !sources.data ? (
        <ErrorState error={sources.error} onRetry={() => void sources.refetch()} />
      ) : !sources.data ? (
        <Skeleton lines={6} />
      ) : sources.data.sources.length === 0 ? (
        <Empty icon="api" title={t('events.empty')} hint={t('events.emptyHint')} />
      ) : (
        <>
          <Sources sources={sources.data.sources} />
          <Reasons sources={sources.data.sources} />
        </>
      )}
      <Held />
    </div>
  );
}

function useSourceName() {
  const { t } = useTexts();
  return (source: string) => (source === '' ? t('events.noSource') : source);
}

function Sources({ sources }: { sources: EventSource[] }) {
  const { t } = useTexts();
  const sourceName = useSourceName();
  const columns: Column<EventSource>[] = [
    { code: 'source', label: t('events.source'), cell: ({ source }) => sourceName(source), phone: 'title' },
    { code: 'lastAt', label: t('events.lastAt'), cell: ({ lastAt }) => <DateText value={lastAt} detail="second" /> },
    ...eventStatuses.map(
      (status): Column<EventSource> => ({
        code: status,
        label:
          status === 'waiting' ? (
            <span title={t('events.waitingHelp')}>{t('events.statuses.waiting')}</span>
          ) : (
            t(`events.statuses.${status}`)
          ),
        name: t(`events.statuses.${status}`),
        number: true,
        cell: ({ today }) => (
          <span className={today[status] === 0 ? 'faint' : status === 'rejected' ? 'negative-text' : ''}>
            <Count value={today[status]} />
          </span>
        ),
      }),
    ),
    { code: 'heldNow', label: t('events.heldNow'), number: true, cell: ({ heldNow }) => <Count value={heldNow} /> },
    { code: 'senders', label: t('events.senders'), cell: ({ senders }) => senders.join(', '), phone: 'hide' },
  ];
  return <Table label={t('events.title')} columns={columns} rows={sources} rowKey={({ source }) => source} />;
}

type ReasonRow = EventReason & { source: string };

function Reasons({ sources }: { sources: EventSource[] }) {
  const { t } = useTexts();
  const sourceName = useSourceName();
  const rows = sources.flatMap(({ source, reasons }) => reasons.map((reason): ReasonRow => ({ ...reason, source })));
  const columns: Column<ReasonRow>[] = [
    { code: 'message', label: t('events.reason'), cell: ({ message }) => message, phone: 'title' },
    { code: 'count', label: t('events.count'), number: true, cell: ({ count }) => <Count value={count} /> },
    { code: 'lastId', label: t('events.lastId'), cell: ({ lastId }) => <span className="mono">{lastId ?? '—'}</span> },
    { code: 'source', label: t('events.source'), cell: ({ source }) => sourceName(source) },
  ];
  return (
    <Panel title={t('events.reasons')}>
      {rows.length === 0 ? (
        <p className="quiet events-note">{t('events.noReasons')}</p>
      ) : (
        <Table
          label={t('events.reasons')}
          columns={columns}
          rows={rows}
          rowKey={({ source, code }) => `${source} ${code}`}
        />
      )}
    </Panel>
  );
}

function Held() {
  const { t, text } = useTexts();
  const sourceName = useSourceName();
  const errorText = useErrorText();
  const client = useQueryClient();
  const mayRun = useMay('loads.run');
  const held = useQuery(heldEventsQuery);
  const [dropping, setDropping] = useState<HeldEvent>();
  const [busy, setBusy] = useState(false);

  const act = async (work: () => Promise<string>) => {
    setBusy(true);
    try {
      toast(await work());
      await client.invalidateQueries({ queryKey: ['events'] });
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    setBusy(false);
  };
  const retry = () => act(async () => t('events.released', { count: (await retryHeldEvents()).released }));
  const drop = (event: HeldEvent) => {
    setDropping(undefined);
    void act(async () => {
      await dropHeldEvents([event.id]);
      return t('events.dropped');
    });
  };

  const rows = held.data?.rows ?? [];
  const columns: Column<HeldEvent>[] = [
    {
      code: 'event',
      label: t('events.event'),
      cell: ({ event }) => <span className="mono">{event}</span>,
      phone: 'title',
    },
    { code: 'type', label: t('events.type'), cell: ({ type }) => text(type.label) },
    {
      code: 'missing',
      label: t('events.missing'),
      cell: ({ missing }) =>
        t('events.missingRow', {
          entity: text(missing.entity.label),
          key: missing.key ?? '—',
          source: sourceName(missing.source),
        }),
    },
    { code: 'heldAt', label: t('events.heldAt'), cell: ({ heldAt }) => <DateText value={heldAt} /> },
    { code: 'source', label: t('events.source'), cell: ({ source }) => sourceName(source), phone: 'hide' },
    ...(mayRun
      ? [
          {
            code: 'drop',
            label: '',
            name: t('events.drop'),
            cell: (event: HeldEvent) => <Button onClick={() => setDropping(event)}>{t('events.drop')}</Button>,
          },
        ]
      : []),
  ];
  return (
    <Panel
      title={t('events.held')}
      actions={
        mayRun &&
        rows.length > 0 && (
          <Button icon="refresh" busy={busy} onClick={() => void retry()}>
            {t('events.retry')}
          </Button>
        )
      }
    >
      <p className="quiet events-note">{t('events.heldHint')}</p>
      {held.error && !held.data ? (
        <ErrorState error={held.error} onRetry={() => void held.refetch()} />
      ) : !held.data ? (
        <Skeleton lines={2} />
      ) : rows.length === 0 ? (
        <p className="quiet events-note">{t('events.noHeld')}</p>
      ) : (
        <Table label={t('events.held')} columns={columns} rows={rows} rowKey={({ id }) => id} />
      )}
      {held.data?.next && <Notice kind="info">{t('events.more')}</Notice>}
      {dropping && (
        <Confirm
          title={t('events.dropTitle')}
          text={t('events.dropText', { event: dropping.event })}
          yes={t('events.drop')}
          danger
          onNo={() => setDropping(undefined)}
          onYes={() => drop(dropping)}
        />
      )}
    </Panel>
  );
}

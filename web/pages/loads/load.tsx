import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { formatBytes, formatCount, formatDuration } from '#kernel';
import { address, post } from '../../api/client.ts';
import { useMetadata } from '../../api/hooks.ts';
import { loadRunQuery, queryClient, rejectsQuery } from '../../api/queries.ts';
import type { LoadFile, LoadRun, Reject } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { isTyping } from '../../app/shortcuts.ts';
import {
  Button,
  type Column,
  Count,
  DateText,
  ErrorState,
  Icon,
  IconButton,
  KeyFigure,
  Money,
  Notice,
  Panel,
  Progress,
  Skeleton,
  Table,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { DriftPanel, ReconciliationPanel } from './reconciliation.tsx';
import { MendButton, RunNotices } from './run-acts.tsx';
import { total } from './sums.ts';
import { Took, WorkStatus } from './work-status.tsx';

/** One load beside the list: how far it is, what came of each file, and the lines that were refused. */
export function Load() {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const { id } = useParams({ from: '/inside/loads/$id' });
  const { data: run, error, refetch } = useQuery(loadRunQuery(id));
  const status = run?.status;

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !isTyping(event)) void navigate({ to: '/loads' });
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [navigate]);

  useEffect(() => {
    // What has been loaded is in every list now.
    if (status === 'done')
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'load-run' });
  }, [status]);

  return (
    <aside className="split-side" aria-label={t('loads.title')}>
      <header className="side-head">
        <div className="side-name">
          <h2 className="ellipsis">{run ? text(run.label) : ' '}</h2>
          {run && <p className="mono faint ellipsis">{run.folder}</p>}
        </div>
        {run && <WorkStatus status={run.status} />}
        <IconButton icon="close" label={t('common.close')} onClick={() => void navigate({ to: '/loads' })} />
      </header>
      {error && !run ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : run ? (
        <LoadContent run={run} />
      ) : (
        <Skeleton lines={8} />
      )}
    </aside>
  );
}

const WORKING = new Set(['queued', 'running', 'refreshing', 'withdrawing']);

function LoadContent({ run }: { run: LoadRun }) {
  const { t } = useTexts();
  const { files, rejected } = run;
  return (
    <>
      {WORKING.has(run.status) && <LiveProgress run={run} />}
      <RunNotices run={run} />
      {run.status === 'failed' && (
        <div className="side-part" data-part="failed">
          <Notice kind="danger">
            <strong>{t('loads.failedTitle')}</strong>
            <p>{run.error?.message}</p>
            <p className="quiet">{t('loads.nothingLoaded')}</p>
          </Notice>
        </div>
      )}
      {files.length > 0 && (
        <div className="figures">
          <KeyFigure label={t('loads.read')}>
            <Count value={total(files, 'read')} />
          </KeyFigure>
          <KeyFigure label={t(run.dry ? 'gateway.wouldInsert' : 'loads.inserted')}>
            <Count value={total(files, 'inserted')} />
          </KeyFigure>
          <KeyFigure label={t(run.dry ? 'gateway.wouldUpdate' : 'loads.updated')}>
            <Count value={total(files, 'updated')} />
          </KeyFigure>
          {total(files, 'corrected') > 0 && (
            <KeyFigure label={t('loads.corrected')}>
              <Count value={total(files, 'corrected')} />
            </KeyFigure>
          )}
          {!run.dry && (
            <KeyFigure label={t('loads.unchanged')}>
              <Count value={total(files, 'unchanged')} />
            </KeyFigure>
          )}
          <KeyFigure label={t('loads.rejected')}>
            <span className={rejected > 0 ? 'negative-text' : ''}>{formatCount(rejected)}</span>
          </KeyFigure>
        </div>
      )}
      <p className="side-facts">
        <span>
          {t('loads.startedAt')} <DateText value={run.startedAt} detail="second" />
        </span>
        <span>
          {t('loads.duration')} <Took run={run} />
        </span>
        {run.startedBy && (
          <span>
            {t('loads.startedBy')} {run.startedBy}
          </span>
        )}
        <span>
          {t('loads.date')} {run.date}
        </span>
      </p>
      {run.notes.map((note) => (
        <div key={note} className="side-part">
          <Notice kind="info">{note}</Notice>
        </div>
      ))}
      {run.reconciliation && <ReconciliationPanel run={run} reconciliation={run.reconciliation} />}
      {run.drift.length > 0 && <DriftPanel drift={run.drift} />}
      {files.length > 0 && <Files files={files} />}
      {(rejected > 0 || run.status === 'failed') && <Rejects run={run} count={rejected} />}
    </>
  );
}

function LiveProgress({ run }: { run: LoadRun }) {
  const { t, language } = useTexts();
  const mayRun = useMay('loads.run');
  const { progress } = run;
  const share = progress && progress.bytesTotal > 0 ? progress.bytesRead / progress.bytesTotal : null;
  const cancel = async () => {
    queryClient.setQueryData(loadRunQuery(run.id).queryKey, await post<LoadRun>(`/load-runs/${run.id}/cancel`));
  };
  const stoppable = run.status === 'queued' || run.status === 'running';
  return (
    <div className="side-part" role="status">
      <p className="live">
        <span className="ellipsis">
          {progress
            ? t(`gateway.phases.${progress.phase}`, { file: progress.file })
            : t(`loads.statuses.${run.status}`)}
          {run.attempts > 1 && <span className="faint"> · {t('gateway.attempt', { count: run.attempts })}</span>}
        </span>
        {share !== null && <strong>{Math.floor(share * 100)}%</strong>}
      </p>
      <Progress share={share} label={t('loads.title')} />
      {progress?.phase === 'refreshing' ? (
        <p className="live faint">{t('gateway.refreshed', { count: progress.rowsRead })}</p>
      ) : (
        progress && (
          <p className="live faint">
            <span>{t('loads.rowsRead', { rows: formatCount(progress.rowsRead) })}</span>
            {progress.bytesPerSecond !== null && (
              <span>{t('gateway.rate', { rate: formatBytes(progress.bytesPerSecond) })}</span>
            )}
            {progress.secondsLeft !== null && (
              <span>{t('gateway.eta', { time: formatDuration(progress.secondsLeft * 1_000, language) })}</span>
            )}
            <span>
              {formatBytes(progress.bytesRead)} / {formatBytes(progress.bytesTotal)}
            </span>
          </p>
        )
      )}
      {mayRun && stoppable && (
        <Button disabled={run.canceling} onClick={() => void cancel()}>
          {t(run.canceling ? 'gateway.canceling' : 'gateway.cancel')}
        </Button>
      )}
    </div>
  );
}

function Files({ files }: { files: LoadFile[] }) {
  const { t, text } = useTexts();
  const { entities } = useMetadata();
  const entityOf = (file: LoadFile) => entities.find((each) => each.code === file.entity);
  const figure = (
    code: 'read' | 'inserted' | 'updated' | 'corrected' | 'unchanged' | 'skipped',
  ): Column<NumberedFile> => ({
    code,
    label: t(`loads.${code}`),
    number: true,
    cell: ({ file }) => <Quiet value={file[code]} />,
  });
  const columns: Column<NumberedFile>[] = [
    {
      code: 'entity',
      label: t('loads.entity'),
      phone: 'title',
      cell: ({ file }) => {
        const entity = entityOf(file);
        return (
          <span className="load-file">
            {entity ? text(entity.label) : file.entity}
            <span className="mono faint">{file.file}</span>
          </span>
        );
      },
    },
    figure('read'),
    figure('inserted'),
    figure('updated'),
    ...(total(files, 'corrected') > 0 ? [figure('corrected')] : []),
    figure('unchanged'),
    ...(total(files, 'skipped') > 0 ? [figure('skipped')] : []),
    {
      code: 'rejected',
      label: t('loads.rejected'),
      number: true,
      cell: ({ file }) => (
        <span className={file.rejected > 0 ? 'negative-text' : 'faint'}>{formatCount(file.rejected)}</span>
      ),
    },
    {
      code: 'sums',
      label: t('loads.sums'),
      number: true,
      cell: ({ file }) =>
        Object.entries(file.sums).map(([code, sum]) => (
          <div key={code} className="load-sum">
            <span className="faint">{file.names[code]}</span>
            <Money value={sum} />
          </div>
        )),
    },
  ];
  return (
    <Panel title={t('loads.files')}>
      <div className="load-files-table">
        <Table
          label={t('loads.files')}
          columns={columns}
          rows={files.map((file, index) => ({ file, index }))}
          rowKey={({ index }) => String(index)}
        />
      </div>
    </Panel>
  );
}

/** One file may fill an entity in several steps, so only its place tells a line from the others. */
interface NumberedFile {
  file: LoadFile;
  index: number;
}

/** A nought says nothing happened: it stands back. */
function Quiet({ value }: { value: number }) {
  return <span className={value === 0 ? 'faint' : ''}>{formatCount(value)}</span>;
}

function Rejects({ run, count }: { run: LoadRun; count: number }) {
  const { t } = useTexts();
  const rejects = useInfiniteQuery(rejectsQuery(run.id));
  const rows = rejects.data?.pages.flatMap((page) => page.rows) ?? [];
  if (rejects.data && rows.length === 0) return null;
  const columns: Column<Reject>[] = [
    { code: 'file', label: t('loads.file'), cell: (reject) => <span className="mono">{reject.file}</span> },
    { code: 'line', label: t('loads.line'), number: true, cell: (reject) => formatCount(reject.line) },
    {
      code: 'reason',
      label: t('loads.reason'),
      phone: 'title',
      cell: (reject) => (
        <>
          {reject.field && <span className="badge reject-field">{reject.field}</span>}
          {reject.reason}
          <code className="reject-content">{reject.content}</code>
        </>
      ),
    },
  ];
  return (
    <Panel
      title={
        <>
          {t('loads.rejects')} {count > 0 && <span className="faint">{formatCount(count)}</span>}
        </>
      }
      actions={
        <>
          <a className="button button-plain" href={address(`/load-runs/${run.id}/rejects.csv`)} download>
            <Icon name="download" />
            <span>{t('loads.downloadRejects')}</span>
          </a>
          <MendButton run={run} />
        </>
      }
    >
      {rejects.error && rows.length === 0 ? (
        <ErrorState error={rejects.error} onRetry={() => void rejects.refetch()} />
      ) : !rejects.data ? (
        <Skeleton />
      ) : (
        <>
          <Table
            label={t('loads.rejects')}
            columns={columns}
            rows={rows}
            rowKey={(reject) => `${reject.file} ${reject.line} ${reject.field}`}
          />
          {rejects.hasNextPage && (
            <p className="side-more">
              <Button busy={rejects.isFetchingNextPage} onClick={() => void rejects.fetchNextPage()}>
                {t('common.more')}
              </Button>
            </p>
          )}
        </>
      )}
    </Panel>
  );
}

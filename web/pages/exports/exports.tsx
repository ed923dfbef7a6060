import { useQuery, useQueryClient } from '@tanstack/react-query';
import { formatBytes } from '#kernel';
import { cancelExport, type Export, exportFile, exportsQuery } from '../../api/disclosure.ts';
import { stateColours, useRequestWords } from '../../disclosure/words.ts';
import {
  Badge,
  Button,
  type Column,
  Count,
  DateText,
  Empty,
  ErrorState,
  Icon,
  PageHead,
  Skeleton,
  Table,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import '../../disclosure/disclosure.css';

/** The reader's own exports: what became of them, and the files while they are there. */
export function Exports() {
  const { t } = useTexts();
  const words = useRequestWords();
  const errorText = useErrorText();
  const client = useQueryClient();
  const exports = useQuery(exportsQuery);
  const refresh = () => client.invalidateQueries({ queryKey: exportsQuery.queryKey });
  const cancel = (one: Export) =>
    cancelExport(one.id).then(refresh, (error: unknown) => toast(errorText(error), 'problem'));
  const columns: Column<Export>[] = [
    {
      code: 'file',
      label: t('disclosure.file'),
      phone: 'title',
      cell: (one) => (
        <span title={words.columns(one)}>
          {words.entityName(one.entity)} <span className="faint">{one.format.toUpperCase()}</span>
        </span>
      ),
    },
    {
      code: 'state',
      label: t('disclosure.status'),
      cell: (one) => (
        <Badge colour={stateColours[one.state]} title={one.error ?? ''}>
          {t(`disclosure.states.${one.state}`)}
        </Badge>
      ),
    },
    { code: 'purpose', label: t('disclosure.purpose'), cell: (one) => words.purpose(one.purpose), phone: 'hide' },
    {
      code: 'requestedAt',
      label: t('disclosure.requestedAt'),
      phone: 'hide',
      cell: (one) => <DateText value={one.requestedAt} />,
    },
    {
      code: 'rows',
      label: t('disclosure.rows'),
      number: true,
      cell: (one) => (
        <span title={one.bytes === null ? undefined : formatBytes(one.bytes)}>
          <Count value={one.rows ?? one.rowsExpected} />
        </span>
      ),
    },
    {
      code: 'downloads',
      label: t('disclosure.downloads'),
      number: true,
      cell: (one) => <Count value={one.downloads} />,
    },
    {
      code: 'expiresAt',
      label: t('disclosure.expiresAt'),
      cell: (one) =>
        one.state === 'done' ? <DateText value={one.expiresAt} /> : <span className="faint">{t('common.none')}</span>,
    },
    {
      code: 'actions',
      label: '',
      cell: (one) => (
        <span className="request-actions">
          {one.state === 'done' && (
            <a
              href={exportFile(one.id)}
              className="button button-primary"
              download
              onClick={() => setTimeout(() => void refresh(), 1_000)}
            >
              <Icon name="download" />
              <span>{t('disclosure.download')}</span>
            </a>
          )}
          {['requested', 'queued', 'running', 'done'].includes(one.state) && (
            <Button look="quiet" onClick={() => void cancel(one)}>
              {one.state === 'done' ? t('disclosure.deleteFile') : t('disclosure.cancel')}
            </Button>
          )}
          {one.error && <span className="negative-text">{one.error}</span>}
        </span>
      ),
    },
  ];
  return (
    <div className="page">
      <PageHead title={t('disclosure.myExports')} hint={t('disclosure.myExportsHint')} />
      {exports.error && !exports.data ? (
        <ErrorState error={exports.error} onRetry={() => void exports.refetch()} />
      ) : !exports.data ? (
        <Skeleton lines={6} />
      ) : exports.data.rows.length === 0 ? (
        <Empty icon="download" title={t('disclosure.exportsEmpty')} hint={t('disclosure.exportsEmptyHint')} />
      ) : (
        <Table label={t('disclosure.myExports')} columns={columns} rows={exports.data.rows} rowKey={(one) => one.id} />
      )}
    </div>
  );
}

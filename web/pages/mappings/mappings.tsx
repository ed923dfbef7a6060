import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { loadMappingsQuery } from '../../api/queries.ts';
import type { LoadMapping } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { Badge, Button, type Column, Empty, ErrorState, PageHead, Skeleton, Table } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** Every mapping, saved here or lying in files, and the way to make one. */
export function Mappings() {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const mayEdit = useMay('mappings.edit');
  const mappings = useQuery(loadMappingsQuery);
  const open = (code: string) => void navigate({ to: '/mappings/$code', params: { code } });
  const make = mayEdit && (
    <Button look="primary" icon="add" onClick={() => open('new')}>
      {t('gateway.newMapping')}
    </Button>
  );
  const columns: Column<LoadMapping>[] = [
    { code: 'label', label: t('loads.mapping'), phone: 'title', cell: ({ label }) => text(label) },
    { code: 'code', label: t('gateway.code'), cell: ({ code }) => <span className="mono">{code}</span> },
    {
      code: 'files',
      label: t('loads.files'),
      phone: 'hide',
      cell: ({ files }) => (
        <span className="mono faint ellipsis">
          {[...new Set(files.map(({ file }) => file))].slice(0, 4).join(', ')}
        </span>
      ),
    },
    {
      code: 'version',
      label: t('gateway.version'),
      cell: ({ version }) =>
        version === 0 ? <Badge>{t('gateway.fromFile')}</Badge> : <span className="mono">{version}</span>,
    },
  ];
  return (
    <div className="split-main">
      <PageHead title={t('gateway.mappings')} hint={t('gateway.mappingsHint')}>
        <Button onClick={() => void navigate({ to: '/loads' })}>{t('loads.title')}</Button>
        {make}
      </PageHead>
      {mappings.error && !mappings.data ? (
        <ErrorState error={mappings.error} onRetry={() => void mappings.refetch()} />
      ) : !mappings.data ? (
        <Skeleton lines={6} />
      ) : mappings.data.length === 0 ? (
        <Empty icon="columns" title={t('loads.noMappings')} hint={t('gateway.mappingsHint')} action={make} />
      ) : (
        <Table
          label={t('gateway.mappings')}
          columns={columns}
          rows={mappings.data}
          rowKey={({ code }) => code}
          onOpen={({ code }) => open(code)}
        />
      )}
    </div>
  );
}

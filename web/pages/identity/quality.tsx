import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEntityByCode } from '../../api/hooks.ts';
import { qualityQuery, qualityRowsQuery } from '../../api/identity.ts';
import type { Row } from '../../api/types.ts';
import { Button, type Column, Empty, ErrorState, Notice, PageHead, Skeleton, Table } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';
import './identity.css';

/** Customers whose data seldom are right, by rule, within the reader's reach. */
export function Quality() {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const { rule } = useSearch({ from: '/inside/quality' });
  const counts = useQuery(qualityQuery);
  const chosen = counts.data?.find(({ code }) => code === rule) ?? counts.data?.find(({ count }) => count > 0);
  return (
    <div className="page">
      <PageHead title={t('quality.title')} hint={t('quality.hint')} />
      {counts.error && !counts.data ? (
        <ErrorState error={counts.error} onRetry={() => void counts.refetch()} />
      ) : !counts.data ? (
        <Skeleton lines={6} />
      ) : counts.data.length === 0 ? (
        <Empty icon="check" title={t('quality.noRules')} />
      ) : (
        <>
          <div className="quality-rules">
            {counts.data.map(({ code, label, count, capped }) => (
              <Button
                key={code}
                look={code === chosen?.code ? 'primary' : 'plain'}
                onClick={() => void navigate({ to: '/quality', search: { rule: code }, replace: true })}
              >
                {`${text(label)} ${count}${capped ? '+' : ''}`}
              </Button>
            ))}
          </div>
          {chosen ? (
            <>
              <Notice kind="info">{text(chosen.message)}</Notice>
              <Customers rule={chosen.code} />
            </>
          ) : (
            <Empty icon="check" title={t('quality.none')} />
          )}
        </>
      )}
    </div>
  );
}

function Customers({ rule }: { rule: string }) {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const customer = useEntityByCode('customer');
  const rows = useQuery(qualityRowsQuery(rule));
  if (rows.error && !rows.data) return <ErrorState error={rows.error} onRetry={() => void rows.refetch()} />;
  if (!rows.data || !customer) return <Skeleton lines={6} />;
  if (rows.data.length === 0) return <Empty icon="check" title={t('quality.none')} />;
  const shown = customer.fields.filter(({ code }) => code in rows.data[0]!);
  const columns: Column<Row>[] = shown.map((field) => ({
    code: field.code,
    label: text(field.label),
    ...(field.code === customer.title ? { phone: 'title' as const } : {}),
    cell: (row) => <Cell field={field} value={row[field.code]} />,
  }));
  return (
    <Table
      label={t('quality.title')}
      columns={columns}
      rows={rows.data}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: '/customers/$id', params: { id: row.id } })}
    />
  );
}

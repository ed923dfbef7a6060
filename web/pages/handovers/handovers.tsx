import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { formatCount } from '#kernel';
import { type Handover, handoversQuery } from '../../api/governance.ts';
import { useMay } from '../../app/permissions.ts';
import { Button, type Column, DateText, Empty, ErrorState, Money, PageHead, Skeleton, Table } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { HandoverForm } from './handover-form.tsx';
import './handovers.css';

/** Books handed over, by whom, from whom to whom and why; and the way to hand one over. */
export function Handovers() {
  const { t, language } = useTexts();
  const navigate = useNavigate();
  const { from, start } = useSearch({ from: '/inside/handovers' });
  const mayRun = useMay('handovers.run');
  const past = useQuery({ ...handoversQuery, enabled: mayRun });
  if (!mayRun) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  const open = start === 'yes' || from !== undefined;
  const columns: Column<Handover>[] = [
    { code: 'at', label: t('governance.handovers.at'), cell: (row) => <DateText value={row.at} /> },
    { code: 'from', label: t('governance.handovers.from'), phone: 'title', cell: (row) => row.from.label },
    {
      code: 'to',
      label: t('governance.handovers.to'),
      cell: (row) =>
        row.receivers
          .map(({ user, customers }) => `${user.label} ${formatCount(customers)}`)
          .join(language === 'zh' ? '、' : ', '),
    },
    {
      code: 'customers',
      label: t('governance.handovers.customers'),
      number: true,
      cell: (row) => formatCount(row.customers),
    },
    { code: 'aum', label: t('governance.handovers.aum'), number: true, cell: (row) => <Money value={row.aum} /> },
    { code: 'tasks', label: t('governance.handovers.tasks'), number: true, cell: (row) => formatCount(row.tasks) },
    { code: 'reason', label: t('governance.handovers.reason'), cell: (row) => row.reason },
    { code: 'by', label: t('governance.handovers.by'), cell: (row) => row.by.label },
  ];
  return (
    <>
      <PageHead title={t('governance.handovers.title')} hint={t('governance.handovers.hint')}>
        {!open && (
          <Button look="primary" onClick={() => void navigate({ to: '/handovers', search: { start: 'yes' } })}>
            {t('governance.handovers.start')}
          </Button>
        )}
      </PageHead>
      {open && <HandoverForm from={from} onClose={() => void navigate({ to: '/handovers' })} />}
      {past.error && !past.data ? (
        <ErrorState error={past.error} onRetry={() => void past.refetch()} />
      ) : !past.data ? (
        <Skeleton />
      ) : past.data.length === 0 ? (
        !open && <Empty icon="team" title={t('governance.handovers.none')} />
      ) : (
        <div className="handover-past">
          <h2>{t('governance.handovers.past')}</h2>
          <Table label={t('governance.handovers.past')} columns={columns} rows={past.data} rowKey={(row) => row.id} />
        </div>
      )}
    </>
  );
}

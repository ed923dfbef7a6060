import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type OutboxStatus, type Outgoing, outboxQuery, outboxStatuses, sendAgain } from '../../api/outbox.ts';
import { queryClient } from '../../api/queries.ts';
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
  Tabs,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { Targets } from './targets.tsx';

/** What leaves the program by itself: what waits, what was sent, what failed and why; and where it may go. */
export function Outbox() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { status } = useSearch({ from: '/inside/outbox' });
  const chosen = outboxStatuses.find((each) => each === status) ?? 'waiting';
  const { data, error, refetch } = useQuery(outboxQuery(chosen));
  return (
    <div className="page">
      <PageHead title={t('outbox.title')} hint={t('outbox.hint')} />
      <Tabs<OutboxStatus>
        label={t('outbox.title')}
        tabs={outboxStatuses.map((code) => ({
          code,
          label: t(`outbox.statuses.${code}`),
          count: data?.counts[code],
        }))}
        value={chosen}
        onChange={(code) => void navigate({ to: '/outbox', search: { status: code }, replace: true })}
      >
        {error && !data ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <Skeleton lines={4} />
        ) : data.items.length === 0 ? (
          <Empty icon="load" title={t(`outbox.none.${chosen}`)} />
        ) : (
          <Entries status={chosen} rows={data.items} />
        )}
      </Tabs>
      <Panel title={t('outbox.targets')}>
        <Targets />
      </Panel>
    </div>
  );
}

function Entries({ status, rows }: { status: OutboxStatus; rows: Outgoing[] }) {
  const { t } = useTexts();
  const errorText = useErrorText();
  const mayManage = useMay('outbox.manage');
  const again = async (id: string) => {
    try {
      await sendAgain(id);
      toast(t('outbox.sentAgain'));
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    await queryClient.invalidateQueries({ queryKey: ['outbox'] });
  };
  const channels = ['sms', 'email', 'wechat', 'app'] as const;
  const targetName = ({ kind, target }: Outgoing) => {
    const channel = channels.find((each) => each === target);
    return kind === 'message' && channel ? t(`outbox.channels.${channel}`) : target;
  };
  const columns: Column<Outgoing>[] = [
    { code: 'target', label: t('outbox.target'), cell: targetName, phone: 'title' },
    { code: 'kind', label: t('outbox.kind'), cell: ({ kind }) => t(`outbox.kinds.${kind}`) },
    { code: 'rule', label: t('outbox.rule'), cell: ({ rule }) => <span className="mono">{rule ?? '—'}</span> },
    { code: 'at', label: t('outbox.at'), cell: ({ at }) => <DateText value={at} detail="second" /> },
    status === 'waiting'
      ? {
          code: 'next',
          label: t('outbox.next'),
          cell: ({ kind, notBefore }) =>
            kind === 'message' ? t('outbox.channelWaits') : <DateText value={notBefore} detail="second" />,
        }
      : {
          code: 'done',
          label: t('outbox.done'),
          cell: ({ doneAt }) => (doneAt === null ? '—' : <DateText value={doneAt} detail="second" />),
        },
    { code: 'tries', label: t('outbox.tries'), number: true, cell: ({ tries }) => <Count value={tries} /> },
    ...(status === 'sent'
      ? []
      : [{ code: 'reason', label: t('outbox.reason'), cell: ({ error }: Outgoing) => error ?? '—' }]),
    ...(status === 'dead' && mayManage
      ? [
          {
            code: 'again',
            label: '',
            name: t('outbox.sendAgain'),
            cell: ({ id }: Outgoing) => <Button onClick={() => void again(id)}>{t('outbox.sendAgain')}</Button>,
          },
        ]
      : []),
  ];
  return <Table label={t('outbox.title')} columns={columns} rows={rows} rowKey={({ id }) => id} />;
}

import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import {
  type OutboxStatus,
  type Outgoing,
  outboxQuery,
  outboxStatuses,
  sendAgain,
  targetsQuery,
} from '../../api/outbox.ts';
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
  Skeleton,
  Table,
  Tabs,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { RuleName } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Targets } from './targets.tsx';

const TARGETS = 'targets';

/** What leaves the program by itself: what waits, what was sent, what failed and why; and where it may go. */
export function Outbox() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { status } = useSearch({ from: '/inside/outbox' });
  const shown = outboxStatuses.find((each) => each === status) ?? 'waiting';
  const chosen = status === TARGETS ? TARGETS : shown;
  const { data, error, refetch } = useQuery(outboxQuery(shown));
  const { data: targets } = useQuery(targetsQuery);
  return (
    <div className="page outbox">
      <PageHead title={t('outbox.title')} hint={t('outbox.hint')} />
      <Tabs<OutboxStatus | typeof TARGETS>
        label={t('outbox.title')}
        tabs={[
          ...outboxStatuses.map((code) => ({
            code,
            label: t(`outbox.statuses.${code}`),
            count: data?.counts[code],
          })),
          { code: TARGETS, label: t('outbox.targets'), count: targets?.length },
        ]}
        value={chosen}
        onChange={(code) => void navigate({ to: '/outbox', search: { status: code }, replace: true })}
      >
        {chosen === TARGETS ? (
          <Targets />
        ) : error && !data ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <Skeleton lines={4} />
        ) : data.items.length === 0 ? (
          <Empty icon="load" title={t(`outbox.none.${shown}`)} />
        ) : (
          <Entries status={shown} rows={data.items} />
        )}
      </Tabs>
    </div>
  );
}

function Entries({ status, rows }: { status: OutboxStatus; rows: Outgoing[] }) {
  const { t, text } = useTexts();
  const errorText = useErrorText();
  const mayManage = useMay('outbox.manage');
  const { data: targets } = useQuery(targetsQuery);
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
    if (kind === 'message') return channel ? t(`outbox.channels.${channel}`) : target;
    return text(targets?.find(({ code }) => code === target)?.label ?? target);
  };
  const columns: Column<Outgoing>[] = [
    { code: 'target', label: t('outbox.target'), cell: targetName, phone: 'title' },
    { code: 'kind', label: t('outbox.kind'), cell: ({ kind }) => t(`outbox.kinds.${kind}`) },
    { code: 'rule', label: t('outbox.rule'), cell: ({ rule }) => (rule === null ? '—' : <RuleName code={rule} />) },
    { code: 'at', label: t('outbox.at'), cell: ({ at }) => <DateText value={at} />, phone: 'hide' },
    status === 'waiting'
      ? {
          code: 'next',
          label: t('outbox.next'),
          cell: ({ kind, notBefore }) =>
            kind === 'message' ? t('outbox.channelWaits') : <DateText value={notBefore} />,
        }
      : {
          code: 'done',
          label: t('outbox.done'),
          cell: ({ doneAt }) => (doneAt === null ? '—' : <DateText value={doneAt} />),
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
            cell: ({ id }: Outgoing) => <Button onClick={() => void again(id)}>{t('outbox.sendAgain')}</Button>,
          },
        ]
      : []),
  ];
  return <Table label={t('outbox.title')} columns={columns} rows={rows} rowKey={({ id }) => id} />;
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { renewSecret, sendAllAgain, type Target, targetsQuery, testTarget } from '../../api/outbox.ts';
import { queryClient } from '../../api/queries.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Badge,
  Button,
  type Column,
  Confirm,
  DateText,
  ErrorState,
  IconButton,
  Menu,
  Skeleton,
  Table,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';
import { SecretDialog, TargetForm } from './target-form.tsx';
import './outbox.css';

/** The addresses to which rules may send, and to no other. */
export function Targets() {
  const { t, text } = useTexts();
  const errorText = useErrorText();
  const mayManage = useMay('outbox.manage');
  const { data, error, refetch } = useQuery(targetsQuery);
  const [editing, setEditing] = useState<Target | 'new'>();
  const [renewing, setRenewing] = useState<Target>();
  const [secret, setSecret] = useState<string>();

  const act = async (work: () => Promise<string | undefined>) => {
    try {
      const said = await work();
      if (said) toast(said);
    } catch (failure) {
      toast(errorText(failure), 'problem');
    }
    await queryClient.invalidateQueries({ queryKey: ['outbox'] });
    await refetch();
  };
  const renew = (target: Target) => {
    setRenewing(undefined);
    void act(async () => {
      setSecret((await renewSecret(target.code)).secret);
      return undefined;
    });
  };
  const test = ({ code }: Target) => act(async () => t('outbox.tested', { ...(await testTarget(code)) }));
  const sendAll = ({ code }: Target) =>
    act(async () => t('outbox.sentAll', { count: (await sendAllAgain(code)).count }));

  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={2} />;
  const columns: Column<Target>[] = [
    {
      code: 'label',
      label: t('outbox.target'),
      phone: 'title',
      cell: ({ label, active }) => (
        <>
          {text(label)} {!active && <Badge>{t('outbox.inactive')}</Badge>}
        </>
      ),
    },
    { code: 'code', label: t('outbox.code'), cell: ({ code }) => <span className="mono">{code}</span> },
    {
      code: 'url',
      label: t('outbox.url'),
      cell: ({ url, internal, figures }) => (
        <>
          <span className="mono outbox-url">{url}</span>{' '}
          {internal && <Badge colour="blue">{t('outbox.internal')}</Badge>}{' '}
          {figures && <Badge colour="amber">{t('outbox.figures')}</Badge>}
        </>
      ),
    },
    {
      code: 'changed',
      label: t('outbox.changedBy'),
      cell: ({ updatedAt, updatedBy }) => (
        <>
          {updatedBy ?? '—'} <DateText value={updatedAt} />
        </>
      ),
    },
    ...(mayManage
      ? [
          {
            code: 'acts',
            label: '',
            name: t('common.more'),
            cell: (target: Target) => (
              <Menu
                label={`${t('common.more')} ${text(target.label)}`}
                align="end"
                items={[
                  { code: 'edit', label: t('common.edit'), icon: 'edit', onSelect: () => setEditing(target) },
                  { code: 'test', label: t('outbox.test'), icon: 'play', onSelect: () => void test(target) },
                  { code: 'all', label: t('outbox.sendAll'), icon: 'refresh', onSelect: () => void sendAll(target) },
                  { code: 'renew', label: t('outbox.renew'), icon: 'key', onSelect: () => setRenewing(target) },
                ]}
                trigger={(props) => (
                  <IconButton {...props} icon="more" label={`${t('common.more')} ${text(target.label)}`} />
                )}
              />
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <div className="outbox-head">
        <p className="quiet">{t('outbox.targetsHint')}</p>
        {mayManage && (
          <Button icon="add" look="primary" onClick={() => setEditing('new')}>
            {t('outbox.newTarget')}
          </Button>
        )}
      </div>
      {data.length === 0 ? (
        <p className="quiet outbox-none">{t('outbox.noTargets')}</p>
      ) : (
        <Table label={t('outbox.targets')} columns={columns} rows={data} rowKey={({ code }) => code} />
      )}
      {editing && (
        <TargetForm
          target={editing === 'new' ? undefined : editing}
          onClose={(made) => {
            setEditing(undefined);
            if (made) setSecret(made);
            void refetch();
          }}
        />
      )}
      {renewing && (
        <Confirm
          title={t('outbox.renew')}
          text={t('outbox.renewText')}
          yes={t('outbox.renew')}
          danger
          onNo={() => setRenewing(undefined)}
          onYes={() => renew(renewing)}
        />
      )}
      {secret && <SecretDialog secret={secret} onClose={() => setSecret(undefined)} />}
    </>
  );
}

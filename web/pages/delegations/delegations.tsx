import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { dateIn } from '#kernel';
import { get, patch } from '../../api/client.ts';
import { dutiesQuery } from '../../api/governance.ts';
import { useEntityByCode, useInstitution, useSession } from '../../api/hooks.ts';
import { listQuery } from '../../api/queries.ts';
import type { Entity, Row } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Badge,
  Button,
  type Column,
  Confirm,
  Dialog,
  Empty,
  ErrorState,
  PageHead,
  Skeleton,
  Table,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { RecordForm } from '../../records/form.tsx';
import { isReference } from '../../records/reference.ts';
import { useTexts } from '../../texts/texts.ts';

const labelOf = (row: Row, field: string): string => {
  const value = row[field];
  return value !== undefined && isReference(value) ? value.label : '';
};
const idOf = (row: Row, field: string): string => {
  const value = row[field];
  return value !== undefined && isReference(value) ? value.id : '';
};

/** One's own absences and those of one's people: who stands in, until when, and the way to end it at once. */
export function Delegations() {
  const { t } = useTexts();
  const entity = useEntityByCode('delegation');
  if (!entity?.access.read) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  return <Page entity={entity} />;
}

function Page({ entity }: { entity: Entity }) {
  const { t } = useTexts();
  const { user } = useSession();
  const manages = useMay('delegations.manage');
  const [creating, setCreating] = useState<'own' | 'others'>();
  const list = useInfiniteQuery(
    listQuery(entity.plural, {
      columns: ['from_user', 'to_user', 'starts_on', 'ends_on', 'reason', 'revoked'],
      sort: '-starts_on',
    }),
  );
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const own = rows.filter((row) => idOf(row, 'from_user') === user.id || idOf(row, 'to_user') === user.id);
  const others = rows.filter((row) => !own.includes(row));
  const create = entity.access.create && (
    <Button look="primary" icon="add" onClick={() => setCreating('own')}>
      {t('governance.delegations.create')}
    </Button>
  );
  return (
    <>
      <PageHead title={t('governance.delegations.title')} hint={t('governance.delegations.hint')}>
        {manages && entity.access.create && (
          <Button onClick={() => setCreating('others')}>{t('governance.delegations.createOthers')}</Button>
        )}
        {create}
      </PageHead>
      {list.error && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <Skeleton lines={6} />
      ) : rows.length === 0 ? (
        <Empty
          icon="team"
          title={t('governance.delegations.empty')}
          hint={t('governance.delegations.emptyHint')}
          action={create}
        />
      ) : (
        <>
          {own.length > 0 && <Lines label={t('governance.delegations.own')} entity={entity} rows={own} />}
          {others.length > 0 && (
            <>
              <h2 className="delegations-others">{t('governance.delegations.people')}</h2>
              <Lines label={t('governance.delegations.people')} entity={entity} rows={others} />
            </>
          )}
          {list.hasNextPage && (
            <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('common.more')}
            </Button>
          )}
        </>
      )}
      {creating && <Create entity={entity} others={creating === 'others'} onClose={() => setCreating(undefined)} />}
    </>
  );
}

function Create({ entity, others, onClose }: { entity: Entity; others: boolean; onClose: () => void }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const { user } = useSession();
  const { zone } = useInstitution();
  // Whoever makes a delegation sets neither its end by hand nor, for himself, whose it is.
  const hidden = new Set(others ? ['revoked'] : ['revoked', 'from_user']);
  const form: Entity = { ...entity, fields: entity.fields.filter(({ code }) => !hidden.has(code)) };
  const today = dateIn(zone, new Date());
  return (
    <Dialog
      shape="drawer"
      title={t(others ? 'governance.delegations.createOthers' : 'governance.delegations.create')}
      onClose={onClose}
    >
      <div className="drawer-form">
        <RecordForm
          entity={form}
          initial={{ starts_on: today, ...(others ? {} : { from_user: { id: user.id, label: user.name } }) }}
          onDone={() => {
            void queries.invalidateQueries({ queryKey: dutiesQuery.queryKey });
            onClose();
          }}
          onCancel={onClose}
        />
      </div>
    </Dialog>
  );
}

type State = 'now' | 'later' | 'over' | 'revoked';
const colours = { now: 'green', later: 'blue', over: 'grey', revoked: 'grey' } as const;

/** Where a delegation stands on a day. */
function stateOf(row: Row, today: string): State {
  if (row.revoked === true) return 'revoked';
  if (String(row.starts_on) > today) return 'later';
  return String(row.ends_on) < today ? 'over' : 'now';
}

function Lines({ label, entity, rows }: { label: string; entity: Entity; rows: Row[] }) {
  const { t } = useTexts();
  const { zone } = useInstitution();
  const { user } = useSession();
  const manages = useMay('delegations.manage');
  const queries = useQueryClient();
  const errorText = useErrorText();
  const [ending, setEnding] = useState<Row>();
  const today = dateIn(zone, new Date());
  const revoke = async (row: Row) => {
    setEnding(undefined);
    try {
      const { version } = await get<Row>(`/${entity.plural}/${row.id}`);
      await patch<Row>(`/${entity.plural}/${row.id}`, { version, revoked: true });
      toast(t('governance.delegations.revokeDone'));
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === entity.plural });
    void queries.invalidateQueries({ queryKey: dutiesQuery.queryKey });
  };
  const columns: Column<Row>[] = [
    { code: 'from', label: t('governance.delegations.from'), cell: (row) => labelOf(row, 'from_user') },
    { code: 'to', label: t('governance.delegations.to'), phone: 'title', cell: (row) => labelOf(row, 'to_user') },
    {
      code: 'days',
      label: t('governance.delegations.days'),
      cell: (row) => `${String(row.starts_on)} – ${String(row.ends_on)}`,
    },
    { code: 'reason', label: t('governance.delegations.reason'), cell: (row) => String(row.reason ?? '') },
    {
      code: 'state',
      label: t('governance.delegations.state'),
      cell: (row) => {
        const state = stateOf(row, today);
        return <Badge colour={colours[state]}>{t(`governance.delegations.${state}`)}</Badge>;
      },
    },
    {
      code: 'act',
      label: '',
      cell: (row) => {
        const state = stateOf(row, today);
        const mine = idOf(row, 'from_user') === user.id || manages;
        return entity.access.update && mine && (state === 'now' || state === 'later') ? (
          <Button onClick={() => setEnding(row)}>{t('governance.delegations.revoke')}</Button>
        ) : null;
      },
    },
  ];
  return (
    <>
      <Table label={label} columns={columns} rows={rows} rowKey={(row) => row.id} />
      {ending && (
        <Confirm
          title={t('governance.delegations.revoke')}
          text={t('governance.delegations.revokeText', { name: labelOf(ending, 'to_user') })}
          yes={t('governance.delegations.revoke')}
          danger
          onYes={() => void revoke(ending)}
          onNo={() => setEnding(undefined)}
        />
      )}
    </>
  );
}

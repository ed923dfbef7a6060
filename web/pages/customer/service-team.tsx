import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { addDays, dateIn } from '#kernel';
import { get, patch } from '../../api/client.ts';
import { type Profile, profileQuery } from '../../api/customer.ts';
import { fieldOf, useEntityByCode, useInstitution } from '../../api/hooks.ts';
import { listQuery } from '../../api/queries.ts';
import type { Row } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { Button, Confirm, Dialog, Switch, toast, useErrorText } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { RecordForm } from '../../records/form.tsx';
import { isReference } from '../../records/reference.ts';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing } from './block.tsx';

/** Who serves the customer beside his manager, and whether he is walled off from everybody else. */
export function ServiceTeam({ customer, profile }: { customer: string; profile: Profile }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const { zone } = useInstitution();
  const entity = useEntityByCode('customer_member');
  const mayExplain = useMay('access.explain');
  const [open, setOpen] = useState<'add' | Row>();
  const list = useInfiniteQuery({
    ...listQuery(entity?.plural ?? '', {
      filter: [`customer:eq:${customer}`],
      columns: ['customer', 'user', 'role', 'starts_on', 'ends_on'],
    }),
    enabled: entity?.access.read === true,
  });
  if (!entity?.access.read) return null;
  const today = dateIn(zone, new Date());
  const rows = (list.data?.pages.flatMap((page) => page.rows) ?? []).filter(
    (row) => typeof row.ends_on !== 'string' || row.ends_on >= today,
  );
  const role = fieldOf(entity, 'role');
  const nameOf = (row: Row) => (row.user && isReference(row.user) ? row.user.label : '');
  const renew = () => void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === entity.plural });
  const end = async (row: Row) => {
    setOpen(undefined);
    try {
      const { version } = await get<Row>(`/${entity.plural}/${row.id}`);
      await patch<Row>(`/${entity.plural}/${row.id}`, {
        version,
        // Yesterday was the last day; who came today only has never been in force.
        ends_on: addDays(today, -1),
        ...(String(row.starts_on) >= today ? { starts_on: addDays(today, -1) } : {}),
      });
      toast(t('governance.team.ended'));
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    renew();
  };
  return (
    <Block
      title={t('governance.team.title')}
      count={rows.length}
      actions={
        <>
          {mayExplain && (
            <Link
              to="/access/explain"
              search={{ entity: 'customer', record: customer }}
              className="button button-quiet"
            >
              {t('governance.explain.link')}
            </Link>
          )}
          <Button
            icon="add"
            reason={entity.access.create ? undefined : t('governance.team.denied')}
            onClick={() => setOpen('add')}
          >
            {t('governance.team.add')}
          </Button>
        </>
      }
    >
      {rows.length === 0 ? (
        <Nothing>{t('governance.team.none')}</Nothing>
      ) : (
        <ul className="service-team">
          {rows.map((row) => (
            <li key={row.id}>
              <span>{nameOf(row)}</span>
              <span>{role && <Cell field={role} value={row.role} />}</span>
              <span className="faint">
                {typeof row.ends_on === 'string'
                  ? t('governance.posts.until', { date: row.ends_on })
                  : t('governance.posts.open')}
              </span>
              {entity.access.update && (
                <Button look="quiet" onClick={() => setOpen(row)}>
                  {t('governance.team.end')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <Wall customer={customer} profile={profile} />
      {open === 'add' && (
        <Dialog shape="drawer" title={t('governance.team.addTitle')} onClose={() => setOpen(undefined)}>
          <div className="drawer-form">
            <RecordForm
              entity={entity}
              initial={{
                customer: { id: customer, label: String(profile.customer.name ?? customer) },
                starts_on: today,
              }}
              onDone={() => {
                renew();
                setOpen(undefined);
              }}
              onCancel={() => setOpen(undefined)}
            />
          </div>
        </Dialog>
      )}
      {typeof open === 'object' && (
        <Confirm
          title={t('governance.team.end')}
          text={t('governance.team.endText', { name: nameOf(open) })}
          yes={t('governance.team.end')}
          danger
          onYes={() => void end(open)}
          onNo={() => setOpen(undefined)}
        />
      )}
    </Block>
  );
}

function Wall({ customer, profile }: { customer: string; profile: Profile }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const errorText = useErrorText();
  const entity = useEntityByCode('customer');
  const field = entity && fieldOf(entity, 'walled');
  const [asking, setAsking] = useState(false);
  if (!entity || !field) return null;
  const walled = profile.customer.walled === true;
  const may = entity.access.update && field.access.edit;
  const change = async (next: boolean) => {
    setAsking(false);
    try {
      await patch<Row>(`/customers/${customer}`, { version: profile.customer.version, walled: next });
    } catch (error) {
      toast(errorText(error), 'problem');
    }
    void queries.invalidateQueries({ queryKey: profileQuery(customer).queryKey });
  };
  return (
    <div className="wall" title={may ? undefined : t('governance.team.denied')}>
      <Switch
        label={t('governance.team.walled')}
        checked={walled}
        disabled={!may}
        onChange={(next) => (next ? setAsking(true) : void change(false))}
      />
      <p className="faint">{t(walled ? 'governance.team.walledOn' : 'governance.team.walledOff')}</p>
      {asking && (
        <Confirm
          title={t('governance.team.wallConfirm')}
          text={t('governance.team.wallConfirmText')}
          yes={t('governance.team.wallTurnOn')}
          onYes={() => void change(true)}
          onNo={() => setAsking(false)}
        />
      )}
    </div>
  );
}

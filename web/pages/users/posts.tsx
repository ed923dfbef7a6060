import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { dateIn } from '#kernel';
import { useEntityByCode, useInstitution } from '../../api/hooks.ts';
import { listQuery, recordQuery } from '../../api/queries.ts';
import type { Entity, Row } from '../../api/types.ts';
import { useMay } from '../../app/permissions.ts';
import { Badge, Button, Dialog, Skeleton } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { RecordForm } from '../../records/form.tsx';
import { isReference } from '../../records/reference.ts';
import { useTexts } from '../../texts/texts.ts';
import './posts.css';

/** The main post, the others with their days, and who stands in for whom; each who may not change it learns who may. */
export function Posts({ user }: { user: Row }) {
  const { t } = useTexts();
  const users = useEntityByCode('user');
  const posts = useEntityByCode('post');
  const delegations = useEntityByCode('delegation');
  const mayExplain = useMay('access.explain');
  const [open, setOpen] = useState<'assign' | 'add' | Row>();
  const roles = users?.fields.find(({ code }) => code === 'roles');
  if (!users || !posts || !roles) return null;
  const name = String(user.name ?? '');
  const assigns = roles.access.edit && users.access.update;
  const onlySecurity = t('governance.posts.securityOnly');
  const unit = user.org_unit;
  const close = () => setOpen(undefined);
  return (
    <section className="posts" aria-label={t('governance.posts.title')}>
      <header>
        <h3>{t('governance.posts.title')}</h3>
        <Button reason={assigns ? undefined : onlySecurity} onClick={() => setOpen('assign')}>
          {t('governance.posts.assign')}
        </Button>
        <Button reason={posts.access.create ? undefined : onlySecurity} onClick={() => setOpen('add')}>
          {t('governance.posts.add')}
        </Button>
        {mayExplain && (
          <Link to="/access/view-as" search={{ user: user.id }} className="button button-quiet">
            {t('governance.posts.explain')}
          </Link>
        )}
      </header>
      <ul>
        <li>
          <span className="faint">{t('governance.posts.main')}</span>
          <span>
            {Array.isArray(user.roles) && user.roles.length > 0 ? (
              <Cell field={roles} value={user.roles} />
            ) : (
              <span className="faint">{t('governance.posts.mainNone')}</span>
            )}
          </span>
          <span className="quiet">{unit && isReference(unit) ? unit.label : ''}</span>
          <span />
        </li>
        <Others entity={posts} user={user} onOpen={setOpen} />
        {delegations?.access.read && <Absences entity={delegations} user={user} />}
      </ul>
      {open === 'assign' && (
        <Dialog shape="drawer" title={`${t('governance.posts.assign')} · ${name}`} onClose={close}>
          <div className="drawer-form">
            <RecordForm entity={{ ...users, fields: [roles] }} row={user} onDone={close} onCancel={close} />
          </div>
        </Dialog>
      )}
      {open === 'add' && (
        <PostForm entity={posts} title={t('governance.posts.addTitle', { name })} user={user} onClose={close} />
      )}
      {typeof open === 'object' && (
        <PostForm entity={posts} title={`${name} · ${t('common.edit')}`} user={user} row={open} onClose={close} />
      )}
    </section>
  );
}

function PostForm({
  entity,
  title,
  user,
  row,
  onClose,
}: {
  entity: Entity;
  title: string;
  user: Row;
  row?: Row;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const { zone } = useInstitution();
  // A row of a list lacks the version that a change must name.
  const whole = useQuery({ ...recordQuery(entity.plural, row?.id ?? ''), enabled: row !== undefined });
  const done = () => {
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === entity.plural });
    onClose();
  };
  return (
    <Dialog shape="drawer" title={title} onClose={onClose}>
      <div className="drawer-form">
        {row && !whole.data ? (
          <Skeleton />
        ) : (
          <RecordForm
            entity={entity}
            row={whole.data}
            initial={{ user: { id: user.id, label: String(user.name ?? '') }, starts_on: dateIn(zone, new Date()) }}
            onDone={done}
            onCancel={onClose}
          />
        )}
      </div>
    </Dialog>
  );
}

const columns = ['user', 'role', 'org_unit', 'kind', 'starts_on', 'ends_on', 'reason'];

function Others({ entity, user, onOpen }: { entity: Entity; user: Row; onOpen: (row: Row) => void }) {
  const { t } = useTexts();
  const list = useInfiniteQuery(listQuery(entity.plural, { filter: [`user:eq:${user.id}`], columns }));
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const field = (code: string) => entity.fields.find((each) => each.code === code);
  if (list.data && rows.length === 0) {
    return (
      <li>
        <span className="faint posts-none">{t('governance.posts.none')}</span>
      </li>
    );
  }
  return rows.map((row) => {
    const unit = row.org_unit;
    return (
      <li key={row.id}>
        <span>{field('kind') && <Cell field={field('kind')!} value={row.kind} />}</span>
        <span>{field('role') && <Cell field={field('role')!} value={row.role} />}</span>
        <span className="quiet">{unit && isReference(unit) ? unit.label : ''}</span>
        <Days from={row.starts_on} until={row.ends_on}>
          {entity.access.update && (
            <Button look="quiet" icon="edit" aria-label={t('common.edit')} onClick={() => onOpen(row)} />
          )}
        </Days>
      </li>
    );
  });
}

/** Until when, and whether it has begun or is over. */
function Days({ from, until, children }: { from: unknown; until: unknown; children?: React.ReactNode }) {
  const { t } = useTexts();
  const { zone } = useInstitution();
  const today = dateIn(zone, new Date());
  const end = typeof until === 'string' ? until : undefined;
  const over = end !== undefined && end < today;
  const later = typeof from === 'string' && from > today;
  return (
    <span className="posts-days">
      {over ? (
        <Badge>{t('governance.posts.over')}</Badge>
      ) : later ? (
        <Badge colour="blue">{t('governance.posts.later')}</Badge>
      ) : null}
      <span className="quiet">{end ? t('governance.posts.until', { date: end }) : t('governance.posts.open')}</span>
      {children}
    </span>
  );
}

function Absences({ entity, user }: { entity: Entity; user: Row }) {
  const { t } = useTexts();
  const { zone } = useInstitution();
  const today = dateIn(zone, new Date());
  const of = (side: string) => ({
    filter: [`${side}:eq:${user.id}`],
    columns: ['from_user', 'to_user', 'starts_on', 'ends_on', 'revoked'],
  });
  const away = useInfiniteQuery(listQuery(entity.plural, of('from_user')));
  const standing = useInfiniteQuery(listQuery(entity.plural, of('to_user')));
  const rows = [...(away.data?.pages ?? []), ...(standing.data?.pages ?? [])]
    .flatMap((page) => page.rows)
    .filter((row) => row.revoked !== true && String(row.ends_on) >= today);
  return rows.map((row) => {
    const [from, to] = [row.from_user, row.to_user];
    const isAway = from && isReference(from) && from.id === user.id;
    const other = isAway ? to : from;
    const name = other && isReference(other) ? other.label : '';
    return (
      <li key={row.id}>
        <span>
          <Badge colour="amber">{t('governance.posts.standing')}</Badge>
        </span>
        <span className="posts-none">
          {t(isAway ? 'governance.posts.standingBy' : 'governance.posts.standingFor', { name })}
        </span>
        <span />
        <Days from={row.starts_on} until={row.ends_on} />
      </li>
    );
  });
}

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEntityByCode } from '../../api/hooks.ts';
import { listQuery } from '../../api/queries.ts';
import type { Entity, Row } from '../../api/types.ts';
import { Button, Skeleton } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { NEW } from '../../records/new.ts';
import { RecordPanel } from '../../records/panel.tsx';
import { useTexts } from '../../texts/texts.ts';
import { unitsQuery } from './units.ts';

/** One unit beside the tree: its details and the people who belong to it. */
export function OrgUnit() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const { id } = useParams({ from: '/inside/admin/org-units/$id' });
  const { parent } = useSearch({ from: '/inside/admin/org-units/$id' });
  const entity = useEntityByCode('org_unit');
  const users = useEntityByCode('user');
  const units = useQuery(unitsQuery);
  if (!entity) return null;
  const above = parent === undefined ? undefined : units.data?.rows.find((row) => row.id === parent);
  if (id === NEW && parent !== undefined && units.isPending) return null;
  return (
    <RecordPanel
      key={`${id} ${parent}`}
      entity={entity}
      id={id}
      {...(above ? { initial: { parent: { id: above.id, label: String(above[entity.title] ?? above.id) } } } : {})}
      onClose={() => void navigate({ to: '/admin/org-units' })}
      onCreated={(row) => void navigate({ to: '/admin/org-units/$id', params: { id: row.id } })}
      {...(entity.access.create
        ? {
            actions: (row: Row) => (
              <Button
                onClick={() =>
                  void navigate({ to: '/admin/org-units/$id', params: { id: NEW }, search: { parent: row.id } })
                }
              >
                {t('orgUnits.newChild')}
              </Button>
            ),
          }
        : {})}
    >
      {(row) => users?.access.read && <Members users={users} unit={row} name={String(row[entity.title] ?? '')} />}
    </RecordPanel>
  );
}

function Members({ users, unit, name }: { users: Entity; unit: Row; name: string }) {
  const { t } = useTexts();
  const list = useInfiniteQuery(
    listQuery(users.plural, {
      filter: [`org_unit:eq:${unit.id}`],
      columns: ['name', 'username', 'roles', 'active'],
    }),
  );
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const roles = users.fields.find((field) => field.code === 'roles');
  return (
    <section className="unit-members">
      <h3>{t('orgUnits.members', { name })}</h3>
      {!list.data ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <p className="faint">{t('orgUnits.noMembers')}</p>
      ) : (
        <ul>
          {rows.map((row) => (
            <li key={row.id} data-inactive={row.active === false ? '' : undefined}>
              <Link to="/admin/users/$id" params={{ id: row.id }}>
                {String(row.name ?? row.id)}
              </Link>
              <span className="mono faint">{String(row.username ?? '')}</span>
              <span>{roles && <Cell field={roles} value={row.roles} />}</span>
            </li>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </section>
  );
}

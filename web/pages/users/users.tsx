import { Outlet, useMatch, useNavigate, useSearch } from '@tanstack/react-router';
import { useEntityByCode } from '../../api/hooks.ts';
import { Empty } from '../../kit/kit.ts';
import { RecordList } from '../../records/list.tsx';
import { NEW } from '../../records/new.ts';
import { useTexts } from '../../texts/texts.ts';

/** Who may sign in, and what for. */
export function Users() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/admin/users' });
  const openId = useMatch({ from: '/inside/admin/users/$id', shouldThrow: false })?.params.id;
  const entity = useEntityByCode('user');
  if (!entity?.access.read) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  const open = (id: string) => void navigate({ to: '/admin/users/$id', params: { id }, search });
  return (
    <div className={`split ${openId ? 'split-open' : ''}`}>
      <div className="split-main">
        <RecordList
          entity={entity}
          title={t('users.title')}
          search={search}
          onSearch={(next) =>
            void (openId
              ? navigate({ to: '/admin/users/$id', params: { id: openId }, search: next, replace: true })
              : navigate({ to: '/admin/users', search: next, replace: true }))
          }
          onOpen={(row) => open(row.id)}
          openId={openId}
          onCreate={entity.access.create ? () => open(NEW) : undefined}
        />
      </div>
      <Outlet />
    </div>
  );
}

import { Outlet, useMatch, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEntity } from '../../api/hooks.ts';
import { Empty } from '../../kit/kit.ts';
import { RecordList } from '../../records/list.tsx';
import { NEW } from '../../records/new.ts';
import { inSentence, useTexts } from '../../texts/texts.ts';

/** The list of any entity, and beside it the row that is open. */
export function ListPage() {
  const { t, many } = useTexts();
  const navigate = useNavigate();
  const { plural } = useParams({ from: '/inside/list/$plural' });
  const search = useSearch({ from: '/inside/list/$plural' });
  const openId = useMatch({ from: '/inside/list/$plural/$id', shouldThrow: false })?.params.id;
  const entity = useEntity(plural);
  if (!entity) return <Empty icon="search" title={t('list.unknownEntity', { plural })} />;
  if (!entity.access.read) {
    return (
      <Empty title={t('list.notReadable', { entity: inSentence(many(entity)) })} hint={t('errors.forbiddenHint')} />
    );
  }
  const open = (id: string) => void navigate({ to: '/list/$plural/$id', params: { plural, id }, search });
  return (
    <div className={`split ${openId ? 'split-open' : ''}`}>
      <div className="split-main">
        <RecordList
          entity={entity}
          search={search}
          onSearch={(next) =>
            void (openId
              ? navigate({ to: '/list/$plural/$id', params: { plural, id: openId }, search: next, replace: true })
              : navigate({ to: '/list/$plural', params: { plural }, search: next, replace: true }))
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

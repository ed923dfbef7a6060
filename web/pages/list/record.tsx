import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEntity } from '../../api/hooks.ts';
import { RecordPanel } from '../../records/panel.tsx';

/** One row of any entity beside its list; the id `new` is an empty form. */
export function RecordPage() {
  const navigate = useNavigate();
  const { plural, id } = useParams({ from: '/inside/list/$plural/$id' });
  const search = useSearch({ from: '/inside/list/$plural' });
  const entity = useEntity(plural);
  if (!entity) return null;
  return (
    <RecordPanel
      key={id}
      entity={entity}
      id={id}
      onClose={() => void navigate({ to: '/list/$plural', params: { plural }, search })}
      onCreated={(row) => void navigate({ to: '/list/$plural/$id', params: { plural, id: row.id }, search })}
    />
  );
}

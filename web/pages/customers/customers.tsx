import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEntityByCode } from '../../api/hooks.ts';
import { useMay } from '../../app/permissions.ts';
import { Empty } from '../../kit/kit.ts';
import { RecordList } from '../../records/list.tsx';
import { useTexts } from '../../texts/texts.ts';
import { SaveAsSegment } from './save-as-segment.tsx';

/** The list of customers: a row opens the 360 view. */
export function Customers() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const search = useSearch({ from: '/inside/customers' });
  const entity = useEntityByCode('customer');
  const bulk = useMay('customers.bulk');
  if (!entity?.access.read) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  return (
    <RecordList
      entity={entity}
      title={t('nav.customers')}
      search={search}
      onSearch={(next) => void navigate({ to: '/customers', search: next, replace: true })}
      onOpen={(row) => void navigate({ to: '/customers/$id', params: { id: row.id } })}
      bulk={bulk}
      acts={(question) => <SaveAsSegment question={question} />}
      onCreate={
        entity.access.create
          ? () => void navigate({ to: '/list/$plural/$id', params: { plural: entity.plural, id: 'new' } })
          : undefined
      }
    />
  );
}

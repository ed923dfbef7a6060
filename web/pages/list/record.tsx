import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEntity } from '../../api/hooks.ts';
import type { Row } from '../../api/types.ts';
import { RecordPanel } from '../../records/panel.tsx';
import { isReference } from '../../records/reference.ts';
import { useTexts } from '../../texts/texts.ts';
import { WhyInline } from '../../why/why-button.tsx';

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
    >
      {(row) => <MadeByRule row={row} />}
    </RecordPanel>
  );
}

/** Of what a rule made for a customer, and of its alerts: why. */
function MadeByRule({ row }: { row: Row }) {
  const { t } = useTexts();
  const { rule, customer, business_date: date } = row;
  if (typeof rule !== 'string' || !isReference(customer) || typeof date !== 'string') return null;
  return (
    <section className="record-why">
      <h3>{t('oversight.why.ask')}</h3>
      <WhyInline rule={rule} customer={customer.id} date={date} />
    </section>
  );
}

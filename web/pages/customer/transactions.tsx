import { useMemo, useState } from 'react';
import { useEntityByCode } from '../../api/hooks.ts';
import type { Entity, Row } from '../../api/types.ts';
import type { ListSearch } from '../../app/search.ts';
import { Dialog, Table } from '../../kit/kit.ts';
import { FilterBar } from '../../records/filter-bar.tsx';
import { RecordFields } from '../../records/panel.tsx';
import { columnsOf, questionOf } from '../../records/question.ts';
import { RecordRows } from '../../records/rows.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing, sourceOf } from './block.tsx';
import { useFieldColumns } from './positions.tsx';

const COLUMNS = ['business_date', 'kind', 'direction', 'amount', 'balance_after', 'counterparty_name', 'purpose'];

/** Every transaction of the customer, page by page as one scrolls, narrowed by date, direction, kind, amount. */
export function Transactions({ customer, latest }: { customer: string; latest: Row[] }) {
  const { t } = useTexts();
  const entity = useEntityByCode('transaction');
  const printed = useFieldColumns('transaction', COLUMNS, 'kind');
  if (!entity?.access.read) return null;
  return (
    <Block title={t('customer.transactions')} className="transactions" source={sourceOf(latest)} facts>
      {latest.length === 0 ? (
        <Nothing>{t('customer.none', { what: t('customer.transactions') })}</Nothing>
      ) : (
        <>
          <div className="transactions-list">
            <List customer={customer} entity={entity} />
          </div>
          {/* On paper there is no scrolling: the latest stand there. */}
          <div className="on-paper">
            <Table label={t('customer.latestTransactions')} columns={printed} rows={latest} rowKey={(row) => row.id} />
          </div>
        </>
      )}
    </Block>
  );
}

function List({ customer, entity: whole }: { customer: string; entity: Entity }) {
  const { text } = useTexts();
  // The customer is given: neither a column nor a filter.
  const entity = useMemo(() => ({ ...whole, fields: whole.fields.filter(({ code }) => code !== 'customer') }), [whole]);
  const [search, setSearch] = useState<ListSearch>({ columns: COLUMNS.join(',') });
  const [open, setOpen] = useState<Row>();
  const columns = useMemo(() => columnsOf(entity, search, undefined), [entity, search]);
  const question = useMemo(() => {
    const asked = questionOf(entity, search, columns);
    return { ...asked, filter: [`customer:eq:${customer}`, ...(asked.filter ?? [])] };
  }, [entity, search, columns, customer]);
  return (
    <>
      <FilterBar entity={entity} search={search} onSearch={setSearch} />
      <RecordRows
        entity={entity}
        columns={columns}
        question={question}
        search={search}
        onSearch={setSearch}
        onOpen={setOpen}
      />
      {open && (
        <Dialog shape="drawer" title={text(entity.label)} onClose={() => setOpen(undefined)}>
          <RecordFields entity={entity} row={open} />
        </Dialog>
      )}
    </>
  );
}

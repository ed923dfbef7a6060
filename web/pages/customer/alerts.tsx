import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useEntityByCode } from '../../api/hooks.ts';
import { listQuery } from '../../api/queries.ts';
import type { Row } from '../../api/types.ts';
import { type Column, Table } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';
import { WhyDrawer } from '../../why/why-button.tsx';
import { Block } from './block.tsx';
import { Some } from './some.tsx';

const ROWS_AT_FIRST = 4;
const COLUMNS = ['rule', 'business_date', 'outcome', 'late'];

/** What rules noticed about a customer, each with its why. */
export function Alerts({ customer }: { customer: string }) {
  const { many, text } = useTexts();
  const entity = useEntityByCode('alert');
  const [asked, setAsked] = useState<Row | null>(null);
  const list = useInfiniteQuery({
    ...listQuery(entity?.plural ?? '', {
      filter: [`customer:eq:${customer}`],
      columns: COLUMNS,
      sort: '-business_date',
    }),
    enabled: entity?.access.read === true,
  });
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  if (!entity?.access.read || rows.length === 0) return null;
  const columns = entity.fields
    .filter(({ code, access }) => COLUMNS.includes(code) && access.see !== 'hidden')
    .sort((a, b) => COLUMNS.indexOf(a.code) - COLUMNS.indexOf(b.code))
    .map(
      (field): Column<Row> => ({
        code: field.code,
        label: text(field.label),
        cell: (row) => <Cell field={field} value={row[field.code]} plain />,
        ...(field.code === 'rule' ? { phone: 'title' as const } : {}),
      }),
    );
  return (
    <Block title={many(entity)} count={rows.length}>
      <Some rows={rows} atFirst={ROWS_AT_FIRST}>
        {(some) => (
          <Table label={many(entity)} columns={columns} rows={some} rowKey={({ id }) => id} onOpen={setAsked} />
        )}
      </Some>
      {asked && (
        <WhyDrawer
          rule={String(asked.rule)}
          customer={customer}
          date={String(asked.business_date)}
          onClose={() => setAsked(null)}
        />
      )}
    </Block>
  );
}

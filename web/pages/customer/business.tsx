import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useEntityByCode } from '../../api/hooks.ts';
import { listQuery } from '../../api/queries.ts';
import type { Entity, Row, Text } from '../../api/types.ts';
import { Button, type Column, Dialog, Table } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { RecordForm } from '../../records/form.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Block, Nothing } from './block.tsx';
import { Some } from './some.tsx';

const ROWS_AT_FIRST = 4;

/** What each block shows of its entity, the title first. */
const shown = {
  opportunity: ['title', 'stage', 'amount', 'closes_on'],
  service_case: ['title', 'status', 'priority', 'due_at'],
  message: ['text', 'channel', 'status', 'not_before'],
} as const;

/** Opportunities, cases and messages of a customer, as far as the reader may see them. */
export function Business({ customer, name }: { customer: string; name: string }) {
  return (
    <>
      {(Object.keys(shown) as (keyof typeof shown)[]).map((code) => (
        <Rows key={code} customer={customer} name={name} code={code} />
      ))}
    </>
  );
}

function Rows({ customer, name, code }: { customer: string; name: string; code: keyof typeof shown }) {
  const { t, many, text } = useTexts();
  const navigate = useNavigate();
  const entity = useEntityByCode(code);
  const [adding, setAdding] = useState(false);
  const list = useInfiniteQuery({
    ...listQuery(entity?.plural ?? '', { filter: [`customer:eq:${customer}`], columns: [...shown[code]] }),
    enabled: entity?.access.read === true,
  });
  if (!entity?.access.read) return null;
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const title = many(entity);
  // Messages come from rules alone: without one there is nothing to say.
  if (rows.length === 0 && !entity.access.create) return null;
  return (
    <Block
      title={title}
      count={rows.length}
      actions={
        entity.access.create && (
          <Button look="quiet" icon="add" onClick={() => setAdding(true)}>
            {t('common.create')}
          </Button>
        )
      }
    >
      {rows.length === 0 ? (
        <Nothing>{t('customer.none', { what: title })}</Nothing>
      ) : (
        <Some rows={rows} atFirst={ROWS_AT_FIRST}>
          {(some) => (
            <Table
              label={title}
              columns={columnsOf(entity, shown[code], text)}
              rows={some}
              rowKey={({ id }) => id}
              onOpen={({ id }) => void navigate({ to: '/list/$plural/$id', params: { plural: entity.plural, id } })}
            />
          )}
        </Some>
      )}
      {adding && (
        <Dialog shape="drawer" title={`${t('common.create')} · ${title}`} onClose={() => setAdding(false)}>
          <div className="drawer-form">
            <RecordForm
              entity={entity}
              initial={{ customer: { id: customer, label: name } }}
              onDone={() => {
                setAdding(false);
                void list.refetch();
              }}
              onCancel={() => setAdding(false)}
            />
          </div>
        </Dialog>
      )}
    </Block>
  );
}

function columnsOf(entity: Entity, codes: readonly string[], text: (both: Text) => string): Column<Row>[] {
  return codes.flatMap((code, index): Column<Row>[] => {
    const field = entity.fields.find((each) => each.code === code);
    if (!field || field.access.see === 'hidden') return [];
    return [
      {
        code,
        label: text(field.label),
        number: field.type === 'money',
        cell: (row) => <Cell field={field} value={row[code]} />,
        ...(index === 0 ? { phone: 'title' as const } : {}),
      },
    ];
  });
}

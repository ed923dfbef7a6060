/** Who has a tag, is in a tier or a segment. Loaded on demand: it brings the list of customers. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { type Definition, type DefinitionKind, sizesQuery } from '../../api/definitions.ts';
import { useEntityByCode } from '../../api/hooks.ts';
import type { ListSearch } from '../../app/search.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { Empty } from '../../kit/kit.ts';
import { useChosenColumns } from '../../records/chosen-columns.ts';
import { ColumnChooser } from '../../records/column-chooser.tsx';
import { columnsOf } from '../../records/question.ts';
import { RecordRows } from '../../records/rows.tsx';
import { Total } from '../../records/total.tsx';
import { useTexts } from '../../texts/texts.ts';

/** The filter of the customer list that asks for exactly these customers. */
export function memberFilter(kind: DefinitionKind, code: string): string {
  if (kind === 'tiers') return `tier:in:${code}`;
  return kind === 'tags' ? `tags:contains:${code}` : `segment:in:${code}`;
}

export function Members({ kind, definition }: { kind: DefinitionKind; definition: Definition }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const entity = useEntityByCode('customer');
  const [search, setSearch] = useState<ListSearch>({});
  const [chosen, choose] = useChosenColumns('customer');
  const filter = memberFilter(kind, definition.code);
  const columns = useMemo(() => (entity ? columnsOf(entity, search, chosen) : []), [entity, search, chosen]);
  if (!entity?.access.read) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  const question = {
    columns: columns.map(({ code }) => code),
    filter: [filter],
    ...(search.sort ? { sort: search.sort } : {}),
  };
  return (
    <div className="members">
      {kind === 'segments' && <Trend code={definition.code} />}
      <header className="members-head">
        <Total entity={entity} question={question} />
        <span className="definition-space" />
        <ColumnChooser
          entity={entity}
          columns={columns.map((column) => column.code)}
          onChange={(codes) => {
            choose(codes);
            setSearch({ ...search, columns: codes?.join(',') });
          }}
        />
        <Link to="/customers" search={{ filter: [filter] }} className="button">
          {t('design.openList')}
        </Link>
      </header>
      <RecordRows
        entity={entity}
        columns={columns}
        question={question}
        search={search}
        onSearch={setSearch}
        onOpen={(row) => void navigate({ to: '/customers/$id', params: { id: row.id } })}
      />
    </div>
  );
}

/** How the size went, a point a business day. */
function Trend({ code }: { code: string }) {
  const { t } = useTexts();
  const rows = useQuery(sizesQuery(code)).data?.rows ?? [];
  if (rows.length < 2) return null;
  return (
    <figure className="members-trend">
      <figcaption className="quiet">
        {t('design.segments.trend', { from: rows[0]!.date, to: rows.at(-1)!.date })}
      </figcaption>
      <Sparkline
        points={rows.map(({ date, size }) => [date, String(size)] as const)}
        label={t('design.segments.trendLabel')}
      />
    </figure>
  );
}

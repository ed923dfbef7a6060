import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
import type { ListQuestion } from '../api/queries.ts';
import type { Entity, Row } from '../api/types.ts';
import { useMay } from '../app/permissions.ts';
import type { ListSearch } from '../app/search.ts';
import { Button } from '../kit/kit.ts';
import { usePhone } from '../kit/use-phone.ts';
import { useTitle } from '../kit/use-title.ts';
import { inSentence, useTexts } from '../texts/texts.ts';
import { BulkBar } from './bulk-bar.tsx';
import { useChosenColumns } from './chosen-columns.ts';
import { ColumnChooser } from './column-chooser.tsx';
import { FilterBar } from './filter-bar.tsx';
import type { ListParts } from './list-parts.ts';
import { asListed, columnsOf, filtersOf, questionOf } from './question.ts';
import { RecordRows } from './rows.tsx';
import { SearchBox } from './search-box.tsx';
import { useSelection } from './selection.ts';
import { SortMenu } from './sort-menu.tsx';
import { Total } from './total.tsx';
import './list.css';

const ExportDialog = lazy(() => import('./export-dialog.tsx').then((module) => ({ default: module.ExportDialog })));

interface RecordListProps extends ListParts {
  onOpen: (row: Row) => void;
  /** The row whose page stands beside the list. */
  openId?: string | undefined;
  onCreate?: (() => void) | undefined;
  title?: string;
  /** Rows can be chosen, and something done with all of them at once. */
  bulk?: boolean;
  /** What else may be done with what the list asks. */
  acts?: (question: ListQuestion) => ReactNode;
}

/** THE list: any entity, from its definition. The address holds what it asks; the rows come page by page. */
export function RecordList({
  entity: own,
  search,
  onSearch,
  onOpen,
  openId,
  onCreate,
  title,
  bulk,
  acts,
}: RecordListProps) {
  const { t, text, many } = useTexts();
  const entity = asListed(own);
  useTitle(title ?? many(entity));
  const [chosen, choose] = useChosenColumns(entity.code);
  const columns = useMemo(() => columnsOf(entity, search, chosen), [entity, search, chosen]);
  const question = useMemo(() => questionOf(entity, search, columns), [entity, search, columns]);
  const exports = useMay('exports.request') && entity.access.export;
  const [exporting, setExporting] = useState(false);
  const phone = usePhone();
  const selection = useSelection(JSON.stringify([question.filter, question.q]));
  // On a phone a press opens the row, unless rows are being chosen.
  const [picking, setPicking] = useState(false);
  const selectable = bulk && (!phone || picking) ? selection : undefined;
  return (
    <div className="list">
      <header className="page-head list-head">
        <h1>{title ?? many(entity)}</h1>
        <Total entity={entity} question={question} />
        {isWindowed(entity, search) && <span className="list-total list-window">{t('list.factWindow')}</span>}
        <SearchBox entity={entity} search={search} onSearch={onSearch} />
        <div className="page-actions">
          <SortMenu entity={entity} search={search} onSearch={onSearch} columns={columns} />
          <ColumnChooser
            entity={entity}
            columns={columns.map((column) => column.code)}
            onChange={(codes) => {
              choose(codes);
              onSearch({ ...search, columns: codes?.join(',') });
            }}
          />
          {bulk && phone && (
            <Button
              icon="check"
              aria-pressed={picking}
              onClick={() => {
                setPicking(!picking);
                selection.clear();
              }}
            >
              {picking ? t('bulk.pickDone') : t('bulk.pickSome')}
            </Button>
          )}
          {!picking && acts?.(question)}
          {exports && !picking && (
            <Button
              className="list-act"
              aria-label={t('disclosure.export')}
              icon="download"
              onClick={() => setExporting(true)}
            >
              {t('disclosure.export')}
            </Button>
          )}
          {onCreate && !picking && (
            <Button
              look="primary"
              icon="add"
              onClick={onCreate}
              title={t('list.newRow', { entity: inSentence(text(entity.label)) })}
            >
              {t('common.create')}
            </Button>
          )}
        </div>
      </header>
      <FilterBar key={entity.code} entity={entity} search={search} onSearch={onSearch} />
      <RecordRows
        key={`${entity.code} rows`}
        entity={entity}
        columns={columns}
        question={question}
        search={search}
        onSearch={onSearch}
        onOpen={onOpen}
        openId={openId}
        onCreate={onCreate}
        selection={selectable}
      />
      {selectable && <BulkBar entity={own} question={question} selection={selectable} />}
      {exporting && (
        <Suspense>
          <ExportDialog entity={entity} question={question} shown={columns} onClose={() => setExporting(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** Facts of all customers at once reach back a month, as long as nobody asks for a date or for one customer. */
const isWindowed = (entity: Entity, search: ListSearch): boolean =>
  entity.storage === 'fact' &&
  !filtersOf(entity, search).some(
    (filter) => filter.field === 'business_date' || (filter.field === 'customer' && filter.op === 'eq'),
  );

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type ListQuestion, listQuery } from '../api/queries.ts';
import type { Field, Row } from '../api/types.ts';
import { Button, Empty, ErrorState } from '../kit/kit.ts';
import { usePhone } from '../kit/use-phone.ts';
import { inSentence, useTexts } from '../texts/texts.ts';
import { Card } from './card.tsx';
import { Bones, Columns, GridRow, Heading } from './grid.tsx';
import type { ListParts } from './list-parts.ts';
import { filtersOf } from './question.ts';
import type { Selection } from './selection.ts';
import { useRowKeys } from './use-row-keys.ts';
import './list.css';

const HEAD_PX = 30;
const ROW_PX = 32;
const CARD_PX = 86;
const OVERSCAN_ROWS = 14;
/** The next page is asked for when so few rows are left below. */
const AHEAD_ROWS = 40;

/** Where each list was left, so that the way back leads to the same rows. */
const offsets = new Map<string, number>();

interface RowsProps extends ListParts {
  columns: Field[];
  question: ListQuestion;
  onOpen: (row: Row) => void;
  /** The row whose page stands beside the list. */
  openId?: string | undefined;
  onCreate?: (() => void) | undefined;
  /** Which rows are chosen for one act; undefined where none can be. */
  selection?: Selection | undefined;
}

/** The rows of a list, page after page, of which only those in sight are drawn; cards on a phone. */
export function RecordRows({
  entity,
  columns,
  question,
  search,
  onSearch,
  onOpen,
  openId,
  onCreate,
  selection,
}: RowsProps) {
  const { t, many } = useTexts();
  const phone = usePhone();
  const list = useInfiniteQuery({ ...listQuery(entity.plural, question), placeholderData: keepPreviousData });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const place = `${entity.plural} ${JSON.stringify(question)}`;
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);

  const headPx = phone ? 0 : HEAD_PX;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (phone ? CARD_PX : ROW_PX),
    overscan: OVERSCAN_ROWS,
    initialOffset: () => offsets.get(place) ?? 0,
    getItemKey: (index) => rows[index]?.id ?? index,
    // The headings stand before the rows and stay above them.
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  const { hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData, isFetchNextPageError } = list;
  useEffect(() => {
    if (
      hasNextPage &&
      !isFetchingNextPage &&
      !isPlaceholderData &&
      !isFetchNextPageError &&
      last >= rows.length - AHEAD_ROWS
    ) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetchingNextPage, isPlaceholderData, isFetchNextPageError, fetchNextPage, last, rows.length]);

  // Another question: from the top, unless this one was asked before.
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    setAt(-1);
    scroller.current?.scrollTo({ top: offsets.get(place) ?? 0 });
  }, [place]);

  const open = useRef(onOpen);
  open.current = onOpen;
  const openRow = useCallback((index: number, row: Row) => {
    setAt(index);
    open.current(row);
  }, []);

  useRowKeys({
    scroller,
    at,
    count: rows.length,
    onMove: (index) => {
      setAt(index);
      virtual.scrollToIndex(index, { align: 'auto' });
    },
    onOpen: (index) => open.current(rows[index]!),
    onCreate,
  });

  const body = list.isPending ? (
    <Bones columns={columns} phone={phone} />
  ) : list.isError && rows.length === 0 ? (
    <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  ) : rows.length === 0 ? (
    <NoRows entity={entity} search={search} onSearch={onSearch} onCreate={onCreate} />
  ) : null;

  const top = (items[0]?.start ?? headPx) - headPx;
  const bottom = virtual.getTotalSize() - ((items.at(-1)?.end ?? headPx) - headPx);
  return (
    <div
      ref={scroller}
      className="list-scroll"
      data-stale={isPlaceholderData ? '' : undefined}
      aria-busy={list.isFetching}
      onScroll={(event) => offsets.set(place, event.currentTarget.scrollTop)}
    >
      {phone ? (
        (body ?? (
          <ul className="cards" aria-label={many(entity)} style={{ paddingTop: top, paddingBottom: bottom }}>
            {items.map((item) => (
              <Card
                key={item.key}
                measure={virtual.measureElement}
                index={item.index}
                entity={entity}
                columns={columns}
                row={rows[item.index]!}
                isPicked={selection?.has(rows[item.index]!.id)}
                onPick={selection?.toggle}
                onOpen={openRow}
              />
            ))}
          </ul>
        ))
      ) : (
        <>
          <table className="grid" aria-label={many(entity)} aria-rowcount={hasNextPage ? -1 : rows.length + 1}>
            <Columns columns={columns} picks={selection !== undefined} />
            <thead>
              <tr>
                {selection && (
                  <th scope="col" className="grid-pick">
                    <input
                      type="checkbox"
                      aria-label={t('bulk.pickAll')}
                      title={t('bulk.pickAll')}
                      checked={selection.all}
                      ref={(box) => {
                        if (box) box.indeterminate = !selection.all && selection.ids.size > 0;
                      }}
                      onChange={(event) => selection.toggleAll(event.target.checked)}
                    />
                  </th>
                )}
                {columns.map((column) => (
                  <Heading key={column.code} entity={entity} field={column} search={search} onSearch={onSearch} />
                ))}
              </tr>
            </thead>
            {body === null && (
              <tbody>
                {top > 0 && <tr style={{ height: top }} />}
                {items.map((item) => (
                  <GridRow
                    key={item.key}
                    index={item.index}
                    entity={entity}
                    columns={columns}
                    row={rows[item.index]!}
                    isAt={item.index === at || (at < 0 && item.index === 0)}
                    isOpen={rows[item.index]!.id === openId}
                    isPicked={selection?.has(rows[item.index]!.id)}
                    onPick={selection?.toggle}
                    onOpen={openRow}
                    onFocus={setAt}
                  />
                ))}
                {bottom > 0 && <tr style={{ height: bottom }} />}
              </tbody>
            )}
          </table>
          {body}
        </>
      )}
      {isFetchingNextPage && <p className="list-more">{t('list.loadingMore')}</p>}
      {isFetchNextPageError && <ErrorState error={list.error} onRetry={() => void fetchNextPage()} />}
    </div>
  );
}

/** Why there is nothing: the conditions are too narrow, or there is nothing yet. */
function NoRows({ entity, search, onSearch, onCreate }: ListParts & { onCreate: (() => void) | undefined }) {
  const { t, text, many } = useTexts();
  if (filtersOf(entity, search).length > 0 || search.q !== undefined) {
    return (
      <Empty
        icon="search"
        title={t('list.noMatch', { entity: inSentence(many(entity)) })}
        hint={t('list.noMatchHint')}
        action={
          <Button onClick={() => onSearch({ ...search, filter: undefined, q: undefined })}>
            {t('list.clearFilters')}
          </Button>
        }
      />
    );
  }
  return (
    <Empty
      title={t('list.empty', { entity: inSentence(many(entity)) })}
      hint={onCreate ? t('list.emptyCreate') : t('list.emptyHint')}
      action={
        onCreate && (
          <Button look="primary" icon="add" onClick={onCreate}>
            {t('list.newRow', { entity: inSentence(text(entity.label)) })}
          </Button>
        )
      }
    />
  );
}

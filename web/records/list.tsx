import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { formatCount } from '#kernel';
import { countQuery, type ListQuestion, listQuery } from '../api/queries.ts';
import type { Entity, Field, Row } from '../api/types.ts';
import type { ListSearch } from '../app/search.ts';
import { isTyping } from '../app/shortcuts.ts';
import { Button, Empty, ErrorState, Icon, Menu } from '../kit/kit.ts';
import { useDelayed } from '../kit/use-delayed.ts';
import { usePhone } from '../kit/use-phone.ts';
import { useTitle } from '../kit/use-title.ts';
import { inSentence, useTexts } from '../texts/texts.ts';
import { Card } from './card.tsx';
import { Cell, isFigure } from './cell.tsx';
import { useChosenColumns } from './chosen-columns.ts';
import { ColumnChooser } from './column-chooser.tsx';
import { FilterBar } from './filter-bar.tsx';
import { columnsOf, filtersOf, nextSort, parseSort, questionOf, sortCode } from './question.ts';
import './list.css';

const ROW_PX = 32;
const CARD_PX = 86;
const OVERSCAN_ROWS = 14;
/** The next page is asked for when so few rows are left below. */
const AHEAD_ROWS = 40;
const TYPING_MS = 250;

interface RecordListProps {
  entity: Entity;
  search: ListSearch;
  onSearch: (search: ListSearch) => void;
  onOpen: (row: Row) => void;
  /** The row whose page stands beside the list. */
  openId?: string | undefined;
  onCreate?: (() => void) | undefined;
  title?: string;
}

/** THE list: any entity, from its definition. The address holds what it asks; the rows come page by page. */
export function RecordList({ entity, search, onSearch, onOpen, openId, onCreate, title }: RecordListProps) {
  const { t, text, many } = useTexts();
  useTitle(title ?? many(entity));
  const [chosen, choose] = useChosenColumns(entity.code);
  const columns = useMemo(() => columnsOf(entity, search, chosen), [entity, search, chosen]);
  const question = useMemo(() => questionOf(entity, search, columns), [entity, search, columns]);
  return (
    <div className="list">
      <header className="page-head list-head">
        <h1>{title ?? many(entity)}</h1>
        <Total entity={entity} question={question} />
        {isWindowed(entity, search) && <span className="list-total list-window">{t('list.factWindow')}</span>}
        <SearchBox entity={entity} search={search} onSearch={onSearch} />
        <div className="page-actions">
          <SortMenu entity={entity} search={search} onSearch={onSearch} />
          <ColumnChooser
            entity={entity}
            columns={columns.map((column) => column.code)}
            onChange={(codes) => {
              choose(codes);
              onSearch({ ...search, columns: codes?.join(',') });
            }}
          />
          {onCreate && (
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
        key={entity.code}
        entity={entity}
        columns={columns}
        question={question}
        search={search}
        onSearch={onSearch}
        onOpen={onOpen}
        openId={openId}
        onCreate={onCreate}
      />
    </div>
  );
}

function SearchBox({ entity, search, onSearch }: Pick<RecordListProps, 'entity' | 'search' | 'onSearch'>) {
  const { t, many } = useTexts();
  const [typed, setTyped] = useState(search.q ?? '');
  const settled = useDelayed(typed.trim(), TYPING_MS);
  const asked = useRef(search.q ?? '');
  const latest = useRef({ search, onSearch });
  latest.current = { search, onSearch };
  useEffect(() => {
    // What was typed goes into the address; an address that changed otherwise (back, a link) comes into the box.
    if (settled !== asked.current) {
      asked.current = settled;
      latest.current.onSearch({ ...latest.current.search, q: settled === '' ? undefined : settled });
    }
  }, [settled]);
  useEffect(() => {
    if ((search.q ?? '') !== asked.current) {
      asked.current = search.q ?? '';
      setTyped(search.q ?? '');
    }
  }, [search.q]);
  if (!isSearchable(entity)) return null;
  const words =
    entity.code === 'customer' ? t('list.searchCustomers') : t('list.search', { entity: inSentence(many(entity)) });
  return (
    <div className="list-search">
      <Icon name="search" />
      <input
        type="search"
        className="input"
        data-search="page"
        aria-label={words}
        placeholder={words}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </div>
  );
}

/** Facts of all customers at once reach back a month, as long as nobody asks for a date or a customer. */
const isWindowed = (entity: Entity, search: ListSearch): boolean =>
  entity.storage === 'fact' &&
  !filtersOf(entity, search).some((filter) => filter.field === 'business_date' || filter.field === 'customer');

/** Whether the server would look anywhere: in a searchable field, or in the name of the row. */
const isSearchable = (entity: Entity): boolean =>
  entity.fields.some((field) => field.search !== undefined || (field.code === entity.title && field.type === 'text'));

/** How many there are: exact up to the cap, on demand beyond it. */
function Total({ entity, question }: { entity: Entity; question: ListQuestion }) {
  const { t } = useTexts();
  const narrowing = JSON.stringify([question.filter, question.q]);
  const [exactFor, setExactFor] = useState<string>();
  const exact = exactFor === narrowing;
  const { data } = useQuery({ ...countQuery(entity.plural, question, exact), placeholderData: keepPreviousData });
  if (!data) return <span className="list-total" />;
  if (!data.capped) return <span className="list-total">{t('list.count', { total: formatCount(data.count) })}</span>;
  return (
    <button type="button" className="list-total" title={t('list.countExact')} onClick={() => setExactFor(narrowing)}>
      {t('list.countCapped', { total: formatCount(data.count) })}
    </button>
  );
}

/** On a phone there are no headings to press. */
function SortMenu({ entity, search, onSearch }: Pick<RecordListProps, 'entity' | 'search' | 'onSearch'>) {
  const { t, text } = useTexts();
  const now = parseSort(search.sort ?? entity.list.sort);
  const fields = entity.fields.filter((field) => !field.hidden && sortCode(entity, field) !== undefined);
  if (fields.length === 0) return null;
  return (
    <span className="list-sort">
      <Menu
        label={t('list.sort')}
        align="end"
        items={fields.map((field) => ({
          code: field.code,
          label: text(field.label),
          chosen: sortCode(entity, field) === now.field,
          ...(sortCode(entity, field) === now.field
            ? { icon: now.descending ? 'sortDescending' : 'sortAscending' }
            : {}),
          onSelect: () => onSearch({ ...search, sort: nextSort(entity, search, field) }),
        }))}
        trigger={(props) => (
          <Button {...props} icon={now.descending ? 'sortDescending' : 'sortAscending'} aria-label={t('list.sort')} />
        )}
      />
    </span>
  );
}

/** Where each list was left, so that the way back leads to the same rows. */
const offsets = new Map<string, number>();

interface RowsProps extends Omit<RecordListProps, 'title'> {
  columns: Field[];
  question: ListQuestion;
}

export function RecordRows({ entity, columns, question, search, onSearch, onOpen, openId, onCreate }: RowsProps) {
  const { t, text, many } = useTexts();
  const phone = usePhone();
  const list = useInfiniteQuery({ ...listQuery(entity.plural, question), placeholderData: keepPreviousData });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const place = `${entity.plural} ${JSON.stringify(question)}`;
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const wantsFocus = useRef(false);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (phone ? CARD_PX : ROW_PX),
    overscan: OVERSCAN_ROWS,
    initialOffset: () => offsets.get(place) ?? 0,
    getItemKey: (index) => rows[index]?.id ?? index,
    paddingStart: 0,
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

  const keys = useRef({ at, rows, onCreate, moveTo: (_: number) => {} });
  keys.current = {
    at,
    rows,
    onCreate,
    moveTo: (index) => {
      const next = Math.max(0, Math.min(rows.length - 1, index));
      wantsFocus.current = true;
      setAt(next);
      virtual.scrollToIndex(next, { align: 'auto' });
    },
  };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isTyping(event) || event.shiftKey) return;
      const { at: now, rows: all, moveTo, onCreate: create } = keys.current;
      const inList = scroller.current?.contains(event.target as Node) || event.target === document.body;
      if (event.key === 'j' || (inList && event.key === 'ArrowDown')) moveTo(now + 1);
      else if (event.key === 'k' || (inList && event.key === 'ArrowUp')) moveTo(now - 1);
      else if (inList && event.key === 'Home') moveTo(0);
      else if (inList && event.key === 'End') moveTo(all.length - 1);
      else if (event.key === 'n' && create) create();
      else if (event.key === 'Enter' && inList && all[now] && !(event.target as HTMLElement).closest('a, button')) {
        open.current(all[now]!);
      } else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  useEffect(() => {
    if (!wantsFocus.current || at < 0) return;
    // The row may be drawn only after the list has scrolled to it.
    const frame = requestAnimationFrame(() => {
      const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${at}"]`);
      if (row) {
        wantsFocus.current = false;
        row.focus({ preventScroll: true });
      }
    });
    return () => cancelAnimationFrame(frame);
  });

  const narrowed = filtersOf(entity, search).length > 0 || search.q !== undefined;
  const body = list.isPending ? (
    <Bones columns={columns} phone={phone} />
  ) : list.isError && rows.length === 0 ? (
    <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  ) : rows.length === 0 ? (
    narrowed ? (
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
    ) : (
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
    )
  ) : null;

  const top = items[0]?.start ?? 0;
  const bottom = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
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
                onOpen={openRow}
              />
            ))}
          </ul>
        ))
      ) : (
        <>
          <table className="grid" aria-label={many(entity)} aria-rowcount={hasNextPage ? -1 : rows.length + 1}>
            <Columns columns={columns} />
            <thead>
              <tr>
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

/** How wide a column of a type wants to be, in px; the rest of the room is shared out in proportion. */
export function widthOf(field: Field): number {
  if (field.search === 'name') return 170;
  switch (field.type) {
    case 'money':
      return 120;
    case 'date':
      return 104;
    case 'datetime':
      return 150;
    case 'boolean':
      return 66;
    case 'integer':
    case 'percent':
    case 'decimal':
      return 92;
    case 'choice':
      return 96;
    case 'phone':
      return 124;
    case 'long_text':
      return 260;
    default:
      return 140;
  }
}

function Columns({ columns }: { columns: Field[] }) {
  return (
    <colgroup>
      {columns.map((column) => (
        <col key={column.code} style={{ width: widthOf(column) }} />
      ))}
    </colgroup>
  );
}

interface HeadingProps {
  entity: Entity;
  field: Field;
  search: ListSearch;
  onSearch: (search: ListSearch) => void;
}

function Heading({ entity, field, search, onSearch }: HeadingProps) {
  const { t, text } = useTexts();
  const label = text(field.label);
  const className = isFigure(field) ? 'number' : '';
  const code = sortCode(entity, field);
  if (code === undefined) {
    return (
      <th scope="col" className={className} title={field.help ? text(field.help) : label}>
        {label}
      </th>
    );
  }
  const now = parseSort(search.sort ?? entity.list.sort);
  const order = now.field === code ? (now.descending ? 'descending' : 'ascending') : 'none';
  return (
    <th scope="col" className={className} aria-sort={order}>
      <button
        type="button"
        title={t('list.sortBy', { field: label })}
        onClick={() => onSearch({ ...search, sort: nextSort(entity, search, field) })}
      >
        <span className="ellipsis">{label}</span>
        {order !== 'none' && <Icon name={now.descending ? 'sortDescending' : 'sortAscending'} size={12} />}
      </button>
    </th>
  );
}

interface GridRowProps {
  index: number;
  entity: Entity;
  columns: Field[];
  row: Row;
  isAt: boolean;
  isOpen: boolean;
  onOpen: (index: number, row: Row) => void;
  onFocus: (index: number) => void;
}

/** Drawn again only when something of it has changed: scrolling moves rows, it does not change them. */
const GridRow = memo(function GridRow({ index, entity, columns, row, isAt, isOpen, onOpen, onFocus }: GridRowProps) {
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      aria-current={isOpen ? 'true' : undefined}
      tabIndex={isAt ? 0 : -1}
      onFocus={() => onFocus(index)}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest('a') === null && String(window.getSelection()) === '')
          onOpen(index, row);
      }}
    >
      {columns.map((column) => (
        <td
          key={column.code}
          className={`${isFigure(column) ? 'number' : ''} ${column.code === entity.title ? 'grid-title' : ''}`}
        >
          <Cell field={column} value={row[column.code]} />
        </td>
      ))}
    </tr>
  );
});

const BONES = 18;

function Bones({ columns, phone }: { columns: Field[]; phone: boolean }) {
  const { t } = useTexts();
  const across = phone ? 2 : columns.length;
  const tracks = phone ? '1fr 1fr' : columns.map((column) => `${widthOf(column)}fr`).join(' ');
  return (
    <div className="bones" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: BONES }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike and never move
        <div key={line} style={{ gridTemplateColumns: tracks }}>
          {Array.from({ length: across }, (_, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike and never move
            <span key={column} className="bone" style={{ width: `${38 + ((line * 13 + column * 29) % 44)}%` }} />
          ))}
        </div>
      ))}
    </div>
  );
}

import { memo } from 'react';
import type { Entity, Field, Row } from '../api/types.ts';
import { Icon } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { Cell, isFigure } from './cell.tsx';
import type { ListParts } from './list-parts.ts';
import { nextSort, parseSort, sortCode } from './question.ts';

/** How wide a column of a type wants to be, in px; the rest of the room is shared out in proportion. */
function widthOf(field: Field): number {
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

/** The widths of the columns. */
export function Columns({ columns, picks }: { columns: Field[]; picks: boolean }) {
  return (
    <colgroup>
      {picks && <col style={{ width: PICK_PX }} />}
      {columns.map((column) => (
        <col key={column.code} style={{ width: widthOf(column) }} />
      ))}
    </colgroup>
  );
}

/** Room of the boxes in front of the rows, in px. */
const PICK_PX = 34;

interface HeadingProps extends ListParts {
  field: Field;
}

/** The name of a column; a press sorts by it where the server offers that. */
export function Heading({ entity, field, search, onSearch }: HeadingProps) {
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
  /** Whether the row is chosen; undefined where rows cannot be. */
  isPicked?: boolean | undefined;
  onPick?: ((id: string, on: boolean) => void) | undefined;
  onOpen: (index: number, row: Row) => void;
  onFocus: (index: number) => void;
}

/** Drawn again only when something of it has changed: scrolling moves rows, it does not change them. */
export const GridRow = memo(function GridRow({
  index,
  entity,
  columns,
  row,
  isAt,
  isOpen,
  isPicked,
  onPick,
  onOpen,
  onFocus,
}: GridRowProps) {
  const { t } = useTexts();
  return (
    <tr
      data-row={index}
      aria-rowindex={index + 2}
      aria-current={isOpen ? 'true' : undefined}
      tabIndex={isAt ? 0 : -1}
      onFocus={() => onFocus(index)}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest('a, .grid-pick') === null && String(window.getSelection()) === '')
          onOpen(index, row);
      }}
    >
      {onPick && (
        <td className="grid-pick">
          <input
            type="checkbox"
            aria-label={t('bulk.pick', { name: String(row[entity.title] ?? '') })}
            checked={isPicked}
            onChange={(event) => onPick(row.id, event.target.checked)}
          />
        </td>
      )}
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

/** Grey bars where rows will be. */
export function Bones({ columns, phone }: { columns: Field[]; phone: boolean }) {
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

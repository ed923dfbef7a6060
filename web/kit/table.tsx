import type { ReactNode } from 'react';

export interface Column<R> {
  code: string;
  label: ReactNode;
  /** The label in plain words, for cards on a phone, where the label itself is more than text. */
  name?: string;
  cell: (row: R) => ReactNode;
  /** Figures stand right. */
  number?: boolean;
  width?: string;
  /** On a phone: `title` heads the card, `hide` leaves it out. */
  phone?: 'title' | 'hide';
}

interface TableProps<R> {
  label: string;
  columns: Column<R>[];
  rows: R[];
  rowKey: (row: R) => string;
  /** Makes rows pressable. */
  onOpen?: (row: R) => void;
  isChosen?: (row: R) => boolean;
  /** A last line of sums. */
  footer?: ReactNode;
}

/** A short table, all rows at once; on a phone every row is a card. Long lists use the list renderer of `records/`. */
export function Table<R>({ label, columns, rows, rowKey, onOpen, isChosen, footer }: TableProps<R>) {
  return (
    <table className="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.code} scope="col" className={column.number ? 'number' : ''} style={{ width: column.width }}>
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr
            key={rowKey(row)}
            className={onOpen ? 'pressable' : ''}
            aria-current={isChosen?.(row) ? 'true' : undefined}
            tabIndex={onOpen ? 0 : undefined}
            onClick={onOpen && (() => onOpen(row))}
            onKeyDown={
              onOpen &&
              ((event) => {
                if (event.target !== event.currentTarget) return;
                const beside = { ArrowDown: 'next', j: 'next', ArrowUp: 'previous', k: 'previous' }[event.key];
                if (event.key === 'Enter') onOpen(row);
                else if (beside) {
                  event.preventDefault();
                  const tr = event.currentTarget;
                  const other = beside === 'next' ? tr.nextElementSibling : tr.previousElementSibling;
                  (other as HTMLElement | null)?.focus();
                }
              })
            }
          >
            {columns.map((column) => (
              <td
                key={column.code}
                className={`${column.number ? 'number' : ''} ${column.phone ? `phone-${column.phone}` : ''}`}
                data-label={(column.name ?? (typeof column.label === 'string' ? column.label : '')) || undefined}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      {footer && <tfoot>{footer}</tfoot>}
    </table>
  );
}

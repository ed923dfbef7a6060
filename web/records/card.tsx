import { memo } from 'react';
import type { Entity, Field, Row } from '../api/types.ts';
import { Icon } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { Cell } from './cell.tsx';

const REST_MAX = 3;

interface CardProps {
  measure: (element: HTMLElement | null) => void;
  index: number;
  entity: Entity;
  columns: Field[];
  row: Row;
  /** Whether the row is chosen, and what chooses it; undefined while a press opens it. */
  isPicked?: boolean | undefined;
  onPick?: ((id: string, on: boolean) => void) | undefined;
  onOpen: (index: number, row: Row) => void;
}

const isDate = ({ type }: Field) => type === 'date' || type === 'datetime';

/** A row on a phone: its name, its first figure or whose it is, its badges, and a line of the rest. */
export const Card = memo(function Card({ measure, index, entity, columns, row, isPicked, onPick, onOpen }: CardProps) {
  const { t, text } = useTexts();
  const title = entity.fields.find((field) => field.code === entity.title)!;
  const others = columns.filter((field) => field.code !== entity.title);
  const isBadge = (field: Field) => field.type === 'choice' || field.type === 'choices';
  // Yes and no are worth a place where they are not as usual: a late alert, a user who is not active.
  const isUsual = ({ code, type, default: usual = 'false' }: Field) =>
    type === 'boolean' && String(row[code]) === usual;
  const isSet = (field: Field) => row[field.code] !== null && row[field.code] !== undefined && !isUsual(field);
  const figure =
    others.find((field) => field.type === 'money') ?? others.find((field) => field.ref === 'customer' && isSet(field));
  const badges = others.filter((field) => isBadge(field) && isSet(field));
  const rest = others.filter((field) => field !== figure && !isBadge(field) && isSet(field)).slice(0, REST_MAX);
  // Two dates beside each other cannot be told apart.
  const namesDates = rest.filter(isDate).length > 1;
  return (
    <li ref={measure} data-index={index}>
      <button
        type="button"
        className="card"
        data-row={index}
        data-picks={onPick ? '' : undefined}
        aria-pressed={onPick && isPicked === true}
        onClick={() => (onPick ? onPick(row.id, isPicked !== true) : onOpen(index, row))}
      >
        {onPick && (
          <span className="card-pick" aria-hidden="true">
            {isPicked && <Icon name="check" />}
          </span>
        )}
        <span className="card-top">
          <span className="card-title ellipsis">
            <Cell field={title} value={row[title.code]} plain />
          </span>
          {figure && (
            <span className="card-figure ellipsis">
              <Cell field={figure} value={row[figure.code]} />
            </span>
          )}
        </span>
        {badges.length > 0 && (
          <span className="card-badges">
            {badges.map((field) => (
              <Cell key={field.code} field={field} value={row[field.code]} />
            ))}
          </span>
        )}
        {rest.length > 0 && (
          <span className="card-rest">
            {rest.map((field) => (
              <span key={field.code} className="ellipsis" title={text(field.label)}>
                {field.type === 'boolean' ? (
                  `${text(field.label)}${row[field.code] === true ? '' : ` ${t('common.no')}`}`
                ) : (
                  <>
                    {namesDates && isDate(field) && `${text(field.label)} `}
                    <Cell field={field} value={row[field.code]} />
                  </>
                )}
              </span>
            ))}
          </span>
        )}
      </button>
    </li>
  );
});

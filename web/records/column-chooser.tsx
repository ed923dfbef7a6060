import { useRef, useState } from 'react';
import type { Entity } from '../api/types.ts';
import { Button, IconButton, Popover, TextInput } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { listable } from './question.ts';

/** From so many fields on the one that is wanted is found by typing. */
export const SEARCH_FROM_FIELDS = 9;

interface ColumnChooserProps {
  entity: Entity;
  columns: string[];
  /** undefined: back to the columns of the definition. */
  onChange: (columns: string[] | undefined) => void;
}

/** Which columns a list shows, and in which order. */
export function ColumnChooser({ entity, columns, onChange }: ColumnChooserProps) {
  const { t, text } = useTexts();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const anchor = useRef<HTMLSpanElement>(null);
  const fields = listable(entity);
  const shown = columns.flatMap((code) => fields.find((field) => field.code === code) ?? []);
  const wanted = typed.trim().toLowerCase();
  const others = fields.filter(
    (field) =>
      !columns.includes(field.code) &&
      (text(field.label).toLowerCase().includes(wanted) || field.code.includes(wanted)),
  );
  const move = (code: string, step: number) => {
    const next = [...columns];
    const at = next.indexOf(code);
    [next[at], next[at + step]] = [next[at + step]!, next[at]!];
    onChange(next);
  };
  return (
    <span ref={anchor} className="menu-anchor list-columns">
      <Button icon="columns" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t('list.columns')}
      </Button>
      <Popover open={open} onClose={() => setOpen(false)} anchor={anchor} align="end" className="column-panel">
        <header className="column-head">
          <div>
            <h3>{t('list.columnsTitle')}</h3>
            <p className="faint">{t('list.columnsHint')}</p>
          </div>
          <Button look="quiet" onClick={() => onChange(undefined)}>
            {t('common.reset')}
          </Button>
        </header>
        <div className="choices">
          {shown.map((field, index) => (
            <div key={field.code} className="choice">
              <label className="column-label">
                <input
                  type="checkbox"
                  checked
                  disabled={shown.length === 1}
                  onChange={() => onChange(columns.filter((code) => code !== field.code))}
                />
                <span className="ellipsis">{text(field.label)}</span>
              </label>
              <IconButton
                icon="arrowUp"
                label={`${t('common.moveUp')} ${text(field.label)}`}
                disabled={index === 0}
                onClick={() => move(field.code, -1)}
              />
              <IconButton
                icon="arrowDown"
                label={`${t('common.moveDown')} ${text(field.label)}`}
                disabled={index === shown.length - 1}
                onClick={() => move(field.code, 1)}
              />
            </div>
          ))}
          {fields.length > shown.length && <hr className="column-line" />}
          {fields.length >= SEARCH_FROM_FIELDS && (
            <div className="filter-body">
              <TextInput
                aria-label={t('list.searchField')}
                placeholder={t('list.searchField')}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            </div>
          )}
          {others.map((field) => (
            <label key={field.code} className="choice">
              <input type="checkbox" checked={false} onChange={() => onChange([...columns, field.code])} />
              <span className="ellipsis">{text(field.label)}</span>
            </label>
          ))}
        </div>
      </Popover>
    </span>
  );
}

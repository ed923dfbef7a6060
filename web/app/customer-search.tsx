import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { useEntityByCode } from '../api/hooks.ts';
import { pickQuery } from '../api/queries.ts';
import type { Row } from '../api/types.ts';
import { Icon, Kbd, Popover, useErrorText } from '../kit/kit.ts';
import { useDelayed } from '../kit/use-delayed.ts';
import { usePhone } from '../kit/use-phone.ts';
import { Cell } from '../records/cell.tsx';
import { useTexts } from '../texts/texts.ts';

const TYPING_MS = 180;
const COLUMNS = ['name', 'number', 'phone', 'tier', 'aum'];

/** Finds a customer from any page by name, pinyin or the last digits of the phone, and opens the 360 view. */
export function CustomerSearch() {
  const { t } = useTexts();
  const phone = usePhone();
  const navigate = useNavigate();
  const customer = useEntityByCode('customer');
  const [typed, setTyped] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const error = useErrorText();
  const q = useDelayed(typed.trim(), TYPING_MS);
  const known = customer ? COLUMNS.filter((code) => customer.fields.some((field) => field.code === code)) : [];
  const found = useQuery({
    ...pickQuery('customers', q, known),
    enabled: open && q !== '' && customer?.access.read === true,
    placeholderData: keepPreviousData,
  });
  if (!customer?.access.read) return <div className="bar-search" />;
  const rows = found.data?.rows ?? [];
  const title = (row: Row) => String(row[customer.title] ?? row.id);
  const away = () => {
    setOpen(false);
    setTyped('');
    input.current?.blur();
  };
  const go = (row: Row) => {
    away();
    void navigate({ to: '/customers/$id', params: { id: row.id } });
  };
  const seeAll = () => {
    away();
    void navigate({ to: '/customers', search: { q: typed.trim() } });
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setAt((before) => Math.max(0, Math.min(rows.length, before + (event.key === 'ArrowDown' ? 1 : -1))));
    } else if (event.key === 'Enter' && typed.trim() !== '') {
      const row = q === typed.trim() ? rows[at] : undefined;
      if (row) go(row);
      else seeAll();
    } else if (event.key === 'Escape') away();
  };
  return (
    <div ref={box} className="bar-search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        data-search="header"
        className="bar-search-input"
        role="combobox"
        aria-expanded={open && q !== ''}
        aria-controls={list}
        aria-autocomplete="list"
        aria-label={t('header.searchCustomers')}
        placeholder={phone ? t('nav.customers') : t('header.searchCustomers')}
        title={t('header.searchHint')}
        autoComplete="off"
        value={typed}
        onFocus={() => setOpen(true)}
        onBlur={(event) => box.current?.contains(event.relatedTarget) || setOpen(false)}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
          setOpen(true);
        }}
        onKeyDown={key}
      />
      {typed === '' && <Kbd>/</Kbd>}
      <Popover open={open && q !== ''} onClose={() => setOpen(false)} anchor={box} stretch className="found-panel">
        <div id={list} role="listbox" aria-label={t('nav.customers')} className="choices">
          {rows.map((row, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input keeps the focus and answers to the keys
            <div
              key={row.id}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              data-at={index === at ? '' : undefined}
              className="choice found-customer"
              onPointerMove={() => setAt(index)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => go(row)}
            >
              <span className="found-name ellipsis">{title(row)}</span>
              {known.slice(1).map((code) => (
                <span key={code} className={`found-${code}`}>
                  <Cell field={customer.fields.find((field) => field.code === code)!} value={row[code]} />
                </span>
              ))}
            </div>
          ))}
          {rows.length === 0 && (
            <div className="choice-none">
              {found.error ? error(found.error) : found.data ? t('header.noCustomers', { q }) : t('common.loading')}
            </div>
          )}
          {rows.length > 0 && (
            <button
              type="button"
              className="choice found-all"
              data-at={at === rows.length ? '' : undefined}
              onMouseDown={(event) => event.preventDefault()}
              onClick={seeAll}
            >
              {t('header.allResults')}
            </button>
          )}
        </div>
      </Popover>
    </div>
  );
}

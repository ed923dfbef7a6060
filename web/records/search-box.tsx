import { useEffect, useRef, useState } from 'react';
import type { Entity } from '../api/types.ts';
import { Icon } from '../kit/kit.ts';
import { useDelayed } from '../kit/use-delayed.ts';
import { inSentence, useTexts } from '../texts/texts.ts';
import type { ListParts } from './list-parts.ts';

const TYPING_MS = 250;

/** Whether the server would look anywhere: in a searchable field, or in the name of the row. */
const isSearchable = (entity: Entity): boolean =>
  entity.fields.some((field) => field.search !== undefined || (field.code === entity.title && field.type === 'text'));

/** Narrows a list by a few typed letters, once they stand still. */
export function SearchBox({ entity, search, onSearch }: ListParts) {
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

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useId, useMemo, useRef, useState } from 'react';
import { useEntityByCode, useMetadata, useSession } from '../api/hooks.ts';
import { type SearchHit, searchQuery } from '../api/search.ts';
import { Button, Icon, Kbd, Popover, useErrorText } from '../kit/kit.ts';
import { useDelayed } from '../kit/use-delayed.ts';
import { usePhone } from '../kit/use-phone.ts';
import { Cell } from '../records/cell.tsx';
import { useTexts } from '../texts/texts.ts';
import { type Place, placesFor } from './navigation.ts';
import { forgetRecent, readRecent, rememberCustomer, rememberText } from './recent.ts';

const TYPING_MS = 180;
const PLACES_MAX = 4;
/** The customer's fields beside his name. */
const COLUMNS = ['number', 'phone', 'tier', 'aum'];

/** One line that the keys reach. */
interface Choice {
  key: string;
  group: string;
  show: ReactNode;
  className?: string;
  open(): void;
}

/** The one search box: customers by anything that the reader may search for, places of the product, tags; from any page. */
export function CustomerSearch() {
  const { t, text, language } = useTexts();
  const phone = usePhone();
  const navigate = useNavigate();
  const session = useSession();
  const metadata = useMetadata();
  const customer = useEntityByCode('customer');
  const [typed, setTyped] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const error = useErrorText();
  const now = typed.trim();
  const q = useDelayed(now, TYPING_MS);
  const mayRead = customer?.access.read === true;
  const found = useQuery({
    ...searchQuery(q),
    enabled: open && q !== '' && mayRead,
    placeholderData: keepPreviousData,
  });
  const places = useMemo(() => placesFor(session, metadata), [session, metadata]);
  const userId = session.user.id;

  const away = () => {
    setOpen(false);
    setTyped('');
    input.current?.blur();
  };
  const openCustomer = (id: string, name: string) => {
    rememberCustomer(userId, { id, name });
    if (now !== '') rememberText(userId, now);
    away();
    void navigate({ to: '/customers/$id', params: { id } });
  };
  const openPlace = (place: Place) => {
    away();
    void navigate({ to: place.path });
  };
  const seeAll = () => {
    rememberText(userId, now);
    away();
    void navigate({ to: '/customers', search: { q: now } });
  };

  const fieldOf = (code: string) => customer?.fields.find((field) => field.code === code);
  const reasonOf = ({ reason }: SearchHit): string => {
    const entity = metadata.entities.find(({ code }) => code === reason.entity);
    const field = entity?.fields.find(({ code }) => code === reason.field);
    const label =
      reason.entity === 'customer_identity' ? t('search.otherNumber') : field ? text(field.label) : reason.field;
    return `${t(`search.how.${reason.how}`, { field: label })}${reason.value ? ` ${reason.value}` : ''}`;
  };
  const placeMatches = (place: Place) =>
    now !== '' && `${t(`nav.${place.code}`)} ${place.code}`.toLowerCase().includes(now.toLowerCase());

  const recent = open && now === '' ? readRecent(userId) : undefined;
  const hits = now === '' || !mayRead ? [] : (found.data?.customers ?? []);
  const choices: Choice[] = [
    ...(recent?.customers ?? []).map(
      ({ id, name }): Choice => ({
        key: `recent ${id}`,
        group: t('search.recentCustomers'),
        show: (
          <>
            <Icon name="user" size={14} />
            <span className="ellipsis">{name}</span>
          </>
        ),
        open: () => openCustomer(id, name),
      }),
    ),
    ...(recent?.texts ?? []).map(
      (asked): Choice => ({
        key: `text ${asked}`,
        group: t('search.recentTexts'),
        show: (
          <>
            <Icon name="clock" size={14} />
            <span className="ellipsis">{asked}</span>
          </>
        ),
        open: () => {
          setTyped(asked);
          setAt(0);
        },
      }),
    ),
    ...hits.map((hit): Choice => {
      const name = String(hit.row.name ?? hit.row.number ?? hit.id);
      return {
        key: `customer ${hit.id}`,
        group: t('search.customers'),
        className: 'found-customer',
        show: (
          <>
            <span className="found-name ellipsis">
              {name}
              {hit.own && <small className="found-own">{t('search.own')}</small>}
              <small className="found-reason">{reasonOf(hit)}</small>
            </span>
            {COLUMNS.map((code) => {
              const field = fieldOf(code);
              return (
                <span key={code} className={`found-${code}`}>
                  {field && <Cell field={field} value={hit.row[code]} />}
                </span>
              );
            })}
          </>
        ),
        open: () => openCustomer(hit.id, name),
      };
    }),
    ...(found.data?.more && hits.length > 0
      ? [
          {
            key: 'all',
            group: t('search.customers'),
            className: 'found-all',
            show: t('header.allResults'),
            open: seeAll,
          },
        ]
      : []),
    ...places
      .filter(placeMatches)
      .slice(0, PLACES_MAX)
      .map(
        (place): Choice => ({
          key: `place ${place.code}`,
          group: t('search.places'),
          show: (
            <>
              <Icon name={place.icon} size={14} />
              <span>{t(`nav.${place.code}`)}</span>
            </>
          ),
          open: () => openPlace(place),
        }),
      ),
    ...(now === '' || !mayRead ? [] : (found.data?.definitions ?? [])).map(
      ({ kind, code, label }): Choice => ({
        key: `${kind} ${code}`,
        group: t('search.definitions'),
        show: (
          <>
            <Icon name="customers" size={14} />
            <span>{label}</span>
            <span className="quiet">{t(`search.kinds.${kind}`)}</span>
          </>
        ),
        open: () => {
          away();
          const filter = { tags: `tags:has:${code}`, tiers: `tier:eq:${code}`, segments: `segment:in:${code}` }[kind];
          void navigate({ to: '/customers', search: { filter: [filter] } });
        },
      }),
    ),
  ];
  const place = Math.min(at, Math.max(0, choices.length - 1));
  const isWaiting = mayRead && now !== '' && (found.isFetching || q !== now);

  const key = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      setAt(Math.max(0, Math.min(choices.length - 1, place + (event.key === 'ArrowDown' ? 1 : -1))));
    } else if (event.key === 'Home' || event.key === 'End') {
      if (now === '' || event.ctrlKey) setAt(event.key === 'Home' ? 0 : choices.length - 1);
    } else if (event.key === 'Enter') {
      // What is shown may still be the answer to less than what is typed by now.
      if (q === now && !found.isPlaceholderData && choices[place]) choices[place].open();
      else if (now !== '' && mayRead) seeAll();
    } else if (event.key === 'Escape') away();
  };
  const isShown = open && (now !== '' || choices.length > 0);
  let group = '';
  return (
    <div ref={box} className="bar-search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        data-search="header"
        className="bar-search-input"
        role="combobox"
        aria-expanded={isShown}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={isShown && choices[place] ? `${list}-${place}` : undefined}
        aria-label={t('search.label')}
        placeholder={phone ? t('search.short') : t('search.label')}
        title={t('search.hint')}
        autoComplete="off"
        spellCheck={false}
        lang={language}
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
      <Popover open={isShown} onClose={() => setOpen(false)} anchor={box} stretch className="found-panel">
        <div id={list} role="listbox" aria-label={t('search.label')} aria-busy={isWaiting} className="choices">
          {choices.map((choice, index) => {
            const heading = choice.group === group ? undefined : choice.group;
            group = choice.group;
            return (
              <div key={choice.key} role="presentation">
                {heading && (
                  <div className="found-group" role="presentation">
                    {heading}
                  </div>
                )}
                {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input keeps the focus and answers to the keys */}
                <div
                  id={`${list}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === place}
                  data-at={index === place ? '' : undefined}
                  className={`choice ${choice.className ?? 'found-other'}`}
                  ref={index === place ? (line) => line?.scrollIntoView({ block: 'nearest' }) : undefined}
                  onPointerMove={() => setAt(index)}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={choice.open}
                >
                  {choice.show}
                </div>
              </div>
            );
          })}
          {now !== '' && hits.length === 0 && mayRead && (
            <div className="choice-none" role="status">
              {found.error && !isWaiting ? (
                <>
                  {error(found.error)} <Button onClick={() => void found.refetch()}>{t('common.retry')}</Button>
                </>
              ) : isWaiting ? (
                t('common.loading')
              ) : (
                t('search.nothing', { q: now })
              )}
            </div>
          )}
          {recent && (
            <button
              type="button"
              className="choice found-all"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => {
                forgetRecent(userId);
                away();
              }}
            >
              {t('search.forget')}
            </button>
          )}
        </div>
      </Popover>
    </div>
  );
}

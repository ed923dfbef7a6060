import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import { SessionProvider, useInstitution, useMetadata, useSession } from '../api/hooks.ts';
import { caseCountQuery } from '../api/identity.ts';
import type { Entity } from '../api/types.ts';
import { Dialog, Icon, type IconName, Kbd, Menu, type MenuItem, Wordmark } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { Bell } from './bell.tsx';
import { CustomerSearch } from './customer-search.tsx';
import { type Place, placesFor } from './navigation.ts';
import { choose, leave } from './session.ts';
import { useShortcuts } from './shortcuts.ts';
import { StandingIn } from './standing-in.tsx';
import { changeTheme, type Theme, useTheme } from './theme.ts';
import './shell.css';

/** Shown under a place of their own, so not among the records. */
const placed = new Set(['customer', 'user', 'org_unit']);

/** What customers have comes before what happened to them, and that before what stands for itself. */
const rankOf = (entity: Entity): number => (entity.scope === 'institution' ? 2 : entity.storage === 'fact' ? 1 : 0);

export function Shell() {
  return (
    <SessionProvider>
      <Frame />
    </SessionProvider>
  );
}

function Frame() {
  const { t } = useTexts();
  const session = useSession();
  const metadata = useMetadata();
  const places = useMemo(() => placesFor(session, metadata), [session, metadata]);
  const records = useMemo(
    () =>
      metadata.entities
        .filter((entity) => entity.access.read && !placed.has(entity.code))
        .sort((a, b) => rankOf(a) - rankOf(b)),
    [metadata],
  );
  const [help, setHelp] = useState(false);
  const [more, setMore] = useState(false);
  const showHelp = useCallback(() => setHelp(true), []);
  useShortcuts(places, showHelp);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the sheet closes when the page changes
  useEffect(() => setMore(false), [path]);

  return (
    <div className="shell">
      <a href="#content" className="skip">
        {t('nav.skip')}
      </a>
      <aside className="rail">
        <Link to="/" className="rail-brand" aria-label={t('product.name')}>
          <Wordmark />
        </Link>
        <Navigation places={places} records={records} />
      </aside>
      <header className="bar">
        <Link to="/" className="bar-brand" aria-label={t('product.name')}>
          <Wordmark height={16} />
        </Link>
        <CustomerSearch />
        <BusinessDate />
        <Bell />
        <Profile onHelp={showHelp} />
      </header>
      <main id="content" className="content" tabIndex={-1}>
        <StandingIn />
        <Outlet />
      </main>
      <TabBar places={places} onMore={() => setMore(true)} />
      {more && (
        <Dialog title={t('nav.more')} onClose={() => setMore(false)}>
          <div className="more-sheet">
            <Navigation places={places} records={records} />
          </div>
        </Dialog>
      )}
      {help && <Help places={places} onClose={() => setHelp(false)} />}
    </div>
  );
}

const groups = ['work', 'records', 'design', 'operations', 'admin'] as const;

function Navigation({ places, records }: { places: Place[]; records: Entity[] }) {
  const { t } = useTexts();
  return (
    <nav className="nav" aria-label={t('nav.label')}>
      {groups.map((group) => {
        if (group === 'records') return <Records key={group} records={records} />;
        const links: ReactNode[] = places
          .filter((place) => place.group === group)
          .map((place) => <PlaceLink key={place.code} place={place} className="nav-link" />);
        if (group === 'admin') {
          links.push(
            <a key="api" href="/api/docs" target="_blank" rel="noreferrer" className="nav-link">
              <Icon name="api" />
              <span>{t('nav.apiDocs')}</span>
            </a>,
          );
        }
        if (links.length === 0) return null;
        return (
          <section key={group} className={`nav-group nav-${group}`}>
            <h2 className="nav-heading">{t(`nav.${group}`)}</h2>
            <div className="nav-links">{links}</div>
          </section>
        );
      })}
    </nav>
  );
}

const RECORDS_OPEN = 'tongguan-nav-records';
/** What people work with day by day. */
const foremost = new Set(['alert', 'opportunity', 'service_case', 'announcement']);

/** Lists of records are many and most of them seldom gone to: those are folded, unless one is open or somebody keeps them so. */
function Records({ records }: { records: Entity[] }) {
  const { t } = useTexts();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const [kept, keep] = useState(() => localStorage.getItem(RECORDS_OPEN) === 'true');
  const first = records.filter(({ code }) => foremost.has(code));
  const others = records.filter(({ code }) => !foremost.has(code));
  if (records.length === 0) return null;
  const inside = others.some(({ plural }) => path === `/list/${plural}`);
  const open = kept || inside;
  const turn = () => {
    localStorage.setItem(RECORDS_OPEN, String(!open));
    keep(!open);
  };
  return (
    <section className="nav-group nav-records">
      <h2 className="nav-heading">
        <button type="button" className="nav-fold" aria-expanded={open} disabled={inside} onClick={turn}>
          {t('nav.records')}
          <Icon name={open ? 'chevronDown' : 'chevronRight'} />
        </button>
      </h2>
      <div className="nav-links">
        {[...first, ...(open ? others : [])].map((entity) => (
          <RecordLink key={entity.code} entity={entity} />
        ))}
      </div>
    </section>
  );
}

function RecordLink({ entity }: { entity: Entity }) {
  const { many } = useTexts();
  return (
    <Link to="/list/$plural" params={{ plural: entity.plural }} className="nav-link nav-minor">
      {many(entity)}
    </Link>
  );
}

function PlaceLink({ place, className }: { place: Place; className: string }) {
  const { t } = useTexts();
  return (
    <Link to={place.path} className={className} activeOptions={{ includeSearch: false }}>
      <Icon name={place.icon} />
      <span>{t(`nav.${place.code}`)}</span>
      {place.code === 'identity' && <CasesWaiting />}
    </Link>
  );
}

const COUNT_EVERY_MS = 60_000;

/** How many pairs of customers wait for somebody, beside the way there. */
function CasesWaiting() {
  const { data } = useQuery({ ...caseCountQuery, refetchInterval: COUNT_EVERY_MS });
  const waiting = (data?.open ?? 0) + (data?.proposed ?? 0);
  return waiting > 0 ? <span className="nav-count">{`${waiting}${data?.capped ? '+' : ''}`}</span> : null;
}

const TABS_MAX = 3;

function TabBar({ places, onMore }: { places: Place[]; onMore: () => void }) {
  const { t } = useTexts();
  return (
    <nav className="tab-bar" aria-label={t('nav.label')}>
      {places.slice(0, TABS_MAX).map((place) => (
        <PlaceLink key={place.code} place={place} className="tab-link" />
      ))}
      <button type="button" className="tab-link" onClick={onMore} aria-haspopup="dialog">
        <Icon name="more" />
        <span>{t('nav.more')}</span>
      </button>
    </nav>
  );
}

function BusinessDate() {
  const { t, text } = useTexts();
  const { name, businessDate } = useInstitution();
  return (
    <div className="bar-facts">
      <span className="ellipsis quiet">{text(name)}</span>
      <span className="bar-date" title={t('header.businessDate')}>
        <Icon name="calendar" size={14} />
        {businessDate ?? t('header.noBusinessDate')}
      </span>
    </div>
  );
}

function Profile({ onHelp }: { onHelp: () => void }) {
  const { t, language } = useTexts();
  const { user } = useSession();
  const theme = useTheme();
  const navigate = useNavigate();
  const themes: { theme: Theme; label: string; icon: IconName }[] = [
    { theme: 'system', label: t('profile.themeSystem'), icon: 'monitor' },
    { theme: 'light', label: t('profile.themeLight'), icon: 'sun' },
    { theme: 'dark', label: t('profile.themeDark'), icon: 'moon' },
  ];
  const items: MenuItem[] = [
    {
      code: 'zh',
      label: '中文',
      group: t('profile.language'),
      chosen: language === 'zh',
      onSelect: () => void choose('zh'),
    },
    { code: 'en', label: 'English', chosen: language === 'en', onSelect: () => void choose('en') },
    ...themes.map((each, index) => ({
      code: each.theme,
      label: each.label,
      icon: each.icon,
      chosen: theme === each.theme,
      onSelect: () => changeTheme(each.theme),
      ...(index === 0 ? { group: t('profile.theme') } : {}),
    })),
    {
      code: 'security',
      label: t('security.title'),
      icon: 'key',
      group: '',
      onSelect: () => void navigate({ to: '/security' }),
    },
    { code: 'help', label: t('profile.shortcuts'), icon: 'keyboard', onSelect: onHelp },
    {
      code: 'out',
      label: t('profile.signOut'),
      icon: 'signOut',
      onSelect: () => void leave().then(() => navigate({ to: '/sign-in', search: { why: 'signedOut' } })),
    },
  ];
  return (
    <Menu
      label={t('profile.label')}
      align="end"
      items={items}
      header={
        <div className="profile-head">
          <strong>{user.name}</strong>
          <span className="quiet">{user.username}</span>
          {user.orgUnit && <span className="quiet">{user.orgUnit.label}</span>}
        </div>
      }
      trigger={(props) => (
        <button type="button" {...props} className="profile-button" aria-label={t('profile.label')} title={user.name}>
          <span className="profile-letter" aria-hidden="true">
            {[...user.name][0]}
          </span>
          <span className="profile-name ellipsis">{user.name}</span>
          <Icon name="chevronDown" size={12} />
        </button>
      )}
    />
  );
}

function Help({ places, onClose }: { places: Place[]; onClose: () => void }) {
  const { t } = useTexts();
  const everywhere: [string[], string][] = [
    [['/', 'Ctrl K'], t('shortcuts.search')],
    ...places.flatMap((place): [string[], string][] => (place.key ? [[['g', place.key], t(`nav.${place.code}`)]] : [])),
    [['Esc'], t('shortcuts.close')],
    [['?'], t('shortcuts.help')],
  ];
  const lists: [string[], string][] = [
    [['j', '↓'], t('shortcuts.next')],
    [['k', '↑'], t('shortcuts.previous')],
    [['Enter'], t('shortcuts.open')],
    [['n'], t('shortcuts.create')],
  ];
  const part = (title: string, keys: [string[], string][]) => (
    <section>
      <h3>{title}</h3>
      <dl className="help-keys">
        {keys.map(([names, meaning]) => (
          <div key={meaning}>
            <dt>
              {names.map((name) => (
                <Kbd key={name}>{name}</Kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
  return (
    <Dialog title={t('shortcuts.title')} onClose={onClose}>
      <div className="help">
        {part(t('shortcuts.everywhere'), everywhere)}
        {part(t('shortcuts.inLists'), lists)}
      </div>
    </Dialog>
  );
}

import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useRef } from 'react';
import { type Profile, profileQuery } from '../../api/customer.ts';
import { useEntityByCode, useInstitution } from '../../api/hooks.ts';
import { ErrorState, Skeleton, Tabs } from '../../kit/kit.ts';
import { useMedia } from '../../kit/use-media.ts';
import { useTexts } from '../../texts/texts.ts';
import { AccessRecord } from './access-record.tsx';
import { Alerts } from './alerts.tsx';
import { Behaviour } from './behaviour.tsx';
import { Business } from './business.tsx';
import { Details, Metrics } from './details.tsx';
import { Header } from './header.tsx';
import { Household } from './household.tsx';
import { Identities } from './identities.tsx';
import { TagMarks } from './marks.tsx';
import { Maturities } from './maturities.tsx';
import { Notes } from './notes.tsx';
import { Accounts, Cards, Holdings, Loans, StandingOrders } from './positions.tsx';
import { CustomerTasks, History } from './relations.tsx';
import { ServiceTeam } from './service-team.tsx';
import { TagEditor } from './tag-editor.tsx';
import { Transactions } from './transactions.tsx';
import { Wealth } from './wealth.tsx';
import './customer.css';

const route = getRouteApi('/inside/customers/$id');

/** Up to this width one section is shown at a time; on paper all of them. */
const NARROW = 'screen and (max-width: 1000px)';

const sections = ['overview', 'assets', 'transactions', 'contact', 'details'] as const;
type Section = (typeof sections)[number];

const TAGS_MAX = 6;

/** Everything about one customer on one page; on a phone, one section at a time. */
export function Customer() {
  const { id } = route.useParams();
  const profile = useQuery(profileQuery(id));
  if (profile.data) return <Whole key={id} id={id} profile={profile.data} />;
  if (profile.error) return <ErrorState error={profile.error} onRetry={() => void profile.refetch()} />;
  return <CustomerSkeleton />;
}

interface BlockProps {
  id: string;
  profile: Profile;
  /** The business date that everything is seen from. */
  on: string;
}

/** What each section holds. The page of a desk shows all of them: figures in the middle, people at the side. */
const blocks: Record<Section, { middle: (props: BlockProps) => ReactNode; side: (props: BlockProps) => ReactNode }> = {
  overview: {
    side: ({ profile }) => <CustomerTasks profile={profile} />,
    middle: ({ profile, on }) => (
      <>
        <Wealth profile={profile} on={on} />
        <Maturities profile={profile} on={on} />
      </>
    ),
  },
  assets: {
    side: () => null,
    middle: ({ profile, on }) => (
      <>
        <Holdings profile={profile} on={on} />
        <Accounts profile={profile} />
        <Cards profile={profile} />
        <Loans profile={profile} on={on} />
        <StandingOrders profile={profile} />
      </>
    ),
  },
  transactions: {
    side: () => null,
    middle: ({ id, profile }) => <Transactions customer={id} latest={profile.transactions} />,
  },
  contact: {
    side: ({ id, profile }) => (
      <>
        <Notes customer={id} notes={profile.notes} />
        <History profile={profile} />
      </>
    ),
    middle: ({ id, profile }) => (
      <>
        <Alerts customer={id} />
        <Business customer={id} name={String(profile.customer.name ?? id)} />
        <Behaviour customer={id} />
      </>
    ),
  },
  details: {
    side: ({ id, profile }) => (
      <>
        <Household profile={profile} />
        <ServiceTeam customer={id} profile={profile} />
        <Metrics profile={profile} />
        <Details customer={id} profile={profile} />
        <AccessRecord customer={id} />
      </>
    ),
    middle: ({ id }) => <Identities customer={id} />,
  },
};

function Whole({ id, profile }: { id: string; profile: Profile }) {
  const { t } = useTexts();
  const narrow = useMedia(NARROW);
  const { businessDate } = useInstitution();
  const on = businessDate ?? profile.aum.curve.at(-1)?.[0] ?? new Date().toISOString().slice(0, 10);
  const props = { id, profile, on };
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const page = useRef<HTMLDivElement>(null);
  const readsTransactions = useEntityByCode('transaction')?.access.read;
  const offered = sections.filter((section) => section !== 'transactions' || readsTransactions);
  const chosen = offered.find((section) => section === search.tab) ?? 'overview';
  const tabs = offered.map((code) => ({ code, label: t(`customer.sections.${code}`) }));
  const choose = (section: Section) =>
    void navigate({
      search: { tab: section === 'overview' ? undefined : section },
      replace: true,
      resetScroll: false,
    });
  const jump = (section: Section) =>
    page.current?.querySelector(`[data-section="${section}"]`)?.scrollIntoView({ block: 'start' });
  return (
    <div ref={page} className="customer">
      <div className="customer-top">
        <Header id={id} profile={profile} on={on} />
        <div className="customer-sections">
          {narrow ? (
            <Tabs label={t('customer.sections.label')} tabs={tabs} value={chosen} onChange={choose} />
          ) : (
            <nav className="customer-jumps" aria-label={t('customer.sections.label')}>
              {tabs.map(({ code, label }) => (
                <button key={code} type="button" onClick={() => jump(code)}>
                  {label}
                </button>
              ))}
            </nav>
          )}
          {!narrow && (
            <div className="customer-tags">
              <TagMarks tags={profile.tags} max={TAGS_MAX} />
              <TagEditor id={id} tags={profile.tags} />
            </div>
          )}
        </div>
      </div>
      {narrow ? (
        <div className="customer-section">
          {blocks[chosen].side(props)}
          {blocks[chosen].middle(props)}
        </div>
      ) : (
        <div className="customer-columns">
          {(['middle', 'side'] as const).map((column) => (
            <div key={column} className={`customer-${column}`}>
              {sections.map((section) => {
                const content = blocks[section][column](props);
                return (
                  content && (
                    <div key={section} data-section={section}>
                      {content}
                    </div>
                  )
                );
              })}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

function CustomerSkeleton() {
  return (
    <div className="customer">
      <div className="customer-top">
        <div className="customer-head">
          <span className="bone customer-bone-name" />
          <span className="bone customer-bone-line" />
        </div>
      </div>
      <div className="customer-columns">
        <div className="customer-middle">
          <Skeleton lines={14} />
        </div>
        <div className="customer-side">
          <Skeleton lines={10} />
        </div>
      </div>
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { addDays, dateIn, daysBetween, formatPercent } from '#kernel';
import { type Profile, profileQuery } from '../../api/customer.ts';
import type { PlanCard } from '../../api/day-plan.ts';
import { useInstitution } from '../../api/hooks.ts';
import { within } from '../../charts/points.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { Change, ErrorState, Kbd, KeyFigure, Money, Skeleton } from '../../kit/kit.ts';
import { useDelayed } from '../../kit/use-delayed.ts';
import { useNow } from '../../tasks/due.tsx';
import { TaskStack } from '../../tasks/task-stack.tsx';
import { useTexts } from '../../texts/texts.ts';
import { changeOver, historyOf, lastContact, maturities } from '../customer/facts.ts';
import { PlainMarks, TagMarks, TierMark } from '../customer/marks.tsx';
import { Timeline, TimelineTitle } from '../customer/timeline.tsx';
import { RankWords, useWish } from './rank.tsx';

interface CustomerBriefProps {
  card: PlanCard;
  focus: string;
  onFocus: (task: string) => void;
}

/** While j or k is held down, nobody is asked about: the profile comes once the hand rests. */
const REST_MS = 150;
const TAGS_MAX = 6;
const RECENT_MAX = 5;

/** The customer in hand: who, how much, why call, what to say, what was said last. */
export function CustomerBrief({ card, focus, onFocus }: CustomerBriefProps) {
  const { t } = useTexts();
  const { customer } = card;
  const wish = useWish()(customer);
  const rested = useDelayed<string | null>(customer.id, REST_MS) === customer.id;
  const profile = useQuery({ ...profileQuery(customer.id), enabled: rested });
  return (
    <section className="plan-detail" aria-label={t('dayPlan.detail')}>
      <header className="brief-head">
        <h2 className="ellipsis" title={customer.name ?? undefined}>
          {customer.name}
        </h2>
        <Link to="/customers/$id" params={{ id: customer.id }} className="button button-plain">
          {t('dayPlan.openCustomer')} <Kbd>↵</Kbd>
        </Link>
        <div className="brief-marks">
          <span className="quiet">{customer.phone ?? t('dayPlan.noPhone')}</span>
          {wish && <span className="plan-wish">{wish}</span>}
          {profile.data ? (
            <>
              {customer.tier && <TierMark code={customer.tier} reason={profile.data.tierReason} />}
              <TagMarks tags={profile.data.tags} max={TAGS_MAX} />
            </>
          ) : (
            <PlainMarks tier={customer.tier} tags={customer.tags} max={TAGS_MAX} />
          )}
        </div>
      </header>
      <KeyFigures card={card} profile={profile.data} />
      <RankWords card={card} />
      <TaskStack tasks={card.tasks} customer={customer} focus={focus} onFocus={onFocus} keys />
      <section className="brief-recent">
        <h3>{t('dayPlan.recent')}</h3>
        {profile.data ? (
          profile.data.timeline.length > 0 ? (
            <Timeline entries={historyOf(profile.data.timeline).slice(0, RECENT_MAX)} />
          ) : (
            <p className="faint">{t('dayPlan.noRecent')}</p>
          )
        ) : profile.error ? (
          <ErrorState error={profile.error} onRetry={() => void profile.refetch()} />
        ) : (
          <Skeleton lines={4} />
        )}
      </section>
      <Keys card={card} />
    </section>
  );
}

/** The keys that work here, for those who have not learnt them yet. */
function Keys({ card }: { card: PlanCard }) {
  const { t } = useTexts();
  const keys: [string[], string][] = [
    [['j', 'k'], t('dayPlan.keys.move')],
    [['↵'], t('dayPlan.keys.open')],
    [['1–6'], t('tasks.keys.result')],
    [['n'], t('tasks.keys.note')],
    [['s'], t('tasks.keys.snooze')],
    ...(card.tasks.length > 1 ? [[['a'], t('tasks.keys.together')] as [string[], string]] : []),
    [['c'], t('tasks.keys.copy')],
    [['u'], t('tasks.keys.undo')],
  ];
  return (
    <p className="brief-keys faint">
      {keys.map(([names, meaning]) => (
        <span key={meaning}>
          {names.map((name) => (
            <Kbd key={name}>{name}</Kbd>
          ))}{' '}
          {meaning}
        </span>
      ))}
    </p>
  );
}

const MATURITY_DAYS = 90;
const CHANGE_DAYS = 30;

function KeyFigures({ card, profile }: { card: PlanCard; profile: Profile | undefined }) {
  const { t } = useTexts();
  const { zone, businessDate } = useInstitution();
  const today = dateIn(zone, new Date(useNow()));
  const from = businessDate ?? today;
  const change = profile && changeOver(profile.aum.curve, CHANGE_DAYS, from);
  const next = profile && maturities(profile, from, addDays(from, MATURITY_DAYS))[0];
  const contact = profile && lastContact(profile);
  const days = contact && daysBetween(dateIn(zone, new Date(contact.at)), today);
  const waiting = <span className="bone brief-bone" />;
  return (
    <div className="brief-figures">
      <KeyFigure label={t('dayPlan.aum')}>
        <Money value={card.customer.aum} />
      </KeyFigure>
      <KeyFigure
        label={t('dayPlan.change30')}
        hint={change?.share && <Change value={change.share}>{formatPercent(change.share, 1)}</Change>}
      >
        {change ? (
          <Change value={change.amount}>
            <Money value={change.amount} />
          </Change>
        ) : profile ? (
          <span className="faint">{t('common.none')}</span>
        ) : (
          waiting
        )}
      </KeyFigure>
      <KeyFigure label={t('dayPlan.nextMaturity')} hint={next && <span title={next.label}>{next.date}</span>}>
        {next ? (
          <Money value={next.amount} />
        ) : profile ? (
          <span className="faint brief-words">{t('dayPlan.noMaturity')}</span>
        ) : (
          waiting
        )}
      </KeyFigure>
      <KeyFigure label={t('dayPlan.lastContact')} hint={contact && <TimelineTitle entry={contact} />}>
        {days !== undefined ? (
          days <= 0 ? (
            t('dayPlan.today')
          ) : (
            t('dayPlan.daysAgo', { count: days })
          )
        ) : profile ? (
          <span className="faint brief-words">{t('dayPlan.neverContacted')}</span>
        ) : (
          waiting
        )}
      </KeyFigure>
      <div className="brief-curve">
        {profile && <Sparkline points={within(profile.aum.curve, '1y', from)} label={t('dayPlan.curve')} />}
      </div>
    </div>
  );
}

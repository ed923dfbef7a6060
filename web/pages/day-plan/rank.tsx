import type { PlanCard, Rank, Task } from '../../api/day-plan.ts';
import { useMetadata } from '../../api/hooks.ts';
import { Money } from '../../kit/kit.ts';
import { useTaskOptions } from '../../tasks/priority.tsx';
import { useTexts } from '../../texts/texts.ts';

const FACTORS = ['value', 'urgency', 'chance'] as const;
const share = (of: number) => `${Math.round(of * 100)}%`;

/** The rank at a glance: three bars, whose product orders the cards. */
export function RankBars({ rank }: { rank: Rank }) {
  const { t } = useTexts();
  const words = FACTORS.map((code) => `${t(`dayPlan.rank.${code}`)} ${share(rank[code])}`).join(' · ');
  return (
    <span className="rank-bars" role="img" aria-label={words} title={words}>
      {FACTORS.map((code) => (
        <span key={code} data-factor={code}>
          <span style={{ height: share(rank[code]) }} />
        </span>
      ))}
    </span>
  );
}

/** The rank in words: what each factor is, and what it was made of. */
export function RankWords({ card }: { card: PlanCard }) {
  const { t } = useTexts();
  const { rank, tasks } = card;
  const lead = tasks[0];
  if (!rank || !lead) return null;
  const words = {
    value: <ValueWords card={card} rank={rank} />,
    urgency: <UrgencyWords task={lead} />,
    chance: <ChanceWords task={lead} rank={rank} />,
  };
  return (
    <dl className="rank-words" aria-label={t('dayPlan.rank.title')}>
      {FACTORS.map((code) => (
        <div key={code}>
          <dt>{t(`dayPlan.rank.${code}`)}</dt>
          <dd>
            <span className="rank-bar" data-factor={code}>
              <span style={{ width: share(rank[code]) }} />
            </span>
            <span className="rank-share">{share(rank[code])}</span>
            <span className="rank-why">{words[code]}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function ValueWords({ card, rank }: { card: PlanCard; rank: Rank }) {
  const { t, text } = useTexts();
  const { tiers } = useMetadata();
  const tier = tiers.find(({ code }) => code === card.customer.tier);
  const named = tier ? text(tier.label) : t('common.none');
  if (rank.by === 'none') return t('dayPlan.rank.unknown');
  if (rank.by === 'tier' || rank.above === null) return t('dayPlan.rank.byTier', { tier: named });
  return (
    <>
      {t('dayPlan.rank.byAssets', { share: share(rank.above) })}
      {rank.stake && (
        <>
          {t('dayPlan.rank.stake')} <Money value={rank.stake} />
        </>
      )}
    </>
  );
}

const HOUR_MINUTES = 60;

function UrgencyWords({ task }: { task: Task }) {
  const { t, text } = useTexts();
  const option = useTaskOptions('priority').find(({ code }) => code === task.priority);
  const priority = option ? text(option.label) : task.priority;
  const left = task.minutesLeft ?? null;
  const minutes = Math.abs(left ?? 0);
  const [count, unit] = minutes < HOUR_MINUTES ? [minutes, 'Minutes'] : [Math.round(minutes / HOUR_MINUTES), 'Hours'];
  const due =
    left === null
      ? t('dayPlan.rank.noDue')
      : t(`dayPlan.rank.${left < 0 ? 'late' : 'left'}${unit as 'Minutes' | 'Hours'}`, { count });
  return t('dayPlan.rank.urgencyWords', { priority, due });
}

function ChanceWords({ task, rank }: { task: Task; rank: Rank }) {
  const { t } = useTexts();
  const { judged = 0, useful = 0, ownJudged = 0, ownUseful = 0 } = task;
  const rule =
    judged === 0 ? t('dayPlan.rank.noResults') : t('dayPlan.rank.results', { judged, useful, ownJudged, ownUseful });
  const reach =
    rank.attempts === 0
      ? t('dayPlan.rank.neverTried')
      : t('dayPlan.rank.reached', { attempts: rank.attempts, reached: rank.reached });
  return `${rule}${t('dayPlan.rank.and')}${reach}`;
}

/** Why a task waits for the customer's sake, and until when. */
export function HeldLine({ task }: { task: Task }) {
  const { t } = useTexts();
  if (!task.held) return null;
  const until =
    task.heldUntil && task.held !== 'contacted_today' ? t('dayPlan.held.until', { date: task.heldUntil }) : '';
  return (
    <span className="plan-held">
      {t(`dayPlan.held.${task.held}`)}
      {until}
    </span>
  );
}

/** What the customer wishes of contacts, as a few words; empty where he wishes nothing. */
export function useWish(): (customer: PlanCard['customer']) => string {
  const { t } = useTexts();
  return ({ contactWish, contactWeekday, contactTime }) => {
    const parts = [
      contactWish === 'quiet' || contactWish === 'none' ? t(`dayPlan.wish.${contactWish}`) : '',
      contactWeekday || contactTime
        ? t('dayPlan.wish.prefers', {
            when: [
              contactWeekday ? t(`dayPlan.weekdays.${contactWeekday}` as 'dayPlan.weekdays.monday') : '',
              contactTime ? `${contactTime.slice(1)}:00` : '',
            ]
              .filter((part) => part !== '')
              .join(' '),
          })
        : '',
    ];
    return parts.filter((part) => part !== '').join(' · ');
  };
}

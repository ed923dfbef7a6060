import { raw, type Sql, sql } from '#database';
import type { ParameterValues } from '#facts';
import { type BusinessDate, dayNumber } from '#kernel';

// Who is contacted when. The policy holds back proactive tasks alone: those that a rule made and that can wait. Urgent ones, those that a
// person gave, and follow-ups that were agreed with the customer are never held back.

/** Why a task waits; the first that holds is told. */
export const HOLDS = ['no_contact', 'contacted_today', 'quiet', 'too_soon', 'preferred_day'] as const;
export type Hold = (typeof HOLDS)[number];

/** What the policy needs to know, for the marks of a statement. */
export interface ContactPolicy {
  gapDays: number;
  quietDays: number;
  today: BusinessDate;
  /** 0 is Sunday. */
  weekday: number;
}

export function contactPolicy(values: ParameterValues, today: BusinessDate): ContactPolicy {
  return {
    gapDays: Number(values.get('contact_gap_days')),
    quietDays: Number(values.get('contact_quiet_days')),
    today,
    weekday: (((dayNumber(today) + 4) % 7) + 7) % 7,
  };
}

type Marks = Record<keyof ContactPolicy, unknown>;

/** May a task wait for the customer's sake? */
export const PROACTIVE = "(t.rule is not null and t.priority in ('normal', 'low'))";

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/**
 * Lateral row `h(held, until)`: why a proactive task waits and until when, null where it does not. `who` is the customer, `contact` the
 * date of his last contact, `due` the date on which the task is due. For the sake of distance, or of the customer's preferred day, a
 * task waits no longer than until it is due.
 */
export function holdSql(policy: Marks, who: string, contact: string, due: Sql): Sql {
  const { weekday } = policy;
  const [w, last, now] = [raw(who), raw(contact), sql`${policy.today}::date`];
  return sql`(select
      case when wish = 'none' then 'no_contact' when last_on = ${now} then 'contacted_today' when wish = 'quiet' and quiet_until > ${now} then 'quiet'
        when gap_until > ${now} then 'too_soon' when day_until > ${now} then 'preferred_day' end as held,
      case when wish = 'none' then wish_until when last_on = ${now} then ${now} + 1 when wish = 'quiet' and quiet_until > ${now} then quiet_until
        when gap_until > ${now} then gap_until when day_until > ${now} then day_until end as until
    from (select ${last} as last_on, ${w}.contact_wish_until as wish_until,
        case when ${w}.contact_wish_until < ${now} then 'normal' else ${w}.contact_wish end as wish,
        ${last} + ${policy.quietDays}::int as quiet_until,
        -- least() passes over nulls, and who was never contacted waits for nobody.
        case when ${last} is not null then least(${last} + ${policy.gapDays}::int, ${due}) end as gap_until,
        case when ${w}.contact_weekday is not null then
          least(${now} + (array_position(${weekdays}::text[], ${w}.contact_weekday) - 1 - ${weekday}::int + 7) % 7, ${due}) end as day_until) x) h`;
}

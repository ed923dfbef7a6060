import type { Transaction } from '#database';
import { dayStatement } from '#facts';
import { addDays, type BusinessDate } from '#kernel';
import type { Occurrence } from './occurrence.ts';
import type { Rule } from './rule-definition.ts';

// Above its limit of a day a rule does nothing more; as many again wait for a person, and beyond those it does not even note them. Counting the
// alerts of the day at every alert would cost more with each: so it is kept beside how many there are at most. What deletes alerts need not
// know of that; the alerts themselves are counted only where the limit may be near.

/** How many occurrences may still be acted on, and how many more are kept waiting. */
export interface Room {
  acting: number;
  waiting: number;
}

/** Room for at least so many, or exactly what is left where that is less. Must be asked for before alerts of the date are written. */
export async function roomLeft(
  tx: Transaction,
  rule: Rule,
  date: BusinessDate,
  atMost: AtMost,
  needed: number,
): Promise<Room> {
  const { code, alerts_per_day: limit } = rule.definition;
  if (atMost.alerts !== null && atMost.alerts + needed <= limit) {
    return { acting: limit - atMost.alerts, waiting: limit };
  }
  const { rows } = await tx.query<{ acted: number; waiting: number }>(
    dayStatement(
      `select count(*) filter (where outcome = 'acted')::integer as acted, count(*) filter (where outcome = 'over_limit')::integer as waiting
         from alert where rule = $1 and business_date = $2`,
      [code, date],
    ),
  );
  const { acted, waiting } = rows[0]!;
  if (atMost.alerts === null) {
    await tx.query(
      dayStatement(
        'insert into rule_reckoning (rule, business_date, alerts_max) values ($1, $2, $3) on conflict do nothing',
        [code, date, acted + waiting],
      ),
    );
  }
  return { acting: Math.max(0, limit - acted), waiting: Math.max(0, limit - waiting) };
}

/** How many alerts a rule has on a date at most, acted on or waiting; null: nobody has counted yet. */
export interface AtMost {
  alerts: number | null;
}

export async function alertsAtMost(tx: Transaction, rule: Rule, date: BusinessDate): Promise<AtMost> {
  const { rows } = await tx.query<AtMost>(
    dayStatement('select alerts_max as alerts from rule_reckoning where rule = $1 and business_date = $2', [
      rule.definition.code,
      date,
    ]),
  );
  return rows[0] ?? { alerts: null };
}

/** Business dates of which the bound is kept; an older one is counted anew should alerts of it still come. */
const KEPT_DAYS = 60;

/** Forgets what is kept of dates long past. */
export async function forgetReckonings(tx: Transaction, date: BusinessDate): Promise<void> {
  await tx.query(dayStatement('delete from rule_reckoning where business_date < $1', [addDays(date, -KEPT_DAYS)]));
}

/** To be called by whoever writes alerts that are acted on or wait. Dates that nobody has counted are left out. */
export async function reckon(tx: Transaction, rule: Rule, occurrences: readonly Occurrence[]): Promise<void> {
  if (occurrences.length === 0) return;
  const counts = Map.groupBy(occurrences, ({ businessDate }) => businessDate);
  await tx.query(
    dayStatement(
      `update rule_reckoning r set alerts_max = r.alerts_max + n.alerts from unnest($2::date[], $3::integer[]) n(date, alerts)
        where r.rule = $1 and r.business_date = n.date`,
      [rule.definition.code, [...counts.keys()], [...counts.values()].map(({ length }) => length)],
    ),
  );
}

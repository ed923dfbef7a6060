import { type Context, fieldView } from '#access';
import { join, raw, type Sql, sql } from '#database';
import { fieldOf } from '#metadata';

// rank = value × urgency × chance. Each factor is defined here and nowhere else, lies between 0 and 1, and goes to the page with what
// it was made of. docs/day-plan.md says the same to people.

/** What the least valuable, of all that are known, is worth: nobody is worth nothing. */
const VALUE_FLOOR = 0.1;
/** Where nothing is known, or the reader may not know it: the middle. */
const VALUE_UNKNOWN = 0.5;

/** What a priority is worth once it is a working day late. */
const PRIORITY_URGENCY = { highest: 1, high: 0.8, normal: 0.5, low: 0.25 } as const;
/** The share of that while there is time, and at the due time; a working day after it, all. */
const SHARE_EARLY = 0.5;
const SHARE_AT_DUE = 0.9;
/** Working minutes before the due time from which on a task grows more urgent: three days. */
const HORIZON_MINUTES = 1_440;
const LATE_MINUTES = 480;

/** Beta(2, 2): a rule of which nothing is known is as often useful as not. */
const RULE_PRIOR = { useful: 2, judged: 4 };
/** The results of everybody weigh as much as so many of the manager's own. */
const EVERYBODYS_WEIGHT = 8;
/** Beta(4, 1): of whom nothing is known, four of five calls are answered. */
const REACH_PRIOR = { reached: 4, attempts: 5 };
/** Days whose contacts say how well a customer is reached. */
export const REACH_DAYS = 180;

/** What the value of a customer may be made of, for this reader: who may not see assets must not read them from an order. */
export type ValueSource = 'assets' | 'tier' | 'none';

export function valueSource({ model, actor }: Context): ValueSource {
  const customer = model.entity('customer');
  const clear = (code: string) => fieldView(model, actor, customer, fieldOf(customer, code)!) === 'clear';
  return clear('aum') ? 'assets' : clear('tier') ? 'tier' : 'none';
}

/** May the reader see what amount a task is about? Where he may not, it raises no value either. */
export function seesStake({ model, actor }: Context): boolean {
  const task = model.entity('task');
  return fieldView(model, actor, task, fieldOf(task, 'stake')!) === 'clear';
}

/**
 * Value: with assets, the share of the customers of the same manager whose assets do not exceed this one's assets plus the largest
 * amount at stake; with the tier, its place among the tiers. `who` is the customer, `book` a row with the sorted assets of the
 * manager's customers, `stake` an amount or null.
 */
export function valueSql(ctx: Context, source: ValueSource, who: string, book: string, stake: string): Sql {
  const scaled = (share: Sql) => sql`${VALUE_FLOOR}::float8 + ${1 - VALUE_FLOOR}::float8 * ${share}`;
  const unknown = sql`${VALUE_UNKNOWN}::float8`;
  const tiers = ctx.model.data('tiers').map(({ value }) => String(value.code));
  const byTier = sql`case ${join(
    [
      raw(`${who}.tier`),
      ...tiers.map((tier, index) => sql`when ${tier} then ${scaled(sql`${1 - (index + 0.5) / tiers.length}::float8`)}`),
    ],
    ' ',
  )} else ${unknown} end`;
  if (source === 'none') return unknown;
  if (source === 'tier') return byTier;
  const share = sql`width_bucket(coalesce(${raw(who)}.aum, 0)::float8 + coalesce(${raw(stake)}, 0)::float8, ${raw(book)}.aums) / cardinality(${raw(book)}.aums)::float8`;
  return sql`case when ${raw(book)}.aums is null then ${byTier} else ${scaled(share)} end`;
}

/** The share of the book below, for the words; null where the value is not made of assets. */
export function aboveSql(source: ValueSource, who: string, book: string, stake: string): Sql {
  if (source !== 'assets') return sql`null::float8`;
  return sql`width_bucket(coalesce(${raw(who)}.aum, 0)::float8 + coalesce(${raw(stake)}, 0)::float8, ${raw(book)}.aums) / cardinality(${raw(book)}.aums)::float8`;
}

/**
 * Working minutes from now until an instant, negative when it has passed; null without one. Arrays and count are those of
 * `workMinutesAround`, in a row `w(starts, lengths, passed, now)`.
 */
export function minutesLeftSql(at: string): Sql {
  const minute = raw(`(date_part('epoch', ${at}) / 60)`);
  const index = sql`width_bucket(${minute}, w.starts)`;
  return sql`(case when ${raw(at)} is not null then coalesce(w.passed[${index}] + least(${minute} - w.starts[${index}], w.lengths[${index}]), 0) - w.now end)`;
}

/**
 * Urgency: what the priority gives, times a share that grows with time: half of it up to three working days before the due time, 0.9 at
 * it, all of it a working day after. So what is late rises among its equals, and never above what matters more. `left` are working
 * minutes, null where nothing is due.
 */
export function urgencySql(priority: string, left: string): Sql {
  const base = sql`case ${raw(priority)} ${join(
    Object.entries(PRIORITY_URGENCY).map(([code, worth]) => sql`when ${code} then ${worth}::float8`),
    ' ',
  )} else ${PRIORITY_URGENCY.normal}::float8 end`;
  const minutes = raw(left);
  const share = sql`case when ${minutes} is null then ${SHARE_EARLY}::float8
    when ${minutes} > 0 then ${SHARE_EARLY}::float8 + ${SHARE_AT_DUE - SHARE_EARLY}::float8 * greatest(0, 1 - ${minutes} / ${HORIZON_MINUTES}::float8)
    else least(1, ${SHARE_AT_DUE}::float8 + ${1 - SHARE_AT_DUE}::float8 * -${minutes} / ${LATE_MINUTES}::float8) end`;
  return sql`(${base}) * (${share})`;
}

/**
 * Chance that the contact is worth it: how often results of the rule were useful (the manager's own, drawn towards everybody's, drawn
 * towards one half), times how often this customer was reached. `f` is a row of `feedbackRows`, `i` one of contacts.
 */
export function chanceSql(f: string, i: string): Sql {
  const everybody = sql`(${RULE_PRIOR.useful}::float8 + coalesce(${raw(f)}.useful, 0)) / (${RULE_PRIOR.judged}::float8 + coalesce(${raw(f)}.judged, 0))`;
  const rule = sql`(${EVERYBODYS_WEIGHT}::float8 * ${everybody} + coalesce(${raw(f)}.own_useful, 0)) / (${EVERYBODYS_WEIGHT}::float8 + coalesce(${raw(f)}.own_judged, 0))`;
  const reach = sql`(${REACH_PRIOR.reached}::float8 + coalesce(${raw(i)}.reached, 0)) / (${REACH_PRIOR.attempts}::float8 + coalesce(${raw(i)}.attempts, 0))`;
  return sql`${rule} * ${reach}`;
}

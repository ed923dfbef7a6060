import { empty, ident, join, raw, type Sql, sql } from '#database';
import { addDays, type BusinessDate } from '#kernel';
import { columnOf, type EntityDefinition, type Model } from '#metadata';
import { textLiteral } from './conditions.ts';
import { dateOccasions } from './date-trigger.ts';
import type { RuleDay } from './occurrence.ts';
import { expressionsOf, type Rule } from './rule-definition.ts';
import { commonReference } from './rule-trigger.ts';
import { EVENT, referenceJoins, SUBJECT, WATCHED, watchedTypes } from './rule-words.ts';
import { isScheduled } from './schedule-trigger.ts';

/** What a trigger adds to the statement of a rule on a day. */
export interface OccasionSource {
  /** After the customer, the metrics and the watched record. */
  joins: Sql;
  where: Sql[];
  /** What makes an occasion, unless the rule says so itself. */
  occasion: Sql;
  /** The business date of the occasion. */
  date: Sql;
  eventId: Sql;
  /** Several occasions of one customer are possible: told in this order. */
  order: Sql | undefined;
}

/** Is the rule in force on a business date? */
export function isEffective({ definition: { effective } }: Rule, date: BusinessDate): boolean {
  return (!effective?.from || date >= effective.from) && (!effective?.until || date <= effective.until);
}

/** Does the rule speak of the single event? If not it looks once at each customer who has one. */
export const speaksOfEvent = (rule: Rule): boolean =>
  [...expressionsOf(rule).flatMap(({ names }) => names), ...rule.mentioned].some((code) => code.startsWith('event_'));

/** What makes occasions of a rule on a day, for some customers or for all; undefined where nothing does. */
export function occasionSource(
  model: Model,
  rule: Rule,
  day: RuleDay,
  which: 'all' | 'some' = 'all',
): OccasionSource | undefined {
  const { trigger } = rule;
  const ofDay: OccasionSource = {
    joins: empty,
    where: [],
    occasion: sql`${day.date}::date`,
    date: sql`${day.date}::date`,
    eventId: raw('null'),
    order: undefined,
  };
  if (trigger.kind !== 'date' && !isEffective(rule, day.date)) return undefined;
  switch (trigger.kind) {
    case 'day':
    case 'hand':
      return ofDay;
    case 'schedule':
      return isScheduled(trigger.schedule, day.date, day.calendar) ? ofDay : undefined;
    case 'fact':
      return { ...ofDay, ...factSource(model, rule, day, which) };
    case 'record':
      return { ...ofDay, ...recordSource(model, rule) };
    case 'turns':
    case 'change':
      return { ...ofDay, ...watchSource(rule, day) };
    case 'date':
      return dateSource(model, rule, day, ofDay);
  }
}

const event = (column: string): Sql => raw(`${EVENT}.${column}`);

function factSource(model: Model, rule: Rule, day: RuleDay, which: 'all' | 'some'): Partial<OccasionSource> {
  if (rule.trigger.kind !== 'fact') throw new Error('no rule of facts');
  const entity = rule.trigger.event;
  const table = ident(entity.code);
  // The statistics know nothing of a day that has just begun, so the plan would begin with its facts, all of them for a few customers.
  const byCustomer = raw(which === 'some' ? ' offset 0' : '');
  if (!speaksOfEvent(rule)) {
    const today = sql`exists (select from ${table} f where f.customer_id = c.id and f.business_date = ${day.date}::date${byCustomer})`;
    return { where: [today] };
  }
  const joined =
    which === 'all'
      ? sql`join ${table} ${raw(EVENT)} on ${event('customer_id')} = c.id and ${event('business_date')} = ${day.date}::date`
      : sql`cross join lateral (select * from ${table} f where f.customer_id = c.id and f.business_date = ${day.date}::date${byCustomer}) ${raw(EVENT)}`;
  return {
    joins: sql`${joined}
${raw(referenceJoins(model, entity, EVENT))}`,
    occasion: event('id'),
    eventId: event('id'),
    order: event('id'),
  };
}

function recordSource(model: Model, rule: Rule): Partial<OccasionSource> {
  if (rule.trigger.kind !== 'record') throw new Error('no rule of records');
  const entity = rule.trigger.event;
  return {
    joins: sql`join ${ident(entity.code)} ${raw(EVENT)} on ${concerns(rule, entity)}
  and ${unseenSql(rule, entity)}
${raw(referenceJoins(model, entity, EVENT))}`,
    occasion: event('id'),
    eventId: event('id'),
    order: rule.subject ? sql`${event('id')}, ${raw(`${SUBJECT}.id`)}` : event('id'),
  };
}

/** Columns of a record that decide whether a rule fires: those that its conditions ask for, and the one by which the record concerns others. */
function decidingColumns(rule: Rule, entity: EntityDefinition): string[] {
  const asked = expressionsOf(rule).flatMap(({ names }) => names);
  const shared = rule.subject && commonReference(rule.subject, entity)?.theirs;
  const found = entity.fields.filter(
    (field) =>
      field === shared ||
      asked.some((name) => name === `event_${field.code}` || (field.ref && name.startsWith(`event_${field.code}_`))),
  );
  return found.map(columnOf).sort();
}

/** What a rule sees of a record `e`: the columns that it asks for, and a fingerprint of their values. */
export function seenSql(rule: Rule, entity: EntityDefinition): { columns: Sql; seen: Sql } {
  const columns = decidingColumns(rule, entity);
  const values = columns.map((column) => event(ident(column).sql));
  return {
    columns: textLiteral(columns.join(' ')),
    seen: values.length > 0 ? sql`md5(row(${join(values, ', ')})::text)` : raw("''"),
  };
}

/** The record `e` is new to the rule, or is no longer what the rule saw of it. A rule that asks for other columns now does not compare. */
export function unseenSql(rule: Rule, entity: EntityDefinition): Sql {
  const { columns, seen } = seenSql(rule, entity);
  return sql`not exists (select from rule_record k where k.rule = ${textLiteral(rule.definition.code)} and k.record_id = ${event('id')}
    and (k.columns = ${columns} and k.seen <> ${seen}) is not true)`;
}

/** A record concerns the watched records that refer to the same thing; without one every customer, and the condition chooses. */
function concerns({ subject }: Rule, entity: EntityDefinition): Sql {
  if (!subject) return raw('true');
  const { own, theirs } = commonReference(subject, entity)!;
  return sql`${event(ident(columnOf(theirs)).sql)} = ${raw(`${SUBJECT}.${ident(columnOf(own)).sql}`)}`;
}

/** The row of `rule_watch` that belongs to the customer or the watched record, as `k`. */
export const watchJoin = (rule: Rule): Sql =>
  sql`left join rule_watch k on k.customer_id = c.id and k.rule = ${textLiteral(rule.definition.code)} and k.subject_id = ${subjectId(rule)}`;

export const subjectId = ({ subject }: Rule): Sql => raw(subject ? `${SUBJECT}.id` : '0');

/** The watched value as it is now; a condition that is unknown does not hold. */
export function watchedSql({ trigger }: Rule, day: RuleDay): Sql {
  if (trigger.kind === 'turns') return sql`coalesce(${trigger.watched.sql(day.expressions)}, false)`;
  if (trigger.kind === 'change') return trigger.watched.sql(day.expressions);
  throw new Error('a rule that watches nothing');
}

/** Longer values make no readable occasion; their fingerprint does. */
const VALUE_MAX = 60;

function watchSource(rule: Rule, day: RuleDay): Partial<OccasionSource> {
  if (rule.trigger.kind !== 'turns' && rule.trigger.kind !== 'change') throw new Error('no rule that watches');
  const type = watchedTypes[rule.trigger.watched.type]!;
  const now = raw(`${WATCHED}.value_now`);
  const joins = sql`${watchJoin(rule)}
cross join lateral (select (${watchedSql(rule, day)})::${raw(type)} as value_now, k.value::${raw(type)} as value_before) ${raw(WATCHED)}`;
  // What was seen on a later day is not undone by a look back.
  const known = sql`(k.as_of is null or k.as_of <= ${day.date}::date)`;
  if (rule.trigger.kind === 'turns') {
    return { joins, where: [known, sql`${now}`, sql`k.value is distinct from 'true'`] };
  }
  const max = raw(String(VALUE_MAX));
  return {
    joins,
    where: [known, sql`k.rule is not null`, sql`${now} is distinct from ${raw(`${WATCHED}.value_before`)}`],
    occasion: sql`${day.date}::date || '/' || coalesce(case when length(${now}::text) > ${max} then md5(${now}::text) else ${now}::text end, '')`,
  };
}

/** From so many dates on, to look each value up costs less than an index saves. */
const HASHED_FROM = 60;

/**
 * Is the date one of these? A birthday falls on a date of each year of a century, and PostgreSQL holds each value against a whole array that it
 * does not know when it plans; asked for in an expression, a list is hashed.
 */
const hasOne = (place: Sql, dates: readonly (string | null)[]): Sql =>
  dates.length < HASHED_FROM
    ? sql`${place} = any(${dates}::date[])`
    : sql`coalesce(${place} in (select unnest(${dates}::date[])), false)`;

function dateSource(model: Model, rule: Rule, day: RuleDay, ofDay: OccasionSource): OccasionSource | undefined {
  if (rule.trigger.kind !== 'date') throw new Error('no rule of dates');
  const { trigger } = rule;
  const grace = Array.from({ length: trigger.date.grace_days + 1 }, (_, index) => addDays(day.date, -index));
  const dates = grace.filter((date) => isEffective(rule, date));
  const found = dateOccasions(model, trigger, dates, day.calendar);
  if (found.length === 0) return undefined;
  const column = trigger.field === undefined ? undefined : rule.vocabulary.names[trigger.field]!.sql!;
  const written = raw(String(column).startsWith(`${SUBJECT}.`) ? `${SUBJECT}.updated_at` : 'c.updated_at');
  const place = typeof column === 'string' ? raw(column) : column;
  const stored = found.map((each) => each.stored);
  const wanted = sql`unnest(${stored}::date[], ${found.map(({ on }) => on)}::date[], ${found.map(({ days }) => days)}::integer[],
  ${found.map(({ occurs }) => occurs)}::date[]) t(stored, on_date, days, occurs)`;
  return {
    ...ofDay,
    // Who has one of the dates is found first: joined by chance of the plan, each of a century's dates would be held against each customer.
    joins:
      place === undefined
        ? sql`cross join ${wanted}`
        : sql`cross join lateral (select * from ${wanted} where t.stored = ${place} offset 0) t`,
    // A day that has passed is made up for where no day was run since the record was written. What was before the first day is past.
    where: [
      ...(place === undefined ? [] : [hasOne(place, stored)]),
      sql`(t.occurs = ${day.date}::date or (t.occurs >= (select min(d.date) from business_day d where d.status = 'done')
    and not exists (select from business_day d where d.status = 'done' and d.date between t.occurs and ${day.date}::date
      and coalesce(d.seen_at, 'infinity') >= ${written})))`,
    ],
    occasion: raw(`t.on_date || '/' || t.days`),
    date: raw('t.occurs'),
    order: raw('t.occurs, t.on_date, t.days'),
  };
}

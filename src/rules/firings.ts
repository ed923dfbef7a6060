import { empty, ident, join, type Prepared, raw, type Sql, sql } from '#database';
import { dayStatement, type FactsDay, metricJoins } from '#facts';
import type { BusinessDate } from '#kernel';
import type { Model } from '#metadata';
import { type InputPlan, inputPlans, operatorBefore, textLiteral, type Values, valuesSql } from './conditions.ts';
import { amongSql } from './memberships.ts';
import { type OccasionSource, occasionSource, speaksOfEvent } from './occasions.ts';
import { amountKey, type RuleDay } from './occurrence.ts';
import type { Branch } from './rule-actions.ts';
import { expressionsOf, type Rule } from './rule-definition.ts';
import { SUBJECT, subjectJoins } from './rule-words.ts';

/** Occurrences taken at once: bounds the memory of a day on which a rule fires for very many. */
export const BATCH_ROWS_MAX = 10_000;

/** A customer and occasion for which a rule fires, as the statement tells it. */
export interface Firing {
  customer_id: string;
  owner_id: string | null;
  branch_id: string | null;
  subject_id: string | null;
  event_id: string | null;
  occasion: string;
  business_date: BusinessDate;
  branch: Branch;
  holds: boolean[];
  levels: (string | null)[];
  /** Exact values by name, as text. */
  values: Values;
}

const plans = new WeakMap<Rule, InputPlan[]>();

/** What a rule shows of its inputs: its own figures first, then what the condition looks at. */
export function plansOf(rule: Rule): InputPlan[] {
  if (!plans.has(rule)) plans.set(rule, makePlans(rule));
  return plans.get(rule)!;
}

function makePlans(rule: Rule): InputPlan[] {
  const figures = Object.entries(rule.definition.values).map(([code, { label, unit, above }]): InputPlan => {
    if (above === undefined) return { code, label, unit, from: 'row' };
    const operator = operatorBefore(above, conditionsOf(rule)) ?? '>';
    return { code, label, unit, from: 'row', operator, against: { parameter: above } };
  });
  const measured = new Set(Object.values(rule.definition.values).map(({ above }) => above));
  const others = inputPlans(rule.vocabulary.names, conditionsOf(rule)).filter(({ code }) => !measured.has(code));
  return [...figures, ...others];
}

const conditionsOf = ({ trigger, condition }: Rule) =>
  'watched' in trigger ? [trigger.watched, condition] : [condition];

/** Names whose values a firing brings along: what is shown and what the texts mention. */
function rowCodes(rule: Rule): string[] {
  const { names } = rule.vocabulary;
  const product = rule.subject && `${rule.subject.code}_product`;
  const codes = [
    ...plansOf(rule).flatMap(({ code, from }) => (from === 'row' ? [code] : [])),
    ...rule.mentioned,
    ...(product && Object.hasOwn(names, product) ? [product] : []),
    ...(rule.trigger.kind === 'change' ? ['value_before', 'value_now'] : []),
  ];
  return [...new Set(codes)].filter(
    (code) => !Object.hasOwn(rule.definition.values, code) && names[code]!.given !== 'context',
  );
}

/** Every name whose value the statement of a rule needs. */
export function usedNames(rule: Rule): string[] {
  const { trigger } = rule;
  const dated = trigger.kind === 'date' && trigger.field !== undefined ? [trigger.field] : [];
  return [...rowCodes(rule), ...dated, ...expressionsOf(rule).flatMap(({ names }) => names)];
}

/** One firing for each occasion; of a rule with a cool-down one for each customer and branch, for it quiets the others. */
export function distinctFirings(rule: Rule, firings: readonly Firing[]): Firing[] {
  const found = new Map<string, Firing>();
  for (const each of firings) {
    const key = `${each.customer_id} ${rule.definition.cooldown_days ? each.branch : each.occasion}`;
    if (!found.has(key)) found.set(key, each);
  }
  return [...found.values()];
}

/** How the statement is restricted. */
export interface FiringOptions {
  /** These customers alone. */
  among?: readonly string[] | undefined;
  /** Firings taken at once; default 10,000. */
  rowsMax?: number | undefined;
}

/** Stands in a composed statement for the customers it is asked for. */
const SOME: readonly string[] = Object.freeze([]);

const composed = new WeakMap<FactsDay['expressions'], Map<Rule, Prepared | undefined>>();

/** The same for some customers of a live day. Composing it takes longer than asking it, so it is done once for each opening of the day. */
export function liveFiringStatement(
  model: Model,
  rule: Rule,
  day: RuleDay,
  among: readonly string[],
): Prepared | undefined {
  const known = composed.get(day.expressions) ?? new Map<Rule, Prepared | undefined>();
  composed.set(day.expressions, known);
  if (!known.has(rule)) {
    const statement = firingStatement(model, rule, day, { among: SOME });
    known.set(rule, statement && dayStatement(statement));
  }
  const found = known.get(rule);
  return found && { ...found, values: found.values.map((value) => (value === SOME ? among : value)) };
}

/** The statement that finds for whom a rule fires on a day and has not fired yet; undefined where nothing of the day concerns it. */
export function firingStatement(model: Model, rule: Rule, day: RuleDay, options: FiringOptions = {}): Sql | undefined {
  const source = occasionSource(model, rule, day, options.among ? 'some' : 'all');
  if (!source) return undefined;
  const { definition, subject, vocabulary, condition, values } = rule;
  const figures = [
    ...values.map(({ code, value }) => ({ code, value: value.sql(day.expressions) })),
    ...rule.actions.flatMap(({ index, amount }) =>
      amount ? [{ code: amountKey(index), value: amount.sql(day.expressions) }] : [],
    ),
  ];
  const shown = valuesSql(vocabulary.names, rowCodes(rule), figures);
  const code = textLiteral(definition.code);
  const own = rule.occasion ? rule.occasion.sql(day.expressions) : source.occasion;
  const occasion = subject ? sql`${raw(SUBJECT)}.id || '/' || (${own})::text` : sql`(${own})::text`;
  const holds = condition.where(day.expressions);
  const branch = decidesElse(rule, day) ? sql`case when ${holds} then 'then' else 'else' end` : raw("'then'");
  // Of some customers each occasion is looked up by all three: joined, each would be held against all alerts of its customer.
  const known = sql`exists (select from alert k where k.customer_id = c.id and k.rule = ${code} and k.occasion = o.occasion${options.among ? raw(' offset 0') : empty})`;
  // They were chosen for what they meet: of a rule of facts most of them had their alert with an earlier fact of the day.
  const asksLast = options.among && rule.trigger.kind === 'fact' && source.where.length > 0;
  const conditions = [
    ...(asksLast ? [] : source.where),
    ...(decidesElse(rule, day) ? [] : [holds]),
    sql`o.occasion is not null`,
    asksLast ? sql`case when ${known} then false else ${join(source.where, ' and ')} end` : sql`not ${known}`,
    ...(definition.cooldown_days ? [quietSql(code, definition.cooldown_days, source)] : []),
  ];
  return sql`with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, ${subject ? raw(`${SUBJECT}.id`) : raw('null')} as subject_id, ${source.eventId} as event_id,
  o.occasion, ${source.date} as business_date, o.branch, ${holdsSql(rule, day)} as holds, ${levelsSql(rule, day)} as levels, ${shown} as values
from ${ident(day.customerTable)} c
${metricJoins(model, day.metricTable, day.expressions, usedNames(rule))}
${subject ? subjectJoins(model, subject) : empty}
${source.joins}
cross join lateral (select ${occasion} as occasion, ${branch} as branch) o
where ${join(conditions, '\n  and ')}${amongSql(options.among)}${
    source.order
      ? sql`
order by c.id, ${source.order}`
      : empty
  })
select * from fired limit ${raw(String(options.rowsMax ?? BATCH_ROWS_MAX))}`;
}

/** Of a rule that looks once at each customer with a fact, the other branch is settled when the day is over: the next fact may decide. */
const decidesElse = (rule: Rule, day: RuleDay): boolean =>
  rule.definition.else !== undefined && !(day.live && rule.trigger.kind === 'fact' && !speaksOfEvent(rule));

const quietSql = (code: Sql, days: number, { date }: OccasionSource): Sql =>
  sql`not exists (select from alert q where q.customer_id = c.id and q.rule = ${code} and q.outcome in ('acted', 'held_out') and q.branch = o.branch
    and abs(q.business_date - ${date}) < ${days})`;

/** By action: does its own condition hold? */
function holdsSql({ actions }: Rule, day: RuleDay): Sql {
  const each = actions.map(({ condition }) =>
    condition ? sql`(${condition.sql(day.expressions)}) is true` : raw('true'),
  );
  return sql`array[${join(each, ', ')}]`;
}

/** By action: the first level whose condition holds. */
function levelsSql({ actions }: Rule, day: RuleDay): Sql {
  const each = actions.map(({ levels }) => {
    if (levels.length === 0) return raw('null');
    const cases = levels.map(({ condition, level }) =>
      condition
        ? sql`when ${condition.where(day.expressions)} then ${textLiteral(level)}`
        : sql`else ${textLiteral(level)}`,
    );
    return levels.length > 1 ? sql`case ${join(cases, ' ')} end` : textLiteral(levels[0]!.level);
  });
  return sql`array[${join(each, ', ')}]::text[]`;
}

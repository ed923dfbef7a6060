import { join, raw, type Sql, sql } from '#database';
import { type FactsDay, metricJoins } from '#facts';
import type { BusinessDate } from '#kernel';
import type { Model } from '#metadata';
import { type InputPlan, inputPlans, textLiteral, type Values, valuesSql } from './conditions.ts';
import { amongSql } from './memberships.ts';
import { amountKey } from './occurrence.ts';
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

/** What a rule shows of its inputs: its own figures first, then what the condition looks at. */
export function plansOf(rule: Rule): InputPlan[] {
  const figures = Object.entries(rule.definition.values).map(([code, { label, unit, above }]): InputPlan => {
    return { code, label, unit, from: 'row', ...(above ? { operator: '>', against: { parameter: above } } : {}) };
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
  ];
  return [...new Set(codes)].filter(
    (code) => !Object.hasOwn(rule.definition.values, code) && names[code]!.given !== 'context',
  );
}

/** Every name whose value the statement of a rule needs. */
export const usedNames = (rule: Rule): string[] => [
  ...rowCodes(rule),
  ...expressionsOf(rule).flatMap(({ names }) => names),
];

/** How the statement is restricted. */
export interface FiringOptions {
  /** These customers alone. */
  among?: readonly string[] | undefined;
}

/** The statement that finds for whom a rule fires on a day and has not fired yet. */
export function firingStatement(model: Model, rule: Rule, day: FactsDay, options: FiringOptions = {}): Sql {
  const { definition, subject, vocabulary, condition, values } = rule;
  const figures = [
    ...values.map(({ code, value }) => ({ code, value: value.sql(day.expressions) })),
    ...rule.actions.flatMap(({ index, amount }) =>
      amount ? [{ code: amountKey(index), value: amount.sql(day.expressions) }] : [],
    ),
  ];
  const shown = valuesSql(vocabulary.names, rowCodes(rule), figures);
  const code = textLiteral(definition.code);
  const occasion = rule.occasion ? rule.occasion.sql(day.expressions) : sql`${day.date}::date`;
  const ownOccasion = subject ? sql`${raw(SUBJECT)}.id || '/' || ` : sql``;
  const quiet = definition.cooldown_days
    ? sql`
  and not exists (select from alert q where q.customer_id = c.id and q.rule = ${code} and q.outcome in ('acted', 'held_out')
    and abs(q.business_date - ${day.date}::date) < ${definition.cooldown_days})`
    : sql``;
  return sql`with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, ${subject ? raw(`${SUBJECT}.id`) : sql`null`} as subject_id, null as event_id,
  o.occasion, ${day.date}::date as business_date, 'then' as branch,
  ${holdsSql(rule, day)} as holds, ${levelsSql(rule, day)} as levels, ${shown} as values
from customer c
${metricJoins(model, day.metricTable, day.expressions, usedNames(rule))}
${subject ? subjectJoins(model, subject) : sql``}
cross join lateral (select ${ownOccasion}(${occasion})::text as occasion) o
where ${condition.where(day.expressions)} and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = ${code} and k.occasion = o.occasion)${quiet}${amongSql(options.among)})
select * from fired limit ${raw(String(BATCH_ROWS_MAX))}`;
}

/** By action: does its own condition hold? */
function holdsSql({ actions }: Rule, day: FactsDay): Sql {
  const each = actions.map(({ condition }) =>
    condition ? sql`(${condition.sql(day.expressions)}) is true` : raw('true'),
  );
  return sql`array[${join(each, ', ')}]`;
}

/** By action: the first level whose condition holds. */
function levelsSql({ actions }: Rule, day: FactsDay): Sql {
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

import { ident, raw, type Sql, sql, type Transaction } from '#database';
import { dayStatement, metricJoins } from '#facts';
import type { BusinessDate } from '#kernel';
import type { Model } from '#metadata';
import { textLiteral } from './conditions.ts';
import { usedNames } from './firings.ts';
import { amongSql } from './memberships.ts';
import { seenSql, subjectId, watchedSql, watchJoin } from './occasions.ts';
import type { RuleDay } from './occurrence.ts';
import { type Rule, rules } from './rule-definition.ts';
import { EVENT, subjectJoins } from './rule-words.ts';

// What rules that wait for a turn, a change or a new record last saw. What a rule sees for the first time is its baseline and no occasion.

/** Does the rule remember what it saw? */
export const remembers = ({ trigger: { kind } }: Rule): boolean =>
  kind === 'turns' || kind === 'change' || kind === 'record';

/** What a baseline is of: with another expression the rule begins anew. */
function watchedText({ trigger }: Rule): string {
  if (trigger.kind === 'record') return trigger.event.code;
  if (trigger.kind === 'turns' || trigger.kind === 'change') return trigger.watched.text;
  throw new Error('a rule that watches nothing');
}

interface Baseline {
  watched: string;
  looked_on: BusinessDate;
}

/**
 * May the rule compare what is with what was? Not before its baseline, which is taken here where everybody is looked at, and not on a day
 * before the last on which everybody was.
 */
export async function mayCompare(tx: Transaction, model: Model, rule: Rule, day: RuleDay, everybody: boolean) {
  const { rows } = await tx.query<Baseline>('select watched, looked_on::text from rule_baseline where rule = $1', [
    rule.definition.code,
  ]);
  const baseline = rows[0];
  if (baseline?.watched === watchedText(rule)) return day.date >= baseline.looked_on;
  if (everybody) await takeBaseline(tx, model, rule, day);
  return false;
}

/** Takes the baselines that rules do not have yet; of those that are no longer there, nothing is kept. */
export async function takeBaselines(tx: Transaction, model: Model, day: RuleDay): Promise<void> {
  const watching = rules(model).filter(remembers);
  for (const table of ['rule_watch', 'rule_record', 'rule_baseline']) {
    await tx.query(`delete from ${table} where rule <> all($1::text[])`, [
      watching.map((rule) => rule.definition.code),
    ]);
  }
  for (const rule of watching) await mayCompare(tx, model, rule, day, true);
}

/** Remembers everything as it is, whatever was remembered before. */
async function takeBaseline(tx: Transaction, model: Model, rule: Rule, day: RuleDay): Promise<void> {
  const { code } = rule.definition;
  await tx.query('delete from rule_watch where rule = $1', [code]);
  await tx.query('delete from rule_record where rule = $1', [code]);
  await remember(tx, model, rule, day, undefined);
}

/** Remembers what was seen of these customers, or of everybody. */
export async function remember(
  tx: Transaction,
  model: Model,
  rule: Rule,
  day: RuleDay,
  among: readonly string[] | undefined,
): Promise<void> {
  // A record concerns many: asked for some of them alone, it is not seen yet.
  if (among && rule.trigger.kind === 'record') return;
  const { code } = rule.definition;
  await tx.query(
    dayStatement(rule.trigger.kind === 'record' ? seenRecords(rule) : seenValues(model, rule, day, among)),
  );
  if (among) return;
  await tx.query(
    `insert into rule_baseline (rule, watched, looked_on) values ($1, $2, $3)
     on conflict (rule) do update set watched = excluded.watched, looked_on = excluded.looked_on`,
    [code, watchedText(rule), day.date],
  );
}

function seenRecords(rule: Rule): Sql {
  if (rule.trigger.kind !== 'record') throw new Error('no rule of records');
  const { event } = rule.trigger;
  const { columns, seen } = seenSql(rule, event);
  return sql`insert into rule_record as k (rule, record_id, columns, seen)
select ${textLiteral(rule.definition.code)}, ${raw(EVENT)}.id, ${columns}, ${seen} from ${ident(event.code)} ${raw(EVENT)}
on conflict (rule, record_id) do update set columns = excluded.columns, seen = excluded.seen
where (k.columns, k.seen) is distinct from (excluded.columns, excluded.seen)`;
}

function seenValues(model: Model, rule: Rule, day: RuleDay, among: readonly string[] | undefined): Sql {
  return sql`insert into rule_watch (customer_id, rule, subject_id, value, as_of)
select c.id, ${textLiteral(rule.definition.code)}, ${subjectId(rule)}, v.value, ${day.date}::date
from ${ident(day.customerTable)} c
${metricJoins(model, day.metricTable, day.expressions, usedNames(rule))}
${rule.subject ? subjectJoins(model, rule.subject) : raw('')}
${watchJoin(rule)}
cross join lateral (select (${watchedSql(rule, day)})::text as value) v
where (k.rule is null or (k.value is distinct from v.value and k.as_of <= ${day.date}::date))${amongSql(among)}
on conflict (customer_id, rule, subject_id) do update set value = excluded.value, as_of = excluded.as_of`;
}

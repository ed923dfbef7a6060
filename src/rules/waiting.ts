import { type Queryable, type Sql, sql, type Transaction } from '#database';
import type { BusinessDate } from '#kernel';
import { notifyHolders } from '#notifications';
import { versionOf } from './conditions.ts';
import type { Occurrence, RuleDay } from './occurrence.ts';
import type { Rule } from './rule-definition.ts';

// What a rule found above its limit of the day: nothing is done about it until a person has it done, or gives it up.

/** Who is told that something waits. */
const TOLD = ['designer'];

/** By what the rule does, not by when: a limit may be raised while alerts wait. */
const actionsOf = ({ definition }: Rule): string => versionOf([definition.then, definition.else, definition.values]);

/** Keeps occurrences whole beside their alerts. */
export async function keepWaiting(tx: Transaction, rule: Rule, occurrences: readonly Occurrence[]): Promise<void> {
  if (occurrences.length === 0) return;
  await tx.query(
    `insert into rule_waiting (alert_id, customer_id, rule, business_date, actions, occurrence)
     select (o ->> 'alertId')::bigint, (o ->> 'customerId')::bigint, $2, (o ->> 'businessDate')::date, $3, o
       from jsonb_array_elements($1::jsonb) o on conflict do nothing`,
    [JSON.stringify(occurrences), rule.definition.code, actionsOf(rule)],
  );
}

/** Tells once for a rule and date, the first time that something waits. */
export async function tellOfWaiting(tx: Transaction, rule: Rule, day: RuleDay): Promise<void> {
  const { code, label, alerts_per_day: limit } = rule.definition;
  const [row] = await waitingOf(tx, code, day.date);
  const waiting = row?.waiting ?? 0;
  await notifyHolders(tx, day.now, TOLD, `rules/over_limit/${code}/${day.date}`, {
    level: 'warning',
    title: {
      zh: `规则“${label.zh}”超出单日上限，有提醒等待放行`,
      en: `The rule "${label.en}" is above its limit of the day; alerts wait`,
    },
    text: {
      zh: `业务日期 ${day.date} 的提醒已达上限 ${limit} 条，另有 ${waiting} 条未执行。请在规则页查看后放行或放弃。`,
      en: `The limit of ${limit} alerts is reached on ${day.date}, and ${waiting} more wait with nothing done. Look at them on the rule's page, then release or give them up.`,
    },
    path: `/design/rules/${code}`,
    rule: code,
  });
}

export interface Waiting {
  date: BusinessDate;
  waiting: number;
}

/** How many alerts of a rule wait, by business date; of one date, or of all. */
export async function waitingOf(db: Queryable, rule: string, date: BusinessDate | undefined): Promise<Waiting[]> {
  const { rows } = await db.query<Waiting>(
    sql`select a.business_date::text as date, count(*)::integer as waiting from alert a
      where ${waits(rule, date)} group by 1 order by 1`,
  );
  return rows;
}

const waits = (rule: string, date: BusinessDate | undefined): Sql =>
  sql`a.rule = ${rule} and a.outcome = 'over_limit' and (${date ?? null}::date is null or a.business_date = ${date ?? null}::date)`;

/** Can any of what waits still be done by what the rule does now? */
export async function mayRelease(db: Queryable, rule: Rule, date: BusinessDate | undefined): Promise<boolean> {
  const { rows } = await db.query<{ some: boolean }>(
    sql`select exists (select from rule_waiting w join alert a on a.id = w.alert_id and a.customer_id = w.customer_id
      where ${waits(rule.definition.code, date)} and w.actions = ${actionsOf(rule)}) as some`,
  );
  return rows[0]!.some;
}

/** Takes some of what waits out of waiting, for this transaction to do: nobody else gets the same. */
export async function takeWaiting(
  tx: Transaction,
  rule: Rule,
  date: BusinessDate | undefined,
  rowsMax: number,
): Promise<Occurrence[]> {
  const { rows } = await tx.query<{ occurrence: Occurrence }>(
    sql`with taken as materialized (select w.alert_id from rule_waiting w join alert a on a.id = w.alert_id and a.customer_id = w.customer_id
         where ${waits(rule.definition.code, date)} and w.actions = ${actionsOf(rule)}
         order by w.alert_id limit ${rowsMax} for update of w, a)
      delete from rule_waiting w using taken where w.alert_id = taken.alert_id returning w.occurrence`,
  );
  return rows.map(({ occurrence }) => occurrence);
}

/** Gives up what waits; returns how many alerts. */
export async function discardWaiting(
  tx: Transaction,
  rule: string,
  date: BusinessDate | undefined,
  { at, userId }: { at: Date; userId: string | null },
): Promise<number> {
  const { rowCount } = await tx.query(
    sql`update alert a set outcome = 'discarded', version = version + 1, updated_at = ${at.toISOString()}::timestamptz,
      updated_by = ${userId}::bigint where ${waits(rule, date)}`,
  );
  await tx.query(
    sql`delete from rule_waiting w where w.rule = ${rule} and exists (select from alert a where a.id = w.alert_id
      and a.customer_id = w.customer_id and a.outcome <> 'over_limit')`,
  );
  await recount(tx, rule);
  return rowCount;
}

/** What the runs of a rule tell of waiting alerts, as it is now. */
export async function recount(tx: Transaction, rule: string): Promise<void> {
  await tx.query(
    `update rule_run r set waiting = n.waiting, status = case when r.status = 'over_limit' and n.waiting = 0 then 'done' else r.status end
       from (select u.business_date, (select count(*) from alert a where a.rule = u.rule and a.business_date = u.business_date
               and a.outcome = 'over_limit') as waiting from rule_run u where u.rule = $1 and u.waiting > 0) n
      where r.rule = $1 and r.business_date = n.business_date`,
    [rule],
  );
}

import { allOf, type Prepared, type Sql, type Transaction } from '#database';
import { dayStatement } from '#facts';
import type { Model } from '#metadata';
import { act, readAhead } from './actions/act.ts';
import { alertIdOf, alertKey, type Outcome, writeAlerts } from './alerts.ts';
import { evidence } from './conditions.ts';
import {
  BATCH_ROWS_MAX,
  distinctFirings,
  type Firing,
  firingStatement,
  liveFiringStatement,
  plansOf,
} from './firings.ts';
import { isHeldOut } from './hold-out.ts';
import { isLate, type Occurrence, type RuleDay } from './occurrence.ts';
import { alertsAtMost, type Room, reckon, roomLeft } from './room.ts';
import { type Rule, rules } from './rule-definition.ts';
import { guarded, noteRun } from './rule-runs.ts';
import type { TriggerKind } from './rule-trigger.ts';
import { keepWaiting, tellOfWaiting } from './waiting.ts';
import { mayCompare, remember, remembers } from './watch.ts';

/** What a run of a rule came to. */
export interface RuleResult {
  rule: string;
  /** Alerts of this run. */
  alerts: number;
  /** Of these those that wait because the rule's limit of the day is reached. */
  waiting: number;
  /** Customers of whom the rule changed what other rules look at. */
  changed: string[];
  /** Of a run that takes one round only: there are more. */
  more?: boolean;
}

export interface ApplyOptions {
  /** These customers alone. */
  among?: readonly string[] | undefined;
  /** Rules with these triggers; default all that look by themselves. */
  kinds?: readonly TriggerKind[] | undefined;
  /** Keep no note that the rules have looked at everybody: the day goes on. */
  quiet?: boolean;
  /** These rules. */
  only?: readonly Rule[] | undefined;
  /** One round of so many occasions; what is left is for another run. */
  roundRows?: number | undefined;
}

/** Rules answer to what rules did so many times on end within one run; what is left waits for the next one. */
const DEPTH_MAX = 3;

/** Effects that conditions and triggers of other rules may see. */
export const SEEN_BY_RULES = new Set(['tag', 'service_level', 'assign']);

/**
 * Looks for what the rules ask for, does it and keeps it as alerts. An alert's id is made of rule, customer and occasion, and an occasion
 * that has its alert is not looked at again: a second run does nothing. What rules changed others see within the same run, three times at
 * most, and never twice for one occasion.
 */
export async function applyRules(
  tx: Transaction,
  model: Model,
  day: RuleDay,
  options: ApplyOptions = {},
): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  let among = options.among;
  for (let depth = 1; depth <= DEPTH_MAX; depth++) {
    const chosen = options.only ?? rules(model).filter(({ trigger: { kind } }) => isAsked(kind, options.kinds));
    const pass: RuleResult[] = [];
    // Whom the rules changed is looked at whole: the next round does not come back to him.
    const roundRows = depth === 1 ? options.roundRows : undefined;
    for (const rule of depth === 1 ? chosen : rules(model).filter(({ trigger }) => isAsked(trigger.kind, undefined))) {
      pass.push(await runRule(tx, model, rule, day, { ...options, among, roundRows }));
    }
    results.push(...pass);
    among = [...new Set(pass.flatMap(({ changed }) => changed))];
    if (among.length === 0) break;
  }
  return results;
}

const isAsked = (kind: TriggerKind, kinds: readonly TriggerKind[] | undefined) =>
  kinds ? kinds.includes(kind) : kind !== 'hand';

async function runRule(
  tx: Transaction,
  model: Model,
  rule: Rule,
  day: RuleDay,
  { among, quiet, roundRows }: ApplyOptions,
): Promise<RuleResult> {
  const started = performance.now();
  const nothing: RuleResult = { rule: rule.definition.code, alerts: 0, waiting: 0, changed: [] };
  const statement =
    day.live && among && roundRows === undefined
      ? liveFiringStatement(model, rule, day, among)
      : prepare(firingStatement(model, rule, day, { among, rowsMax: roundRows }));
  if (!statement) return nothing;
  const result = await guarded(tx, rule, day, async () => {
    if (remembers(rule) && !(await mayCompare(tx, model, rule, day, among === undefined))) return nothing;
    const fired = await fire(tx, model, rule, day, statement, { among, roundRows });
    if (remembers(rule) && !fired.more) await remember(tx, model, rule, day, among);
    if ((among === undefined && !quiet) || fired.waiting > 0) {
      if (fired.waiting > 0) await tellOfWaiting(tx, rule, day);
      await noteRun(tx, rule, day, fired.waiting > 0 ? 'over_limit' : 'done', performance.now() - started, null);
    }
    return fired;
  });
  return result ?? nothing;
}

async function fire(
  tx: Transaction,
  model: Model,
  rule: Rule,
  day: RuleDay,
  statement: Prepared,
  { among, roundRows }: Pick<ApplyOptions, 'among' | 'roundRows'>,
): Promise<RuleResult> {
  const result: RuleResult = { rule: rule.definition.code, alerts: 0, waiting: 0, changed: [] };
  // Few customers are read ahead, in the same breath: most of them are occasions.
  const few = among !== undefined && among.length <= FEW_CUSTOMERS ? among : undefined;
  let room: Room | undefined;
  for (;;) {
    const [{ rows }, atMost, known] = await allOf([
      tx.query<Firing>(statement),
      room ? undefined : alertsAtMost(tx, rule, day.date),
      few && readAhead(tx, rule, day, few),
    ]);
    if (rows.length === 0) return result;
    const occurrences = distinctFirings(rule, rows).map((each) => occurrenceOf(rule, day, each));
    if (!room || room.acting < occurrences.length) {
      room = await roomLeft(tx, rule, day.date, atMost ?? (await alertsAtMost(tx, rule, day.date)), occurrences.length);
    }
    const sorted = await sortOccurrences(tx, model, rule, room, occurrences);
    const ahead = known ?? (await readAhead(tx, rule, day, customersOf(sorted.acted)));
    const { made, written } = await act(tx, model, rule, day, sorted.acted, ahead);
    const counts = await allOf([
      ...Object.entries(sorted).map(([outcome, each]) =>
        writeAlerts(tx, model, rule, day, each, outcome as Outcome, made),
      ),
      written.then(() => 0),
      keepWaiting(tx, rule, sorted.over_limit).then(() => 0),
      reckon(tx, rule, [...sorted.acted, ...sorted.over_limit]).then(() => 0),
    ]);
    for (const count of counts) result.alerts += count;
    result.waiting += sorted.over_limit.length;
    for (const { alertId, customerId } of sorted.acted) {
      if (made.get(alertId)?.some(({ kind }) => SEEN_BY_RULES.has(kind))) result.changed.push(customerId);
    }
    if (rows.length < (roundRows ?? BATCH_ROWS_MAX) || room.waiting === 0) return result;
    if (roundRows !== undefined) return { ...result, more: true };
  }
}

const prepare = (statement: Sql | undefined) => statement && dayStatement(statement);

const FEW_CUSTOMERS = 64;

const customersOf = (occurrences: readonly Occurrence[]) => [
  ...new Set(occurrences.map(({ customerId }) => customerId)),
];

/** What becomes of occurrences in a run. */
type Sorted = Record<Exclude<Outcome, 'discarded'>, Occurrence[]>;

async function sortOccurrences(
  tx: Transaction,
  model: Model,
  rule: Rule,
  room: Room,
  occurrences: readonly Occurrence[],
): Promise<Sorted> {
  const sorted: Sorted = { acted: [], held_out: [], grouped: [], over_limit: [] };
  const taken = await takenByGroup(tx, model, rule, occurrences);
  for (const each of occurrences) {
    if (taken.has(`${each.customerId} ${each.businessDate}`)) sorted.grouped.push(each);
    else if (isHeldOut(rule.definition.code, rule.definition.hold_out_percent, each.customerId))
      sorted.held_out.push(each);
    else if (room.acting > 0) {
      room.acting -= 1;
      sorted.acted.push(each);
    } else if (room.waiting > 0) {
      room.waiting -= 1;
      sorted.over_limit.push(each);
    }
  }
  return sorted;
}

/** Customers and business dates on which another rule of the group has acted. */
export async function takenByGroup(
  tx: Transaction,
  model: Model,
  rule: Rule,
  occurrences: readonly Occurrence[],
): Promise<Set<string>> {
  const { group, code } = rule.definition;
  if (group === undefined) return new Set();
  const others = rules(model).flatMap(({ definition }) =>
    definition.group === group && definition.code !== code ? [definition.code] : [],
  );
  const { rows } = await tx.query<{ customer_id: string; business_date: string }>(
    `select distinct customer_id, business_date::text from alert where outcome = 'acted' and rule = any($1::text[])
        and customer_id = any($2::bigint[]) and business_date = any($3::date[])`,
    [others, occurrences.map((each) => each.customerId), [...new Set(occurrences.map((each) => each.businessDate))]],
  );
  return new Set(rows.map(({ customer_id, business_date }) => `${customer_id} ${business_date}`));
}

export function occurrenceOf(rule: Rule, day: RuleDay, firing: Firing): Occurrence {
  const key = alertKey(rule.definition.code, firing.customer_id, firing.occasion);
  return {
    alertId: alertIdOf(key),
    key,
    customerId: firing.customer_id,
    ownerId: firing.owner_id,
    branchId: firing.branch_id,
    subjectId: firing.subject_id,
    eventId: firing.event_id,
    occasion: firing.occasion,
    businessDate: firing.business_date,
    late: isLate(day, firing.business_date),
    branch: firing.branch,
    values: firing.values,
    holds: firing.holds,
    levels: firing.levels,
    evidence: {
      rule: rule.definition.code,
      version: rule.version,
      asOf: day.date,
      ...(rule.subject ? { subject: { entity: rule.subject.code, id: firing.subject_id! } } : {}),
      inputs: evidence(plansOf(rule), firing.values, day),
    },
  };
}

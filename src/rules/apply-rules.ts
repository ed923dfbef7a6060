import type { Transaction } from '#database';
import { dayStatement } from '#facts';
import type { Model } from '#metadata';
import { act } from './actions/act.ts';
import { alertIdOf, alertKey, writeAlerts } from './alerts.ts';
import { evidence } from './conditions.ts';
import { BATCH_ROWS_MAX, type Firing, type FiringOptions, firingStatement, plansOf } from './firings.ts';
import { isLate, type Occurrence, type RuleDay } from './occurrence.ts';
import { type Rule, rules } from './rule-definition.ts';

export interface RuleResult {
  rule: string;
  /** Alerts of this run. */
  alerts: number;
}

/**
 * Looks for what the rules ask for, does it and keeps it as alerts. An alert's id is made of rule, customer and occasion, and an occasion
 * that has its alert is not looked at again: a second run does nothing.
 */
export async function applyRules(
  tx: Transaction,
  model: Model,
  day: RuleDay,
  options: FiringOptions = {},
): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  for (const rule of rules(model)) {
    if (rule.trigger.kind !== 'day') continue;
    results.push({ rule: rule.definition.code, alerts: await applyRule(tx, model, rule, day, options) });
  }
  return results;
}

async function applyRule(
  tx: Transaction,
  model: Model,
  rule: Rule,
  day: RuleDay,
  options: FiringOptions,
): Promise<number> {
  let alerts = 0;
  for (;;) {
    const { rows } = await tx.query<Firing>(dayStatement(firingStatement(model, rule, day, options)));
    if (rows.length > 0) {
      const occurrences = rows.map((row) => occurrenceOf(rule, day, row));
      const made = await act(tx, model, rule, day, occurrences);
      alerts += await writeAlerts(tx, model, rule, day, occurrences, 'acted', made);
    }
    if (rows.length < BATCH_ROWS_MAX) return alerts;
  }
}

function occurrenceOf(rule: Rule, day: RuleDay, firing: Firing): Occurrence {
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

import type { Transaction } from '#database';
import { dayStatement } from '#facts';
import type { Model } from '#metadata';
import type { Occurrence, RuleDay } from '../occurrence.ts';
import type { Rule } from '../rule-definition.ts';
import type { ActionKind } from '../rule-schema.ts';
import type { Actor, Done } from './action.ts';
import { assignCustomers } from './assign.ts';
import { writeMessages } from './message.ts';
import { tellPeople } from './notify.ts';
import { openOpportunities } from './opportunity.ts';
import { openCases } from './service-case.ts';
import { changeServiceLevel } from './service-level.ts';
import { setTags } from './tag.ts';
import { makeTasks } from './task.ts';
import { sendEvents } from './webhook.ts';

const actors: { [K in ActionKind]: Actor<K> } = {
  task: makeTasks,
  notify: tellPeople,
  tag: setTags,
  message: writeMessages,
  opportunity: openOpportunities,
  case: openCases,
  process: openCases,
  webhook: sendEvents,
  service_level: changeServiceLevel,
  assign: assignCustomers,
};

/** Does what a rule asks for about these occurrences. Returns by alert what was made. */
export async function act(
  tx: Transaction,
  model: Model,
  rule: Rule,
  day: RuleDay,
  occurrences: readonly Occurrence[],
): Promise<Map<string, Done[]>> {
  const made = new Map<string, Done[]>();
  const living = await withoutErased(tx, occurrences);
  for (const action of rule.actions) {
    const due = living.filter(({ branch, holds }) => branch === action.branch && holds[action.index]);
    if (due.length === 0) continue;
    const actor = actors[action.kind] as Actor<ActionKind>;
    for (const [alertId, done] of await actor({ tx, model, rule, day, action, occurrences: due })) {
      made.set(alertId, [...(made.get(alertId) ?? []), done]);
    }
  }
  return made;
}

/** Nothing is done any more about a customer whose personal data was erased. */
async function withoutErased(tx: Transaction, occurrences: readonly Occurrence[]): Promise<readonly Occurrence[]> {
  const { rows } = await tx.query<{ id: string }>(
    dayStatement(
      'select customer_id as id from customer_salt where customer_id = any($1::bigint[]) and erased_at is not null',
      [[...new Set(occurrences.map(({ customerId }) => customerId))]],
    ),
  );
  if (rows.length === 0) return occurrences;
  const erased = new Set(rows.map(({ id }) => id));
  return occurrences.filter(({ customerId }) => !erased.has(customerId));
}

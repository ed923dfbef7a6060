import { allOf, type Transaction } from '#database';
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
import { type Near, readNear } from './people.ts';
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

/** What acting about customers needs to know of them. */
export interface Ahead {
  /** Nothing is done any more about a customer whose personal data was erased. */
  erased: ReadonlySet<string>;
  near: Near | undefined;
}

/** Actions for which people are looked for. */
const FOR_PEOPLE: ReadonlySet<ActionKind> = new Set(['task', 'notify', 'message', 'opportunity', 'case', 'process']);

export async function readAhead(
  tx: Transaction,
  rule: Rule,
  day: RuleDay,
  customers: readonly string[],
): Promise<Ahead> {
  const asksPeople = rule.actions.some(({ kind }) => FOR_PEOPLE.has(kind));
  const [{ rows }, near] = await allOf([
    tx.query<{ id: string }>(
      dayStatement(
        'select customer_id as id from customer_salt where customer_id = any($1::bigint[]) and erased_at is not null',
        [customers],
      ),
    ),
    asksPeople ? readNear(tx, day, customers) : undefined,
  ]);
  return { erased: new Set(rows.map(({ id }) => id)), near };
}

/** Does what a rule asks for about these occurrences. Returns by alert what was made; `written` is to be waited for by the caller. */
export async function act(
  tx: Transaction,
  model: Model,
  rule: Rule,
  day: RuleDay,
  occurrences: readonly Occurrence[],
  { erased, near }: Ahead,
): Promise<{ made: Map<string, Done[]>; written: Promise<unknown> }> {
  const made = new Map<string, Done[]>();
  const writes: Promise<unknown>[] = [];
  const later = (write: Promise<unknown>) => {
    writes.push(write);
    write.catch(() => {}); // told by `written`
  };
  const living = occurrences.filter(({ customerId }) => !erased.has(customerId));
  let isAssigned = false;
  for (const action of rule.actions) {
    const due = living.filter(({ branch, holds }) => branch === action.branch && holds[action.index]);
    if (due.length === 0) continue;
    const actor = actors[action.kind] as Actor<ActionKind>;
    // Whose manager changed has other people from here on.
    const run = { tx, model, rule, day, action, occurrences: due, near: isAssigned ? undefined : near, later };
    for (const [alertId, done] of await actor(run)) made.set(alertId, [...(made.get(alertId) ?? []), done]);
    isAssigned ||= action.kind === 'assign';
  }
  return { made, written: allOf(writes) };
}

import type { Transaction } from '#database';
import type { Model } from '#metadata';
import type { Occurrence, RuleDay } from '../occurrence.ts';
import type { Rule } from '../rule-definition.ts';
import type { ActionKind } from '../rule-schema.ts';
import type { Actor, Done } from './action.ts';
import { makeTasks } from './task.ts';

const actors: { [K in ActionKind]?: Actor<K> } = { task: makeTasks };

/** Does what a rule asks for about these occurrences. Returns by alert what was made. */
export async function act(
  tx: Transaction,
  model: Model,
  rule: Rule,
  day: RuleDay,
  occurrences: readonly Occurrence[],
): Promise<Map<string, Done[]>> {
  const made = new Map<string, Done[]>();
  for (const action of rule.actions) {
    const due = occurrences.filter(({ branch, holds }) => branch === action.branch && holds[action.index]);
    if (due.length === 0) continue;
    const actor = actors[action.kind] as Actor<ActionKind> | undefined;
    if (!actor) throw new Error(`nothing does the action ${action.kind}`);
    for (const [alertId, done] of await actor({ tx, model, rule, day, action, occurrences: due })) {
      made.set(alertId, [...(made.get(alertId) ?? []), done]);
    }
  }
  return made;
}

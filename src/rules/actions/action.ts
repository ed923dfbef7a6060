import type { Transaction } from '#database';
import type { Model } from '#metadata';
import type { Occurrence, RuleDay } from '../occurrence.ts';
import type { CompiledAction } from '../rule-actions.ts';
import type { Rule } from '../rule-definition.ts';
import type { ActionKind } from '../rule-schema.ts';
import type { Near } from './people.ts';

/** Something that a rule made for an occurrence. */
export interface Done {
  kind: ActionKind;
  /** The entity or table of what was made, and its id; the id of the customer for what changed of him alone. */
  entity: string;
  id: string;
}

/** What an action works with. */
export interface ActionRun<K extends ActionKind = ActionKind> {
  tx: Transaction;
  model: Model;
  rule: Rule;
  day: RuleDay;
  action: Extract<CompiledAction, { kind: K }>;
  /** Those for which the action is to be done: its branch, and its own condition held. */
  occurrences: readonly Occurrence[];
  /** Who stands next to their customers, where that was read ahead. */
  near?: Near | undefined;
  /** Hands over a write that nothing hangs on: it travels with the next one. */
  later(write: Promise<unknown>): void;
}

/**
 * Does one action for many occurrences at once, each exactly once: ids of what it makes come from `effectKey`. Returns what was made, by alert.
 */
export type Actor<K extends ActionKind> = (run: ActionRun<K>) => Promise<Map<string, Done>>;

/** Source key of what an action makes for an occurrence; the first action's is the occurrence's own. */
export const effectKey = ({ key }: Pick<Occurrence, 'key'>, { index }: Pick<CompiledAction, 'index'>): string =>
  index === 0 ? key : `${key}#${index}`;

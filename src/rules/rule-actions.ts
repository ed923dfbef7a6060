import type { Expression } from '#expressions';
import { compilePackText, invalidDefinition, type Vocabulary } from '#facts';
import type { Text } from '#kernel';
import type { RuleDefinition } from './rule-definition.ts';
import { ACTIONS, type Action, type ActionKind, type Priority } from './rule-schema.ts';
import { marksOf } from './wording.ts';

export type Branch = 'then' | 'else';

/** The definition of one kind of action: `ActionOf<'task'>`. */
export type ActionOf<K extends ActionKind> = Extract<Action, Record<K, unknown>>[K &
  keyof Extract<Action, Record<K, unknown>>];

/** An action ready to run. */
export type CompiledAction = {
  [K in ActionKind]: {
    kind: K;
    act: ActionOf<K>;
    /** Place among all actions of the rule, those of `then` first; part of the ids of what it makes. */
    index: number;
    branch: Branch;
    /** Where it stands in the definition: `then/0/task`. */
    path: string;
    /** Only where this holds, too. */
    condition: Expression | undefined;
    /** Levels in order; the last has no condition. Empty where the action has none. */
    levels: { condition: Expression | undefined; level: Priority }[];
    /** The amount of an opportunity. */
    amount: Expression | undefined;
  };
}[ActionKind];

/** Compiles what a rule does. Throws a Failure that names rule and place. */
export function compileActions(definition: RuleDefinition, words: Vocabulary): CompiledAction[] {
  const listed = (['then', 'else'] as const).flatMap((branch) =>
    (definition[branch] ?? []).map((action, place) => ({ action, branch, place })),
  );
  return listed.map(({ action, branch, place }, index) => {
    const kind = ACTIONS.find((each) => each in action)!;
    const act = (action as Record<string, unknown>)[kind] as { priority?: Graded; amount?: string };
    const path = `${branch}/${place}/${kind}`;
    const compiled = (at: string, text: string | undefined, type?: Expression['type']) =>
      text === undefined ? undefined : compilePackText(definition, at, text, words.scope, type);
    return {
      kind,
      act,
      index,
      branch,
      path,
      condition: compiled(`${branch}/${place}/if`, action.if, 'boolean'),
      levels: levelsOf(definition, path, act.priority, compiled),
      amount: compiled(`${path}/amount`, act.amount, 'number'),
    } as CompiledAction;
  });
}

type Graded = Priority | { if?: string | undefined; level: Priority }[] | undefined;

function levelsOf(
  definition: RuleDefinition,
  path: string,
  graded: Graded,
  compiled: (at: string, text: string | undefined, type: 'boolean') => Expression | undefined,
): CompiledAction['levels'] {
  if (graded === undefined) return [];
  const listed = typeof graded === 'string' ? [{ level: graded, if: undefined }] : graded;
  return listed.map((each, index) => {
    if ((each.if === undefined) !== (index === listed.length - 1)) {
      throw invalidDefinition(definition, `${path}/priority`, {
        zh: '除最后一个外，每个优先级都要有条件；最后一个没有条件',
        en: 'every priority but the last has a condition, the last has none',
      });
    }
    return { condition: compiled(`${path}/priority/${index}/if`, each.if, 'boolean'), level: each.level };
  });
}

/** The texts of an action for people, by their place in it. */
export function textsOf({ act }: Pick<CompiledAction, 'act'>): [part: string, text: Text][] {
  return Object.entries(act).filter((entry): entry is [string, Text] => {
    const value: unknown = entry[1];
    return typeof value === 'object' && value !== null && 'zh' in value;
  });
}

/** Names that the texts mention and that are no `values` of the rule. Throws a Failure for one that nothing is called by. */
export function mentionedNames(
  definition: RuleDefinition,
  actions: readonly CompiledAction[],
  { names }: Vocabulary,
): string[] {
  const found = new Set<string>();
  for (const action of actions) {
    for (const [part, text] of textsOf(action)) {
      for (const mark of marksOf(text)) {
        if (Object.hasOwn(definition.values, mark)) continue;
        if (!Object.hasOwn(names, mark)) {
          throw invalidDefinition(definition, `${action.path}/${part}`, {
            zh: `{${mark}} 既不是字段，也不是指标、参数或规则的值`,
            en: `{${mark}} is neither a field nor a metric, parameter or value`,
          });
        }
        found.add(mark);
      }
    }
  }
  return [...found];
}

import type { Text } from '#kernel';
import type { Action, RuleBody } from './rule-schema.ts';

// Where a rule holds expressions, texts and actions: one walk over a definition, for checks, usage, sentences.

/** An expression of a rule with its place, and what it must give where that is settled. */
export interface RuleExpression {
  path: string;
  text: string;
  type?: 'boolean' | 'number';
}

/** An action with its place: `then/0`. */
export interface PlacedAction {
  path: string;
  branch: 'then' | 'else';
  action: Action;
}

export function actionsOf(body: Pick<RuleBody, 'then' | 'else'>): PlacedAction[] {
  return (['then', 'else'] as const).flatMap((branch) =>
    (body[branch] ?? []).map((action, index) => ({ path: `${branch}/${index}`, branch, action })),
  );
}

/** Levels by condition; one level alone has none. */
export function gradesOf<L>(graded: L | readonly { if?: string | undefined; level: L }[]) {
  return Array.isArray(graded)
    ? (graded as { if?: string | undefined; level: L }[])
    : [{ if: undefined, level: graded as L }];
}

/** The graded field of an action, if it has one, with its place. */
export function gradedOf({ path, action }: PlacedAction) {
  if ('task' in action) return { path: `${path}/task/priority`, graded: action.task.priority };
  if ('case' in action) return { path: `${path}/case/priority`, graded: action.case.priority };
  return undefined;
}

export function ruleExpressions(body: RuleBody): RuleExpression[] {
  const found: RuleExpression[] = [];
  const add = (path: string, text: string | undefined, type?: RuleExpression['type']) => {
    if (text !== undefined) found.push({ path, text, ...(type ? { type } : {}) });
  };
  const { when } = body;
  if (typeof when === 'object') {
    if ('turns' in when) add('when/turns', when.turns, 'boolean');
    if ('change' in when) add('when/change', when.change);
  }
  add('if', body.if, 'boolean');
  add('occasion', body.occasion);
  for (const [code, value] of Object.entries(body.values ?? {})) add(`values/${code}/expression`, value.expression);
  for (const placed of actionsOf(body)) {
    const { path, action } = placed;
    add(`${path}/if`, action.if, 'boolean');
    const graded = gradedOf(placed);
    if (graded) {
      for (const [index, grade] of gradesOf(graded.graded).entries()) {
        add(`${graded.path}/${index}/if`, grade.if, 'boolean');
      }
    }
    if ('opportunity' in action) add(`${path}/opportunity/amount`, action.opportunity.amount, 'number');
  }
  return found;
}

/** A text for people with its place, and how long it may be in the record that keeps it. */
export interface RuleText {
  path: string;
  text: Text;
  charactersMax: number;
}

/** What a text may measure: as the fields that hold it, task.title and its like. */
const characters = { title: 120, reason: 1_000, script: 2_000, text: 2_000 };

export function ruleTexts(body: Pick<RuleBody, 'then' | 'else'>): RuleText[] {
  return actionsOf(body).flatMap(({ path, action }) => {
    const told = Object.entries(action).find(([kind, part]) => kind !== 'if' && typeof part === 'object');
    if (!told) return [];
    const [kind, part] = told as [string, Record<string, unknown>];
    return (['title', 'reason', 'script', 'subject', 'text'] as const).flatMap((field) => {
      const text = part[field] as Text | undefined;
      const most = field === 'subject' ? characters.title : characters[field];
      return text === undefined ? [] : [{ path: `${path}/${kind}/${field}`, text, charactersMax: most }];
    });
  });
}

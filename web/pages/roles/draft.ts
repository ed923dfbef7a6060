import type { Action, FieldRight, FieldRule, Grant, Role, Scope, View } from '../../api/governance.ts';

/** The draft with another grant for an entity or group; an empty one of an entity still stands for itself. */
export function withGrant(role: Role, code: string, grant: Grant | null): Role {
  const { [code]: _, ...others } = role.entities;
  return { ...role, entities: grant === null ? others : { ...others, [code]: grant } };
}

/** The grant with another scope for an action; `none` is not written down. */
export function withScope(grant: Grant, action: Action, scope: Scope): Grant {
  const { [action]: _, ...others } = grant;
  return scope === 'none' ? others : { ...others, [action]: scope };
}

export function withCondition(grant: Grant, where: string): Grant {
  const { where: _, ...others } = grant;
  return where.trim() === '' ? others : { ...others, where };
}

/** What a rule is about: one field, all fields of a mask, or those of a level. */
export type RuleTarget = { field: string } | { mask: string } | { level: number };

const isAbout = (rule: FieldRule, target: RuleTarget): boolean =>
  'field' in target
    ? rule.field === target.field
    : 'mask' in target
      ? rule.mask === target.mask
      : rule.level === target.level;

export const ruleOf = (role: Role, target: RuleTarget): FieldRule | undefined =>
  role.fields.find((rule) => isAbout(rule, target));

/** The draft with another rule for a target, or none. A new one stands last. */
export function withRule(role: Role, target: RuleTarget, right: FieldRight | null): Role {
  const at = role.fields.findIndex((rule) => isAbout(rule, target));
  const fields = [...role.fields];
  if (right === null) fields.splice(at, at < 0 ? 0 : 1);
  else {
    const rule: FieldRule = { ...target, ...tidy(right) };
    if (at < 0) fields.push(rule);
    else fields[at] = rule;
  }
  return { ...role, fields };
}

/** What is not seen is neither edited nor exported, and only what is seen clear is filtered by: the server holds it the same way. */
export function tidy(right: FieldRight): FieldRight {
  const seen = right.see !== 'hidden';
  return {
    see: right.see,
    edit: right.edit && seen,
    export: right.export && seen,
    filter: right.filter && right.see === 'clear',
  };
}

/** A rule as the right that it gives. */
export const rightOf = (rule: FieldRule): FieldRight =>
  tidy({
    see: rule.see,
    edit: rule.edit ?? false,
    export: rule.export ?? rule.see === 'masked',
    filter: rule.filter ?? false,
  });

export const withView = (right: FieldRight, see: View): FieldRight => tidy({ ...right, see });

export const isSame = (a: Role, b: Role): boolean => JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));

/** Order of keys is no difference. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, ordered(each)]));
}

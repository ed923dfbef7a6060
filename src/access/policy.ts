import type { Actor, Post } from '#kernel';
import type { EntityDefinition, FieldDefinition, Model } from '#metadata';
import { type FieldRight, NOTHING, roleFieldDecision, WHOLE } from './field-rights.ts';
import { ACTIONS, type Action, type FieldView, grantOf, type Role, VIEWS } from './role.ts';
import { roles, rolesVersion } from './roles.ts';

const EVERYTHING = '*';

/** All that the roles give together: their acts, and `entity.action` for each entity that they reach. */
export function permissionsOf(model: Model, codes: readonly string[]): Set<string> {
  const held = rolesOf(model, codes);
  const permissions = new Set(held.flatMap((role) => role.permissions));
  for (const entity of model.entities) {
    for (const action of ACTIONS) {
      if (action === 'create' && !entity.write.create) continue;
      if (action === 'update' && !entity.write.update) continue;
      if (held.some((role) => (grantOf(role, entity)[action] ?? 'none') !== 'none')) {
        permissions.add(`${entity.code}.${action}`);
      }
    }
  }
  return permissions;
}

function rolesOf(model: Model, codes: readonly string[]): Role[] {
  return codes.flatMap((code) => roles(model).get(code) ?? []);
}

export function may(actor: Actor, permission: string): boolean {
  return actor.permissions.has(permission) || actor.permissions.has(EVERYTHING);
}

/** May the actor create or change rows of this entity at all? Row scope is asked besides. */
export function mayWrite(actor: Actor, entity: EntityDefinition, action: 'create' | 'update'): boolean {
  return entity.write[action] && may(actor, `${entity.code}.${action}`);
}

export function mayRead(actor: Actor, entity: EntityDefinition): boolean {
  return may(actor, `${entity.code}.read`);
}

const rightsKnown = new WeakMap<Model, { version: number; sets: Map<string, Map<FieldDefinition, FieldRight>> }>();

/**
 * The one field policy: what an actor may do with a field. Of several roles that read the entity the widest counts. Search helpers
 * derived from a name follow the name.
 */
export function fieldRight(model: Model, actor: Actor, entity: EntityDefinition, field: FieldDefinition): FieldRight {
  if (actor.permissions.has(EVERYTHING)) return WHOLE;
  let known = rightsKnown.get(model);
  if (known?.version !== rolesVersion(model)) {
    known = { version: rolesVersion(model), sets: new Map() };
    rightsKnown.set(model, known);
  }
  const key = actor.roles.join(' ');
  let rights = known.sets.get(key);
  if (!rights) {
    rights = new Map();
    known.sets.set(key, rights);
  }
  let right = rights.get(field);
  if (!right) {
    right = combine(model, actor.roles, entity, field);
    rights.set(field, right);
  }
  return right;
}

function combine(model: Model, codes: readonly string[], entity: EntityDefinition, field: FieldDefinition): FieldRight {
  if (field.derive) {
    const from = entity.fields.find((other) => other.code === field.derive!.from);
    return from && combine(model, codes, entity, from).filter ? { ...WHOLE, edit: false, export: false } : NOTHING;
  }
  return rolesOf(model, codes)
    .filter((role) => (grantOf(role, entity).read ?? 'none') !== 'none')
    .map((role) => roleFieldDecision(role, entity, field).right)
    .reduce(
      (all, one) => ({
        see: VIEWS[Math.max(VIEWS.indexOf(all.see), VIEWS.indexOf(one.see))]!,
        edit: all.edit || one.edit,
        export: all.export || one.export,
        filter: all.filter || one.filter,
      }),
      NOTHING,
    );
}

export function fieldView(model: Model, actor: Actor, entity: EntityDefinition, field: FieldDefinition): FieldView {
  return fieldRight(model, actor, entity, field).see;
}

/** The posts of an actor whose roles give an action on an entity. */
export function postsWith(
  model: Model,
  actor: Actor,
  entity: EntityDefinition,
  action: Action,
): { post: Post; role: Role }[] {
  return actor.posts.flatMap((post) => {
    const role = roles(model).get(post.role);
    return role && (grantOf(role, entity)[action] ?? 'none') !== 'none' ? [{ post, role }] : [];
  });
}

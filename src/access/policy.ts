import { z } from 'zod';
import type { Actor } from '#kernel';
import type { EntityDefinition, FieldDefinition, MaskCode, Model } from '#metadata';

const role = z.strictObject({
  code: z.string(),
  label: z.strictObject({ zh: z.string(), en: z.string() }),
  scope: z.enum(['own', 'branch_and_below', 'all']),
  clear: z.array(z.enum(['person_name', 'phone', 'id_number', 'email', 'address', 'tail4', 'full'])),
  permissions: z.array(z.string()),
});
export type Role = z.output<typeof role>;

const rolesOf = new WeakMap<Model, Map<string, Role>>();

/** The packs' roles by code. */
export function roles(model: Model): Map<string, Role> {
  let found = rolesOf.get(model);
  if (!found) {
    found = new Map(model.data('roles').map(({ value }) => [value.code as string, role.parse(value)]));
    rolesOf.set(model, found);
  }
  return found;
}

/** All permissions that the roles give together. */
export function permissionsOf(model: Model, codes: readonly string[]): Set<string> {
  return new Set(codes.flatMap((code) => roles(model).get(code)?.permissions ?? []));
}

/** Whose customers an actor reaches; of several roles the widest counts. */
export type Scope =
  | { kind: 'all' }
  | { kind: 'own'; userId: string }
  | { kind: 'units'; unitIds: string[] }
  | { kind: 'none' };

export function scopeOf(model: Model, actor: Actor): Scope {
  if (actor.permissions.has('*')) return { kind: 'all' };
  const scopes = new Set(actor.roles.map((code) => roles(model).get(code)?.scope));
  if (scopes.has('all')) return { kind: 'all' };
  if (scopes.has('branch_and_below') && actor.orgUnitIds.length > 0)
    return { kind: 'units', unitIds: actor.orgUnitIds };
  if (scopes.has('own') && actor.userId) return { kind: 'own', userId: actor.userId };
  return { kind: 'none' };
}

/** How an actor sees a field. */
export type FieldView = 'clear' | 'masked' | 'hidden';

/**
 * The one field policy: a field with a mask is clear only for those one of whose roles says so. Search helpers derived from
 * a name follow the name.
 */
export function fieldView(model: Model, actor: Actor, entity: EntityDefinition, field: FieldDefinition): FieldView {
  if (field.derive) {
    const from = entity.fields.find((other) => other.code === field.derive!.from);
    return from && fieldView(model, actor, entity, from) === 'clear' ? 'clear' : 'hidden';
  }
  if (!field.mask || seesClear(model, actor, field.mask)) return 'clear';
  return field.mask === 'full' ? 'hidden' : 'masked';
}

function seesClear(model: Model, actor: Actor, mask: MaskCode): boolean {
  if (actor.permissions.has('*')) return true;
  return actor.roles.some((code) => roles(model).get(code)?.clear.includes(mask));
}

const CATALOGUE = new Set(['product', 'district', 'household']);
const WRITE_PERMISSIONS: Record<string, string> = { user: 'users.manage', org_unit: 'org.manage' };

/** May the actor create or change rows of this entity at all? Row scope is asked besides. */
export function mayWrite(actor: Actor, entity: EntityDefinition, action: 'create' | 'update'): boolean {
  if (!entity.write[action]) return false;
  const needed = WRITE_PERMISSIONS[entity.code] ?? (CATALOGUE.has(entity.code) ? 'catalogue.manage' : 'records.write');
  return actor.permissions.has('*') || actor.permissions.has(needed);
}

export function mayRead(actor: Actor): boolean {
  return actor.permissions.has('*') || actor.permissions.has('records.read');
}

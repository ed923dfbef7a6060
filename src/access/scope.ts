import { join, raw, type Sql, sql } from '#database';
import { compile } from '#expressions';
import type { Actor } from '#kernel';
import type { EntityDefinition, Model } from '#metadata';
import { customerNames } from './condition.ts';
import { may, postsWith } from './policy.ts';
import { type Action, belongsToCustomer, grantOf, type Role } from './role.ts';

/** Customers by owner or unit, narrowed by a role's condition where it has one. */
export interface Part {
  /** FEEL over the customer's fields. */
  where: string | null;
  ownerIds: string[];
  unitIds: string[];
  /** Everybody, as far as the condition lets. */
  all: boolean;
}

interface Persons {
  /** The actor and those whom he stands in for: the owners to whom walled customers are open. */
  selfIds: string[];
  /** Customers in whose service he is named; open to him whoever owns them, walled or not. */
  customerIds: string[];
  crossesWalls: boolean;
}

/**
 * Whose customers an actor reaches; of several posts all together. The frequent shapes stand for themselves, because lists walk an
 * index for them: one's own book, and the customers of units.
 */
export type Scope = Persons &
  (
    | { kind: 'all' }
    | { kind: 'none' }
    | { kind: 'own'; userId: string }
    | { kind: 'units'; unitIds: string[] }
    | { kind: 'mixed'; parts: Part[] }
  );

const known = new WeakMap<Actor, Map<string, Scope>>();

/** The customers that an action on an entity reaches: for rows of the entity, those whose customer is among them. */
export function scopeOf(model: Model, actor: Actor, entity: EntityDefinition, action: Action = 'read'): Scope {
  const scopes = known.get(actor) ?? new Map<string, Scope>();
  known.set(actor, scopes);
  const key = `${entity.code}.${action}`;
  let scope = scopes.get(key);
  if (!scope) {
    scope = findScope(model, actor, entity, action);
    scopes.set(key, scope);
  }
  return scope;
}

/** The same actor with a scope of the caller's choice: statements composed once carry marks instead of ids. */
export function withScope(
  actor: Actor,
  scope: (entity: EntityDefinition) => Scope,
  entities: readonly EntityDefinition[],
): Actor {
  const copy = { ...actor };
  known.set(copy, new Map(entities.map((entity) => [`${entity.code}.read`, scope(entity)])));
  return copy;
}

function findScope(model: Model, actor: Actor, entity: EntityDefinition, action: Action): Scope {
  const persons: Persons = {
    selfIds: [...new Set([actor.userId, ...actor.posts.map((post) => post.userId)])].filter((id) => id !== null),
    customerIds: actor.customerIds,
    crossesWalls: may(actor, 'walls.cross'),
  };
  if (actor.permissions.has('*')) return { ...persons, kind: 'all' };
  const held = postsWith(model, actor, entity, action);
  if (held.length === 0) return { ...persons, kind: 'none' };
  const parts = mergeParts(held.map(({ post, role }) => partOf(post, role, entity, action)));
  const only = parts.length === 1 && parts[0]!.where === null ? parts[0] : undefined;
  if (only?.all) return { ...persons, kind: 'all' };
  if (only && persons.customerIds.length === 0) {
    if (only.unitIds.length === 0 && only.ownerIds.length === 1 && only.ownerIds[0] === actor.userId) {
      return { ...persons, kind: 'own', userId: actor.userId };
    }
    if (only.ownerIds.length === 0) return { ...persons, kind: 'units', unitIds: only.unitIds };
  }
  return { ...persons, kind: 'mixed', parts };
}

function partOf(post: Actor['posts'][number], role: Role, entity: EntityDefinition, action: Action): Part {
  const grant = grantOf(role, entity);
  const part: Part = { where: grant.where ?? null, ownerIds: [], unitIds: [], all: false };
  switch (grant[action]) {
    case 'own':
      return { ...part, ownerIds: [post.userId] };
    case 'team':
      return { ...part, ownerIds: [...new Set([post.userId, ...post.teamIds])] };
    case 'branch':
      return { ...part, unitIds: post.branchId ? [post.branchId] : [] };
    case 'branch_and_below':
      return { ...part, unitIds: post.unitIds };
    case 'all':
      return { ...part, all: true };
    default:
      return part;
  }
}

/** Parts without a condition, and those under the same one, become one. */
function mergeParts(parts: Part[]): Part[] {
  const merged = new Map<string | null, Part>();
  for (const part of parts) {
    const other = merged.get(part.where);
    merged.set(part.where, {
      where: part.where,
      ownerIds: [...new Set([...(other?.ownerIds ?? []), ...part.ownerIds])],
      unitIds: [...new Set([...(other?.unitIds ?? []), ...part.unitIds])],
      all: part.all || (other?.all ?? false),
    });
  }
  const plain = merged.get(null);
  return plain?.all ? [plain] : [...merged.values()];
}

/** The row scope as a condition on `alias` (a row of the entity); evaluated from the actor's constants, once per statement. */
export function scopeCondition(
  model: Model,
  actor: Actor,
  entity: EntityDefinition,
  alias: string,
  action: Action = 'read',
): Sql {
  const scope = scopeOf(model, actor, entity, action);
  if (!belongsToCustomer(entity)) return institutionCondition(scope, entity, alias);
  if (scope.kind === 'none') return sql`false`;
  if (scope.kind === 'all' && (scope.crossesWalls || actor.permissions.has('*'))) return sql`true`;
  const row = raw(alias);
  if (entity.code === 'customer') return customerCondition(model, scope, alias);
  if (entity.code === 'household') {
    // Before it has members a household is seen by who made it.
    return sql`(exists (select 1 from customer sc where sc.household_id = ${row}.id and ${customerCondition(model, scope, 'sc')})
      or (${row}.created_by = ${actor.userId}::bigint and not exists (select 1 from customer sn where sn.household_id = ${row}.id)))`;
  }
  const ofCustomer = sql`exists (select 1 from customer sc where sc.id = ${row}.customer_id and ${customerCondition(model, scope, 'sc')})`;
  // Who is to do a task sees it, whoever owns the customer meanwhile.
  return entity.code === 'task' && actor.userId
    ? sql`(${row}.assignee_id = ${actor.userId}::bigint or ${ofCustomer})`
    : ofCustomer;
}

/** Rows that no customer owns are open to all who may read them, except what concerns a person's own absence. */
function institutionCondition(scope: Scope, entity: EntityDefinition, alias: string): Sql {
  if (scope.kind === 'none') return sql`false`;
  if (scope.kind === 'all' || entity.code !== 'delegation') return sql`true`;
  const row = raw(alias);
  const parts: Part[] =
    scope.kind === 'mixed'
      ? scope.parts
      : [{ where: null, all: false, ownerIds: [], unitIds: scope.kind === 'units' ? scope.unitIds : [] }];
  const ids = [...scope.selfIds, ...parts.flatMap((part) => part.ownerIds)];
  const units = parts.flatMap((part) => part.unitIds);
  return sql`(${row}.from_user_id = any(${ids}::bigint[]) or ${row}.to_user_id = any(${ids}::bigint[])
    or exists (select 1 from "user" su where su.id = ${row}.from_user_id and su.org_unit_id = any(${units}::bigint[])))`;
}

/** The people within a scope: oneself, those whom one stands in for, one's team, and everybody of one's units. A condition on `alias`, a user. */
export function peopleCondition(scope: Scope, alias: string): Sql {
  if (scope.kind === 'none') return sql`false`;
  if (scope.kind === 'all') return sql`true`;
  const parts = scope.kind === 'mixed' ? scope.parts : [];
  if (parts.some((part) => part.all)) return sql`true`;
  const row = raw(alias);
  const ids = [...scope.selfIds, ...parts.flatMap((part) => part.ownerIds)];
  const units = scope.kind === 'units' ? scope.unitIds : parts.flatMap((part) => part.unitIds);
  return sql`(${row}.id = any(${ids}::bigint[]) or ${row}.org_unit_id = any(${units}::bigint[]))`;
}

/** Customers within the scope, as a condition on `alias`. */
export function customerCondition(model: Model, scope: Scope, alias: string): Sql {
  const wall = wallCondition(scope, alias);
  const reach = reachCondition(model, scope, alias);
  return wall ? sql`(${reach} and ${wall})` : reach;
}

/** The same without the walls. */
export function reachCondition(model: Model, scope: Scope, alias: string): Sql {
  const row = raw(alias);
  switch (scope.kind) {
    case 'all':
      return sql`true`;
    case 'own':
      return sql`${row}.owner_id = ${scope.userId}::bigint`;
    case 'units':
      return sql`${row}.branch_id = any(${scope.unitIds}::bigint[])`;
    case 'none':
      return sql`false`;
    case 'mixed': {
      const ways = scope.parts.map((part) => partCondition(model, part, alias));
      // Empty lists still travel, so that the statement's text depends on the shape of the scope alone.
      return sql`(${join([...ways, sql`${row}.id = any(${scope.customerIds}::bigint[])`], ' or ')})`;
    }
  }
}

function partCondition(model: Model, part: Part, alias: string): Sql {
  const row = raw(alias);
  const reach = part.all
    ? sql`true`
    : sql`(${row}.owner_id = any(${part.ownerIds}::bigint[]) or ${row}.branch_id = any(${part.unitIds}::bigint[]))`;
  return part.where === null
    ? reach
    : sql`(${reach} and ${compile(part.where, customerNames(model, alias), 'boolean').where()})`;
}

/** Walled customers are open to their owner, to those named in their service, and to who crosses walls; undefined where no wall stands. */
export function wallCondition(scope: Scope, alias: string): Sql | undefined {
  if (scope.crossesWalls || scope.kind === 'own' || scope.kind === 'none') return undefined;
  const row = raw(alias);
  return sql`(${row}.walled is not true or ${row}.owner_id = any(${scope.selfIds}::bigint[]) or ${row}.id = any(${scope.customerIds}::bigint[]))`;
}

import { raw, type Sql, sql } from '#database';
import type { Actor } from '#kernel';
import type { EntityDefinition, Model } from '#metadata';
import { type Scope, scopeOf } from './policy.ts';

/** The row scope as a condition on `alias` (a row of the entity); evaluated from the actor's constants, once per statement. */
export function scopeCondition(model: Model, actor: Actor, entity: EntityDefinition, alias: string): Sql {
  const scope = scopeOf(model, actor);
  if (scope.kind === 'all') return sql`true`;
  const row = raw(alias);
  if (entity.code === 'customer') return customerCondition(scope, alias);
  if (entity.code === 'household') {
    return sql`exists (select 1 from customer sc where sc.household_id = ${row}.id and ${customerCondition(scope, 'sc')})`;
  }
  if (entity.scope === 'institution') return sql`true`;
  const ofCustomer = sql`exists (select 1 from customer sc where sc.id = ${row}.customer_id and ${customerCondition(scope, 'sc')})`;
  // Who is to do a task sees it, whoever owns the customer meanwhile.
  return entity.code === 'task' && actor.userId
    ? sql`(${row}.assignee_id = ${actor.userId}::bigint or ${ofCustomer})`
    : ofCustomer;
}

/** Customers within the scope, as a condition on `alias`. */
export function customerCondition(scope: Scope, alias: string): Sql {
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
  }
}

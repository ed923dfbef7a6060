import { empty, join, type Sql, sql } from '#database';

/** Which events are looked for; every condition given must hold. */
export interface AuditFilter {
  /** From this instant on … */
  from?: Date | undefined;
  /** … and before this one. */
  to?: Date | undefined;
  /** User name, or id of the user. */
  actor?: string | undefined;
  action?: readonly string[] | undefined;
  entity?: string | undefined;
  record?: string | undefined;
  customer?: string | undefined;
  decision?: 'allowed' | 'denied' | undefined;
}

/** The filter as a condition on `audit_event e`. */
export function filterCondition(filter: AuditFilter): Sql {
  const { from, to, actor, action, entity, record, customer, decision } = filter;
  const conditions = [
    from && sql`e.at >= ${from.toISOString()}::timestamptz`,
    to && sql`e.at < ${to.toISOString()}::timestamptz`,
    actor && (/^\d+$/.test(actor) ? sql`e.actor_id = ${actor}::bigint` : sql`e.actor = ${actor}`),
    action && action.length > 0 && sql`e.action = any(${action}::text[])`,
    entity && sql`e.entity = ${entity}`,
    // A customer's own row has its events under the customer, where the index is.
    record && (entity === 'customer' ? sql`e.customer_id = ${record}::bigint` : empty),
    record && sql`e.record_id = ${record}::bigint`,
    // Written out, so that the partial index serves it.
    record && entity && entity !== 'customer' && sql`e.entity <> 'customer'`,
    customer && sql`e.customer_id = ${customer}::bigint`,
    decision === 'denied' ? sql`e.decision = 'denied'` : decision && sql`e.decision = ${decision}`,
  ].filter((each): each is Sql => Boolean(each) && each !== empty);
  return conditions.length > 0 ? join(conditions, ' and ') : sql`true`;
}

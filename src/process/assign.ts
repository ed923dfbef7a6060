import { type Context, guardWrite, peopleCondition, permissionsOf, scopeCondition, scopeOf } from '#access';
import { record } from '#audit';
import { sql, type Transaction } from '#database';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';

export const ASSIGN_MAX = 200;

/**
 * Gives open tasks to somebody else of one's people, or takes them over. All or none; each with an audit event of its own. Returns how
 * many changed hands: what the receiver had already stays as it is.
 */
export async function assignTasks(ctx: Context, ids: readonly string[], to: string, reason: string): Promise<number> {
  const receiver = to === 'me' ? ctx.actor.userId! : to;
  return ctx.database.transaction(async (tx) => {
    await checkReceiver(ctx, tx, receiver);
    let moved = 0;
    for (const id of [...new Set(ids)].sort()) moved += await assignTask(ctx, tx, id, receiver, reason);
    return moved;
  });
}

async function checkReceiver(ctx: Context, tx: Transaction, receiver: string): Promise<void> {
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity('task'), 'update');
  const { rows } = await tx.query<{ roles: string[] }>(
    sql`select u.roles from "user" u where u.id = ${receiver}::bigint and u.active and (u.id = ${ctx.actor.userId}::bigint or ${peopleCondition(scope, 'u')})`,
  );
  if (!rows[0] || !permissionsOf(ctx.model, rows[0].roles).has('tasks.work')) {
    throw new Failure(kinds.receiver_unknown, {}, 'to');
  }
}

async function assignTask(ctx: Context, tx: Transaction, id: string, to: string, reason: string): Promise<number> {
  const entity = ctx.model.entity('task');
  const { rows } = await tx.query<{ customer_id: string; assignee_id: string | null; status: string }>(
    sql`select t.customer_id, t.assignee_id, t.status from task t
      where t.id = ${id}::bigint and ${scopeCondition(ctx.model, ctx.actor, entity, 't', 'update')} for update`,
  );
  const task = rows[0];
  if (!task) throw new Failure(kinds.not_found);
  if (task.status !== 'open') throw new Failure(kinds.not_open);
  if (task.assignee_id === to) return 0;
  const at = ctx.clock();
  await tx.query(
    `update task set assignee_id = $3, version = version + 1, updated_at = $4, updated_by = $5 where customer_id = $1 and id = $2`,
    [task.customer_id, id, to, at.toISOString(), ctx.actor.userId],
  );
  await guardWrite(ctx, tx, entity, id, ['assignee']);
  await record(tx, {
    at,
    actor: ctx.actor,
    action: 'update',
    entity: 'task',
    recordId: id,
    customerId: task.customer_id,
    detail: { assigned: true, reason, before: { assignee: task.assignee_id }, after: { assignee: to } },
  });
  return 1;
}

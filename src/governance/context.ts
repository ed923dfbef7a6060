import { actingOn, type Context, type Origin } from '#access';
import type { Transaction } from '#database';
import { actorOfUser, type Identity } from '#identity';
import { type Actor, Failure } from '#kernel';
import { kinds } from './failures.ts';

/** What the routes of this room work with besides what all routes have. */
export interface GovernanceContext extends Context {
  /** Its database acts as the owner: roles are nobody's rows, and what is explained may lie out of the asker's reach. */
  identity: Identity;
  sessionId: string | null;
}

/** Runs as the owner; events that are recorded inside say from where the request came. */
export async function asOwner<T>(ctx: GovernanceContext, run: (tx: Transaction) => Promise<T>): Promise<T> {
  return ctx.identity.database.transaction(async (tx) => {
    const origin: Omit<Origin, 'request'> = { session: ctx.sessionId, address: ctx.address };
    await tx.query("select set_config('tongguan.origin', $1, true)", [JSON.stringify(origin)]);
    return run(tx);
  });
}

/** The actor that a user would be now; null while he is disabled. Throws a Failure when there is no such user. */
export async function subjectOf(
  ctx: GovernanceContext,
  userId: string,
): Promise<{ id: string; name: string; username: string; actor: Actor | null }> {
  const { rows } = await ctx.database.query<{ id: string; name: string; username: string }>(
    'select id, name, username from "user" where id = $1',
    [userId],
  );
  if (!rows[0]) throw new Failure(kinds.user_not_found, {}, 'user');
  return { ...rows[0], actor: await actorOfUser(ctx.identity.database, ctx.model, ctx.clock(), userId) };
}

/** The same request as somebody else would make it: his rights in every statement, his reach in row security. For reading only. */
export function contextAs(ctx: GovernanceContext, actor: Actor): GovernanceContext {
  const origin = { session: ctx.sessionId, address: ctx.address, request: '' };
  return { ...ctx, actor, ...actingOn(ctx.database, ctx.model, actor, origin) };
}

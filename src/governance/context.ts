import { actingOn } from '#access';
import { actorOfUser, type OwnerContext } from '#identity';
import { type Actor, Failure } from '#kernel';
import { kinds } from './failures.ts';

/** What the routes of this room work with: what is explained may lie out of the asker's reach. */
export type GovernanceContext = OwnerContext;

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

import { type Context, roles } from '#access';
import { sql, type Transaction } from '#database';
import { actorOfUser } from '#identity';
import { type Actor, dateIn, Failure, type Post } from '#kernel';
import { kinds } from './failures.ts';

/**
 * Refuses a checker who is not independent of the maker (ASVS 5.0 2.3.5; compliance: maker and checker): himself, whoever stands in
 * for him or for whom he stands in at any moment since the request, another account that carries the same phone or e-mail, and, where
 * the rule asks for another line, whoever shares his desk or leads him.
 */
export async function refuseDependent(
  ctx: Context,
  tx: Transaction,
  request: { makerId: string; requestedAt: string; line: 'any' | 'other' },
): Promise<void> {
  const checkerId = ctx.actor.userId;
  const { makerId } = request;
  if (checkerId === null || checkerId === makerId) throw new Failure(kinds.own_request);
  const { zone } = ctx.institution;
  const [since, today] = [dateIn(zone, new Date(request.requestedAt)), dateIn(zone, ctx.clock())];
  const { rows } = await tx.query<{ deputy: boolean; same: boolean }>(
    sql`select
      exists (select from delegation d where d.starts_on <= ${today}::date and d.ends_on >= ${since}::date
        and ((d.from_user_id = ${makerId}::bigint and d.to_user_id = ${checkerId}::bigint)
          or (d.from_user_id = ${checkerId}::bigint and d.to_user_id = ${makerId}::bigint))) as deputy,
      exists (select from "user" m join "user" c on c.phone_index = m.phone_index or lower(c.email) = lower(m.email)
        where m.id = ${makerId}::bigint and c.id = ${checkerId}::bigint) as same`,
  );
  if (rows[0]!.deputy) throw new Failure(kinds.deputy);
  if (rows[0]!.same) throw new Failure(kinds.same_person);
  if (request.line === 'any') return;
  const maker = await actorOfUser(tx, ctx.model, ctx.clock(), makerId);
  if (maker && inOneLine(ctx, maker, ctx.actor)) throw new Failure(kinds.same_line);
}

/**
 * Two persons are in one reporting line when they hold the same role in the same unit, or when the business post of one stands above
 * the other's: control functions at the head office are nobody's superiors there.
 */
function inOneLine(ctx: Context, maker: Actor, checker: Actor): boolean {
  const dutyOf = (post: Post) => roles(ctx.model).get(post.role)?.duty;
  return maker.posts.some((mine) =>
    checker.posts.some((theirs) => {
      if (mine.unitId === null || theirs.unitId === null) return false;
      if (mine.role === theirs.role && mine.unitId === theirs.unitId) return true;
      if (dutyOf(mine) !== 'business' || dutyOf(theirs) !== 'business') return false;
      return mine.unitIds.includes(theirs.unitId) || theirs.unitIds.includes(mine.unitId);
    }),
  );
}

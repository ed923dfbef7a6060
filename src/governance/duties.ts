import { type Context, roles } from '#access';
import { dateIn, type Text } from '#kernel';

export interface StandingIn {
  user: { id: string; name: string };
  /** The last day. */
  until: string;
  reason: string;
}

export interface Duties {
  posts: { role: Text; unit: string | null; deputyFor: string | null }[];
  /** Those for whom the person stands in today. */
  standingInFor: StandingIn[];
  /** Those who stand in for the person today. */
  deputies: StandingIn[];
}

/** What somebody answers for today, and for whom. */
export async function readDuties(ctx: Context): Promise<Duties> {
  const today = dateIn(ctx.institution.zone, ctx.clock());
  const between = async (who: 'to' | 'from') => {
    const other = who === 'to' ? 'from' : 'to';
    const { rows } = await ctx.database.query<{ id: string; name: string; until: string; reason: string }>(
      `select u.id, u.name, d.ends_on::text as until, d.reason from delegation d join "user" u on u.id = d.${other}_user_id and u.active
        where d.${who}_user_id = $1 and d.revoked is not true and $2::date between d.starts_on and d.ends_on order by d.ends_on, u.name`,
      [ctx.actor.userId, today],
    );
    return rows.map(({ id, name, until, reason }) => ({ user: { id, name }, until, reason }));
  };
  const { rows: units } = await ctx.database.query<{ id: string; name: string }>(
    'select id, name from org_unit where id = any($1::bigint[])',
    [ctx.actor.posts.flatMap((post) => post.unitId ?? [])],
  );
  const unitNames = new Map(units.map(({ id, name }) => [id, name]));
  return {
    posts: ctx.actor.posts.map((post) => ({
      role: roles(ctx.model).get(post.role)?.label ?? { zh: post.role, en: post.role },
      unit: post.unitId === null ? null : (unitNames.get(post.unitId) ?? null),
      deputyFor: post.deputyFor,
    })),
    standingInFor: await between('to'),
    deputies: await between('from'),
  };
}

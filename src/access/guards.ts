import type { Transaction } from '#database';
import { Failure } from '#kernel';
import type { EntityDefinition } from '#metadata';
import type { Context } from './context.ts';
import { kinds } from './failures.ts';
import { may } from './policy.ts';
import { checkDuties } from './roles.ts';

/** The longest that somebody may stand in for somebody without asking again. */
const DELEGATION_DAYS_MAX = 366;

type Guard = (ctx: Context, tx: Transaction, id: string) => Promise<void>;

/** What holds of rows about rights themselves, checked after a person wrote one and before it counts. */
const guards: Record<string, Guard> = {
  user: (ctx, tx, id) => guardDuties(ctx, tx, id),
  post: async (ctx, tx, id) => {
    const { rows } = await tx.query<{ user_id: string; kind: string; starts_on: string; ends_on: string | null }>(
      'select user_id, kind, starts_on, ends_on from post where id = $1',
      [id],
    );
    const post = rows[0]!;
    if (post.ends_on === null && post.kind !== 'additional') throw new Failure(kinds.post_end_needed, {}, 'ends_on');
    if (post.ends_on !== null && post.ends_on < post.starts_on)
      throw new Failure(kinds.end_before_start, {}, 'ends_on');
    await guardDuties(ctx, tx, post.user_id);
  },
  delegation: async (ctx, tx, id) => {
    const { rows } = await tx.query<{ from_user_id: string; to_user_id: string; ordered: boolean; short: boolean }>(
      `select from_user_id, to_user_id, ends_on >= starts_on as ordered, ends_on - starts_on < $2::integer as short from delegation where id = $1`,
      [id, DELEGATION_DAYS_MAX],
    );
    const row = rows[0]!;
    if (row.from_user_id === row.to_user_id) throw new Failure(kinds.delegation_to_self, {}, 'to_user');
    if (!row.ordered) throw new Failure(kinds.end_before_start, {}, 'ends_on');
    if (!row.short) throw new Failure(kinds.delegation_too_long, { days: DELEGATION_DAYS_MAX }, 'ends_on');
    if (row.from_user_id !== ctx.actor.userId && !may(ctx.actor, 'delegations.manage')) {
      throw new Failure(kinds.delegation_not_own, {}, 'from_user');
    }
  },
};

/** Nobody grants himself anything, and separated duties stay apart (compliance: 三员分立). */
async function guardDuties(ctx: Context, tx: Transaction, userId: string): Promise<void> {
  const { rows } = await tx.query<{ roles: string[] }>(
    `select array(select distinct role from (select unnest(u.roles) as role union all
         select p.role from post p where p.user_id = u.id and (p.ends_on is null or p.ends_on >= $2::timestamptz::date)) held) as roles
       from "user" u where u.id = $1`,
    [userId, ctx.clock().toISOString()],
  );
  const held = rows[0]?.roles ?? [];
  checkDuties(ctx.model, held);
  if (userId === ctx.actor.userId && held.some((role) => !ctx.actor.roles.includes(role))) {
    throw new Failure(kinds.self_grant, {}, 'roles');
  }
}

/** Refuses a row just written that breaks a rule about rights; the caller's transaction then takes it back. */
export async function guardWrite(ctx: Context, tx: Transaction, entity: EntityDefinition, id: string): Promise<void> {
  await guards[entity.code]?.(ctx, tx, id);
}

import { type Sql, sql, type Transaction } from '#database';
import { Failure } from '#kernel';
import type { EntityDefinition } from '#metadata';
import type { Context } from './context.ts';
import { kinds } from './failures.ts';
import { may } from './policy.ts';
import { checkDuties, roles } from './roles.ts';
import { customerCondition, peopleCondition, scopeOf } from './scope.ts';

/** The longest that somebody may stand in for somebody without asking again. */
const DELEGATION_DAYS_MAX = 366;

/** Fields of a customer that say whose he is and who may see him. */
const BELONGING = new Set(['owner', 'branch', 'walled']);

/** `changed`: codes of the fields just written. */
type Guard = (ctx: Context, tx: Transaction, id: string, changed: readonly string[]) => Promise<void>;

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
  // The customer is the writer's own afterwards too: being named in his service beside is no way to give him away and keep him.
  customer: async (ctx, tx, id, changed) => {
    // Who puts up a wall stays inside it as a member, or could not see what he did.
    if (changed.some((code) => code !== 'walled' && BELONGING.has(code))) await refuseMembers(ctx, tx, id);
  },
  // Whoever has an open task of a customer reaches him, so giving somebody a task may bring him in.
  task: async (ctx, tx, id, changed) => {
    if (!changed.includes('assignee')) return;
    const { rows } = await tx.query<{ brought_in: boolean }>(
      sql`select t.assignee_id is not null and not (t.assignee_id = any(${selves(ctx)}::bigint[]) or t.assignee_id = c.owner_id
            or exists (select from customer_member m where m.customer_id = t.customer_id and m.user_id = t.assignee_id)
            or ${ownReach(ctx, 'task', 'c')}) as brought_in
        from task t join customer c on c.id = t.customer_id where t.id = ${id}::bigint`,
    );
    if (rows[0]?.brought_in) throw new Failure(kinds.task_brings_in, {}, 'assignee');
  },
  // Who serves a customer beside his manager does not bring further people in.
  customer_member: async (ctx, tx, id) => {
    const { rows } = await tx.query<{ ordered: boolean; reached: boolean }>(
      sql`select m.ends_on is null or m.ends_on >= m.starts_on as ordered,
          exists (select from customer c where c.id = m.customer_id and ${ownReach(ctx, 'customer_member', 'c')}) as reached
        from customer_member m where m.id = ${id}::bigint`,
    );
    if (!rows[0]!.reached) throw new Failure(kinds.member_not_owner, {}, 'customer');
    if (!rows[0]!.ordered) throw new Failure(kinds.end_before_start, {}, 'ends_on');
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
    if (row.from_user_id !== ctx.actor.userId) await guardOthersDelegation(ctx, tx, row.from_user_id);
    await guardDeputy(ctx, tx, row.from_user_id, row.to_user_id);
  },
};

const selves = ({ actor }: Context) =>
  [actor.userId, ...actor.posts.map((post) => post.userId)].filter((id) => id !== null);

/** The customers whose rows of an entity the actor may change by his posts, without those whom he merely serves. */
function ownReach(ctx: Context, entity: string, alias: string): Sql {
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity(entity), 'update');
  return customerCondition(ctx.model, { ...scope, customerIds: [] }, alias);
}

async function refuseMembers(ctx: Context, tx: Transaction, id: string): Promise<void> {
  const { rowCount } = await tx.query(
    sql`select from customer c where c.id = ${id}::bigint and ${ownReach(ctx, 'customer', 'c')}`,
  );
  if (rowCount === 0) throw new Failure(kinds.belonging_not_owner);
}

/**
 * Refuses, before it is written, a change to a row that the actor may change in general: whose a customer is and who may see him is
 * not for those who only serve him; and an account never turns from a person into a program, whose tokens others make.
 */
export async function guardChange(
  ctx: Context,
  tx: Transaction,
  entity: EntityDefinition,
  id: string,
  wanted: ReadonlyMap<string, string | null>,
): Promise<void> {
  if (entity.code === 'customer' && [...wanted.keys()].some((code) => BELONGING.has(code)))
    await refuseMembers(ctx, tx, id);
  if (entity.code === 'user' && wanted.has('kind')) {
    const { rowCount } = await tx.query(
      sql`select from "user" u where u.id = ${id}::bigint and coalesce(u.kind, 'person') <> coalesce(${wanted.get('kind')}, 'person')`,
    );
    if (rowCount > 0) throw new Failure(kinds.account_kind_fixed, {}, 'kind');
  }
}

/**
 * Whose absence is arranged by somebody else must be one of his people; being named as the deputy is not enough, nor is standing in
 * for him already: a deputy does not prolong his own time.
 */
async function guardOthersDelegation(ctx: Context, tx: Transaction, fromId: string): Promise<void> {
  if (selves(ctx).includes(fromId)) throw new Failure(kinds.delegation_not_own, {}, 'from_user');
  const delegation = ctx.model.entity('delegation');
  const scope = scopeOf(ctx.model, ctx.actor, delegation, 'update');
  if (scope.kind !== 'all' && !may(ctx.actor, 'delegations.manage')) {
    throw new Failure(kinds.delegation_not_own, {}, 'from_user');
  }
  const { rowCount } = await tx.query(
    sql`select from "user" u where u.id = ${fromId}::bigint and ${peopleCondition(scope, 'u')}`,
  );
  if (rowCount === 0) throw new Failure(kinds.delegation_out_of_reach, {}, 'from_user');
}

/** Standing in must not put duties together that are kept apart. */
async function guardDeputy(ctx: Context, tx: Transaction, fromId: string, toId: string): Promise<void> {
  const received = (await rolesHeld(ctx, tx, fromId)).filter((code) => roles(ctx.model).get(code)?.delegable);
  try {
    checkDuties(ctx.model, [...(await rolesHeld(ctx, tx, toId)), ...received]);
  } catch (error) {
    if (error instanceof Failure) throw new Failure(kinds.delegation_duties, {}, 'to_user');
    throw error;
  }
}

/** Codes of the roles that a user has now or will have by posts already written down. */
async function rolesHeld(ctx: Context, tx: Transaction, userId: string): Promise<string[]> {
  const { rows } = await tx.query<{ roles: string[] }>(
    `select array(select distinct role from (select unnest(u.roles) as role union all
         select p.role from post p where p.user_id = u.id and (p.ends_on is null or p.ends_on >= ($2::timestamptz at time zone $3)::date)) held) as roles
       from "user" u where u.id = $1`,
    [userId, ctx.clock().toISOString(), ctx.institution.zone],
  );
  return rows[0]?.roles ?? [];
}

/** Nobody grants himself anything, and separated duties stay apart (compliance: 三员分立). */
async function guardDuties(ctx: Context, tx: Transaction, userId: string): Promise<void> {
  const held = await rolesHeld(ctx, tx, userId);
  checkDuties(ctx.model, held);
  if (userId === ctx.actor.userId && held.some((role) => !ctx.actor.roles.includes(role))) {
    throw new Failure(kinds.self_grant, {}, 'roles');
  }
}

/** `changed` are the codes of the fields written. Refuses a row just written that breaks a rule about rights; the caller's transaction then takes it back. */
export async function guardWrite(
  ctx: Context,
  tx: Transaction,
  entity: EntityDefinition,
  id: string,
  changed: readonly string[],
): Promise<void> {
  await guards[entity.code]?.(ctx, tx, id, changed);
}

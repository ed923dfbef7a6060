import type { Context } from '#access';
import { type Sql, sql, type Transaction } from '#database';
import { addMonths } from '#kernel';
import { REBUILD_FEEDBACK } from './feedback-table.ts';
import type { TaskResult } from './tasks.ts';

// What became of the tasks of each rule, by who recorded it and month: small enough to be read with every day plan, where the tasks
// themselves are not. User 0 is everybody together; a manager's reach does not show him the tasks of others, but how a rule does.

/** Results that say that the contact was worth it. */
export const USEFUL: readonly TaskResult[] = ['reached', 'interested', 'follow_up'];
/** Results that judge a rule at all: nobody picking up says nothing about it. */
export const JUDGING: readonly TaskResult[] = [...USEFUL, 'not_interested', 'not_useful'];

/** Months whose results count: what was useless last year may be useful now. */
const FEEDBACK_MONTHS = 6;

export const EVERYBODY = '0';

/** The first month whose results count at an instant. */
export function feedbackSince(now: Date): string {
  return addMonths(`${now.toISOString().slice(0, 7)}-01`, 1 - FEEDBACK_MONTHS);
}

/** Adds to, or with -1 takes from, what is counted of a result; to be called last, because all results of a rule share a row. */
export async function countResults(
  ctx: Pick<Context, 'actor'>,
  tx: Transaction,
  results: readonly { rule: string | null; result: string; doneAt: string; doneBy: string | null }[],
  sign: 1 | -1,
): Promise<void> {
  // In one order for all, so that two who record results never wait for each other in a ring.
  const sorted = [...results].sort((a, b) => ((a.rule ?? '') < (b.rule ?? '') ? -1 : 1));
  for (const { rule, result, doneAt, doneBy } of sorted) {
    await tx.query(
      `insert into task_feedback (rule, user_id, month, result, count)
       select $1, p.user_id, $2::date, $3, greatest(0, $5::int) from unnest(array[$4, 0]::bigint[]) p (user_id) where p.user_id is not null
       on conflict (user_id, rule, month, result) do update set count = greatest(0, task_feedback.count + $5::int)`,
      [rule ?? '', `${doneAt.slice(0, 7)}-01`, result, doneBy ?? ctx.actor.userId, sign],
    );
  }
}

/** Counts all results anew from the tasks; for an institution that came with tasks done. */
export async function recountResults(tx: Transaction): Promise<void> {
  await tx.query('delete from task_feedback');
  await tx.query(REBUILD_FEEDBACK);
}

/** By rule: how many results judged it and how many of them were useful; of one person and of everybody. */
export function feedbackRows(userId: string, since: string): Sql {
  return sql`select f.rule,
      coalesce(sum(f.count) filter (where f.user_id <> ${EVERYBODY}::bigint and f.result = any(${USEFUL}::text[])), 0)::float8 as own_useful,
      coalesce(sum(f.count) filter (where f.user_id <> ${EVERYBODY}::bigint and f.result = any(${JUDGING}::text[])), 0)::float8 as own_judged,
      coalesce(sum(f.count) filter (where f.user_id = ${EVERYBODY}::bigint and f.result = any(${USEFUL}::text[])), 0)::float8 as useful,
      coalesce(sum(f.count) filter (where f.user_id = ${EVERYBODY}::bigint and f.result = any(${JUDGING}::text[])), 0)::float8 as judged
    from task_feedback f where f.user_id in (${EVERYBODY}::bigint, ${userId}::bigint) and f.month >= ${since}::date group by f.rule`;
}

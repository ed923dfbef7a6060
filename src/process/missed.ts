import { z } from 'zod';
import { type Context, fieldView } from '#access';
import { raw, sql } from '#database';
import { type Route, route } from '#http';
import type { OwnerContext } from '#identity';
import { fieldOf } from '#metadata';
import { outputValue, planned, visibleFields } from '#records';
import { unseal } from '#vault';
import { taskText } from './tasks.ts';

// What came to somebody's desk while he was not at it.

/** Tasks shown; all are counted. */
const TASKS_MAX = 50;

/**
 * When a person last did something before the present session began: what the audit says of him. Null for somebody who is here for the
 * first time, and for a caller without a session.
 */
async function awaySince({
  identity,
  actor,
  sessionId,
}: OwnerContext): Promise<{ since: string; until: string } | null> {
  if (sessionId === null || actor.userId === null) return null;
  const { rows } = await identity.database.query<{ since: string | null; until: string }>(
    `select (select e.at from audit_event e where e.actor_id = $1 and e.at < s.created_at order by e.id desc limit 1) as since,
            s.created_at as until from session s where s.id = $2`,
    [actor.userId, sessionId],
  );
  const row = rows[0];
  return row?.since ? { since: row.since, until: row.until } : null;
}

const nothing = { since: null, until: null, created: 0, late: 0, overdue: 0, doneByOthers: 0, tasks: [] };

/** The tasks of the reader that were made, fell due or were done by others between two instants, as JSON text. */
async function readMissed(ctx: Context, { since, until }: { since: string; until: string }): Promise<string> {
  const { model, actor } = ctx;
  const task = model.entity('task');
  const names = visibleFields(model, actor, model.entity('customer')).find(({ field }) => field.code === 'name');
  const name = raw(names ? outputValue(model, actor, names, 'c') : 'null::text');
  const seesTitle = fieldView(model, actor, task, fieldOf(task, 'title')!) === 'clear';
  const title = raw(seesTitle ? taskText('title', ctx.language, 't') : 'null::text');
  const mine = [...new Set([actor.userId ?? '0', ...actor.posts.map((post) => post.userId)])];
  const { rows } = await ctx.database.query<{ missed: string }>(
    planned(
      'day_plan_missed',
      sql`with told as (
            select t.*, t.created_at > ${since}::timestamptz and t.created_at <= ${until}::timestamptz as is_new,
                   t.status = 'open' and t.due_at > ${since}::timestamptz and t.due_at <= ${until}::timestamptz as is_overdue,
                   t.status = 'done' and t.done_by_id is distinct from t.assignee_id and t.done_at > ${since}::timestamptz and t.done_at <= ${until}::timestamptz as is_done,
                   t.rule is not null and t.business_date < (t.created_at at time zone ${ctx.institution.zone})::date - 1 as is_late
              from task t where t.assignee_id = any(${mine}::bigint[])),
          shown as (select * from told where is_new and status = 'open' or is_overdue or is_done)
          select json_build_object('since', ${since}::timestamptz, 'until', ${until}::timestamptz,
            'created', count(*) filter (where is_new), 'late', count(*) filter (where is_new and is_late),
            'overdue', count(*) filter (where is_overdue), 'doneByOthers', count(*) filter (where is_done),
            'tasks', coalesce((select json_agg(json_build_object('id', t.id::text, 'title', ${title}, 'dueAt', t.due_at, 'status', t.status,
                'businessDate', t.business_date, 'new', t.is_new, 'overdue', t.is_overdue, 'late', t.is_new and t.is_late, 'doneByOthers', t.is_done,
                'customer', json_build_object('id', c.id::text, 'name', ${name})) order by t.is_overdue desc, t.due_at nulls last, t.id)
              from (select * from shown order by is_overdue desc, due_at nulls last, id limit ${TASKS_MAX}) t join customer c on c.id = t.customer_id), '[]'::json))::text as missed
            from told`,
    ),
  );
  return unseal(ctx.database, rows[0]!.missed);
}

export const missedRoutes: Route<OwnerContext>[] = [
  route({
    method: 'GET',
    path: '/api/day-plan/missed',
    permission: 'tasks.work',
    summary: { zh: '离开期间的待办', en: 'What was missed while one was away' },
    tag: 'tasks',
    output: z.object({
      since: z.string().nullable().describe('when the reader last did something before this session'),
      until: z.string().nullable().describe('when this session began'),
      created: z.int().describe('tasks made meanwhile'),
      late: z.int().describe('of these, those whose occasion lay further back than a day: made up after a standstill'),
      overdue: z.int().describe('tasks that fell due meanwhile and are still open'),
      doneByOthers: z.int(),
      tasks: z.array(
        z.object({
          id: z.string(),
          title: z.string().nullable(),
          dueAt: z.string().nullable(),
          status: z.enum(['open', 'done', 'cancelled']),
          businessDate: z.string().nullable(),
          new: z.boolean(),
          overdue: z.boolean(),
          late: z.boolean(),
          doneByOthers: z.boolean(),
          customer: z.object({ id: z.string(), name: z.string().nullable() }),
        }),
      ),
    }),
    handler: async (ctx: OwnerContext) => {
      const away = await awaySince(ctx);
      return away ? JSON.parse(await readMissed(ctx, away)) : nothing;
    },
  }),
];

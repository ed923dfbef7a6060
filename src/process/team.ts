import { type Context, customerCondition, scopeOf } from '#access';
import { raw, type Sql, sql } from '#database';
import { parameterValues } from '#facts';
import { dateIn } from '#kernel';
import { outputValue, planned, visibleFields } from '#records';
import { unseal } from '#vault';
import { seesAssets } from './day-plan.ts';
import { escalationLine } from './escalations.ts';
import { EVERYBODY, feedbackSince } from './feedback.ts';
import { taskColumns } from './tasks.ts';

const PEOPLE_MAX = 1_000;
const ESCALATIONS_MAX = 200;

/** Rows `people(id, name, username, unit_id, unit)`: the relationship managers of the reader's units. */
export function peopleOf(ctx: Context): Sql {
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer'));
  const mine = scope.kind === 'all' ? sql`true` : sql`u.org_unit_id = any(${ctx.actor.orgUnitIds}::bigint[])`;
  return sql`select u.id, u.name, u.username, o.id as unit_id, o.name as unit from "user" u left join org_unit o on o.id = u.org_unit_id
    where u.active and u.roles && array['rm']::text[] and ${mine} order by u.username limit ${PEOPLE_MAX}`;
}

/** Who of one's people has how much to do, as JSON text. */
export async function readTeam(ctx: Context): Promise<string> {
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer'));
  const now = ctx.clock().toISOString();
  const { zone, currency } = ctx.institution;
  const today = dateIn(zone, ctx.clock());
  const line = await escalationLine(ctx);
  const perDay = Number((await parameterValues(ctx.database, ctx.model, currency)).get('contacts_per_day'));
  const { rows } = await ctx.database.query<{ team: string }>(
    planned(
      'team',
      sql`with people as (${peopleOf(ctx)}),
          work as (
            select t.assignee_id, count(*) filter (where t.status = 'open') as open,
                   count(*) filter (where t.status = 'open' and t.due_at < ${now}::timestamptz) as overdue,
                   count(*) filter (where t.status = 'open' and t.due_at < ${line}::timestamptz) as escalated,
                   count(distinct t.customer_id) filter (where t.status = 'open') as waiting,
                   count(*) filter (where t.status = 'done' and t.done_at >= (${today}::timestamp at time zone ${zone})) as done_today,
                   count(*) filter (where t.status = 'done' and t.done_at >= ${now}::timestamptz - interval '30 days') as done_30d
              from task t join people p on p.id = t.assignee_id
             where t.status = 'open' or t.done_at >= ${now}::timestamptz - interval '30 days' group by t.assignee_id),
          book as (
            select c.owner_id, count(*) as customers, sum(c.aum) as aum from customer c join people p on p.id = c.owner_id
             where ${customerCondition(ctx.model, scope, 'c')} group by c.owner_id)
          select json_build_object('members', coalesce(json_agg(json_build_object(
              'user', json_build_object('id', p.id::text, 'name', p.name, 'username', p.username),
              'orgUnit', case when p.unit_id is null then null else json_build_object('id', p.unit_id::text, 'label', p.unit) end,
              'open', coalesce(w.open, 0), 'overdue', coalesce(w.overdue, 0), 'escalated', coalesce(w.escalated, 0), 'waiting', coalesce(w.waiting, 0),
              'perDay', coalesce(s.contacts_per_day, ${perDay}::int), 'doneToday', coalesce(w.done_today, 0), 'done30d', coalesce(w.done_30d, 0),
              'customers', coalesce(b.customers, 0), 'aum', ${seesAssets(ctx) ? sql`coalesce(b.aum, 0)::text` : sql`null::text`}) order by w.overdue desc nulls last, w.open desc nulls last, p.username), '[]'::json))::text as team
            from people p left join work w on w.assignee_id = p.id left join book b on b.owner_id = p.id left join day_plan_setting s on s.user_id = p.id`,
    ),
  );
  return rows[0]!.team;
}

/** The name of the customer `c` as the reader may see it. */
export function customerName({ model, actor }: Context): Sql {
  const found = visibleFields(model, actor, model.entity('customer')).find(({ field }) => field.code === 'name');
  return raw(found ? outputValue(model, actor, found, 'c') : 'null');
}

/**
 * Tasks that are the supervisor's business, as JSON text: of the reader's people, overdue for longer than is theirs alone, the longest
 * first; and those that nobody has, since nobody would do them.
 */
export async function readEscalations(ctx: Context): Promise<string> {
  const now = ctx.clock().toISOString();
  const line = await escalationLine(ctx);
  const { rows } = await ctx.database.query<{ escalations: string }>(
    planned(
      'escalations',
      sql`with people as (${peopleOf(ctx)}),
          late as (
            select t.* from task t where t.status = 'open' and t.due_at < ${line}::timestamptz
               and (t.assignee_id is null or t.assignee_id in (select id from people where id <> ${ctx.actor.userId}::bigint))
             order by t.due_at, t.id limit ${ESCALATIONS_MAX + 1})
          select json_build_object('since', ${line}::timestamptz, 'more', (select count(*) > ${ESCALATIONS_MAX} from late),
            'tasks', coalesce((select json_agg(k.item order by k.due_at, k.id) from (
              select t.due_at, t.id, json_build_object('customer', json_build_object('id', c.id::text, 'name', ${customerName(ctx)}),
                  'assignee', case when t.assignee_id is null then null else json_build_object('id', t.assignee_id::text, 'label', u.name) end,
                  'task', (select to_json(x) from (select ${taskColumns(ctx, 't', now)}) x)) as item
                from late t join customer c on c.id = t.customer_id left join "user" u on u.id = t.assignee_id
               order by t.due_at, t.id limit ${ESCALATIONS_MAX}) k), '[]'::json))::text as escalations`,
    ),
  );
  return unseal(ctx.database, rows[0]!.escalations);
}

/** What became of the alerts of each rule in the hands of one's people, by result, and why some were of no use; as JSON text. */
export async function readResults(ctx: Context): Promise<string> {
  const since = feedbackSince(ctx.clock());
  const { rows } = await ctx.database.query<{ results: string }>(
    planned(
      'task_results',
      sql`with people as (${peopleOf(ctx)}),
          counted as (
            select f.rule, f.result, sum(f.count)::int as count from task_feedback f join people p on p.id = f.user_id
             where f.user_id <> ${EVERYBODY}::bigint and f.month >= ${since}::date and f.count > 0 group by f.rule, f.result),
          why as (
            select coalesce(t.rule, '') as rule, t.useless_because as because, count(*)::int as count from task t join people p on p.id = t.assignee_id
             where t.done_at >= ${since}::timestamptz and t.useless_because is not null group by 1, 2)
          select json_build_object('since', ${since}::date, 'rules', coalesce((select json_agg(json_build_object('rule', r.rule, 'results', r.results,
              'because', coalesce((select json_object_agg(w.because, w.count) from why w where w.rule = r.rule), '{}'::json)) order by r.total desc, r.rule)
            from (select c.rule, json_object_agg(c.result, c.count) as results, sum(c.count) as total from counted c group by c.rule) r), '[]'::json))::text as results`,
    ),
  );
  return rows[0]!.results;
}

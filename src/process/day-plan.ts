import { type Context, customerCondition, fieldView, scopeOf } from '#access';
import { raw, sql } from '#database';
import { dateIn, Failure } from '#kernel';
import { fieldOf } from '#metadata';
import { outputValue, planned, visibleFields } from '#records';
import { unseal } from '#vault';
import { kinds } from './failures.ts';
import { taskColumns } from './tasks.ts';

const CARDS_MAX = 500;
/** Weight of a task's priority in the order of the cards; an overdue task counts one step more. */
const PRIORITY_RANK = "case t.priority when 'highest' then 4 when 'high' then 3 when 'normal' then 2 else 1 end";

/** May the reader see customers' assets? Sums of them, and orders by them, are for him only. */
function seesAssets({ model, actor }: Context): boolean {
  const customer = model.entity('customer');
  return fieldView(model, actor, customer, fieldOf(customer, 'aum')!) === 'clear';
}

/** Whose tasks the plan holds: one's own with those of whom one stands in for, or those of somebody of one's units. */
async function assigneesOf(ctx: Context, assignee: string): Promise<string[]> {
  if (assignee === 'me' || assignee === ctx.actor.userId) {
    return [...new Set([ctx.actor.userId ?? '0', ...ctx.actor.posts.map((post) => post.userId)])];
  }
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer'));
  const mayLook = ctx.actor.permissions.has('team.read');
  const { rowCount } = await ctx.database.query(
    sql`select from "user" u where u.id = ${assignee}::bigint
      and ${scope.kind === 'all' ? sql`true` : sql`u.org_unit_id = any(${ctx.actor.orgUnitIds}::bigint[])`}`,
  );
  if (!mayLook || rowCount === 0) throw new Failure(kinds.assignee_unknown, {}, 'assignee');
  return [assignee];
}

/**
 * The day plan as JSON text: one card per customer with all of its tasks, the most pressing first. Snoozed tasks are left
 * out until their day.
 */
export async function readDayPlan(ctx: Context, query: { assignee: string; status: 'open' | 'done' }): Promise<string> {
  const assignees = await assigneesOf(ctx, query.assignee);
  const { model, actor, institution } = ctx;
  const now = ctx.clock().toISOString();
  const today = dateIn(institution.zone, ctx.clock());
  const customer = model.entity('customer');
  const visible = visibleFields(model, actor, customer);
  const seen = (code: string) => {
    const found = visible.find(({ field }) => field.code === code);
    return raw(found ? outputValue(model, actor, found, 'c') : 'null');
  };
  // Cards that are equally pressing: the largest customer first, for who may know which that is.
  const byAssets = (alias: string) => raw(seesAssets(ctx) ? `${alias}.aum desc nulls last, ` : '');
  const wanted =
    query.status === 'open'
      ? sql`t.status = 'open' and coalesce(t.snoozed_until <= ${today}::date, true)`
      : sql`t.status = 'done' and t.done_at >= (${today}::timestamp at time zone ${institution.zone})`;
  // A deputy is told whose task it is.
  const deputyFor = sql`(select u.name from "user" u where u.id = m.assignee_id and m.assignee_id <> ${assignees[0]}::bigint) as "deputyFor"`;
  const statement = sql`
    with mine as (
      select t.*, ${raw(PRIORITY_RANK)} + (case when t.status = 'open' and t.due_at < ${now}::timestamptz then 1 else 0 end) as weight
        from task t where t.assignee_id = any(${assignees}::bigint[]) and ${wanted}),
    cards as (
      select m.customer_id, max(m.weight) as weight, min(m.due_at) as due_at,
             json_agg((select to_json(x) from (select ${taskColumns(ctx, 'm', now)}, ${deputyFor}) x) order by m.weight desc, m.due_at, m.id) as tasks
        from mine m group by m.customer_id)
    select json_build_object(
      'businessDate', ${institution.businessDate}::date,
      'today', ${today}::date,
      'counts', (select json_build_object(
          'open', count(*) filter (where t.status = 'open'),
          'overdue', count(*) filter (where t.status = 'open' and t.due_at < ${now}::timestamptz),
          'dueToday', count(*) filter (where t.status = 'open' and t.due_at >= ${now}::timestamptz and (t.due_at at time zone ${institution.zone})::date = ${today}::date),
          'doneToday', count(*) filter (where t.status = 'done'))
        from task t where t.assignee_id = any(${assignees}::bigint[]) and (
          (t.status = 'open' and coalesce(t.snoozed_until <= ${today}::date, true))
          or (t.status = 'done' and t.done_at >= (${today}::timestamp at time zone ${institution.zone})))),
      'cards', coalesce((select json_agg(card order by k.weight desc, k.due_at nulls last, ${byAssets('k')}k.id) from (
          select d.weight, d.due_at, c.aum, c.id, json_build_object(
            'customer', json_build_object('id', c.id::text, 'name', ${seen('name')}, 'kind', ${seen('kind')}, 'tier', ${seen('tier')}, 'aum', ${seen('aum')},
              'phone', ${seen('phone')}, 'gender', ${seen('gender')}, 'birthDate', ${seen('birth_date')}, 'riskLevel', ${seen('risk_level')},
              'tags', coalesce((select json_agg(g.tag order by g.tag) from customer_tag g where g.customer_id = c.id and g.until is null), '[]'::json)),
            'rank', d.weight, 'tasks', d.tasks) as card
            from cards d join customer c on c.id = d.customer_id
           order by d.weight desc, d.due_at nulls last, ${byAssets('c')}c.id limit ${CARDS_MAX}) k), '[]'::json))::text as plan`;
  const { rows } = await ctx.database.query<{ plan: string }>(planned('day_plan', statement));
  return unseal(ctx.database, rows[0]!.plan);
}

/** Who of one's people has how much to do, as JSON text. */
export async function readTeam(ctx: Context): Promise<string> {
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer'));
  const now = ctx.clock().toISOString();
  const today = dateIn(ctx.institution.zone, ctx.clock());
  const people = scope.kind === 'all' ? sql`true` : sql`u.org_unit_id = any(${ctx.actor.orgUnitIds}::bigint[])`;
  const { rows } = await ctx.database.query<{ team: string }>(
    planned(
      'team',
      sql`with people as (
            select u.id, u.name, u.username, o.id as unit_id, o.name as unit from "user" u left join org_unit o on o.id = u.org_unit_id
             where u.active and u.roles && array['rm']::text[] and ${people} order by u.username limit 1000),
          work as (
            select t.assignee_id, count(*) filter (where t.status = 'open') as open,
                   count(*) filter (where t.status = 'open' and t.due_at < ${now}::timestamptz) as overdue,
                   count(*) filter (where t.status = 'done' and t.done_at >= (${today}::timestamp at time zone ${ctx.institution.zone})) as done_today,
                   count(*) filter (where t.status = 'done' and t.done_at >= ${now}::timestamptz - interval '30 days') as done_30d
              from task t join people p on p.id = t.assignee_id group by t.assignee_id),
          book as (
            select c.owner_id, count(*) as customers, sum(c.aum) as aum from customer c join people p on p.id = c.owner_id
             where ${customerCondition(ctx.model, scope, 'c')} group by c.owner_id)
          select json_build_object('members', coalesce(json_agg(json_build_object(
              'user', json_build_object('id', p.id::text, 'name', p.name, 'username', p.username),
              'orgUnit', case when p.unit_id is null then null else json_build_object('id', p.unit_id::text, 'label', p.unit) end,
              'open', coalesce(w.open, 0), 'overdue', coalesce(w.overdue, 0), 'doneToday', coalesce(w.done_today, 0), 'done30d', coalesce(w.done_30d, 0),
              'customers', coalesce(b.customers, 0), 'aum', ${seesAssets(ctx) ? sql`coalesce(b.aum, 0)::text` : sql`null::text`}) order by w.overdue desc nulls last, w.open desc nulls last, p.username), '[]'::json))::text as team
            from people p left join work w on w.assignee_id = p.id left join book b on b.owner_id = p.id`,
    ),
  );
  return rows[0]!.team;
}

import { type Context, mayRead, rolesVersion, scopeOf } from '#access';
import { join, raw, type Sql, sql } from '#database';
import { parameterValues, workCalendar } from '#facts';
import { addDays, dateIn, Failure, instantAt } from '#kernel';
import { type Compiled, compiled, outputValue, visibleFields } from '#records';
import { unseal } from '#vault';
import { type ContactPolicy, contactPolicy, holdSql, PROACTIVE } from './contact-policy.ts';
import { kinds } from './failures.ts';
import { feedbackRows, feedbackSince } from './feedback.ts';
import {
  aboveSql,
  chanceSql,
  minutesLeftSql,
  REACH_DAYS,
  seesStake,
  urgencySql,
  valueSource,
  valueSql,
} from './ranking.ts';
import { openNow, taskColumns } from './tasks.ts';
import { passedAt, type WorkMinutes, workMinutesAround } from './work-minutes.ts';

/** Cards of one answer; more are asked for by a greater `limit`. */
export const CARDS_MAX = 500;

export interface PlanQuery {
  assignee: string;
  status: 'open' | 'done';
  limit: number;
  place?: string | undefined;
  priority?: string | undefined;
  rule?: string | undefined;
  due?: string | undefined;
}

/** The rule by which tasks are asked for that people made. */
export const BY_HAND = 'none';

/** May the reader see customers' assets? Sums of them, and orders by them, are for him only. */
export function seesAssets(ctx: Context): boolean {
  return valueSource(ctx) === 'assets';
}

/** Whose tasks the plan holds: one's own with those of whom one stands in for, or those of somebody of one's units. */
export async function assigneesOf(ctx: Context, assignee: string): Promise<string[]> {
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

/** What differs from call to call; everything else is in the text of the statement, which is composed once. */
interface PlanValues extends ContactPolicy, WorkMinutes {
  assignees: string[];
  /** Whose plan it is; the others are those for whom he stands in. */
  first: string;
  now: string;
  dayStart: string;
  dayEnd: string;
  reachSince: string;
  feedbackSince: string;
  /** Working minutes that passed until now. */
  passedNow: number;
  perDay: number;
  zone: string;
  businessDate: string | null;
  limit: number;
  place: string | null;
  priority: string | null;
  rule: string | null;
}

type Marks = Record<keyof PlanValues, never>;
type PlanStatement = Compiled<keyof PlanValues>;

/** The day plan as JSON text: one card per customer with all of its tasks. Snoozed tasks are left out until their time. */
export async function readDayPlan(ctx: Context, query: PlanQuery): Promise<string> {
  const assignees = await assigneesOf(ctx, query.assignee);
  const values = await planValues(ctx, query, assignees);
  const { rows } = await ctx.database.query<{ plan: string }>(statementFor(ctx, query, values).run({ ...values }));
  return unseal(ctx.database, rows[0]!.plan);
}

async function planValues(ctx: Context, query: PlanQuery, assignees: string[]): Promise<PlanValues> {
  const { zone, currency, calendar, businessDate } = ctx.institution;
  const now = ctx.clock();
  const today = dateIn(zone, now);
  const parameters = await parameterValues(ctx.database, ctx.model, currency);
  const work = workMinutesAround(workCalendar(ctx.model, calendar), zone, now);
  return {
    ...work,
    ...contactPolicy(parameters, today),
    assignees,
    first: assignees[0]!,
    now: now.toISOString(),
    dayStart: instantAt(zone, today, '00:00').toISOString(),
    dayEnd: instantAt(zone, addDays(today, 1), '00:00').toISOString(),
    reachSince: new Date(now.getTime() - REACH_DAYS * DAY_MS).toISOString(),
    feedbackSince: feedbackSince(now),
    passedNow: passedAt(work, now),
    perDay: Number(parameters.get('contacts_per_day')),
    zone,
    businessDate,
    limit: query.limit,
    place: query.place ?? null,
    priority: query.priority ?? null,
    rule: query.rule ?? null,
  };
}

const DAY_MS = 86_400_000;

/** Statements by what their text depends on: composing one costs more than running it. */
const known = new WeakMap<Context['model'], Map<string, PlanStatement>>();

function statementFor(ctx: Context, query: PlanQuery, values: PlanValues): PlanStatement {
  const statements = known.get(ctx.model) ?? new Map<string, PlanStatement>();
  known.set(ctx.model, statements);
  const rule = query.rule === undefined ? '' : query.rule === BY_HAND ? 'by hand' : 'one';
  const { status, due, place, priority } = query;
  const shape = [status, due, place !== undefined, priority !== undefined, rule].join('/');
  const all = ctx.actor.permissions.has('*');
  const key = [shape, ctx.language, rolesVersion(ctx.model), all, ...ctx.actor.roles].join(' ');
  let statement = statements.get(key);
  if (!statement) {
    const names = Object.keys(values) as (keyof PlanValues)[];
    const compose = query.status === 'open' ? openPlan : donePlan;
    statement = compiled('day_plan', names, (marks) => compose({ ctx, query, marks }));
    statements.set(key, statement);
  }
  return statement;
}

interface Plan {
  ctx: Context;
  query: PlanQuery;
  marks: Marks;
}

const mineOf = ({ marks }: Plan) => sql`t.assignee_id = any(${marks.assignees}::bigint[])`;
const now = ({ marks }: Plan) => sql`${marks.now}::timestamptz`;
const dayEnd = ({ marks }: Plan) => sql`${marks.dayEnd}::timestamptz`;

/** What somebody finished today. */
const doneToday = (plan: Plan) =>
  sql`${mineOf(plan)} and t.done_at >= ${plan.marks.dayStart}::timestamptz and t.status = 'done'`;

const perDay = ({ marks }: Plan) =>
  sql`coalesce((select s.contacts_per_day from day_plan_setting s where s.user_id = ${marks.first}::bigint), ${marks.perDay}::int)`;

/** The counts of open tasks, of rows `alias` with a due time. */
const openCounts = (plan: Plan, alias: string) => {
  const due = raw(`${alias}.due_at`);
  return sql`'open', count(*), 'overdue', count(*) filter (where ${due} < ${now(plan)}),
    'dueToday', count(*) filter (where ${due} >= ${now(plan)} and ${due} < ${dayEnd(plan)})`;
};

/** Customer columns by which the plan judges. */
const WHOM = raw('c.id, c.aum, c.tier, c.owner_id, c.contact_wish, c.contact_wish_until, c.contact_weekday');

/**
 * The open tasks, judged and put in order by what costs little to read; only the cards that are shown are then read whole. A card takes
 * the rank of its most rewarding task. `today` are the first cards as far as the capacity goes, and whatever urgent is due.
 */
function openPlan(plan: Plan): Sql {
  const { ctx, query, marks } = plan;
  const source = valueSource(ctx);
  const stake = seesStake(ctx) && source === 'assets' ? raw('t.stake') : raw('null::numeric');
  const books =
    source === 'assets'
      ? sql`select b.owner_id, array_agg(b.aum::float8 order by b.aum::float8) as aums from book b where b.aum is not null group by b.owner_id`
      : sql`select null::bigint as owner_id, null::float8[] as aums where false`;
  const contacts = mayRead(ctx.actor, ctx.model.entity('interaction'))
    ? sql`select i.customer_id, (max(i.at) filter (where i.result is distinct from 'no_answer') at time zone ${marks.zone})::date as last_on,
        count(*) as attempts, count(*) filter (where i.result is distinct from 'no_answer') as reached
        from interaction i where i.customer_id in (select id from whom) and i.at >= ${marks.reachSince}::timestamptz group by i.customer_id`
    : sql`select null::bigint as customer_id, null::date as last_on, 0 as attempts, 0 as reached where false`;
  const shown = shownTasks(plan);
  const inPlace = query.place ? sql`p.shown and p.place = ${marks.place}` : sql`p.shown`;
  return sql`
    with mine as materialized (
      select t.id, t.customer_id, t.priority, t.due_at, t.rule, ${stake} as stake, ${raw(PROACTIVE)} as proactive
        from task t where ${mineOf(plan)} and ${openNow('t', marks.today, marks.now)}),
    -- Customers of one's own are found together; who is somebody else's, one by one.
    book as materialized (select ${WHOM} from customer c where c.owner_id = any(${marks.assignees}::bigint[])),
    whom as materialized (
      select c.* from book c where c.id in (select customer_id from mine)
      union all select ${WHOM} from customer c where c.id in (select customer_id from mine except select id from book)),
    books as materialized (${books}),
    contacts as materialized (${contacts}),
    feedback as materialized (${feedbackRows(marks.first, marks.feedbackSince)}),
    judged as materialized (
      select t.id, t.customer_id, t.priority, t.due_at, t.rule, t.stake, t.minutes, ${urgencySql('t.priority', 't.minutes')} as urgency,
             ${chanceSql('f', 'i')} as chance, case when t.proactive then h.held end as held, case when t.proactive then h.until end as until
        from (select m.*, ${minutesLeftSql('m.due_at')} as minutes from mine m,
            (select ${marks.starts}::float8[] as starts, ${marks.lengths}::float8[] as lengths, ${marks.passed}::float8[] as passed, ${marks.passedNow}::float8 as now) w offset 0) t
        join whom c on c.id = t.customer_id
        left join contacts i on i.customer_id = t.customer_id
        left join feedback f on f.rule = coalesce(t.rule, '')
        cross join lateral ${holdSql(marks, 'c', 'i.last_on', sql`(t.due_at at time zone ${marks.zone})::date`)}),
    cards as materialized (
      select j.customer_id, (array_agg(j.id order by j.held is not null, j.urgency * j.chance desc, j.due_at, j.id))[1] as lead,
             bool_and(j.held is not null) as held, max(j.stake) as stake, bool_or(${shown}) as shown,
             bool_or(j.held is null and j.priority in ('highest', 'high') and j.due_at < ${dayEnd(plan)}) as must
        from judged j group by j.customer_id),
    ranked as (
      select k.*, j.urgency, j.chance, c.owner_id, ${valueSql(ctx, source, 'c', 'b', 'k.stake')} as value
        from cards k join judged j on j.id = k.lead join whom c on c.id = k.customer_id left join books b on b.owner_id = c.owner_id offset 0),
    done as materialized (
      select count(*) as tasks, count(distinct t.customer_id) filter (where t.result <> 'not_useful') as customers from task t where ${doneToday(plan)}),
    room as materialized (select ${perDay(plan)} as per_day, ${perDay(plan)} - (select customers from done) as left_today),
    numbered as (
      select r.*, r.value * r.urgency * r.chance as score,
             row_number() over (partition by r.held order by r.must desc, r.value * r.urgency * r.chance desc, r.customer_id) as place_number from ranked r),
    placed as materialized (
      select n.*, case when n.held then 'held' when n.must or n.place_number <= (select left_today from room) then 'today' else 'later' end as place
        from numbered n),
    chosen as materialized (
      select p.*, row_number() over (order by array_position(array['today', 'later', 'held'], p.place), p.score desc, p.customer_id) as number
        from placed p where ${inPlace} order by number limit ${marks.limit}),
    work as materialized (
      select j.customer_id, json_agg((select to_json(x) from (select ${taskColumns(ctx, 't', marks.now)}, ${deputyFor(plan, 't')}, j.held, j.until as "heldUntil",
                round(j.minutes) as "minutesLeft", coalesce(f.useful, 0) as useful, coalesce(f.judged, 0) as judged, coalesce(f.own_useful, 0) as "ownUseful", coalesce(f.own_judged, 0) as "ownJudged") x)
              order by j.held is not null, j.urgency * j.chance desc, j.due_at, j.id) as tasks
        from chosen p join judged j on j.customer_id = p.customer_id join task t on t.customer_id = j.customer_id and t.id = j.id
        left join feedback f on f.rule = coalesce(j.rule, '') where ${shown} group by j.customer_id)
    select json_build_object(
      'businessDate', ${marks.businessDate}::date, 'today', ${marks.today}::date,
      'counts', (select json_build_object(${openCounts(plan, 'm')}, 'doneToday', (select tasks from done)) from mine m),
      'capacity', (select json_build_object('perDay', r.per_day, 'contacted', d.customers) from room r, done d),
      'places', (select json_build_object('today', count(*) filter (where p.place = 'today'), 'later', count(*) filter (where p.place = 'later'),
          'held', count(*) filter (where p.place = 'held')) from placed p),
      'rules', coalesce((select json_agg(x.rule order by x.rule) from (select distinct coalesce(m.rule, ${BY_HAND}) as rule from mine m) x), '[]'::json),
      'priorities', coalesce((select json_agg(distinct m.priority) from mine m), '[]'::json),
      'total', (select count(*) from placed p where ${inPlace}),
      'cards', coalesce((select json_agg(json_build_object('customer', ${customerJson(ctx)}, 'place', p.place, 'rank', json_build_object(
            'score', round(p.score::numeric, 4), 'value', round(p.value::numeric, 3), 'urgency', round(p.urgency::numeric, 3), 'chance', round(p.chance::numeric, 3),
            'by', ${source}::text, 'above', round((${aboveSql(source, 'c', 'b', 'p.stake')})::numeric, 3), 'stake', p.stake::text, 'attempts', coalesce(i.attempts, 0), 'reached', coalesce(i.reached, 0)),
          'tasks', v.tasks) order by p.number)
        from chosen p join customer c on c.id = p.customer_id join work v on v.customer_id = p.customer_id left join books b on b.owner_id = p.owner_id left join contacts i on i.customer_id = p.customer_id), '[]'::json))::text as plan`;
}

/** Which judged tasks the reader asks for; places are given before, so that a filter moves nobody. */
function shownTasks(plan: Plan): Sql {
  const { query, marks } = plan;
  const parts = [sql`true`];
  if (query.priority) parts.push(sql`j.priority = ${marks.priority}`);
  if (query.rule) parts.push(query.rule === BY_HAND ? sql`j.rule is null` : sql`j.rule = ${marks.rule}`);
  if (query.due === 'overdue') parts.push(sql`j.due_at < ${now(plan)}`);
  if (query.due === 'today') parts.push(sql`j.due_at >= ${now(plan)} and j.due_at < ${dayEnd(plan)}`);
  return sql`(${join(parts, ' and ')})`;
}

/** A deputy is told whose task it is. */
const deputyFor = ({ marks }: Plan, task: string) =>
  sql`(select u.name from "user" u where u.id = ${raw(task)}.assignee_id and ${raw(task)}.assignee_id <> ${marks.first}::bigint) as "deputyFor"`;

/** The customer `c` as far as the reader may see him. */
function customerJson({ model, actor }: Context): Sql {
  const visible = visibleFields(model, actor, model.entity('customer'));
  const seen = (code: string) => {
    const found = visible.find(({ field }) => field.code === code);
    return raw(found ? outputValue(model, actor, found, 'c') : 'null');
  };
  return sql`json_build_object('id', c.id::text, 'name', ${seen('name')}, 'kind', ${seen('kind')}, 'tier', ${seen('tier')}, 'aum', ${seen('aum')},
    'phone', ${seen('phone')}, 'gender', ${seen('gender')}, 'birthDate', ${seen('birth_date')}, 'riskLevel', ${seen('risk_level')},
    'contactWish', ${seen('contact_wish')}, 'contactWeekday', ${seen('contact_weekday')}, 'contactTime', ${seen('contact_time')},
    'tags', coalesce((select json_agg(g.tag order by g.tag) from customer_tag g where g.customer_id = c.id and g.until is null), '[]'::json))`;
}

/** What was finished today, the latest first. */
function donePlan(plan: Plan): Sql {
  const { ctx, query, marks } = plan;
  const chosen = [sql`true`];
  if (query.priority) chosen.push(sql`d.priority = ${marks.priority}`);
  if (query.rule) chosen.push(query.rule === BY_HAND ? sql`d.rule is null` : sql`d.rule = ${marks.rule}`);
  return sql`
    with done as materialized (select t.* from task t where ${doneToday(plan)}),
    cards as (
      select d.customer_id, max(d.done_at) as done_at,
             json_agg((select to_json(x) from (select ${taskColumns(ctx, 'd', marks.now)}, ${deputyFor(plan, 'd')}) x) order by d.done_at desc, d.id) as tasks
        from done d where ${join(chosen, ' and ')} group by d.customer_id),
    open as (select t.customer_id, t.due_at from task t where ${mineOf(plan)} and ${openNow('t', marks.today, marks.now)})
    select json_build_object('businessDate', ${marks.businessDate}::date, 'today', ${marks.today}::date,
      'counts', (select json_build_object(${openCounts(plan, 'o')}, 'doneToday', (select count(*) from done)) from open o),
      'capacity', json_build_object('perDay', ${perDay(plan)}, 'contacted', (select count(distinct customer_id) from done d where d.result <> 'not_useful')),
      'places', json_build_object('today', 0, 'later', 0, 'held', 0),
      'rules', coalesce((select json_agg(x.rule order by x.rule) from (select distinct coalesce(d.rule, ${BY_HAND}) as rule from done d) x), '[]'::json),
      'priorities', coalesce((select json_agg(distinct d.priority) from done d), '[]'::json),
      'total', (select count(*) from cards),
      'cards', coalesce((select json_agg(k.card order by k.done_at desc, k.customer_id) from (
          select d.done_at, d.customer_id, json_build_object('customer', ${customerJson(ctx)}, 'place', 'done', 'rank', null, 'tasks', d.tasks) as card
            from cards d join customer c on c.id = d.customer_id order by d.done_at desc, d.customer_id limit ${marks.limit}) k), '[]'::json))::text as plan`;
}

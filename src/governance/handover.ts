import { type Context, grantOf, peopleCondition, roles, scopeCondition, scopeOf } from '#access';
import { AUDIT_INSERT } from '#audit';
import { join, type Queryable, raw, type Sql, sql, type Transaction } from '#database';
import { dateIn, Failure } from '#kernel';
import { kinds } from './failures.ts';

export const handoverLimits = { receiversMax: 20, listMax: 200, reasonLengthMax: 200, statementMs: 120_000 };

export const SPLITS = ['equally', 'branch', 'tier'] as const;
export const PARTS = ['customers', 'tasks', 'members'] as const;

export interface HandoverInput {
  /** Id of the user whose book is handed over; he may be disabled already. */
  from: string;
  split: (typeof SPLITS)[number];
  /** `key`: id of the branch, or code of the tier, that goes to this receiver. */
  to: { user: string; key?: string | undefined }[];
  include: (typeof PARTS)[number][];
}

export interface HandoverCounts {
  customers: number;
  /** Sum of their assets in the currency of the books. */
  aum: string;
  tasks: number;
  members: number;
}

export interface HandoverPreview extends HandoverCounts {
  from: { id: string; label: string };
  receivers: ({ user: { id: string; label: string } } & HandoverCounts)[];
  /** Customers whose branch or tier goes to nobody: they stay. */
  staying: number;
  /** What the book is made of, so that it can be split. */
  branches: { key: string; label: string; customers: number }[];
  tiers: { key: string; label: string; customers: number }[];
}

interface Person {
  id: string;
  name: string;
  active: boolean;
  roles: string[];
}

/** The people of a hand-over, all within the actor's reach. Throws the Failure that names who is not. */
async function readPeople(ctx: Context, db: Queryable, input: HandoverInput): Promise<{ from: Person; to: Person[] }> {
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer'), 'update');
  const wanted = [input.from, ...input.to.map(({ user }) => user)];
  const { rows } = await db.query<Person & { reached: boolean }>(
    sql`select u.id, u.name, u.active, coalesce(u.roles, '{}') as roles, ${peopleCondition(scope, 'u')} as reached
      from "user" u where u.id = any(${wanted}::bigint[])`,
  );
  const people = new Map(rows.map((row) => [row.id, row]));
  for (const [index, id] of wanted.entries()) {
    const field = index === 0 ? 'from' : `to.${index - 1}.user`;
    const person = people.get(id);
    if (!person) throw new Failure(kinds.user_not_found, {}, field);
    if (!person.reached) throw new Failure(kinds.person_out_of_reach, { name: person.name }, field);
    if (index === 0) continue;
    if (id === input.from) throw new Failure(kinds.handover_to_oneself, {}, field);
    if (!person.active || !person.roles.some((code) => looksAfterCustomers(ctx, code))) {
      throw new Failure(kinds.handover_receiver_inactive, { name: person.name }, field);
    }
  }
  const keys = input.to.map(({ key }) => key);
  if (input.split === 'equally') {
    if (new Set(wanted.slice(1)).size < input.to.length) throw new Failure(kinds.handover_receiver_twice, {}, 'to');
  } else {
    if (keys.some((key) => key === undefined)) throw new Failure(kinds.handover_key_missing, {}, 'to');
    if (new Set(keys).size < keys.length) throw new Failure(kinds.handover_key_twice, {}, 'to');
  }
  return { from: people.get(input.from)!, to: input.to.map(({ user }) => people.get(user)!) };
}

function looksAfterCustomers(ctx: Context, code: string): boolean {
  const role = roles(ctx.model).get(code);
  return role?.duty === 'business' && (grantOf(role, ctx.model.entity('customer')).update ?? 'none') !== 'none';
}

/** Rows of the book within the actor's reach: the customers owned, the open tasks, the memberships that have not ended. */
function bookParts(ctx: Context, input: HandoverInput) {
  const { model, actor } = ctx;
  const within = (entity: string, alias: string) => scopeCondition(model, actor, model.entity(entity), alias, 'update');
  const has = (part: (typeof PARTS)[number]) => (input.include.includes(part) ? sql`true` : sql`false`);
  const today = dateIn(ctx.institution.zone, ctx.clock());
  return {
    customers: sql`select c.id, c.aum, c.branch_id, c.tier from customer c
      where ${has('customers')} and c.owner_id = ${input.from}::bigint and ${within('customer', 'c')}`,
    tasks: sql`select t.id, t.customer_id from task t
      where ${has('tasks')} and t.assignee_id = ${input.from}::bigint and t.status = 'open' and ${within('task', 't')}`,
    members: sql`select m.id, m.customer_id from customer_member m
      where ${has('members')} and m.user_id = ${input.from}::bigint and (m.ends_on is null or m.ends_on >= ${today}::date)
        and ${within('customer_member', 'm')}`,
  };
}

/**
 * CTEs `dealt(customer_id, to_id)`: every customer of the book, and every one where only a task or a membership is, with who
 * receives him. In an equal split they are dealt like cards, there and back, richest first, so that numbers and assets are even.
 */
function dealing(ctx: Context, input: HandoverInput): Sql {
  const { customers, tasks, members } = bookParts(ctx, input);
  const receivers = input.to.map(({ user }) => user);
  const count = receivers.length;
  const to =
    input.split === 'equally'
      ? sql`(${receivers}::bigint[])[1 + case when (d.place / ${count}::int) % 2 = 0 then d.place % ${count}::int else ${count}::int - 1 - d.place % ${count}::int end]`
      : sql`(${receivers}::bigint[])[array_position(${input.to.map(({ key }) => key ?? '')}::text[], ${raw(input.split === 'branch' ? 'd.branch_id::text' : 'd.tier')})]`;
  return sql`book as materialized (${customers}),
    work as materialized (${tasks}),
    service as materialized (${members}),
    concerned as (
      select c.id, c.aum, c.branch_id, c.tier, b.id is not null as owned from customer c
        join (select id as customer_id from book union select customer_id from work union select customer_id from service) i on i.customer_id = c.id
        left join book b on b.id = c.id),
    dealt as materialized (
      select d.id as customer_id, d.owned, d.aum, d.branch_id, d.tier, ${to} as to_id from (
        select concerned.*, (row_number() over (order by owned desc, aum desc nulls last, id) - 1)::int as place from concerned) d)`;
}

interface ReceiverRow extends Record<keyof HandoverCounts, string> {
  user_id: string | null;
}

async function countReceivers(ctx: Context, db: Queryable, input: HandoverInput) {
  const { rows } = await db.query<ReceiverRow>(
    sql`with ${dealing(ctx, input)}
      select d.to_id as user_id, count(*) filter (where d.owned) as customers, coalesce(sum(d.aum) filter (where d.owned), 0)::text as aum,
          coalesce(sum((select count(*) from work w where w.customer_id = d.customer_id)), 0) as tasks,
          coalesce(sum((select count(*) from service s where s.customer_id = d.customer_id)), 0) as members
        from dealt d group by d.to_id`,
  );
  return rows.map((row) => ({
    userId: row.user_id,
    customers: Number(row.customers),
    aum: row.aum,
    tasks: Number(row.tasks),
    members: Number(row.members),
  }));
}

/** What would go to whom; nothing is written. */
export async function previewHandover(ctx: Context, input: HandoverInput): Promise<HandoverPreview> {
  const people = await readPeople(ctx, ctx.database, input);
  const { customers } = bookParts(ctx, { ...input, include: ['customers'] });
  const [counted, { rows: groups }] = await Promise.all([
    countReceivers(ctx, ctx.database, input),
    ctx.database.query<{ by: 'branch' | 'tier'; key: string; label: string; customers: string }>(
      sql`with book as materialized (${customers})
        select 'branch' as by, b.branch_id::text as key, o.name as label, count(*) as customers from book b join org_unit o on o.id = b.branch_id group by 2, 3
        union all
        select 'tier', b.tier, b.tier, count(*) from book b where b.tier is not null group by 2 order by 1, 4 desc`,
    ),
  ]);
  const tiers = new Map(
    ctx.model.data('tiers').map(({ value }) => [value.code as string, value.label as { zh: string; en: string }]),
  );
  const grouped = (by: string) =>
    groups
      .filter((group) => group.by === by)
      .map(({ key, label, customers }) => ({
        key,
        label: by === 'tier' ? (tiers.get(key)?.[ctx.language] ?? label) : label,
        customers: Number(customers),
      }));
  const names = new Map(people.to.map((person) => [person.id, person.name]));
  const receivers = [...names].map(([id, label]) => ({
    user: { id, label },
    ...(counted.find(({ userId }) => userId === id) ?? { customers: 0, aum: '0', tasks: 0, members: 0 }),
  }));
  for (const receiver of receivers) delete (receiver as { userId?: unknown }).userId;
  const { rows } = await ctx.database.query<{ aum: string }>(
    sql`select coalesce(sum(a), 0)::text as aum from unnest(${receivers.map(({ aum }) => aum)}::numeric[]) a`,
  );
  const total = (part: 'customers' | 'tasks' | 'members') => receivers.reduce((sum, each) => sum + each[part], 0);
  return {
    from: { id: people.from.id, label: people.from.name },
    customers: total('customers'),
    aum: rows[0]!.aum,
    tasks: total('tasks'),
    members: total('members'),
    receivers,
    staying: counted.find(({ userId }) => userId === null)?.customers ?? 0,
    branches: grouped('branch'),
    tiers: grouped('tier'),
  };
}

/**
 * Hands a book over in one transaction: customers change their manager, open tasks their assignee, memberships their person, each
 * with its version and an audit event of its own. `expected` are the counts that the person was shown; where they no longer hold,
 * nothing happens. Returns the id of the hand-over.
 */
export async function runHandover(
  ctx: Context,
  input: HandoverInput & { reason: string; expected: { customers: number; tasks: number } },
): Promise<string> {
  const id = await ctx.database.transaction((tx) => handOver(ctx, tx, input), {
    statementTimeoutMs: handoverLimits.statementMs,
  });
  ctx.forgetRights?.();
  return id;
}

async function handOver(
  ctx: Context,
  tx: Transaction,
  input: HandoverInput & { reason: string; expected: { customers: number; tasks: number } },
): Promise<string> {
  const { from } = await readPeople(ctx, tx, input);
  const counted = (await countReceivers(ctx, tx, input)).filter(({ userId }) => userId !== null);
  const total = (part: 'customers' | 'tasks' | 'members') => counted.reduce((sum, each) => sum + each[part], 0);
  const [customers, tasks, members] = [total('customers'), total('tasks'), total('members')];
  if (customers + tasks + members === 0) throw new Failure(kinds.handover_nothing);
  if (customers !== input.expected.customers || tasks !== input.expected.tasks) {
    throw new Failure(kinds.handover_changed, { customers, tasks });
  }
  const at = ctx.clock().toISOString();
  const actorId = ctx.actor.userId;
  const { rows } = await tx.query<{ id: string }>(
    sql`insert into handover (at, by_id, from_id, reason, split, include, receivers, customers, tasks, members, aum)
      values (${at}::timestamptz, ${actorId}::bigint, ${from.id}::bigint, ${input.reason}, ${input.split}, ${input.include}::text[],
        ${JSON.stringify(counted)}::jsonb, ${customers}::int, ${tasks}::int, ${members}::int,
        (select coalesce(sum((r->>'aum')::numeric), 0) from jsonb_array_elements(${JSON.stringify(counted)}::jsonb) r)) returning id`,
  );
  const id = rows[0]!.id;
  const touched = sql`version = t.version + 1, updated_at = ${at}::timestamptz, updated_by = ${actorId}::bigint`;
  const yesterday = sql`(${dateIn(ctx.institution.zone, ctx.clock())}::date - 1)`;
  /** One event a row: whose it was and whose it is, and by which hand-over. */
  const event = (entity: string, field: string, source: string, customer: string) =>
    sql`select ${entity}::text as entity, id as record_id, ${raw(customer)} as customer_id,
      jsonb_build_object('handover', ${id}::text, 'before', jsonb_build_object(${field}::text, ${from.id}::text),
        'after', jsonb_build_object(${field}::text, to_id::text)) as detail from ${raw(source)}`;
  const moved = await tx.query(
    sql`with ${dealing(ctx, input)},
      moved_customers as (
        update customer t set owner_id = d.to_id, ${touched} from dealt d
         where t.id = d.customer_id and d.owned and d.to_id is not null and t.owner_id = ${from.id}::bigint returning t.id, d.to_id),
      moved_tasks as (
        update task t set assignee_id = d.to_id, ${touched} from work w join dealt d on d.customer_id = w.customer_id
         where t.customer_id = w.customer_id and t.id = w.id and d.to_id is not null returning t.id, t.customer_id, d.to_id),
      -- Who serves the customer already is not named a second time: the old membership ends.
      moved_members as (
        update customer_member t set user_id = case when k.known then t.user_id else d.to_id end,
            ends_on = case when k.known then ${yesterday} else t.ends_on end, ${touched}
          from service s join dealt d on d.customer_id = s.customer_id
            cross join lateral (select exists (select from customer_member o where o.customer_id = d.customer_id and o.user_id = d.to_id
              and (o.ends_on is null or o.ends_on > ${yesterday})) as known) k
         where t.customer_id = s.customer_id and t.id = s.id and d.to_id is not null
        returning t.id, t.customer_id, d.to_id, k.known),
      events as (${join(
        [
          event('customer', 'owner', 'moved_customers', 'id'),
          event('task', 'assignee', 'moved_tasks', 'customer_id'),
          event('customer_member', 'user', 'moved_members where not known', 'customer_id'),
          sql`select 'customer_member', id, customer_id,
            jsonb_build_object('handover', ${id}::text, 'after', jsonb_build_object('ends_on', ${yesterday}::text)) from moved_members where known`,
        ],
        ' union all ',
      )}),
      recorded as (
        ${raw(AUDIT_INSERT)} select ${at}::timestamptz, ${actorId}::bigint, ${ctx.actor.username}, 'update', entity, record_id, customer_id, detail
          from events order by entity, record_id returning 1)
      select (select count(*) from moved_customers) as customers, (select count(*) from recorded) as events`,
  );
  const [{ customers: changed, events }] = moved.rows as [{ customers: string; events: string }];
  // Row security saw less than was counted, or somebody was quicker: nothing of it counts.
  if (Number(changed) !== customers || Number(events) !== customers + tasks + members) {
    throw new Failure(kinds.handover_changed, { customers: changed, tasks });
  }
  await tx.query(
    sql`${raw(AUDIT_INSERT)} values (${at}::timestamptz, ${actorId}::bigint, ${ctx.actor.username}, 'create', 'handover', ${id}::bigint, null,
      ${JSON.stringify({ from: from.id, reason: input.reason, split: input.split, include: input.include, receivers: counted })}::jsonb)`,
  );
  return id;
}

const listColumns = sql`h.id, h.at, h.reason, h.split, h.include, h.customers, h.tasks, h.members, h.aum::text as aum,
  json_build_object('id', h.by_id::text, 'label', (select u.name from "user" u where u.id = h.by_id)) as by,
  json_build_object('id', h.from_id::text, 'label', (select u.name from "user" u where u.id = h.from_id)) as "from",
  (select json_agg(json_build_object('user', json_build_object('id', r->>'userId', 'label', (select u.name from "user" u where u.id = (r->>'userId')::bigint)),
      'customers', (r->>'customers')::int, 'aum', r->>'aum', 'tasks', (r->>'tasks')::int, 'members', (r->>'members')::int))
     from jsonb_array_elements(h.receivers) r) as receivers`;

/** Past hand-overs of one's people, the newest first; with an id that one alone. */
export async function listHandovers(ctx: Context, id?: string): Promise<Record<string, unknown>[]> {
  const scope = scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer'), 'update');
  const { rows } = await ctx.database.query(
    sql`select ${listColumns} from handover h join "user" f on f.id = h.from_id
      where (${peopleCondition(scope, 'f')} or h.by_id = ${ctx.actor.userId}::bigint) and ${id === undefined ? sql`true` : sql`h.id = ${id}::bigint`}
      order by h.id desc limit ${handoverLimits.listMax}`,
  );
  return rows;
}

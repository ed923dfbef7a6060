import { type Context, grantOf, peopleCondition, roles, scopeCondition, scopeOf } from '#access';
import { AUDIT_INSERT, record } from '#audit';
import { type Queryable, raw, type Sql, sql, type Transaction } from '#database';
import { dateIn, Failure, sumAmounts, type Text } from '#kernel';
import { kinds } from './failures.ts';

export const handoverLimits = {
  receiversMax: 20,
  listMax: 200,
  reasonLengthMax: 200,
  statementMs: 60_000,
  batchRows: 5_000,
};

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

interface BookCustomer {
  id: string;
  aum: string | null;
  branch_id: string | null;
  tier: string | null;
  /** False where only a task or a membership of the book is his. */
  owned: boolean;
}

interface BookRow {
  id: string;
  customer_id: string;
}

/** A book with who receives what: every row once, with the receiver's id, or null where it stays. */
interface Dealt {
  customers: (BookCustomer & { to: string | null })[];
  tasks: (BookRow & { to: string | null })[];
  members: (BookRow & { to: string | null })[];
}

/** What of a book is within the actor's reach: the customers owned, the open tasks, the memberships that have not ended; and who receives it. */
async function dealBook(ctx: Context, db: Queryable, input: HandoverInput): Promise<Dealt> {
  const { model, actor } = ctx;
  const within = (entity: string, alias: string) => scopeCondition(model, actor, model.entity(entity), alias, 'update');
  const today = dateIn(ctx.institution.zone, ctx.clock());
  const none: { rows: BookRow[] } = { rows: [] };
  const tasks = input.include.includes('tasks')
    ? await db.query<BookRow>(
        sql`select t.id, t.customer_id from task t where t.assignee_id = ${input.from}::bigint and t.status = 'open' and ${within('task', 't')}`,
      )
    : none;
  const members = input.include.includes('members')
    ? await db.query<BookRow>(
        sql`select m.id, m.customer_id from customer_member m
          where m.user_id = ${input.from}::bigint and (m.ends_on is null or m.ends_on >= ${today}::date) and ${within('customer_member', 'm')}`,
      )
    : none;
  const beside = [...new Set([...tasks.rows, ...members.rows].map((row) => row.customer_id))];
  const owned = input.include.includes('customers') ? sql`c.owner_id = ${input.from}::bigint` : sql`false`;
  const customers = await db.query<BookCustomer>(
    sql`select c.id, c.aum, c.branch_id, c.tier, ${owned} as owned from customer c
      where (${owned} and ${within('customer', 'c')}) or c.id = any(${beside}::bigint[])
      order by owned desc, c.aum desc nulls last, c.id`,
  );
  const dealt = customers.rows.map((customer, place) => ({ ...customer, to: receiverOf(input, customer, place) }));
  const byCustomer = new Map(dealt.map(({ id, to }) => [id, to]));
  const follow = ({ rows }: { rows: BookRow[] }) =>
    rows.map((row) => ({ ...row, to: byCustomer.get(row.customer_id) ?? null }));
  return { customers: dealt.filter((each) => each.owned), tasks: follow(tasks), members: follow(members) };
}

/** In an equal split customers are dealt like cards, there and back, richest first, so that numbers and assets are even. */
function receiverOf(input: HandoverInput, customer: BookCustomer, place: number): string | null {
  const count = input.to.length;
  if (input.split === 'equally') {
    const at = place % count;
    return input.to[Math.floor(place / count) % 2 === 0 ? at : count - 1 - at]!.user;
  }
  const key = input.split === 'branch' ? customer.branch_id : customer.tier;
  return input.to.find((receiver) => receiver.key === key)?.user ?? null;
}

type ReceiverCounts = HandoverCounts & { userId: string };

/** What each receiver gets, in the order of the input. */
function countReceivers(input: HandoverInput, dealt: Dealt): ReceiverCounts[] {
  return [...new Set(input.to.map(({ user }) => user))].map((userId) => {
    const mine = dealt.customers.filter(({ to }) => to === userId);
    return {
      userId,
      customers: mine.length,
      aum: sumAmounts(mine.map(({ aum }) => aum ?? '0')),
      tasks: dealt.tasks.filter(({ to }) => to === userId).length,
      members: dealt.members.filter(({ to }) => to === userId).length,
    };
  });
}

/** What would go to whom; nothing is written. */
export async function previewHandover(ctx: Context, input: HandoverInput): Promise<HandoverPreview> {
  const people = await readPeople(ctx, ctx.database, input);
  const dealt = await dealBook(ctx, ctx.database, input);
  const names = new Map(people.to.map((person) => [person.id, person.name]));
  const receivers = countReceivers(input, dealt).map(({ userId, ...counts }) => ({
    user: { id: userId, label: names.get(userId)! },
    ...counts,
  }));
  const total = (part: 'customers' | 'tasks' | 'members') => receivers.reduce((sum, each) => sum + each[part], 0);
  const tally = (part: 'branch_id' | 'tier') => {
    const counts = new Map<string, number>();
    for (const customer of dealt.customers) {
      const key = customer[part];
      if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].sort(([, a], [, b]) => b - a).map(([key, customers]) => ({ key, customers }));
  };
  const branches = tally('branch_id');
  const { rows: units } = await ctx.database.query<{ id: string; name: string }>(
    'select id, name from org_unit where id = any($1::bigint[])',
    [branches.map(({ key }) => key)],
  );
  const unitNames = new Map(units.map(({ id, name }) => [id, name]));
  const tiers = new Map(ctx.model.data('tiers').map(({ value }) => [value.code as string, value.label as Text]));
  return {
    from: { id: people.from.id, label: people.from.name },
    customers: total('customers'),
    aum: sumAmounts(receivers.map(({ aum }) => aum)),
    tasks: total('tasks'),
    members: total('members'),
    receivers,
    staying: dealt.customers.filter(({ to }) => to === null).length,
    branches: branches.map((each) => ({ ...each, label: unitNames.get(each.key) ?? each.key })),
    tiers: tally('tier').map((each) => ({ ...each, label: tiers.get(each.key)?.[ctx.language] ?? each.key })),
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
  const dealt = await dealBook(ctx, tx, input);
  const counted = countReceivers(input, dealt);
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
        ${sumAmounts(counted.map(({ aum }) => aum))}::numeric) returning id`,
  );
  const id = rows[0]!.id;
  await record(tx, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'create',
    entity: 'handover',
    recordId: id,
    // Without the assets: of a book of one customer the sum is his, and auditors see amounts masked.
    detail: {
      from: from.id,
      reason: input.reason,
      split: input.split,
      include: input.include,
      receivers: counted.map(({ aum: _, ...receiver }) => receiver),
    },
  });
  const move: Move = { ctx, tx, id, from: from.id, at };
  const moved = {
    customers: await inBatches(dealt.customers, (batch) => moveCustomers(move, batch)),
    tasks: await inBatches(dealt.tasks, (batch) => moveTasks(move, batch)),
    members: await inBatches(dealt.members, (batch) => moveMembers(move, batch)),
  };
  // Somebody was quicker, or row security lets less through than was shown: nothing of it counts.
  if (moved.customers !== customers || moved.tasks !== tasks || moved.members !== members) {
    throw new Failure(kinds.handover_changed, { customers: moved.customers, tasks: moved.tasks });
  }
  return id;
}

interface Move {
  ctx: Context;
  tx: Transaction;
  /** Of the hand-over. */
  id: string;
  from: string;
  at: string;
}

type Moving = { id: string; customer_id?: string; to: string | null };

/** Moves rows so many at a time; returns how many were changed and recorded. */
async function inBatches<Row extends Moving>(
  rows: readonly Row[],
  write: (batch: Row[]) => Promise<number>,
): Promise<number> {
  const moving = rows.filter(({ to }) => to !== null);
  let written = 0;
  for (let at = 0; at < moving.length; at += handoverLimits.batchRows) {
    written += await write(moving.slice(at, at + handoverLimits.batchRows));
  }
  return written;
}

/** A batch as rows `d(id, customer_id, to_id)`: the planner knows how many there are. */
function batchRows(batch: readonly Moving[]): Sql {
  const ids = batch.map(({ id }) => id);
  const customers = batch.map((row) => row.customer_id ?? row.id);
  return sql`unnest(${ids}::bigint[], ${customers}::bigint[], ${batch.map(({ to }) => to)}::bigint[]) as d(id, customer_id, to_id)`;
}

function touched({ ctx, at }: Move): Sql {
  return sql`version = t.version + 1, updated_at = ${at}::timestamptz, updated_by = ${ctx.actor.userId}::bigint`;
}

/** Changes rows by an update that returns `id, customer_id, detail`, each with an event of its own, in one statement. */
async function writeMoves({ ctx, tx, at }: Move, entity: string, update: Sql): Promise<number> {
  const { rowCount } = await tx.query(
    sql`with moved as (${update}) ${raw(AUDIT_INSERT)}
      select ${at}::timestamptz, ${ctx.actor.userId}::bigint, ${ctx.actor.username}, 'update', ${entity}, m.id, m.customer_id, m.detail from moved m`,
  );
  return rowCount;
}

function changed(move: Move, field: string): Sql {
  return sql`jsonb_build_object('handover', ${move.id}::text, 'before', jsonb_build_object(${field}::text, ${move.from}::text),
    'after', jsonb_build_object(${field}::text, d.to_id::text)) as detail`;
}

function moveCustomers(move: Move, batch: Moving[]): Promise<number> {
  return writeMoves(
    move,
    'customer',
    sql`update customer t set owner_id = d.to_id, ${touched(move)} from ${batchRows(batch)}
      where t.id = d.id and t.owner_id = ${move.from}::bigint returning t.id, t.id as customer_id, ${changed(move, 'owner')}`,
  );
}

function moveTasks(move: Move, batch: Moving[]): Promise<number> {
  return writeMoves(
    move,
    'task',
    sql`update task t set assignee_id = d.to_id, ${touched(move)} from ${batchRows(batch)}
      where t.customer_id = d.customer_id and t.id = d.id and t.assignee_id = ${move.from}::bigint and t.status = 'open'
      returning t.id, t.customer_id, ${changed(move, 'assignee')}`,
  );
}

/** Who serves the customer already, or owns him now, is not named a second time: the old membership ends. */
function moveMembers(move: Move, batch: Moving[]): Promise<number> {
  const yesterday = sql`(${dateIn(move.ctx.institution.zone, move.ctx.clock())}::date - 1)`;
  return writeMoves(
    move,
    'customer_member',
    sql`update customer_member t set user_id = case when d.known then t.user_id else d.to_id end,
        ends_on = case when d.known then ${yesterday} else t.ends_on end, ${touched(move)}
      from (select d.*, exists (select from customer_member o where o.customer_id = d.customer_id and o.user_id = d.to_id
          and (o.ends_on is null or o.ends_on > ${yesterday}))
          or exists (select from customer c where c.id = d.customer_id and c.owner_id = d.to_id) as known from ${batchRows(batch)}) d
      where t.customer_id = d.customer_id and t.id = d.id and t.user_id = ${move.from}::bigint
      returning t.id, t.customer_id, case when d.known then jsonb_build_object('handover', ${move.id}::text, 'after', jsonb_build_object('ends_on', ${yesterday}::text))
        else jsonb_build_object('handover', ${move.id}::text, 'before', jsonb_build_object('user', ${move.from}::text), 'after', jsonb_build_object('user', d.to_id::text)) end as detail`,
  );
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

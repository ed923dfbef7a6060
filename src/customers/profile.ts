import {
  type Context,
  customerCondition,
  fieldView,
  mayRead,
  rolesVersion,
  type Scope,
  scopeCondition,
  scopeOf,
  withScope,
} from '#access';
import { AUDIT_INSERT } from '#audit';
import { empty, ident, join, type Prepared, raw, type Sql, sql } from '#database';
import { customerCurve, metricValues } from '#facts';
import { addDays, dateIn, Failure } from '#kernel';
import { columnOf, type EntityDefinition, type FieldDefinition, fieldOf } from '#metadata';
import { taskColumns, taskText } from '#process';
import { compiled, outputColumns, outputValue, titleOf, type VisibleField, visibleFields } from '#records';
import { unseal } from '#vault';
import { kinds } from './failures.ts';

/** One part of the profile: JSON over customer row `c`. The statement of the page and the bench's yardstick are made from these. */
export interface ProfileBlock {
  name: string;
  json: Sql;
}

const limits = {
  accounts: 100,
  cards: 50,
  loans: 50,
  standingOrders: 100,
  holdings: 300,
  transactions: 20,
  interactions: 20,
  tasks: 30,
  notes: 50,
  members: 20,
  timeline: 40,
  /** Facts are looked for in the months of so many days; when these hold too few transactions, in all. */
  recentDays: 92,
  /** Points of the AUM curve; it has one a change, so two years of daily movement fit. */
  curve: 800,
};

/** A value of a row: its name in JSON, and its SQL. */
type Column = readonly [name: string, value: string];

/** Functions of PostgreSQL take a hundred values. */
const PAIRS_MAX = 50;

/** One row as JSON; null where it has too many columns for a call. */
function rowCall(columns: readonly Column[]): Sql | null {
  if (columns.length > PAIRS_MAX) return null;
  return raw(`json_build_object(${columns.map(([name, value]) => `'${name}', ${value}`).join(', ')})`);
}

const rowList = (columns: readonly Column[]) =>
  raw(columns.map(([name, value]) => `${value} as ${ident(name).sql}`).join(', '));

/**
 * Rows as a JSON list. `few`: made by a call for each row; else as rows of the subselect's own type, which are quicker to write and
 * slower to set up: without a row in the table, as for most blocks of most customers, the call costs half.
 */
function rowsJson(columns: readonly Column[], from: Sql, size: 'few' | 'many'): Sql {
  const call = size === 'few' ? rowCall(columns) : null;
  return call
    ? sql`coalesce((select json_agg(x.row) from (select ${call} as row ${from}) x), '[]'::json)`
    : sql`coalesce((select json_agg(x) from (select ${rowList(columns)} ${from}) x), '[]'::json)`;
}

function isOfCustomers(model: Context['model'], field: FieldDefinition): boolean {
  return field.type === 'ref' && model.entity(field.ref!).scope === 'customer';
}

/**
 * A reference of facts to rows of customers, such as the account of a transaction. The customer's own few rows are named
 * once for all the facts; only what points to another customer's row is looked up by itself.
 */
function namedOnce(ctx: Context, visible: VisibleField): { column: Column; join: string } {
  const { field } = visible;
  const target = ctx.model.entity(field.ref!);
  const alias = ident(`own_${field.code}`).sql;
  const title = titleOf(ctx.model, ctx.actor, target, 'own');
  return {
    column: [field.code, `coalesce(${alias}.named, ${outputValue(ctx.model, ctx.actor, visible, 't')})`],
    join: `left join (select own.id, json_build_object('id', own.id::text, 'label', ${title}) as named
      from ${ident(target.code).sql} own where own.customer_id = c.id) ${alias} on ${alias}.id = t.${ident(columnOf(field)).sql}`,
  };
}

const NO_ROWS = sql`'[]'::json`;

/** Part of an order by a field, for who sees it clear: to others the order would tell what the value does not. */
function orderBy(ctx: Context, entityCode: string, code: string, order: string): string {
  const entity = ctx.model.entity(entityCode);
  return fieldView(ctx.model, ctx.actor, entity, fieldOf(entity, code)!) === 'clear' ? `${order}, ` : '';
}

/** May the reader see the customer's amounts? Metrics, reasons and the curve of AUM are made of them. */
function seesAmounts(ctx: Context): boolean {
  const customer = ctx.model.entity('customer');
  return fieldView(ctx.model, ctx.actor, customer, fieldOf(customer, 'aum')!) === 'clear';
}

/** Before any date: facts of all months. */
export const EVER = '-infinity';

/** The date after which facts are looked for: the partitions of older months are not even opened. */
function factsFrom(ctx: Context): string {
  const until = ctx.institution.businessDate ?? dateIn(ctx.institution.zone, ctx.clock());
  return addDays(until, -limits.recentDays);
}

function transactionsBlock(ctx: Context, from: string): ProfileBlock {
  const order = `order by t.business_date desc, coalesce(t.sequence, 0) desc, t.id desc limit ${limits.transactions}`;
  const tail = sql`and t.business_date > ${from}::date ${raw(order)}`;
  return rowsBlock(ctx, 'transactions', ctx.model.entity('transaction'), tail);
}

/** Rows of a customer-scoped entity as a JSON list, every visible field. */
export function rowsBlock(ctx: Context, name: string, entity: EntityDefinition, rest: string | Sql): ProfileBlock {
  const tail = typeof rest === 'string' ? raw(rest) : rest;
  if (!mayRead(ctx.actor, entity)) return { name, json: NO_ROWS };
  const fields = visibleFields(ctx.model, ctx.actor, entity).filter(({ field }) => field.code !== 'customer');
  const isNamed = ({ field }: VisibleField) => entity.storage === 'fact' && isOfCustomers(ctx.model, field);
  const named = fields.filter(isNamed).map((field) => namedOnce(ctx, field));
  const plain = fields.filter((field) => !isNamed(field));
  const columns: Column[] = [
    ...outputColumns(ctx.model, ctx.actor, plain, 't', ctx.language),
    ...named.map(({ column }) => column),
    ['source', 't.source'],
  ];
  if (entity.storage === 'record')
    columns.push(['asOf', 't.as_of'], ['version', 't.version'], ['createdAt', 't.created_at']);
  const table = raw([`${ident(entity.code).sql} t`, ...named.map(({ join }) => join)].join(' '));
  const from = sql`from ${table} where t.customer_id = c.id ${tail}`;
  return { name, json: rowsJson(columns, from, entity.storage === 'fact' ? 'many' : 'few') };
}

/** The blocks of the 360 view for one reader. */
export function profileBlocks(ctx: Context, from: string = factsFrom(ctx)): ProfileBlock[] {
  const { model, actor } = ctx;
  const entity = (code: string) => model.entity(code);
  const customer = entity('customer');
  const now = ctx.clock().toISOString();
  const amounts = seesAmounts(ctx);
  const customerColumns: Column[] = [
    ...outputColumns(model, actor, visibleFields(model, actor, customer), 'c'),
    ['version', 'c.version'],
    ['source', 'c.source'],
    ['asOf', 'c.as_of'],
  ];
  const accountFields = visibleFields(model, actor, entity('account')).filter(({ field }) => field.code !== 'customer');
  const accountColumns: Column[] = [
    ...outputColumns(model, actor, accountFields, 't'),
    ['role', 't."his role"'],
    ['source', 't.source'],
    ['asOf', 't.as_of'],
  ];
  // Accounts of others that he may use, for who may know of that.
  const authorised = mayRead(actor, entity('account_role'))
    ? sql`union all select other.*, ar.role
            from (select distinct r.account_id, r.role from account_role r where r.customer_id = c.id and r.role <> 'owner') ar
            cross join lateral (select a.* from account a where a.id = ar.account_id limit 1) other`
    : empty;
  // Each of these is looked up by its id: with row security in a join the planner would rather read the whole table.
  return [
    {
      name: 'customer',
      json: rowCall(customerColumns) ?? sql`(select to_json(x) from (select ${rowList(customerColumns)}) x)`,
    },
    {
      name: 'metrics',
      json: amounts ? sql`coalesce(${metricValues(model, ctx.institution.zone)}, '{}'::json)` : sql`'{}'::json`,
    },
    {
      name: 'tags',
      json: sql`coalesce((select json_agg(json_build_object('code', g.tag, 'since', g.since, 'reason', ${amounts ? sql`g.reason` : sql`null`}) order by g.since desc, g.tag)
        from customer_tag g where g.customer_id = c.id and g.until is null), '[]'::json)`,
    },
    {
      name: 'tierReason',
      json: amounts
        ? sql`(select h.reason from tier_change h where h.customer_id = c.id order by h.business_date desc limit 1)`
        : sql`null::json`,
    },
    {
      name: 'aum',
      json: !amounts
        ? sql`'{"total":null,"parts":{},"curve":[]}'::json`
        : sql`json_build_object('total', c.aum::text,
        'parts', coalesce((select a.parts from aum_daily a where a.customer_id = c.id order by a.business_date desc limit 1), '{}'::jsonb),
        'curve', ${customerCurve(sql`c.id`, limits.curve)})`,
    },
    {
      name: 'accounts',
      json: !mayRead(actor, entity('account'))
        ? NO_ROWS
        : rowsJson(
            accountColumns,
            sql`from (
          select own.*, 'owner' as "his role" from account own where own.customer_id = c.id
          ${authorised}) t order by t.status desc, ${raw(orderBy(ctx, 'account', 'balance', 't.balance desc nulls last'))}t.id limit ${raw(String(limits.accounts))}`,
            'few',
          ),
    },
    rowsBlock(ctx, 'cards', entity('card'), `order by t.issued_on desc, t.id limit ${limits.cards}`),
    rowsBlock(ctx, 'loans', entity('loan'), `order by t.maturity_date desc, t.id limit ${limits.loans}`),
    rowsBlock(
      ctx,
      'standingOrders',
      entity('standing_order'),
      `order by ${orderBy(ctx, 'standing_order', 'amount', 't.amount desc')}t.id limit ${limits.standingOrders}`,
    ),
    rowsBlock(
      ctx,
      'holdings',
      entity('holding'),
      `order by t.status, t.maturity_date nulls last, ${orderBy(ctx, 'holding', 'market_value', 't.market_value desc')}t.id limit ${limits.holdings}`,
    ),
    transactionsBlock(ctx, from),
    rowsBlock(ctx, 'interactions', entity('interaction'), `order by t.at desc, t.id limit ${limits.interactions}`),
    rowsBlock(
      ctx,
      'notes',
      entity('note'),
      `order by t.pinned desc nulls last, t.created_at desc, t.id limit ${limits.notes}`,
    ),
    {
      name: 'tasks',
      json: !mayRead(actor, entity('task'))
        ? NO_ROWS
        : sql`coalesce((select json_agg(x) from (select ${taskColumns(ctx, 't', now)},
          (select json_build_object('id', u.id::text, 'label', u.name) from "user" u where u.id = t.assignee_id) as assignee
        from task t where t.customer_id = c.id order by t.status desc, t.due_at desc nulls last, t.id limit ${raw(String(limits.tasks))}) x), '[]'::json)`,
    },
    { name: 'household', json: householdBlock(ctx) },
    { name: 'timeline', json: timelineBlock(ctx) },
  ];
}

/** The other members of the household within the reader's reach; even how many there are besides would tell of customers who are none of his. */
function householdBlock(ctx: Context): Sql {
  const customer = ctx.model.entity('customer');
  const seesMembership = fieldView(ctx.model, ctx.actor, customer, fieldOf(customer, 'household')!) === 'clear';
  if (!seesMembership || !mayRead(ctx.actor, ctx.model.entity('household'))) return sql`null::json`;
  const scope = customerCondition(ctx.model, scopeOf(ctx.model, ctx.actor, customer), 'm');
  const nameField = visibleFields(ctx.model, ctx.actor, customer).filter(({ field }) =>
    ['name', 'household_role', 'tier', 'aum'].includes(field.code),
  );
  const members = rowsJson(
    outputColumns(ctx.model, ctx.actor, nameField, 'm'),
    sql`from customer m
        where m.household_id = c.household_id and m.id <> c.id and ${scope} order by ${raw(orderBy(ctx, 'customer', 'aum', 'm.aum desc nulls last'))}m.id limit ${raw(String(limits.members))}`,
    'few',
  );
  return sql`(select json_build_object('id', h.id::text, 'name', ${raw(titleOf(ctx.model, ctx.actor, ctx.model.entity('household'), 'h'))},
      'members', ${members}) from household h where h.id = c.household_id)`;
}

/** What happened with the customer, newest first: conversations, closed tasks, changes of tier and tags. */
function timelineBlock(ctx: Context): Sql {
  const { model, actor } = ctx;
  const interaction = model.entity('interaction');
  const seesTalks =
    mayRead(actor, interaction) && fieldView(model, actor, interaction, fieldOf(interaction, 'summary')!) === 'clear';
  const seesTasks = mayRead(actor, model.entity('task'));
  return sql`coalesce((select json_agg(e) from (
      select at, kind, code, text, result, (select u.name from "user" u where u.id = by_id) as by from (
        select i.at, 'interaction' as kind, i.channel as code, i.summary as text, i.result, i.user_id as by_id
          from interaction i where i.customer_id = c.id and ${raw(String(seesTalks))}
        union all
        select t.done_at, 'task', t.rule, ${raw(taskText('title', ctx.language, 't'))}, t.result, t.done_by_id
          from task t where t.customer_id = c.id and t.done_at is not null and ${raw(String(seesTasks))}
        union all
        select (g.since::timestamp at time zone ${ctx.institution.zone}), 'tag_on', g.tag, null, null, null
          from customer_tag g where g.customer_id = c.id
        union all
        select (g.until::timestamp at time zone ${ctx.institution.zone}), 'tag_off', g.tag, null, null, null
          from customer_tag g where g.customer_id = c.id and g.until is not null
        union all
        select (h.business_date::timestamp at time zone ${ctx.institution.zone}), 'tier', h.tier, h.previous, null, null
          from tier_change h where h.customer_id = c.id
      ) all_events order by at desc, kind, code, text limit ${raw(String(limits.timeline))}) e), '[]'::json)`;
}

type Values = Record<string, unknown>;

/** The scope by which a profile is found: the reach over customers. */
function ownScope(ctx: Context): Scope {
  return scopeOf(ctx.model, ctx.actor, ctx.model.entity('customer'));
}

/** What differs from reader to reader, by name; the scope's lists among them. */
function valuesOf(ctx: Context, id: string): Values {
  const scope = ownScope(ctx);
  const values: Values = {
    id,
    now: ctx.clock().toISOString(),
    userId: ctx.actor.userId,
    username: ctx.actor.username,
    from: factsFrom(ctx),
    selfIds: listText(scope.selfIds),
    customerIds: listText(scope.customerIds),
  };
  if (scope.kind === 'units') values.units0 = listText(scope.unitIds);
  if (scope.kind === 'mixed') {
    scope.parts.forEach((part, index) => {
      values[`owners${index}`] = listText(part.ownerIds);
      values[`units${index}`] = listText(part.unitIds);
    });
  }
  return values;
}

/** The context as statements see it: everything that differs from reader to reader replaced by marks. */
function markedContext(ctx: Context, marks: Record<string, never>): Context {
  const actor = { ...ctx.actor, userId: ctx.actor.userId && marks.userId!, username: marks.username! };
  const scope = markedScope(ownScope(ctx), marks);
  return {
    ...ctx,
    clock: () => ({ toISOString: () => marks.now }) as unknown as Date,
    actor: withScope(actor, () => scope, [ctx.model.entity('customer')]),
  };
}

function markedScope(scope: Scope, marks: Record<string, never>): Scope {
  const persons = { ...scope, selfIds: marks.selfIds!, customerIds: marks.customerIds! };
  switch (persons.kind) {
    case 'own':
      return { ...persons, userId: marks.userId! };
    case 'units':
      return { ...persons, unitIds: marks.units0! };
    case 'mixed': {
      const parts = persons.parts.map((part, index) => ({
        ...part,
        ownerIds: marks[`owners${index}`]!,
        unitIds: marks[`units${index}`]!,
      }));
      return { ...persons, parts };
    }
    default:
      return persons;
  }
}

/** Statements by what their text depends on: language, zone, roles and shape of the scope. */
const known = new WeakMap<Context['model'], Map<string, unknown>>();

function once<T>(ctx: Context, name: string, make: () => T): T {
  const shapes = known.get(ctx.model) ?? new Map<string, unknown>();
  known.set(ctx.model, shapes);
  const scope = ownScope(ctx);
  const parts = scope.kind === 'mixed' ? scope.parts.map((part) => `${part.where}/${part.all}`) : [];
  const key = [
    name,
    ctx.language,
    ctx.institution.zone,
    rolesVersion(ctx.model),
    scope.kind,
    ...parts,
    ...ctx.actor.roles,
  ].join(' ');
  if (!shapes.has(key)) shapes.set(key, make());
  return shapes.get(key) as T;
}

/** Ids as an array's text, written once for an actor: the head of a bank reaches hundreds of units, in every statement. */
const listTexts = new WeakMap<string[], string>();

function listText(ids: string[]): string {
  const text = listTexts.get(ids) ?? `{${ids.join(',')}}`;
  listTexts.set(ids, text);
  return text;
}

/** The statement that reads the whole profile and records the view, in one round trip. */
export function profileStatement(ctx: Context, id: string): Prepared {
  const statement = once(ctx, 'profile', () =>
    compiled('profile', Object.keys(valuesOf(ctx, id)), (marks) =>
      composeProfile(markedContext(ctx, marks), marks.from!, marks.id!),
    ),
  );
  return statement.run(valuesOf(ctx, id));
}

/** The same blocks as statements of their own: what the one statement is measured against. */
export function blockStatements(
  ctx: Context,
  id: string,
  from: string = factsFrom(ctx),
): { name: string; statement: Prepared }[] {
  const statements = once(ctx, 'blocks', () =>
    profileBlocks(ctx).map(({ name }, index) => ({
      name,
      statement: compiled(`block_${name}`, Object.keys(valuesOf(ctx, id)), (marks) => {
        const { json } = profileBlocks(markedContext(ctx, marks), marks.from!)[index]!;
        return sql`select ${json} as value from customer c where c.id = ${marks.id!}::bigint`;
      }),
    })),
  );
  const values = { ...valuesOf(ctx, id), from };
  return statements.map(({ name, statement }) => ({ name, statement: statement.run(values) }));
}

function composeProfile(ctx: Context, from: string, id: string): Sql {
  const inScope = scopeCondition(ctx.model, ctx.actor, ctx.model.entity('customer'), 'c');
  const blocks = profileBlocks(ctx, from);
  // The transactions come beside the rest: when they are too few, those of all months take their place.
  const transactions = blocks.find(({ name }) => name === 'transactions')!;
  const others = blocks.filter((block) => block !== transactions);
  const object = join(others.map(({ name, json }) => sql`${raw(`'${name}', `)}${json}`));
  // Found once: each mention of the table would ask the reach again. `limit` keeps PostgreSQL from reading the transactions once
  // for each column made of them.
  return sql`with c as (select * from customer c where c.id = ${id}::bigint and ${inScope}),
    viewed as (
      ${raw(AUDIT_INSERT)} select ${ctx.clock().toISOString()}::timestamptz, ${ctx.actor.userId}::bigint, ${ctx.actor.username}, 'view', 'customer', c.id, c.id, null
        from c)
    select json_build_object(${object})::text as profile, facts.latest::text as transactions,
        json_array_length(facts.latest) as found
      from c cross join lateral (select ${transactions.json} as latest limit 1) facts`;
}

/** The 360 view as JSON text; the view itself is audited in the same statement. */
export async function readProfile(ctx: Context, id: string): Promise<string> {
  const about = ctx.about(id);
  const { rows } = await about.query<{ profile: string; transactions: string; found: number }>(
    profileStatement(ctx, id),
  );
  const read = rows[0];
  if (!read) throw new Failure(kinds.not_found);
  const enough = read.found >= limits.transactions || !mayRead(ctx.actor, ctx.model.entity('transaction'));
  const transactions = enough ? read.transactions : await allTransactions(ctx, id);
  return unseal(ctx.database, `${read.profile.slice(0, -1)}, "transactions" : ${transactions}}`);
}

/** The latest transactions of a quiet customer, however long ago. */
async function allTransactions(ctx: Context, id: string): Promise<string> {
  const statement = once(ctx, 'transactions', () =>
    compiled('transactions', Object.keys(valuesOf(ctx, id)), (marks) => {
      const { json } = transactionsBlock(markedContext(ctx, marks), marks.from!);
      return sql`select (${json})::text as latest from customer c where c.id = ${marks.id!}::bigint`;
    }),
  );
  const values = { ...valuesOf(ctx, id), from: EVER };
  const { rows } = await ctx.about(id).query<{ latest: string }>(statement.run(values));
  return rows[0]?.latest ?? '[]';
}

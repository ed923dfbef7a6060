import { ACTIONS, fieldRight, fieldView, may, mayRead, permissionsByCode, roles, scopeCondition } from '#access';
import { record } from '#audit';
import { blockStatements, EVER } from '#customers';
import { sql } from '#database';
import { type Actor, Failure } from '#kernel';
import { type EntityDefinition, fieldOf } from '#metadata';
import { countRows, getRow, listRows } from '#records';
import { unseal } from '#vault';
import { contextAs, type GovernanceContext, subjectOf } from './context.ts';
import { kinds } from './failures.ts';
import { ownFields } from './role-rights.ts';

/** Stands where a value is that the reader himself may not see. */
export const CONCEALED = '•••';

const PAGE_ROWS = 50;

type Subject = Awaited<ReturnType<typeof subjectOf>> & { actor: Actor };

/** The person whose view is taken; taking it is recorded before anything is read. */
async function takeView(ctx: GovernanceContext, userId: string, what: string, customerId?: string): Promise<Subject> {
  const subject = await subjectOf(ctx, userId);
  if (!subject.actor) throw new Failure(kinds.user_disabled, { name: subject.name }, 'user');
  await record(ctx.database, {
    at: ctx.clock(),
    actor: ctx.actor,
    action: 'view_as',
    entity: 'user',
    recordId: userId,
    customerId,
    detail: { username: subject.username, what },
  });
  return { ...subject, actor: subject.actor };
}

/** Posts, permissions, rights on every entity and field, and how many customers somebody reaches. */
export async function viewRights(ctx: GovernanceContext, userId: string) {
  const { model } = ctx;
  const { id, name, username, actor } = await takeView(ctx, userId, 'rights');
  const customer = model.entity('customer');
  const { rows: units } = await ctx.database.query<{ id: string; name: string }>(
    'select id, name from org_unit where id = any($1::bigint[])',
    [actor.posts.flatMap((post) => post.unitId ?? [])],
  );
  const unitNames = new Map(units.map((unit) => [unit.id, unit.name]));
  return {
    user: { id, name, username },
    posts: actor.posts.map((post) => ({
      role: { code: post.role, label: roles(model).get(post.role)?.label ?? { zh: post.role, en: post.role } },
      unit: post.unitId === null ? null : { id: post.unitId, label: unitNames.get(post.unitId) ?? post.unitId },
      deputyFor: post.deputyFor,
    })),
    permissions: [...permissionsByCode(model).values()].filter(({ code }) => may(actor, code)),
    customers: mayRead(actor, customer)
      ? await countRows(contextAs(ctx, actor), customer, {})
      : { count: 0, capped: false },
    entities: model.entities.map((entity) => ({
      code: entity.code,
      label: entity.label,
      access: Object.fromEntries(ACTIONS.map((action) => [action, may(actor, `${entity.code}.${action}`)])),
      fields: ownFields(entity).map((field) => ({
        code: field.code,
        label: field.label,
        class: field.class,
        level: field.level,
        right: fieldRight(model, actor, entity, field),
      })),
    })),
  };
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonRow = Record<string, Json>;

/** The first page of somebody's customers, as his list reads it; values that the reader may not see himself are concealed. */
export async function viewCustomers(ctx: GovernanceContext, userId: string) {
  const subject = await takeView(ctx, userId, 'customers');
  const customer = ctx.model.entity('customer');
  const fields = customer.list.columns.filter((code) => fieldOf(customer, code));
  if (!mayRead(subject.actor, customer)) return { columns: fields, rows: [], count: { count: 0, capped: false } };
  const as = contextAs(ctx, subject.actor);
  const seen = fields.filter(
    (code) => fieldView(ctx.model, subject.actor, customer, fieldOf(customer, code)!) !== 'hidden',
  );
  // His order would tell the reader what he may not order by himself.
  const order = fieldOf(customer, customer.list.sort.replace(/^-/, ''));
  const known = order !== undefined && fieldRight(ctx.model, ctx.actor, customer, order).filter;
  const sort = known && mayRead(ctx.actor, customer) ? undefined : 'id';
  const page = JSON.parse(await listRows(as, customer, { columns: seen, sort, limit: PAGE_ROWS })) as {
    rows: JsonRow[];
  };
  const reach = await reachedBy(
    ctx,
    page.rows.map((row) => String(row.id)),
  );
  return {
    columns: seen,
    rows: page.rows.map((row) => concealRow(ctx, subject.actor, customer, row, reach.has(String(row.id)))),
    count: await countRows(as, customer, {}),
  };
}

/** Entities of the blocks of the 360 view that are rows. */
const ROW_BLOCKS: Record<string, string> = {
  accounts: 'account',
  cards: 'card',
  loans: 'loan',
  standingOrders: 'standing_order',
  holdings: 'holding',
  transactions: 'transaction',
  interactions: 'interaction',
  notes: 'note',
};

/** One customer's 360 view as somebody sees it, from the same blocks; concealed where the reader himself may not look. */
export async function viewProfile(ctx: GovernanceContext, userId: string, customerId: string) {
  const subject = await takeView(ctx, userId, 'profile', customerId);
  const customer = ctx.model.entity('customer');
  const as = contextAs(ctx, subject.actor);
  await getRow(as, customer, customerId); // throws where he has no such customer
  const reached = (await reachedBy(ctx, [customerId])).has(customerId);
  const profile: JsonRow = {};
  const database = as.about(customerId);
  for (const { name, statement } of blockStatements(as, customerId, EVER)) {
    const { rows } = await database.query<{ value: Json }>(statement);
    const value = JSON.parse(await unseal(ctx.identity.database, JSON.stringify(rows[0]?.value ?? null))) as Json;
    profile[name] = concealBlock(ctx, subject.actor, name, value, reached);
  }
  return profile;
}

function concealBlock(ctx: GovernanceContext, subject: Actor, name: string, value: Json, reached: boolean): Json {
  const entity = name === 'customer' ? 'customer' : ROW_BLOCKS[name];
  if (entity !== undefined) {
    const definition = ctx.model.entity(entity);
    const conceal = (row: Json) => concealRow(ctx, subject, definition, row as JsonRow, reached);
    if (!Array.isArray(value)) return value === null ? null : conceal(value);
    const rows = value.map(conceal);
    // Where anything is concealed, the order must not tell of it: his may be by an amount.
    return JSON.stringify(rows).includes(CONCEALED)
      ? rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
      : rows;
  }
  // What is made of many fields is shown whole to those alone who see the customer's name and assets.
  const customer = ctx.model.entity('customer');
  const whole = ['name', 'aum'].every(
    (code) => fieldView(ctx.model, ctx.actor, customer, fieldOf(customer, code)!) === 'clear',
  );
  const readsAll = ['task', 'interaction', 'household'].every((code) => mayRead(ctx.actor, ctx.model.entity(code)));
  if (!reached) return CONCEALED; // already how many there are may depend on what he does not see
  return whole && readsAll ? value : concealedRows(value);
}

/** Those of the customers that the reader himself reaches. */
async function reachedBy(ctx: GovernanceContext, ids: string[]): Promise<Set<string>> {
  const customer = ctx.model.entity('customer');
  if (!mayRead(ctx.actor, customer)) return new Set();
  const { rows } = await ctx.database.query<{ id: string }>(
    sql`select c.id from customer c where c.id = any(${ids}::bigint[]) and ${scopeCondition(ctx.model, ctx.actor, customer, 'c')}`,
  );
  return new Set(rows.map(({ id }) => id));
}

/** What tells nothing of the customer. */
const OPEN_KEYS = new Set(['id', 'version', 'source', 'asOf', 'as_of']);

function concealRow(
  ctx: GovernanceContext,
  subject: Actor,
  entity: EntityDefinition,
  row: JsonRow,
  reached: boolean,
): JsonRow {
  const shown = reached && mayRead(ctx.actor, entity);
  return Object.fromEntries(
    Object.entries(row).map(([key, value]): [string, Json] => {
      if (OPEN_KEYS.has(key) && (reached || entity.code === 'customer')) return [key, value];
      const field = fieldOf(entity, key);
      if (!shown || !field) return [key, CONCEALED];
      const mine = fieldView(ctx.model, ctx.actor, entity, field);
      const his = fieldView(ctx.model, subject, entity, field);
      if (mine === 'hidden' || (mine === 'masked' && his === 'clear')) return [key, CONCEALED];
      if (field.type !== 'ref') return [key, value];
      const target = ctx.model.entity(field.ref!);
      const titled = fieldView(ctx.model, ctx.actor, target, fieldOf(target, target.title)!) === 'clear';
      return [key, titled && mayRead(ctx.actor, target) ? value : CONCEALED];
    }),
  );
}

/** Of rows their number and what they consist of; of anything else nothing, not even whether it is there. */
function concealedRows(value: Json): Json {
  if (!Array.isArray(value)) return CONCEALED;
  return value.map((row) =>
    row !== null && typeof row === 'object' && !Array.isArray(row)
      ? Object.fromEntries(Object.keys(row).map((key) => [key, CONCEALED]))
      : CONCEALED,
  );
}

import { createHash } from 'node:crypto';
import { type Database, type Prologue, type Queryable, type Sql, sqlState, type Transaction } from '#database';
import { compile } from '#expressions';
import { type Actor, Failure } from '#kernel';
import type { Model } from '#metadata';
import { customerNames } from './condition.ts';
import { kinds } from './failures.ts';
import { may, mayRead } from './policy.ts';
import { belongsToCustomer } from './role.ts';
import { roles } from './roles.ts';
import { type Part, type Scope, scopeOf } from './scope.ts';

// The second lock: what `scopeCondition` asks of every statement, PostgreSQL asks again by itself. Requests run as a database
// role that owns nothing and sees, of customers and what belongs to them, only what the settings of the request open; without
// settings, nothing. Each setting is read once a statement (a sub-select without reference to the row), never once a row.

/** The database role of requests. */
export const REQUEST_ROLE = 'tongguan_app';
/** The role of statements about one customer, named by the prologue: of what belongs to customers it sees his alone. */
const CUSTOMER_ROLE = 'tongguan_customer';

/** Settings of a request; one that is not set opens nothing. */
type Settings = Partial<
  Record<'actor' | 'all' | 'cross' | 'self' | 'owners' | 'units' | 'members' | 'conditions' | 'denied', string>
>;

/** What the trigger of the audit record adds to each event. */
export interface Origin {
  session: string | null;
  address: string;
  request: string;
  onBehalf?: string[];
}

/** What one request runs under: its prologue, and the one for statements about a single customer. */
interface RequestPrologues {
  request: Prologue;
  customer(id: string): Prologue;
}

interface Known {
  texts: Record<'request' | 'customer', Pick<Prologue, 'name' | 'text'>>;
  values: string[];
}

const known = new WeakMap<Actor, Known>();
const nobody: Known = { texts: textsOf([]), values: [] };

/** The database as an actor reaches it: for any statement, and for those about one customer. */
export function actingOn(
  requests: Database,
  model: Model,
  actor: Actor | null,
  origin: Origin,
): { database: Database; about(customerId: string): Database } {
  const { request, customer } = requestPrologues(model, actor, origin);
  return { database: requests.after(request), about: (id) => requests.after(customer(id)) };
}

/** Makes the rest of a transaction of the owner one of an actor: for jobs that do what somebody asked for. */
export async function actIn(tx: Transaction, model: Model, actor: Actor, origin: Origin): Promise<void> {
  const { request } = requestPrologues(model, actor, origin);
  await tx.query(`set local role ${REQUEST_ROLE}`);
  await tx.query(request.text, request.values);
}

/** The prologues of a request of an actor; of nobody where there is none. */
function requestPrologues(model: Model, actor: Actor | null, origin: Origin): RequestPrologues {
  let found = actor ? known.get(actor) : nobody;
  if (!found) {
    const settings = Object.entries(actorSettings(model, actor!)).filter(([, value]) => value !== '');
    found = { texts: textsOf(settings.map(([name]) => name)), values: settings.map(([, value]) => value) };
    known.set(actor!, found);
  }
  const { texts, values } = found;
  const own = [JSON.stringify(origin), ...values];
  return {
    request: { ...texts.request, values: own },
    customer: (id) => ({ ...texts.customer, values: [...own, id] }),
  };
}

/**
 * The customer is named only if he is found under the reach just set; from then on the statement runs as the role that sees nothing of
 * any other customer. The target list is worked through in its order.
 */
function textsOf(names: readonly string[]): Known['texts'] {
  const settings = ['origin', ...names].map(
    (name, index) => `set_config('tongguan.${name}', $${index + 1}::text, true)`,
  );
  const pinned = `(select c.id::text from customer c where c.id = $${settings.length + 1}::bigint)`;
  const request = `select ${settings.join(', ')}`;
  return {
    request: named(request),
    customer: named(
      `${request}, set_config('tongguan.pinned', coalesce(${pinned}, ''), true), set_config('role', '${CUSTOMER_ROLE}', true)`,
    ),
  };
}

/** PostgreSQL cuts the names of statements at 63 bytes and would take two long ones for one, so the text is named by its hash. */
function named(text: string): Pick<Prologue, 'name' | 'text'> {
  return { name: `acting_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text };
}

const list = (ids: readonly string[]) => (ids.length > 0 ? `{${ids.join(',')}}` : '');

function actorSettings(model: Model, actor: Actor): Settings {
  const scope = scopeOf(model, actor, model.entity('customer'));
  const parts = partsOf(scope);
  const plain = parts.find((part) => part.where === null);
  const conditions = parts.flatMap((part) => (part.where === null ? [] : [[part.where, part] as const]));
  const denied = model.entities.filter((entity) => belongsToCustomer(entity) && !mayRead(actor, entity));
  return {
    actor: actor.userId ?? '',
    all: plain?.all ? '1' : '',
    cross: may(actor, 'walls.cross') ? '1' : '',
    self: scope.selfIds.length > 1 ? list(scope.selfIds) : '',
    owners: list(plain?.ownerIds ?? []),
    units: list(plain?.unitIds ?? []),
    members: scope.kind === 'none' ? '' : list(scope.customerIds),
    conditions: conditions.length > 0 ? JSON.stringify(Object.fromEntries(conditions)) : '',
    denied: list(denied.map((entity) => entity.code)),
  };
}

function partsOf(scope: Scope): Part[] {
  const none: Part = { where: null, ownerIds: [], unitIds: [], all: false };
  switch (scope.kind) {
    case 'all':
      return [{ ...none, all: true }];
    case 'own':
      return [{ ...none, ownerIds: [scope.userId] }];
    case 'units':
      return [{ ...none, unitIds: scope.unitIds }];
    case 'mixed':
      return scope.parts;
    case 'none':
      return [];
  }
}

const FUNCTIONS = `
create or replace function access_flag(name text) returns boolean language sql stable parallel safe
  as $$ select coalesce(current_setting('tongguan.' || name, true), '') = '1' $$;
create or replace function access_ids(name text) returns bigint[] language sql stable parallel safe
  as $$ select coalesce(nullif(current_setting('tongguan.' || name, true), ''), '{}')::bigint[] $$;
create or replace function access_denied(entity text) returns boolean language sql stable parallel safe
  as $$ select entity = any(coalesce(nullif(current_setting('tongguan.denied', true), ''), '{}')::text[]) $$;
create or replace function access_part(condition text, part text) returns bigint[] language sql stable parallel safe
  as $$ select coalesce(array(select jsonb_array_elements_text(nullif(current_setting('tongguan.conditions', true), '')::jsonb -> condition -> part)::bigint), '{}') $$;
create or replace function access_part_all(condition text) returns boolean language sql stable parallel safe
  as $$ select coalesce((nullif(current_setting('tongguan.conditions', true), '')::jsonb -> condition ->> 'all')::boolean, false) $$;
-- The actor, and whom he stands in for.
create or replace function access_self() returns bigint[] language sql stable parallel safe
  as $$ select coalesce(nullif(current_setting('tongguan.self', true), '')::bigint[], array[nullif(current_setting('tongguan.actor', true), '')::bigint]) $$;
create or replace function access_pinned() returns bigint language sql stable parallel safe
  as $$ select nullif(current_setting('tongguan.pinned', true), '')::bigint $$;
-- The same for the rows of a table; null where the actor may not read them. One comparison, so that PostgreSQL asks it once a scan.
create or replace function access_pinned(of text) returns bigint language sql stable parallel safe
  as $$ select case when current_setting('tongguan.denied', true) <> '' and of = any(current_setting('tongguan.denied', true)::text[]) then null
    else nullif(current_setting('tongguan.pinned', true), '')::bigint end $$;
-- Walled customers to whom the actor is a stranger; run with the owner's sight, or the policy of customer would ask itself.
create or replace function access_walled() returns bigint[] language sql stable security definer set search_path = public
  as $$ select array(select c.id from customer c where c.walled and not (c.owner_id = any(access_self()) or c.id = any(access_ids('members')))) $$;
`;

/** Everything that row security is made of, for those who keep databases made by it. */
export function rowSecurityShape(model: Model): string {
  const tables = [...model.entities.map(({ code }) => code), ...Object.keys(WRITTEN), ...CLOSED, 'setting'];
  return [
    FUNCTIONS,
    reachFunction(model),
    rowFunctions(model),
    customerPolicy(model),
    policyText('task', belongingPolicy('task')),
    policyText('account', ''),
    grantsText(model, tables),
  ].join('\n');
}

/**
 * Comparisons that lists order, page and search by. Under row security PostgreSQL uses an index only for functions marked as telling
 * nothing of their arguments, and of its own it marks few. These compare; their errors, where they have any, carry no value of a row.
 */
const LEAKPROOF = [
  'numeric_eq(numeric, numeric)',
  'numeric_ne(numeric, numeric)',
  'numeric_lt(numeric, numeric)',
  'numeric_le(numeric, numeric)',
  'numeric_gt(numeric, numeric)',
  'numeric_ge(numeric, numeric)',
  'text_lt(text, text)',
  'text_le(text, text)',
  'text_gt(text, text)',
  'text_ge(text, text)',
  'textlike(text, text)',
  'reverse(text)',
  'arraycontains(anyarray, anyarray)',
];

/** Marks what is not marked yet; only a superuser may, so elsewhere it is left to an administrator (`doctor` names the statements). */
async function markLeakproof(db: Database): Promise<void> {
  const statements = await unmarked(db);
  if (statements.length === 0) return;
  const { rows } = await db.query<{ superuser: boolean }>(
    'select rolsuper as superuser from pg_roles where rolname = current_user',
  );
  if (rows[0]!.superuser) await db.query(statements.join('\n'));
}

/** Statements by which an administrator lets large lists use their indexes under row security; empty where all is done. */
export async function unmarked(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ signature: string }>(
    'select s.signature from unnest($1::text[]) s(signature) join pg_proc p on p.oid = s.signature::regprocedure where not p.proleakproof',
    [LEAKPROOF.map((signature) => `pg_catalog.${signature}`)],
  );
  return rows.map(({ signature }) => `alter function ${signature} leakproof;`);
}

/** The policies by table, from the packs' entities, the roles' conditions and every other table that carries a customer. */
async function wantedPolicies(db: Queryable, model: Model): Promise<Map<string, string>> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'customer_id' and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname not in ('audit_event', 'customer_salt')`,
  );
  const policies = new Map<string, string>([
    ['customer', customerPolicy(model)],
    [
      'household',
      `not (select access_denied('household')) and ((select access_flag('all')) or created_by = (select nullif(current_setting('tongguan.actor', true), '')::bigint)
        or id in (select c.household_id from customer c))`,
    ],
  ]);
  for (const { name } of rows) policies.set(name, name === NOTIFICATION ? NOTIFICATION_POLICY : belongingPolicy(name));
  const { rows: sums } = await db.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname = any($1)",
    [SUMS],
  );
  for (const { name } of sums) policies.set(name, SUMS_POLICY);
  return policies;
}

/**
 * Whom the actor reaches who does not reach everybody: the policy of customer, way by way, so that each finds its index. As a condition
 * with `or` PostgreSQL would look at all customers of the bank for each table of what belongs to them. Run with the owner's sight, which
 * is why each way asks for all that the policy asks.
 */
function reachFunction(model: Model): string {
  const select = (way: string) => `return query select customer.id from customer where ${way};`;
  const ways = customerWays(model).map((way) => select(`${way} and ${OUTSIDE_WALLS}`));
  return `create or replace function access_reach() returns setof bigint language plpgsql stable security definer set search_path = public rows 500
  as $$ begin
    -- Everybody is never gathered: the policies ask for that beside.
    if access_flag('all') then return; end if;
    ${select("id = any ((select access_ids('members'))::bigint[])")}
    ${ways.join('\n    ')}
  end $$;`;
}

/** Sums over customers by unit and manager: open as the customers are that they are made of, except to those named in their service alone. */
const SUMS = ['aum_unit', 'aum_unit_day'];

const SUMS_POLICY = `((select access_flag('all')) or owner_id = any ((select access_ids('owners'))::bigint[]) or branch_id = any ((select access_ids('units'))::bigint[]))
    and (not walled or (select access_flag('cross')) or owner_id = any ((select access_self())::bigint[]))`;

const NOTIFICATION = 'notification';

/** Everybody reads his own; one about a customer as long as he reaches him. */
const NOTIFICATION_POLICY = `user_id = (select nullif(current_setting('tongguan.actor', true), '')::bigint)
    and (customer_id is null or exists (select from customer c where c.id = customer_id))`;

/** The ways by which customers are reached that a role reaches in part. */
function customerWays(model: Model): string[] {
  const conditions = new Set(
    [...roles(model).values()].flatMap((role) => Object.values(role.entities).flatMap((grant) => grant.where ?? [])),
  );
  return [
    "owner_id = any ((select access_ids('owners'))::bigint[])",
    "branch_id = any ((select access_ids('units'))::bigint[])",
    ...[...conditions].sort().map((where) => {
      const name = literal(where);
      const test = inlined(compile(where, customerNames(model, 'customer'), 'boolean').where());
      return `((${test}) and ((select access_part_all(${name})) or owner_id = any ((select access_part(${name}, 'ownerIds'))::bigint[]) or branch_id = any ((select access_part(${name}, 'unitIds'))::bigint[])))`;
    }),
  ];
}

const OUTSIDE_WALLS =
  "(walled is not true or (select access_flag('cross')) or owner_id = any ((select access_self())::bigint[]))";

function customerPolicy(model: Model): string {
  const ways = ["(select access_flag('all'))", ...customerWays(model)];
  // Who may not read customers has none of these set. Each sub-select costs every statement a little, so none stands twice.
  return `id = any ((select access_ids('members'))::bigint[]) or ((${ways.join(' or ')})
    and ${OUTSIDE_WALLS})`;
}

/** Of what belongs to customers. Who reaches everybody is asked for the walls only; else the reach is gathered once a statement. */
function belongingPolicy(table: string): string {
  const assigned =
    table === 'task' ? `assignee_id = (select nullif(current_setting('tongguan.actor', true), '')::bigint) or ` : '';
  return `not (select access_denied('${table}')) and (${assigned}((select access_flag('all')) and ((select access_flag('cross')) or not (customer_id = any ((select access_walled())::bigint[]))))
    or (not (select access_flag('all')) and customer_id in (select access_reach())))`;
}

/** The policies' questions about single rows, for statements about one customer. */
function rowFunctions(model: Model): string {
  return `create or replace function access_reaches(bigint) returns boolean language plpgsql stable security definer set search_path = public
  as $$ begin return exists (select from customer where customer.id = $1 and (${customerPolicy(model)})); end $$;
create or replace function access_houses(bigint) returns boolean language plpgsql stable set search_path = public
  as $$ begin return exists (select from customer c where c.id = access_pinned() and c.household_id = $1); end $$;
create or replace function access_authorised(bigint, bigint) returns boolean language plpgsql stable set search_path = public
  as $$ begin return exists (select from account_role r where r.customer_id = access_pinned() and r.account_id = $1)
    and exists (select from customer c where c.id = $2); end $$;`;
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A statement part with its values written into it; for definitions, which take no parameters. */
function inlined(part: Sql): string {
  return part.strings
    .map((text, index) => {
      if (index === part.values.length) return text;
      const value = part.values[index];
      if (value === null) return `${text}null`;
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        return `${text}${literal(String(value))}`;
      }
      throw new Error(`a condition of a role carries a value that cannot be written: ${typeof value}`);
    })
    .join('');
}

const LACKS_PRIVILEGE = '42501';

/**
 * Brings role, grants, functions and policies of row security to what the packs and roles say; changes nothing that fits already.
 * Throws a Failure with what a database administrator has to run where the program may not make the role itself.
 */
export async function secureRows(db: Database, model: Model): Promise<void> {
  await makeRoles(db);
  await markLeakproof(db);
  const apply = async (tx: Transaction) => {
    await tx.query('select pg_advisory_xact_lock($1)', [ROW_SECURITY_LOCK]);
    const policies = await wantedPolicies(tx, model);
    const { rows: tables } = await tx.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname",
    );
    const statements = [
      FUNCTIONS,
      reachFunction(model),
      rowFunctions(model),
      grantsText(
        model,
        tables.map(({ name }) => name),
      ),
    ];
    for (const [table, using] of policies) statements.push(policyText(table, using));
    const text = statements.join('\n');
    const mark = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const { rows } = await tx.query<{ mark: string | null }>(
      "select obj_description(to_regprocedure('access_flag(text)')) as mark",
    );
    if (rows[0]!.mark === mark) return;
    await tx.query(text);
    await tx.query(`comment on function access_flag(text) is '${mark}'`);
  };
  // Grants change rows of the catalogue that a vacuum in the background changes too while it holds the table: one of the two has to give way.
  await db.transaction(apply, { attemptsMax: 5 });
}

const ROW_SECURITY_LOCK = 7_300_004;

async function makeRoles(db: Database): Promise<void> {
  const names = [REQUEST_ROLE, CUSTOMER_ROLE];
  const { rows } = await db.query<{ ready: string }>(
    "select count(*) as ready from pg_roles where rolname = any($1) and pg_has_role(current_user, oid, 'member')",
    [names],
  );
  if (Number(rows[0]!.ready) === names.length) return;
  try {
    for (const name of names) {
      // Several databases of one server share the roles: whoever comes second finds them made.
      await db.query(`do $$ begin
        create role ${name} nologin nosuperuser nobypassrls nocreatedb nocreaterole;
        exception when duplicate_object or unique_violation then null; end $$`);
      await db.query(`do $$ begin execute format('grant ${name} to %I', current_user);
        exception when unique_violation then null; end $$`);
    }
  } catch (error) {
    if (sqlState(error) === LACKS_PRIVILEGE) {
      throw new Failure(kinds.request_role_missing, { roles: names.join(', ') });
    }
    throw error;
  }
}

const ROLES = `${REQUEST_ROLE}, ${CUSTOMER_ROLE}`;

/** What requests write into tables that are no entities. What is named nowhere they only read; nothing do they ever delete. */
const WRITTEN: Record<string, string> = {
  audit_event: 'insert',
  bulk_action: 'insert',
  customer_salt: 'insert, update',
  day_plan_setting: 'insert, update',
  disclosure_notice: 'insert, update',
  disclosure_step: 'insert',
  export_run: 'insert, update',
  handover: 'insert',
  identity_case: 'update',
  job: 'insert, update',
  load_feed: 'insert, update',
  load_mapping: 'insert',
  load_run: 'insert, update',
  load_upload: 'insert',
  load_upload_file: 'insert, update',
  notification: 'update',
  reveal: 'insert, update',
  task_feedback: 'insert, update',
};
/** What they do not even read: how people prove who they are, what the audit's triggers count by, and what the engine keeps for itself. */
const CLOSED = new Set([
  'task_escalation',
  'api_token',
  'audit_lane',
  'batch_undo',
  'credential',
  'customer_change',
  'customer_posted',
  'event_request',
  'event_version',
  'customer_history',
  'known_device',
  'outbox',
  'recovery_code',
  'security_key',
  'session',
  'sign_in',
  'sign_in_attempt',
  'totp',
  'webhook_target',
]);

/** Of entities, what the packs let people write. Statements of other rooms write no more than that. */
function writtenOf(model: Model, table: string): string {
  const { create = false, update = false } = model.entities.find(({ code }) => code === table)?.write ?? {};
  return WRITTEN[table] ?? [create ? 'insert' : '', update ? 'update' : ''].filter((right) => right !== '').join(', ');
}

function grantsText(model: Model, tables: readonly string[]): string {
  return [
    `grant usage on schema public to ${ROLES};`,
    `grant usage on all sequences in schema public to ${ROLES};`,
    ...tables.map((table) => {
      const name = `"${table}"`;
      if (CLOSED.has(table)) return `revoke all on ${name} from ${ROLES};`;
      const rights = ['select', writtenOf(model, table)].filter((right) => right !== '').join(', ');
      const aboutOne = table === 'audit_event' ? 'insert' : 'select';
      return `revoke all on ${name} from ${ROLES}; grant ${rights} on ${name} to ${REQUEST_ROLE}; grant ${aboutOne} on ${name} to ${CUSTOMER_ROLE};`;
    }),
  ].join('\n');
}

function policyText(table: string, using: string): string {
  const check = table === 'household' ? 'true' : using;
  return `alter table "${table}" enable row level security;
drop policy if exists reach on "${table}";
drop policy if exists pinned on "${table}";
create policy reach on "${table}" to ${REQUEST_ROLE} using (${using}) with check (${check});
create policy pinned on "${table}" for select to ${CUSTOMER_ROLE} using (${pinnedPolicy(table, using)});`;
}

/**
 * What a statement about one customer sees: his rows by a key of the table's index, and whether the entity is closed without looking at
 * a row; PostgreSQL finds both once a scan. What few rows need besides is asked by functions: they cost where they are called, while a
 * sub-select in a policy is set up for each mention of the table, and the whole customer mentions some of them ten times.
 */
function pinnedPolicy(table: string, using: string): string {
  if (table === 'customer') return 'id = access_pinned() or access_reaches(id)';
  if (table === 'household') return `not access_denied('household') and access_houses(id)`;
  if (table === NOTIFICATION || SUMS.includes(table)) return using;
  // Accounts of others that the customer may use, where their owner is within reach as well.
  const authorised =
    table === 'account' ? " or (not access_denied('account') and access_authorised(id, customer_id))" : '';
  return `customer_id = access_pinned('${table}')${authorised}`;
}

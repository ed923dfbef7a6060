import { createHash } from 'node:crypto';
import { type Database, type Queryable, type Sql, sqlState } from '#database';
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

/** Settings of a request, in the order of the prologue's values. */
const SETTINGS = [
  'actor',
  'all',
  'cross',
  'self',
  'owners',
  'units',
  'members',
  'conditions',
  'denied',
  'origin',
] as const;

const settingsText = SETTINGS.map(
  (name, index) => `set_config('tongguan.${name}', coalesce($${index + 1}::text, ''), true)`,
);

/**
 * `request` puts the reach of a request in force. `customer` also names the one customer that the statement is about, provided that
 * he is within reach: what belongs to him is then found without asking whom else one reaches.
 */
export const prologues: Record<string, string> = {
  request: `select ${settingsText.join(', ')}, set_config('tongguan.pinned', '', true)`,
  customer: `select ${settingsText.join(', ')}, set_config('tongguan.pinned', coalesce((select '{' || c.id || '}' from customer c where c.id = $${SETTINGS.length + 1}::bigint), ''), true)`,
};

const list = (ids: readonly string[]) => (ids.length > 0 ? `{${ids.join(',')}}` : '');

/** What the trigger of the audit record adds to each event. */
export interface Origin {
  session: string | null;
  address: string;
  request: string;
  onBehalf?: string[];
}

/** The values of a prologue for an actor. */
export function settingsOf(model: Model, actor: Actor | null, origin: Origin): string[] {
  const known = actor ? actorSettings(model, actor) : Array<string>(SETTINGS.length - 1).fill('');
  return [...known, JSON.stringify(origin)];
}

const settingsKnown = new WeakMap<Actor, string[]>();

function actorSettings(model: Model, actor: Actor): string[] {
  let settings = settingsKnown.get(actor);
  if (!settings) {
    const scope = scopeOf(model, actor, model.entity('customer'));
    const parts = partsOf(scope);
    const plain = parts.find((part) => part.where === null);
    const denied = model.entities.filter((entity) => belongsToCustomer(entity) && !mayRead(actor, entity));
    settings = [
      actor.userId ?? '',
      plain?.all ? '1' : '',
      may(actor, 'walls.cross') ? '1' : '',
      list(scope.selfIds),
      list(plain?.ownerIds ?? []),
      list(plain?.unitIds ?? []),
      list(scope.customerIds),
      JSON.stringify(Object.fromEntries(parts.flatMap((part) => (part.where === null ? [] : [[part.where, part]])))),
      list(denied.map((entity) => entity.code)),
    ];
    settingsKnown.set(actor, settings);
  }
  return settings;
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
-- Walled customers to whom the actor is a stranger; run with the owner's sight, or the policy of customer would ask itself.
create or replace function access_walled() returns bigint[] language sql stable security definer set search_path = public
  as $$ select array(select c.id from customer c where c.walled and not (c.owner_id = any(access_ids('self')) or c.id = any(access_ids('members')))) $$;
`;

/** Everything that row security is made of, for those who keep databases made by it. */
export function rowSecurityShape(model: Model): string {
  return [FUNCTIONS, customerPolicy(model), belongingPolicy('task'), grantsText(['setting', 'audit_event'])].join('\n');
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
  for (const { name } of rows) policies.set(name, belongingPolicy(name));
  return policies;
}

function customerPolicy(model: Model): string {
  const conditions = new Set(
    [...roles(model).values()].flatMap((role) => Object.values(role.entities).flatMap((grant) => grant.where ?? [])),
  );
  const ways = [
    "(select access_flag('all'))",
    "owner_id = any ((select access_ids('owners'))::bigint[])",
    "branch_id = any ((select access_ids('units'))::bigint[])",
    "id = any ((select access_ids('members'))::bigint[])",
    ...[...conditions].sort().map((where) => {
      const name = literal(where);
      const test = inlined(compile(where, customerNames(model, 'customer'), 'boolean').where());
      return `((${test}) and ((select access_part_all(${name})) or owner_id = any ((select access_part(${name}, 'ownerIds'))::bigint[]) or branch_id = any ((select access_part(${name}, 'unitIds'))::bigint[])))`;
    }),
  ];
  return `not (select access_denied('customer')) and (${ways.join(' or ')})
    and (walled is not true or (select access_flag('cross')) or owner_id = any ((select access_ids('self'))::bigint[]) or id = any ((select access_ids('members'))::bigint[]))`;
}

/**
 * Of what belongs to customers. Who reaches everybody is asked for the walls only, and one customer named by the prologue was found
 * within reach; else the reach is gathered once a statement.
 */
function belongingPolicy(table: string): string {
  const assigned =
    table === 'task' ? `assignee_id = (select nullif(current_setting('tongguan.actor', true), '')::bigint) or ` : '';
  return `not (select access_denied('${table}')) and (${assigned}customer_id = any ((select access_ids('pinned'))::bigint[])
    or ((select access_flag('all')) and ((select access_flag('cross')) or not (customer_id = any ((select access_walled())::bigint[]))))
    or (not (select access_flag('all')) and customer_id in (select c.id from customer c)))`;
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
  await makeRole(db);
  await db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [ROW_SECURITY_LOCK]);
    const policies = await wantedPolicies(tx, model);
    const { rows: tables } = await tx.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname",
    );
    const statements = [FUNCTIONS, grantsText(tables.map(({ name }) => name))];
    for (const [table, using] of policies) statements.push(policyText(table, using));
    const text = statements.join('\n');
    const mark = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const { rows } = await tx.query<{ mark: string | null }>(
      "select obj_description(to_regprocedure('access_flag(text)')) as mark",
    );
    if (rows[0]!.mark === mark) return;
    await tx.query(text);
    await tx.query(`comment on function access_flag(text) is '${mark}'`);
  });
}

const ROW_SECURITY_LOCK = 7_300_004;

async function makeRole(db: Database): Promise<void> {
  const { rows } = await db.query<{ known: boolean; member: boolean }>(
    `select exists (select from pg_roles where rolname = '${REQUEST_ROLE}') as known,
       exists (select from pg_roles where rolname = '${REQUEST_ROLE}' and pg_has_role(current_user, oid, 'member')) as member`,
  );
  if (rows[0]!.known && rows[0]!.member) return;
  try {
    // Several databases of one server share the role: whoever comes second finds it made.
    await db.query(`do $$ begin
      create role ${REQUEST_ROLE} nologin nosuperuser nobypassrls nocreatedb nocreaterole;
      exception when duplicate_object or unique_violation then null; end $$`);
    await db.query(`do $$ begin execute format('grant ${REQUEST_ROLE} to %I', current_user);
      exception when unique_violation then null; end $$`);
  } catch (error) {
    if (sqlState(error) === LACKS_PRIVILEGE) throw new Failure(kinds.request_role_missing, { role: REQUEST_ROLE });
    throw error;
  }
}

/** Tables that requests only read, and those that they do not touch at all; every other may be written where a policy lets. */
// Data keys stand there wrapped; salts open nothing without them.
const READ_ONLY = new Set([
  'migration',
  'setting',
  'role_setting',
  'audit_root',
  'audit_base',
  'audit_anchor',
  'business_day',
  'data_key',
]);
const CLOSED = new Set(['credential', 'session', 'audit_lane']);

function grantsText(tables: readonly string[]): string {
  return [
    `grant usage on schema public to ${REQUEST_ROLE};`,
    `grant usage on all sequences in schema public to ${REQUEST_ROLE};`,
    ...tables.map((table) => {
      const name = `"${table}"`;
      const rights =
        table === 'audit_event' ? 'select, insert' : READ_ONLY.has(table) ? 'select' : 'select, insert, update, delete';
      return CLOSED.has(table)
        ? `revoke all on ${name} from ${REQUEST_ROLE};`
        : `revoke all on ${name} from ${REQUEST_ROLE}; grant ${rights} on ${name} to ${REQUEST_ROLE};`;
    }),
  ].join('\n');
}

function policyText(table: string, using: string): string {
  const check = table === 'household' ? 'true' : using;
  return `alter table "${table}" enable row level security;
drop policy if exists reach on "${table}";
create policy reach on "${table}" to ${REQUEST_ROLE} using (${using}) with check (${check});`;
}

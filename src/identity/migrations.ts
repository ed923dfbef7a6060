import type { Migration, Queryable } from '#database';

export const migrations: Migration[] = [
  {
    id: 'identity.001_session',
    sql: `create table credential (
  user_id bigint primary key,
  password_hash text not null,
  updated_at timestamptz not null
);
create table session (
  token_hash bytea primary key,
  user_id bigint not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  address text
);
create index session_by_user on session (user_id);`,
  },
  {
    id: 'identity.002_factors',
    sql: `alter table credential add column must_change boolean not null default false;
alter table session
  add column id bigint generated always as identity unique,
  add column agent text not null default '',
  add column proof text not null default 'password',
  add column proved_at timestamptz,
  add column challenge text,
  add column challenge_until timestamptz;
create table sign_in (
  token_hash bytea primary key,
  user_id bigint not null,
  expires_at timestamptz not null,
  proof text,
  enrolled boolean not null default false,
  failures integer not null default 0,
  challenge text,
  challenge_until timestamptz
);
create table sign_in_attempt (
  key bytea primary key,
  count integer not null,
  last_at timestamptz not null
);
create index sign_in_attempt_by_time on sign_in_attempt (last_at);
create table known_device (
  token_hash bytea not null,
  user_id bigint not null,
  address text not null,
  seen_at timestamptz not null,
  primary key (token_hash, user_id, address)
);
create index known_device_by_user on known_device (user_id);
create table totp (
  user_id bigint primary key,
  secret text not null,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  last_step bigint not null default 0
);
create table recovery_code (
  code_hash bytea primary key,
  user_id bigint not null,
  used_at timestamptz
);
create index recovery_code_by_user on recovery_code (user_id);
create table security_key (
  id bigint primary key,
  user_id bigint not null,
  name text not null,
  credential_id text not null unique,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  created_at timestamptz not null,
  used_at timestamptz
);
create index security_key_by_user on security_key (user_id);
create table api_token (
  id bigint primary key,
  user_id bigint not null,
  name text not null,
  token_hash bytea not null unique,
  hint text not null,
  created_at timestamptz not null,
  created_by bigint,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  used_at timestamptz,
  used_from text
);
create index api_token_by_user on api_token (user_id);
create function identity_changed() returns trigger language plpgsql as
  $$ begin
    perform pg_notify('tongguan_identity', coalesce(to_jsonb(old) ->> tg_argv[0], to_jsonb(new) ->> tg_argv[0], ''));
    return null;
  end $$;
create function identity_rights_changed() returns trigger language plpgsql as
  $$ begin
    perform pg_notify('tongguan_identity', '');
    return null;
  end $$;
create function identity_user_disabled() returns trigger language plpgsql security definer set search_path = public, pg_temp as
  $$ begin
    delete from session where user_id = old.id;
    delete from sign_in where user_id = old.id;
    return null;
  end $$;`,
  },
];

/** Channel on which the database tells every process whose session, rights or proofs changed: a user's id, or empty for all. */
export const channel = 'tongguan_identity';

interface Trigger {
  name: string;
  table: string;
  when: string;
}

const perUser = (table: string, when: string, key: string, condition = ''): Trigger => ({
  name: `${table}_identity`,
  table,
  when: `${when} on "${table}" for each row ${condition} execute function identity_changed('${key}')`,
});

const forAll = (table: string): Trigger => ({
  name: `${table}_identity`,
  table,
  when: `insert or update or delete or truncate on "${table}" for each statement execute function identity_rights_changed()`,
});

/** Set on the tables themselves, so that any writer takes effect at once: pages, loads, SQL by hand. */
export const triggers: readonly Trigger[] = [
  perUser('user', 'update', 'id', 'when (old.* is distinct from new.*)'),
  {
    name: 'user_disabled',
    table: 'user',
    when: `update on "user" for each row when (old.active and new.active is distinct from true) execute function identity_user_disabled()`,
  },
  // A deputy's duties are those of the person away, and a team is who shares a unit: such a change reaches others too.
  {
    name: 'user_rights',
    table: 'user',
    when: `update on "user" for each row when ((old.roles, old.active, old.org_unit_id) is distinct from (new.roles, new.active, new.org_unit_id)) execute function identity_rights_changed()`,
  },
  {
    name: 'user_rows',
    table: 'user',
    when: 'insert or delete or truncate on "user" for each statement execute function identity_rights_changed()',
  },
  { name: 'user_gone', table: 'user', when: 'delete on "user" for each row execute function identity_user_disabled()' },
  perUser('credential', 'insert or update or delete', 'user_id'),
  perUser('session', 'update of user_id, expires_at, proved_at or delete', 'user_id'),
  perUser('totp', 'insert or update of confirmed_at or delete', 'user_id'),
  perUser('security_key', 'insert or delete', 'user_id'),
  perUser('api_token', 'update of user_id, expires_at, revoked_at or delete', 'user_id'),
  forAll('post'),
  forAll('delegation'),
  forAll('org_unit'),
  forAll('customer_member'),
  forAll('role_setting'),
];

/** Statements that set the missing triggers; the packs' tables must be there already. A table that no pack has is left out. */
export async function planTriggers(tx: Queryable): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `select name from unnest($1::text[], $2::text[]) as wanted(name, relation)
      where to_regclass(quote_ident(relation)) is not null
        and not exists (select from pg_trigger where tgname = name and tgrelid = to_regclass(quote_ident(relation)))`,
    [triggers.map(({ name }) => name), triggers.map(({ table }) => table)],
  );
  const missing = new Set(rows.map(({ name }) => name));
  return triggers
    .filter(({ name }) => missing.has(name))
    .map(({ name, when }) => `create trigger ${name} after ${when}`);
}

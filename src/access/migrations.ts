import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'access.001_setting',
    sql: 'create table setting (key text primary key, value jsonb not null, updated_at timestamptz not null default now());',
  },
  {
    id: 'access.002_role_setting',
    sql: `create table role_setting (
  code text primary key,
  definition jsonb not null,
  version integer not null default 1,
  updated_at timestamptz not null,
  updated_by bigint
);
create function access_changed() returns trigger language plpgsql as
  $$ begin perform pg_notify('tongguan_access', tg_table_name); return null; end $$;
create trigger role_setting_changed after insert or update or delete or truncate on role_setting
  for each statement execute function access_changed();`,
  },
];

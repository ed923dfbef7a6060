import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'access.001_setting',
    sql: 'create table setting (key text primary key, value jsonb not null, updated_at timestamptz not null default now());',
  },
];

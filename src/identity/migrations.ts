import type { Migration } from '#database';

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
];

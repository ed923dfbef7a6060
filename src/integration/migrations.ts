import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'integration.001_load',
    sql: `create table load_run (
  id bigint primary key,
  mapping text not null,
  source text not null,
  label jsonb not null,
  folder text not null,
  business_date date not null,
  mapping_sha256 text not null,
  status text not null check (status in ('queued', 'running', 'done', 'failed')),
  progress jsonb,
  notes jsonb not null default '[]',
  rejected bigint not null default 0,
  error jsonb,
  actor_id bigint,
  actor text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz
);
create index load_run_by_status on load_run (status) where status in ('queued', 'running');
create table load_file (
  run_id bigint not null references load_run,
  position integer not null,
  file text not null,
  entity text not null,
  bytes bigint,
  sha256 text,
  read bigint not null,
  inserted bigint not null,
  updated bigint not null,
  unchanged bigint not null,
  skipped bigint not null,
  rejected bigint not null,
  sums jsonb not null,
  primary key (run_id, position)
);
create index load_file_by_sha256 on load_file (sha256);
create table load_reject (
  run_id bigint not null references load_run,
  position integer not null,
  file text not null,
  line bigint not null,
  field text,
  reason jsonb not null,
  content text not null,
  primary key (run_id, position)
);`,
  },
];

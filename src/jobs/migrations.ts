import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'jobs.001_queue',
    sql: `
create table job (
  id bigint generated always as identity primary key,
  kind text not null,
  -- At most one unfinished job per kind and key.
  key text,
  payload jsonb not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'done', 'failed')),
  run_at timestamptz not null,
  attempts integer not null default 0,
  attempts_max integer not null,
  -- While running: who holds it, and until when without a sign of life.
  lease uuid,
  lease_until timestamptz,
  progress jsonb,
  result jsonb,
  error jsonb,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz
);
create index job_due on job (run_at, id) where status = 'queued';
create index job_leased on job (lease_until) where status = 'running';
create index job_finished on job (finished_at) where finished_at is not null;
create unique index job_key on job (kind, key) where status in ('queued', 'running');

create table job_schedule (
  name text primary key,
  -- Last local date whose run was enqueued.
  date date not null
);`,
  },
  {
    id: 'jobs.002_owner',
    sql: `-- Who asked for the work and may see how it goes; null: the program itself.
alter table job add column owner_id bigint;`,
  },
];

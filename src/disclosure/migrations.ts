import type { Migration } from '#database';

// The customer's column is not called customer_id here: row security would then hide a maker's own requests from the count of his
// limits once the customer has left his book. Whoever reads these tables asks for the scope himself.
export const migrations: Migration[] = [
  {
    id: 'disclosure.001_reveal_and_export',
    sql: `
create table reveal (
  id bigint primary key,
  maker_id bigint not null,
  entity text not null,
  record_id bigint not null,
  of_customer bigint,
  field text not null,
  purpose text not null,
  reason text not null,
  ticket text,
  minutes smallint not null check (minutes between 1 and 60),
  rule text not null,
  line text not null check (line in ('any', 'other')),
  review text not null check (review in ('each', 'summary')),
  path text not null check (path in ('immediate', 'approval', 'emergency')),
  state text not null check (state in ('requested', 'active', 'refused', 'cancelled', 'revoked')),
  requested_at timestamptz not null,
  checker_id bigint,
  -- The window by the program's clock, and the same by the database's: a value is shown within both only.
  started_at timestamptz,
  expires_at timestamptz,
  db_started_at timestamptz,
  db_expires_at timestamptz,
  -- The latest instant of the program's clock that this reveal has seen; a clock behind it was set back.
  seen_at timestamptz,
  values_shown integer not null default 0,
  review_due_at timestamptz,
  reviewed_at timestamptz,
  reviewer_id bigint,
  verdict text check (verdict in ('in_order', 'misuse')),
  check (maker_id <> checker_id),
  check (maker_id <> reviewer_id)
);
create index reveal_by_maker on reveal (maker_id, requested_at desc);
create index reveal_waiting on reveal (requested_at) where state = 'requested';
create index reveal_unreviewed on reveal (review_due_at) where review_due_at is not null and reviewed_at is null;
create index reveal_at on reveal (requested_at);

create table export_run (
  id bigint primary key,
  -- What the marks within the file say.
  mark integer generated always as identity unique check (mark < 16777216),
  -- Seed of the order of rows.
  mark_key bigint not null,
  maker_id bigint not null,
  entity text not null,
  columns jsonb not null,
  question jsonb not null,
  format text not null check (format in ('csv', 'xlsx')),
  language text not null,
  purpose text not null,
  reason text not null,
  ticket text,
  address text not null,
  rule text not null,
  line text not null check (line in ('any', 'other')),
  level smallint not null,
  rows_expected integer not null,
  -- What was allowed; more rows than this end the export.
  rows_max integer not null,
  state text not null check (state in ('requested', 'queued', 'running', 'done', 'refused', 'cancelled', 'failed', 'expired')),
  requested_at timestamptz not null,
  checker_id bigint,
  finished_at timestamptz,
  expires_at timestamptz,
  rows integer,
  bytes bigint,
  sha256 text,
  downloads integer not null default 0,
  error jsonb,
  check (maker_id <> checker_id)
);
create index export_run_by_maker on export_run (maker_id, requested_at desc);
create index export_run_waiting on export_run (requested_at) where state = 'requested';
create index export_run_sha256 on export_run (sha256);

-- What happened to a reveal or an export: who, when, why.
create table disclosure_step (
  id bigint generated always as identity primary key,
  act text not null check (act in ('reveal', 'export')),
  subject_id bigint not null,
  state text not null,
  at timestamptz not null,
  by_id bigint,
  note text
);
create index disclosure_step_by_subject on disclosure_step (act, subject_id, id);

-- Who was told of a reveal in an emergency.
create table disclosure_notice (
  act text not null,
  subject_id bigint not null,
  user_id bigint not null,
  at timestamptz not null,
  seen_at timestamptz,
  primary key (act, subject_id, user_id)
);
create index disclosure_notice_unseen on disclosure_notice (user_id) where seen_at is null;`,
  },
];

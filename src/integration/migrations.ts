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
  {
    id: 'integration.010_gateway',
    sql: `alter table load_run
  drop constraint load_run_status_check,
  add constraint load_run_status_check check (status in ('queued', 'running', 'refreshing', 'done', 'skipped', 'failed',
    'canceled', 'withdrawing', 'withdrawn')),
  add column feed text,
  add column set_sha256 text,
  add column forced boolean not null default false,
  add column dry boolean not null default false,
  add column canceling boolean not null default false,
  add column attempts integer not null default 0,
  add column mends bigint references load_run,
  add column same_as bigint references load_run,
  add column surveys jsonb,
  add column reconciliation jsonb,
  add column drift jsonb not null default '[]',
  add column withdrawal jsonb;
create index load_run_by_mapping on load_run (mapping, business_date, id);
create index load_run_by_feed on load_run (feed, id) where feed is not null;
alter table load_file add column corrected bigint not null default 0;
create table load_feed (
  code text primary key,
  label jsonb not null,
  definition jsonb not null,
  active boolean not null,
  version integer not null,
  updated_at timestamptz not null,
  updated_by text not null
);
create table load_mapping (
  code text not null,
  version integer not null,
  body text not null,
  note text,
  created_at timestamptz not null,
  created_by text not null,
  primary key (code, version)
);
create table load_upload (
  id bigint primary key,
  purpose text not null check (purpose in ('load', 'design')),
  created_at timestamptz not null,
  created_by text not null
);
create table load_upload_file (
  upload_id bigint not null references load_upload,
  name text not null,
  bytes bigint not null,
  sha256 text,
  completed_at timestamptz,
  primary key (upload_id, name)
);`,
  },
  {
    id: 'integration.020_event',
    sql: `-- How events came in, by source, caller and minute; minutes that are past become audit events.
create table event_figure (
  source text not null,
  user_id bigint not null,
  minute timestamptz not null,
  actor text not null,
  accepted bigint not null default 0,
  waiting bigint not null default 0,
  duplicate bigint not null default 0,
  corrected bigint not null default 0,
  deleted bigint not null default 0,
  rejected bigint not null default 0,
  held bigint not null default 0,
  -- Why items were rejected: by code of the failure the count and the last item.
  reasons jsonb not null default '{}',
  last_at timestamptz not null,
  audited boolean not null default false,
  primary key (source, user_id, minute)
);
create index event_figure_minute on event_figure (minute);
create index event_figure_open on event_figure (minute) where not audited;
-- Facts of which a version or their deletion is known, so that an older delivery does not bring them back.
create table event_version (
  entity text not null,
  id bigint not null,
  sequence bigint,
  deleted boolean not null,
  at timestamptz not null,
  primary key (entity, id)
);
create index event_version_at on event_version using brin (at);
-- Answers by idempotency key.
create table event_request (
  user_id bigint not null,
  key text not null,
  sha256 text not null,
  answer jsonb not null,
  at timestamptz not null,
  primary key (user_id, key)
);
create index event_request_at on event_request (at);
-- Events that wait for what they point at.
create table event_hold (
  id bigint primary key,
  source text not null,
  type text not null,
  event_id text not null,
  item jsonb not null,
  missing_entity text not null,
  missing_id bigint not null,
  missing_source text not null,
  missing_key text,
  user_id bigint not null,
  actor text not null,
  held_at timestamptz not null,
  unique (source, type, event_id)
);
create index event_hold_missing on event_hold (missing_entity, missing_id);`,
  },
  {
    id: 'integration.011_dates_of_facts',
    sql: `alter table load_file add column first_date date, add column last_date date;`,
  },
];

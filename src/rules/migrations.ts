import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'rules.001_tier_and_tag',
    sql: `create table tier_change (
  customer_id bigint not null,
  business_date date not null,
  previous text,
  tier text not null,
  reason jsonb not null,
  primary key (customer_id, business_date)
);
-- Membership as spans: since is the first day on which the condition held, until the first on which it no longer did.
create table customer_tag (
  customer_id bigint not null,
  tag text not null,
  since date not null,
  until date,
  reason jsonb not null,
  primary key (customer_id, tag, since)
);
create index customer_tag_current on customer_tag (tag, customer_id) where until is null;
-- The open spans of a customer once more, so that a day compares one array a customer instead of joining the history.
alter table customer_metric add column tags text[] not null default '{}';`,
  },
  {
    id: 'rules.002_business_day',
    sql: `create table business_day (
  date date primary key,
  status text not null check (status in ('running', 'done', 'failed')),
  started_at timestamptz not null,
  finished_at timestamptz,
  counts jsonb not null default '{}',
  steps jsonb not null default '[]',
  -- Facts of this day and the 30 before it when it was run: another number later means that facts came late.
  recent_facts bigint,
  error jsonb
);`,
  },
  {
    id: 'rules.020_stale_day',
    sql: `-- True when facts of this day or one before it changed after the day was run: it is worth running again.
alter table business_day add column stale boolean not null default false;
alter table business_day drop column recent_facts;`,
  },
];

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
  {
    id: 'rules.030_memberships',
    sql: `-- Tags by hand: who set them, until when (the first day without), and why. lapsed_on: since when the condition no longer holds
-- although the tag is still held.
alter table customer_tag add column expires_on date, add column set_by bigint, add column note text, add column lapsed_on date;
create index customer_tag_expiring on customer_tag (expires_on) where until is null and expires_on is not null;
alter table customer_metric add column segments text[] not null default '{}';
create table customer_segment (
  customer_id bigint not null,
  segment text not null,
  since date not null,
  until date,
  reason jsonb not null,
  lapsed_on date,
  primary key (customer_id, segment, since)
);
create index customer_segment_current on customer_segment (segment, customer_id) where until is null;
create table segment_size (
  segment text not null,
  date date not null,
  size integer not null,
  primary key (segment, date)
);
-- Who came into and left a tag, tier or segment, in the order in which it was found out; only ever added to. The reason stands
-- with the span (customer_tag, customer_segment) or the move (tier_change) of the same business date.
create table membership_change (
  customer_id bigint not null,
  id bigint generated always as identity,
  at timestamptz not null default now(),
  business_date date not null,
  kind text not null check (kind in ('tag', 'tier', 'segment')),
  code text not null,
  entered boolean not null,
  reason jsonb,
  primary key (customer_id, id)
);
create index membership_change_id on membership_change (id);`,
  },
  {
    id: 'rules.040_rules',
    sql: `-- What a rule that waits for a turn or a change last saw; subject_id 0: the customer himself.
create table rule_watch (
  customer_id bigint not null,
  rule text not null,
  subject_id bigint not null,
  value text,
  primary key (customer_id, rule, subject_id)
);
-- Since when, and for which expression, rule_watch holds all there is: what a rule sees for the first time is no turn.
create table rule_baseline (
  rule text primary key,
  watched text not null,
  since date not null
);
-- Records of the institution that a rule has seen.
create table rule_record (
  rule text not null,
  record_id bigint not null,
  primary key (rule, record_id)
);
-- How each rule fared on each business date; of several runs of a date the newest.
create table rule_run (
  rule text not null,
  business_date date not null,
  version text not null,
  status text not null check (status in ('done', 'failed', 'over_limit')),
  -- Alerts of the date, whichever run made them.
  alerts integer not null default 0,
  -- Of these those that wait because the limit of the day was reached.
  waiting integer not null default 0,
  late integer not null default 0,
  ms integer not null default 0,
  error jsonb,
  ran_at timestamptz not null,
  primary key (rule, business_date)
);
create index rule_run_date on rule_run (business_date);
-- When the day was last looked at, by the clock of the database, as rows say when they were written.
alter table business_day add column seen_at timestamptz;`,
  },
  {
    id: 'rules.041_watch_dates',
    sql: `-- The business date on which a watched value was seen to differ: a day before it does not speak of it.
alter table rule_watch add column as_of date not null;
-- The last business date on which everybody was looked at.
alter table rule_baseline rename column since to looked_on;
-- open: begun for what comes live; its rules have not looked at everybody yet.
alter table business_day drop constraint business_day_status_check,
  add constraint business_day_status_check check (status in ('open', 'running', 'done', 'failed'));`,
  },
  {
    id: 'rules.060_rehearsal',
    sql: `-- What a draft would have done on past days: asked for by a person, computed by a job within his reach.
create table rule_rehearsal (
  id bigint generated always as identity primary key,
  owner_id bigint,
  rule text not null,
  asked jsonb not null,
  created_at timestamptz not null,
  job_id bigint,
  result jsonb
);
create index rule_rehearsal_owner on rule_rehearsal (owner_id, id);`,
  },
  {
    id: 'rules.060_forget_tag_notes',
    sql: `-- What people wrote about an erased customer when they set or took away a tag; that it was set, when and by whom stays.
create function forget_tag_notes(customer bigint) returns void
language sql volatile security definer set search_path = public as $$
  update customer_tag set note = null, reason = reason - 'note' where customer_id = customer and (note is not null or reason ? 'note');
  update membership_change set reason = reason - 'note' where customer_id = customer and reason ? 'note';
$$;`,
  },
  {
    id: 'rules.070_waiting',
    sql: `-- What waits above a rule's limit, whole, so that a person can have it done later: gone once it was done or given up.
create table rule_waiting (
  alert_id bigint primary key,
  customer_id bigint not null,
  rule text not null,
  business_date date not null,
  -- Fingerprint of what the rule did then: by other actions it is not done.
  actions text not null,
  occurrence jsonb not null
);
create index rule_waiting_rule on rule_waiting (rule, business_date);
create index rule_waiting_customer on rule_waiting (customer_id);
-- And of an erased customer nothing waits.
create or replace function forget_tag_notes(customer bigint) returns void
language sql volatile security definer set search_path = public as $$
  update customer_tag set note = null, reason = reason - 'note' where customer_id = customer and (note is not null or reason ? 'note');
  update membership_change set reason = reason - 'note' where customer_id = customer and reason ? 'note';
  delete from rule_waiting where customer_id = customer;
$$;`,
  },
  {
    id: 'rules.080_record_changes',
    sql: `-- What a rule last saw of a record: which columns its conditions ask for, and the fingerprint of their values. Null: it was seen, whatever it was.
alter table rule_record add column columns text, add column seen text;`,
  },
  {
    id: 'rules.090_reckoning',
    sql: `-- How many alerts a rule has on a business date at most: what deletes alerts leaves it. No row: nobody has counted yet.
create table rule_reckoning (
  rule text not null,
  business_date date not null,
  alerts_max integer not null,
  primary key (rule, business_date)
) with (fillfactor = 10);`,
  },
];

import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'customers.001_identity',
    sql: `-- Numbers under which other systems know a customer: a look-up keyed by the value, because it is unique over all customers.
create table customer_identity (
  system text not null,
  external_id text not null,
  customer_id bigint not null,
  rule text,
  since timestamptz not null,
  primary key (system, external_id)
);
create index customer_identity_customer on customer_identity (customer_id);
create index customer_identity_external on customer_identity (external_id text_pattern_ops);
-- Two customers who may be one.
create table identity_case (
  customer_id bigint not null,
  id bigint not null,
  other_id bigint not null,
  rule text not null,
  evidence jsonb not null,
  state text not null,
  found_at timestamptz not null,
  proposal jsonb,
  maker_id bigint,
  proposed_at timestamptz,
  checker_id bigint,
  decided_at timestamptz,
  note text,
  error jsonb,
  primary key (customer_id, id),
  unique (customer_id, other_id)
);
create index identity_case_other on identity_case (other_id);
create index identity_case_state on identity_case (state, found_at);
-- One customer taken up in another. His row is kept as it was, to be put back.
create table customer_merge (
  customer_id bigint not null,
  id bigint not null,
  other_id bigint not null,
  other_number text,
  other_row jsonb not null,
  filled text[] not null,
  version integer not null,
  counts jsonb not null,
  kept jsonb not null,
  maker_id bigint,
  checker_id bigint,
  merged_at timestamptz not null,
  undone_at timestamptz,
  undone_by bigint,
  primary key (customer_id, id)
);
create index customer_merge_other on customer_merge (other_id);
create index customer_merge_number on customer_merge (other_number text_pattern_ops);
-- Which rows came with him.
create table customer_merge_row (
  customer_id bigint not null,
  merge_id bigint not null,
  entity text not null,
  business_date date,
  id bigint not null,
  version integer,
  primary key (customer_id, merge_id, entity, id)
)`,
  },
  {
    id: 'customers.020_bulk_action',
    sql: `-- One thing done to many customers, and how far it has come.
create table bulk_action (
  id bigint generated always as identity primary key,
  owner_id bigint not null,
  action jsonb not null,
  question jsonb not null,
  customer_ids bigint[] not null,
  position integer not null default 0,
  done integer not null default 0,
  -- By the code of the refusal: its sentence, how many, and a few of the customers.
  refused jsonb not null default '{}',
  at timestamptz not null
);`,
  },
  {
    id: 'customers.002_search_numbers',
    sql: `-- Whose account or card has a number with these last digits, and whom other systems or former numbers mean. Asked with the owner's
-- sight, because row security would gather everybody within reach first; only ids leave, and whoever asks joins them with the
-- customers whom he reaches.
create function customers_with_number(entity text, ending text, most integer) returns setof bigint
  language plpgsql stable security definer rows 20 set search_path = public as $$
begin
  if entity not in ('account', 'card') or access_denied(entity) then return; end if;
  return query execute format('select customer_id from %I where reverse(number) like $1 limit $2', entity) using ending, most;
end $$;
create function customers_known_as(numbers text[]) returns setof bigint
  language sql stable security definer rows 2 set search_path = public as $$
  select i.customer_id from customer_identity i where i.external_id = any(numbers)
  union all
  select m.customer_id from customer_merge m where m.other_number = any(numbers) and m.undone_at is null $$`,
  },
  {
    id: 'customers.003_forget_merged',
    sql: `-- Whoever was merged into an erased customer is erased with him: his row as it was, and the salt of what is sealed in it.
create function forget_merged(customer bigint) returns void
language sql volatile security definer set search_path = public as $$
  update customer_salt s set salt = null, erased_at = now() from customer_merge m
    where m.customer_id = customer and s.customer_id = m.other_id and s.erased_at is null;
  update customer_merge set other_row = '{}', version = -1 where customer_id = customer;
$$`,
  },
  {
    id: 'customers.060_merged_tags',
    sql: `-- Tags that people had set of the merged customer, to be given back.
alter table customer_merge add column tags jsonb not null default '[]';`,
  },
];

import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'records.001_change',
    sql: `-- Customers whose computed state may no longer be true, until the engine has looked: by what changed and on which business date,
-- -infinity for a record, which has none.
create table customer_change (
  customer_id bigint not null,
  entity text not null,
  business_date date not null,
  primary key (customer_id, entity, business_date)
);
-- One row: the newest business date that computed state speaks of; facts after it wait for their day. Null: nothing is computed.
create table change_watermark (
  single_row boolean primary key default true check (single_row),
  as_of date
);
insert into change_watermark (as_of) values (null);
-- What stood where a batch wrote, so that the batch can be withdrawn. customer_id 0: the row is nobody's. before null: the row was
-- new. version: of the record as the batch left it; null where it went elsewhere, and for facts.
create table batch_undo (
  customer_id bigint not null,
  entity text not null,
  id bigint not null,
  batch_id bigint not null,
  before jsonb,
  version integer,
  primary key (customer_id, entity, id, batch_id)
);
create index batch_undo_batch_id on batch_undo using brin (batch_id);
-- What is kept of an erased customer holds his data in clear.
create function forget_undo(customer bigint) returns void
language sql volatile security definer set search_path = public as $$
  delete from batch_undo where customer_id = customer;
$$;
-- Requests see neither table: a change of one customer may concern others out of reach, his household above all.
create function note_changes(customers bigint[], entities text[], dates date[]) returns void
language sql volatile security definer set search_path = public as $$
  insert into customer_change (customer_id, entity, business_date)
    select distinct n.customer_id, n.entity, coalesce(n.business_date, '-infinity')
      from unnest(customers, entities, dates) n(customer_id, entity, business_date) where n.customer_id is not null
    on conflict do nothing;
  select pg_notify('customer_change', '');
$$;
create function note_households(households bigint[]) returns void
language plpgsql volatile security definer set search_path = public as $$
begin
  insert into customer_change (customer_id, entity, business_date)
    select c.id, 'customer', '-infinity' from customer c where c.household_id = any(households)
    on conflict do nothing;
end $$;`,
  },
  {
    id: 'records.070_note_dependents',
    sql: `-- Who holds what is described by a record of nobody, such as a product: also those out of reach of who edits it.
create function note_dependents(tables text[], columns text[], ids bigint[]) returns void
language plpgsql volatile security definer set search_path = public as $$
begin
  for i in 1 .. cardinality(tables) loop
    execute format('insert into customer_change (customer_id, entity, business_date)
      select distinct d.customer_id, %L, ''-infinity''::date from %I d where d.%I = any($1) on conflict do nothing',
      tables[i], tables[i], columns[i]) using ids;
  end loop;
  perform pg_notify('customer_change', '');
end $$;`,
  },
  {
    id: 'records.071_posted',
    sql: `-- Customers of whom new postings are in the metrics already and only the balances and assets have to follow: from the date on, those
-- of a batch in a row. A queue that nobody looks into by customer: written with every batch, so without a key of its own for each of them.
create table customer_posted (
  id bigint generated always as identity primary key,
  business_date date not null,
  customer_ids bigint[] not null
);
alter table customer_posted alter column customer_ids set storage external;`,
  },
];

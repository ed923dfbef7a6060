import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'audit.001_event',
    sql: `create table audit_event (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor_id bigint,
  actor text not null,
  action text not null,
  entity text,
  record_id bigint,
  customer_id bigint,
  detail jsonb
);
create index audit_event_by_customer on audit_event (customer_id, id desc) where customer_id is not null;
create index audit_event_by_actor on audit_event (actor_id, id desc);
create index audit_event_at on audit_event using brin (at);
create function audit_event_is_append_only() returns trigger language plpgsql as
  $$ begin raise exception 'audit events are never changed or deleted'; end $$;
create trigger audit_event_append_only before update or delete or truncate on audit_event
  for each statement execute function audit_event_is_append_only();`,
  },
];

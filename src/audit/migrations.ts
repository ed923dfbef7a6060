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
  {
    id: 'audit.002_chain',
    sql: `
alter table audit_event
  add column retention text,
  add column shard smallint,
  add column seq bigint,
  add column decision text not null default 'allowed' check (decision in ('allowed', 'denied')),
  add column purpose text,
  add column rule text,
  -- Session, address, request and whom the actor stands in for, as the request's transaction was told.
  add column origin jsonb,
  -- The detail enters the chain as sha256(salt, detail), so that an event can be shown and proved without it, and nobody
  -- finds it out by trying.
  add column salt uuid,
  add column detail_hash bytea,
  -- sha256(hash of the event before, sha256(the row as JSON with detail, salt and hash null)); the first of a chain follows
  -- 32 zero bytes.
  add column hash bytea;

-- Where a chain begins whose expired first events were removed.
create table audit_base (
  retention text not null,
  shard smallint not null,
  seq bigint not null,
  hash bytea not null,
  primary key (retention, shard)
);
-- The signed roots, each as the line that also goes to the witnesses.
create table audit_root (
  number bigint primary key,
  at timestamptz not null,
  line text not null
);
-- Which position of which chain a root vouches for: finds roots, proves nothing itself.
create table audit_anchor (
  retention text not null,
  shard smallint not null,
  seq bigint not null,
  hash bytea not null,
  root bigint not null,
  primary key (retention, shard, seq)
);
-- Counts for the lanes of transactions that see one moment: a concurrent change makes their update fail.
create table audit_lane (shard smallint primary key, events bigint not null);
insert into audit_lane select shard, 0 from generate_series(32, 63) as shard;

-- Replaced by the packs' retention.yaml at the first start; this is the state of its first release.
create function audit_retention(action text, entity text) returns text language sql immutable parallel safe as
  $$ select 'anti_money_laundering' $$;

create function audit_lane() returns integer language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  lane integer;
begin
  -- The head of a chain must be seen as it is now. A transaction that sees one moment cannot: it takes a lane that
  -- nobody has used since its moment, which the failing update of the others tells.
  for lane in reverse 63..32 loop
    if pg_try_advisory_xact_lock(7300004, lane) then
      begin
        update audit_lane set events = events + 1 where shard = lane;
        return lane;
      exception when serialization_failure then null;
      end;
    end if;
  end loop;
  raise exception 'no lane of the audit is free' using errcode = 'serialization_failure';
end $$;
revoke execute on function audit_lane() from public;

create function audit_event_chain() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  e audit_event := new;
  lane integer := 0;
  before bytea;
  told jsonb := new.detail;
  secret uuid;
begin
  -- One lane has one writer until its transaction ends. The first free one is taken: there are as many chains as writers
  -- at once, nobody waits for a long transaction, and no row is updated by everybody.
  if current_setting('transaction_isolation') = 'read committed' then
    while not pg_try_advisory_xact_lock(7300004, lane) loop
      lane := lane + 1;
      if lane = 32 then
        lane := pg_backend_pid() % 32;
        perform pg_advisory_xact_lock(7300004, lane);
        exit;
      end if;
    end loop;
  else
    lane := audit_lane();
  end if;
  -- What is hashed must not depend on who writes; the program's own connections speak UTC anyway.
  if current_setting('timezone') <> 'UTC' then
    perform set_config('timezone', 'UTC', true);
  end if;
  if told is not null then
    secret := gen_random_uuid();
    e.detail_hash := sha256(uuid_send(secret) || convert_to(told::text, 'UTF8'));
  else
    e.detail_hash := null;
  end if;
  e.detail := null;
  e.salt := null;
  e.hash := null;
  e.retention := audit_retention(e.action, e.entity);
  e.shard := lane;
  e.origin := nullif(current_setting('tongguan.origin', true), '')::jsonb;
  select head.seq + 1, head.hash into e.seq, before from audit_event head
    where head.retention = e.retention and head.shard = lane order by head.seq desc limit 1;
  if before is null then
    select base.seq + 1, base.hash into e.seq, before from audit_base base where base.retention = e.retention and base.shard = lane;
    if before is null then
      e.seq := 1;
      before := decode(repeat('00', 32), 'hex');
    end if;
  end if;
  e.hash := sha256(before || sha256(convert_to(to_json(e)::text, 'UTF8')));
  e.detail := told;
  e.salt := secret;
  return e;
end $$;

alter table audit_event disable trigger audit_event_append_only;
do $$
declare
  e audit_event;
  n bigint := 0;
  retained text;
  secret uuid;
  before bytea := decode(repeat('00', 32), 'hex');
begin
  perform set_config('timezone', 'UTC', true);
  for e in select * from audit_event order by audit_retention(action, entity), id loop
    e.retention := audit_retention(e.action, e.entity);
    if e.retention is distinct from retained then
      retained := e.retention;
      n := 0;
      before := decode(repeat('00', 32), 'hex');
    end if;
    n := n + 1;
    e.shard := 0;
    e.seq := n;
    if e.detail is not null then
      secret := gen_random_uuid();
      e.detail_hash := sha256(uuid_send(secret) || convert_to(e.detail::text, 'UTF8'));
    else
      secret := null;
    end if;
    e.detail := null;
    before := sha256(before || sha256(convert_to(to_json(e)::text, 'UTF8')));
    update audit_event set retention = e.retention, shard = 0, seq = n, salt = secret, detail_hash = e.detail_hash, hash = before
      where id = e.id;
  end loop;
end $$;
alter table audit_event enable trigger audit_event_append_only;
alter table audit_event
  alter column retention set not null, alter column shard set not null, alter column seq set not null, alter column hash set not null;
create unique index audit_event_chain on audit_event (retention, shard, seq);
create index audit_event_by_record on audit_event (entity, record_id, id desc) where record_id is not null and entity <> 'customer';
create index audit_event_denied on audit_event (id desc) where decision = 'denied';
create trigger audit_event_chain before insert on audit_event for each row execute function audit_event_chain();

-- Only the removal of what is expired may delete, and says so; it never updates.
create or replace function audit_event_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and tg_table_name = 'audit_event' and current_setting('tongguan.audit_prune', true) = 'yes' then
    return null;
  end if;
  raise exception 'audit events are never changed or deleted';
end $$;
create trigger audit_root_append_only before update or delete or truncate on audit_root
  for each statement execute function audit_event_is_append_only();`,
  },
  {
    // A connection that first writes into a small table plans to read all of it for the head of a chain, and keeps that plan
    // while thousands of events follow in one statement.
    id: 'audit.003_head_by_index',
    sql: 'alter function audit_event_chain() set enable_seqscan = off;',
  },
];

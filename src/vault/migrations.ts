import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'vault.001_keys',
    sql: `create table data_key (
  id text primary key,
  kind text not null check (kind in ('seal', 'index')),
  -- What it is for: an entity's code, or entity.field for a blind index.
  purpose text not null,
  cipher text not null,
  -- Id of the master key that wraps it; wrapped it is safe to keep beside the data.
  master text not null,
  wrapped text not null,
  -- Blocks of uses that had been handed out when it was made (see data_key_uses).
  uses_before bigint not null,
  created_at timestamptz not null,
  -- Since when nothing new is sealed with it; null for the current one.
  retired_at timestamptz,
  -- Since when nothing in the database is sealed with it any more.
  unused_at timestamptz,
  -- Index keys: since when every existing value of the column is sealed.
  filled_at timestamptz
);
create unique index data_key_current on data_key (purpose, kind) where retired_at is null;
-- Uses are counted in blocks by a sequence: it is never rolled back, so no use goes uncounted, and nobody waits for it.
create sequence data_key_uses;
create table customer_salt (
  customer_id bigint primary key,
  -- Null once the customer was erased: nothing that was sealed with it can be read again.
  salt bytea,
  erased_at timestamptz,
  check ((salt is null) = (erased_at is not null))
);`,
  },
  {
    id: 'vault.002_index_taken',
    sql: `-- Whether a value stands anywhere, also where the asking person does not reach: blind indexes alone can be asked for.
create function index_taken(entity text, field text, indexes text[], but bigint) returns boolean
  language plpgsql stable security definer set search_path = public as $$
declare found boolean;
begin
  execute format('select exists (select from %I where %I = any($1) and id is distinct from $2)', entity, field || '_index')
    into found using indexes, but;
  return found;
end $$;`,
  },
];

import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'metadata.001_definition',
    sql: `-- What business people define over the packs. The newest version that is no draft is in force; none is ever changed or removed
-- once published. Version 0 is the packs' own and stands in their files.
create table definition (
  kind text not null,
  code text not null,
  version integer not null check (version > 0),
  status text not null check (status in ('draft', 'published', 'retired')),
  body jsonb not null,
  note text,
  created_at timestamptz not null,
  created_by bigint,
  -- Asked for by the maker, where another person has to approve.
  requested_at timestamptz,
  requested_by bigint,
  published_at timestamptz,
  published_by bigint,
  -- The job that makes it complete: back-fill and evaluation.
  job_id bigint,
  primary key (kind, code, version)
);
create unique index definition_draft on definition (kind, code) where status = 'draft';
create function definitions_changed() returns trigger language plpgsql as
  $$ begin perform pg_notify('tongguan_definitions', tg_table_name); return null; end $$;
create trigger definition_changed after insert or update or delete or truncate on definition
  for each statement execute function definitions_changed();`,
  },
];

import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'governance.001_handover',
    sql: `create table handover (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  by_id bigint not null,
  from_id bigint not null,
  reason text not null,
  split text not null,
  include text[] not null,
  -- Per receiver: user id, customers, aum, tasks, members.
  receivers jsonb not null,
  customers integer not null,
  tasks integer not null,
  members integer not null,
  aum numeric not null
);
create index handover_by_from on handover (from_id, id desc);`,
  },
];

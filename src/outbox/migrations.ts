import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'outbox.001_outbox',
    sql: `
create table webhook_target (
  id bigint primary key,
  code text not null unique,
  label jsonb not null,
  url text not null,
  -- Sealed.
  secret text not null,
  -- True: an address within the institution's network; false: a public one.
  internal boolean not null,
  -- Figures that a rule looked at go along.
  figures boolean not null,
  active boolean not null,
  version integer not null default 1,
  updated_at timestamptz not null,
  updated_by bigint
);
create table outbox (
  id bigint primary key,
  at timestamptz not null,
  kind text not null check (kind in ('message', 'webhook')),
  -- Code of a webhook's target, or the channel of a message.
  target text not null,
  customer_id bigint,
  rule text,
  -- A CloudEvent, or the id of the message.
  body jsonb not null,
  status text not null default 'waiting' check (status in ('waiting', 'sent', 'dead', 'refused')),
  not_before timestamptz not null,
  tries integer not null default 0,
  -- Why the last try failed, in both languages.
  error jsonb,
  done_at timestamptz
);
create index outbox_due on outbox (not_before, id) where status = 'waiting' and kind = 'webhook';
create index outbox_newest on outbox (at desc, id desc);
create index outbox_status on outbox (status, at desc, id desc);
create index outbox_customer on outbox (customer_id) where customer_id is not null;`,
  },
];

import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'facts.001_parameter',
    sql: `-- What this institution set instead of the packs' parameters.
create table parameter (
  code text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now(),
  updated_by bigint
);`,
  },
  {
    id: 'facts.002_aum',
    sql: `-- Closing balance of each account as of aum_state.as_of.
create table account_balance (
  customer_id bigint not null,
  account_id bigint not null,
  balance numeric(20,2) not null,
  balance_on date not null,
  primary key (customer_id, account_id)
);
-- A row only where the assets differ from the row before: the curve holds the last value until the next row.
create table aum_daily (
  customer_id bigint not null,
  business_date date not null,
  total numeric(20,2) not null,
  parts jsonb not null,
  primary key (customer_id, business_date)
);
create index aum_daily_business_date on aum_daily using brin (business_date);
-- The newest row of each curve and the total before it, so that yesterday's closing needs no look into the ledger.
create table customer_aum (
  customer_id bigint primary key,
  changed_on date not null,
  total numeric(20,2) not null,
  parts jsonb not null,
  previous_total numeric(20,2) not null
) with (fillfactor = 80);
-- One row: the day that balances, totals and metrics speak of, and by which definitions of metrics; null: recompute from all facts.
create table facts_state (
  single_row boolean primary key default true check (single_row),
  as_of date,
  definitions text
);
insert into facts_state (as_of) values (null);`,
  },
  {
    id: 'facts.003_metric',
    sql: `-- Stored metrics, one typed column each (derived from metrics.yaml); as_of is the day on which the row last changed.
create table customer_metric (
  customer_id bigint primary key,
  as_of date not null
) with (fillfactor = 80);`,
  },
];

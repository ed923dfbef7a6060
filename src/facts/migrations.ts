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
  {
    id: 'facts.010_history',
    sql: `-- What the facts of each customer come to by day, packed (src/facts/engine/history.ts). due: the next date on which a metric changes by
-- time alone. No index on due: it changes with every fact, and a day reads all of them anyway.
create table customer_history (
  customer_id bigint primary key,
  due date,
  hist bytea not null
) with (fillfactor = 80);
-- Histories are short and of no pattern: compressing them would cost more than it saves.
alter table customer_history alter column hist set storage external;
-- The accumulators that the histories were built for; null: build them from the facts.
alter table facts_state add column accumulators jsonb;`,
  },
  {
    id: 'facts.020_assets',
    sql: `-- What of a row's change is money that came or went, all together and by class; the rest is market and income.
-- flows null: nothing moved, or deposits alone.
alter table aum_daily add column flow numeric(20,2) not null default 0, add column flows jsonb;
-- Under whom the unit totals count the customer.
alter table customer_aum add column branch_id bigint not null default 0, add column owner_id bigint not null default 0,
  add column walled boolean not null default false;
-- What a holding was worth, only where that changed; before the first row the first one holds.
create table holding_value (
  customer_id bigint not null,
  holding_id bigint not null,
  business_date date not null,
  market_value numeric(20,2) not null,
  quantity numeric(24,4),
  principal numeric(20,2),
  primary key (customer_id, holding_id, business_date)
);
-- What the ledger knows of each account and holding that is an asset, so that a changed one is found and dated.
create table counted_position (
  customer_id bigint not null,
  position_id bigint not null,
  class text not null,
  currency text not null,
  first_day date not null,
  end_day date not null,
  primary key (customer_id, position_id)
);
create index counted_position_currency on counted_position (currency);
-- The next date after the ledger's last on which time alone changes a customer's assets.
create table aum_due (
  customer_id bigint primary key,
  business_date date not null
);
create index aum_due_business_date on aum_due (business_date);
-- Rates in force from a date on; null where a currency has none. The first of a currency holds since ever.
create table aum_rate (
  currency text not null,
  business_date date not null,
  rate numeric,
  primary key (currency, business_date)
);
-- One row: the first date of the ledger; since its last date changed records are noted (customer_change).
create table aum_state (
  single_row boolean primary key default true check (single_row),
  starts_on date,
  noted boolean not null default false
);
insert into aum_state (starts_on) values (null);
-- Customers who came under another unit or manager: under whom they were until the date. 0 is nobody.
create table aum_move (
  customer_id bigint not null,
  business_date date not null,
  branch_id bigint not null,
  owner_id bigint not null,
  walled boolean not null,
  primary key (customer_id, business_date)
);
-- Sums over customers by unit, manager and class, as of facts_state.as_of; class 'all' is every class together.
create table aum_unit (
  branch_id bigint not null,
  owner_id bigint not null,
  walled boolean not null,
  class text not null,
  amount numeric(24,2) not null,
  customers bigint not null,
  primary key (branch_id, owner_id, walled, class)
);
-- Their changes of a date, only where there are any: change = flow + market + moved_in - moved_out.
create table aum_unit_day (
  business_date date not null,
  branch_id bigint not null,
  owner_id bigint not null,
  walled boolean not null,
  class text not null,
  change numeric(24,2) not null,
  flow numeric(24,2) not null,
  moved_in numeric(24,2) not null,
  moved_out numeric(24,2) not null,
  customers bigint not null,
  primary key (business_date, branch_id, owner_id, walled, class)
);`,
  },
  {
    id: 'facts.030_publications',
    sql: `-- How many publications of definitions the state follows: who knows of fewer must not compute anything.
alter table facts_state add column publications integer not null default 0;`,
  },
];

import type { Migration } from '#database';

export const migrations: Migration[] = [
  {
    id: 'notifications.001_notification',
    sql: `
create table notification (
  user_id bigint not null,
  id bigint not null,
  at timestamptz not null,
  level text not null check (level in ('info', 'warning', 'urgent')),
  -- In both languages; [客户姓名] stands for the customer's name as the reader may see it.
  title jsonb not null,
  text jsonb,
  -- Whom it is about: out of the reader's reach it does not show.
  customer_id bigint,
  -- The page that it leads to, where that is not the customer's.
  path text,
  -- The rule that told it; null: the program itself.
  rule text,
  read_at timestamptz,
  primary key (user_id, id)
);
create index notification_newest on notification (user_id, at desc, id desc);
create index notification_unread on notification (user_id) where read_at is null;
create index notification_customer on notification (customer_id) where customer_id is not null;`,
  },
];

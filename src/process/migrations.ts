import type { Migration } from '#database';
import { REBUILD_FEEDBACK } from './feedback-table.ts';

export const migrations: Migration[] = [
  {
    id: 'process.001_day_plan',
    sql: `create table task_feedback (
  -- Code of the rule; empty for tasks made by people.
  rule text not null,
  -- Who recorded the results; 0 is everybody together.
  user_id bigint not null,
  -- First day of the month in which they were recorded, UTC.
  month date not null,
  result text not null,
  count integer not null,
  primary key (user_id, rule, month, result)
);
create table day_plan_setting (
  user_id bigint primary key,
  -- Null: what the institution set.
  contacts_per_day integer,
  updated_at timestamptz not null
);
do $$ begin
  if to_regclass('task') is not null then
    ${REBUILD_FEEDBACK};
  end if;
end $$;`,
  },
  {
    id: 'process.010_escalations',
    sql: `-- Which overdue tasks a supervisor was told of, by the deadline that was missed: each once.
create table task_escalation (
  task_id bigint not null,
  due_at timestamptz not null,
  told_at timestamptz not null,
  primary key (task_id, due_at)
);`,
  },
];

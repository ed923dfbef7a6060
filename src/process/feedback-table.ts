/** Counts anew what became of the tasks that are done; for a database that has tasks already. */
export const REBUILD_FEEDBACK = `insert into task_feedback (rule, user_id, month, result, count)
  select coalesce(t.rule, ''), p.user_id, date_trunc('month', t.done_at at time zone 'UTC')::date, t.result, count(*)
    from task t cross join lateral unnest(array[0, coalesce(t.done_by_id, 0)]) p (user_id)
   where t.status = 'done' and t.result is not null and t.done_at is not null and (p.user_id = 0 or t.done_by_id is not null)
   group by 1, 2, 3, 4
  on conflict (user_id, rule, month, result) do update set count = excluded.count`;

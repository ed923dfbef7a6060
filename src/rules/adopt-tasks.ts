import type { Database } from '#database';
import { alertIdOf, alertKey } from './alerts.ts';
import { SOURCE } from './source.ts';

const limits = { rowsAtOnce: 5_000 };

interface MadeTask {
  id: string;
  customer_id: string;
  rule: string;
  occasion: string;
}

/**
 * Enters into the ledger of alerts what rules did before there was one: every task of theirs becomes the alert that it stands for, so that
 * its occasion is not taken for new. Does nothing once that is done.
 */
export async function adoptTasks(database: Database): Promise<void> {
  for (let after = '0'; ; ) {
    const { rows } = await database.query<MadeTask>(
      `select t.id, t.customer_id, t.rule, t.occasion from task t
        where t.id > $1 and t.rule is not null and t.occasion is not null and t.source = '${SOURCE}'
          -- By customer alone: after a first day the planner takes the ledger for empty and would read all alerts of the rule for each task.
          and not exists (select from (select a.rule, a.occasion from alert a where a.customer_id = t.customer_id offset 0) a
                           where a.rule = t.rule and a.occasion = t.occasion)
        order by t.id limit ${limits.rowsAtOnce}`,
      [after],
    );
    if (rows.length === 0) return;
    const keys = rows.map(({ customer_id, rule, occasion }) => alertKey(rule, customer_id, occasion));
    await database.query(
      `insert into alert (customer_id, id, source, source_key, as_of, rule, rule_version, occasion, business_date, at, branch, outcome, late,
         subject_entity, subject_id, evidence, actions)
       select t.customer_id, f.alert_id, '${SOURCE}', f.key, t.as_of, t.rule, t.evidence ->> 'version', t.occasion, t.business_date, t.created_at,
              'then', 'acted', false, t.evidence -> 'subject' ->> 'entity', t.evidence -> 'subject' ->> 'id', t.evidence - 'text',
              jsonb_build_array(jsonb_build_object('kind', 'task', 'entity', 'task', 'id', t.id::text))
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) f (customer_id, task_id, alert_id, key)
         join task t on t.customer_id = f.customer_id and t.id = f.task_id
       on conflict do nothing`,
      [rows.map(({ customer_id }) => customer_id), rows.map(({ id }) => id), keys.map(alertIdOf), keys],
    );
    after = rows.at(-1)!.id;
  }
}

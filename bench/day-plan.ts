import { recordId } from '#metadata';
import { BRANCHES, CUSTOMERS_PER_RM, fillCustomers, serve } from './dataset.ts';
import { atMost, type Bench } from './harness.ts';
import { interleaved } from './measure.ts';

/** All of the manager's customers have one open task made by a rule. */
const OPEN_TASKS = CUSTOMERS_PER_RM;
const INTERACTIONS_EACH = 6;
const PLANS = 20;
/** Issue 5: a day plan of 500 open tasks costs at most 15 ms of CPU, PostgreSQL and Node together. */
const PLAN_US_MAX = 15_000;

/** The day plan of a manager with 500 open tasks, each with the evidence of a rule, through the real server with scopes and masks on. */
export const bench: Bench = async (ctx) => {
  const customers = Math.round(BRANCHES * CUSTOMERS_PER_RM * ctx.scale);
  await fillCustomers(ctx.database, customers);
  const manager = recordId('user', 'bench', 'rm');
  const run = (text: string, values: unknown[] = [manager]) =>
    ctx.database.transaction((tx) => tx.query(text, values), { statementTimeoutMs: 0 });
  await run(
    `insert into task (id, customer_id, title, reason, script, priority, assignee_id, due_at, status, business_date, rule, occasion, evidence, source, source_key)
     select c.id, c.id, '产品到期跟进', repeat('“稳健增利”将于 2026-12-01 到期。', 3), repeat('[客户姓名]您好，我是您的客户经理[经理姓名]。', 5),
            (array['highest', 'high', 'normal', 'normal', 'low'])[1 + c.id % 5], $1::bigint, timestamptz '2026-11-18 02:00Z' + c.id % 300 * interval '20 minutes',
            'open', date '2026-11-19', 'rule_' || c.id % 20, c.id::text,
            jsonb_build_object('rule', 'rule_' || c.id % 20, 'version', md5(c.id::text), 'asOf', '2026-11-19',
              'subject', jsonb_build_object('entity', 'holding', 'id', c.id::text),
              'inputs', (select jsonb_agg(jsonb_build_object('code', 'input_' || k, 'label', jsonb_build_object('zh', '指标 ' || k, 'en', 'Input ' || k),
                  'unit', (array['money', 'days', 'date'])[1 + k % 3], 'value', (1000 * k + c.id)::text, 'operator', '<=', 'threshold', '15')) from generate_series(1, 6) k),
              'text', jsonb_build_object('zh', jsonb_build_object('title', '产品到期跟进', 'reason', repeat('“稳健增利”将于 2026-12-01 到期，市值 ' || c.id, 3), 'script', repeat('[客户姓名]您好，我是您的客户经理。', 5)),
                'en', jsonb_build_object('title', 'Follow up a maturing product', 'reason', repeat('It matures on 2026-12-01; value ' || c.id, 3), 'script', repeat('Good morning [客户姓名], this is your manager.', 5)))),
            'rule', c.id::text
       from customer c where c.owner_id = $1::bigint limit ${OPEN_TASKS}`,
  );
  await run(
    `insert into interaction (id, customer_id, at, channel, summary, result, user_id, source, source_key)
     select c.id * 10 + k, c.id, timestamptz '2026-11-20' - k * interval '19 days', 'phone', '电话沟通', (array['reached', 'no_answer', 'interested'])[1 + (c.id + k)::int % 3],
            $1::bigint, 'bench', c.id || '-' || k
       from customer c, generate_series(1, ${INTERACTIONS_EACH}) k where c.owner_id = $1::bigint`,
  );
  // What he has done in half a year.
  await run(
    `insert into task (id, customer_id, title, priority, assignee_id, due_at, status, result, done_at, business_date, rule, source, source_key)
     select c.id * 100 + k, c.id, '已办', 'normal', $1::bigint, timestamptz '2026-11-20' - k * interval '19 days', 'done', 'reached', timestamptz '2026-11-19' - k * interval '19 days',
            date '2026-11-19' - k, 'rule_' || k, 'bench', c.id || '-done-' || k
       from customer c, generate_series(1, 8) k where c.owner_id = $1::bigint`,
  );
  await run(
    `insert into customer_tag (customer_id, tag, since, reason) select c.id, t, date '2026-10-01', '{"inputs":{"a":"1"}}'
       from customer c, unnest(array['silent_warning', 'frequent_trader']) t where c.owner_id = $1::bigint`,
  );
  await ctx.database.query('vacuum analyze task, interaction, customer_tag, customer');
  const { rows } = await ctx.database.query<{ open: string }>(
    "select count(*) as open from task where status = 'open'",
  );
  const openTasks = Number(rows[0]!.open);
  const server = await serve(ctx.database, ctx.clock);
  const rm = await server.as('rm');
  const measured = await interleaved(ctx.database, {
    'day plan': async () => {
      for (let plan = 0; plan < PLANS; plan++) await rm('/api/day-plan');
      return PLANS;
    },
  });
  const { length: bytes } = await rm('/api/day-plan');
  await server.close();
  const plan = measured['day plan'];
  return {
    figures: { customers, openTasks, bytes, perPlan: measured },
    targets: [atMost('CPU-µs per day plan of 500 open tasks', plan.totalUs ?? Number.NaN, PLAN_US_MAX)],
  };
};

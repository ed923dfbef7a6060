import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planMetrics } from '#facts';
import { runDueJobs } from '#jobs';
import { addDays, fixedClock } from '#kernel';
import { withDefinitions } from '#metadata';
import { jobHandlers } from './jobs.ts';
import { type FactBatch, ingestFacts, refresh, runBusinessDay, runBusinessDays } from './public.ts';
import { type TestBank, testBank, testRule, withRules } from './testing.ts';

const DAY = '2026-03-05';
/** A Thursday, 10:00 in Shanghai. */
const NOW = '2026-03-05T02:00:00Z';

let made = 0;
function nextKey(): string {
  made += 1;
  return String(made);
}

/** Money that moves on a customer's account, as an event brings it. */
function moved(bank: TestBank, customer: string, amount: string, date = DAY, key = nextKey()): FactBatch {
  const columns = ['customer', 'business_date', 'sequence', 'account', 'direction', 'amount', 'kind'];
  const id = bank.id('transaction', `live-${key}`);
  const [account, direction] = [bank.id('account', customer), amount.startsWith('-') ? 'out' : 'in'];
  const row = [
    id,
    `live-${key}`,
    bank.id('customer', customer),
    date,
    key,
    account,
    direction,
    amount.replace('-', ''),
    'transfer',
  ];
  return { target: { entity: bank.ctx.model.entity('transaction'), columns, source: 'test', asOf: null }, rows: [row] };
}

const told = async (bank: TestBank) =>
  (
    await bank.rows<{ told: string }>(
      `select concat_ws(' ', a.rule, a.business_date, c.name, a.branch, case when a.late then 'late' end) as told
         from alert a join customer c on c.id = a.customer_id order by 1`,
    )
  ).map((row) => row.told);

async function liveBank(rules: Record<string, unknown>[]): Promise<TestBank> {
  const bank = withRules(await testBank(), rules);
  for (const key of ['a', 'b', 'c']) {
    await bank.customer(key);
    await bank.move(key, '2026-01-05', '100000');
  }
  await runBusinessDays(bank.ctx, addDays(DAY, -1), DAY, { onTime: true });
  bank.ctx.clock = fixedClock(NOW);
  return bank;
}

const hours = (count: number) => [
  { task: { ...(testRule('x', {}).then as { task: object }[])[0]!.task, due: { working_hours: count } } },
];

test('a fact that comes live starts its rules in its own transaction; below, at and above; the same fact again starts nothing', async () => {
  const bank = await liveBank([
    // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
    testRule('outflow', { when: { fact: 'transaction' }, if: 'outflow_1d > aum_previous * 0.3', then: hours(2) }),
    testRule('large', { when: { fact: 'transaction' }, if: 'event_amount >= 30000 and event_direction = "out"' }),
    testRule('turned', { when: { turns: 'outflow_1d >= 30000' } }),
    testRule('member', { when: { fact: 'transaction' }, if: 'tag_silent or event_amount > 10000000' }),
  ]);
  await ingestFacts(bank.ctx, [
    moved(bank, 'a', '-29999.99'),
    moved(bank, 'b', '-30000', DAY, '9000'),
    moved(bank, 'c', '-30000.01'),
  ]);
  const expected = [
    `large ${DAY} b then`,
    `large ${DAY} c then`,
    `outflow ${DAY} c then`,
    `turned ${DAY} b then`,
    `turned ${DAY} c then`,
  ];
  assert.deepEqual(await told(bank), expected);
  const due = await bank.rows<{ due_at: string }>("select due_at from task where rule = 'outflow'");
  assert.deepEqual(due, [{ due_at: '2026-03-05T04:00:00.000Z' }]); // two working hours after 10:00
  await ingestFacts(bank.ctx, [moved(bank, 'b', '-30000', DAY, '9000')]);
  await refresh(bank.ctx);
  await runBusinessDay(bank.ctx, DAY);
  assert.deepEqual(await told(bank), expected);
  // What comes of a day that is over is seen when it is run again, and late.
  await ingestFacts(bank.ctx, [moved(bank, 'a', '-50000', addDays(DAY, -1))]);
  assert.deepEqual(await told(bank), expected);
  await runBusinessDays(bank.ctx, addDays(DAY, -1), DAY);
  assert.ok((await told(bank)).includes(`outflow ${addDays(DAY, -1)} a then late`));
});

test('a rule that fails live leaves the fact and the other rules as they are', async () => {
  const bank = await liveBank([
    testRule('broken', { when: { fact: 'transaction' } }),
    testRule('whole', { when: { fact: 'transaction' } }),
  ]);
  await bank.rows(
    'create function refuse() returns trigger language plpgsql as $$ begin raise exception $m$no$m$; end $$',
  );
  await bank.rows(
    "create trigger refuse before insert on task for each row when (new.rule = 'broken') execute function refuse()",
  );
  await ingestFacts(bank.ctx, [moved(bank, 'a', '-1')]);
  assert.deepEqual(await told(bank), [`whole ${DAY} a then`]);
  const runs = await bank.rows('select rule, status from rule_run where status <> $1', ['done']);
  assert.deepEqual(runs, [{ rule: 'broken', status: 'failed' }]);
});

test('the first fact of a new date opens it: its rules see what is there, and the day is run when it is over', async () => {
  const bank = await liveBank([
    testRule('large', { when: { fact: 'transaction' }, if: 'event_amount >= 30000' }),
    testRule('daily', { occasion: 'business_date', if: 'outflow_1d > 0' }),
  ]);
  const next = addDays(DAY, 1);
  bank.ctx.clock = fixedClock('2026-03-06T02:00:00Z');
  const { database, clock, model } = bank.ctx;
  await ingestFacts(bank.ctx, [moved(bank, 'a', '-40000', next)]);
  await ingestFacts(bank.ctx, [moved(bank, 'b', '-40000', next)]);
  assert.deepEqual(await told(bank), []);
  const jobs = await bank.rows<{ kind: string; key: string }>('select kind, key from job');
  assert.deepEqual(jobs, [{ kind: 'business_days.open', key: next }]);
  await runDueJobs({ database, clock, handlers: jobHandlers(model) });
  assert.deepEqual(await told(bank), [`large ${next} a then`, `large ${next} b then`]);
  assert.deepEqual(await bank.rows('select date, status from business_day order by date desc limit 1'), [
    { date: next, status: 'open' },
  ]);
  await ingestFacts(bank.ctx, [moved(bank, 'c', '-40000', next)]);
  assert.equal((await told(bank)).length, 3);
  await runBusinessDay(bank.ctx, next);
  assert.equal((await told(bank)).filter((each) => each.startsWith(`daily ${next}`)).length, 3);
  assert.equal((await told(bank)).filter((each) => each.startsWith('large')).length, 3);
});

test('a date is not opened by definitions that the stored state does not fit: the job ends, and the next run of a day takes them up', async () => {
  const bank = await liveBank([testRule('large', { when: { fact: 'transaction' }, if: 'event_amount >= 30000' })]);
  const { database, model } = bank.ctx;
  const more = model.data('metrics').find(({ value }) => value.code === 'outflow_1d')!.value;
  const body = { ...more, code: 'outflow_again' };
  const changed = withDefinitions(model, [{ kind: 'metrics', code: body.code, version: 1, body }]);
  for (const statement of await planMetrics(database, changed)) await database.query(statement);
  await runBusinessDay({ ...bank.ctx, model: changed }, DAY);
  const later = addDays(DAY, 3);
  const clock = fixedClock('2026-03-08T02:00:00Z');
  await ingestFacts({ ...bank.ctx, model: changed, clock }, [moved(bank, 'a', '-40000', later)]);
  await runDueJobs({ database, clock, handlers: jobHandlers(model) });
  assert.deepEqual(await bank.rows('select kind, status, result from job'), [
    { kind: 'business_days.open', status: 'done', result: { date: later, opened: false } },
  ]);
  assert.deepEqual(await bank.rows('select as_of from facts_state'), [{ as_of: DAY }]);
});

test('a rule that sets what another waits for starts it in the same run, and a circle of rules ends', async () => {
  const tag = (code: string) => [{ tag: { code } }];
  const rule = (code: string, more: Record<string, unknown>, set: string) =>
    // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
    testRule(code, { ...more, then: tag(set) });
  const [one, two] = ['first_mark', 'second_mark'];
  const marks = [one, two].map((code) => ({ code, label: { zh: code, en: code }, manual: true }));
  const bank = withRules(
    await testBank(),
    [
      rule('begins', { when: { turns: 'aum >= 100000' } }, one),
      rule('follows', { when: { turns: `tag_${one}` }, order: 1 }, two),
      rule('circles', { when: { turns: `tag_${two}` }, order: 0 }, one),
    ],
    marks,
  );
  await bank.customer('a');
  await runBusinessDay(bank.ctx, addDays(DAY, -1), { onTime: true });
  await bank.move('a', DAY, '100000');
  await runBusinessDay(bank.ctx, DAY, { onTime: true });
  assert.deepEqual(await told(bank), [`begins ${DAY} a then`, `circles ${DAY} a then`, `follows ${DAY} a then`]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, fixedClock } from '#kernel';
import { adoptTasks, runBusinessDay, runBusinessDays, type TaskEvidence } from './public.ts';
import { type TestBank, testBank } from './testing.ts';

interface TaskRow {
  customer: string;
  priority: string;
  due_at: string;
  business_date: string;
  occasion: string;
  title: string;
  reason: string;
  script: string;
  assignee_id: string | null;
  evidence: TaskEvidence;
}

function tasks(bank: TestBank, rule: string): Promise<TaskRow[]> {
  return bank.rows<TaskRow>(
    'select c.name as customer, t.* from task t join customer c on c.id = t.customer_id where t.rule = $1 order by t.business_date, 1',
    [rule],
  );
}

const who = (rows: TaskRow[]) => rows.map(({ customer }) => customer);

// A Thursday; the Friday after it is a workday, the weekend is free.
const DAY = '2026-03-05';

test('A-1, A-2: more than 30 % of the closing assets of the day before; above 5 million with highest priority', async () => {
  const bank = await testBank();
  const cases: Record<string, [before: string, out: string]> = {
    'exactly 30 %': ['100000', '-30000'],
    'a cent more': ['100000', '-30000.01'],
    'exactly 5 million': ['5000000', '-2000000'],
    'above 5 million': ['5000000.01', '-2000000'],
    'small change': ['10000', '-9999.99'],
  };
  await bank.add('user', [{ key: 'rm', name: '李经理', username: 'rm' }]);
  for (const [key, [before]] of Object.entries(cases)) {
    await bank.customer(key, { owner: 'rm' });
    await bank.move(key, '2026-01-05', before);
  }
  await bank.customer('invested', { owner: 'rm' });
  await bank.move('invested', '2026-01-05', '100000');
  await runBusinessDay(bank.ctx, addDays(DAY, -1));
  for (const [key, [, out]] of Object.entries(cases)) await bank.move(key, DAY, out);
  await bank.move('invested', DAY, '-90000', 'purchase');
  await runBusinessDay(bank.ctx, DAY, { onTime: true });
  const made = await tasks(bank, 'large_outflow');
  assert.deepEqual(
    made.map(({ customer, priority }) => [customer, priority]),
    [
      ['a cent more', 'high'],
      ['above 5 million', 'highest'],
      ['exactly 5 million', 'high'],
    ],
  );
  const [first] = made;
  // Two working hours of the next workday: it begins at 9.
  assert.equal(first!.due_at, '2026-03-06T03:00:00.000Z');
  assert.equal(first!.assignee_id, bank.id('user', 'rm'));
  assert.equal(first!.occasion, DAY);
  assert.equal(first!.reason, '2026-03-05 转出 ¥3.00 万，占前一日资产 ¥10.00 万的 30%，超过 30%；现有资产 ¥7.00 万。');
  assert.match(first!.evidence.text.en.reason, /^On 2026-03-05 ¥30\.00K left: 30% of the assets of ¥100\.00K/);
  assert.deepEqual(
    first!.evidence.inputs.map(({ code, value, operator, threshold }) => [code, value, operator, threshold].join(' ')),
    ['outflow_share 30.00001 > 30', 'outflow_1d 30000.01 >= 10000', 'aum_previous 100000.00 > 0'],
  );
  assert.match(first!.script, /^\[客户姓名\]您好，我是您的客户经理\[经理姓名\]/);
});

test('the assets of the day before are the denominator, also over days that were not run', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.move('a', '2026-01-05', '1000000');
  await runBusinessDay(bank.ctx, '2026-01-05');
  await bank.move('a', '2026-02-10', '-900000');
  await bank.move('a', '2026-03-05', '-35000');
  await runBusinessDay(bank.ctx, DAY);
  const [task] = await tasks(bank, 'large_outflow');
  assert.equal(task!.evidence.inputs.find(({ code }) => code === 'aum_previous')!.value, '100000.00');
});

test('A-4: silence gives one task each time it happens', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.move('a', '2026-01-01', '100');
  await runBusinessDays(bank.ctx, '2026-01-29', '2026-02-03');
  const [first, ...more] = await tasks(bank, 'silence');
  assert.deepEqual([first!.business_date, first!.occasion, more.length], ['2026-01-31', '2026-01-01', 0]);
  await bank.move('a', '2026-02-04', '1');
  await runBusinessDays(bank.ctx, '2026-02-04', '2026-03-08');
  const all = await tasks(bank, 'silence');
  assert.deepEqual(
    all.map(({ business_date, occasion }) => [business_date, occasion]),
    [
      ['2026-01-31', '2026-01-01'],
      ['2026-03-06', '2026-02-04'],
    ],
  );
});

test('A-5: what matures within 15 days gives one task a record, also when days were missed', async () => {
  const bank = await testBank();
  for (const key of ['a', 'b']) await bank.customer(key);
  await bank.add('product', [{ key: 'p', name: '稳利 90 天', code: 'W90', class: 'wealth' }]);
  const holding = (key: string, maturity: string, more = {}) => ({
    key,
    customer: 'a',
    product: 'p',
    market_value: '1200000',
    bought_on: '2025-12-01',
    maturity_date: maturity,
    ...more,
  });
  await bank.add('holding', [
    holding('in 16 days', addDays(DAY, 16)),
    holding('in 15 days', addDays(DAY, 15)),
    holding('today', DAY),
    holding('yesterday', addDays(DAY, -1)),
    holding('redeemed', addDays(DAY, 3), { redeemed_on: '2026-02-01' }),
  ]);
  await bank.add('loan', [
    { key: 'l', customer: 'b', number: '1', amount: '50000', maturity_date: addDays(DAY, 10) },
    { key: 'm', customer: 'b', number: '2', amount: '50000', maturity_date: addDays(DAY, 40) },
  ]);
  await bank.add('account', [
    { key: 'term', customer: 'b', number: 't', kind: 'term', currency: 'CNY', maturity_date: addDays(DAY, 2) },
  ]);
  await runBusinessDay(bank.ctx, DAY, { onTime: true });
  const holdings = await tasks(bank, 'holding_maturity');
  assert.deepEqual(
    holdings.map(({ evidence }) => evidence.subject!.id).sort(),
    [bank.id('holding', 'in 15 days'), bank.id('holding', 'today')].sort(),
  );
  const later = holdings.find(({ occasion }) => occasion.endsWith(addDays(DAY, 15)))!;
  assert.match(later.reason, /^“稳利 90 天”将于 2026-03-20 到期（还有 15 天），市值 ¥120\.00 万/);
  assert.match(later.script, /您持有的稳利 90 天即将到期/);
  assert.equal(later.priority, 'high');
  assert.equal(later.due_at, '2026-03-09T09:00:00.000Z'); // 17:00 on the second workday, over a weekend
  assert.deepEqual(who(await tasks(bank, 'loan_maturity')), ['b']);
  assert.deepEqual(who(await tasks(bank, 'term_deposit_maturity')), ['b']);
  await runBusinessDay(bank.ctx, addDays(DAY, 6)); // five days were not run
  assert.equal((await tasks(bank, 'holding_maturity')).length, 3);
  await runBusinessDay(bank.ctx, addDays(DAY, 7));
  assert.equal((await tasks(bank, 'holding_maturity')).length, 3);
});

test('a rule with a cool-down is quiet after it fired', async () => {
  const bank = await testBank();
  await bank.customer('a');
  for (const month of ['01', '02', '03', '04', '05', '06'])
    await bank.move('a', `2026-${month}-10`, '200000', 'salary');
  await runBusinessDay(bank.ctx, '2026-03-10');
  await runBusinessDay(bank.ctx, '2026-03-11');
  await runBusinessDay(bank.ctx, '2026-06-07'); // 89 days later
  assert.equal((await tasks(bank, 'idle_salary')).length, 1);
  await runBusinessDay(bank.ctx, '2026-06-08');
  assert.equal((await tasks(bank, 'idle_salary')).length, 2);
});

test('what people did with a task survives a second run', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.move('a', '2026-01-01', '100');
  await runBusinessDay(bank.ctx, '2026-01-31');
  await bank.rows("update task set status = 'done', result = 'reached', version = 2");
  const { counts } = await runBusinessDay(bank.ctx, '2026-01-31');
  assert.equal(counts.tasks, 1);
  assert.deepEqual(await bank.rows('select status, version from task'), [{ status: 'done', version: 2 }]);
});

test('every task of a rule stands in the ledger of alerts; tasks from before there was one are entered into it', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.move('a', '2026-01-01', '100');
  await runBusinessDay(bank.ctx, '2026-01-31', { onTime: true });
  const ledger = `select id, source_key, rule, occasion, business_date, branch, outcome, late, evidence, actions from alert`;
  const [alert, ...more] = await bank.rows<Record<string, unknown> & { actions: { id: string }[] }>(ledger);
  const [task] = await bank.rows<{ id: string }>('select id from task');
  assert.deepEqual(
    [alert!.rule, alert!.occasion, alert!.outcome, alert!.late],
    ['silence', '2026-01-01', 'acted', false],
  );
  assert.deepEqual(alert!.actions, [{ id: task!.id, kind: 'task', entity: 'task' }]);
  assert.equal(more.length, 0);
  await bank.rows('delete from alert');
  await adoptTasks(bank.ctx.database);
  assert.deepEqual(await bank.rows(ledger), [alert]);
  await runBusinessDay(bank.ctx, '2026-02-01');
  assert.equal((await bank.rows('select from task')).length, 1);
});

test('what is not on the desk when work begins on the next workday is late, and due from now', async () => {
  const bank = await testBank();
  const at = (time: string) => ({ ...bank.ctx, clock: fixedClock(time) });
  for (const key of ['in time', 'late']) {
    await bank.customer(key);
    await bank.move(key, '2026-01-05', '100000');
  }
  await runBusinessDay(bank.ctx, '2026-03-04');
  await bank.move('in time', '2026-03-05', '-50000');
  await runBusinessDay(at('2026-03-06T00:59:00Z'), '2026-03-05');
  await bank.move('late', '2026-03-06', '-50000');
  await runBusinessDay(at('2026-03-09T01:01:00Z'), '2026-03-06'); // Monday, a minute after 9
  const alerts = await bank.rows(
    `select c.name, a.late, t.due_at from alert a join customer c on c.id = a.customer_id join task t on t.rule = a.rule
      and t.customer_id = a.customer_id where a.rule = 'large_outflow' order by 1`,
  );
  assert.deepEqual(alerts, [
    { name: 'in time', late: false, due_at: '2026-03-06T03:00:00.000Z' },
    { name: 'late', late: true, due_at: '2026-03-09T03:01:00.000Z' },
  ]);
});

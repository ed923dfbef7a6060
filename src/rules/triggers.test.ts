import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, type BusinessDate, dateOfLunar } from '#kernel';
import { runBusinessDay, runBusinessDays } from './public.ts';
import { type TestBank, testBank, testRule, withRules } from './testing.ts';

const alerts = (bank: TestBank, rule: string) =>
  bank
    .rows<{ told: string }>(
      `select concat_ws(' ', a.business_date, c.name, a.branch, a.outcome, case when a.late then 'late' end) as told
       from alert a join customer c on c.id = a.customer_id where a.rule = $1 order by a.business_date, c.name, a.late, a.occasion`,
      [rule],
    )
    .then((rows) => rows.map(({ told }) => told));

const acted = (bank: TestBank, rule: string) =>
  alerts(bank, rule).then((rows) => rows.map((told) => told.replace(' then acted', '')));

/** Days as they come, each run in time. */
const run = (bank: TestBank, from: BusinessDate, to = from) => runBusinessDays(bank.ctx, from, to, { onTime: true });

test('a fact: each event for itself, or once for the customer; below, at and above; the other branch', async () => {
  const bank = withRules(await testBank(), [
    testRule('large', {
      when: { fact: 'transaction' },
      if: 'event_direction = "in" and event_amount >= 50000',
      values: { doubled: { label: { zh: '两倍', en: 'Twice' }, expression: 'event_amount * 2', unit: 'money' } },
    }),
    testRule('anyone', { when: { fact: 'transaction' }, if: 'transactions_30d >= 2' }),
    testRule('either', {
      when: { fact: 'transaction' },
      if: 'event_amount > 50000',
      else: [{ task: (testRule('x', {}).then as { task: unknown }[])[0]!.task }],
    }),
  ]);
  for (const key of ['below', 'at', 'above']) await bank.customer(key);
  await bank.move('below', '2026-03-02', '49999.99');
  await bank.move('at', '2026-03-02', '50000');
  await bank.move('above', '2026-03-02', '50000.01');
  await bank.move('above', '2026-03-02', '60000');
  await run(bank, '2026-03-02');
  assert.deepEqual(await acted(bank, 'large'), ['2026-03-02 above', '2026-03-02 above', '2026-03-02 at']);
  assert.deepEqual(await acted(bank, 'anyone'), ['2026-03-02 above']);
  assert.deepEqual(await alerts(bank, 'either'), [
    '2026-03-02 above then acted',
    '2026-03-02 above then acted',
    '2026-03-02 at else acted',
    '2026-03-02 below else acted',
  ]);
  const [one] = await bank.rows<{ evidence: { inputs: { code: string; value: string }[] } }>(
    "select a.evidence from alert a join customer c on c.id = a.customer_id where c.name = 'at' and a.rule = 'large'",
  );
  assert.deepEqual(
    one!.evidence.inputs.map(({ code, value }) => [code, value]),
    [
      ['doubled', '100000.00'],
      ['event_direction', 'in'],
      ['event_amount', '50000.00'],
    ],
  );
  const before = await bank.rows('select id from alert union all select id from task order by 1');
  await run(bank, '2026-03-02');
  assert.deepEqual(await bank.rows('select id from alert union all select id from task order by 1'), before);
});

test('dates: before, on and after; every year, 29 February; lunar; festivals; workdays and trading days', async () => {
  const bank = withRules(await testBank(), [
    testRule('birthday', { when: { date: { of: 'birth_date', days: [-1, 0], repeat: 'yearly' } } }),
    testRule('lunar', { when: { date: { of: 'birth_date', days: [0], repeat: 'lunar' } } }),
    testRule('festival', { when: { date: { of: 'festival:mid_autumn_festival', days: [-3] } }, if: 'kind = "person"' }),
    testRule('since', { when: { date: { of: 'since', days: [3], count: 'workdays' } } }),
    testRule('traded', { when: { date: { of: 'since', days: [1], count: 'trading_days' } } }),
  ]);
  await bank.customer('leap', { birth_date: '1992-02-29' });
  await bank.customer('march', { birth_date: '1990-03-01' });
  // The 30th of the twelfth lunar month; that of the year before 2026's New Year (17 February) has 29 days.
  await bank.customer('last', { birth_date: dateOfLunar(1999, 12, 30)! });
  await bank.customer('new', { since: '2026-02-25' });
  await bank.customer('friday', { since: '2026-02-27' });
  await run(bank, '2026-02-15', '2026-03-03');
  assert.deepEqual(await acted(bank, 'birthday'), [
    '2026-02-27 leap',
    '2026-02-28 leap',
    '2026-02-28 march',
    '2026-03-01 march',
  ]);
  assert.deepEqual(
    (await acted(bank, 'lunar')).filter((told) => told.endsWith('last')),
    ['2026-02-16 last'],
  );
  // 25 February is a Wednesday, 28 February a Saturday that is worked: a workday and no trading day.
  assert.deepEqual(
    (await acted(bank, 'since')).filter((told) => /new|friday/.test(told)),
    ['2026-02-28 new', '2026-03-03 friday'],
  );
  assert.deepEqual(
    (await acted(bank, 'traded')).filter((told) => /new|friday/.test(told)),
    ['2026-02-26 new', '2026-03-02 friday'],
  );
  await run(bank, '2026-09-21', '2026-09-22');
  assert.equal((await acted(bank, 'festival')).length, 5);
  assert.ok((await acted(bank, 'festival')).every((told) => told.startsWith('2026-09-22')));
});

test('an occasion whose record came late is made up for within the days of grace, and marked; one that was seen is not', async () => {
  const bank = withRules(await testBank(), [
    testRule('due', {
      subject: 'holding',
      when: { date: { of: 'holding_maturity_date', days: [-15, -7], grace_days: 3 } },
    }),
    testRule('strict', {
      subject: 'holding',
      when: { date: { of: 'holding_maturity_date', days: [-15] } },
      if: 'aum > 0',
    }),
  ]);
  await bank.add('product', [{ key: 'p', name: '稳利', code: 'W', class: 'wealth' }]);
  await bank.customer('a');
  const holding = (key: string, maturity: string) => ({
    key,
    customer: 'a',
    product: 'p',
    market_value: '0',
    maturity_date: maturity,
  });
  await bank.add('holding', [holding('in time', '2026-04-15')]);
  await run(bank, '2026-03-29', '2026-03-31');
  assert.deepEqual(await acted(bank, 'due'), ['2026-03-31 a']);
  await bank.add('holding', [
    holding('one day late', '2026-04-15'),
    holding('three days late', '2026-04-13'),
    holding('four days late', '2026-04-12'),
  ]);
  await run(bank, '2026-04-01');
  assert.deepEqual(await acted(bank, 'due'), ['2026-03-29 a late', '2026-03-31 a', '2026-03-31 a late']);
  // The assets come after the day on which they were missed: that day was looked at.
  await bank.move('a', '2026-04-02', '100');
  await run(bank, '2026-04-02');
  assert.deepEqual(await acted(bank, 'strict'), []);
});

test('a schedule: workdays, weeks, months, quarters; put off to the next workday', async () => {
  const rule = (code: string, schedule: Record<string, unknown>) => testRule(code, { when: { schedule } });
  const bank = withRules(await testBank(), [
    rule('workday', { every: 'workday' }),
    rule('monday', { every: 'week', on: 1 }),
    rule('month', { every: 'month', on: 1 }),
    rule('month_shifted', { every: 'month', on: 1, shift: 'next_workday' }),
    rule('last', { every: 'month', on: -1 }),
    rule('thirtieth', { every: 'month', on: 30 }),
    rule('quarter', { every: 'quarter', on: 1 }),
  ]);
  await bank.customer('a');
  await run(bank, '2026-01-31', '2026-03-03');
  const dates = async (code: string) => (await acted(bank, code)).map((told) => told.slice(5, 10)).join(' ');
  assert.equal(await dates('monday'), '02-02 02-09 02-16 02-23 03-02');
  assert.equal(await dates('month'), '02-01 03-01');
  assert.equal(await dates('month_shifted'), '02-02 03-02');
  assert.equal(await dates('last'), '01-31 02-28');
  assert.equal(await dates('thirtieth'), '02-28');
  assert.equal(await dates('quarter'), '');
  assert.ok(!(await dates('workday')).includes('02-17') && (await dates('workday')).includes('02-28'));
});

test('a turn and a change: what is there at first is none; each later one is, once', async () => {
  const bank = withRules(await testBank(), [
    testRule('rich', { when: { turns: 'aum >= 1000000' } }),
    testRule('moved', { when: { change: 'tier' }, if: 'value_now = "wealth"' }),
    testRule('status', { subject: 'loan', when: { change: 'loan_status' }, if: 'value_now = "overdue"' }),
  ]);
  for (const key of ['always', 'later', 'never']) await bank.customer(key);
  await bank.move('always', '2026-03-01', '1000000');
  await bank.move('later', '2026-03-01', '999999.99');
  const loan = (status: string) =>
    bank.add('loan', [{ key: 'l', customer: 'never', number: '1', amount: '5', status }]);
  await loan('current');
  await run(bank, '2026-03-02');
  assert.deepEqual(await bank.rows('select from alert'), []);
  await bank.move('later', '2026-03-03', '0.01');
  await loan('overdue');
  await bank.customer('fresh');
  await bank.move('fresh', '2026-03-03', '1000000');
  await run(bank, '2026-03-03', '2026-03-04');
  assert.deepEqual(await acted(bank, 'rich'), ['2026-03-03 fresh', '2026-03-03 later']);
  assert.deepEqual(await acted(bank, 'status'), ['2026-03-03 never']);
  await bank.move('later', '2026-03-05', '-1000');
  await run(bank, '2026-03-05');
  await bank.move('later', '2026-03-06', '500000');
  await run(bank, '2026-03-06');
  assert.deepEqual(await acted(bank, 'rich'), ['2026-03-03 fresh', '2026-03-03 later', '2026-03-06 later']);
  assert.deepEqual(await acted(bank, 'moved'), ['2026-03-06 later']);
});

test('an announcement concerns all who hold what it is about, once', async () => {
  const bank = withRules(await testBank(), [
    testRule('news', {
      subject: 'holding',
      when: { record: 'announcement' },
      if: 'event_severity = "major_bad" and holding_market_value >= 100000',
    }),
  ]);
  for (const key of ['p', 'q']) await bank.add('product', [{ key, name: key, code: key, class: 'stock' }]);
  for (const key of ['a', 'b', 'c']) await bank.customer(key);
  await bank.add('holding', [
    { key: '1', customer: 'a', product: 'p', market_value: '100000' },
    { key: '2', customer: 'b', product: 'p', market_value: '99999.99' },
    { key: '3', customer: 'c', product: 'q', market_value: '100000' },
  ]);
  const announce = (key: string, severity: string) =>
    bank.add('announcement', [{ key, product: 'p', title: key, at: '2026-03-01T01:00:00Z', severity }]);
  await announce('old', 'major_bad');
  await run(bank, '2026-03-02');
  await announce('minor', 'bad');
  await announce('new', 'major_bad');
  await run(bank, '2026-03-03', '2026-03-04');
  assert.deepEqual(await acted(bank, 'news'), ['2026-03-03 a']);
});

test('cool-down, group, hold-out, effective dates and the limit of a day', async () => {
  const daily = { occasion: 'business_date' };
  const bank = withRules(await testBank(), [
    testRule('quiet', { ...daily, cooldown_days: 3 }),
    testRule('second', { ...daily, group: 'g', order: 2 }),
    testRule('first', { ...daily, group: 'g', order: 1, if: 'aum > 0' }),
    testRule('half', { ...daily, hold_out_percent: 50 }),
    testRule('dated', { ...daily, effective: { from: '2026-03-03', until: '2026-03-03' } }),
    testRule('storm', { ...daily, alerts_per_day: 2 }),
  ]);
  const customers = Array.from({ length: 12 }, (_, index) => `c${String(index).padStart(2, '0')}`);
  for (const key of customers) await bank.customer(key);
  await bank.move('c01', '2026-03-01', '1');
  await run(bank, '2026-03-02', '2026-03-05');
  const counted = await bank.rows<{ told: string }>(
    `select concat_ws(' ', rule, to_char(business_date, 'DD'), outcome, count(*)) as told from alert
      where rule <> 'half' group by rule, business_date, outcome order by rule, business_date, outcome`,
  );
  const told = (rule: string) => counted.map((row) => row.told).filter((text) => text.startsWith(`${rule} `));
  assert.deepEqual(told('quiet'), ['quiet 02 acted 12', 'quiet 05 acted 12']);
  assert.deepEqual(
    told('first'),
    ['02', '03', '04', '05'].map((day) => `first ${day} acted 1`),
  );
  assert.deepEqual(told('second').slice(0, 2), ['second 02 acted 11', 'second 02 grouped 1']);
  assert.deepEqual(told('dated'), ['dated 03 acted 12']);
  assert.deepEqual(told('storm').slice(0, 2), ['storm 02 acted 2', 'storm 02 over_limit 2']);
  const held = await bank.rows<{ days: string; outcomes: string }>(
    "select count(*) as days, count(distinct outcome) as outcomes from alert where rule = 'half' group by customer_id",
  );
  assert.ok(
    held.every(({ days, outcomes }) => days === '4' && outcomes === '1'),
    'always the same customers',
  );
  const [{ share }] = (await bank.rows<{ share: number }>(
    "select (count(*) filter (where outcome = 'held_out'))::float / count(*) as share from alert where rule = 'half'",
  )) as [{ share: number }];
  assert.ok(share > 0 && share < 1);
  const tasks = await bank.rows(
    "select from task t where not exists (select from alert a where a.customer_id = t.customer_id and a.rule = t.rule and a.occasion = t.occasion and a.outcome = 'acted')",
  );
  assert.equal(tasks.length, 0, 'tasks of alerts that acted alone');
  const runs = await bank.rows<{ rule: string; status: string; alerts: number; waiting: number }>(
    "select rule, status, alerts, waiting from rule_run where business_date = '2026-03-02' order by rule",
  );
  assert.deepEqual(
    runs.filter(({ rule }) => rule === 'storm'),
    [{ rule: 'storm', status: 'over_limit', alerts: 4, waiting: 2 }],
  );
  // What is gone makes room again on the same date.
  await bank.rows("delete from alert where rule = 'storm' and business_date = '2026-03-05' and outcome = 'acted'");
  await run(bank, '2026-03-05', '2026-03-05');
  const again = await bank.rows<{ told: string }>(
    "select concat_ws(' ', outcome, count(*)) as told from alert where rule = 'storm' and business_date = '2026-03-05' group by outcome order by outcome",
  );
  assert.deepEqual(
    again.map((row) => row.told),
    ['acted 2', 'over_limit 2'],
  );
  const reckoned = await bank.rows<{ enough: boolean }>(
    `select r.alerts_max >= (select count(*) from alert a where a.rule = r.rule and a.business_date = r.business_date
        and a.outcome in ('acted', 'over_limit')) as enough from rule_reckoning r`,
  );
  assert.ok(reckoned.length > 0 && reckoned.every(({ enough }) => enough));
});

test('a rule that fails is kept with the day, and the others have run', async () => {
  const bank = withRules(await testBank(), [testRule('broken', {}), testRule('whole', { occasion: 'business_date' })]);
  await bank.customer('a');
  await bank.rows(
    'create function refuse() returns trigger language plpgsql as $$ begin raise exception $m$no$m$; end $$',
  );
  await bank.rows(
    "create trigger refuse before insert on alert for each row when (new.rule = 'broken') execute function refuse()",
  );
  const { counts } = await runBusinessDay(bank.ctx, '2026-03-02', { onTime: true });
  assert.equal(counts.tasks, 1);
  const runs = await bank.rows<{ rule: string; status: string; error: { en: string } | null }>(
    'select rule, status, error from rule_run order by rule',
  );
  assert.deepEqual(
    runs.map(({ rule, status }) => `${rule} ${status}`),
    ['broken failed', 'whole done'],
  );
  assert.match(runs[0]!.error!.en, /defect/);
  await bank.rows('drop trigger refuse on alert');
  await run(bank, addDays('2026-03-02', 0));
  assert.deepEqual(await acted(bank, 'whole'), ['2026-03-02 a']);
});

test('an earlier day sees tags, segments and tier as they were on it', async () => {
  const valued = { code: 'valued', label: { zh: '重点', en: 'Valued' }, if: 'aum < 0' };
  const bank = withRules(
    await testBank(),
    [
      testRule('marked', { if: 'tag_watched' }),
      testRule('unmarked', { if: 'not(tag_watched)' }),
      testRule('grouped', { if: 'segment_valued' }),
      testRule('rich', { if: 'tier = "high_net_worth"' }),
    ],
    [],
    [valued],
  );
  for (const key of ['then', 'later']) await bank.customer(key);
  await bank.move('then', '2026-03-02', '8000000');
  await run(bank, '2026-03-01', '2026-03-02');
  await bank.move('then', '2026-03-04', '-8000000');
  await bank.move('later', '2026-03-04', '8000000');
  await run(bank, '2026-03-04');
  for (const [key, since, until] of [
    ['then', '2026-03-02', '2026-03-04'],
    ['later', '2026-03-04', null],
  ] as const) {
    for (const [table, column, code] of [
      ['customer_tag', 'tag', 'watched'],
      ['customer_segment', 'segment', 'valued'],
    ]) {
      await bank.rows(
        `insert into ${table} (customer_id, ${column}, since, until, reason) values ($1, $2, $3, $4, '{}') on conflict do nothing`,
        [bank.id('customer', key), code, since, until],
      );
    }
  }
  await run(bank, '2026-03-03');
  const third = async (rule: string) => (await acted(bank, rule)).filter((told) => told.startsWith('2026-03-03'));
  assert.deepEqual(await third('marked'), ['2026-03-03 then']);
  assert.deepEqual(await third('unmarked'), ['2026-03-03 later']);
  assert.deepEqual(await third('grouped'), ['2026-03-03 then']);
  assert.deepEqual(await third('rich'), ['2026-03-03 then']);
  const failed = await bank.rows("select rule, error from rule_run where status = 'failed'");
  assert.deepEqual(failed, []);
});

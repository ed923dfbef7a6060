import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DayContext } from '../day-context.ts';
import { runBusinessDay } from '../public.ts';
import { type TestBank, testBank } from '../testing.ts';

// A Thursday; the Friday after it is a workday.
const DAY = '2026-03-05';
const BEFORE = '2026-03-04';

const text = (zh: string, en = zh) => ({ zh, en });

/** The day's context with these rules alone; every customer with more than 1,000 fires. */
function withRule(bank: TestBank, then: object[], more: object = {}): DayContext {
  const { model } = bank.ctx;
  const value = {
    code: 'test_rule',
    label: text('测试规则', 'Test rule'),
    subject: 'customer',
    when: 'day',
    if: 'aum > 1000',
    occasion: 'business_date',
    then,
    ...more,
  };
  const data = (kind: string) => (kind === 'rules' ? [{ file: 'rules.yaml', value }] : model.data(kind));
  return { ...bank.ctx, model: { ...model, data } };
}

/** A branch with a team: manager, supervisor, head; a specialist and compliance at the head office. */
async function bankWithPeople(): Promise<TestBank> {
  const bank = await testBank();
  const unit = (key: string, kind: string, parent: string | null) => ({ key, name: key, code: key, kind, parent });
  await bank.add('org_unit', [unit('head_office', 'head_office', null), unit('east', 'sub_branch', 'head_office')]);
  const user = (key: string, role: string, org_unit: string, active = 'true') => ({
    key,
    name: key,
    username: key,
    roles: `{${role}}`,
    org_unit,
    active,
  });
  await bank.add('user', [
    user('rm', 'rm', 'east'),
    user('rm_two', 'rm', 'east'),
    user('gone', 'rm', 'east', 'false'),
    user('boss', 'supervisor', 'east'),
    user('director', 'branch_head', 'east'),
    user('watch', 'compliance', 'head_office'),
    user('desk', 'service_agent', 'head_office'),
    user('expert', 'rm', 'head_office'),
  ]);
  const customer = async (key: string, more: Record<string, string> = {}) => {
    await bank.customer(key, { branch: 'east', owner: 'rm', ...more });
    await bank.move(key, '2026-01-05', '5000.5');
  };
  await customer('served', { phone: '13800000001' });
  await customer('walled', { walled: 'true' });
  await bank.customer('orphan', { branch: 'east' });
  await bank.move('orphan', '2026-01-05', '5000');
  await customer('left', { owner: 'gone' });
  await bank.customer('poor', { branch: 'east', owner: 'rm' });
  await bank.move('poor', '2026-01-05', '1000');
  await bank.add('customer_member', [
    { key: 'm', customer: 'served', user: 'expert', role: 'specialist', starts_on: '2026-01-01' },
  ]);
  await runBusinessDay(bank.ctx, BEFORE);
  return bank;
}

const HOLDERS: [string, unknown][] = [
  ['manager', 'manager'],
  ['supervisor', 'supervisor'],
  ['team', 'service_team'],
  ['compliance', { role: 'compliance' }],
  ['desk', { role: 'service_agent' }],
];

/** Runs the day twice: the second time nothing may be made. */
async function twice(bank: TestBank, then: object[], tables: string[], more: object = {}): Promise<void> {
  const ctx = withRule(bank, then, more);
  const state = async () =>
    JSON.stringify(
      await Promise.all(tables.map((table) => bank.rows(`select * from ${table} t order by to_jsonb(t)::text`))),
    );
  await runBusinessDay(ctx, DAY, { onTime: true });
  const first = await state();
  await runBusinessDay(ctx, DAY, { onTime: true });
  assert.equal(await state(), first, 'a second run makes nothing');
}

test('the right person: manager, else head of the branch; supervisor; service team; nearest holders of a role; walls', async () => {
  const bank = await bankWithPeople();
  const then = HOLDERS.map(([name, assignee]) => ({
    task: {
      title: text(name),
      reason: text('r'),
      script: text('s'),
      priority: 'normal',
      due: { workdays: 1, at: '17:00' },
      assignee,
    },
  }));
  await twice(bank, then, ['task', 'alert']);
  const rows = await bank.rows<{ customer: string; title: string; who: string | null }>(
    `select c.name as customer, t.title, u.name as who from task t join customer c on c.id = t.customer_id left join "user" u on u.id = t.assignee_id where t.rule = 'test_rule'`,
  );
  const of = (customer: string) =>
    Object.fromEntries(rows.filter((row) => row.customer === customer).map(({ title, who }) => [title, who]));
  assert.deepEqual(of('served'), {
    manager: 'rm',
    supervisor: 'boss',
    team: 'expert',
    compliance: 'watch',
    desk: 'desk',
  });
  // Who has no manager, or one who left, is the head's.
  const orphan = { manager: 'director', supervisor: 'director', team: 'director', compliance: 'watch', desk: 'desk' };
  assert.deepEqual(of('orphan'), orphan);
  assert.deepEqual(of('left'), orphan);
  // Behind a wall only his own, and who crosses walls.
  assert.deepEqual(of('walled'), { manager: 'rm', supervisor: 'rm', team: 'rm', compliance: 'watch', desk: 'rm' });
  assert.deepEqual(of('poor'), {});
});

test('notifications reach each person once, in both languages, with the values of the occasion', async () => {
  const bank = await bankWithPeople();
  const then = [
    {
      notify: {
        to: ['manager', 'supervisor', { role: 'branch_head' }],
        title: text('[客户姓名]资产 {aum}', '[客户姓名] has {aum}'),
        text: text('{business_date} 资产 {aum}', '{aum} on {business_date}'),
        level: 'urgent',
      },
    },
  ];
  await twice(bank, then, ['notification', 'alert']);
  const rows = await bank.rows<{
    customer: string;
    who: string;
    title: object;
    text: object;
    level: string;
    rule: string;
  }>(
    `select c.name as customer, u.name as who, n.title, n.text, n.level, n.rule from notification n join customer c on c.id = n.customer_id join "user" u on u.id = n.user_id order by 1, 2`,
  );
  assert.deepEqual(
    rows.map(({ customer, who }) => `${customer} ${who}`),
    ['left director', 'orphan director', 'served boss', 'served director', 'served rm', 'walled rm'],
  );
  assert.deepEqual(rows[2]!.title, { zh: '[客户姓名]资产 ¥5,000.50', en: '[客户姓名] has ¥5.00K' });
  assert.deepEqual(rows[2]!.text, { zh: '2026-03-05 资产 ¥5,000.50', en: '¥5.00K on 2026-03-05' });
  assert.deepEqual([rows[2]!.level, rows[2]!.rule], ['urgent', 'test_rule']);
});

test('a case, a process, an opportunity with its amount; each kept in the alert that caused it', async () => {
  const bank = await bankWithPeople();
  const then = [
    {
      case: {
        kind: 'retention',
        title: text('挽留'),
        text: text('资产 {aum}'),
        priority: [{ if: 'aum > 5000', level: 'high' }, { level: 'low' }],
        due: { workdays: 2, at: '17:00' },
      },
    },
    { process: { code: 'rectify', title: text('整改') } },
    { opportunity: { title: text('商机'), reason: text('资产 {aum}'), amount: 'aum / 3', close_days: 10 } },
  ];
  await twice(bank, then, ['service_case', 'opportunity', 'alert']);
  const cases = await bank.rows<Record<string, string>>(
    `select s.kind, s.title, s.text, s.priority, s.status, s.process, s.due_at::text, u.name as who from service_case s
       join customer c on c.id = s.customer_id join "user" u on u.id = s.assignee_id where c.name = 'served' order by s.kind`,
  );
  assert.deepEqual(
    cases.map(({ kind, priority, process, who, text: words }) => [kind, priority, process, who, words]),
    [
      ['process', 'normal', 'rectify', 'expert', null],
      ['retention', 'high', null, 'expert', '资产 ¥5,000.50'],
    ],
  );
  const [orphan] = await bank.rows<{ priority: string }>(
    `select s.priority from service_case s join customer c on c.id = s.customer_id where c.name = 'orphan' and s.kind = 'retention'`,
  );
  assert.equal(orphan!.priority, 'low');
  const [opportunity] = await bank.rows<Record<string, string>>(
    `select o.amount::text, o.opened_on::text, o.next_contact::text, o.closes_on::text, o.stage, u.name as who from opportunity o
       join customer c on c.id = o.customer_id join "user" u on u.id = o.assignee_id where c.name = 'served'`,
  );
  assert.deepEqual(opportunity, {
    amount: '1666.83',
    opened_on: '2026-03-05',
    next_contact: '2026-03-06',
    closes_on: '2026-03-15',
    stage: 'lead',
    who: 'rm',
  });
  const [alert] = await bank.rows<{ actions: { kind: string; entity: string }[] }>(
    `select a.actions from alert a join customer c on c.id = a.customer_id where c.name = 'served' and a.rule = 'test_rule'`,
  );
  assert.deepEqual(
    alert!.actions.map(({ kind, entity }) => `${kind} ${entity}`),
    ['case service_case', 'process service_case', 'opportunity opportunity'],
  );
});

test('a tag is set for so many days, told as a change of membership, and ends by itself', async () => {
  const bank = await bankWithPeople();
  const [tag] = bank.ctx.model
    .data('tags')
    .filter(({ value }) => value.manual)
    .map(({ value }) => String(value.code));
  await twice(bank, [{ tag: { code: tag!, days: 3 } }], ['customer_tag', 'membership_change', 'alert']);
  const spans = () =>
    bank.rows<Record<string, string>>(
      `select c.name, g.since::text, g.until::text, g.expires_on::text from customer_tag g join customer c on c.id = g.customer_id where g.tag = $1 order by 1`,
      [tag],
    );
  assert.deepEqual(
    (await spans()).map(({ name, since, expires_on }) => [name, since, expires_on]),
    ['left', 'orphan', 'served', 'walled'].map((name) => [name, DAY, '2026-03-08']),
  );
  const changes = await bank.rows(`select * from membership_change where kind = 'tag' and code = $1 and entered`, [
    tag,
  ]);
  assert.equal(changes.length, 4);
  for (const date of ['2026-03-06', '2026-03-07', '2026-03-08']) await runBusinessDay(bank.ctx, date);
  assert.deepEqual(
    (await spans()).map(({ until }) => until),
    Array(4).fill('2026-03-08'),
  );
});

test('messages wait, are refused without an address, and go to each of the staff once', async () => {
  const bank = await bankWithPeople();
  await bank.add('customer', [{ key: 'walled', name: 'walled', kind: 'person', contact_wish: 'none' }]);
  const then = [
    { message: { channel: 'sms', to: 'customer', text: text('[客户姓名]您好') } },
    { message: { channel: 'sms', to: 'supervisor', text: text('请关注') } },
  ];
  await twice(bank, then, ['message', 'outbox', 'alert']);
  const rows = await bank.rows<Record<string, string>>(
    `select c.name, m.audience, m.status, m.refusal, u.name as who, (select count(*) from outbox o where o.body->>'message' = m.id::text) as out
       from message m join customer c on c.id = m.customer_id left join "user" u on u.id = m.recipient_id order by 2, 1`,
  );
  assert.deepEqual(
    rows.map(({ name, audience, status, refusal, who, out }) => [name, audience, status, refusal, who, out]),
    [
      ['left', 'customer', 'refused', 'no_address', null, '0'],
      ['orphan', 'customer', 'refused', 'no_address', null, '0'],
      ['served', 'customer', 'waiting', null, null, '1'],
      ['walled', 'customer', 'refused', 'do_not_disturb', null, '0'],
      ['left', 'employee', 'waiting', null, 'director', '1'],
      ['orphan', 'employee', 'waiting', null, 'director', '1'],
      ['served', 'employee', 'waiting', null, 'boss', '1'],
      ['walled', 'employee', 'waiting', null, 'rm', '1'],
    ],
  );
});

test('an event for another system tells of the alert and names no person', async () => {
  const bank = await bankWithPeople();
  await twice(bank, [{ webhook: { target: 'hub' } }], ['outbox', 'alert']);
  const rows = await bank.rows<{ body: { subject: string; data: Record<string, unknown> } }>(
    `select o.body from outbox o join customer c on c.id = o.customer_id where c.name = 'served'`,
  );
  assert.equal(rows.length, 1);
  const { data } = rows[0]!.body;
  assert.deepEqual([data.rule, data.businessDate, data.branch, data.late], ['test_rule', DAY, 'then', false]);
  assert.deepEqual(data.figures, { aum: '5000.50' });
  assert.doesNotMatch(JSON.stringify(rows[0]!.body), /13800000001/);
});

test('a service level changes once, with the audit and for the metrics that look at it', async () => {
  const bank = await bankWithPeople();
  await twice(bank, [{ service_level: { level: 'dedicated' } }], ['customer', 'alert']);
  const rows = await bank.rows<{ name: string }>(
    `select name from customer where service_level = 'dedicated' order by 1`,
  );
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['left', 'orphan', 'served', 'walled'],
  );
  const events = await bank.rows<{ detail: { after: object }; rule: string }>(
    `select detail, rule from audit_event where entity = 'customer' and action = 'update'`,
  );
  assert.equal(events.length, 4);
  assert.deepEqual([events[0]!.detail.after, events[0]!.rule], [{ service_level: 'dedicated' }, 'test_rule']);
});

test('customers without a manager go to whoever has the fewest, in the branch', async () => {
  const bank = await bankWithPeople();
  await twice(bank, [{ assign: { among: { role: 'rm' } } }], ['customer', 'alert']);
  const rows = await bank.rows<{ name: string; who: string }>(
    `select c.name, u.name as who from customer c join "user" u on u.id = c.owner_id order by 1`,
  );
  assert.deepEqual(
    rows.map(({ name, who }) => `${name} ${who}`),
    ['left rm_two', 'orphan rm_two', 'poor rm', 'served rm', 'walled rm'],
  );
  const events = await bank.rows(`select from audit_event where entity = 'customer' and action = 'update'`);
  assert.equal(events.length, 2);
});

test('a task keeps the profile of the customer where the rule asks for it', async () => {
  const bank = await bankWithPeople();
  await bank.add('product', [{ key: 'p', name: '稳健理财', code: 'p', class: 'wealth' }]);
  await bank.add('holding', [
    { key: 'h', customer: 'served', product: 'p', market_value: '700', currency: 'CNY', bought_on: '2026-01-02' },
  ]);
  const task = {
    title: text('t'),
    reason: text('r'),
    script: text('s'),
    priority: 'normal',
    due: { working_hours: 1 },
  };
  await twice(bank, [{ task: { ...task, snapshot: true } }], ['task']);
  const [row] = await bank.rows<{ evidence: { snapshot: { aum: string; holdings: object[]; bought: object[] } } }>(
    `select t.evidence from task t join customer c on c.id = t.customer_id where c.name = 'served'`,
  );
  const { aum, holdings, bought } = row!.evidence.snapshot;
  assert.equal(aum, '5700.50');
  assert.deepEqual(holdings, [{ product: '稳健理财', class: 'wealth', value: '700.00', matures: null }]);
  assert.deepEqual(bought, [{ class: 'wealth', times: 1, last: '2026-01-02' }]);
});

test('nothing is done about a customer whose personal data was erased; what there is not is refused with its place', async () => {
  const bank = await bankWithPeople();
  await bank.rows(
    `insert into customer_salt (customer_id, salt, erased_at) values ($1, null, now()) on conflict (customer_id) do update set erased_at = now(), salt = null`,
    [bank.id('customer', 'served')],
  );
  await twice(bank, [{ webhook: { target: 'hub' } }, { service_level: { level: 'preferred' } }], ['outbox', 'alert']);
  assert.equal((await bank.rows('select from outbox')).length, 3);
  assert.equal((await bank.rows(`select from customer where service_level = 'preferred'`)).length, 3);

  const refused = async (action: object, reason: RegExp) =>
    assert.rejects(runBusinessDay(withRule(bank, [action]), '2026-03-06'), reason);
  await refused({ tag: { code: 'silent' } }, /then\/0\/tag\/code.*manual tag/s);
  await refused({ service_level: { level: 'gold' } }, /then\/0\/service_level\/level.*preferred/s);
  await refused({ assign: { among: { role: 'king' } } }, /then\/0\/assign\/among\/role.*king/s);
});

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { defaultInstitution } from '#access';
import { systemActor } from '#kernel';
import { renewDefinitions, runBusinessDay } from '#rules';
import { ids, seedRows, testServer } from './testing.ts';

const server = await testServer();
after(() => server.close());
const { database, model, clock } = server;

const posted = (
  key: string,
  customer: number,
  date: string,
  direction: 'in' | 'out',
  amount: string,
  after: string,
) => ({
  key,
  customer: ids.customer(customer),
  account: ids.account(`A${customer}`),
  business_date: date,
  sequence: '1',
  direction,
  amount,
  balance_after: after,
  currency: 'CNY',
  kind: 'transfer',
});

// The limit is 30 %: below, at and above it.
await seedRows(
  database,
  model,
  'account',
  [1, 3, 5].map((customer) => ({
    key: `A${customer}`,
    customer: ids.customer(customer),
    number: `A${customer}`,
    kind: 'current',
    currency: 'CNY',
    opened_on: '2026-01-02',
  })),
);
await seedRows(database, model, 'transaction', [
  ...[1, 3, 5].map((customer) => posted(`in${customer}`, customer, '2026-11-17', 'in', '1000000.00', '1000000.00')),
  posted('below', 1, '2026-11-18', 'out', '299999.99', '700000.01'),
  posted('at', 3, '2026-11-18', 'out', '300000.00', '700000.00'),
  posted('above', 5, '2026-11-18', 'out', '300000.01', '699999.99'),
]);
const day = { database, model, clock, actor: systemActor, institution: { ...defaultInstitution } };
for (const date of ['2026-11-17', '2026-11-18', '2026-11-19']) await runBusinessDay(day, date);

const why = async (customer: number, date?: string, as = 'head02', rule = 'large_outflow') => {
  const query = `customer=${ids.customer(customer)}${date ? `&date=${date}` : ''}`;
  return await server.call('GET', `/api/rules/${rule}/why?${query}`, { as });
};

test('below and at the limit it says which comparison fails, above it what was kept', async () => {
  for (const customer of [1, 3]) {
    const { json, text } = await why(customer, '2026-11-18');
    assert.equal(json.verdict, 'condition', text);
    assert.deepEqual([json.cases.length, json.cases[0].holds], [1, false]);
    const failed = json.cases[0].parts.filter(({ holds }: { holds: boolean }) => holds === false);
    assert.equal(failed.length, 1, text);
    assert.match(failed[0].text, /outflow_percent/);
  }
  const { json } = await why(5, '2026-11-18');
  assert.equal(json.verdict, 'fired');
  assert.equal(json.cases[0].holds, true);
  const [alert] = json.alerts;
  assert.deepEqual([alert.businessDate, alert.outcome, alert.late], ['2026-11-18', 'acted', true]);
  const share = alert.inputs.find(({ code }: { code: string }) => code === 'outflow_share');
  assert.equal(share.threshold, '30');
  assert.ok(Number(share.value) > 30);
});

test('any other day is told by its own figures, the newest by default', async () => {
  const before = (await why(5, '2026-11-19')).json;
  assert.equal(before.verdict, 'condition');
  assert.equal(before.alerts[0].businessDate, '2026-11-18', 'the alert of the day before is told as well');
  assert.equal((await why(5)).json.date, '2026-11-19');
  const late = await why(5, '2027-01-01');
  assert.deepEqual([late.status, late.json.field], [422, 'date']);
});

test('nothing is told of customers out of reach, and no amounts to who does not see them', async () => {
  assert.equal((await why(5, '2026-11-18', 'rm002')).status, 404);
  assert.equal((await why(5, '2026-11-18', 'rm002', 'no_such_rule')).status, 404);
  const { json } = await why(5, '2026-11-18', 'designer');
  assert.equal(json.verdict, 'fired');
  const values = [...json.cases[0].parts, ...json.alerts].flatMap(
    ({ inputs }: { inputs: { value: string | null }[] }) => inputs,
  );
  assert.ok(
    values.every(({ value }) => value === null),
    JSON.stringify(values),
  );
  assert.equal(json.cases[0].holds, null);
});

test('a rule about records tells each of them, and that there is none', async () => {
  const none = (await why(1, '2026-11-18', 'head02', 'loan_maturity')).json;
  assert.deepEqual([none.verdict, none.cases], ['record', []]);
  await seedRows(database, model, 'loan', [
    { key: 'L1', customer: ids.customer(1), amount: '100000.00', maturity_date: '2026-12-30', status: 'normal' },
  ]);
  const far = (await why(1, '2026-11-18', 'head02', 'loan_maturity')).json;
  assert.deepEqual([far.verdict, far.cases[0].record.entity], ['condition', 'loan']);
});

test('a rule that was changed or retired since is told by the version that alerted', async () => {
  const shipped = model.data('rules').find(({ value }) => value.code === 'large_outflow')!.value;
  const before = (await why(5, '2026-11-18')).json;
  assert.equal(before.current, before.version);
  assert.equal(before.alerts[0].asOf, '2026-11-18');
  const publish = async (version: number, status: string, body: unknown) => {
    await database.query(
      "insert into definition (kind, code, version, status, body, created_at) values ('rules', 'large_outflow', $1, $2, $3, now())",
      [version, status, JSON.stringify(body)],
    );
    await renewDefinitions(database, model);
  };
  await publish(1, 'published', { ...shipped, if: `(${shipped.if}) and aum >= 0` });
  const changed = (await why(5, '2026-11-18')).json;
  assert.equal(changed.version, before.version);
  assert.notEqual(changed.current, before.version);
  assert.deepEqual(changed.cases, before.cases);
  assert.equal((await why(1, '2026-11-18')).json.version, changed.current, 'of who was not alerted the one in force');
  await publish(2, 'retired', shipped);
  const retired = (await why(5, '2026-11-18')).json;
  assert.deepEqual([retired.current, retired.verdict, retired.version], [null, 'fired', before.version]);
  assert.equal((await why(1, '2026-11-18')).status, 404);
});

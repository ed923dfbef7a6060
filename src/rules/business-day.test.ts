import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rebuildAumHistory } from '#facts';
import { addDays, Failure } from '#kernel';
import { runBusinessDay, runBusinessDays } from './public.ts';
import { type TestBank, testBank } from './testing.ts';

/** Everything that the cycle keeps, without the times of its runs. */
async function state(bank: TestBank): Promise<Record<string, unknown[]>> {
  const columns: Record<string, string> = {
    aum_daily: '*',
    customer_aum: 'customer_id, changed_on, total, parts',
    account_balance: '*',
    customer_metric: '*',
    customer_tag: '*',
    tier_change: '*',
    facts_state: '*',
    customer_history: '*',
    business_day: 'date, status, counts',
    task: '*',
    customer: 'id, aum, tier, version',
    account: 'id, balance, balance_on, version',
  };
  const found: Record<string, unknown[]> = {};
  for (const [table, list] of Object.entries(columns)) {
    const rows = await bank.rows(`select to_jsonb(x) as row from (select ${list} from ${table}) x order by x::text`);
    found[table] = rows.map(({ row }) => row);
  }
  return found;
}

/** Small numbers from a seed: the same bank each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const FIRST = '2026-01-01';
const DAYS = 24;

/** A few customers with accounts opened, closed and shared out over time, holdings, loans and movements on most days. */
async function livelyBank(seed: number): Promise<TestBank> {
  const bank = await testBank();
  const roll = dice(seed);
  const day = () => addDays(FIRST, roll(DAYS));
  await bank.add('product', [
    { key: 'deposit', name: '活期', code: 'D', class: 'deposit' },
    { key: 'wealth', name: '理财', code: 'W', class: 'wealth' },
    { key: 'fund', name: '基金', code: 'F', class: 'fund' },
    { key: 'loan', name: '贷款', code: 'L', class: 'loan' },
  ]);
  const accounts = [];
  const holdings = [];
  for (let customer = 0; customer < 8; customer += 1) {
    await bank.customer(`c${customer}`);
    for (let account = 0; account < 2; account += 1) {
      accounts.push({
        key: `c${customer}a${account}`,
        customer: `c${customer}`,
        number: `${customer}${account}`,
        product: roll(4) === 0 ? null : 'deposit',
        kind: 'current',
        currency: roll(4) === 0 ? 'USD' : 'CNY',
        opened_on: roll(3) === 0 ? day() : '2025-01-01',
        closed_on: roll(4) === 0 ? day() : null,
      });
    }
    for (let holding = 0; holding < roll(4); holding += 1) {
      holdings.push({
        key: `c${customer}h${holding}`,
        customer: `c${customer}`,
        product: ['wealth', 'fund', 'loan'][roll(3)]!,
        market_value: String(1 + roll(900_000)),
        currency: roll(5) === 0 ? 'XXX' : 'CNY',
        bought_on: roll(2) === 0 ? day() : '2025-06-01',
        maturity_date: roll(2) === 0 ? day() : null,
        redeemed_on: roll(5) === 0 ? day() : null,
      });
    }
  }
  await bank.add('account', accounts);
  await bank.add('holding', holdings);
  const movements = [];
  for (let index = 0; index < 160; index += 1) {
    const account = accounts[roll(accounts.length)]!;
    movements.push({
      key: `m${index}`,
      customer: account.customer,
      account: account.key,
      business_date: day(),
      sequence: String(roll(3)),
      direction: roll(2) === 0 ? 'in' : 'out',
      amount: `${1 + roll(90_000)}.${10 + roll(90)}`,
      balance_after: roll(9) === 0 ? null : `${roll(300_000) - 20_000}.${10 + roll(90)}`,
      currency: account.currency,
      kind: ['cash', 'transfer', 'salary', 'purchase', 'interest'][roll(5)]!,
    });
  }
  await bank.add('transaction', movements);
  return bank;
}

for (const seed of [1, 2, 3]) {
  test(`carried from day to day gives what reading all facts gives (seed ${seed})`, async () => {
    const bank = await livelyBank(seed);
    const last = addDays(FIRST, DAYS - 1);
    await runBusinessDays(bank.ctx, FIRST, addDays(last, -3)); // a gap of two days before the last
    await runBusinessDay(bank.ctx, last);
    const carried = await state(bank);
    assert.ok(carried.aum_daily!.length > 20);
    await runBusinessDay(bank.ctx, last, { full: true });
    assert.deepEqual(await state(bank), carried);
  });

  test(`the ledger written at once gives what the daily snapshots give (seed ${seed})`, async () => {
    const bank = await livelyBank(seed);
    const last = addDays(FIRST, DAYS - 1);
    await runBusinessDays(bank.ctx, addDays(FIRST, 1), last); // the first run takes the day before as well
    const daily = await state(bank);
    const books = { zone: 'Asia/Shanghai', currency: 'CNY', calendar: 'cn' };
    await rebuildAumHistory(bank.ctx.database, bank.ctx.model, books, last);
    const rebuilt = await state(bank);
    for (const table of ['aum_daily', 'customer_aum', 'account_balance', 'customer', 'account']) {
      assert.deepEqual(rebuilt[table], daily[table], table);
    }
  });
}

test('a range run a second time changes nothing, also one day at a time and with a full read', async () => {
  const bank = await livelyBank(4);
  const to = addDays(FIRST, 9);
  const first = await runBusinessDays(bank.ctx, FIRST, to);
  assert.ok(first.some(({ counts }) => counts.tasks > 0));
  const before = await state(bank);
  const again = await runBusinessDays(bank.ctx, FIRST, to);
  assert.deepEqual(await state(bank), before);
  assert.deepEqual(
    again.map(({ status }) => status),
    [...Array(9).fill('skipped'), 'done'],
  );
  assert.deepEqual(
    again.map(({ counts }) => counts),
    first.map(({ counts }) => counts),
  );
  await runBusinessDay(bank.ctx, addDays(FIRST, 4), { full: true });
  await runBusinessDay(bank.ctx, to, { full: true });
  assert.deepEqual(await state(bank), before);
});

test('facts that come late are noticed: the next day reads all, their own day is made up for when it is run', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.move('a', '2026-01-05', '100000');
  await runBusinessDays(bank.ctx, '2026-01-05', '2026-01-12');
  // A withdrawal of the 8th, delivered on the 13th.
  await bank.move('a', '2026-01-08', '-40000');
  const next = await runBusinessDay(bank.ctx, '2026-01-13');
  assert.equal(next.lateFacts, true);
  const curve = () => bank.rows('select business_date, total from aum_daily order by 1');
  const corrected = [
    { business_date: '2026-01-05', total: '100000.00' },
    { business_date: '2026-01-08', total: '60000.00' },
  ];
  assert.deepEqual(await curve(), corrected);
  assert.equal((await runBusinessDay(bank.ctx, '2026-01-07')).status, 'skipped');
  const late = await runBusinessDay(bank.ctx, '2026-01-08');
  assert.equal(late.status, 'done');
  assert.deepEqual(await bank.rows('select business_date, rule from task'), [
    { business_date: '2026-01-08', rule: 'large_outflow' },
  ]);
  await runBusinessDays(bank.ctx, '2026-01-09', '2026-01-13');
  assert.deepEqual(await curve(), corrected);
  const [metric] = await bank.rows('select outflow_30d, aum from customer_metric');
  assert.deepEqual(metric, { outflow_30d: '40000.00', aum: '60000.00' });
});

test('other currencies count at their rate, without one they are left out and counted', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.add('account', [
    { key: 'usd', customer: 'a', number: 'u', currency: 'USD' },
    { key: 'xxx', customer: 'a', number: 'x', currency: 'XXX' },
  ]);
  const balance = { customer: 'a', business_date: '2026-01-05', direction: 'in', amount: '100', balance_after: '100' };
  await bank.add('transaction', [
    { key: '1', ...balance, account: 'usd', currency: 'USD' },
    { key: '2', ...balance, account: 'xxx', currency: 'XXX' },
    { key: '3', ...balance, account: 'a', currency: null },
  ]);
  const { counts } = await runBusinessDay(bank.ctx, '2026-01-05');
  assert.deepEqual([counts.aumTotal, counts.withoutRate], ['810.00', 1]);
  assert.deepEqual(await bank.rows('select aum, inflow_1d from customer_metric'), [
    { aum: '810.00', inflow_1d: '810.00' },
  ]);
});

test('one run at a time; a date that has not come is refused; a failure is kept with the day', async () => {
  const bank = await testBank();
  const refused = (code: string) => (error: unknown) => error instanceof Failure && error.kind.code === code;
  await assert.rejects(runBusinessDay(bank.ctx, '2027-02-01'), refused('rules.day_in_future'));
  await assert.rejects(runBusinessDays(bank.ctx, '2026-02-01', '2026-01-01'), refused('rules.range_reversed'));
  await bank.ctx.database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(7300011)');
    await assert.rejects(runBusinessDay(bank.ctx, '2026-01-01'), refused('rules.day_running'));
  });
  await bank.rows(`insert into parameter (code, value) values ('silence_days', '"soon"')`);
  await assert.rejects(runBusinessDay(bank.ctx, '2026-01-01'), refused('facts.parameter_invalid'));
  const [day] = await bank.rows<{ status: string; error: { code: string } }>('select status, error from business_day');
  assert.deepEqual([day!.status, day!.error.code], ['failed', 'facts.parameter_invalid']);
  await bank.rows('delete from parameter');
  assert.equal((await runBusinessDay(bank.ctx, '2026-01-01')).status, 'done');
  assert.deepEqual(await bank.rows('select status, error from business_day'), [{ status: 'done', error: null }]);
});

test('every run of a day is audited once', async () => {
  const bank = await testBank();
  await runBusinessDays(bank.ctx, '2026-01-01', '2026-01-03');
  const events = await bank.rows(
    "select actor, detail->>'date' as date from audit_event where action = 'day' order by id",
  );
  assert.deepEqual(
    events,
    ['2026-01-01', '2026-01-02', '2026-01-03'].map((date) => ({ actor: 'system', date })),
  );
});

test('how many alerts a rule had on a date is not kept for ever', async () => {
  const bank = await testBank();
  await bank.customer('a');
  for (const date of ['2025-10-01', '2026-01-01']) {
    await bank.ctx.database.query(
      "insert into rule_reckoning (rule, business_date, alerts_max) values ('silence', $1, 3)",
      [date],
    );
  }
  await runBusinessDay(bank.ctx, '2026-01-10');
  const kept = await bank.rows("select business_date from rule_reckoning where business_date < '2026-01-10'");
  assert.deepEqual(kept, [{ business_date: '2026-01-01' }]);
});

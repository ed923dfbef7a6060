import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ingestFacts, refresh, runBusinessDay, startRefresher } from './public.ts';
import { testBank, testRule, withRules } from './testing.ts';

const DAY = '2026-03-31';

test('what is edited or comes late shows in metrics, assets, tiers and tags without a day being run', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.move('a', '2026-03-30', '2000000');
  await runBusinessDay(bank.ctx, DAY);
  const seen = async () => {
    const [row] = await bank.rows<Record<string, unknown>>(
      `select c.aum, c.tier, m.inflow_30d, m.accounts_held, m.tags from customer c join customer_metric m on m.customer_id = c.id`,
    );
    return row;
  };
  assert.deepEqual(await seen(), {
    aum: '2000000.00',
    tier: 'wealth',
    inflow_30d: '2000000.00',
    accounts_held: '1',
    tags: ['large_demand_deposits', 'activation_target'],
  });
  const errors: unknown[] = [];
  const { database, clock, model } = bank.ctx;
  const refresher = await startRefresher({
    database,
    clock,
    model: () => model,
    report: (error) => errors.push(error),
  });
  try {
    // Late by ten days, and out: the balance before it is the one that stays.
    await bank.add('transaction', [
      {
        key: 'late',
        customer: 'a',
        business_date: DAY,
        sequence: '99',
        account: 'a',
        direction: 'in',
        amount: '4000000',
        balance_after: '6000000',
        kind: 'salary',
      },
    ]);
    await settled(bank);
    assert.deepEqual(await seen(), {
      aum: '6000000.00',
      tier: 'high_net_worth',
      inflow_30d: '6000000.00',
      accounts_held: '1',
      tags: ['large_demand_deposits', 'salary_account', 'activation_target'],
    });
    await bank.add('account', [
      {
        key: 'a',
        customer: 'a',
        number: 'a',
        kind: 'current',
        currency: 'CNY',
        opened_on: '2020-01-01',
        closed_on: DAY,
      },
    ]);
    await settled(bank);
    assert.deepEqual(await seen(), {
      aum: '0.00',
      tier: 'potential',
      inflow_30d: '6000000.00',
      accounts_held: '0',
      tags: ['salary_account'],
    });
  } finally {
    await refresher.stop();
  }
  assert.deepEqual(errors, []);
});

/** Until nothing is noted any more: notes go in the transaction that mends. */
async function settled(bank: Awaited<ReturnType<typeof testBank>>): Promise<void> {
  for (;;) {
    const { length } = await bank.rows('select from customer_change');
    if (length === 0) return;
    await new Promise((done) => setTimeout(done, 20));
  }
}

test('new facts count at once, facts of days to come wait for theirs, the same facts twice count once', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await runBusinessDay(bank.ctx, DAY);
  const target = {
    entity: bank.ctx.model.entity('login'),
    columns: ['customer', 'business_date', 'channel'],
    source: 'test',
    asOf: null,
  };
  const login = (key: string, date: string) => [bank.id('login', key), key, bank.id('customer', 'a'), date, 'mobile'];
  const batch = { target, rows: [login('1', DAY), login('2', '2026-03-20'), login('3', '2026-04-01')] };
  const first = await ingestFacts(bank.ctx, [batch]);
  assert.deepEqual([first.folded, first.customers, first.batches[0]!.inserted], [true, 1, 3]);
  const logins = async () => (await bank.rows('select logins_30d, last_login_date from customer_metric'))[0];
  assert.deepEqual(await logins(), { logins_30d: '2', last_login_date: DAY });
  const again = await ingestFacts(bank.ctx, [batch]);
  assert.deepEqual([again.batches[0]!.inserted, again.batches[0]!.unchanged], [0, 3]);
  await refresh(bank.ctx);
  assert.deepEqual(await logins(), { logins_30d: '2', last_login_date: DAY });
  await runBusinessDay(bank.ctx, '2026-04-01');
  assert.deepEqual(await logins(), { logins_30d: '3', last_login_date: '2026-04-01' });
});

test('while somebody holds the state alone, facts are written and noted, and count afterwards', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await runBusinessDay(bank.ctx, DAY);
  const target = {
    entity: bank.ctx.model.entity('login'),
    columns: ['customer', 'business_date', 'channel'],
    source: 'test',
    asOf: null,
  };
  const rows = [[bank.id('login', '1'), '1', bank.id('customer', 'a'), DAY, 'mobile']];
  await bank.ctx.database.transaction(async (tx) => {
    await tx.query('lock table facts_state in share row exclusive mode');
    const { folded } = await ingestFacts(bank.ctx, [{ target, rows }]);
    assert.equal(folded, false);
  });
  const logins = async () => (await bank.rows('select logins_30d from customer_metric'))[0]!.logins_30d;
  assert.equal(await logins(), '0');
  await refresh(bank.ctx);
  assert.equal(await logins(), '1');
});

test('a segment that looks through notes follows them without a day being run; notes that nothing looks at are passed over', async () => {
  const bank = await testBank();
  const body = {
    code: 'pinned',
    label: { zh: '有置顶备注', en: 'Has a pinned note' },
    if: 'some n in notes satisfies n.pinned',
  };
  await bank.customer('a');
  const note = (key: string) => bank.add('note', [{ key, customer: 'a', text: '…', pinned: 'true' }]);
  const segmentsOf = async () => (await bank.rows('select segments from customer_metric'))[0]!.segments;
  await runBusinessDay(bank.ctx, DAY);
  await note('1');
  assert.equal((await refresh(bank.ctx)).customers, 0);

  const { ctx } = withRules(bank, [], [], [body]);
  await bank.rows("delete from note where source_key = '1'");
  await runBusinessDay(ctx, '2026-04-01');
  assert.deepEqual(await segmentsOf(), []);
  await note('2');
  await refresh(ctx);
  assert.deepEqual(await segmentsOf(), ['pinned']);
});

test('a condition over notes that turns true alerts when the note is written', async () => {
  const turned = testRule('turned', { when: { turns: 'some n in notes satisfies n.pinned' } });
  const bank = withRules(await testBank(), [turned]);
  await bank.customer('a');
  await runBusinessDay(bank.ctx, DAY);
  await bank.add('note', [{ key: '1', customer: 'a', text: '…', pinned: 'true' }]);
  await refresh(bank.ctx);
  assert.deepEqual(await bank.rows('select rule, business_date::text as date from alert'), [
    { rule: 'turned', date: DAY },
  ]);
});

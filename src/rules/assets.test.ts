import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#database';
import { customerCurve } from '#facts';
import { addDays } from '#kernel';
import { deleteFacts } from '#records';
import { mendNoted } from './noted.ts';
import { runBusinessDay, runBusinessDays } from './public.ts';
import { type TestBank, type TestRow, testBank } from './testing.ts';

const FIRST = '2026-01-01';
const at = (day: number) => addDays(FIRST, day);

const products = (bank: TestBank) =>
  bank.add('product', [
    { key: 'deposit', name: '活期', code: 'D', class: 'deposit' },
    { key: 'wealth', name: '理财', code: 'W', class: 'wealth' },
    { key: 'fund', name: '基金', code: 'F', class: 'fund' },
  ]);

/** [date, total, flow, market] of one customer. */
async function curve(bank: TestBank, customer: string): Promise<string[][]> {
  const id = bank.id('customer', customer);
  const { rows } = await bank.ctx.database.query<{ curve: string[][] }>(
    sql`select ${customerCurve(sql`${id}::bigint`, 100)} as curve`,
  );
  let before = 0;
  return rows[0]!.curve.map(([date, total, flow = '0.00']) => {
    const market = Number(total) - before - Number(flow);
    before = Number(total);
    return [date!, total!, flow, (Math.round(market * 100) / 100 + 0).toFixed(2)];
  });
}

const flowsOf = (bank: TestBank, customer: string) =>
  bank.rows('select business_date as date, flow, flows, parts from aum_daily where customer_id = $1 order by 1', [
    bank.id('customer', customer),
  ]);

test('money is flow; interest and fees are income; own transfers, purchases and redemptions stay inside', async () => {
  const bank = await testBank();
  await products(bank);
  await bank.customer('a');
  await bank.move('a', at(1), '10000');
  await bank.move('a', at(2), '3.25', 'interest');
  await bank.move('a', at(3), '-1.05', 'fee');
  await bank.move('a', at(4), '-4000', 'purchase');
  await bank.move('a', at(6), '4012.34', 'redemption');
  await bank.move('a', at(7), '-500');
  // Bought for 4,000, worth 3,990 at the end of its first day; paid out at 4,012.34.
  await bank.add('holding', [
    {
      key: 'h',
      customer: 'a',
      product: 'wealth',
      principal: '4000',
      market_value: '3990',
      bought_on: at(4),
      redeemed_on: at(6),
    },
  ]);
  await runBusinessDays(bank.ctx, at(0), at(8));
  assert.deepEqual(await curve(bank, 'a'), [
    [at(1), '10000.00', '10000.00', '0.00'],
    [at(2), '10003.25', '0.00', '3.25'],
    [at(3), '10002.20', '0.00', '-1.05'],
    [at(4), '9992.20', '0.00', '-10.00'],
    [at(6), '10014.54', '0.00', '22.34'],
    [at(7), '9514.54', '-500.00', '0.00'],
  ]);
  const flows = (await flowsOf(bank, 'a')).map(({ flows }) => flows);
  // By class the money that changes places shows; the gain belongs to the product.
  assert.deepEqual(flows.slice(3, 5), [
    { deposit: '-4000.00', wealth: '4000.00' },
    { deposit: '4012.34', wealth: '-4012.34' },
  ]);
});

test('money on its way to a product leaves and arrives; what is brought in without a payment is flow', async () => {
  const bank = await testBank();
  await products(bank);
  await bank.customer('a');
  await bank.move('a', at(1), '1000');
  await bank.move('a', at(2), '-400', 'purchase');
  await bank.add('holding', [
    { key: 'late', customer: 'a', product: 'wealth', principal: '400', market_value: '400', bought_on: at(3) },
    { key: 'kind', customer: 'a', product: 'fund', market_value: '70.50', bought_on: at(5) },
  ]);
  await runBusinessDays(bank.ctx, at(0), at(6));
  assert.deepEqual(await curve(bank, 'a'), [
    [at(1), '1000.00', '1000.00', '0.00'],
    [at(2), '600.00', '-400.00', '0.00'],
    [at(3), '1000.00', '400.00', '0.00'],
    [at(5), '1070.50', '70.50', '0.00'],
  ]);
});

test('a holding is worth on each day what it was worth then; more of it is money, its price is market', async () => {
  const bank = await testBank();
  await products(bank);
  await bank.customer('a');
  const fund = (market_value: string, quantity: string): TestRow[] => [
    { key: 'f', customer: 'a', product: 'fund', bought_on: at(1), principal: '1000', market_value, quantity },
  ];
  await bank.add('holding', fund('1000', '1000'), at(1));
  await runBusinessDays(bank.ctx, at(0), at(1));
  await bank.add('holding', fund('1100', '1000'), at(2));
  await runBusinessDay(bank.ctx, at(2));
  await bank.add('holding', fund('1650', '1500'), at(3));
  await runBusinessDay(bank.ctx, at(3));
  const seen = [
    [at(1), '1000.00', '1000.00', '0.00'],
    [at(2), '1100.00', '0.00', '100.00'],
    [at(3), '1650.00', '550.00', '0.00'],
  ];
  assert.deepEqual(await curve(bank, 'a'), seen);
  await runBusinessDay(bank.ctx, at(3), { full: true });
  assert.deepEqual(await curve(bank, 'a'), seen);
  // The price of the third day is corrected by another file of that day.
  await bank.add('holding', fund('1600', '1500'), at(3));
  await mendNoted(bank.ctx);
  assert.deepEqual((await curve(bank, 'a')).at(-1), [at(3), '1600.00', '533.33', '-33.33']);
});

test('a rate that changes is market, from its day on, and stays so when all is read again', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.add('account', [{ key: 'usd', customer: 'a', number: 'u', currency: 'USD', opened_on: '2020-01-01' }]);
  const posting = { customer: 'a', account: 'usd', currency: 'USD', direction: 'in' };
  await bank.rows(`insert into parameter (code, value) values ('exchange_rates', '{"USD": "7.1"}')`);
  await bank.add('transaction', [{ key: '1', ...posting, business_date: at(1), amount: '100', balance_after: '100' }]);
  await runBusinessDays(bank.ctx, at(0), at(1));
  await bank.rows(`update parameter set value = '{"USD": "7.2"}'`);
  await bank.add('transaction', [{ key: '2', ...posting, business_date: at(2), amount: '10', balance_after: '110' }]);
  await runBusinessDays(bank.ctx, at(2), at(3));
  const seen = [
    [at(1), '710.00', '710.00', '0.00'],
    [at(2), '792.00', '72.00', '10.00'],
  ];
  assert.deepEqual(await curve(bank, 'a'), seen);
  await runBusinessDay(bank.ctx, at(3), { full: true });
  assert.deepEqual(await curve(bank, 'a'), seen);
});

/** Per manager: opening + flow + market + moved in - moved out = closing. */
const unitDays = (bank: TestBank, owner: string) =>
  bank.rows(
    `select business_date as date, change, flow, moved_in, moved_out, customers from aum_unit_day
      where class = 'all' and owner_id = $1 order by 1`,
    [bank.id('user', owner)],
  );

test('a customer who comes under another manager moves his assets; a late fact moves them too', async () => {
  const bank = await testBank();
  await bank.customer('a', { owner: 'x', branch: 'one' });
  await bank.customer('b', { owner: 'x', branch: 'one' });
  await bank.move('a', at(1), '1000');
  await bank.move('b', at(1), '50');
  await runBusinessDays(bank.ctx, at(0), at(2));
  await bank.add('customer', [{ key: 'a', name: 'a', kind: 'person', owner: 'y', branch: 'two' }]);
  await bank.move('a', at(3), '7');
  await runBusinessDay(bank.ctx, at(3));
  const moved = await unitDays(bank, 'x');
  const total = (date: string, change: string, more: Record<string, string>) => ({
    date,
    change,
    flow: '0.00',
    moved_in: '0.00',
    moved_out: '0.00',
    customers: '0',
    ...more,
  });
  const day = moved.at(-1)!.date as string;
  assert.ok(day === at(2) || day === at(3));
  assert.deepEqual(moved.at(-1), total(day, '-1000.00', { moved_out: '1000.00', customers: '-1' }));
  // 200 of the first day, delivered now.
  await bank.add('transaction', [
    {
      key: 'late',
      customer: 'a',
      account: 'a',
      business_date: at(1),
      sequence: '99',
      direction: 'in',
      amount: '200',
      balance_after: '1200',
    },
  ]);
  await mendNoted(bank.ctx);
  assert.deepEqual(await unitDays(bank, 'x'), [
    total(at(1), '1250.00', { flow: '1250.00', customers: '2' }),
    total(day, '-1200.00', { moved_out: '1200.00', customers: '-1' }),
  ]);
  const [y] = await bank.rows(`select amount, customers from aum_unit where class = 'all' and owner_id = $1`, [
    bank.id('user', 'y'),
  ]);
  assert.deepEqual(y, { amount: '1007.00', customers: '1' });
  await runBusinessDay(bank.ctx, at(3), { full: true });
  assert.deepEqual(await unitDays(bank, 'x'), [
    total(at(1), '1250.00', { flow: '1250.00', customers: '2' }),
    total(day, '-1200.00', { moved_out: '1200.00', customers: '-1' }),
  ]);
});

test('totals that are not the sums over customers end the day, with the figures', async () => {
  const bank = await testBank();
  await bank.customer('a');
  await bank.move('a', at(1), '1000');
  await runBusinessDays(bank.ctx, at(0), at(1));
  await bank.rows(`update aum_unit set amount = amount + 0.01 where class = 'all'`);
  await assert.rejects(runBusinessDay(bank.ctx, at(2)), /1000\.01.*1000\.00/);
  await runBusinessDay(bank.ctx, at(2), { full: true });
});

/** Small numbers from a seed. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const DAYS = 12;
const CUSTOMERS = 5;
const STEPS = 14;

/** Everything that the ledger keeps and what hangs on it. */
async function kept(bank: TestBank): Promise<Record<string, unknown>> {
  const lists: Record<string, string> = {
    aum_daily: '*',
    customer_aum: '*',
    account_balance: '*',
    counted_position: '*',
    aum_due: '*',
    aum_move: '*',
    aum_unit: '*',
    aum_unit_day: '*',
    customer: 'id, aum',
    account: 'id, balance, balance_on',
  };
  const found: Record<string, unknown> = {};
  for (const [table, list] of Object.entries(lists)) {
    found[table] = (
      await bank.rows(`select to_jsonb(x) as row from (select ${list} from ${table}) x order by x::text`)
    ).map(({ row }) => row);
  }
  return found;
}

/** Closing by customer, date and class, reckoned day by day from the rows themselves. */
const EXPECTED = `
  select c.name || ' ' || d::date || ' ' || x.class as key, sum(x.amount)::text as amount
    from generate_series($1::date, $2::date, '1 day') d cross join customer c
   cross join lateral (
     select coalesce(p.class, 'deposit') as class, last.balance_after as amount from account a left join product p on p.id = a.product_id
      cross join lateral (select t.balance_after from transaction t where t.customer_id = a.customer_id and t.account_id = a.id and t.business_date <= d
                           order by t.business_date desc, t.sequence desc nulls last, t.id desc limit 1) last
      where a.customer_id = c.id and a.opened_on <= d and coalesce(a.closed_on > d, true)
     union all
     select p.class, coalesce((select v.market_value from holding_value v where v.holding_id = h.id and v.business_date <= d order by v.business_date desc limit 1),
                              (select v.market_value from holding_value v where v.holding_id = h.id order by v.business_date limit 1))
       from holding h join product p on p.id = h.product_id
      where h.customer_id = c.id and h.bought_on <= d and coalesce(h.redeemed_on, h.maturity_date, 'infinity') > d) x
   group by 1 having sum(x.amount) <> 0 order by 1`;

const STORED = `
  select c.name || ' ' || d::date || ' ' || p.key as key, p.value as amount
    from generate_series($1::date, $2::date, '1 day') d cross join customer c
   cross join lateral (select parts from aum_daily a where a.customer_id = c.id and a.business_date <= d order by a.business_date desc limit 1) l
   cross join lateral jsonb_each_text(l.parts) p order by 1`;

for (const seed of [11, 12, 13]) {
  test(`whatever comes late, is corrected, taken back, revalued or moved: the ledger is what a rebuild makes of it (seed ${seed})`, async () => {
    const bank = await testBank();
    const roll = dice(seed);
    await products(bank);
    for (let index = 0; index < CUSTOMERS; index += 1)
      await bank.customer(`c${index}`, { owner: `o${index % 2}`, branch: 'b' });
    let made = 0;
    let today = 2;
    const someone = () => `c${roll(CUSTOMERS)}`;
    const posting = (key: string) => {
      const customer = someone();
      return {
        key,
        customer,
        account: customer,
        business_date: at(roll(today + 2)),
        sequence: String(roll(4)),
        direction: roll(2) === 0 ? 'in' : 'out',
        amount: `${1 + roll(9_000)}.${10 + roll(90)}`,
        balance_after: `${roll(30_000)}.${10 + roll(90)}`,
        kind: ['cash', 'transfer', 'interest', 'purchase', 'redemption'][roll(5)]!,
      };
    };
    const holdings = new Map<string, TestRow>();
    const holding = (key: string): TestRow => {
      const row = holdings.get(key) ?? {
        key,
        customer: someone(),
        product: ['wealth', 'fund'][roll(2)]!,
        bought_on: at(roll(today + 3)),
      };
      const next = {
        ...row,
        market_value: `${1 + roll(9_000)}.00`,
        quantity: roll(2) === 0 ? null : String(1 + roll(100)),
        redeemed_on: roll(4) === 0 ? at(roll(DAYS)) : null,
      };
      holdings.set(key, next);
      return next;
    };
    const happenings: (() => Promise<unknown>)[] = [
      async () => {
        made += 1;
        await bank.add('transaction', [posting(`t${made}`), posting(`u${made}`)]);
      },
      () => bank.add('transaction', [posting(`t${1 + roll(made + 1)}`)]),
      () =>
        bank.ctx.database.transaction((tx) =>
          deleteFacts(
            tx,
            bank.ctx.model.entity('transaction'),
            sql`t.id = ${bank.id('transaction', `u${1 + roll(made + 1)}`)}::bigint`,
          ),
        ),
      () => bank.add('holding', [holding(`h${roll(6)}`)], at(roll(today + 2))),
      () =>
        bank.add(
          'account',
          [
            {
              key: someone(),
              customer: someone(),
              number: 'n',
              opened_on: at(roll(3)),
              closed_on: roll(2) === 0 ? at(roll(DAYS)) : null,
            },
          ].map((row) => ({ ...row, customer: row.key })),
        ),
      async () => {
        const key = someone();
        await bank.add('customer', [{ key, name: key, kind: 'person', owner: `o${roll(3)}`, branch: `b${roll(2)}` }]);
      },
      async () => {
        if (today < DAYS) {
          today += 1 + roll(2);
          await runBusinessDay(bank.ctx, at(today));
        }
      },
    ];
    await runBusinessDays(bank.ctx, at(0), at(today));
    for (let step = 0; step < STEPS; step += 1) {
      await happenings[roll(happenings.length)]!();
      if (roll(2) === 0) await mendNoted(bank.ctx);
    }
    await mendNoted(bank.ctx);
    const incremental = await kept(bank);
    const range = [at(0), at(today)];
    assert.deepEqual(await bank.rows(STORED, range), await bank.rows(EXPECTED, range));
    await runBusinessDay(bank.ctx, at(today), { full: true });
    const rebuilt = await kept(bank);
    for (const [table, rows] of Object.entries(incremental)) assert.deepEqual(rows, rebuilt[table], table);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Movement, orderByBalance } from './balance-chain.ts';

/** Balances in cents from an opening balance and amounts. */
function chain(opening: number, amounts: number[]): Movement[] {
  let balance = opening;
  return amounts.map((amount) => {
    const before = balance;
    balance += amount;
    return { before, after: balance };
  });
}

test('rows that stand in any order are put back', () => {
  const movements = chain(100_00, [50_00, -20_00, 7_50, -137_50]);
  const { order, whole } = orderByBalance([movements[2]!, movements[0]!, movements[3]!, movements[1]!], 100_00, 0);
  assert.deepEqual(order, [1, 3, 0, 2]);
  assert.equal(whole, true);
});

test('without an opening balance the row that nothing leads to is the first', () => {
  const movements = chain(0, [10, 20, -5]);
  assert.deepEqual(orderByBalance([movements[2]!, movements[1]!, movements[0]!], undefined, 0).order, [2, 1, 0]);
});

test('rounded amounts drift within the tolerance', () => {
  const movements = [
    { before: 1_000, after: 1_110 },
    { before: 1_115, after: 1_015 },
  ];
  assert.equal(orderByBalance(movements, 1_000, 4).whole, false);
  assert.deepEqual(orderByBalance(movements.toReversed(), 1_000, 5), { order: [1, 0], whole: true });
});

test('a missing row leaves pieces, and says so', () => {
  const movements = chain(0, [100, 200, 300]);
  const { order, whole } = orderByBalance([movements[2]!, movements[0]!], 0, 0);
  assert.deepEqual(order, [1, 0]);
  assert.equal(whole, false);
});

test('any shuffled chain is put into an order without gaps that ends at the closing balance', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -500, max: 500 }),
      fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(fc.nat()),
      (opening, amounts, random) => {
        const movements = chain(opening, amounts);
        const closing = movements.at(-1)!.after;
        const shuffled = movements
          .map((movement) => ({ movement, rank: random.next().value! }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ movement }) => movement);
        const { order, whole } = orderByBalance(shuffled, opening, 0);
        assert.equal(whole, true);
        assert.equal(new Set(order).size, movements.length);
        let balance = opening;
        for (const index of order) {
          assert.equal(shuffled[index]!.before, balance);
          balance = shuffled[index]!.after;
        }
        assert.equal(balance, closing);
      },
    ),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clear, emptyHistory, fold, type Gathering, type History, pack, roll, unpack } from './history.ts';
import { add, converted, quotient, textOf, unitsOf } from './units.ts';

const GATHERINGS: Gathering[] = ['count', 'sum', 'min', 'max', 'first_day', 'last_day'];

/** Values as different as they come: small, large, beyond the exact numbers, negative. */
const units = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
);
const entries = fc.array(
  fc.record({ day: fc.integer({ min: 10_000, max: 10_400 }), index: fc.nat(5), value: units, count: fc.nat(2 ** 32) }),
  { maxLength: 60 },
);

function historyOf(list: readonly { day: number; index: number; value: number | bigint; count: number }[]): History {
  const history = emptyHistory();
  for (const { day, index, value, count } of list) {
    fold(history, GATHERINGS, day, index, index === 0 ? count : index > 3 ? day : value);
  }
  return history;
}

/** A history as it may be compared: holes and big small numbers are matters of representation. */
const shown = (history: History) => ({
  base: cellsShown(history.base),
  days: history.days.map((day, place) => [day, cellsShown(history.cells[place]!)]),
});
const cellsShown = (cells: History['base']) =>
  GATHERINGS.map((_, index) => (cells[index] === undefined ? '-' : String(cells[index])));

test('a history is the same after packing', () => {
  fc.assert(
    fc.property(entries, fc.array(units, { maxLength: 4 }), (list, base) => {
      const history = historyOf(list);
      base.forEach((value, index) => {
        history.base[index] = index === 0 ? 7 : value;
      });
      assert.deepEqual(shown(unpack(pack(history, GATHERINGS), GATHERINGS)), shown(history));
    }),
  );
});

test('the order in which facts come does not matter', () => {
  fc.assert(
    fc.property(entries, fc.infiniteStream(fc.nat()), (list, numbers) => {
      const mixed = list.map((each) => ({ each, by: numbers.next().value as number })).sort((a, b) => a.by - b.by);
      assert.deepEqual(shown(historyOf(mixed.map(({ each }) => each))), shown(historyOf(list)));
    }),
  );
});

test('what counts for ever is gathered when its day goes, the rest is let go of', () => {
  const history = historyOf([
    { day: 10_001, index: 1, value: 5, count: 0 },
    { day: 10_001, index: 5, value: 0, count: 0 },
    { day: 10_003, index: 1, value: 7, count: 0 },
  ]);
  const ever = GATHERINGS.map((_, index) => index === 5);
  roll(
    history,
    GATHERINGS,
    GATHERINGS.map(() => 10_002),
    ever,
  );
  assert.deepEqual([history.days, history.base[5], history.base[1]], [[10_003], 10_001, undefined]);
  clear(history, 10_003, [1]);
  assert.equal(pack(history, GATHERINGS).length, pack({ ...emptyHistory(), base: history.base }, GATHERINGS).length);
});

test('a usual customer of thirty days takes a few bytes a day', () => {
  const list = Array.from({ length: 30 }, (_, day) => [
    { day: 20_000 + day, index: 0, value: 0, count: 2 },
    { day: 20_000 + day, index: 1, value: 123_456, count: 0 },
    { day: 20_000 + day, index: 5, value: 0, count: 0 },
  ]).flat();
  assert.ok(pack(historyOf(list), GATHERINGS).length <= 30 * 10 + 8);
});

test('amounts are exact whatever their size', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(6), (value, places) => {
      const text = textOf(value, places);
      assert.equal(BigInt(unitsOf(text, places)), value);
    }),
  );
  assert.equal(unitsOf('12.5', 2), 1250);
  assert.equal(unitsOf('-0.07', 2), -7);
  assert.equal(unitsOf('3.1400', 2), 314);
  assert.equal(add(2 ** 53 - 1, 1), 2n ** 53n);
  assert.equal(converted(1005, '7.1'), 7136); // 71.355, half away from zero
  assert.equal(converted(-1005, '7.1'), -7136);
  assert.equal(textOf(quotient(1000, 2, 3, 2), 2), '3.33');
  assert.equal(textOf(quotient(-5, 1, 1, 0), 0), '-1');
});

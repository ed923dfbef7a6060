import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKeyTable } from './key-table.ts';

test('a key is there once, with the line it came from', () => {
  const table = createKeyTable();
  assert.equal(table.add('A1', 2), 0);
  assert.equal(table.add('A2', 3), 0);
  assert.equal(table.add('A1', 9), 2);
  assert.equal(table.has('A2'), true);
  assert.equal(table.has('A3'), false);
  assert.equal(table.size, 2);
});

test('it agrees with a Map, whatever the keys are', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.nat(2_000).map(String)), { maxLength: 3_000 }), (keys) => {
      const table = createKeyTable();
      const map = new Map<string, number>();
      keys.forEach((key, index) => {
        assert.equal(table.add(key, index + 1), map.get(key) ?? 0);
        if (!map.has(key)) map.set(key, index + 1);
      });
      assert.equal(table.size, map.size);
    }),
  );
});

test('a million keys in a row, of numbers and of letters, are told apart', () => {
  for (const prefix of ['', '0000', 'account-', '客户']) {
    const table = createKeyTable();
    for (let number = 0; number < 250_000; number++) {
      const first = table.add(`${prefix}${number}`, number + 1);
      if (first !== 0) assert.fail(`${prefix}${number} was taken for the key of line ${first}`);
    }
  }
});

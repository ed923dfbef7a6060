import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Point, within } from './points.ts';

const points: Point[] = [
  ['2024-06-01', '1.00'],
  ['2025-12-20', '2.00'],
  ['2026-02-01', '3.00'],
];

test('a range opens with what stood then and ends with what stands now', () => {
  assert.deepEqual(within(points, '3m', '2026-03-10'), [
    ['2025-12-10', '1.00'],
    ['2025-12-20', '2.00'],
    ['2026-02-01', '3.00'],
    ['2026-03-10', '3.00'],
  ]);
  assert.equal(within(points, '2y', '2026-03-10').length, 4);
  assert.deepEqual(within(points, 'all', '2026-02-01'), points);
});

test('one change long ago is a level line; nothing known is nothing', () => {
  assert.deepEqual(within(points.slice(0, 1), '3m', '2026-03-10'), [
    ['2025-12-10', '1.00'],
    ['2026-03-10', '1.00'],
  ]);
  assert.deepEqual(within([], '1y', '2026-03-10'), []);
  assert.deepEqual(within(points, '1y', '2024-01-01'), []);
});

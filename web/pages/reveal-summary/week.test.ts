import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weekOf } from './week.ts';

test('a date lies in the ISO week of its Thursday', () => {
  for (const [date, week] of [
    ['2026-11-20', '2026-W47'],
    ['2026-11-22', '2026-W47'],
    ['2026-11-23', '2026-W48'],
    ['2026-01-01', '2026-W01'],
    ['2027-01-01', '2026-W53'],
    ['2024-12-30', '2025-W01'],
  ] as const) {
    assert.equal(weekOf(date), week);
  }
});

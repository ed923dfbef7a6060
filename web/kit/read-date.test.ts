import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDate } from './read-date.ts';

test('dates as people type them', () => {
  for (const typed of ['2026-01-31', '20260131', '2026/1/31', '2026.01.31', ' 2026年1月31日 ']) {
    assert.equal(readDate(typed), '2026-01-31');
  }
});

test('what is no date stays as typed', () => {
  assert.equal(readDate('2026-02-30'), '2026-02-30');
  assert.equal(readDate('明天'), '明天');
  assert.equal(readDate(''), '');
});

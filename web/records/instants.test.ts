import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOf, startOf, toInstant, toLocal } from './instants.ts';

test('a date begins and ends in the zone of the institution', () => {
  assert.equal(startOf('2026-01-31', 'Asia/Shanghai'), '2026-01-30T16:00:00Z');
  assert.equal(endOf('2026-01-31', 'Asia/Shanghai'), '2026-01-31T15:59:59Z');
  assert.equal(startOf('2026-01-31', 'Europe/Prague'), '2026-01-30T23:00:00Z');
  assert.equal(startOf('2026-01-31', 'America/New_York'), '2026-01-31T05:00:00Z');
});

test('a local time goes to an instant and back', () => {
  assert.equal(toInstant('2026-01-31T09:30', 'Asia/Shanghai'), '2026-01-31T01:30:00Z');
  assert.equal(toLocal('2026-01-31T01:30:00Z', 'Asia/Shanghai'), '2026-01-31T09:30');
});

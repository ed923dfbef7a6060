import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countdown, nextMonday } from './countdown.ts';

const zone = 'Asia/Shanghai';
const now = Date.parse('2026-03-04T02:00:00Z'); // 10:00 on a Wednesday in Shanghai
const at = (text: string) => countdown(text, now, zone);

test('counts minutes, hours and days as people say them', () => {
  assert.deepEqual(at('2026-03-04T02:00:10Z'), { kind: 'minutes', count: 1 });
  assert.deepEqual(at('2026-03-04T02:41:30Z'), { kind: 'minutes', count: 42 });
  assert.deepEqual(at('2026-03-04T03:40:00Z'), { kind: 'hours', count: 2 });
  assert.deepEqual(at('2026-03-05T10:00:00Z'), { kind: 'tomorrow', time: '18:00' });
  assert.deepEqual(at('2026-03-07T10:00:00Z'), { kind: 'days', count: 3 });
  assert.deepEqual(at('2026-05-07T10:00:00Z'), { kind: 'date', date: '2026-05-07' });
});

test('the day after a late evening is tomorrow only when it is half a day off', () => {
  const evening = Date.parse('2026-03-04T15:30:00Z'); // 23:30
  assert.deepEqual(countdown('2026-03-04T16:45:00Z', evening, zone), { kind: 'hours', count: 2 });
});

test('says how late something is', () => {
  assert.deepEqual(at('2026-03-04T01:59:50Z'), { kind: 'lateMinutes', count: 1 });
  assert.deepEqual(at('2026-03-03T23:00:00Z'), { kind: 'lateHours', count: 3 });
  assert.deepEqual(at('2026-03-01T23:00:00Z'), { kind: 'lateDays', count: 2 });
  assert.deepEqual(at('1994-03-01T10:00:00Z'), { kind: 'lateSince', date: '1994-03-01' });
});

test('the next Monday is never today', () => {
  assert.equal(nextMonday('2026-03-04'), '2026-03-09');
  assert.equal(nextMonday('2026-03-09'), '2026-03-16');
  assert.equal(nextMonday('2026-03-08'), '2026-03-09');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatBytes,
  formatCount,
  formatDecimal,
  formatDuration,
  formatInstant,
  formatPercent,
  formatShortAmount,
  shortAmount,
} from './public.ts';

test('decimals keep every digit and round half away from zero', () => {
  assert.equal(formatDecimal('1234567.5'), '1,234,567.50');
  assert.equal(formatDecimal('-0.005'), '-0.01');
  assert.equal(formatDecimal('-0.004'), '0.00');
  assert.equal(formatDecimal('0.1', 0), '0');
  assert.equal(formatDecimal('90071992547409931234.56'), '90,071,992,547,409,931,234.56');
  assert.equal(formatDecimal('1.005'), '1.01');
  assert.equal(formatDecimal('***'), '***');
});

test('Chinese amounts turn to 万 and 亿 where people say so', () => {
  assert.equal(formatShortAmount('1234.56', 'zh'), '1,234.56');
  assert.equal(formatShortAmount('9999.99', 'zh'), '9,999.99');
  assert.equal(formatShortAmount('10000', 'zh'), '1.00 万');
  assert.equal(formatShortAmount('1234567.89', 'zh'), '123.46 万');
  assert.equal(formatShortAmount('-123456789', 'zh'), '-1.23 亿');
  assert.equal(formatShortAmount('1234567890123', 'zh'), '1.23 万亿');
});

test('the unit is chosen after rounding', () => {
  assert.deepEqual(shortAmount('99999999.99', 'zh'), { figure: '1.00', unit: '亿' });
  assert.deepEqual(shortAmount('999.999', 'en'), { figure: '1.00', unit: 'K' });
  assert.deepEqual(shortAmount('999999', 'en'), { figure: '1.00', unit: 'M' });
});

test('English amounts turn to K, M and B', () => {
  assert.equal(formatShortAmount('999', 'en'), '999.00');
  assert.equal(formatShortAmount('123456', 'en'), '123.46K');
  assert.equal(formatShortAmount('2500000000', 'en', 1), '2.5B');
});

test('shares, counts, bytes', () => {
  assert.equal(formatPercent('0.31425'), '31.43%');
  assert.equal(formatPercent('-1'), '-100.00%');
  assert.equal(formatCount(49102), '49,102');
  assert.equal(formatBytes(512), '512 B');
  assert.equal(formatBytes(1_500_000), '1.4 MB');
});

test('instants are told in the zone of the institution', () => {
  assert.equal(formatInstant('2026-01-30T17:05:07Z', 'Asia/Shanghai'), '2026-01-31 01:05');
  assert.equal(formatInstant('2026-01-30T16:00:00Z', 'Asia/Shanghai', 'second'), '2026-01-31 00:00:00');
  assert.equal(formatInstant('?', 'Asia/Shanghai'), '?');
});

test('durations use the two largest units', () => {
  assert.equal(formatDuration(840, 'zh'), '840 毫秒');
  assert.equal(formatDuration(12_449, 'en'), '12.4 s');
  assert.equal(formatDuration(59_999, 'en'), '59.9 s');
  assert.equal(formatDuration(185_000, 'en'), '3 m 05 s');
  assert.equal(formatDuration(3_725_000, 'zh'), '1 小时 02 分');
});

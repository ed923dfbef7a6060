import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAmount } from './read-amount.ts';

test('amounts as people type them', () => {
  const cases: [string, string][] = [
    ['1000', '1000'],
    ['1,234,567.8', '1234567.8'],
    ['100万', '1000000'],
    ['1.5亿', '150000000'],
    ['0.12345万', '1234.5'],
    ['1.23456万', '12345.6'],
    ['-2.5 万', '-25000'],
    ['2M', '2000000'],
    ['1.5k', '1500'],
  ];
  for (const [typed, amount] of cases) assert.equal(readAmount(typed), amount, typed);
});

test('what is no amount is none', () => {
  for (const typed of ['', 'abc', '1.2.3', '万', '12百']) assert.equal(readAmount(typed), undefined, typed);
});

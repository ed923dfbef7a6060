import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeOf, shareOf } from './public.ts';

test('a share has four places and rounds half away from zero', () => {
  assert.equal(shareOf('25.00', '100.00'), '0.2500');
  assert.equal(shareOf('1', '3'), '0.3333');
  assert.equal(shareOf('2', '3'), '0.6667');
  assert.equal(shareOf('-1', '3'), '-0.3333');
  assert.equal(shareOf('-0.01', '999999999999.99'), '0.0000');
  assert.equal(shareOf('1', '0.00'), null);
});

test('a change is a share of what was before', () => {
  assert.equal(changeOf('101.00', '100.00'), '0.0100');
  assert.equal(changeOf('70', '100'), '-0.3000');
  assert.equal(changeOf('-50', '-100'), '0.5000');
  assert.equal(changeOf('3200000000.55', '3200000000.55'), '0.0000');
  assert.equal(changeOf('1', '0'), null);
});

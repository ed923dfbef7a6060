import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisLabels } from './labels.ts';

test('neighbours on an axis never read the same', () => {
  const fine = axisLabels(1.601e8, 1.963e8, 'zh');
  assert.deepEqual([1.6e8, 1.7e8, 1.8e8].map(fine), ['1.60 亿', '1.70 亿', '1.80 亿']);
  const coarse = axisLabels(9e6, 1.3e7, 'zh');
  assert.deepEqual([9e6, 1e7, 1.1e7].map(coarse), ['900 万', '1,000 万', '1,100 万']);
  assert.equal(axisLabels(1.7e8, 2.4e8, 'en')(1.8e8), '180M');
  assert.equal(axisLabels(80, 895.52, 'en')(200), '200');
});

test('a level line has labels too', () => {
  assert.equal(axisLabels(5000, 5000, 'zh')(5000), '5,000');
  assert.equal(axisLabels(1.6e8, 1.6e8, 'zh')(8e7), '8,000.0 万');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factorText, figure, readFactor, readFigure } from './measure-text.ts';

test('figures are read as people type them', () => {
  for (const [typed, value] of [
    ['500万', '5000000'],
    ['1.5亿元', '150000000'],
    ['30 %', '30'],
    ['90 天', '90'],
    ['90 days', '90'],
    ['¥ 1,000.50', '1000.50'],
    ['-3', '-3'],
    ['很多', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(readFigure(typed), value, typed);
  }
});

test('a share is a factor of one, exactly, and is said as a share again', () => {
  for (const [typed, factor, said] of [
    ['30%', '0.3', '30 %'],
    ['0.3', '0.3', '30 %'],
    ['2', '2', '2'],
    ['150 ％', '1.5', '1.5'],
    ['0.05%', '0.0005', '0.05 %'],
    ['-7%', '-0.07', '-7 %'],
    ['1万', '10000', '10,000'],
  ] as const) {
    assert.equal(readFactor(typed), factor, typed);
    assert.equal(factorText(factor), said, typed);
  }
});

test('figures are said with their unit in the language of the reader', () => {
  assert.equal(figure('5000000', 'money', 'zh', 'CNY'), '5,000,000 元');
  assert.equal(figure('5000000', 'money', 'en', 'CNY'), '5,000,000 CNY');
  assert.equal(figure('0.125', 'percent', 'zh', 'CNY'), '0.125 %');
  assert.equal(figure('90', 'days', 'en', 'CNY'), '90 days');
  assert.equal(figure('3', 'count', 'zh', 'CNY'), '3');
});

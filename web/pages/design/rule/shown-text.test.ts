import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VocabularyName } from '../../../conditions/vocabulary.ts';
import { keptText, shownText } from './shown-text.ts';

const name = (code: string, zh: string): VocabularyName => ({
  code,
  label: { zh, en: code },
  type: 'number',
  unit: 'money',
  group: { code: 'metric', label: { zh: '', en: '' } },
});

test('names in braces are shown by their labels and kept by their codes', () => {
  const names = [name('outflow_1d', '当日流出'), name('aum', '管理资产')];
  const kept = '转出 {outflow_1d}，资产 {aum}，{nothing}，[客户姓名]';
  assert.equal(shownText(kept, names, 'zh'), '转出 {当日流出}，资产 {管理资产}，{nothing}，[客户姓名]');
  assert.equal(keptText(shownText(kept, names, 'zh'), names, 'zh'), kept);
  assert.equal(keptText('写到一半 {当日', names, 'zh'), '写到一半 {当日');
});

test('a label that two names carry is not taken for either', () => {
  const names = [name('amount', '金额'), name('event_amount', '金额')];
  assert.equal(shownText('{amount} {event_amount}', names, 'zh'), '{amount} {event_amount}');
  assert.equal(keptText('{金额}', names, 'zh'), '{金额}');
});

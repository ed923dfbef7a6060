import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchNames } from './name-search.ts';
import type { VocabularyName } from './vocabulary.ts';

const name = (code: string, zh: string, en: string, group: string, search = ''): VocabularyName => ({
  code,
  label: { zh, en },
  type: 'number',
  unit: 'money',
  group: { code: group, label: { zh: group, en: group } },
  search,
});
const names = [
  name('aum', '管理资产', 'Assets under management', 'metrics', 'guanlizichan glzc'),
  name('gender', '性别', 'Gender', 'fields', 'xingbie xb'),
  name('outflow_1d', '当日流出', 'Money out today', 'metrics', 'dangriliuchu drlc'),
];
const codes = (typed: string) => searchNames(names, typed).map(({ code }) => code);

test('names are found by Chinese, English, code, pinyin and initials', () => {
  assert.deepEqual(codes('流出'), ['outflow_1d']);
  assert.deepEqual(codes('money OUT'), ['outflow_1d']);
  assert.deepEqual(codes('zichan'), ['aum']);
  assert.deepEqual(codes('drlc'), ['outflow_1d']);
  assert.deepEqual(codes('today money'), ['outflow_1d']);
  assert.deepEqual(codes('nothing'), []);
});

test('without words all are offered, group by group', () => {
  assert.deepEqual(codes(''), ['aum', 'outflow_1d', 'gender']);
});

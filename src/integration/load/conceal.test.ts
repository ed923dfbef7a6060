import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concealNumbers, concealRow } from './conceal.ts';
import { rejectLine } from './rejects.ts';

test('a rejected row is kept without what identifies a person', () => {
  assert.equal(
    concealRow(
      'C1001,欧阳娜娜,13800138000,11010519491231002X,k@example.com,上海市浦东新区世纪大道1号,2020-01-01,12.50',
    ),
    'C1001,欧**,****8000,****002X,k***@example.com,上海市浦****,2020-01-01,12.50',
  );
  assert.equal(concealRow('"1";"930705";"VKLAD"'), '"1";"930705";"VKLAD"');
});

test('a reason is told without the number that it is about', () => {
  assert.equal(concealNumbers('手机号码“13800138000x”格式不对'), '手机号码“****000x”格式不对');
  assert.equal(concealNumbers('日期 2023-02-30 不存在'), '日期 2023-02-30 不存在');
});

test('H9: no cell of the file of rejects is a formula', () => {
  const reason = { zh: '原因', en: 'reason' };
  for (const content of ['=1+1', ' =1+1', '＝1+1', '＠SUM(A1)', '\t=1', '\u200b-1', '+cmd', '-2', '@x']) {
    const line = rejectLine({ file: 'a.csv', line: 1, field: null, reason, content }, 'zh');
    assert.match(line, /,"?'/, JSON.stringify(line));
  }
});

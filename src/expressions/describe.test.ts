import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caseScope } from './cases/case.ts';
import { compile, describe, type Scope } from './public.ts';

const scope: Scope = {
  names: {
    ...caseScope.names,
    aum: { type: 'number', label: { zh: '总资产', en: 'assets' } },
    level: { ...caseScope.names.level!, label: { zh: '客户等级', en: 'level' } },
  },
};

const described: [text: string, zh: string, en: string][] = [
  ['aum * 0.3 < a', '总资产 × 0.3 小于 a', 'assets × 0.3 is less than a'],
  [
    'level in ("金卡", "private") and aum >= 1',
    '客户等级 是 金卡、私行 之一 且 总资产 不低于 1',
    'level is one of Gold, Private and assets is at least 1',
  ],
  ['(a = 1 or b = null) and not(p)', '（a 等于 1 或 b 为空） 且 并非（p）', '(a is 1 or b is empty) and not (p)'],
  ['(a + b) * 2 - (a - b)', '（a + b） × 2 − （a − b）', '(a + b) × 2 − (a − b)'],
  ['d - 今天 = duration("P15D")', 'd − 今天 等于 15 天', 'd − today is 15 days'],
  ['days between(d, today) > 30', '从d到今天的天数 大于 30', 'the days from d to today is greater than 30'],
  [
    'days between(coalesce(d, today), today) > 3',
    '从d、今天中首个有值的到今天的天数 大于 3',
    'the days from the first of d, today that is not empty to today is greater than 3',
  ],
  ['max(a, b, 0) = min(a, 1)', 'a、b、0中最大的 等于 a、1中最小的', 'the greatest of a, b, 0 is the least of a, 1'],
  ['a between 1 and 5', 'a ≥ 1 且 ≤ 5', 'a ≥ 1 and ≤ 5'],
  [
    'sum(持仓[kind = "x"].x) > 5',
    '持仓（kind 等于 “x”）的x之和 大于 5',
    'the sum of x of 持仓 (kind is "x") is greater than 5',
  ],
  ['some i in 持仓 satisfies i.x > 5', '持仓中有一项满足 x 大于 5', 'one of 持仓 has x is greater than 5'],
  ['if p then "a" else null', '若 p 则 “a”，否则 空', 'if p then "a", otherwise empty'],
  ['d.month = 2', 'd的月份 等于 2', 'the month of d is 2'],
];

for (const [text, zh, en] of described) {
  test(`says ${text}`, () => {
    assert.deepEqual(describe(compile(text, scope).ast), { zh, en });
  });
}

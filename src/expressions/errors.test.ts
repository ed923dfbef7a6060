import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '#kernel';
import { caseContext, caseScope } from './cases/case.ts';
import { type Context, compile, type ExpressionType, placeOf, type Row, type Scope } from './public.ts';

/** The text, the words that the failure is about, its kind, and a part of what it says in each language. */
type Refused = [text: string, marked: string | null, kind: string, zh: string, en: string];

const refused: Refused[] = [
  ['', null, 'empty', '表达式是空的', 'is empty'],
  ['a >', '', 'syntax', '检查括号、引号和运算符', 'check brackets'],
  ['a = (1', '', 'syntax', '附近写法不完整', 'incomplete or wrong'],
  ['a == 1', '==', 'other_habit', '把“==”改写成“=”', 'write "=" instead of "=="'],
  ['a <> 1', '<>', 'other_habit', '“!=”', '"!="'],
  ["s = 'x'", "'", 'other_habit', '改写成“"”', 'instead of "\'"'],
  ['a is null', ' is null', 'other_habit', '“ = null”', '" = null"'],
  ['p && q', '&&', 'other_habit', '“ and ”', '" and "'],
  ['a＞3', '＞', 'other_habit', '把“＞”改写成“>”', 'write ">"'],
  ['（a + 1） > 2', '（', 'other_habit', '把“（”改写成“(”', 'write "("'],
  ['s = “金卡”', '“', 'other_habit', '改写成“"”', 'write """'],
  ['p 且 q', ' 且 ', 'other_habit', '“ and ”', '" and "'],
  ['a ** 2 > 1', '**', 'unsupported', '不能用', 'cannot be used'],
  ['for i in items return i', 'for i in items return i', 'unsupported', '不能用', 'cannot be used'],
  ['{a: 1}', '{', 'unsupported', '不能用', 'cannot be used'],
  ['function(x) x', 'function(x) x', 'unsupported', '不能用', 'cannot be used'],
  ['a instance of number', 'a instance of number', 'unsupported', '不能用', 'cannot be used'],
  ['time("10:00:00") = m', 'time("10:00:00")', 'unsupported', '不能用', 'cannot be used'],
  ['amount > 1', 'amount', 'unknown_name', '没有名为“amount”的字段', 'no field "amount"'],
  ['持舱 > 1', '持舱', 'unknown_name_near', '是否想写“持仓”', 'did you mean "持仓"'],
  ['upper(s)', 'upper', 'unknown_function_near', '“upper case”', '"upper case"'],
  ['frobnicate(s)', 'frobnicate', 'unknown_function', '没有函数“frobnicate”', 'no function "frobnicate"'],
  [
    'substring(s)',
    'substring(s)',
    'wrong_arguments',
    '写法是 substring(文本, 数字)',
    'is written substring(text, number)',
  ],
  ['contains(s, 3)', '3', 'wrong_type', '此处需要文本，“3”却是数字；可用 string(…) 转换', 'convert with string(…)'],
  ['a and p', 'a', 'wrong_type', '需要是或否', 'true or false is needed'],
  ['if a then 1 else 2', 'a', 'wrong_type', '需要是或否', 'true or false is needed'],
  ['-s', 's', 'wrong_type', '可用 number(…) 转换', 'convert with number(…)'],
  ['s > 3', 's > 3', 'cannot_compare', '文本与数字不能比较；可用 number(…) 转换', 'convert with number(…)'],
  ['m < today', 'm < today', 'cannot_compare', '可用 date(…) 转换', 'convert with date(…)'],
  ['a < null', 'a < null', 'no_order', '请用 = 或 !=', 'use = or !='],
  ['p > q', 'p > q', 'no_order', '没有大小之分', 'has no order'],
  ['a + s', 'a + s', 'cannot_calculate', '数字 + 文本 不能计算', 'cannot be calculated'],
  ['d + 3', 'd + 3', 'cannot_calculate', '不能计算', 'cannot be calculated'],
  ['d + (d - e)', 'd - e', 'duration_not_written', 'add days', 'add days'],
  ['d + duration("PT36H")', 'duration("PT36H")', 'whole_days', '整天', 'whole days'],
  ['if p then 1 else "x"', 'if p then 1 else "x"', 'branches_differ', '应为同一类型', 'must be of one type'],
  ['sum(a)', 'a', 'not_a_list', '“a”不是列表', '"a" is not a list'],
  ['items > 1', 'items', 'list_needs_function', 'count(items)', 'count(items)'],
  ['sum(items)', 'sum(items)', 'list_needs_field', 'sum(items.字段)', 'sum(items.field)'],
  ['count(items[count(items) > 1])', 'items', 'list_in_list', '加上括号', 'put brackets'],
  ['sum(items.y)', 'items.y', 'unknown_field', '可用：x, kind, on', 'it has: x, kind, on'],
  ['d.decade', 'd.decade', 'unknown_part', '可用：year, month, day, weekday', 'it has: year'],
  ['a.year', 'a.year', 'unknown_part', '数字没有“.year”', 'a number has no ".year"'],
  ['s = "a\\q"', '"a\\q"', 'bad_text', '转义', 'escape'],
  ['s = "\\u0000"', '"\\u0000"', 'bad_text', '转义', 'escape'],
  ['a > 1e5', '1e5', 'bad_number', '不用指数', 'no exponent'],
  ['d = date("2023-02-29")', 'date("2023-02-29")', 'bad_date', 'YYYY-MM-DD', 'YYYY-MM-DD'],
  [
    'm > date and time("yesterday")',
    'date and time("yesterday")',
    'bad_datetime',
    '不是有效时刻',
    'not a valid date and time',
  ],
  ['d - e > duration("15 days")', 'duration("15 days")', 'bad_duration', 'duration("P15D")', 'duration("P15D")'],
  ['d - e > duration("P1M1D")', 'duration("P1M1D")', 'bad_duration', '不能混用', 'not both kinds'],
  ['客户等级 = "银卡"', '"银卡"', 'unknown_option', '金卡 (gold), 私行 (private)', 'Gold (gold), Private (private)'],
  ['constructor = 1', 'constructor', 'reserved_name', '保留字', 'is reserved'],
];

function failureOf(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  assert.fail('nothing was refused');
}

for (const [text, marked, kind, zh, en] of refused) {
  test(`refuses ${text || 'nothing at all'}`, () => {
    const failure = failureOf(() => compile(text, caseScope));
    assert.equal(failure.kind.code, `expression.${kind}`);
    assert.ok(failure.text('zh').includes(zh), failure.text('zh'));
    assert.ok(failure.text('en').includes(en), failure.text('en'));
    const place = placeOf(failure);
    assert.equal(place ? text.slice(place.from, place.to) : null, marked);
    assert.doesNotMatch(failure.text('zh') + failure.text('en'), /\{\w+\}|undefined|\[object/);
  });
}

test('an ambiguous name names the codes to choose from', () => {
  const names: Scope['names'] = { 状态: { type: 'text', ambiguous: ['customer_status', 'card_status'] } };
  const failure = failureOf(() => compile('状态 = "x"', { names }));
  assert.equal(failure.kind.code, 'expression.ambiguous_name');
  assert.match(failure.text('zh'), /customer_status, card_status/);
});

test('the expected type is checked, a bare null takes it', () => {
  const failure = failureOf(() => compile('s', caseScope, 'number'));
  assert.equal(failure.text('zh'), '整个表达式应得到数字，现在得到文本；可用 number(…) 转换');
  assert.equal(compile('null', caseScope, 'number').type, 'number');
});

/** What only a run can show: values that are missing or of another type. */
const refusedRuns: [text: string, row: Row, context: Context | undefined, type: ExpressionType, zh: RegExp][] = [
  ['a > 1', { a: 'many' }, caseContext, 'boolean', /“a”的值“many”不是数字/],
  ['a > 1', { a: Number.NaN }, caseContext, 'boolean', /不是数字/],
  ['a > 1', { a: '9'.repeat(39) }, caseContext, 'boolean', /不是数字/],
  ['d > today', { d: '2023-02-29' }, caseContext, 'boolean', /不是日期/],
  ['p', { p: 'yes' }, caseContext, 'boolean', /不是是或否/],
  ['count(items) > 0', { items: 'x' }, caseContext, 'boolean', /不是列表/],
  ['d > today', { d: '2024-01-01' }, undefined, 'boolean', /没有给出“today”的值/],
  ['d > today', { d: '2024-01-01' }, { values: { today: 'soon' } }, 'boolean', /“today”的值“soon”不是日期/],
  ['date(m)', { m: '2024-01-01T00:00:00Z' }, { zone: 'Mars/Base' }, 'date', /没有时区“Mars\/Base”/],
  ['number(s)', { s: '12x' }, { strict: true }, 'number', /“12x”不能转换成数字/],
  ['date(s)', { s: '2023-02-29' }, { strict: true }, 'date', /不能转换成日期/],
  ['d - duration("P1D")', { d: '0001-01-01' }, caseContext, 'date', /公元 1 年至 9999 年/],
];

for (const [text, row, context, type, zh] of refusedRuns) {
  test(`refuses to run ${text} on ${JSON.stringify(row).slice(0, 60)}`, () => {
    const expression = compile(text, caseScope, type);
    assert.match(failureOf(() => expression.evaluate(row, context)).text('zh'), zh);
  });
}

test('a strict run takes blank texts for null', () => {
  assert.equal(compile('number(s)', caseScope).evaluate({ s: ' ' }, { strict: true }), null);
});

test('names and functions without a database form are refused in SQL with their place', () => {
  const names: Scope['names'] = { s: { type: 'text', sql: 'c.s' }, shown: { type: 'number' } };
  const unknownColumn = failureOf(() => compile('shown > 1', { names }).sql());
  assert.deepEqual(placeOf(unknownColumn), { from: 0, to: 5 });
  const importOnly = failureOf(() => compile('number(s, ".", ",") > 1', { names }).where());
  assert.match(importOnly.text('zh'), /不能在数据库中计算，只能用于导入/);
});

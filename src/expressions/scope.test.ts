import assert from 'node:assert/strict';
import { test } from 'node:test';
import sql from 'sql-template-tag';
import { aliased, clockNames, compile, functionTable, isName, type Scope, usageOf } from './public.ts';

const names = aliased({
  outflow_1d: { type: 'number', aliases: ['单日流出', '流出'], sql: 'm.outflow_1d' },
  aum: { type: 'number', aliases: ['总资产', 'AUM（元）'], sql: sql`c.aum`, notNull: true },
  status: { type: 'text', aliases: ['状态'] },
  card_status: { type: 'text', aliases: ['状态'] },
  流出: { type: 'text' },
  outflow_share_min: { type: 'number', given: 'context' },
  holdings: {
    type: 'list',
    aliases: ['持仓'],
    list: { fields: aliased({ value: { type: 'number', aliases: ['市值'] } }) },
  },
});
const scope: Scope = { names: { ...clockNames, ...names } };

test('several names lead to one thing', () => {
  const expression = compile(
    '单日流出 > outflow_1d * outflow_share_min or AUM（元） < sum(持仓[市值 > 1].value)',
    scope,
  );
  assert.deepEqual(expression.names, ['outflow_1d', 'aum', 'holdings']);
  assert.deepEqual(expression.constants, ['outflow_share_min']);
  assert.deepEqual(expression.lists, { holdings: ['value'] });
});

test('a code means its own thing, an alias of two things none', () => {
  assert.equal(compile('流出', scope).type, 'text');
  assert.throws(() => compile('状态 = "x"', scope), /status, card_status/);
  assert.equal(compile('card_status', scope).evaluate({ card_status: 'open' }), 'open');
});

test('names may hold blanks, signs and points; functions and fields may share a name', () => {
  const columns: Scope['names'] = {
    'account-id': { type: 'text' },
    'owner.client_id': { type: 'text' },
    '年 份': { type: 'number' },
    date: { type: 'text' },
    近30天: { type: 'number' },
  };
  const text =
    'account-id = "1" and owner.client_id = "2" and 年 份 = 3 and date(date) = date("1995-01-13") and 近30天 = 4';
  const row = { 'account-id': '1', 'owner.client_id': '2', '年 份': '3', date: '19950113', 近30天: 4 };
  assert.equal(compile(text, { names: columns }).evaluate(row), true);
});

test('isName tells whether a heading can be used as it stands', () => {
  assert.deepEqual(['总资产', 'A1', 'account-id', 'date', '客户 名称', 'AUM（元）'].map(isName), [
    true,
    true,
    true,
    true,
    true,
    true,
  ]);
  assert.deepEqual(
    ['30天', '', 'and', 'if', 'a,b', 'x"', 'constructor', '(a)', '{x}', 'null'].map(isName),
    Array(10).fill(false),
  );
});

test('a compiled expression is kept per scope', () => {
  assert.equal(compile('aum > 1', scope), compile('aum > 1', scope));
  assert.notEqual(compile('aum > 1', scope), compile('aum > 1', { ...scope }));
});

test('values of a context are read once per object', () => {
  const values = { outflow_share_min: '0.3' };
  const context = { values };
  const expression = compile('aum * outflow_share_min', scope);
  assert.equal(expression.evaluate({ aum: 10 }, context), '3');
  assert.equal(expression.evaluate({ aum: 10 }, { values: { outflow_share_min: '0.5' } }), '5');
});

test('imports read foreign numbers and local times', () => {
  const row: Scope['names'] = { s: { type: 'text' } };
  const value = (text: string, s: string, zone?: string) => compile(text, { names: row }).evaluate({ s }, { zone });
  assert.equal(value('number(s, ".", ",")', '-1.234.567,50'), '-1234567.5');
  assert.equal(value('number(s, " ", ",")', '1 234,5'), '1234.5');
  assert.equal(value('number(s, "", ",")', '1.5'), null);
  assert.equal(value('date and time(s)', '2024-07-01 09:30'), '2024-07-01T01:30:00.000Z');
  assert.equal(value('date and time(s)', '2024-07-01T09:30:15.250+02:00'), '2024-07-01T07:30:15.250Z');
  assert.equal(value('date and time(s)', '20240701 093015'), null);
  // The clock skips 02:00–03:00 and shows 02:00–03:00 twice.
  assert.equal(value('date and time(s)', '2024-03-31T02:30:00', 'Europe/Prague'), '2024-03-31T01:30:00.000Z');
  assert.equal(value('date and time(s)', '2024-10-27T02:30:00', 'Europe/Prague'), '2024-10-27T01:30:00.000Z');
});

test('every function says in both languages how it is written and what it does', () => {
  for (const definition of functionTable) {
    assert.ok(definition.about.zh && definition.about.en, definition.name);
    assert.match(usageOf(definition, 'zh'), /^[a-z ]+\(.+\)$/);
  }
  const substring = functionTable.find(({ name }) => name === 'substring')!;
  assert.equal(usageOf(substring, 'zh'), 'substring(文本, 数字)');
  assert.equal(usageOf(substring, 'en'), 'substring(text, number)');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '#kernel';
import { caseContext, caseScope } from './cases/case.ts';
import { aliased, compile, type Scope } from './public.ts';

const repeated = (piece: string, count: number, between = '') =>
  Array.from({ length: count }, () => piece).join(between);

/** Texts that ask for too much, and why they are refused. */
const excessive: [name: string, text: string, kind: string][] = [
  ['a text of 4,001 characters', `a > ${' '.repeat(3_996)}1`, 'too_long'],
  ['41 brackets', `${'('.repeat(41)}a${')'.repeat(41)} > 1`, 'too_deep'],
  ['4,000 open brackets', '('.repeat(4_000), 'too_deep'],
  ['50 minus signs', `${'- '.repeat(50)}a > 1`, 'too_deep'],
  ['41 nots', `${'not('.repeat(41)}p${')'.repeat(41)}`, 'too_deep'],
  ['60 list filters', `count(items${'[p]'.repeat(60)})`, 'too_deep'],
  ['1,300 arguments', `coalesce(${repeated('-n', 1_300, ',')})`, 'too_many_parts'],
  ['a power', '10**400', 'unsupported'],
  ['a long number', `a > ${'9'.repeat(39)}`, 'bad_number'],
  ['a long fraction', `a > 0.${'9'.repeat(21)}`, 'bad_number'],
  ['an exponent', 'a > 1e400', 'bad_number'],
  ['a product of 20 columns', repeated('a', 20, ' * '), 'too_many_digits'],
  [
    'texts that grow',
    `replace(replace(replace(s, "a", "${'a'.repeat(1_000)}"), "a", "${'a'.repeat(1_000)}"), "a", "${'a'.repeat(1_000)}")`,
    'too_much_text',
  ],
  ['five thousand years', `d${' + duration("P900Y")'.repeat(6)} > e`, 'date_too_far'],
  [
    'SQL that doubles',
    `${'abs('.repeat(3)}${'mod(1 + '.repeat(12)}a${', 3)'.repeat(12)}${')'.repeat(3)}`,
    'too_many_parts',
  ],
  ['a regular expression', 'matches(s, "^(a+)+$")', 'unknown_function'],
];

for (const [name, text, kind] of excessive) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => compile(text, caseScope),
      (error) => error instanceof Failure && error.kind.code === `expression.${kind}` && error.text('zh') !== '',
    );
  });
}

test('long flat chains are allowed', () => {
  const row = { n: 1, a: '0.5' };
  assert.equal(compile(repeated('a', 900, '+'), caseScope).evaluate(row), '450');
  assert.equal(compile(repeated('n>1', 280, ' or '), caseScope).evaluate(row), false);
  const branches = `${repeated('if n = 2 then 1 else ', 150)}3`;
  assert.equal(compile(branches, caseScope).evaluate(row), '3');
  assert.ok(compile(branches, caseScope).sql().values.length > 150);
});

const inherited = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
];

for (const name of inherited) {
  test(`never reaches ${name}`, () => {
    const texts = [
      name,
      `${name} = null`,
      `${name}("x")`,
      `${name}()`,
      `s.${name}`,
      `d.${name}`,
      `items.${name}`,
      `count(items.${name})`,
      `sum(items[${name} = 1].x)`,
      `some i in items satisfies i.${name} = 1`,
      `some ${name} in items satisfies ${name}.${name} = 1`,
      `count(items[item.${name} = null])`,
    ];
    for (const text of texts) assert.throws(() => compile(text, caseScope), Failure, text);
    const scope: Scope = { names: { ...aliased({ [`x${name}`]: { type: 'text' } }), [name]: { type: 'text' } } };
    if (name in {}) assert.throws(() => compile(`${name} = "x"`, scope), Failure);
  });
}

test('any soup of tokens is compiled or refused, quickly and with a Failure', () => {
  const tokens = [
    ...['a', 's', 'd', 'm', 'p', 'items', 'x', '客户等级', '持仓', 'h', 'item', 'today', 'constructor'],
    ...['1', '0.5', '"x"', '"', "'", 'null', 'true', 'date("2024-01-01")', 'duration("P1D")', '@"P1M"', '1e9', '..'],
    ...[
      '+',
      '-',
      '*',
      '/',
      '**',
      '=',
      '!=',
      '<',
      '>=',
      '==',
      'and',
      'or',
      'in',
      'between',
      'not(',
      'if',
      'then',
      'else',
    ],
    ...['(', ')', '[', ']', '{', '}', ',', '.', ':', ';', '@', '?', '//', '/*', '\n', '（', '，', '＞'],
    ...[
      'some',
      'every',
      'satisfies',
      'for',
      'return',
      'function',
      'sum(',
      'count(',
      'substring(',
      'instance of',
      'coalesce(',
    ],
  ];
  const soup = fc.array(fc.constantFrom(...tokens), { maxLength: 60 }).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 80 })), (text) => {
      const started = process.cpuUsage();
      try {
        const expression = compile(text, caseScope);
        expression.evaluate({ a: '1', items: [] }, caseContext);
        expression.sql(caseContext);
      } catch (error) {
        assert.ok(error instanceof Failure, `${text}: ${error}`);
      }
      const used = process.cpuUsage(started);
      assert.ok(used.user + used.system < 2_000_000, `${text} took ${used.user / 1_000} ms`);
    }),
    { numRuns: 800, seed: 42 },
  );
});

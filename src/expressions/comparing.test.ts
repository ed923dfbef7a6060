import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compile, rowReader, type Scope } from './public.ts';

const number = { type: 'number' as const };
const scope: Scope = { names: { a: number, b: number, limit: { ...number, given: 'context' } } };
const OPERATORS = ['<', '<=', '>', '>=', '=', '!='] as const;

/** Digits around the number of those that a double tells apart, with the texts that one number may have. */
const decimals = fc
  .tuple(
    fc.boolean(),
    fc.bigInt({ min: 0n, max: 10n ** 18n }),
    fc.constantFrom(1n, 10n, 10n ** 3n, 10n ** 9n, 10n ** 16n),
    fc.nat({ max: 9 }),
    fc.nat({ max: 3 }),
  )
  .map(([negative, units, cut, places, noughts]) => {
    const digits = String(units / cut).padStart(places + 1, '0');
    const whole = digits.slice(0, digits.length - places);
    const part = digits.slice(digits.length - places) + '0'.repeat(places > 0 ? noughts : 0);
    return `${negative ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}`;
  });

/** A neighbour of it, or another one. */
const pairs = fc
  .tuple(decimals, decimals, fc.boolean(), fc.constantFrom('0', '1', '9'))
  .map(([a, other, near, digit]) => {
    return [a, near ? a.slice(0, -1) + digit : other] as const;
  });

function order(a: string, b: string): number {
  const units = (text: string) => {
    const [whole, part = ''] = text.replace('-', '').split('.');
    const value = BigInt(whole! + part.padEnd(20, '0'));
    return text.startsWith('-') ? -value : value;
  };
  return units(a) < units(b) ? -1 : units(a) > units(b) ? 1 : 0;
}

const holds: Record<(typeof OPERATORS)[number], (order: number) => boolean> = {
  '<': (found) => found < 0,
  '<=': (found) => found <= 0,
  '>': (found) => found > 0,
  '>=': (found) => found >= 0,
  '=': (found) => found === 0,
  '!=': (found) => found !== 0,
};

test('numbers of any length are compared exactly, as texts, as values read before, with literals and given values', () => {
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      for (const operator of OPERATORS) {
        const expected = holds[operator](order(a, b));
        const context = { values: { limit: b } };
        for (const text of [`a ${operator} b`, `a ${operator} ${b}`, `a ${operator} limit`, `${a} ${operator} b`]) {
          const condition = compile(text, scope, 'boolean');
          assert.equal(condition.evaluate({ a, b }, context), expected, `${text} with ${a}, ${b}`);
          const read = rowReader([condition])({ a, b }, context);
          assert.equal(condition.evaluateRead(read, context), expected, `${text} with ${a}, ${b}, read`);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test('no value is unknown, and a text that is no number is refused', () => {
  for (const [text, a, expected] of [
    ['a > 5', null, null],
    ['a = 5', null, false],
    ['a != 5', undefined, true],
    ['a = null', null, true],
    ['a > -0', '-0.00', false],
    ['a = 0', '-0.00', true],
    ['a > 5', '+6', true],
    ['a > 0.4', '.5', true],
  ] as const) {
    assert.equal(compile(text, scope, 'boolean').evaluate({ a }), expected, `${text} with ${a}`);
  }
  for (const a of ['', '-', '1.', '1e3', '1.2.3', 'x', true]) {
    assert.throws(() => compile('a > 5', scope, 'boolean').evaluate({ a }), { name: 'Failure' }, String(a));
  }
});

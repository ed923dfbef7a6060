import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Failure } from '#kernel';
import { compile, panelOf, type Scope } from './public.ts';

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
          const panel = panelOf([condition]);
          panel.take({ a, b }, context);
          assert.equal(panel.value(0), expected, `${text} with ${a}, ${b}, of a panel`);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

/** Sums of multiples, with what they are of `a`, `b` and `limit` in units of 10^-20; `a / 8` has no more places than that. */
const SUMS: [string, (a: bigint, b: bigint, limit: bigint) => bigint][] = [
  ['a * 100 - b * 3', (a, b) => a * 100n - b * 3n],
  ['a + 0.1 + 100000000000000 - 100000000000000 - b', (a, b) => a - b + 10n ** 19n],
  ['limit - (a - b)', (a, b, limit) => limit - a + b],
  ['-(a * 0.3) + 7', (a) => (-a * 3n) / 10n + 7n * 10n ** 20n],
  ['(a + b) / 8 * 1000', (a, b) => ((a + b) / 8n) * 1000n],
  ['5', () => 5n * 10n ** 20n],
  ['b', (_, b) => b],
];

test('sums of multiples are compared exactly, however close they lie', () => {
  const places8 = fc
    .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.nat({ max: 8 }))
    .map(([units, places]) => {
      const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
      const at = digits.length - places;
      return `${units < 0n ? '-' : ''}${digits.slice(0, at)}${places > 0 ? `.${digits.slice(at)}` : ''}`;
    });
  const units = (text: string) => {
    const [whole, part = ''] = text.replace('-', '').split('.');
    const value = BigInt(whole! + part.padEnd(20, '0'));
    return text.startsWith('-') ? -value : value;
  };
  const shown = (value: bigint) => {
    const digits = String(value < 0n ? -value : value).padStart(21, '0');
    return `${value < 0n ? '-' : ''}${digits.slice(0, -20)}.${digits.slice(-20)}`;
  };
  fc.assert(
    fc.property(
      places8,
      places8,
      places8,
      fc.nat({ max: SUMS.length - 3 }),
      fc.constantFrom(-1n, 0n, 1n),
      (a, b, limit, at, off) => {
        const [text, calculated] = SUMS[at]!;
        const value = calculated(units(a), units(b), units(limit));
        const context = { values: { limit } };
        // Against itself, a last place beside it, and other sums.
        const rivals: [string, bigint][] = [
          [shown(value + off), value + off],
          ...SUMS.map(([other, of]): [string, bigint] => [other, of(units(a), units(b), units(limit))]),
        ];
        const operators = OPERATORS.flatMap((operator) => rivals.map((rival) => ({ operator, rival })));
        const conditions = operators.map(({ operator, rival }) =>
          compile(`${text} ${operator} ${rival[0]}`, scope, 'boolean'),
        );
        const panel = panelOf(conditions);
        panel.take({ a, b }, context);
        operators.forEach(({ operator, rival }, place) => {
          const order = value < rival[1] ? -1 : value > rival[1] ? 1 : 0;
          assert.equal(
            panel.value(place),
            holds[operator](order),
            `${conditions[place]!.text} with ${a}, ${b}, ${limit}`,
          );
        });
        for (const row of [
          { a: null, b },
          { a, b: null },
          { a: null, b: null },
        ]) {
          panel.take(row, context);
          conditions.forEach((condition, place) => {
            assert.equal(
              panel.value(place),
              condition.evaluate(row, context),
              `${condition.text} with ${JSON.stringify(row)}`,
            );
          });
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('conditions beside one another read each row anew, refuse what each would refuse, and only when it is asked', () => {
  const texts = ['a > 5', 'a > 5 and b > 5', 'a > 5 or limit > b', 'b * 2 > a', 'a = b'] as const;
  const conditions = texts.map((text) => compile(text, scope, 'boolean'));
  const panel = panelOf(conditions);
  const row: Record<string, unknown> = {};
  const outcome = (ask: () => unknown) => {
    try {
      return ask();
    } catch (error) {
      assert.equal((error as Error).name, 'Failure');
      return (error as Failure).text('en');
    }
  };
  const values = ['1', '7', 7, '7.5', '12345678901234567890', null, undefined, 'x', '', true];
  for (const context of [{ values: { limit: '6' } }, { values: {} }, undefined]) {
    for (const a of values) {
      for (const b of values) {
        row.a = a;
        row.b = b;
        panel.take(row, context);
        conditions.forEach((condition, place) => {
          assert.deepEqual(
            outcome(() => panel.value(place)),
            outcome(() => condition.evaluate({ a, b }, context)),
            `${condition.text} with ${String(a)}, ${String(b)}`,
          );
        });
      }
    }
  }
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

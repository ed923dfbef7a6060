import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '#kernel';
import { compile, expressionFailures, type Node, write } from './public.ts';
import { essence } from './testing/essence.ts';
import { expressions } from './testing/grammar.ts';
import { scope } from './testing/subjects.ts';

/** Raise for a campaign: `EXPRESSION_RUNS=20000 EXPRESSION_SEED=7 node --test src/expressions/write.test.ts`. */
const runs = Number(process.env.EXPRESSION_RUNS ?? 1_500);
const seed = Number(process.env.EXPRESSION_SEED ?? 20_260_131);

/** Undefined where the generator wrote something that is refused for its size. */
function treeOf(text: string): Node | undefined {
  try {
    return compile(text, scope).ast;
  } catch (error) {
    if (error instanceof Failure && error.kind !== expressionFailures.syntax) return undefined;
    throw error;
  }
}

test('what is written of a random expression means the same expression', () => {
  fc.assert(
    fc.property(expressions, (text) => {
      const tree = treeOf(text);
      if (!tree) return;
      const written = write(tree);
      assert.deepEqual(essence(compile(written, scope).ast), essence(tree), `${text}\n→ ${written}`);
      assert.equal(write(compile(written, scope).ast), written);
    }),
    { numRuns: runs, seed },
  );
});

test('texts keep quotes, backslashes, line ends and signs beyond the first plane', () => {
  for (const value of ['a"b', 'a\\b', 'a\nb\tc', '𠮷', '', '客户', '\ue000', '\u200b']) {
    const { ast } = compile(`note = ${write({ kind: 'literal', type: 'text', value, from: 0, to: 0 })}`, scope);
    assert.equal(ast.kind === 'compare' && ast.right.kind === 'literal' && ast.right.value, value);
  }
});

test('brackets stand only where they change the meaning', () => {
  const same = [
    '总资产 > 5 and (有投诉 or grade = 1)',
    '(总资产 + 1) * 2 - 3 = 4',
    'grade in [1..5]',
    'grade in (1, > 4)',
  ];
  for (const text of same) assert.equal(write(compile(text, scope).ast), text);
});

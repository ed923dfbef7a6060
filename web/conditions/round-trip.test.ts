import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compile, write } from '#expressions';
import { Failure } from '#kernel';
import { essence } from '../../src/expressions/testing/essence.ts';
import { expressions } from '../../src/expressions/testing/grammar.ts';
import { scope } from '../../src/expressions/testing/subjects.ts';
import { readTree } from './read.ts';
import { flat, group } from './tree.ts';
import type { Names } from './vocabulary.ts';
import { writeTree } from './write.ts';

/** Raise for a campaign: `EXPRESSION_RUNS=20000 EXPRESSION_SEED=7`. */
const runs = Number(process.env.EXPRESSION_RUNS ?? 1_500);
const seed = Number(process.env.EXPRESSION_SEED ?? 20_260_131);
const names = { scope, today: 'today', all: [], byName: namesOfScope() } as Names;

function namesOfScope(): Names['byName'] {
  return new Map(Object.entries(scope.names).map(([name, entry]) => [name, { code: name, ...entry } as never]));
}

test('text → tree → text keeps the meaning of random expressions', () => {
  let shown = 0;
  let chips = 0;
  fc.assert(
    fc.property(expressions, (text) => {
      let expression: ReturnType<typeof compile>;
      try {
        expression = compile(text, scope);
      } catch (error) {
        if (error instanceof Failure) return; // refused for its size
        throw error;
      }
      if (expression.type !== 'boolean') return;
      const tree = readTree(expression.ast);
      const written = writeTree(tree, names);
      assert.deepEqual(written.gaps, [], text);
      const again = compile(written.text, scope);
      assert.deepEqual(essence(again.ast), essence(expression.ast), `${text}\n→ ${written.text}`);
      for (const item of flat(group('and', [tree]))) {
        shown += 1;
        if (item.kind === 'text') chips += 1;
      }
    }),
    { numRuns: runs, seed },
  );
  assert.ok(chips < shown / 3, `${chips} of ${shown} parts are text only`);
});

test('what people write most is shown as rows', () => {
  const texts = [
    '总资产 > 5000000 and days between(生日, today) >= 90 and grade > 0',
    '单日流出 > 总资产 * 0.3',
    '单日流出 > 总资产 * share / 100',
    'not(客户等级 in ("金卡", "a")) and (note = null or not(contains(note, "𠮷")))',
    'list contains(标签, "vip")',
    'days between(today, maturity) in [0..15]',
    'days between(date(最近登录), today) in [0..30]',
    'some item in 持仓[item.市值 > 1] satisfies item.行业 = "科技"',
    'sum(持仓[item.行业 = "科技"].市值) > 总资产 * 0.6',
  ];
  for (const text of texts) {
    const tree = readTree(compile(text, scope).ast);
    const kinds = flat(tree).map((item) => item.kind);
    assert.ok(!kinds.includes('text'), `${text}: ${kinds}`);
    assert.equal(writeTree(tree, names).text, text);
    assert.equal(write(compile(text, scope).ast), text);
  }
});

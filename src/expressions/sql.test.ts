import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caseContext, caseScope } from './cases/case.ts';
import { compile } from './public.ts';

/** The conditions that PostgreSQL is asked to find rows by: plain columns against parameters wherever that is the same. */
const conditions: [text: string, where: string, values: unknown[]][] = [
  ['d - today = duration("P15D")', '(c."d" = $1::date)', ['2026-02-15']],
  ['today - d <= duration("P30D")', '(c."d" >= $1::date)', ['2026-01-01']],
  ['days between(today, d) = 15', '(c."d" = $1::date)', ['2026-02-15']],
  ['days between(d, today) > 14.5', '(c."d" < $1::date)', ['2026-01-17']],
  [
    'days between(today, d) between 0 and 15',
    '((c."d" >= $1::date) AND (c."d" <= $2::date))',
    ['2026-01-31', '2026-02-15'],
  ],
  ['d + duration("P30D") < today', '(c."d" < $1::date)', ['2026-01-01']],
  ['d - e = duration("P2D")', '(c."d" = (c."e" + $1::int))', ['2']],
  ['m < now - duration("P30D")', '(c."m" < $1::timestamptz)', ['2026-01-01T01:30:00.000Z']],
  ['now - m > duration("PT24H")', '(c."m" < $1::timestamptz)', ['2026-01-30T01:30:00.000Z']],
  ['years between(d, today) >= 60', '(c."d" <= $1::date)', ['1966-01-31']],
  ['years between(d, today) < 17.5', '(c."d" > $1::date)', ['2008-01-31']],
  ['months between(d, today) > 2', '(c."d" <= $1::date)', ['2025-10-31']],
  ['n < 30', '(c."n" < $1::bigint)', ['30']],
  ['30 > n', '(c."n" < $1::bigint)', ['30']],
  ['n < share * 100', '(c."n" < $1::bigint)', ['30']],
  ['n < 30.5', '(c."n" < $1::numeric)', ['30.5']],
  ['a > b * share', '(c."a" > (c."b"::numeric * $1::numeric))', ['0.3']],
  ['s in ("金卡", "白金")', '(c."s" = ANY($1::text[]))', [['金卡', '白金']]],
  ['level = "金卡"', '(c.s = $1::text)', ['gold']],
  ['s < "b"', '(c."s" COLLATE "C" < $1::text COLLATE "C")', ['b']],
  ['a = null or not(p)', '((c."a"::numeric IS NULL) OR (NOT c."p"))', []],
  ['not(s = "x")', '(NOT (c."s" IS NOT DISTINCT FROM $1::text))', ['x']],
  ['p = true', '(c."p" = true)', []],
];

for (const [text, where, values] of conditions) {
  test(`WHERE ${text}`, () => {
    const statement = compile(text, caseScope).where(caseContext);
    assert.equal(statement.text, where);
    assert.deepEqual(statement.values, values);
  });
}

test('what people write never becomes SQL text', () => {
  const text = `s = "'; drop table customer; --" or contains(s, "$1")`;
  const statement = compile(text, caseScope).where(caseContext);
  assert.doesNotMatch(statement.text, /drop|--/);
  assert.deepEqual(statement.values, ["'; drop table customer; --", '$1']);
});

test('only a condition has a WHERE form', () => {
  assert.throws(() => compile('a + 1', caseScope).where(caseContext), /no condition/);
});

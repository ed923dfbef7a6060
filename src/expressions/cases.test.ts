import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql, testDatabase } from '#database';
import { type Case, caseContext, caseScope, columns, itemColumns } from './cases/case.ts';
import { comparison, ranges } from './cases/comparison.ts';
import { date, datetime } from './cases/date.ts';
import { list } from './cases/list.ts';
import { logic } from './cases/logic.ts';
import { number } from './cases/number.ts';
import { conversion, text } from './cases/text.ts';
import { compile } from './public.ts';

const features = { comparison, ranges, logic, number, text, conversion, date, datetime, list } satisfies Record<
  string,
  Case[]
>;

for (const [feature, cases] of Object.entries(features)) {
  test(`${feature} in memory`, () => {
    for (const [source, row, expected] of cases) {
      assert.deepEqual(
        compile(source, caseScope).evaluate(row, caseContext),
        expected,
        `${source} ${JSON.stringify(row)}`,
      );
    }
  });
}

test('every case has the same value in PostgreSQL, as a value and as a condition', async () => {
  const db = await testDatabase();
  const definition = (types: Record<string, string>) =>
    Object.entries(types)
      .map(([name, type]) => `"${name}" ${type}`)
      .join(', ');
  await db.query(`create type expression_item as (${definition(itemColumns)})`);
  await db.query(`create type expression_case as (${definition(columns)}, items jsonb)`);
  for (const [source, row, expected] of Object.values(features).flat()) {
    const expression = compile(source, caseScope);
    const value = expression.sql(caseContext);
    const shown = sql`SELECT ${value} AS value FROM jsonb_populate_record(null::expression_case, ${JSON.stringify(row)}::jsonb) c`;
    const { rows } = await db.query<{ value: unknown }>(shown);
    const say = `${source} ${JSON.stringify(row)}\n${value.text}`;
    assert.deepEqual(normal(rows[0]!.value, expression.type), inSqlTerms(expected, expression.type), say);
    if (expression.type !== 'boolean') continue;
    const where = expression.where(caseContext);
    const found = await db.query(
      sql`SELECT FROM jsonb_populate_record(null::expression_case, ${JSON.stringify(row)}::jsonb) c WHERE ${where}`,
    );
    assert.equal(found.rowCount === 1, expected === true, `WHERE ${say}`);
  }
});

/** Numbers without the trailing zeros that numeric keeps. */
function normal(value: unknown, type: string): unknown {
  return type === 'number' && typeof value === 'string' && value.includes('.') ? value.replace(/\.?0+$/, '') : value;
}

/** Durations are seconds in SQL. */
function inSqlTerms(expected: unknown, type: string): unknown {
  if (type !== 'duration' || typeof expected !== 'string') return expected;
  return { P2D: '172800', P1DT1H30M: '91800.000000' }[expected];
}

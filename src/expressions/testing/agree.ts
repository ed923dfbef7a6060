import type { Sql } from 'sql-template-tag';
import { Failure } from '#kernel';
import {
  type Context,
  compile,
  type Expression,
  type ExpressionType,
  expressionFailures,
  panelOf,
  type Result,
} from '../public.ts';
import { scope, subjects } from './subjects.ts';

export type Query = (
  statement: Sql | { text: string; values: unknown[] },
) => Promise<{ rows: Record<string, unknown>[] }>;

/** How a value of SQL is written to be compared with ours, whatever the session's zone and date style. */
const written: Partial<Record<ExpressionType, (value: string) => string>> = {
  number: (value) => `trim_scale(${value})::text`,
  date: (value) =>
    `CASE WHEN ${value} BETWEEN '0001-01-01' AND '9999-12-31' THEN to_char(${value}, 'YYYY-MM-DD') WHEN ${value} IS NOT NULL THEN 'out of range' END`,
  datetime: (value) => `to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
};

function inMemory(expression: Expression, row: (typeof subjects)[number], context: Context): Result {
  try {
    const value = expression.evaluate(row, context);
    const panel = panelOf([expression]);
    panel.take(row, context);
    if (JSON.stringify(panel.value(0)) !== JSON.stringify(value)) {
      throw new Error(`another value beside others: ${expression.text}`);
    }
    return value;
  } catch (error) {
    if (error instanceof Failure && error.kind === expressionFailures.date_out_of_range) return 'out of range';
    throw error;
  }
}

/** Refusals that the generator may meet: the worst case of what it wrote is too large. */
const tooLarge = new Set([
  expressionFailures.too_many_digits,
  expressionFailures.too_much_text,
  expressionFailures.too_many_parts,
  expressionFailures.date_too_far,
  expressionFailures.too_deep,
  // A moment of the run itself, moved out of the calendar.
  expressionFailures.date_out_of_range,
]);

interface Agreement {
  /** Values compared; 0 when the text was refused for its size. */
  compared: number;
  differences: string[];
}

/** Compares memory, SQL value and SQL condition for every subject. */
export async function agree(text: string, context: Context, query: Query): Promise<Agreement> {
  const differences: string[] = [];
  let expression: Expression;
  let value: Sql;
  try {
    expression = compile(text, scope);
    value = expression.sql(context);
  } catch (error) {
    if (error instanceof Failure && tooLarge.has(error.kind)) return { compared: 0, differences };
    throw error;
  }
  const { type } = expression;
  const expected = subjects.map((row) => inMemory(expression, row, context));
  const shown = written[type]?.('found.value') ?? 'found.value';
  const { rows } = await query({
    text: `SELECT id, ${shown} AS value FROM (SELECT s.id, ${value.text} AS value FROM expression_subject s) AS found ORDER BY id`,
    values: value.values,
  });
  rows.forEach(({ value: actual }, id) => {
    if (actual !== expected[id])
      differences.push(`${text}\n  subject ${id}: memory ${expected[id]}, SQL ${actual}\n  ${value.text}`);
  });
  let compared = rows.length;
  if (type === 'boolean') {
    const where = expression.where(context);
    const selected = await query({
      text: `SELECT s.id FROM expression_subject s WHERE ${where.text}`,
      values: where.values,
    });
    const ids = new Set(selected.rows.map(({ id }) => id));
    expected.forEach((holds, id) => {
      if ((holds === true) !== ids.has(id)) {
        differences.push(`${text}\n  subject ${id}: memory ${holds}, WHERE ${ids.has(id)}\n  ${where.text}`);
      }
    });
    compared += expected.length;
  }
  return { compared, differences };
}

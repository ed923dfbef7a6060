import type { Sql } from 'sql-template-tag';
import { Failure } from '#kernel';
import type { Node } from './ast.ts';
import { checkBounds } from './bounds.ts';
import { check } from './check.ts';
import { sqlOf, whereOf } from './compile-sql.ts';
import { evaluator } from './evaluate.ts';
import { kinds, remedyFor } from './failures.ts';
import { functionNames } from './functions/table.ts';
import { limits } from './limits.ts';
import { namesIndex } from './name-index.ts';
import { parseText } from './parse.ts';
import { type Context, type Run, runsOf } from './run.ts';
import type { Scope } from './scope.ts';
import { type ExpressionType, type Row, typeLabels } from './types.ts';
import { type Result, writeValue } from './values.ts';

/** A checked expression, ready for both worlds. */
export interface Expression {
  text: string;
  type: ExpressionType;
  ast: Node;
  /** Keys of the row that it reads, lists included. */
  names: string[];
  /** Keys of `context.values` that it needs. */
  constants: string[];
  /** Fields that it reads of the rows of each list, by key of the list. */
  lists: Record<string, string[]>;
  /**
   * The value for one row: a decimal text, `YYYY-MM-DD`, an ISO instant in UTC, a text, true, false, or null for unknown.
   * Throws a Failure for a value of the row or context that is not of its type.
   */
  evaluate(row: Row, context?: Context): Result;
  /** Types of what it reads of the row; lists are none of them. */
  cells: ReadonlyMap<string, ExpressionType>;
  /** The same value as an SQL expression; values are parameters only. Throws where a name or function is not in the database. */
  sql(context?: Context): Sql;
  /** A condition for WHERE: true exactly where `sql` is true, written so that indexes can serve it. */
  where(context?: Context): Sql;
}

const cache = new WeakMap<Scope, Map<string, Expression>>();

/**
 * Parses, checks and compiles a text over the names of a scope. Throws a Failure that says place, reason and remedy in both
 * languages. Compiled expressions are kept per scope object, so calling it again is cheap.
 */
export function compile(text: string, scope: Scope, expected?: ExpressionType): Expression {
  const expressions = cache.get(scope) ?? new Map<string, Expression>();
  cache.set(scope, expressions);
  const cacheKey = `${expected ?? ''}:${text}`;
  const known = expressions.get(cacheKey);
  if (known) return known;
  const expression = compiled(text, scope, expected);
  if (expressions.size >= limits.expressions_cached_max) expressions.clear();
  expressions.set(cacheKey, expression);
  return expression;
}

function compiled(text: string, scope: Scope, expected?: ExpressionType): Expression {
  const syntax = parseText(text, [...grammarNames, ...knownNames(scope)]);
  const { ast: checked, usage } = check(text, syntax, namesIndex(scope.names));
  const ast = resulting(checked, expected);
  checkBounds(text, ast);
  const evaluate = evaluator(ast);
  const runOf = runsOf([...usage.context.values()]);
  const { type } = ast;
  const expression: Expression = {
    text,
    type,
    ast,
    names: [...usage.row.keys()],
    constants: [...usage.context.keys()],
    lists: Object.fromEntries([...usage.lists].map(([list, fields]) => [list, [...fields]])),
    cells: new Map([...usage.row].filter(([, { list }]) => !list).map(([key, entry]) => [key, entry.type])),
    evaluate:
      type === 'boolean'
        ? (row, context) => evaluate(row, runOf(context), row) as Result
        : (row, context) => writeValue(evaluate(row, runOf(context), row), type),
    sql: (context) => sqlOf(text, ast, runOf(context)),
    where: (context) => whereOf(text, ast, runOf(context)),
  };
  runs.set(expression, runOf);
  return expression;
}

const runs = new WeakMap<Expression, (context?: Context) => Run>();

/** What a context gives to an expression, its values read. */
export const runOf = (expression: Expression, context?: Context): Run => runs.get(expression)!(context);

const grammarNames = functionNames.map((name) => ({ name }));

function knownNames(scope: Scope) {
  return Object.entries(scope.names).map(([name, { list }]) =>
    list ? { name, fields: Object.keys(list.fields) } : { name },
  );
}

/** Gives a bare null the expected type and refuses any other difference. */
function resulting(ast: Node, expected?: ExpressionType): Node {
  if (expected === undefined || ast.type === expected) return ast;
  if (ast.kind === 'literal' && ast.type === 'null') return { ...ast, type: expected };
  throw new Failure(kinds.wrong_result, {
    expected: typeLabels[expected],
    found: typeLabels[ast.type],
    remedy: remedyFor(ast.type, expected),
  });
}

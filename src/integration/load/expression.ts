import { compile, type Expression, type Scope as Names } from '#expressions';
import { Failure } from '#kernel';
import { mappingKinds, rejectKinds } from '../failures.ts';
import type { ColumnType } from '../files/columns.ts';
import type { MappingDocument, MappingPath } from '../mapping/read.ts';
import type { Joined, Read, Scope, Values } from './scope.ts';

/** Whether a row is meant; an unknown answer counts as no. */
export type Condition = (values: Values, joined: Joined) => boolean;

const types = {
  text: 'text',
  integer: 'number',
  decimal: 'number',
  date: 'date',
  datetime: 'datetime',
} satisfies Record<ColumnType, Names['names'][string]['type']>;

/** An expression over the columns of a row, giving the canonical text of its value. */
export function compileExpression(
  text: string,
  scope: Scope,
  zone: string,
  document: MappingDocument,
  path: MappingPath,
): Read {
  const expression = compiled(text, scope, document, path);
  return memoized(expression, scope, zone, path, (value) => (value === null ? null : String(value)));
}

export function compileCondition(
  text: string,
  scope: Scope,
  zone: string,
  document: MappingDocument,
  path: MappingPath,
): Condition {
  const expression = compiled(text, scope, document, path, 'boolean');
  return memoized(expression, scope, zone, path, (value) => value === true);
}

function compiled(
  text: string,
  scope: Scope,
  document: MappingDocument,
  path: MappingPath,
  expected?: 'boolean',
): Expression {
  try {
    const names = new Map([...scope.names()].filter(([name]) => text.includes(name)));
    const entries = [...names].map(([name, type]) => [written(name), { type: types[type], key: name }]);
    return compile(withoutDots(text, names.keys()), { names: Object.fromEntries(entries) }, expected);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const reason = { zh: error.text('zh'), en: error.text('en') };
    throw new Failure(mappingKinds.expression, { place: document.place(path), reason }, path.join('.'));
  }
}

/** A point means a member of a list to the language, so `owner.client_id` goes in under a name without one. */
const written = (name: string) => name.replaceAll('.', '__');

function withoutDots(text: string, names: Iterable<string>): string {
  const dotted = [...names].filter((name) => name.includes('.')).sort((a, b) => b.length - a.length);
  return text
    .split(/("(?:[^"\\]|\\[\s\S])*")/)
    .map((part, index) =>
      index % 2 === 1 ? part : dotted.reduce((all, name) => all.replaceAll(name, written(name)), part),
    )
    .join('');
}

const MEMO_MAX = 10_000;

/**
 * Evaluates once for each combination of the columns that the expression reads: codes and flags repeat in every file. Where
 * they do not (the memory is full and was of no use), it evaluates each row.
 */
function memoized<T extends string | boolean | null>(
  expression: Expression,
  scope: Scope,
  zone: string,
  path: MappingPath,
  result: (value: ReturnType<Expression['evaluate']>) => T,
): (values: Values, joined: Joined) => T {
  const columns = expression.names.map((name) => ({ name, read: scope.column(name, path).read }));
  const context = { zone, strict: true };
  let memo: Map<string, T> | undefined = new Map();
  let hits = 0;
  const evaluate = (values: Values, joined: Joined): T => {
    const row = Object.fromEntries(columns.map(({ name, read }) => [name, read(values, joined)]));
    try {
      return result(expression.evaluate(row, context));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Failure(rejectKinds.expression, { reason: { zh: error.text('zh'), en: error.text('en') } });
    }
  };
  return (values, joined) => {
    if (!memo) return evaluate(values, joined);
    let key = '';
    for (const { read } of columns) key += `${read(values, joined) ?? '\u0001'}\u0000`;
    const known = memo.get(key);
    if (known !== undefined) {
      hits += 1;
      return known;
    }
    const value = evaluate(values, joined);
    if (memo.size >= MEMO_MAX) {
      if (hits < MEMO_MAX) {
        memo = undefined;
        return value;
      }
      memo.clear();
      hits = 0;
    }
    memo.set(key, value);
    return value;
  };
}

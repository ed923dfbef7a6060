import { Failure } from '#kernel';
import type { Node } from './ast.ts';
import { bySlot, type Cells, cellsOf } from './by-slot.ts';
import { type Expression, runOf } from './compile.ts';
import { type Evaluate, evaluator } from './evaluate.ts';
import { type Flat, flat, holdsFlat } from './flat.ts';
import { folded } from './fold.ts';
import { type Context, DEFAULT_ZONE, type Run } from './run.ts';
import type { Row } from './types.ts';
import { type Result, writeValue } from './values.ts';

/**
 * Expressions that are asked over the same rows, one row after the other. What several of them read of a row is read once, when it is first
 * asked for; what does not depend on rows is calculated once a context. Values and refusals are those of `evaluate`.
 */
export interface Panel {
  /** Goes to a row. What was read before is forgotten, of the same object too. */
  take(row: Row, context?: Context): void;
  /** The value of the expression at a place for the row that was taken last. */
  value(place: number): Result;
}

interface Prepared {
  run: Run;
  /** Of conditions. */
  condition: Flat | undefined;
  evaluate: Evaluate | undefined;
}

const NOTHING: Row = Object.freeze({});
const NO_CONTEXT: Context = Object.freeze({});

export function panelOf(expressions: readonly Expression[]): Panel {
  const cells = cellsOf(expressions);
  const types = expressions.map(({ type }) => type);
  const known = new WeakMap<Context, Prepared[]>();
  let context: Context | undefined;
  let prepared: Prepared[] = [];
  let row = NOTHING;
  return {
    take(next, given = NO_CONTEXT) {
      if (given !== context) {
        prepared = known.get(given) ?? expressions.map((each) => prepare(each, given, cells));
        known.set(given, prepared);
        context = given;
        cells.zone = given.zone ?? DEFAULT_ZONE;
      }
      row = next;
      cells.take(next);
    },
    value(place) {
      const { condition, evaluate, run } = prepared[place]!;
      if (condition) return holdsFlat(condition, cells, row, run) as Result;
      return writeValue(evaluate!(row, run, row), types[place]!);
    },
  };
}

function prepare(expression: Expression, context: Context, cells: Cells): Prepared {
  const run = runOf(expression, context);
  const ast = withConstants(expression.ast, run);
  return ast.type === 'boolean'
    ? { run, condition: flat(ast, cells), evaluate: undefined }
    : { run, condition: undefined, evaluate: evaluator(ast, bySlot(cells)) };
}

/** What cannot be calculated is refused where a row comes to it, as it always is, and not before. */
function withConstants(ast: Node, run: Run): Node {
  try {
    return folded(ast, run);
  } catch (error) {
    if (error instanceof Failure) return ast;
    throw error;
  }
}

import { calculation } from './arithmetic.ts';
import type { ListNode, NameNode, Node, NodeOf, Test } from './ast.ts';
import { byKey } from './by-key.ts';
import { civilOf, weekdayOf } from './dates.ts';
import type { FunctionDefinition } from './functions/definition.ts';
import { takenAt } from './functions/usage.ts';
import { compareNumbers, divide, doubleOf, type Num, negate, plus, wholeArgument } from './numbers.ts';
import type { Run } from './run.ts';
import { type CompareOperator, turned } from './syntax.ts';
import { compareTexts } from './texts.ts';
import type { ExpressionType, Row, Value } from './types.ts';
import { readList } from './values.ts';
import { localOf } from './zones.ts';

/** A compiled expression: `item` is the row of a list inside its condition. Null is the third truth value and "no value". */
export type Evaluate = (row: Row, run: Run, item: Row) => Value;
type Logic = boolean | null;

/** How an expression comes by what its names mean: from a row as the caller holds it, or from cells that several expressions share. */
export interface Access {
  /** The value of a name. */
  value(node: NameNode): Evaluate;
  /** Of a name of numbers the double to compare it by; undefined where only the value can be asked for. */
  double(node: NameNode): Quick | undefined;
}

/** A double to compare by; NaN where the value must be looked at: there is none, or it is long, or not of its type. */
export type Quick = (row: Row, run: Run) => number;

export function evaluator(node: Node, access: Access = byKey): Evaluate {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'name':
      return access.value(node);
    case 'negate':
      return strict1(evaluator(node.value, access), (value) => negate(value as Num));
    case 'arithmetic':
      return arithmeticEvaluator(node, access);
    case 'compare':
      return quickly(
        node,
        compareEvaluator(
          node.operator,
          evaluator(node.left, access),
          evaluator(node.right, access),
          node.left.type,
          literalOf(node.right),
        ),
        access,
      );
    case 'in':
      return inEvaluator(node, access);
    case 'and':
      return junctionEvaluator(node.parts, false, access);
    case 'or':
      return junctionEvaluator(node.parts, true, access);
    case 'not':
      return strict1(evaluator(node.value, access), (value) => !value);
    case 'if': {
      const [condition, consequence, otherwise] = [
        evaluator(node.condition, access),
        evaluator(node.consequence, access),
        evaluator(node.otherwise, access),
      ];
      return (row, run, item) =>
        condition(row, run, item) === true ? consequence(row, run, item) : otherwise(row, run, item);
    }
    case 'part':
      return partEvaluator(node, access);
    case 'call':
      return callEvaluator(node.definition, node.arguments, access);
    case 'aggregate':
      return aggregateEvaluator(node, access);
    case 'some':
    case 'every':
      return quantifiedEvaluator(node, access);
  }
}

/** A function of one value for which null gives null. */
function strict1(value: Evaluate, calculate: (value: Exclude<Value, null>, run: Run) => Value): Evaluate {
  return (row, run, item) => {
    const known = value(row, run, item);
    return known === null ? null : calculate(known, run);
  };
}

function literalOf(node: Node): Value | undefined {
  return node.kind === 'literal' ? node.value : undefined;
}

// Comparisons

const orders: Partial<Record<ExpressionType, (left: never, right: never) => number>> = {
  number: compareNumbers,
  text: compareTexts,
};

function orderOf(type: ExpressionType): (left: Value, right: Value) => number {
  const order = orders[type] ?? ((left: number, right: number) => Number(left) - Number(right));
  return order as (left: Value, right: Value) => number;
}

const orderings: Partial<Record<CompareOperator, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Equality knows two truth values: null equals null and nothing else. Order with null is null. */
function compareEvaluator(
  operator: CompareOperator,
  left: Evaluate,
  right: Evaluate,
  type: ExpressionType,
  literal: Value | undefined,
): Evaluate {
  const order = orderOf(type);
  const holds = orderings[operator];
  if (holds) {
    return (row, run, item) => {
      const a = left(row, run, item);
      if (a === null) return null;
      const b = right(row, run, item);
      return b === null ? null : holds(order(a, b));
    };
  }
  const equal = operator === '=';
  if (literal === null) return (row, run, item) => (left(row, run, item) === null) === equal;
  if (type !== 'number') return (row, run, item) => (left(row, run, item) === right(row, run, item)) === equal;
  return (row, run, item) => {
    const a = left(row, run, item);
    const b = right(row, run, item);
    return (a === null || b === null ? a === b : order(a, b) === 0) === equal;
  };
}

function quickEvaluator(node: Node, access: Access): Quick | undefined {
  return node.type === 'number' && node.kind === 'name' ? access.double(node) : undefined;
}

/** Does an operator hold where the left is less, the same, more? */
export const outcomes: Record<CompareOperator, readonly [boolean, boolean, boolean]> = {
  '<': [true, false, false],
  '<=': [true, true, false],
  '>': [false, false, true],
  '>=': [false, true, true],
  '=': [false, true, false],
  '!=': [true, false, true],
};

/** A number of the row that is held against a written one of at most 15 digits. */
export function numberTest({ operator, left, right }: NodeOf<'compare'>) {
  const isTurned = left.kind === 'literal';
  const [name, literal] = isTurned ? [right, left] : [left, right];
  if (name.kind !== 'name' || name.source !== 'row' || name.type !== 'number') return undefined;
  const value = literalOf(literal);
  if (value === null || value === undefined) return undefined;
  const bound = doubleOf(value as Num);
  return Number.isNaN(bound) ? undefined : { name, bound, operator: isTurned ? turned[operator] : operator };
}

/** Most conditions hold one number against another, and most numbers are short: these are compared as doubles. */
function quickly({ operator, left, right }: NodeOf<'compare'>, general: Evaluate, access: Access): Evaluate {
  if (left.kind === 'literal')
    return right.kind === 'literal' ? general : quicklyTurned(turned[operator], right, left, general, access);
  return quicklyTurned(operator, left, right, general, access);
}

function quicklyTurned(
  operator: CompareOperator,
  left: Node,
  right: Node,
  general: Evaluate,
  access: Access,
): Evaluate {
  const first = quickEvaluator(left, access);
  if (!first) return general;
  const [below, equal, above] = outcomes[operator];
  const literal = literalOf(right);
  if (literal !== undefined) {
    const b = literal === null || right.type !== 'number' ? Number.NaN : doubleOf(literal as Num);
    return (row, run, item) => {
      const a = first(row, run);
      if (a < b) return below;
      if (a > b) return above;
      return a === b ? equal : general(row, run, item);
    };
  }
  const second = quickEvaluator(right, access);
  if (!second) return general;
  return (row, run, item) => {
    const a = first(row, run);
    const b = Number.isNaN(a) ? a : second(row, run);
    if (a < b) return below;
    if (a > b) return above;
    return a === b ? equal : general(row, run, item);
  };
}

function inEvaluator(node: NodeOf<'in'>, access: Access): Evaluate {
  const value = evaluator(node.value, access);
  const known = knownTexts(node);
  if (known) return (row, run, item) => known.has(value(row, run, item));
  // Each test compares what stands in `subject`, so that the value is calculated once.
  let subject: Value = null;
  const tests = node.tests.map((test) => testEvaluator(test, () => subject, node.value.type, access));
  return (row, run, item) => {
    const now = value(row, run, item);
    let result: Logic = false;
    for (const test of tests) {
      subject = now;
      const holds = test(row, run, item) as Logic;
      if (holds === true) return true;
      if (holds === null) result = null;
    }
    return result;
  };
}

/** A set where only written texts are asked for: the usual case, and fast. */
function knownTexts(node: NodeOf<'in'>): ReadonlySet<Value> | undefined {
  const values = new Set<Value>();
  for (const test of node.tests) {
    const value = test.kind === 'compare' && test.operator === '=' ? literalOf(test.value) : undefined;
    if (value === undefined || node.value.type !== 'text') return undefined;
    values.add(value);
  }
  return values;
}

function testEvaluator(test: Test, subject: Evaluate, type: ExpressionType, access: Access): Evaluate {
  if (test.kind === 'compare') {
    return compareEvaluator(test.operator, subject, evaluator(test.value, access), type, literalOf(test.value));
  }
  const low = compareEvaluator(test.lowOpen ? '>' : '>=', subject, evaluator(test.low, access), type, undefined);
  const high = compareEvaluator(test.highOpen ? '<' : '<=', subject, evaluator(test.high, access), type, undefined);
  return junction([low, high], false);
}

// Logic

function junctionEvaluator(parts: Node[], decisive: boolean, access: Access): Evaluate {
  return junction(
    parts.map((part) => evaluator(part, access)),
    decisive,
  );
}

/** Kleene's and (decisive: false) and or (decisive: true): one decisive part settles it, else one unknown part leaves it open. */
function junction(parts: Evaluate[], decisive: boolean): Evaluate {
  return (row, run, item) => {
    let result: Logic = !decisive;
    for (let index = 0; index < parts.length; index += 1) {
      const holds = parts[index]!(row, run, item);
      if (holds === decisive) return decisive;
      if (holds === null) result = null;
    }
    return result;
  };
}

// Calculations

function arithmeticEvaluator(node: NodeOf<'arithmetic'>, access: Access): Evaluate {
  const [left, right] = [evaluator(node.left, access), evaluator(node.right, access)];
  const calculate = calculation(node.left.type, node.operator, node.right.type);
  return (row, run, item) => {
    const a = left(row, run, item);
    if (a === null) return null;
    const b = right(row, run, item);
    return b === null ? null : calculate(a, b, run);
  };
}

function partEvaluator(node: NodeOf<'part'>, access: Access): Evaluate {
  const { part, value } = node;
  const ofInstant = value.type === 'datetime';
  return strict1(evaluator(value, access), (moment, run) => {
    const { day, timeMs } = ofInstant ? localOf(run.zone, moment as number) : { day: moment as number, timeMs: 0 };
    if (part === 'hour') return Math.floor(timeMs / 3_600_000);
    if (part === 'minute') return Math.floor((timeMs % 3_600_000) / 60_000);
    if (part === 'weekday') return weekdayOf(day);
    const number = civilOf(day)[part];
    // PostgreSQL counts 1 BC as -1, the calendar arithmetic as 0.
    return part === 'year' && number <= 0 ? number - 1 : number;
  });
}

type Js = (run: Run, ...values: Value[]) => Value;

/** One closure per number of arguments: an array per call would cost more than most functions. */
function callEvaluator(definition: FunctionDefinition, nodes: Node[], access: Access): Evaluate {
  const js = definition.js as unknown as Js;
  const values = nodes.map((node, index) => argumentEvaluator(node, takenAt(definition, index) === 'whole', access));
  const [first, second, third] = values;
  if (definition.nulls !== 'given') {
    if (values.length === 1) return strict1(first!, (value, run) => js(run, value));
    if (values.length === 2) {
      return (row, run, item) => {
        const a = first!(row, run, item);
        if (a === null) return null;
        const b = second!(row, run, item);
        return b === null ? null : js(run, a, b);
      };
    }
    if (values.length === 3) {
      return (row, run, item) => {
        const a = first!(row, run, item);
        const b = second!(row, run, item);
        const c = third!(row, run, item);
        return a === null || b === null || c === null ? null : js(run, a, b, c);
      };
    }
  }
  return (row, run, item) => {
    const known = values.map((value) => value(row, run, item));
    return definition.nulls !== 'given' && known.includes(null) ? null : js(run, ...known);
  };
}

function argumentEvaluator(node: Node, whole: boolean, access: Access): Evaluate {
  const value = evaluator(node, access);
  return whole ? strict1(value, (number) => wholeArgument(number as Num)) : value;
}

// Lists

/** The rows of a list that satisfy its filter. */
function listEvaluator({ entry, filter }: ListNode, access: Access): (row: Row, run: Run) => readonly Row[] {
  const { key } = entry;
  if (!filter) return (row) => readList(row[key], key);
  const holds = evaluator(filter, access);
  return (row, run) => readList(row[key], key).filter((item) => holds(row, run, item) === true);
}

function aggregateEvaluator({ aggregate, list, field, type }: NodeOf<'aggregate'>, access: Access): Evaluate {
  const rows = listEvaluator(list, access);
  if (aggregate === 'count' || !field) return (row, run) => rows(row, run).length;
  const value = evaluator(field, access);
  const order = orderOf(type);
  const combine: Record<Exclude<typeof aggregate, 'count'>, (values: Value[]) => Value> = {
    sum: (values) => (values as Num[]).reduce(plus),
    mean: (values) => divide((values as Num[]).reduce(plus), values.length),
    min: (values) => values.reduce((least, next) => (order(next, least) < 0 ? next : least)),
    max: (values) => values.reduce((most, next) => (order(next, most) > 0 ? next : most)),
  };
  return (row, run) => {
    const values = rows(row, run).map((item) => value(row, run, item));
    return values.length === 0 || values.includes(null) ? null : combine[aggregate](values);
  };
}

function quantifiedEvaluator({ kind, list, condition }: NodeOf<'some' | 'every'>, access: Access): Evaluate {
  const rows = listEvaluator(list, access);
  const holds = evaluator(condition, access);
  const decisive = kind === 'some';
  return (row, run) => {
    let result: Logic = !decisive;
    for (const item of rows(row, run)) {
      const found = holds(row, run, item);
      if (found === decisive) return decisive;
      if (found === null) result = null;
    }
    return result;
  };
}

import { calculation } from './arithmetic.ts';
import type { ListNode, NameNode, Node, NodeOf, Test } from './ast.ts';
import { civilOf, weekdayOf } from './dates.ts';
import type { FunctionDefinition } from './functions/definition.ts';
import { takenAt } from './functions/usage.ts';
import { compareNumbers, divide, doubleOf, doubleOfText, type Num, negate, plus, wholeArgument } from './numbers.ts';
import { contextValue, type Run } from './run.ts';
import type { CompareOperator } from './syntax.ts';
import { compareTexts } from './texts.ts';
import type { ExpressionType, Row, Value } from './types.ts';
import { readDate, readInstant, readList, readNumber, readText, readValue } from './values.ts';
import { localOf } from './zones.ts';

/** A compiled expression: `item` is the row of a list inside its condition. Null is the third truth value and "no value". */
type Evaluate = (row: Row, run: Run, item: Row) => Value;
type Logic = boolean | null;

export function evaluator(node: Node): Evaluate {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'name':
      return nameEvaluator(node);
    case 'negate':
      return strict1(evaluator(node.value), (value) => negate(value as Num));
    case 'arithmetic':
      return arithmeticEvaluator(node);
    case 'compare':
      return quickly(
        node,
        compareEvaluator(
          node.operator,
          evaluator(node.left),
          evaluator(node.right),
          node.left.type,
          literalOf(node.right),
        ),
      );
    case 'in':
      return inEvaluator(node);
    case 'and':
      return junctionEvaluator(node.parts, false);
    case 'or':
      return junctionEvaluator(node.parts, true);
    case 'not':
      return strict1(evaluator(node.value), (value) => !value);
    case 'if': {
      const [condition, consequence, otherwise] = [
        evaluator(node.condition),
        evaluator(node.consequence),
        evaluator(node.otherwise),
      ];
      return (row, run, item) =>
        condition(row, run, item) === true ? consequence(row, run, item) : otherwise(row, run, item);
    }
    case 'part':
      return partEvaluator(node);
    case 'call':
      return callEvaluator(node.definition, node.arguments);
    case 'aggregate':
      return aggregateEvaluator(node);
    case 'some':
    case 'every':
      return quantifiedEvaluator(node);
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

// Names

type ReadCell = (value: unknown, name: string, zone: string) => Value;

const cellReaders: Partial<Record<ExpressionType, ReadCell>> = {
  number: readNumber,
  text: readText,
  date: readDate,
  datetime: readInstant,
};

function nameEvaluator({ entry, source, type }: NameNode): Evaluate {
  const { key } = entry;
  if (source === 'context') return (_, run) => contextValue(run, key);
  const read: ReadCell = cellReaders[type] ?? ((value, name, zone) => readValue(value, type, name, zone));
  if (source === 'item') {
    return (_, run, item) => {
      const value = item[key];
      return value === null || value === undefined ? null : read(value, key, run.zone);
    };
  }
  return (row, run) => {
    const value = row[key];
    return value === null || value === undefined ? null : run.isRead ? (value as Value) : read(value, key, run.zone);
  };
}

/** One cell of a row as a value of its type. */
export function readCell(value: unknown, type: ExpressionType, name: string, zone: string): Value {
  if (value === null || value === undefined) return null;
  const read = cellReaders[type];
  return read ? read(value, name, zone) : readValue(value, type, name, zone);
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

/** A double to compare by; NaN where the general way must look: for no value, for one that is long or none of its type. */
type Quick = (row: Row, run: Run) => number;

function quickEvaluator(node: Node): Quick | undefined {
  if (node.type !== 'number' || node.kind !== 'name') return undefined;
  const { key } = node.entry;
  if (node.source === 'context') {
    return (_, run) => {
      const value = contextValue(run, key);
      return value === null ? Number.NaN : doubleOf(value as Num);
    };
  }
  if (node.source !== 'row') return undefined;
  return (row, run) => {
    const value = row[key];
    if (typeof value === 'string') return doubleOfText(value);
    return run.isRead && value !== null && value !== undefined ? doubleOf(value as Num) : Number.NaN;
  };
}

/** Does an operator hold where the left is less, the same, more? */
const holding: Record<CompareOperator, readonly [boolean, boolean, boolean]> = {
  '<': [true, false, false],
  '<=': [true, true, false],
  '>': [false, false, true],
  '>=': [false, true, true],
  '=': [false, true, false],
  '!=': [true, false, true],
};

/** Most conditions hold one number against another, and most numbers are short: these are compared as doubles. */
function quickly({ operator, left, right }: NodeOf<'compare'>, general: Evaluate): Evaluate {
  const first = quickEvaluator(left);
  if (!first) return general;
  const [below, equal, above] = holding[operator];
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
  const second = quickEvaluator(right);
  if (!second) return general;
  return (row, run, item) => {
    const a = first(row, run);
    const b = Number.isNaN(a) ? a : second(row, run);
    if (a < b) return below;
    if (a > b) return above;
    return a === b ? equal : general(row, run, item);
  };
}

function inEvaluator(node: NodeOf<'in'>): Evaluate {
  const value = evaluator(node.value);
  const known = knownTexts(node);
  if (known) return (row, run, item) => known.has(value(row, run, item));
  // Each test compares what stands in `subject`, so that the value is calculated once.
  let subject: Value = null;
  const tests = node.tests.map((test) => testEvaluator(test, () => subject, node.value.type));
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

function testEvaluator(test: Test, subject: Evaluate, type: ExpressionType): Evaluate {
  if (test.kind === 'compare') {
    return compareEvaluator(test.operator, subject, evaluator(test.value), type, literalOf(test.value));
  }
  const low = compareEvaluator(test.lowOpen ? '>' : '>=', subject, evaluator(test.low), type, undefined);
  const high = compareEvaluator(test.highOpen ? '<' : '<=', subject, evaluator(test.high), type, undefined);
  return junction([low, high], false);
}

// Logic

function junctionEvaluator(parts: Node[], decisive: boolean): Evaluate {
  return junction(parts.map(evaluator), decisive);
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

function arithmeticEvaluator(node: NodeOf<'arithmetic'>): Evaluate {
  const [left, right] = [evaluator(node.left), evaluator(node.right)];
  const calculate = calculation(node.left.type, node.operator, node.right.type);
  return (row, run, item) => {
    const a = left(row, run, item);
    if (a === null) return null;
    const b = right(row, run, item);
    return b === null ? null : calculate(a, b, run);
  };
}

function partEvaluator(node: NodeOf<'part'>): Evaluate {
  const { part, value } = node;
  const ofInstant = value.type === 'datetime';
  return strict1(evaluator(value), (moment, run) => {
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
function callEvaluator(definition: FunctionDefinition, nodes: Node[]): Evaluate {
  const js = definition.js as unknown as Js;
  const values = nodes.map((node, index) => argumentEvaluator(node, takenAt(definition, index) === 'whole'));
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

function argumentEvaluator(node: Node, whole: boolean): Evaluate {
  const value = evaluator(node);
  return whole ? strict1(value, (number) => wholeArgument(number as Num)) : value;
}

// Lists

/** The rows of a list that satisfy its filter. */
function listEvaluator({ entry, filter }: ListNode): (row: Row, run: Run) => readonly Row[] {
  const { key } = entry;
  if (!filter) return (row) => readList(row[key], key);
  const holds = evaluator(filter);
  return (row, run) => readList(row[key], key).filter((item) => holds(row, run, item) === true);
}

function aggregateEvaluator({ aggregate, list, field, type }: NodeOf<'aggregate'>): Evaluate {
  const rows = listEvaluator(list);
  if (aggregate === 'count' || !field) return (row, run) => rows(row, run).length;
  const value = evaluator(field);
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

function quantifiedEvaluator({ kind, list, condition }: NodeOf<'some' | 'every'>): Evaluate {
  const rows = listEvaluator(list);
  const holds = evaluator(condition);
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

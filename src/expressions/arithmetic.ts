import type { Node } from './ast.ts';
import { addMonthsToDay, DAY_MS } from './dates.ts';
import { divide, minus, type Num, plus, times } from './numbers.ts';
import type { Run } from './run.ts';
import type { ArithmeticOperator } from './syntax.ts';
import type { ExpressionType, Value } from './types.ts';
import { addMonthsToInstant } from './zones.ts';

type Calculate = (left: never, right: never, run: Run) => Value;

/** What can be calculated from what, and how. */
const rules: Record<string, { gives: ExpressionType; js: Calculate }> = {
  'number + number': { gives: 'number', js: (left: Num, right: Num) => plus(left, right) },
  'number - number': { gives: 'number', js: (left: Num, right: Num) => minus(left, right) },
  'number * number': { gives: 'number', js: (left: Num, right: Num) => times(left, right) },
  'number / number': { gives: 'number', js: (left: Num, right: Num) => divide(left, right) },
  'text + text': { gives: 'text', js: (left: string, right: string) => left + right },
  'date - date': { gives: 'duration', js: (left: number, right: number) => (left - right) * DAY_MS },
  'datetime - datetime': { gives: 'duration', js: (left: number, right: number) => left - right },
  'date + duration': { gives: 'date', js: (left: number, right: number) => left + right / DAY_MS },
  'date - duration': { gives: 'date', js: (left: number, right: number) => left - right / DAY_MS },
  'date + months': { gives: 'date', js: (left: number, right: number) => addMonthsToDay(left, right) },
  'date - months': { gives: 'date', js: (left: number, right: number) => addMonthsToDay(left, -right) },
  'datetime + duration': { gives: 'datetime', js: (left: number, right: number) => left + right },
  'datetime - duration': { gives: 'datetime', js: (left: number, right: number) => left - right },
  'datetime + months': {
    gives: 'datetime',
    js: (left: number, right: number, run) => addMonthsToInstant(run.zone, left, right),
  },
  'datetime - months': {
    gives: 'datetime',
    js: (left: number, right: number, run) => addMonthsToInstant(run.zone, left, -right),
  },
};

function ruleOf(left: ExpressionType, operator: ArithmeticOperator, right: ExpressionType) {
  return rules[`${left} ${operator} ${right}`];
}

/** The type of a calculation; undefined when there is none, else what is wrong with its duration. */
export function arithmeticType(
  left: Node,
  operator: ArithmeticOperator,
  right: Node,
): ExpressionType | 'not_written' | 'not_whole_days' | undefined {
  const rule = ruleOf(left.type, operator, right.type);
  if (!rule || (right.type !== 'duration' && right.type !== 'months')) return rule?.gives;
  // A written duration keeps the result within the calendar and lets the SQL move it across a comparison.
  if (right.kind !== 'literal') return 'not_written';
  const wholeDays = right.type === 'months' || (right.value as number) % DAY_MS === 0;
  return left.type === 'date' && !wholeDays ? 'not_whole_days' : rule.gives;
}

/** The calculation in memory, for values that are not null. */
export function calculation(left: ExpressionType, operator: ArithmeticOperator, right: ExpressionType) {
  return ruleOf(left, operator, right)!.js as (left: Value, right: Value, run: Run) => Value;
}

import type { Node, NodeOf } from './ast.ts';
import { DAY_MS } from './dates.ts';
import { literal } from './fold.ts';
import { limits } from './limits.ts';
import { ceiling, compareNumbers, floor, type Num } from './numbers.ts';
import type { CompareOperator } from './syntax.ts';

/** A comparison rewritten so that a column stands alone on one side and an index can serve it. */
export interface Isolated {
  operator: CompareOperator;
  left: Node;
  right: Node;
  /**
   * The sides were parted from a difference: when either is null the difference was null, so `=` is false and `!=` is true even if
   * both are null.
   */
  parted: boolean;
}

const flipped: Record<CompareOperator, CompareOperator> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/**
 * `maturity - today = duration("P15D")` and `days between(today, maturity) = 15` become `maturity = today + 15 days`;
 * `login + duration("P30D") < now` becomes `login < now - 30 days`. Only exact durations are moved: months are not reversible.
 */
export function isolate(operator: CompareOperator, left: Node, right: Node): Isolated {
  let now: Isolated = { operator, left, right, parted: false };
  for (;;) {
    if (now.left.kind === 'literal' && now.right.kind !== 'literal') {
      now = { ...now, operator: flipped[now.operator], left: now.right, right: now.left };
    }
    const next = partDifference(now) ?? moveDuration(now);
    if (!next) return now;
    now = next;
  }
}

/** `later - earlier op D` → `later op earlier + D`, with the literal side taking the duration. */
function partDifference({ operator, left, right }: Isolated): Isolated | undefined {
  if (right.kind !== 'literal' || right.value === null) return undefined;
  const difference = differenceOf(left);
  if (!difference) return undefined;
  const { later, earlier, unitMs } = difference;
  const distance = left.type === 'number' ? wholeBound(operator, right.value as Num) : (right.value as number) / unitMs;
  if (distance === undefined || !Number.isInteger(distance)) return undefined;
  if (Math.abs(distance) * unitMs > limits.duration_days_max * DAY_MS) return undefined;
  if (later.kind === 'literal') {
    return { operator: flipped[operator], left: earlier, right: moved(later, -distance, unitMs), parted: true };
  }
  return { operator, left: later, right: moved(earlier, distance, unitMs), parted: true };
}

/** A difference of two moments, and how many milliseconds one unit of its calculation is. */
function differenceOf(node: Node): { later: Node; earlier: Node; unitMs: number } | undefined {
  if (node.kind === 'arithmetic' && node.type === 'duration') {
    return { later: node.left, earlier: node.right, unitMs: node.left.type === 'date' ? DAY_MS : 1 };
  }
  if (node.kind === 'call' && node.definition.name === 'days between') {
    const [earlier, later] = node.arguments;
    return { later: later!, earlier: earlier!, unitMs: DAY_MS };
  }
  return undefined;
}

/** The whole number of days that says the same as a number with a fraction; none for equality with a fraction. */
function wholeBound(operator: CompareOperator, number: Num): number | undefined {
  const below = floor(number);
  if (compareNumbers(below, number) === 0) return Number(below);
  if (operator === '=' || operator === '!=') return undefined;
  return Number(operator === '<' || operator === '>=' ? ceiling(number) : below);
}

/** `moment ± D op literal` → `moment op literal ∓ D`. */
function moveDuration({ operator, left, right, parted }: Isolated): Isolated | undefined {
  if (left.kind !== 'arithmetic' || left.right.type !== 'duration' || right.kind !== 'literal') return undefined;
  if (left.type !== 'date' && left.type !== 'datetime') return undefined;
  const unitMs = left.type === 'date' ? DAY_MS : 1;
  const distance = Number((left.right as NodeOf<'literal'>).value) / unitMs;
  return {
    operator,
    left: left.left,
    right: moved(right, left.operator === '+' ? -distance : distance, unitMs),
    parted,
  };
}

/** A moment moved by a number of units: at once where it is known, else as an addition. */
function moved(moment: Node, distance: number, unitMs: number): Node {
  if (moment.kind === 'literal')
    return literal(moment, moment.value === null ? null : (moment.value as number) + distance);
  if (distance === 0) return moment;
  const duration: Node = {
    from: moment.from,
    to: moment.to,
    kind: 'literal',
    type: 'duration',
    value: distance * unitMs,
  };
  return {
    from: moment.from,
    to: moment.to,
    kind: 'arithmetic',
    type: moment.type,
    operator: '+',
    left: moment,
    right: duration,
  };
}

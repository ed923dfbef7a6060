import type { Node, NodeOf } from './ast.ts';
import { addMonthsToDay, DAY_MS, formatDay } from './dates.ts';
import { literal } from './fold.ts';
import { limits } from './limits.ts';
import { ceiling, compareNumbers, floor, type Num } from './numbers.ts';
import { type CompareOperator, turned } from './syntax.ts';

/** A comparison rewritten so that a column stands alone on one side and an index can serve it. */
interface Isolated {
  operator: CompareOperator;
  left: Node;
  right: Node;
  /**
   * The sides were parted from a difference: when either is null the difference was null, so `=` is false and `!=` is true even if
   * both are null.
   */
  parted: boolean;
}

/**
 * `maturity - today = duration("P15D")` and `days between(today, maturity) = 15` become `maturity = today + 15 days`;
 * `login + duration("P30D") < now` becomes `login < now - 30 days`; `years between(birthday, today) >= 60` becomes
 * `birthday <= today - 60 years`. Written months are not moved: they are not reversible.
 */
export function isolate(operator: CompareOperator, left: Node, right: Node): Isolated {
  let now: Isolated = { operator, left, right, parted: false };
  for (;;) {
    if (now.left.kind === 'literal' && now.right.kind !== 'literal') {
      now = { ...now, operator: turned[now.operator], left: now.right, right: now.left };
    }
    const next = partDifference(now) ?? partAge(now) ?? moveDuration(now);
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
  const isLaterKnown = later.kind === 'literal';
  const moment = isLaterKnown ? moved(later, -distance, unitMs) : moved(earlier, distance, unitMs);
  if (!moment) return undefined;
  return {
    operator: isLaterKnown ? turned[operator] : operator,
    left: isLaterKnown ? earlier : later,
    right: moment,
    parted: true,
  };
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

/**
 * An age from a column to a known day against a positive number: complete months from `from` to `to` are at least K exactly
 * when `from <= to - K months`, month ends included.
 */
function partAge({ operator, left, right }: Isolated): Isolated | undefined {
  if (left.kind !== 'call' || right.kind !== 'literal' || right.value === null) return undefined;
  const unit = monthsPerUnit[left.definition.name];
  const [from, to] = left.arguments;
  if (unit === undefined || from!.kind === 'literal' || to!.kind !== 'literal' || to!.value === null) return undefined;
  const least = leastOf(operator, right.value as Num);
  if (least === undefined || least < 1 || least * unit > MONTHS_MOVED_MAX) return undefined;
  const older = operator === '>' || operator === '>=';
  const latest = known(to!, addMonthsToDay(to!.value as number, -least * unit));
  return latest && { operator: older ? '<=' : '>', left: from!, right: latest, parted: false };
}

const monthsPerUnit: Record<string, number> = { 'months between': 1, 'years between': 12 };
const MONTHS_MOVED_MAX = 12_000;

/** The whole number K for which an order says `at least K` or its contrary: `> 5` is at least 6, `<= 5` is not at least 6. */
function leastOf(operator: CompareOperator, number: Num): number | undefined {
  if (operator === '=' || operator === '!=') return undefined;
  const below = Number(floor(number));
  if (operator === '>' || operator === '<=') return below + 1;
  return Number(ceiling(number));
}

/** `moment ± D op literal` → `moment op literal ∓ D`. */
function moveDuration({ operator, left, right, parted }: Isolated): Isolated | undefined {
  if (left.kind !== 'arithmetic' || left.right.type !== 'duration' || right.kind !== 'literal') return undefined;
  if (left.type !== 'date' && left.type !== 'datetime') return undefined;
  const unitMs = left.type === 'date' ? DAY_MS : 1;
  const distance = Number((left.right as NodeOf<'literal'>).value) / unitMs;
  const moment = moved(right, left.operator === '+' ? -distance : distance, unitMs);
  return moment && { operator, left: left.left, right: moment, parted };
}

/** A moment moved by a number of units: at once where it is known, else as an addition. Undefined outside the calendar. */
function moved(moment: Node, distance: number, unitMs: number): Node | undefined {
  if (moment.kind === 'literal') {
    return moment.value === null ? moment : known(moment, (moment.value as number) + distance);
  }
  if (distance === 0) return moment;
  const { from, to, type } = moment;
  const duration = literal({ ...moment, type: 'duration' }, distance * unitMs);
  return { from, to, kind: 'arithmetic', type, operator: '+', left: moment, right: duration };
}

/** A moment as a literal; undefined outside the years 1 to 9999, which no parameter can say. */
function known(moment: Node, value: number): NodeOf<'literal'> | undefined {
  const day = moment.type === 'date' ? value : Math.floor(value / DAY_MS);
  return formatDay(day) === null ? undefined : literal(moment, value);
}

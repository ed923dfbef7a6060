import type { Node, NodeOf } from './ast.ts';
import type { Cells } from './by-slot.ts';
import { type Evaluate, outcomes } from './evaluate.ts';
import { doubleOf, type Num } from './numbers.ts';

// Comparisons of sums of multiples, such as `tech * 100 > held * 40`, are nearly always so clear that doubles decide them, whatever their errors;
// only what lies closer than these is calculated exactly.

/** Σ factor · value + constant. */
interface Sum {
  /** In the order in which the expression asks for them. */
  terms: { key: string; factor: number }[];
  constant: number;
  /** The sum of the amounts that became the constant: its error goes by them. */
  amounts: number;
  /** How far the exact value may lie off because divisions are rounded. */
  slack: number;
  /** Operations that made it. */
  steps: number;
}

const TERMS_MAX = 8;
const STEPS_MAX = 64;
/** Within these doubles neither overflow nor lose digits. */
const FACTOR_MIN = 1e-30;
const FACTOR_MAX = 1e30;
/** More than half a unit in the twentieth place, to which divisions are rounded. */
const DIVISION_SLACK = 1e-20;
/** Bounds the errors of all steps, of each less than 2.3e-16, relative to the sum of the amounts. */
const RELATIVE_ERROR = 1e-13;

function sumOf(node: Node): Sum | undefined {
  if (node.type !== 'number') return undefined;
  switch (node.kind) {
    case 'literal':
      return ofConstant(doubleOfLiteral(node));
    case 'name':
      if (node.source !== 'row') return undefined;
      return { terms: [{ key: node.entry.key, factor: 1 }], constant: 0, amounts: 0, slack: 0, steps: 0 };
    case 'negate':
      return scaled(sumOf(node.value), -1);
    case 'arithmetic':
      return sumOfArithmetic(node);
    default:
      return undefined;
  }
}

/** Factors and divisors are written ones: one that is calculated might be nought, and its double not. */
function sumOfArithmetic({ operator, left, right }: NodeOf<'arithmetic'>): Sum | undefined {
  switch (operator) {
    case '+':
      return added(sumOf(left), sumOf(right));
    case '-':
      return added(sumOf(left), scaled(sumOf(right), -1));
    case '*':
      return left.kind === 'literal'
        ? scaled(sumOf(right), doubleOfLiteral(left))
        : scaled(sumOf(left), doubleOfLiteral(right));
    case '/': {
      const quotient = scaled(sumOf(left), 1 / doubleOfLiteral(right));
      return quotient && { ...quotient, slack: quotient.slack + DIVISION_SLACK };
    }
  }
}

/** NaN of what is no written number of at most 15 digits. */
const doubleOfLiteral = (node: Node) =>
  node.kind === 'literal' && node.value !== null ? doubleOf(node.value as Num) : Number.NaN;

const ofConstant = (constant: number): Sum | undefined =>
  Number.isNaN(constant) ? undefined : { terms: [], constant, amounts: Math.abs(constant), slack: 0, steps: 0 };

function scaled(sum: Sum | undefined, factor: number): Sum | undefined {
  if (!sum || !isUsable(factor)) return undefined;
  const terms = sum.terms.map((term) => ({ ...term, factor: term.factor * factor }));
  if (!terms.every((term) => isUsable(term.factor))) return undefined;
  const size = Math.abs(factor);
  const { constant, amounts, slack, steps } = sum;
  return { terms, constant: constant * factor, amounts: amounts * size, slack: slack * size, steps: steps + 1 };
}

/** Not of NaN either. */
const isUsable = (factor: number) => Math.abs(factor) >= FACTOR_MIN && Math.abs(factor) <= FACTOR_MAX;

function added(left: Sum | undefined, right: Sum | undefined): Sum | undefined {
  if (!left || !right) return undefined;
  return {
    terms: [...left.terms, ...right.terms],
    constant: left.constant + right.constant,
    amounts: left.amounts + right.amounts,
    slack: left.slack + right.slack,
    steps: left.steps + right.steps + 1,
  };
}

/** Decides a comparison by doubles where they suffice, else by `exact`; undefined where it is none of sums of multiples. */
export function linearly(node: NodeOf<'compare'>, cells: Cells, exact: Evaluate): Evaluate | undefined {
  const sum = added(sumOf(node.left), scaled(sumOf(node.right), -1));
  if (!sum || sum.terms.length === 0 || sum.terms.length > TERMS_MAX || sum.steps > STEPS_MAX) return undefined;
  const { doubles, missing } = cells;
  const slots = Int32Array.from(sum.terms, ({ key }) => cells.slotOf(key, 'number'));
  const factors = Float64Array.from(sum.terms, ({ factor }) => factor);
  const { constant } = sum;
  const least = sum.amounts * RELATIVE_ERROR + 2 * sum.slack;
  const isOrder = node.operator !== '=' && node.operator !== '!=';
  const [below, , above] = outcomes[node.operator];
  return (row, run, item) => {
    let difference = constant;
    let amounts = 0;
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index]!;
      const value = doubles[slot]!;
      // Those before it are there and are numbers, so nothing is refused.
      if (Number.isNaN(value)) return isOrder && missing[slot] === 1 ? null : exact(row, run, item);
      const part = value * factors[index]!;
      difference += part;
      amounts += Math.abs(part);
    }
    const error = amounts * RELATIVE_ERROR + least;
    if (difference > error) return above;
    return difference < -error ? below : exact(row, run, item);
  };
}

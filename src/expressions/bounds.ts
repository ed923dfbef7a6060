import { Failure } from '#kernel';
import { childrenOf, type Node, type NodeOf, type Test } from './ast.ts';
import { DAY_MS } from './dates.ts';
import { kinds, refusal } from './failures.ts';
import { limits } from './limits.ts';
import { formatNumber, type Num } from './numbers.ts';

/**
 * What an expression can need in the worst case, known before it runs: digits of a number, characters of a text, days that a
 * date is moved, and nodes once SQL has repeated what it must say twice. Within these bounds numbers stay exact on both
 * sides and nothing overflows; beyond them the expression is refused.
 */
interface Bounds {
  /** Digits before and after the point. */
  whole: number;
  places: number;
  characters: number;
  reach_days: number;
  sql_nodes: number;
}

const column = { whole: limits.whole_digits_max, places: limits.decimal_places_max };
const none: Bounds = { whole: 0, places: 0, characters: 0, reach_days: 0, sql_nodes: 1 };
/** Counts, lengths, parts of dates, days between dates. */
const SMALL_WHOLE = 12;
/** Sums run over at most 10^10 rows. */
const SUM_DIGITS = 10;
const DAYS_PER_MONTH = 30.5;

/** Refuses an expression that could leave the bounds. */
export function checkBounds(text: string, ast: Node): void {
  const { sql_nodes } = boundsOf(text, ast);
  if (sql_nodes > limits.sql_nodes_max) throw new Failure(kinds.too_many_parts, { limit: limits.nodes_max });
}

function boundsOf(text: string, node: Node): Bounds {
  const children = childrenOf(node).map((child) => boundsOf(text, child));
  const bounds = { ...ownBounds(node, children), sql_nodes: repetition(node, children) };
  const near = text.slice(node.from, Math.min(node.to, node.from + 40));
  if (Math.max(bounds.whole, bounds.places) > limits.calculated_digits_max) {
    throw refusal(kinds.too_many_digits, node, { near, limit: limits.calculated_digits_max });
  }
  if (bounds.characters > limits.calculated_characters_max) {
    throw refusal(kinds.too_much_text, node, { near, limit: limits.calculated_characters_max });
  }
  if (bounds.reach_days > limits.reach_days_max) throw refusal(kinds.date_too_far, node, { near });
  return bounds;
}

/** The greatest of the children in every respect. */
function widest(children: Bounds[]): Bounds {
  const most = (key: keyof Bounds) => Math.max(0, ...children.map((child) => child[key]));
  return {
    whole: most('whole'),
    places: most('places'),
    characters: most('characters'),
    reach_days: most('reach_days'),
    sql_nodes: 0,
  };
}

function ownBounds(node: Node, children: Bounds[]): Bounds {
  switch (node.kind) {
    case 'literal':
      return literalBounds(node);
    case 'name':
      return { ...none, ...column, characters: limits.column_characters };
    case 'part':
      return { ...none, whole: SMALL_WHOLE };
    case 'arithmetic':
      return arithmeticBounds(node, children as [Bounds, Bounds]);
    case 'call':
      return callBounds(node, children);
    case 'aggregate': {
      const [field] = node.field ? children.slice(-1) : [];
      if (node.aggregate === 'count' || !field) return { ...none, whole: SMALL_WHOLE };
      const added = node.aggregate === 'sum' ? SUM_DIGITS : 0;
      const places = node.aggregate === 'mean' ? limits.division_places : field.places;
      return { ...field, whole: field.whole + added, places };
    }
    case 'if':
      return widest(children.slice(1));
    case 'negate':
      return children[0]!;
    default:
      return none;
  }
}

function literalBounds(node: NodeOf<'literal'>): Bounds {
  if (typeof node.value === 'string') return { ...none, characters: node.value.length };
  if (node.value === null || node.type !== 'number') return none;
  const [whole = '', places = ''] = formatNumber(node.value as Num)
    .replace('-', '')
    .split('.');
  return { ...none, whole: whole.length, places: places.length };
}

function arithmeticBounds(node: NodeOf<'arithmetic'>, [left, right]: [Bounds, Bounds]): Bounds {
  const both = widest([left, right]);
  if (node.type === 'text') return { ...none, characters: left.characters + right.characters };
  if (node.type === 'date' || node.type === 'datetime')
    return { ...none, reach_days: left.reach_days + lengthDays(node.right) };
  switch (node.operator) {
    case '*':
      return { ...none, whole: left.whole + right.whole, places: left.places + right.places };
    case '/':
      // The least divisor is one unit in its last place.
      return { ...none, whole: left.whole + right.places + 1, places: limits.division_places };
    default:
      return { ...both, whole: digitsOfSum(left.whole, right.whole) };
  }
}

/** Digits as a real number (a logarithm), so that a long sum grows by the digits of its length and not by one each time. */
function digitsOfSum(left: number, right: number): number {
  const most = Math.max(left, right);
  return most + Math.log10(1 + 10 ** (Math.min(left, right) - most));
}

/** The days of a written duration. */
function lengthDays(node: Node): number {
  const value = node.kind === 'literal' ? Math.abs(Number(node.value)) : 0;
  return Math.ceil(node.type === 'months' ? value * DAYS_PER_MONTH : value / DAY_MS);
}

function callBounds(node: NodeOf<'call'>, children: Bounds[]): Bounds {
  const both = widest(children);
  const [first, second, third] = children;
  switch (node.definition.name) {
    case 'replace': {
      const [, match] = node.arguments;
      const matched =
        match?.kind === 'literal' && typeof match.value === 'string' ? Math.max(1, match.value.length) : 1;
      const growth = Math.max(1, third!.characters / matched);
      return { ...none, characters: Math.ceil(first!.characters * growth) };
    }
    case 'pad left':
      return { ...none, characters: Math.max(first!.characters, limits.pad_length_max) };
    case 'string':
      return { ...none, characters: Math.max(first!.whole + first!.places + 2, 10) };
    case 'number':
      return { ...none, ...column };
    case 'floor':
    case 'ceiling':
      return { ...none, whole: first!.whole + 1 };
    case 'round':
      return { ...none, whole: first!.whole + 1, places: Math.min(first!.places, limits.decimal_places_max) };
    case 'mod':
    case 'modulo':
      return { ...none, whole: second!.whole + 1, places: both.places };
    case 'add days':
    case 'add months':
      return { ...none, reach_days: first!.reach_days + limits.duration_days_max };
    case 'string length':
    case 'count':
    case 'days between':
    case 'months between':
    case 'years between':
      return { ...none, whole: SMALL_WHOLE };
    default:
      return both;
  }
}

/** Nodes of the SQL: ranges say their value twice, other entries behind `in` once each, some functions several times. */
function repetition(node: Node, children: Bounds[]): number {
  const sum = children.reduce((total, child) => total + child.sql_nodes, 1);
  switch (node.kind) {
    case 'in':
      return sum + children[0]!.sql_nodes * (1 + node.tests.reduce((total, test) => total + timesSaid(test), 0));
    case 'call': {
      const whole = node.definition.takes.includes('whole') ? WHOLE_REPETITION : 1;
      return sum * (node.definition.repetition ?? 1) * whole;
    }
    case 'aggregate':
    case 'some':
    case 'every':
      return sum * 3;
    case 'compare':
      return sum + 1;
    default:
      return sum;
  }
}

const WHOLE_REPETITION = 3;

function timesSaid(test: Test): number {
  return test.kind === 'range' ? 2 : 1;
}

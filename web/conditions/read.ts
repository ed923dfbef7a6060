import { type ListNode, type NameNode, type Node, type NodeOf, type Test, write } from '#expressions';
import type { OperatorCode, Order } from './operators.ts';
import {
  chip,
  comparison,
  type Group,
  group,
  type Item,
  type Listed,
  listed,
  type NameOperand,
  type Operand,
} from './tree.ts';

/** A checked condition as the builder's tree. What no row can show becomes a chip of text, at the smallest place that needs it. */
export function readTree(node: Node): Group {
  const item = itemOf(node);
  return item.kind === 'group' && !item.not ? item : group('and', [item]);
}

function itemOf(node: Node): Item {
  switch (node.kind) {
    case 'and':
    case 'or':
      return group(node.kind, node.parts.map(itemOf));
    case 'not': {
      const item = itemOf(node.value);
      return item.not ? group('and', [item], true) : { ...item, not: true };
    }
    case 'compare':
      return compared(node);
    case 'in':
      return tested(node) ?? chip(write(node));
    case 'call':
      return called(node) ?? chip(write(node));
    case 'some':
    case 'every':
      return quantified(node);
    case 'name':
      return comparison('holds', readOperand(node), []);
    default:
      return chip(write(node));
  }
}

const operatorOf: Record<string, OperatorCode> = {
  '=': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};
const dateOperatorOf: Record<string, OperatorCode> = {
  '=': 'on',
  '<': 'before',
  '<=': 'until',
  '>': 'after',
  '>=': 'from',
};

function compared(node: NodeOf<'compare'>): Item {
  const { left, right, operator } = node;
  if (right.kind === 'literal' && right.value === null) {
    return comparison(operator === '=' ? 'empty' : 'filled', readOperand(left), []);
  }
  if (right.kind === 'literal' && right.type === 'boolean' && operator === '=') {
    return comparison(right.value ? 'yes' : 'no', readOperand(left), []);
  }
  // Conditions on both sides of `=`: no row shows that.
  if (left.type === 'boolean') return chip(write(node));
  const distance = distanceOf(left);
  const order = operatorOf[operator];
  if (distance && order && order !== 'ne') {
    return comparison(`${distance.direction}_${order as Order}`, distance.subject, [readOperand(right)]);
  }
  const code = (left.type === 'date' && dateOperatorOf[operator]) || order!;
  return comparison(code, readOperand(left), [readOperand(right)]);
}

function tested({ value, tests }: NodeOf<'in'>): Item | undefined {
  const [only] = tests;
  if (tests.length === 1 && only!.kind === 'range') {
    if (only!.lowOpen || only!.highOpen) return undefined;
    const distance = distanceOf(value);
    if (distance && only!.low.kind === 'literal' && write(only!.low) === '0') {
      return comparison(`${distance.direction}_within`, distance.subject, [readOperand(only!.high)]);
    }
    return comparison('between', readOperand(value), [readOperand(only!.low), readOperand(only!.high)]);
  }
  const values = tests.map(comparedWith);
  return values.every((each) => each !== undefined)
    ? comparison('one_of', readOperand(value), values.map(readOperand))
    : undefined;
}

const comparedWith = (test: Test): Node | undefined =>
  test.kind === 'compare' && test.operator === '=' ? test.value : undefined;

const operatorOfCall: Record<string, OperatorCode> = {
  contains: 'contains',
  'starts with': 'starts',
  'ends with': 'ends',
  'is blank': 'blank',
  'list contains': 'has',
};

function called({ definition, arguments: given }: NodeOf<'call'>): Item | undefined {
  const operator = operatorOfCall[definition.name];
  const [subject, ...values] = given.map(readOperand);
  return operator && subject ? comparison(operator, subject, values) : undefined;
}

function quantified({ kind, list, condition }: NodeOf<'some' | 'every'>): Listed {
  return listed(kind, list.name, filterOf(list), readTree(condition));
}

const filterOf = (list: ListNode): Group | null => (list.filter ? readTree(list.filter) : null);

/** Days counted between a date and the day of the run. */
function distanceOf(node: Node): { direction: 'past' | 'future'; subject: Operand } | undefined {
  if (node.kind !== 'call' || node.definition.name !== 'days between') return undefined;
  const [from, to] = node.arguments as [Node, Node];
  if (isToday(from) === isToday(to)) return undefined;
  return isToday(to)
    ? { direction: 'past', subject: readOperand(dateIn(from)) }
    : { direction: 'future', subject: readOperand(dateIn(to)) };
}

/** `date(instant)` counts by its day: the row shows the instant. */
function dateIn(node: Node): Node {
  if (node.kind !== 'call' || node.definition.name !== 'date') return node;
  const [inside] = node.arguments;
  return inside?.kind === 'name' && inside.type === 'datetime' ? inside : node;
}

/** The keys under which vocabularies give the day of the run. */
const todayKeys = new Set(['business_date', 'today']);

export const isToday = (node: Node): boolean =>
  node.kind === 'name' && node.source === 'context' && todayKeys.has(node.entry.key);

const named = (node: NameNode): NameOperand => ({ kind: 'name', name: node.name, item: node.source === 'item' });

export function readOperand(node: Node): Operand {
  switch (node.kind) {
    case 'name':
      return named(node);
    case 'literal':
    case 'negate':
      return literalOf(node) ?? { kind: 'text', text: write(node), type: node.type };
    case 'arithmetic':
      return scaledOf(node) ?? { kind: 'text', text: write(node), type: node.type };
    case 'aggregate':
      return {
        kind: 'aggregate',
        aggregate: node.aggregate,
        list: node.list.name,
        filter: filterOf(node.list),
        field: node.field?.name ?? null,
      };
    default:
      return { kind: 'text', text: write(node), type: node.type };
  }
}

function literalOf(node: Node): Extract<Operand, { kind: 'literal' }> | undefined {
  if (node.kind === 'negate') {
    const value = node.value.kind === 'literal' ? literalOf(node.value) : undefined;
    return value && !value.value.startsWith('-') ? { ...value, value: `-${value.value}` } : undefined;
  }
  if (node.kind !== 'literal' || node.value === null) return undefined;
  switch (node.type) {
    case 'number':
      return { kind: 'literal', type: 'number', value: write(node) };
    case 'text':
      return { kind: 'literal', type: 'text', value: node.value as string };
    case 'date':
      return { kind: 'literal', type: 'date', value: /"(.*)"/.exec(write(node))![1]! };
    case 'boolean':
      return { kind: 'literal', type: 'boolean', value: String(node.value) };
    default:
      return undefined;
  }
}

/** `name * factor` and `name * factor / 100`. */
function scaledOf(node: NodeOf<'arithmetic'>): Operand | undefined {
  if (node.operator === '/' && node.left.kind === 'arithmetic') {
    const isPercent = node.right.kind === 'literal' && write(node.right) === '100';
    const product = isPercent ? scaledOf(node.left) : undefined;
    return product?.kind === 'scaled' && !product.percent ? { ...product, percent: true } : undefined;
  }
  if (node.operator !== '*' || node.left.kind !== 'name' || node.left.type !== 'number') return undefined;
  const factor = node.right.kind === 'name' ? named(node.right) : literalOf(node.right);
  return factor ? { kind: 'scaled', base: named(node.left), factor, percent: false } : undefined;
}

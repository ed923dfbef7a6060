import { childrenOf, type ListNode, type Node, type NodeOf, type Test } from './ast.ts';
import { evaluator } from './evaluate.ts';
import { compareNumbers, floor, type Num } from './numbers.ts';
import type { Run } from './run.ts';
import type { Value } from './types.ts';

/**
 * Replaces everything that does not depend on a row by its value in this run, so that SQL receives one parameter
 * (`today - duration("P30D")`, rule parameters) and can use indexes.
 */
export function folded(node: Node, run: Run): Node {
  if (node.kind === 'literal') return node;
  if (isConstant(node)) return literal(node, evaluator(node)({}, run, {}));
  const fold = (child: Node) => folded(child, run);
  switch (node.kind) {
    case 'name':
      return node;
    case 'negate':
    case 'not':
    case 'part':
      return { ...node, value: fold(node.value) };
    case 'arithmetic':
    case 'compare':
      return { ...node, left: fold(node.left), right: fold(node.right) };
    case 'in':
      return { ...node, value: fold(node.value), tests: node.tests.map((test) => foldedTest(test, fold)) };
    case 'and':
    case 'or':
      return { ...node, parts: node.parts.map(fold) };
    case 'if':
      return {
        ...node,
        condition: fold(node.condition),
        consequence: fold(node.consequence),
        otherwise: fold(node.otherwise),
      };
    case 'call':
      return { ...node, arguments: node.arguments.map(fold) };
    case 'aggregate':
      return { ...node, list: foldedList(node.list, fold) };
    case 'some':
    case 'every':
      return { ...node, list: foldedList(node.list, fold), condition: fold(node.condition) };
  }
}

function foldedTest(test: Test, fold: (node: Node) => Node): Test {
  if (test.kind === 'compare') return { ...test, value: fold(test.value) };
  return { ...test, low: fold(test.low), high: fold(test.high) };
}

function foldedList(list: ListNode, fold: (node: Node) => Node): ListNode {
  return { ...list, filter: list.filter && fold(list.filter) };
}

function isConstant(node: Node): boolean {
  if (node.kind === 'name') return node.source === 'context';
  if (node.kind === 'aggregate' || node.kind === 'some' || node.kind === 'every') return false;
  return childrenOf(node).every(isConstant);
}

/** A literal in the place of a node; a number without a fraction becomes a plain integer. */
export function literal(node: Node, value: Value): NodeOf<'literal'> {
  const { from, to, type } = node;
  return {
    from,
    to,
    kind: 'literal',
    type,
    value: type === 'number' && value !== null ? simplest(value as Num) : value,
  };
}

function simplest(number: Num): Num {
  const whole = floor(number);
  return compareNumbers(whole, number) === 0 ? whole : number;
}

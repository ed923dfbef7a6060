import type { Failure } from '#kernel';
import type { ListNode, Node } from '../ast.ts';
import { kinds, refusal, remedyFor } from '../failures.ts';
import type { NameIndex } from '../name-index.ts';
import type { ResolvedName } from '../scope.ts';
import type { Syntax } from '../syntax.ts';
import { type ExpressionType, type Place, typeLabels } from '../types.ts';

/** The names that an expression uses: what a caller must select, and what access rules must allow. */
export interface Usage {
  row: Map<string, ResolvedName>;
  context: Map<string, ResolvedName>;
  /** The fields used of each list, by key of the list. */
  lists: Map<string, Set<string>>;
}

export interface Checking {
  text: string;
  names: NameIndex;
  usage: Usage;
  /** Checks what stands inside: the parts of the checker meet only here. */
  visit: (checking: Checking, syntax: Syntax) => Node;
  /** Inside the condition of a list: its row, called `variable`; `bare` when its fields may stand without it. */
  item?: { list: ListNode; fields: NameIndex; variable: string; bare: boolean };
}

export function near(checking: Checking, place: Place): string {
  const source = checking.text.slice(place.from, place.to);
  return source.length > 40 ? `${source.slice(0, 40)}…` : source;
}

/** Gives the bare word null the type that its place needs. */
export function typed(node: Node, type: ExpressionType): Node {
  return node.kind === 'literal' && node.type === 'null' ? { ...node, type } : node;
}

export function expect(checking: Checking, node: Node, type: ExpressionType): Node {
  const fitting = typed(node, type);
  if (fitting.type === type) return fitting;
  throw wrongType(checking, node, type);
}

export function wrongType(checking: Checking, node: Node, type: ExpressionType): Failure {
  return refusal(kinds.wrong_type, node, {
    near: near(checking, node),
    expected: typeLabels[type],
    found: typeLabels[node.type],
    remedy: remedyFor(node.type, type),
  });
}

import type { FunctionDefinition } from './functions/definition.ts';
import type { ResolvedName } from './scope.ts';
import type { ArithmeticOperator, CompareOperator } from './syntax.ts';
import type { ExpressionType, Place, Value } from './types.ts';

/** An expression with every name found and every type known. Plain data: editors may read it, `describe` says it in words. */
export type Node = Place & { type: ExpressionType } & (
    | { kind: 'literal'; value: Value }
    | NameNode
    | { kind: 'negate'; value: Node }
    | { kind: 'arithmetic'; operator: ArithmeticOperator; left: Node; right: Node }
    | { kind: 'compare'; operator: CompareOperator; left: Node; right: Node }
    | { kind: 'in'; value: Node; tests: Test[] }
    | { kind: 'and' | 'or'; parts: Node[] }
    | { kind: 'not'; value: Node }
    | { kind: 'if'; condition: Node; consequence: Node; otherwise: Node }
    | { kind: 'part'; part: DatePart; value: Node }
    | { kind: 'call'; definition: FunctionDefinition; arguments: Node[] }
    | { kind: 'aggregate'; aggregate: Aggregate; list: ListNode; field: NameNode | null }
    | { kind: 'some' | 'every'; list: ListNode; condition: Node }
  );

export type NodeOf<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>;

/** `source` says where the value comes from: the row, the run's context, or the row of a list. */
export interface NameNode extends Place {
  kind: 'name';
  type: ExpressionType;
  /** As it is written, for messages. */
  name: string;
  entry: ResolvedName;
  source: 'row' | 'context' | 'item';
}

/** The rows of a list that satisfy a filter. */
export interface ListNode extends Place {
  name: string;
  entry: ResolvedName;
  filter: Node | null;
}

/** One entry behind `in` or `between`. */
export type Test = Place &
  (
    | { kind: 'compare'; operator: CompareOperator; value: Node }
    | { kind: 'range'; low: Node; high: Node; lowOpen: boolean; highOpen: boolean }
  );

export const aggregates = ['sum', 'count', 'min', 'max', 'mean'] as const;
export type Aggregate = (typeof aggregates)[number];

/** What can be read off a date or an instant; the weekday is 1 for Monday … 7 for Sunday. */
export const dateParts = {
  date: ['year', 'month', 'day', 'weekday'],
  datetime: ['year', 'month', 'day', 'weekday', 'hour', 'minute'],
} as const;
export type DatePart = (typeof dateParts)['datetime'][number];

/** The nodes directly inside a node. */
export function childrenOf(node: Node): Node[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'negate':
    case 'not':
    case 'part':
      return [node.value];
    case 'arithmetic':
    case 'compare':
      return [node.left, node.right];
    case 'in':
      return [
        node.value,
        ...node.tests.flatMap((test) => (test.kind === 'compare' ? [test.value] : [test.low, test.high])),
      ];
    case 'and':
    case 'or':
      return node.parts;
    case 'if':
      return [node.condition, node.consequence, node.otherwise];
    case 'call':
      return node.arguments;
    case 'aggregate':
      return [...(node.list.filter ? [node.list.filter] : []), ...(node.field ? [node.field] : [])];
    case 'some':
    case 'every':
      return [...(node.list.filter ? [node.list.filter] : []), node.condition];
  }
}

export {
  type Aggregate,
  childrenOf,
  dateParts,
  type ListNode,
  type NameNode,
  type Node,
  type NodeOf,
  type Test,
} from './ast.ts';
export { compile, type Expression } from './compile.ts';
export { describe } from './describe.ts';
export { kinds as expressionFailures, placeOf } from './failures.ts';
export type { FunctionDefinition } from './functions/definition.ts';
export { functionNames, functionTable } from './functions/table.ts';
export { usageOf } from './functions/usage.ts';
export { limits as expressionLimits } from './limits.ts';
export { isName } from './name-index.ts';
export { type Panel, panelOf } from './panel.ts';
export { type Context, DEFAULT_ZONE } from './run.ts';
export { aliased, clockNames, type ListSource, type Scope, type ScopeName } from './scope.ts';
export { type ExpressionType, type Place, type Row, typeLabels } from './types.ts';
export type { Result } from './values.ts';
export { write, writeText } from './write.ts';

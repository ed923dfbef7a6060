import type { Node } from './ast.ts';
import { checkCall } from './check/calls.ts';
import { type Checking, expect, type Usage } from './check/checking.ts';
import { listAlone } from './check/fields.ts';
import { checkQuantified } from './check/lists.ts';
import { checkName, checkPath } from './check/names.ts';
import { checkArithmetic, checkCompare, checkIf, checkIn } from './check/operators.ts';
import { writtenMoment, writtenNumber } from './check/written.ts';
import type { NameIndex } from './name-index.ts';
import type { Syntax } from './syntax.ts';

/** Finds every name and settles every type. Refuses what does not fit, with the place and what to do. */
export function check(text: string, syntax: Syntax, names: NameIndex): { ast: Node; usage: Usage } {
  const usage: Usage = { row: new Map(), context: new Map(), lists: new Map() };
  return { ast: checkNode({ text, names, usage, visit: checkNode }, syntax), usage };
}

function checkNode(checking: Checking, syntax: Syntax): Node {
  const place = { from: syntax.from, to: syntax.to };
  switch (syntax.kind) {
    case 'number':
      return { ...place, kind: 'literal', type: 'number', value: writtenNumber(checking, syntax.text, place) };
    case 'text':
      return { ...place, kind: 'literal', type: 'text', value: syntax.value };
    case 'boolean':
      return { ...place, kind: 'literal', type: 'boolean', value: syntax.value };
    case 'null':
      return { ...place, kind: 'literal', type: 'null', value: null };
    case 'at':
      return writtenMoment(syntax.value, place);
    case 'name':
      return checkName(checking, syntax.name, place);
    case 'path':
      return checkPath(checking, syntax);
    case 'filter':
      throw listAlone(checking, syntax);
    case 'call':
      return checkCall(checking, syntax);
    case 'negate':
      return {
        ...place,
        kind: 'negate',
        type: 'number',
        value: expect(checking, checkNode(checking, syntax.value), 'number'),
      };
    case 'arithmetic':
      return checkArithmetic(checking, syntax);
    case 'compare':
      return checkCompare(
        checking,
        syntax.operator,
        checkNode(checking, syntax.left),
        checkNode(checking, syntax.right),
        place,
      );
    case 'between':
      return checkIn(
        checking,
        syntax.value,
        [{ ...place, kind: 'range', low: syntax.low, high: syntax.high, lowOpen: false, highOpen: false }],
        place,
      );
    case 'in':
      return checkIn(checking, syntax.value, syntax.tests, place);
    case 'and':
    case 'or':
      return {
        ...place,
        kind: syntax.kind,
        type: 'boolean',
        parts: syntax.parts.map((part) => expect(checking, checkNode(checking, part), 'boolean')),
      };
    case 'if':
      return checkIf(checking, syntax);
    case 'some':
    case 'every':
      return checkQuantified(checking, syntax);
  }
}

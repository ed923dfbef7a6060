import type { Aggregate, ListNode, NameNode, Node } from '../ast.ts';
import { kinds, refusal } from '../failures.ts';
import { namesIndex } from '../name-index.ts';
import { normalName } from '../spelling.ts';
import type { Syntax } from '../syntax.ts';
import type { Place } from '../types.ts';
import { type Checking, expect, near } from './checking.ts';
import { fieldOf, isList, refuseUnusable, usedFields } from './fields.ts';

/** A list with its filters, which are checked against the fields of its rows. */
function checkList(checking: Checking, syntax: Syntax): ListNode {
  if (!isList(checking, syntax)) throw refusal(kinds.not_a_list, syntax, { near: near(checking, syntax) });
  if (checking.item) throw refusal(kinds.list_in_list, syntax, { near: near(checking, syntax) });
  if (syntax.kind === 'filter') {
    const list = checkList(checking, syntax.base);
    const inside = insideOf(checking, list, 'item', true);
    const condition = expect(inside, inside.visit(inside, syntax.condition), 'boolean');
    return { ...list, from: syntax.from, to: syntax.to, filter: both(list.filter, condition) };
  }
  const name = syntax.kind === 'name' ? syntax.name : '';
  const entry = checking.names.get(normalName(name))!;
  refuseUnusable(entry, name, syntax);
  const list: ListNode = { from: syntax.from, to: syntax.to, name, entry, filter: null };
  checking.usage.row.set(entry.key, entry);
  usedFields(checking, list);
  return list;
}

function both(left: Node | null, right: Node): Node {
  return left ? { from: left.from, to: right.to, kind: 'and', type: 'boolean', parts: [left, right] } : right;
}

function insideOf(
  checking: Checking,
  list: ListNode,
  variable: string,
  bare: boolean,
): Checking & Required<Pick<Checking, 'item'>> {
  return {
    ...checking,
    item: { list, fields: namesIndex(list.entry.list?.fields ?? {}), variable: normalName(variable), bare },
  };
}

export function checkQuantified(checking: Checking, syntax: Extract<Syntax, { kind: 'some' | 'every' }>): Node {
  const list = checkList(checking, syntax.list);
  const inside = insideOf(checking, list, syntax.variable, false);
  const condition = expect(inside, inside.visit(inside, syntax.condition), 'boolean');
  return { from: syntax.from, to: syntax.to, kind: syntax.kind, type: 'boolean', list, condition };
}

export function checkAggregate(checking: Checking, name: Aggregate, syntax: Syntax, place: Place): Node {
  const list = checkList(checking, syntax.kind === 'path' ? syntax.base : syntax);
  const inside = insideOf(checking, list, '', false);
  const field = syntax.kind === 'path' ? fieldOf(checking, inside.item, syntax.name, syntax) : null;
  if (name === 'count') return { ...place, kind: 'aggregate', type: 'number', aggregate: name, list, field };
  if (!field) throw refusal(kinds.list_needs_field, place, { name, near: near(checking, syntax) });
  const ordered = field.type === 'date' || field.type === 'datetime' || field.type === 'text';
  const fitting =
    ordered && (name === 'min' || name === 'max') ? field : (expect(checking, field, 'number') as NameNode);
  return { ...place, kind: 'aggregate', type: fitting.type, aggregate: name, list, field: fitting };
}

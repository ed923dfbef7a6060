import type { Failure } from '#kernel';
import type { ListNode, NameNode, NodeOf } from '../ast.ts';
import { kinds, refusal } from '../failures.ts';
import type { NameIndex } from '../name-index.ts';
import { isReserved, type ResolvedName } from '../scope.ts';
import { normalName } from '../spelling.ts';
import type { Syntax } from '../syntax.ts';
import type { Place } from '../types.ts';
import { type Checking, near } from './checking.ts';

export function refuseUnusable(entry: ResolvedName, written: string, place: Place): void {
  if (isReserved(entry.key)) throw refusal(kinds.reserved_name, place, { name: written });
  if (entry.ambiguous) {
    throw refusal(kinds.ambiguous_name, place, { name: written, codes: entry.ambiguous.join(', ') });
  }
}

export function itemField(
  checking: Checking,
  item: { list: ListNode },
  entry: ResolvedName,
  written: string,
  place: Place,
): NodeOf<'name'> {
  refuseUnusable(entry, written, place);
  if (entry.type === 'list') throw refusal(kinds.list_in_list, place, { near: written });
  usedFields(checking, item.list).add(entry.key);
  return { ...place, kind: 'name', type: entry.type, name: written, entry, source: 'item' };
}

export function usedFields(checking: Checking, list: ListNode): Set<string> {
  const { lists } = checking.usage;
  const fields = lists.get(list.entry.key) ?? new Set();
  lists.set(list.entry.key, fields);
  return fields;
}

export function fieldOf(
  checking: Checking,
  item: { list: ListNode; fields: NameIndex },
  name: string,
  place: Place,
): NameNode {
  const field = item.fields.get(normalName(name));
  if (field) return itemField(checking, item, field, name, place) as NameNode;
  throw refusal(kinds.unknown_field, place, {
    list: item.list.name,
    name,
    fields: [...item.fields.keys()].slice(0, 20).join(', '),
  });
}

export function isList(checking: Checking, syntax: Syntax): boolean {
  if (syntax.kind === 'filter') return isList(checking, syntax.base);
  return syntax.kind === 'name' && checking.names.get(normalName(syntax.name))?.type === 'list';
}

export function listAlone(checking: Checking, syntax: Extract<Syntax, { kind: 'path' | 'filter' }>): Failure {
  if (!isList(checking, syntax.base)) {
    return refusal(kinds.not_a_list, syntax.base, { near: near(checking, syntax.base) });
  }
  let list: Syntax = syntax.base;
  while (list.kind === 'filter') list = list.base;
  return refusal(kinds.list_needs_function, syntax, { near: near(checking, list) });
}

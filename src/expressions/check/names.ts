import type { Failure } from '#kernel';
import { dateParts, type Node } from '../ast.ts';
import { kinds, refusal } from '../failures.ts';
import { habitIn } from '../habits.ts';
import { nearest } from '../nearest.ts';
import { isReserved } from '../scope.ts';
import { normalName } from '../spelling.ts';
import type { Syntax } from '../syntax.ts';
import { type Place, typeLabels } from '../types.ts';
import type { Checking } from './checking.ts';
import { fieldOf, isList, itemField, listAlone, refuseUnusable } from './fields.ts';

export function checkName(checking: Checking, written: string, place: Place): Node {
  const name = normalName(written);
  const item = checking.item;
  if (item && name === item.variable) throw refusal(kinds.list_needs_field, place, { name: written, near: written });
  const field = item?.bare ? item.fields.get(name) : undefined;
  if (item && field) return itemField(checking, item, field, written, place);
  const entry = checking.names.get(name);
  if (!entry) throw unknownName(checking, written, place);
  refuseUnusable(entry, written, place);
  if (entry.type === 'list') throw refusal(kinds.list_needs_function, place, { near: written });
  const source = entry.given ?? 'row';
  checking.usage[source].set(entry.key, entry);
  return { ...place, kind: 'name', type: entry.type, name: written, entry, source };
}

function unknownName(checking: Checking, written: string, place: Place): Failure {
  if (isReserved(written)) return refusal(kinds.reserved_name, place, { name: written });
  const habit = habitIn(written);
  if (habit) {
    const from = place.from + habit.offset;
    return refusal(kinds.other_habit, { from, to: from + habit.found.length }, { ...habit });
  }
  const fields = checking.item?.bare ? checking.item.fields.keys() : [];
  const suggestion = nearest(written, [...fields, ...checking.names.keys()]);
  return suggestion
    ? refusal(kinds.unknown_name_near, place, { name: written, near: suggestion })
    : refusal(kinds.unknown_name, place, { name: written });
}

export function checkPath(checking: Checking, syntax: Extract<Syntax, { kind: 'path' }>): Node {
  const { base, name } = syntax;
  const place = { from: syntax.from, to: syntax.to };
  const item = checking.item;
  if (item && base.kind === 'name' && normalName(base.name) === item.variable) {
    return fieldOf(checking, item, name, place);
  }
  if (isList(checking, base)) throw listAlone(checking, syntax);
  const value = checking.visit(checking, base);
  const parts: readonly string[] = value.type === 'date' || value.type === 'datetime' ? dateParts[value.type] : [];
  const part = dateParts.datetime.find((known) => known === name && parts.includes(known));
  if (!part) {
    throw refusal(kinds.unknown_part, place, {
      name,
      found: typeLabels[value.type],
      parts: parts.join(', ') || '—',
    });
  }
  return { ...place, kind: 'part', type: 'number', part, value };
}

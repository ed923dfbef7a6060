import type { Aggregate, ExpressionType } from '#expressions';
import type { OperatorCode } from './operators.ts';

/**
 * What the condition builder shows: one expression as a tree of rows and groups. The stored form is the text of the expression;
 * `read.ts` makes the tree of it, `write.ts` the text again.
 */
export type Item = Group | Comparison | Listed | Chip;

interface Common {
  /** For React and for the keyboard; no part of the meaning. */
  id: string;
  /** The opposite of what the rest says. */
  not: boolean;
}

/** Several conditions, all or any of which must hold. */
export interface Group extends Common {
  kind: 'group';
  join: 'and' | 'or';
  items: Item[];
}

/** `subject operator values`: one row. */
export interface Comparison extends Common {
  kind: 'comparison';
  subject: Operand;
  operator: OperatorCode;
  values: Operand[];
}

/** One or each of the rows of a list satisfies a group of conditions. */
export interface Listed extends Common {
  kind: 'some' | 'every';
  list: string;
  /** Narrows the list first; null for all its rows. */
  filter: Group | null;
  group: Group;
}

/** What no row can show: kept as text. */
export interface Chip extends Common {
  kind: 'text';
  text: string;
}

export type Operand =
  /** Not filled in yet; `way` says what is to be picked, else something is to be typed. */
  | { kind: 'empty'; way?: 'parameter' | 'name' }
  | NameOperand
  | LiteralOperand
  /** A share or multiple of another value: `assets × 30 %`. With `percent` the factor counts hundredths. */
  | { kind: 'scaled'; base: NameOperand; factor: NameOperand | LiteralOperand; percent: boolean }
  | { kind: 'aggregate'; aggregate: Aggregate; list: string; filter: Group | null; field: string | null }
  | { kind: 'text'; text: string; type: ExpressionType };

export interface NameOperand {
  kind: 'name';
  /** As it is written in the text. */
  name: string;
  /** A field of the row of the list around it. */
  item: boolean;
}

export interface LiteralOperand {
  kind: 'literal';
  type: 'number' | 'text' | 'date' | 'boolean';
  /** A decimal text, `YYYY-MM-DD`, the text itself, `true` or `false`. */
  value: string;
}

let made = 0;
const newId = (): string => `c${++made}`;

export const group = (join: Group['join'], items: Item[], not = false): Group => ({
  id: newId(),
  kind: 'group',
  join,
  items,
  not,
});

export const comparison = (operator: OperatorCode, subject: Operand, values: Operand[], not = false): Comparison => ({
  id: newId(),
  kind: 'comparison',
  operator,
  subject,
  values,
  not,
});

export const listed = (kind: Listed['kind'], list: string, filter: Group | null, inside: Group): Listed => ({
  id: newId(),
  kind,
  list,
  filter,
  group: inside,
  not: false,
});

export const chip = (text: string): Chip => ({ id: newId(), kind: 'text', text, not: false });

export const emptyRow = (): Comparison => comparison('gt', { kind: 'empty' }, []);

/** An item by its id, with the group that holds it. */
interface Found {
  item: Item;
  parent: Group;
  index: number;
}

const groupsInside = (item: Item): Group[] =>
  item.kind === 'group'
    ? [item]
    : item.kind === 'some' || item.kind === 'every'
      ? [item.group, ...(item.filter ? [item.filter] : [])]
      : item.kind === 'comparison' && item.subject.kind === 'aggregate' && item.subject.filter
        ? [item.subject.filter]
        : [];

export function find(root: Group, id: string): Found | undefined {
  for (const [index, item] of root.items.entries()) {
    if (item.id === id) return { item, parent: root, index };
    for (const inside of groupsInside(item)) {
      const found = find(inside, id);
      if (found) return found;
    }
  }
  return undefined;
}

/** The tree with each group that `change` answers for replaced. Groups that it leaves alone stay the same objects. */
function mapGroups(root: Group, change: (found: Group) => Group): Group {
  const items = root.items.map((item): Item => {
    switch (item.kind) {
      case 'group':
        return mapGroups(item, change);
      case 'some':
      case 'every': {
        const filter = item.filter && mapGroups(item.filter, change);
        const inside = mapGroups(item.group, change);
        return filter === item.filter && inside === item.group ? item : { ...item, filter, group: inside };
      }
      case 'comparison': {
        if (item.subject.kind !== 'aggregate' || !item.subject.filter) return item;
        const filter = mapGroups(item.subject.filter, change);
        return filter === item.subject.filter ? item : { ...item, subject: { ...item.subject, filter } };
      }
      default:
        return item;
    }
  });
  return change(items.every((item, index) => item === root.items[index]) ? root : { ...root, items });
}

const changeItems = (root: Group, parentId: string, change: (items: Item[]) => Item[]): Group =>
  mapGroups(root, (each) => (each.id === parentId ? { ...each, items: change(each.items) } : each));

export function replace(root: Group, id: string, next: Item): Group {
  if (root.id === id) return next.kind === 'group' ? next : root;
  return mapGroups(root, (each) =>
    each.items.some((item) => item.id === id)
      ? { ...each, items: each.items.map((item) => (item.id === id ? next : item)) }
      : each,
  );
}

/** Replaces a group wherever it stands, those inside lists included. */
export const replaceGroup = (root: Group, next: Group): Group =>
  mapGroups(root, (each) => (each.id === next.id ? next : each));

export const append = (root: Group, groupId: string, item: Item): Group =>
  changeItems(root, groupId, (items) => [...items, item]);

/** Behind another item, in the group where that stands. */
export function insertAfter(root: Group, id: string, item: Item): Group {
  const found = find(root, id);
  if (!found) return append(root, root.id, item);
  return changeItems(root, found.parent.id, (items) => items.toSpliced(found.index + 1, 0, item));
}

/** Without the item; a group that it leaves empty goes too. */
export function remove(root: Group, id: string): Group {
  const found = find(root, id);
  if (!found) return root;
  const next = changeItems(root, found.parent.id, (items) => items.toSpliced(found.index, 1));
  return found.parent.items.length === 1 && found.parent.id !== root.id && find(root, found.parent.id)
    ? remove(next, found.parent.id)
    : next;
}

/** Copies an item behind itself. */
export function duplicate(root: Group, id: string): Group {
  const found = find(root, id);
  return found ? insertAfter(root, id, renewed(found.item)) : root;
}

function renewed(item: Item): Item {
  switch (item.kind) {
    case 'group':
      return { ...item, id: newId(), items: item.items.map(renewed) };
    case 'some':
    case 'every':
      return {
        ...item,
        id: newId(),
        filter: item.filter && (renewed(item.filter) as Group),
        group: renewed(item.group) as Group,
      };
    default:
      return { ...item, id: newId() };
  }
}

/** One place up or down: past its neighbour, into a neighbouring group, or out of its own. */
export function move(root: Group, id: string, step: -1 | 1): Group {
  const found = find(root, id);
  if (!found) return root;
  const { item, parent, index } = found;
  const neighbour = parent.items[index + step];
  if (neighbour?.kind === 'group') {
    const without = changeItems(root, parent.id, (items) => items.toSpliced(index, 1));
    return changeItems(without, neighbour.id, (items) => (step === 1 ? [item, ...items] : [...items, item]));
  }
  if (neighbour) {
    return changeItems(root, parent.id, (items) => {
      const others = items.toSpliced(index, 1);
      return others.toSpliced(index + step, 0, item);
    });
  }
  const outer = find(root, parent.id);
  if (!outer) return root;
  const without = remove(root, id);
  // The group itself may have gone with its last item.
  const at = find(without, parent.id);
  const place = at ? at.index + (step === 1 ? 1 : 0) : outer.index;
  return changeItems(without, outer.parent.id, (items) => items.toSpliced(place, 0, item));
}

/** Puts an item into a group of its own, joined the other way than the group around it. */
export function enclose(root: Group, id: string): Group {
  const found = find(root, id);
  if (!found) return root;
  const join = found.parent.join === 'and' ? 'or' : 'and';
  return replace(root, id, group(join, [found.item]));
}

/** Takes a group away and leaves its items in its place. */
export function dissolve(root: Group, id: string): Group {
  const found = find(root, id);
  if (found?.item.kind !== 'group') return root;
  const { items } = found.item;
  return changeItems(root, found.parent.id, (before) => before.toSpliced(found.index, 1, ...items));
}

/** Every item in the order in which it is read. */
export function flat(root: Group): Item[] {
  return root.items.flatMap((item) => [item, ...groupsInside(item).flatMap(flat)]);
}

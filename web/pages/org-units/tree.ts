import type { Row } from '../../api/types.ts';
import { isReference } from '../../records/reference.ts';

export interface UnitNode {
  row: Row;
  children: UnitNode[];
}

/** The units as a tree; one whose parent is not among them (or is itself) stands at the top. */
export function treeOf(rows: Row[]): UnitNode[] {
  const nodes = new Map(rows.map((row) => [row.id, { row, children: [] as UnitNode[] }]));
  const top: UnitNode[] = [];
  for (const node of nodes.values()) {
    const parent = isReference(node.row.parent) ? nodes.get(node.row.parent.id) : undefined;
    if (parent && !isAbove(node, parent, nodes)) parent.children.push(node);
    else top.push(node);
  }
  return top;
}

/** Whether a unit would stand above its own parent: a circle in the data must not hide its members. */
function isAbove(node: UnitNode, parent: UnitNode, nodes: Map<string, UnitNode>): boolean {
  const seen = new Set<string>();
  for (let at: UnitNode | undefined = parent; at; ) {
    if (at === node) return true;
    if (seen.has(at.row.id)) return false;
    seen.add(at.row.id);
    at = isReference(at.row.parent) ? nodes.get(at.row.parent.id) : undefined;
  }
  return false;
}

/** The ids on the way from the top down to a unit, without the unit itself. */
export function pathTo(rows: Row[], id: string | undefined): string[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const path: string[] = [];
  let at = id === undefined ? undefined : byId.get(id);
  while (at && isReference(at.parent) && !path.includes(at.parent.id)) {
    path.unshift(at.parent.id);
    at = byId.get(at.parent.id);
  }
  return path;
}

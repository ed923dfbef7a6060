import { type Node, write } from '../public.ts';

/** What an expression means, without where in the text it stands: for comparing two. The grammar reads `-5` sometimes as a number. */
export function essence(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(essence);
  if (node === null || typeof node !== 'object') return node;
  const found = node as Record<string, unknown>;
  if (found.kind === 'name') return { kind: 'name', source: found.source, key: (found.entry as { key: string }).key };
  const negated = found.kind === 'negate' ? (found.value as Node) : undefined;
  if (negated?.kind === 'literal' || (found.kind === 'literal' && found.type === 'number')) {
    return { number: write(found as unknown as Node).replace('--', '') };
  }
  if (typeof found.name === 'string' && Array.isArray(found.takes)) return { function: found.name, takes: found.takes };
  return Object.fromEntries(
    Object.entries(found)
      .filter(([key]) => key !== 'from' && key !== 'to')
      .map(([key, value]) => [key, key === 'entry' ? (value as { key: string }).key : essence(value)]),
  );
}

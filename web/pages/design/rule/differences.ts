import type { Body } from '../../../api/definitions.ts';
import { type Difference, isSame } from '../kinds.ts';

/** Parts that are said as a whole. */
const whole = new Set(['due', 'assignee', 'to', 'days', 'cases', 'among']);

/** What differs between two versions of a rule, part by part down to single texts and figures. */
export function ruleDifferences(before: Body | undefined, after: Body): Difference[] {
  const was = new Map(before ? parts(before, []) : []);
  const is = new Map(parts(after, []));
  return [...new Set([...is.keys(), ...was.keys()])]
    .filter((path) => path !== 'code' && !isSame(was.get(path) ?? null, is.get(path) ?? null))
    .map((path) => ({ path, before: was.get(path) ?? null, after: is.get(path) ?? null }));
}

function parts(value: unknown, path: readonly string[]): [string, unknown][] {
  const isLeaf = typeof value !== 'object' || value === null || whole.has(path.at(-1) ?? '');
  if (isLeaf) return [[path.join('/'), value]];
  return Object.entries(value).flatMap(([key, each]) => parts(each, [...path, key]));
}

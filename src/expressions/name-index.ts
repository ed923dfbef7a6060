import { Failure } from '#kernel';
import { parseText } from './parse.ts';
import { isReserved, lookUp, type ResolvedName, type ScopeName } from './scope.ts';
import { normalName } from './spelling.ts';

/** Names by their normal spelling. A Map, so that nothing inherited is ever found. */
export type NameIndex = ReadonlyMap<string, ResolvedName>;

const indexes = new WeakMap<Record<string, ScopeName>, NameIndex>();

export function namesIndex(names: Record<string, ScopeName>): NameIndex {
  let index = indexes.get(names);
  if (!index) {
    index = new Map(Object.keys(names).map((name) => [normalName(name), lookUp(names, name)!]));
    indexes.set(names, index);
  }
  return index;
}

/** Whether a text, such as a column heading, can be used as a name as it stands. */
export function isName(text: string): boolean {
  if (isReserved(normalName(text))) return false;
  try {
    const syntax = parseText(text, [{ name: text }]);
    return syntax.kind === 'name' && normalName(syntax.name) === normalName(text);
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

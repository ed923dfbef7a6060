import type { InspectedColumn, LoadStep, Lookup, LookupUse, Mapping } from '../../api/gateway.ts';

/** Names of the columns of a file, by its code in the mapping; nothing where they are not known. */
export type ColumnsOf = (file: string) => string[];

const nameOf = (alias: string, use: LookupUse) => use.lookup ?? alias;

/** `lookup.column` for every column of the rows that look-ups find. */
export function joinedColumns(mapping: Mapping, uses: Record<string, LookupUse> | undefined, of: ColumnsOf): string[] {
  return Object.entries(uses ?? {}).flatMap(([alias, use]) => {
    const lookup = mapping.lookups?.[nameOf(alias, use)];
    return lookup ? of(lookup.file).map((column) => `${alias}.${column}`) : [];
  });
}

/** Which columns of the two files may hold the same number: those of one name, best one whose values do not repeat. */
function guessPair(ours: readonly string[], theirs: readonly InspectedColumn[]): [string, string] {
  const shared = theirs.filter(({ name }) => ours.includes(name));
  const [best] = shared.sort((a, b) => b.distinct - a.distinct);
  return [best?.name ?? ours[0] ?? '', best?.name ?? theirs[0]?.name ?? ''];
}

/** A step that looks into another file; the look-up is new and carries the name of the file. */
export function addLookup(
  mapping: Mapping,
  at: number,
  file: string,
  ours: readonly string[],
  theirs: readonly InspectedColumn[],
): Mapping {
  const step = mapping.loads[at]!;
  // A minus would be read as one in expressions.
  const base = file.replaceAll('-', '_');
  let name = base;
  for (let count = 2; mapping.lookups?.[name] || step.with?.[name]; count += 1) name = `${base}_${count}`;
  const [own, other] = guessPair(ours, theirs);
  const lookups = { ...mapping.lookups, [name]: { file, by: [other] } };
  return put({ ...mapping, lookups }, at, { ...step, with: { ...step.with, [name]: { by: [own] } } });
}

/** A step that uses a look-up which the mapping has already. */
export function reuseLookup(mapping: Mapping, at: number, name: string, ours: readonly string[]): Mapping {
  const step = mapping.loads[at]!;
  const by = mapping.lookups![name]!.by.map((column) => (ours.includes(column) ? column : (ours[0] ?? '')));
  return put(mapping, at, { ...step, with: { ...step.with, [name]: { by } } });
}

/** Changes a look-up and its use together, as the form shows them as one. */
export function changeLookup(mapping: Mapping, at: number, alias: string, lookup: Lookup, use: LookupUse): Mapping {
  const step = mapping.loads[at]!;
  const lookups = { ...mapping.lookups, [nameOf(alias, use)]: lookup };
  return put({ ...mapping, lookups }, at, { ...step, with: { ...step.with, [alias]: use } });
}

/** A step without a look-up; nobody else's is taken away. */
export function removeLookup(mapping: Mapping, at: number, alias: string): Mapping {
  const { with: uses = {}, ...step } = mapping.loads[at]!;
  const { [alias]: gone, ...left } = uses;
  const made = put(mapping, at, Object.keys(left).length > 0 ? { ...step, with: left } : step);
  const name = gone ? nameOf(alias, gone) : alias;
  if (usersOf(made, name) > 0) return made;
  const { lookups = {}, ...rest } = made;
  const { [name]: _, ...others } = lookups;
  return Object.keys(others).length > 0 ? { ...rest, lookups: others } : rest;
}

/** How many steps and look-ups use a look-up. */
export function usersOf({ loads, lookups }: Mapping, name: string): number {
  const users = [...loads, ...Object.values(lookups ?? {})];
  return users.flatMap((user) => Object.entries(user.with ?? {})).filter(([alias, use]) => nameOf(alias, use) === name)
    .length;
}

function put(mapping: Mapping, at: number, step: LoadStep): Mapping {
  return { ...mapping, loads: mapping.loads.with(at, step) };
}

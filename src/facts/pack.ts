import { z } from 'zod';
import { Failure, type Text } from '#kernel';
import type { Model, PackEntry } from '#metadata';
import { kinds } from './failures.ts';

/** Pieces that the definitions of metrics, parameters, tiers, tags and rules share. */
export const code = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,49}$/, 'a code is lower-case letters, digits and _, at most 50');
export const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
export const expression = z.string().min(1).max(4_000);
/** Numbers of YAML become decimal texts; write long or fractional ones in quotes, so that no float touches them. */
export const decimalText = z
  .union([z.string().regex(/^-?\d{1,18}(\.\d{1,6})?$/, 'must be a decimal number'), z.int()])
  .transform(String);

export type Definition<T> = T & { file: string };

const entriesMax = 500;

/** The entries of one kind of all packs, checked, codes unique. Throws a Failure that names file and place. */
export function readDefinitions<T extends { code: string }>(
  model: Model,
  kind: string,
  schema: z.ZodType<T>,
): Definition<T>[] {
  const entries = model.data(kind);
  if (entries.length > entriesMax) throw invalid(entries[entriesMax]!, '/', `at most ${entriesMax} entries`);
  const found = new Map<string, Definition<T>>();
  for (const [index, entry] of entries.entries()) {
    const result = schema.safeParse(entry.value);
    const name = typeof entry.value?.code === 'string' ? entry.value.code : String(index);
    if (!result.success) {
      const issue = result.error.issues[0]!;
      throw invalid(entry, `/${[name, ...issue.path].join('/')}`, issue.message);
    }
    if (found.has(name)) throw invalid(entry, `/${name}`, 'two entries carry this code');
    found.set(name, { ...result.data, file: entry.file });
  }
  return [...found.values()];
}

function invalid(entry: PackEntry, path: string, reason: string): Failure {
  return new Failure(kinds.pack_invalid, { file: entry.file, path, reason });
}

/** A definition that fits its shape but not its company; names the file and the place. */
export function invalidDefinition(owner: { file: string; code: string }, path: string, reason: Text | string): Failure {
  return new Failure(kinds.pack_invalid, { file: owner.file, path: `/${owner.code}/${path}`, reason });
}

/** Reads something once per model: packs do not change while the program runs. */
export function oncePerModel<T>(read: (model: Model) => T): (model: Model) => T {
  const known = new WeakMap<Model, T>();
  return (model) => {
    if (!known.has(model)) known.set(model, read(model));
    return known.get(model)!;
  };
}

import { useSyncExternalStore } from 'react';
import type { Entity, Field } from '../api/types.ts';

type Language = typeof import('./condition.ts');

let language: Language | undefined;
let loading = false;
const listeners = new Set<() => void>();

function load(): void {
  if (loading) return;
  loading = true;
  void import('./condition.ts').then((loaded) => {
    language = loaded;
    for (const listener of listeners) listener();
  });
}

/** Most conditions compare a field to one word; these need nothing else. */
const plain = /^\s*([a-z][a-z0-9_]*)\s*=\s*"([^"\\]*)"\s*$/;

/**
 * Whether a field is shown and asked for, given the values of a row or of a form: what its `when` says. A longer condition
 * shows the field until the expression language has been loaded for it.
 */
export function isShown(entity: Entity, field: Field, values: Readonly<Record<string, unknown>>): boolean {
  if (!field.when) return true;
  const [, code, word] = plain.exec(field.when) ?? [];
  const compared = entity.fields.find((each) => each.code === code);
  if (compared?.type === 'choice' && compared.options?.some((option) => option.code === word)) {
    return values[compared.code] === word;
  }
  if (!language) load();
  return language?.holds(entity, field.when, values) ?? true;
}

/** Whether a warning applies; not before the expression language has been loaded. */
export function isWarned(
  entity: Entity,
  when: string,
  values: Readonly<Record<string, unknown>>,
  clock: { now: Date; zone: string },
): boolean {
  if (!language) load();
  return language?.warns(entity, when, values, clock) ?? false;
}

/** Draws anew once the language is there. */
export function useConditions(): void {
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => language,
  );
}

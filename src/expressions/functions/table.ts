import { anyFunctions } from './any.ts';
import { dateFunctions } from './date.ts';
import type { FunctionDefinition } from './definition.ts';
import { numberFunctions } from './number.ts';
import { textFunctions } from './text.ts';

/** Every function of the language, one row per signature. `not`, `duration` and the list aggregates are part of the grammar. */
export const functionTable: readonly FunctionDefinition[] = [
  ...textFunctions,
  ...numberFunctions,
  ...dateFunctions,
  ...anyFunctions,
];

const byName = Map.groupBy(functionTable, (definition) => definition.name);

/** The signatures of a name. */
export function signaturesOf(name: string): readonly FunctionDefinition[] {
  return byName.get(name) ?? [];
}

/** Words that are written like functions but have rules of their own. */
export const grammarWords = ['not', 'duration', 'sum', 'count', 'min', 'max', 'mean'] as const;

export const functionNames: readonly string[] = [...new Set([...byName.keys(), ...grammarWords])];

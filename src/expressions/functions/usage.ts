import type { Language } from '#kernel';
import { type ExpressionType, typeLabels } from '../types.ts';
import type { ArgumentType, FunctionDefinition } from './definition.ts';

/** The type of the argument at a position; the last one repeats. */
export function takenAt(definition: FunctionDefinition, index: number): ArgumentType {
  return definition.takes[Math.min(index, definition.takes.length - 1)]!;
}

/** The type of a value that may stand for an argument. */
export function typeOfArgument(type: ArgumentType): ExpressionType {
  return type === 'whole' ? 'number' : type;
}

/** How a function is written: `substring(文本, 数字, 数字)`. */
export function usageOf(definition: FunctionDefinition, language: Language): string {
  const taken = definition.takes.map((type) => typeLabels[typeOfArgument(type)][language].replace(/^a /, ''));
  return `${definition.name}(${taken.join(', ')}${definition.repeats ? ', …' : ''})`;
}

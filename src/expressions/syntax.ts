import type { Place } from './types.ts';

/** What a text says, before names and types are known. */
export type Syntax = Place &
  (
    | { kind: 'number'; text: string }
    | { kind: 'text'; value: string }
    | { kind: 'boolean'; value: boolean }
    | { kind: 'null' }
    | { kind: 'at'; value: string }
    | { kind: 'name'; name: string }
    | { kind: 'path'; base: Syntax; name: string }
    | { kind: 'filter'; base: Syntax; condition: Syntax }
    | { kind: 'call'; name: string; arguments: Syntax[] }
    | { kind: 'negate'; value: Syntax }
    | { kind: 'arithmetic'; operator: ArithmeticOperator; left: Syntax; right: Syntax }
    | { kind: 'compare'; operator: CompareOperator; left: Syntax; right: Syntax }
    | { kind: 'between'; value: Syntax; low: Syntax; high: Syntax }
    | { kind: 'in'; value: Syntax; tests: SyntaxTest[] }
    | { kind: 'and' | 'or'; parts: Syntax[] }
    | { kind: 'if'; condition: Syntax; consequence: Syntax; otherwise: Syntax }
    | { kind: 'some' | 'every'; variable: string; list: Syntax; condition: Syntax }
  );

/** One entry behind `in`: a value, a comparison such as `> 5`, or a range. */
export type SyntaxTest = Place &
  (
    | { kind: 'compare'; operator: CompareOperator; value: Syntax }
    | { kind: 'range'; low: Syntax; high: Syntax; lowOpen: boolean; highOpen: boolean }
  );

export type ArithmeticOperator = '+' | '-' | '*' | '/';
export type CompareOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** The same comparison with its sides exchanged. */
export const turned: Record<CompareOperator, CompareOperator> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

import type { Text } from '#kernel';
import type { FieldDefinition, FieldTypeCode } from '../definition.ts';

/** Comparisons a list filter may use. */
export const OPERATORS = [
  'eq',
  'ne',
  'in',
  'gt',
  'gte',
  'lt',
  'lte',
  'between',
  'contains',
  'prefix',
  'is_null',
  'not_null',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** What a type of field is: its column, how text from outside becomes its canonical form, how it leaves as JSON. */
export interface FieldType {
  code: FieldTypeCode;
  label: Text;
  /** PostgreSQL column type. */
  sql(field: FieldDefinition): string;
  /**
   * Canonical text that PostgreSQL accepts for the column, or null for an empty value.
   * Throws a Failure that names the field, the value and the remedy.
   */
  parse(text: string, field: FieldDefinition): string | null;
  /** Shape of the value in JSON, as JSON Schema for OpenAPI and as the kinds accepted from a client. */
  json: 'string' | 'integer' | 'boolean' | 'strings' | 'any';
  /** SQL that turns the column into that JSON value; numbers beyond JavaScript's precision leave as strings. */
  output(column: string): string;
  operators: readonly Operator[];
}

export const asText = (column: string) => `${column}::text`;
export const asIs = (column: string) => column;
export const ORDERED = ['eq', 'ne', 'in', 'gt', 'gte', 'lt', 'lte', 'between', 'is_null', 'not_null'] as const;
export const DISCRETE = ['eq', 'ne', 'in', 'is_null', 'not_null'] as const;
export const TEXTUAL = ['eq', 'ne', 'in', 'contains', 'prefix', 'is_null', 'not_null'] as const;

import type { Sql } from '#database';
import type { Text } from '#kernel';
import type { Operator } from './types/type.ts';

/**
 * The one definition of an entity, read from `packs/<pack>/entities/<code>.yaml`. Table, migration, validation, API,
 * OpenAPI, filters, form, list cell, import target and docs all derive from it.
 */
export interface EntityDefinition {
  /** Singular snake_case noun; also the table name. */
  code: string;
  /** Plural kebab-case noun; the API path. */
  plural: string;
  label: Text;
  description: Text;
  /** `record`: rows that change, with versions. `fact`: append-only rows, partitioned by month on the business date. */
  storage: 'record' | 'fact';
  /** `customer`: belongs to one customer, whose id leads the key. `institution`: stands for itself. */
  scope: 'customer' | 'institution';
  /** The field whose value names a row to people. */
  title: string;
  fields: FieldDefinition[];
  list: ListDefinition;
  /** Which doors are open besides reading: by people through the API. Loads and engines write in any case. */
  write: { create: boolean; update: boolean };
  /** Extra indexes as field lists, `-` for descending. Sorting is offered on fields that lead an index. */
  indexes: string[][];
}

export interface ListDefinition {
  columns: string[];
  /** Default order: a field code, `-` before it for descending. */
  sort: string;
  /** Filters shown without asking. */
  filters: string[];
}

export interface FieldDefinition {
  code: string;
  label: Text;
  type: FieldTypeCode;
  /** Data class by JR/T 0171-2020: C1 internal, C2 sensitive. C3 (PINs, CVV, passwords) has no field type. */
  class: 'C1' | 'C2';
  /** Data level by JR/T 0197-2020, 1 public … 5 national. */
  level: 1 | 2 | 3 | 4 | 5;
  help?: Text;
  required?: boolean;
  /** No two rows carry the same value; checked when people write. */
  unique?: boolean;
  /** `choice`, `choices`: the allowed values. */
  options?: OptionDefinition[];
  /** `ref`: the entity pointed at. */
  ref?: string;
  /** How the value is shown where it may not be seen whole. */
  mask?: MaskCode;
  /**
   * Stored sealed, beside its masked form and a blind index. For direct identifiers that nobody sorts by; needs a mask and a type
   * whose column is text.
   */
  encrypted?: boolean;
  /** Derived from another field whenever that is written: `pinyin(name)`, `initials(name)`, `grams(name)`, `sound(name)`. */
  derive?: { function: DeriveCode; from: string };
  /** Written by the engine only; people and loads cannot. */
  computed?: boolean;
  /** Found by the search box: names by text, pinyin and initials; numbers from the start, by their tail or whole only. */
  search?: 'name' | 'prefix' | 'tail' | 'exact';
  /** Shown and asked only when this expression over the row is true. */
  when?: string;
  /** Value of a new row where none is given: canonical text, `me` for a reference to a user, `now` for an instant. */
  default?: string;
  max_length?: number;
  min?: number;
  max?: number;
  /** Decimal places of `decimal`; default 2 for money, 4 else. */
  scale?: number;
  /** Not offered in lists and forms. */
  hidden?: boolean;
  /**
   * Where a JSON field of the entity keeps the text in both languages (`texts`, `evidence.text`), by language and code of this field. The column
   * is the Chinese one, and what people write: once it differs from it, it is the text in every language.
   */
  bilingual?: string;
}

/**
 * A value about a row that no column of its own holds, such as a metric of a customer: lists show it, filter and sort by it;
 * forms and loads do not know it. SQL is given for a row by its alias.
 */
export interface ListField {
  field: FieldDefinition;
  /** The field of the entity whose rights hold: who does not see that clear does not see this. Default: the field's own class. */
  follows?: string;
  /** The value for one row, of the field's column type; undefined for what can only be filtered by. */
  value?(alias: string): string;
  /** The same for many rows at once: what is joined, under which name, and where the value then stands. */
  joined?: { name: string; join(alias: string): string; value: string };
  /** Filters that are answered in a way of their own, by operator; undefined: the value is compared. */
  condition?(alias: string, operator: Operator, values: readonly string[]): Sql | undefined;
}

export interface OptionDefinition {
  code: string;
  label: Text;
  color?: OptionColor;
}

export type OptionColor = 'grey' | 'blue' | 'green' | 'amber' | 'red' | 'violet' | 'gold' | 'teal';
export type DeriveCode = 'pinyin' | 'initials' | 'grams' | 'sound';
/** Shapes in which a value is shown to those who may not see it whole; `full` shows nothing of it. */
export const MASK_CODES = [
  'person_name',
  'phone',
  'id_number',
  'email',
  'address',
  'tail4',
  'amount',
  'year',
  'full',
] as const;
export type MaskCode = (typeof MASK_CODES)[number];
export type FieldTypeCode =
  | 'text'
  | 'long_text'
  | 'integer'
  | 'decimal'
  | 'money'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'boolean'
  | 'choice'
  | 'choices'
  | 'ref'
  | 'phone'
  | 'email'
  | 'id_number'
  | 'uscc'
  | 'text_list'
  | 'json';

import { type FieldView, fieldRight } from '#access';
import { ident, join, type Queryable, raw, type Sql, sql } from '#database';
import { type Actor, Failure } from '#kernel';
import {
  columnOf,
  type EntityDefinition,
  type FieldDefinition,
  fieldOf,
  fieldTypes,
  grams,
  indexColumn,
  type ListField,
  type Model,
  maskedColumn,
  OPERATORS,
  type Operator,
  simplified,
} from '#metadata';
import { listFieldRights } from './columns.ts';
import { kinds } from './failures.ts';
import { indexesOf } from './sealing.ts';

export interface Filter {
  field: FieldDefinition;
  /** Where the value comes from when no column of the entity holds it. */
  gathered?: ListField | undefined;
  operator: Operator;
  /** Canonical column texts; of a sealed field its blind indexes. */
  values: string[];
}

/** What can be asked of a sealed field: its blind index knows equality alone. */
const SEALED_OPERATORS: readonly Operator[] = ['eq', 'in', 'is_null', 'not_null'];

const FILTERS_MAX = 20;
const VALUES_MAX = 200;

/** Reads `field:operator:value` filters; values pass the field type's own check. */
export async function parseFilters(
  db: Queryable,
  model: Model,
  actor: Actor,
  entity: EntityDefinition,
  texts: readonly string[],
): Promise<Filter[]> {
  if (texts.length > FILTERS_MAX) throw new Failure(kinds.filters_too_many, { max: FILTERS_MAX }, 'filter');
  const filters = texts.map((text) => parseFilter(model, actor, entity, text));
  for (const filter of filters) {
    if (!filter.field.encrypted || filter.values.length === 0) continue;
    filter.values = await indexesOf(db, entity, filter.field, filter.values);
  }
  return filters;
}

function parseFilter(model: Model, actor: Actor, entity: EntityDefinition, text: string): Filter {
  const match = /^([a-z][a-z0-9_]*):([a-z_]+)(?::([\s\S]*))?$/.exec(text);
  if (!match) throw new Failure(kinds.filter_invalid, { filter: text.slice(0, 100) }, 'filter');
  const { field, gathered } = knownField(model, actor, entity, match[1]!, 'filter');
  const operators = field.encrypted ? SEALED_OPERATORS : fieldTypes[field.type].operators;
  const operator = match[2] as Operator;
  if (!OPERATORS.includes(operator) || !operators.includes(operator)) {
    throw new Failure(
      kinds.operator_unknown,
      { field: field.label, operator, operators: operators.join(', ') },
      'filter',
    );
  }
  if (operator === 'is_null' || operator === 'not_null') return { field, gathered, operator, values: [] };
  const texts = operator === 'in' || operator === 'between' ? (match[3] ?? '').split(',') : [match[3] ?? ''];
  if (texts.length > VALUES_MAX) throw new Failure(kinds.values_too_many, { max: VALUES_MAX }, 'filter');
  const asText = operator === 'contains' || operator === 'prefix' || field.type === 'choices';
  const values = texts.map((value) => (asText ? value.trim() : (fieldTypes[field.type].parse(value, field) ?? '')));
  if (field.type === 'choices') for (const value of values) fieldTypes.choices.parse(value, field);
  if (values.some((value) => value === '') || (operator === 'between' && values.length !== 2)) {
    throw new Failure(kinds.filter_invalid, { filter: text.slice(0, 100) }, 'filter');
  }
  return { field, gathered, operator, values };
}

/**
 * The field of that name, the entity's own or gathered for its lists, provided that the actor sees it clear: by a masked value nobody
 * may search, filter or sort.
 */
export function knownField(
  model: Model,
  actor: Actor,
  entity: EntityDefinition,
  code: string,
  place: string,
): { field: FieldDefinition; gathered?: ListField | undefined } {
  const own = fieldOf(entity, code);
  const other = own
    ? undefined
    : listFieldRights(model, actor, entity).find(({ gathered }) => gathered.field.code === code);
  const field = own ?? other?.gathered.field;
  const right = own ? fieldRight(model, actor, entity, own) : other?.right;
  if (!field || right!.see === 'hidden')
    throw new Failure(kinds.field_unknown, { entity: entity.label, field: code }, place);
  if (right!.see === 'masked') throw new Failure(kinds.field_masked, { field: field.label }, place);
  if (!right!.filter) throw new Failure(kinds.field_not_filterable, { field: field.label }, place);
  return { field, gathered: other?.gathered };
}

const COMPARISONS: Partial<Record<Operator, string>> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };

/**
 * The filter as a condition on row `alias`. For a statement whose plan is kept, the planner is not to see the values: it would
 * find a plan for each of them better by a little and plan every page anew, at twice the cost of reading it.
 */
export function filterCondition({ field, gathered, operator, values }: Filter, alias: string, isKept: boolean): Sql {
  const asked = gathered?.condition?.(alias, operator, values);
  if (asked) return asked;
  const column = raw(gathered ? valueIn(gathered, alias) : `${alias}.${ident(columnOf(field)).sql}`);
  if (field.encrypted && values.length > 0) {
    return sql`${raw(`${alias}.${ident(indexColumn(field)).sql}`)} = any(${values}::text[])`;
  }
  const type = raw(fieldTypes[field.type].sql(field));
  const value = values[0];
  const given = (each: string | undefined) => (isKept ? sql`(select ${each}::${type})` : sql`${each}::${type}`);
  switch (operator) {
    case 'is_null':
      return sql`${column} is null`;
    case 'not_null':
      return sql`${column} is not null`;
    case 'ne':
      return sql`${column} is distinct from ${value}::${type}`;
    case 'in':
      return field.type === 'choices'
        ? sql`${column} && ${values}::text[]`
        : sql`${column} = any(${values}::${type}[])`;
    case 'between':
      return sql`${column} between ${given(values[0])} and ${given(values[1])}`;
    case 'contains':
      return field.type === 'choices'
        ? sql`${column} @> array[${value}]::text[]`
        : sql`strpos(lower(${column}), lower(${value}::text)) > 0`;
    case 'prefix':
      return sql`${column} like ${likePrefix(value!)}`;
    default:
      return sql`${column} ${raw(COMPARISONS[operator]!)} ${given(value)}`;
  }
}

/** A gathered value in a statement over many rows, which joins what `joined` says. */
export const valueIn = ({ joined, value }: ListField, alias: string): string => joined?.value ?? value!(alias);

/** A pattern for what begins with the text. */
export const likePrefix = (text: string) => `${text.replace(/[\\%_]/g, '\\$&')}%`;

const SEARCH_LENGTH_MAX = 60;
/** A masked number shows its last four digits, so exactly these may be searched for. */
const MASKED_TAIL_DIGITS = 4;
const TAIL_DIGITS_MIN = 3;

/**
 * The search box: any part of a name, its pinyin or initials from the start, the tail of a phone or account number, the
 * beginning of a number. Undefined for an empty search; `false` when nothing could be searched for this actor.
 */
export function searchCondition(
  model: Model,
  actor: Actor,
  entity: EntityDefinition,
  text: string,
  alias: string,
): Sql | undefined {
  const query = text.trim().toLowerCase().slice(0, SEARCH_LENGTH_MAX);
  if (query === '') return undefined;
  const ways = entity.fields.flatMap((field) => {
    const { see: view, filter } = fieldRight(model, actor, entity, field);
    const column = raw(`${alias}.${ident(columnOf(field)).sql}`);
    if (view === 'hidden') return [];
    if (field.search === 'tail') {
      if (!field.encrypted) return tailSearch(query, view, column);
      // Only the masked form can be searched, whoever asks.
      return tailSearch(query, 'masked', raw(`${alias}.${ident(maskedColumn(field)).sql}`));
    }
    if (!filter) return [];
    if (field.search === 'prefix') return [sql`${column} like ${likePrefix(text.trim())}`];
    if (field.derive?.function === 'grams') return nameSearch(query, column, entity, field, alias);
    // Lists find what is written; what only sounds alike is for the search box, which says so beside the hit.
    if (field.derive?.function === 'sound') return [];
    if (field.derive && /^[a-z0-9 ']+$/.test(query))
      return [sql`${column} like ${likePrefix(query.replace(/[ ']/g, ''))}`];
    if (entity.title === field.code && field.type === 'text' && field.search !== 'name') {
      return [sql`strpos(lower(${column}), ${query}) > 0`];
    }
    return [];
  });
  return ways.length === 0 ? sql`false` : sql`(${join(ways, ' or ')})`;
}

/**
 * A number by its last digits: exactly the four that the mask shows where the column is masked or seen masked, any three or more
 * where it is seen clear. No way at all for other texts.
 */
export function tailSearch(query: string, view: FieldView, column: Sql): Sql[] {
  if (!/^\d+$/.test(query) || query.length < TAIL_DIGITS_MIN) return [];
  if (view === 'masked' && query.length !== MASKED_TAIL_DIGITS) return [];
  return [sql`reverse(${column}) like ${likePrefix([...query].reverse().join(''))}`];
}

function nameSearch(
  query: string,
  column: Sql,
  entity: EntityDefinition,
  field: FieldDefinition,
  alias: string,
): Sql[] {
  const terms = grams(simplified(query));
  if (terms.length === 0) return [];
  // The longest terms are the most selective; single letters only when there is nothing longer.
  const asked = terms.filter((term) => [...term].length === 2);
  const contains = sql`${column} @> ${asked.length > 0 ? asked : terms}::text[]`;
  if ([...query].length <= 2) return [contains];
  const name = raw(`${alias}.${ident(columnOf(fieldOf(entity, field.derive!.from)!)).sql}`);
  // What was typed in traditional characters is compared by its terms alone.
  if (simplified(query) !== query) return [contains];
  return [sql`(${contains} and strpos(lower(${name}), ${query}) > 0)`];
}

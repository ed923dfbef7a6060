/** What a list asks: filters, order and columns as texts of the address, read and written here and nowhere else. */
import type { ListQuestion } from '../api/queries.ts';
import type { Entity, Field, FieldType } from '../api/types.ts';
import type { ListSearch } from '../app/search.ts';

export const operators = [
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
export type Operator = (typeof operators)[number];

/** One condition: `tier:in:gold,platinum`. */
export interface Filter {
  field: string;
  op: Operator;
  value: string;
}

export function parseFilter(text: string): Filter | undefined {
  const match = /^([a-z][a-z0-9_]*):([a-z_]+)(?::(.*))?$/s.exec(text);
  const op = operators.find((each) => each === match?.[2]);
  return match && op ? { field: match[1]!, op, value: match[3] ?? '' } : undefined;
}

export function formatFilter({ field, op, value }: Filter): string {
  return op === 'is_null' || op === 'not_null' ? `${field}:${op}` : `${field}:${op}:${value}`;
}

const listed = new WeakMap<Entity, Entity>();

/** The entity as its list sees it: with the values that are gathered for lists alone. */
export function asListed(entity: Entity): Entity {
  if (entity.listFields.length === 0) return entity;
  let found = listed.get(entity);
  if (!found) {
    const gathered = entity.listFields;
    const ordered = gathered.filter((field) => field.shown && field.type !== 'choices').map((field) => field.code);
    found = { ...entity, fields: [...entity.fields, ...gathered], ordered: [...entity.ordered, ...ordered] };
    listed.set(entity, found);
  }
  return found;
}

/** The filters of an address that make sense for the entity; one per field, the last one wins. */
export function filtersOf(entity: Entity, search: ListSearch): Filter[] {
  const byField = new Map<string, Filter>();
  for (const text of search.filter ?? []) {
    const filter = parseFilter(text);
    if (filter && entity.fields.some((field) => field.code === filter.field)) byField.set(filter.field, filter);
  }
  return [...byField.values()];
}

/** The address with the filter of a field set, or taken away. */
export function withFilter(search: ListSearch, field: string, filter: Filter | undefined): ListSearch {
  const others = (search.filter ?? []).filter((text) => parseFilter(text)?.field !== field);
  const next = filter ? [...others, formatFilter(filter)] : others;
  return { ...search, filter: next.length === 0 ? undefined : next };
}

export interface Sort {
  field: string;
  descending: boolean;
}

export function parseSort(text: string): Sort {
  return text.startsWith('-') ? { field: text.slice(1), descending: true } : { field: text, descending: false };
}

/** Where the pinyin of a name is kept; people in China look a name up by it. */
const PINYIN = 'pinyin';

/**
 * What a press on a column's heading sorts by: the field itself, or for a name its pinyin. Undefined where the server
 * offers no order, or where this person does not see the values whole.
 */
export function sortCode(entity: Entity, field: Field): string | undefined {
  if (field.access.see !== 'clear') return undefined;
  const codes = field.search === 'name' ? [PINYIN, field.code] : [field.code];
  return codes.find((code) => entity.ordered.includes(code) || entity.sortable.includes(code));
}

const descendsFirst = new Set<FieldType>(['money', 'integer', 'decimal', 'percent', 'date', 'datetime']);

/** A press on a heading: first the order people mean for the type, then the other, then back to the default. */
export function nextSort(entity: Entity, search: ListSearch, field: Field): string | undefined {
  const code = sortCode(entity, field) ?? field.code;
  const [first, second] = descendsFirst.has(field.type) ? [`-${code}`, code] : [code, `-${code}`];
  const now = search.sort ?? entity.list.sort;
  if (parseSort(now).field !== code) return first;
  if (now === first) return second;
  return parseSort(entity.list.sort).field === code ? first : undefined;
}

/** Fields that a list can show to this person. */
export function listable(entity: Entity): Field[] {
  return entity.fields.filter(
    (field) => field.hidden !== true && field.access.see !== 'hidden' && field.type !== 'json' && field.shown !== false,
  );
}

/** The columns of a list: those of the address, else those this person chose before, else those of the definition. */
export function columnsOf(entity: Entity, search: ListSearch, chosen: string[] | undefined): Field[] {
  const asked = search.columns?.split(',') ?? chosen ?? entity.list.columns;
  const offered = listable(entity);
  const found = asked.flatMap((code) => offered.find((field) => field.code === code) ?? []);
  return found.length > 0 ? found : offered.filter((field) => entity.list.columns.includes(field.code));
}

/** Fields that can narrow a list: what may not be seen whole may not be searched either. */
export function filterable(entity: Entity): Field[] {
  return entity.fields.filter(
    (field) =>
      field.hidden !== true && field.access.see === 'clear' && !['json', 'text_list', 'refs'].includes(field.type),
  );
}

/** The question for the server. The title comes along even when it is no column: it names the row. */
export function questionOf(entity: Entity, search: ListSearch, columns: Field[]): ListQuestion {
  const codes = columns.map((field) => field.code);
  return {
    q: search.q,
    filter: filtersOf(entity, search).map(formatFilter),
    // Unasked, the server takes the order of the definition, or another where this person may not see what it goes by.
    sort: search.sort,
    columns: codes.includes(entity.title) ? codes : [entity.title, ...codes],
  };
}

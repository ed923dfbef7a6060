import type { DeriveCode, EntityDefinition } from './definition.ts';
import { encryptedFields, indexColumn, maskedColumn } from './encrypted.ts';
import { columnOf, fieldOf } from './model.ts';
import { fieldTypes } from './types/all.ts';

export interface TableDefinition {
  name: string;
  columns: { name: string; type: string; notNull?: boolean; default?: string }[];
  primaryKey: string[];
  /** `partition by` clause, if any. */
  partition?: string;
  indexes: { name: string; definition: string }[];
}

/** The table of an entity. Everything else (create, compare, document) works from this one description. */
export function tableOf(entity: EntityDefinition): TableDefinition {
  const customerScoped = entity.scope === 'customer';
  const fact = entity.storage === 'fact';
  const columns: TableDefinition['columns'] = [{ name: 'id', type: 'bigint', notNull: true }];
  for (const field of entity.fields) {
    columns.push({
      name: columnOf(field),
      type: fieldTypes[field.type].sql(field),
      notNull: field.code === 'customer' || (fact && field.code === 'business_date'),
    });
  }
  for (const field of encryptedFields(entity)) {
    columns.push({ name: maskedColumn(field), type: 'text' }, { name: indexColumn(field), type: 'text' });
  }
  columns.push({ name: 'source', type: 'text' }, { name: 'source_key', type: 'text' });
  if (fact) {
    // The load that brought the fact; null for what came otherwise.
    columns.push({ name: 'batch_id', type: 'bigint' });
  } else {
    columns.push(
      { name: 'as_of', type: 'date' },
      { name: 'version', type: 'integer', notNull: true, default: '1' },
      { name: 'created_at', type: 'timestamptz', notNull: true, default: 'now()' },
      { name: 'created_by', type: 'bigint' },
      { name: 'updated_at', type: 'timestamptz', notNull: true, default: 'now()' },
      { name: 'updated_by', type: 'bigint' },
    );
  }
  return {
    name: entity.code,
    columns,
    // The customer's key leads, so that the schema can be distributed by customer.
    primaryKey: fact ? ['customer_id', 'business_date', 'id'] : customerScoped ? ['customer_id', 'id'] : ['id'],
    partition: fact ? 'range (business_date)' : undefined,
    indexes: fact ? factIndexes(entity) : recordIndexes(entity, customerScoped),
  };
}

function factIndexes(entity: EntityDefinition): TableDefinition['indexes'] {
  return [
    { name: `${entity.code}_business_date_brin`, definition: 'using brin (business_date)' },
    { name: `${entity.code}_batch_id_brin`, definition: 'using brin (batch_id)' },
    // A fact that comes again, perhaps of another date or customer, and one that somebody opens, are found by their id alone.
    { name: `${entity.code}_by_id`, definition: '(id)' },
  ];
}

function recordIndexes(entity: EntityDefinition, customerScoped: boolean): TableDefinition['indexes'] {
  const indexes = [...entity.indexes, ...filterIndexes(entity)].map((parts) => ({
    name: `${entity.code}_by_${parts.map((part) => part.replace(/^-/, '')).join('_')}`,
    definition: `(${[...parts.map((part) => orderedColumn(entity, part)), `id${direction(parts.at(-1)!)}`].join(', ')})`,
  }));
  if (customerScoped) indexes.push({ name: `${entity.code}_by_id`, definition: '(id)' });
  for (const field of entity.fields) {
    const column = field.encrypted ? maskedColumn(field) : columnOf(field);
    if (field.encrypted) {
      indexes.push({ name: `${entity.code}_${indexColumn(field)}`, definition: `(${indexColumn(field)})` });
    }
    if (field.search === 'tail') {
      indexes.push({ name: `${entity.code}_${column}_tail`, definition: `(reverse(${column}) text_pattern_ops)` });
    }
    // Who sees the value masked may ask for what the mask shows.
    if (field.search === 'exact') indexes.push({ name: `${entity.code}_${column}_exact`, definition: `(${column})` });
    if (field.search === 'prefix' || prefixed.has(field.derive?.function)) {
      indexes.push({ name: `${entity.code}_${column}_prefix`, definition: `(${column} text_pattern_ops)` });
    }
    if (field.derive?.function === 'grams') {
      indexes.push({ name: `${entity.code}_${column}_terms`, definition: `using gin (${column})` });
    }
  }
  return indexes;
}

const prefixed: ReadonlySet<DeriveCode | undefined> = new Set(['pinyin', 'initials', 'sound']);

/**
 * An index for each filter that the list offers by a single value, in the list's own order: a page is then read from its
 * hits alone. Down the order's index a filter with few hits would be looked for in every row.
 */
function filterIndexes(entity: EntityDefinition): string[][] {
  const { filters, sort } = entity.list;
  const isServed = (code: string) => entity.indexes.some((parts) => parts[0] === code && parts[1] === sort);
  return filters
    .filter((code) => singleValued.has(fieldOf(entity, code)!.type) && !isServed(code))
    .map((code) => [code, sort]);
}

const singleValued = new Set(['choice', 'ref', 'boolean']);

/** Plain directions: lists read empty values as a region of their own, so one index serves both directions. */
function orderedColumn(entity: EntityDefinition, part: string): string {
  const code = part.replace(/^-/, '');
  const field = fieldOf(entity, code);
  return `${field ? columnOf(field) : code}${direction(part)}`;
}

function direction(part: string): string {
  return part.startsWith('-') ? ' desc' : '';
}

import { ident, type Queryable } from '#database';
import type { Model } from './model.ts';
import { type TableDefinition, tableOf } from './tables.ts';

/** The statements that create a table from nothing. */
export function createStatements(table: TableDefinition): string[] {
  const columns = table.columns.map((column) => `  ${columnText(column)}`);
  const body = [...columns, `  primary key (${table.primaryKey.join(', ')})`].join(',\n');
  const partition = table.partition ? ` partition by ${table.partition}` : '';
  return [
    `create table ${name(table.name)} (\n${body}\n)${partition}`,
    ...table.indexes.map((index) => `create index ${name(index.name)} on ${name(table.name)} ${index.definition}`),
  ];
}

/**
 * The statements that bring the database's tables to the packs' definitions: new tables, new columns, new indexes. It only
 * ever adds: a column that a pack no longer names keeps its data.
 */
export async function planSchema(db: Queryable, model: Model): Promise<string[]> {
  const { rows: columnRows } = await db.query<{ table_name: string; column_name: string }>(
    "select table_name, column_name from information_schema.columns where table_schema = 'public'",
  );
  const { rows: indexRows } = await db.query<{ indexname: string }>(
    "select indexname from pg_indexes where schemaname = 'public'",
  );
  const existing = new Map<string, Set<string>>();
  for (const row of columnRows) {
    const columns = existing.get(row.table_name) ?? new Set();
    existing.set(row.table_name, columns.add(row.column_name));
  }
  const indexes = new Set(indexRows.map((row) => row.indexname));
  const statements: string[] = [];
  for (const table of model.entities.map(tableOf)) {
    const found = existing.get(table.name);
    if (!found) {
      statements.push(...createStatements(table));
      continue;
    }
    for (const column of table.columns) {
      if (!found.has(column.name)) statements.push(`alter table ${name(table.name)} add column ${columnText(column)}`);
    }
    for (const index of table.indexes) {
      if (!indexes.has(index.name)) {
        statements.push(`create index ${name(index.name)} on ${name(table.name)} ${index.definition}`);
      }
    }
  }
  return statements;
}

function columnText(column: TableDefinition['columns'][number]): string {
  const rest = [column.notNull ? ' not null' : '', column.default ? ` default ${column.default}` : ''].join('');
  return `${name(column.name)} ${column.type}${rest}`;
}

const name = (text: string) => ident(text).sql;

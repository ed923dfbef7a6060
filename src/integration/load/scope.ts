import { Failure } from '#kernel';
import { mappingKinds } from '../failures.ts';
import type { ColumnType } from '../files/columns.ts';
import type { MappingDocument, MappingPath } from '../mapping/read.ts';
import { listed, suggestion } from '../suggestion.ts';

/** The canonical values of one row, by place. */
export type Values = (string | null)[];
/** The rows found by the look-ups of a row, by place of the look-up; null where nothing was found. */
export type Joined = (Values | null)[];
export type Read = (values: Values, joined: Joined) => string | null;

export interface ScopeColumn {
  name: string;
  type: ColumnType;
  /** Place among the row's own values; undefined for looked-up columns. */
  index: number | undefined;
  read: Read;
}

/** The names that templates, expressions and fields of one place in the mapping may use. */
export interface Scope {
  /** Throws a Failure that names the mapping's place and the nearest name. */
  column(name: string, path: MappingPath): ScopeColumn;
  /** Everything there is, with its type: own columns, then `lookup.column`. */
  names(): Map<string, ColumnType>;
}

/** Columns of the row in hand: how a missing one is reported is the file's own matter. */
export interface OwnColumns {
  columns: readonly string[];
  typeOf(index: number): ColumnType;
  missing(name: string, place: string): Failure;
}

/** What a look-up offers to the places that use it. */
export interface JoinedColumns {
  names(): Map<string, ColumnType>;
  /** Reserves a place for a column in the rows that the look-up keeps. */
  keep(name: string, path: MappingPath): { index: number; type: ColumnType };
}

export function createScope(
  document: MappingDocument,
  own: OwnColumns,
  joined: readonly { alias: string; columns: JoinedColumns }[],
): Scope {
  return {
    column(name, path) {
      const index = own.columns.indexOf(name);
      if (index >= 0) {
        return { name, type: own.typeOf(index), index, read: (values) => values[index]! };
      }
      const dot = name.indexOf('.');
      if (dot > 0) {
        const alias = name.slice(0, dot);
        const place = joined.findIndex((each) => each.alias === alias);
        if (place < 0)
          throw unknownName(
            document,
            path,
            'lookup',
            alias,
            joined.map((each) => each.alias),
          );
        const kept = joined[place]!.columns.keep(name.slice(dot + 1), path);
        return {
          name,
          type: kept.type,
          index: undefined,
          read: (_, rows) => rows[place]?.[kept.index] ?? null,
        };
      }
      throw own.missing(name, document.place(path));
    },
    names() {
      const names = new Map(own.columns.map((name, index) => [name, own.typeOf(index)]));
      for (const { alias, columns } of joined) {
        for (const [name, type] of columns.names()) names.set(`${alias}.${name}`, type);
      }
      return names;
    },
  };
}

const things = {
  file: { zh: '文件', en: 'file' },
  lookup: { zh: '查找表', en: 'look-up' },
  codes: { zh: '代码表', en: 'code table' },
  entity: { zh: '实体', en: 'entity' },
  field: { zh: '字段', en: 'field' },
  column: { zh: '列', en: 'column' },
};

/** A name in the mapping that leads nowhere. */
export function unknownName(
  document: MappingDocument,
  path: MappingPath,
  thing: keyof typeof things,
  name: string,
  known: Iterable<string>,
): Failure {
  const all = [...known];
  return new Failure(
    mappingKinds.unknown_name,
    { place: document.place(path), what: things[thing], name, suggestion: suggestion(name, all), known: listed(all) },
    path.join('.'),
  );
}

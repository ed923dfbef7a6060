import type { NameNode } from './ast.ts';
import type { Access } from './evaluate.ts';
import { doubleOf, doubleOfText, type Num } from './numbers.ts';
import { contextValue } from './run.ts';
import type { ExpressionType, Value } from './types.ts';
import { readDate, readInstant, readNumber, readText, readValue } from './values.ts';

type ReadCell = (value: unknown, name: string, zone: string) => Value;

const cellReaders: Partial<Record<ExpressionType, ReadCell>> = {
  number: readNumber,
  text: readText,
  date: readDate,
  datetime: readInstant,
};

/** Reads values of one type that are there. */
export function cellReader(type: ExpressionType): ReadCell {
  return cellReaders[type] ?? ((value, name, zone) => readValue(value, type, name, zone));
}

/** Names as keys of the row, of the context, of the row of a list: each value is read where it is asked for. */
export const byKey: Access = {
  value({ entry, source, type }: NameNode) {
    const { key } = entry;
    if (source === 'context') return (_, run) => contextValue(run, key);
    const read = cellReader(type);
    if (source === 'item') {
      return (_, run, item) => {
        const value = item[key];
        return value === null || value === undefined ? null : read(value, key, run.zone);
      };
    }
    return (row, run) => {
      const value = row[key];
      return value === null || value === undefined ? null : read(value, key, run.zone);
    };
  },
  double({ entry, source }: NameNode) {
    const { key } = entry;
    if (source === 'item') return undefined;
    if (source === 'context') {
      return (_, run) => {
        const value = contextValue(run, key);
        return value === null ? Number.NaN : doubleOf(value as Num);
      };
    }
    return (row) => {
      const value = row[key];
      return typeof value === 'string' ? doubleOfText(value) : Number.NaN;
    };
  },
};

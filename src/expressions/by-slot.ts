import type { NameNode } from './ast.ts';
import { byKey, cellReader } from './by-key.ts';
import type { Access } from './evaluate.ts';
import { doubleOf, doubleOfText, type Num } from './numbers.ts';
import type { ExpressionType, Row, Value } from './types.ts';

/** Places for what expressions read of a row: each value is read once a row. */
export interface Cells {
  zone: string;
  /** Reads the numbers that can be compared as doubles; everything else is read when it is asked for. */
  take(row: Row): void;
  slotOf(key: string, type: ExpressionType): number;
  /** By slot: doubles to compare numbers by. NaN of what has no value, is long, or is no number. */
  readonly doubles: Float64Array;
  /** By slot: 1 where a number has no value. */
  readonly missing: Uint8Array;
  value(slot: number): Value;
}

export function cellsOf(expressions: readonly { cells: ReadonlyMap<string, ExpressionType> }[]): Cells {
  const slots = new Map<string, number>();
  const slotName = (key: string, type: ExpressionType) => `${type} ${key}`;
  const all = expressions.flatMap(({ cells }) => [...cells]);
  // Numbers lie in front.
  const ordered = [...all.filter(([, type]) => type === 'number'), ...all.filter(([, type]) => type !== 'number')];
  const found = [...new Map(ordered.map(([key, type]) => [slotName(key, type), { key, type }])).entries()];
  for (const [slot, [name]] of found.entries()) slots.set(name, slot);
  const keys = found.map(([, { key }]) => key);
  const readers = found.map(([, { type }]) => cellReader(type));
  const numbers = found.filter(([, { type }]) => type === 'number').length;
  const doubles = new Float64Array(keys.length).fill(Number.NaN);
  const missing = new Uint8Array(keys.length);
  const isRead = new Uint8Array(keys.length);
  const values: Value[] = keys.map(() => null);
  let row: Row = {};
  const cells: Cells = {
    zone: '',
    doubles,
    missing,
    take(next) {
      row = next;
      isRead.fill(0);
      for (let slot = 0; slot < numbers; slot += 1) {
        const value = next[keys[slot]!];
        if (typeof value === 'string') {
          doubles[slot] = doubleOfText(value);
          missing[slot] = 0;
        } else {
          doubles[slot] = typeof value === 'number' && Number.isSafeInteger(value) ? doubleOf(value) : Number.NaN;
          missing[slot] = value === null || value === undefined ? 1 : 0;
        }
      }
    },
    slotOf: (key, type) => slots.get(slotName(key, type))!,
    value(slot) {
      if (isRead[slot] === 1) return values[slot]!;
      const key = keys[slot]!;
      const cell = row[key];
      const value = cell === null || cell === undefined ? null : readers[slot]!(cell, key, cells.zone);
      if (slot < numbers && value !== null) doubles[slot] = doubleOf(value as Num);
      values[slot] = value;
      isRead[slot] = 1;
      return value;
    },
  };
  return cells;
}

/** Names of the row as slots of cells; those of the context and of lists by their keys. */
export function bySlot(cells: Cells): Access {
  const { doubles } = cells;
  return {
    value(node: NameNode) {
      if (node.source !== 'row') return byKey.value(node);
      const slot = cells.slotOf(node.entry.key, node.type);
      return () => cells.value(slot);
    },
    double(node: NameNode) {
      if (node.source !== 'row') return byKey.double(node);
      const slot = cells.slotOf(node.entry.key, node.type);
      return () => doubles[slot]!;
    },
  };
}

import { add, narrow, type Units } from './units.ts';

/**
 * What the facts of one customer come to, day by day: for every day with facts the value of each accumulator that they touch. Days
 * that no window can reach any more are gone, or gathered in `base` for accumulators that count for ever.
 */
export interface History {
  /** By accumulator; undefined where there was nothing. */
  base: Cells;
  /** Ascending day numbers, and their values. */
  days: number[];
  cells: Cells[];
}

export type Cells = (Units | undefined)[];

/** How two values of an accumulator become one. `day` is the day itself: it needs no value. */
export type Gathering = 'count' | 'sum' | 'min' | 'max' | 'first_day' | 'last_day';

export const emptyHistory = (): History => ({ base: [], days: [], cells: [] });

export function gather(gathering: Gathering, left: Units | undefined, right: Units): Units {
  if (left === undefined) return right;
  switch (gathering) {
    case 'count':
    case 'sum':
      return add(left, right);
    case 'min':
    case 'first_day':
      return right < left ? right : left;
    case 'max':
    case 'last_day':
      return right > left ? right : left;
  }
}

/** Takes one value of a day in. */
export function fold(history: History, gatherings: readonly Gathering[], day: number, index: number, value: Units) {
  const cells = cellsOf(history, day);
  cells[index] = gather(gatherings[index]!, cells[index], value);
}

/** The cells of a day, which is made when it is missing. New facts are mostly of the last days, so the search begins there. */
function cellsOf(history: History, day: number): Cells {
  const { days, cells } = history;
  let place = days.length;
  while (place > 0 && days[place - 1]! > day) place -= 1;
  if (place > 0 && days[place - 1] === day) return cells[place - 1]!;
  const made: Cells = [];
  if (place === days.length) {
    days.push(day);
    cells.push(made);
  } else {
    days.splice(place, 0, day);
    cells.splice(place, 0, made);
  }
  return made;
}

/** Empties some accumulators on a day, whatever they held: what is true of it is folded anew. */
export function clear(history: History, day: number, indexes: readonly number[]): void {
  const place = history.days.indexOf(day);
  if (place < 0) return;
  for (const index of indexes) history.cells[place]![index] = undefined;
}

/**
 * Lets go of the days before which no window reaches: `keepFrom` by accumulator. Those that count for ever (`ever`) gather such days
 * in the base.
 */
export function roll(
  history: History,
  gatherings: readonly Gathering[],
  keepFrom: readonly number[],
  ever: readonly boolean[],
): void {
  const { days, cells, base } = history;
  let kept = 0;
  for (let place = 0; place < days.length; place += 1) {
    const day = days[place]!;
    const values = cells[place]!;
    let filled = false;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index];
      if (value === undefined) continue;
      if (day >= keepFrom[index]!) {
        filled = true;
        continue;
      }
      if (ever[index]) base[index] = gather(gatherings[index]!, base[index], value);
      values[index] = undefined;
    }
    if (!filled) continue;
    days[kept] = day;
    cells[kept] = values;
    kept += 1;
  }
  days.length = kept;
  cells.length = kept;
}

// As bytes: numbers of seven bits a byte, low first (LEB128), signed ones in zigzag. The base, then each day as its distance from the
// day before; of each the cells as accumulator + 1 and value, ended by 0.

let page = Buffer.allocUnsafe(64 * 1024);
let at = 0;

/** Bytes that one number takes at most here: 2^128 has nineteen. */
const NUMBER_BYTES_MAX = 20;

function room(): void {
  if (at + NUMBER_BYTES_MAX <= page.length) return;
  const larger = Buffer.allocUnsafe(page.length * 2);
  page.copy(larger, 0, 0, at);
  page = larger;
}

function writeWhole(value: number): void {
  room();
  let rest = value;
  while (rest >= 0x80000000) {
    page[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    page[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  page[at++] = rest;
}

/** Beyond it the doubling of zigzag would leave the exact numbers. */
const PLAIN_MAX = 2 ** 51;

function writeSigned(value: Units): void {
  if (typeof value === 'number' && value < PLAIN_MAX && value > -PLAIN_MAX) {
    writeWhole(value < 0 ? -2 * value - 1 : 2 * value);
    return;
  }
  room();
  const big = BigInt(value);
  let rest = big < 0n ? -2n * big - 1n : 2n * big;
  for (; rest > 127n; rest >>= 7n) page[at++] = Number(rest & 127n) | 128;
  page[at++] = Number(rest);
}

function writeCells(cells: Cells, gatherings: readonly Gathering[], day: number | undefined): void {
  for (let index = 0; index < cells.length; index += 1) {
    const value = cells[index];
    if (value === undefined) continue;
    writeWhole(index + 1);
    const gathering = gatherings[index]!;
    if (gathering === 'count') writeWhole(value as number);
    // A day says by itself which day it is; the base does not.
    else if ((gathering !== 'first_day' && gathering !== 'last_day') || day === undefined) writeSigned(value);
  }
  writeWhole(0);
}

/** The bytes of a history, in a buffer of its own. */
export function pack(history: History, gatherings: readonly Gathering[]): Buffer {
  at = 0;
  writeCells(history.base, gatherings, undefined);
  let before = 0;
  for (let place = 0; place < history.days.length; place += 1) {
    const cells = history.cells[place]!;
    if (!cells.some((value) => value !== undefined)) continue;
    const day = history.days[place]!;
    writeWhole(day - before);
    before = day;
    writeCells(cells, gatherings, day);
  }
  return Buffer.from(page.subarray(0, at));
}

let source: Uint8Array = page;
let position = 0;

function readWhole(): number {
  let byte = source[position++]!;
  if (byte < 128) return byte;
  let value = byte & 127;
  let step = 128;
  do {
    byte = source[position++]!;
    value += (byte & 127) * step;
    step *= 128;
  } while (byte > 127);
  return value;
}

/** Seven bytes hold 49 bits, exact in a number. */
const PLAIN_BYTES_MAX = 7;

function readSigned(): Units {
  let length = 1;
  while (source[position + length - 1]! > 127) length += 1;
  if (length > PLAIN_BYTES_MAX) return readLong(length);
  const value = readWhole();
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function readLong(length: number): Units {
  let value = 0n;
  for (let byte = length - 1; byte >= 0; byte -= 1) value = (value << 7n) | BigInt(source[position + byte]! & 127);
  position += length;
  return narrow(value % 2n === 0n ? value / 2n : -(value + 1n) / 2n);
}

function readCells(gatherings: readonly Gathering[], day: number | undefined): Cells {
  const cells: Cells = [];
  for (let index = readWhole() - 1; index >= 0; index = readWhole() - 1) {
    const gathering = gatherings[index]!;
    cells[index] =
      gathering === 'count'
        ? readWhole()
        : (gathering === 'first_day' || gathering === 'last_day') && day !== undefined
          ? day
          : readSigned();
  }
  return cells;
}

export function unpack(bytes: Uint8Array, gatherings: readonly Gathering[]): History {
  source = bytes;
  position = 0;
  if (bytes.length === 0) return emptyHistory();
  const history: History = { base: readCells(gatherings, undefined), days: [], cells: [] };
  let day = 0;
  while (position < bytes.length) {
    day += readWhole();
    history.days.push(day);
    history.cells.push(readCells(gatherings, day));
  }
  return history;
}

/** What is told of a packed history: a value of an accumulator on a day; `undefined` for what lies before all days. */
export type Visit = (day: number | undefined, index: number, value: Units) => void;

/** A packed history among other bytes. */
export interface Packed {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/**
 * Goes through the bytes of a history without taking it apart: days in their order, of `wanted` accumulators from the day `from` on. A new metric
 * asks it of everybody, so it keeps its place in a variable of its own and reads the numbers itself.
 */
export function visitPacked(
  { bytes, start, end }: Packed,
  gatherings: readonly Gathering[],
  wanted: readonly boolean[],
  from: number,
  visit: Visit,
): void {
  let at = start;
  let day: number | undefined;
  let isPast = false;
  while (at < end) {
    if (at > start) {
      let byte = bytes[at++]!;
      let distance = byte & 127;
      for (let step = 128; byte > 127; step *= 128) {
        byte = bytes[at++]!;
        distance += (byte & 127) * step;
      }
      day = (day ?? 0) + distance;
      isPast = day < from;
    }
    for (;;) {
      let byte = bytes[at++]!;
      let place = byte & 127;
      for (let step = 128; byte > 127; step *= 128) {
        byte = bytes[at++]!;
        place += (byte & 127) * step;
      }
      if (place === 0) break;
      const index = place - 1;
      const gathering = gatherings[index]!;
      const isTold = !isPast && wanted[index]!;
      if (day !== undefined && (gathering === 'first_day' || gathering === 'last_day')) {
        if (isTold) visit(day, index, day);
        continue;
      }
      const first = at;
      byte = bytes[at++]!;
      if (!isTold) {
        while (byte > 127) byte = bytes[at++]!;
        continue;
      }
      let value = byte & 127;
      for (let step = 128; byte > 127; step *= 128) {
        byte = bytes[at++]!;
        value += (byte & 127) * step;
      }
      if (gathering === 'count') visit(day, index, value);
      else if (at - first <= PLAIN_BYTES_MAX) visit(day, index, value % 2 === 0 ? value / 2 : -(value + 1) / 2);
      else visit(day, index, longAt(bytes, first, at - first));
    }
  }
}

function longAt(bytes: Uint8Array, start: number, length: number): Units {
  source = bytes;
  position = start;
  return readLong(length);
}

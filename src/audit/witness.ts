import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  globSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Database } from '#database';
import { readRoot } from './root.ts';

/**
 * A place outside the database where every root is appended: a folder (one file a month, so that past months can be sealed)
 * or one file. What counts is that whoever can change the database cannot change it.
 */
export type Witness = string;

export interface WitnessState {
  place: Witness;
  /** Number of the last root there; 0 for none. */
  last: number;
  /** Why it cannot be written or does not fit the database; null when all is well. */
  error: string | null;
}

/** Lines read from the database at once while catching up. */
const PAGE_ROWS = 1_000;
const LINE_BYTES_MAX = 1_048_576;

/** The places that the setting AUDIT_WITNESS names, else `audit-roots` in the home folder. */
export function witnessesOf(setting: string | undefined, home: string): Witness[] {
  const named = (setting ?? '').split(path.delimiter).map((place) => place.trim());
  const places = named.filter((place) => place !== '').map((place) => path.resolve(place));
  return places.length > 0 ? places : [path.join(home, 'audit-roots')];
}

const isFile = (place: Witness) => (existsSync(place) ? statSync(place).isFile() : place.endsWith('.jsonl'));

/** The files of a place, oldest first. */
export function filesOf(place: Witness): string[] {
  if (isFile(place)) return existsSync(place) ? [place] : [];
  return globSync('audit-roots-*.jsonl', { cwd: place })
    .sort()
    .map((name) => path.join(place, name));
}

/** Appends what a place lacks, in order, and tells where it stands. Never throws: an unwritable witness stops nothing. */
export async function catchUp(db: Database, place: Witness): Promise<WitnessState> {
  const state: WitnessState = { place, last: 0, error: null };
  try {
    state.last = lastNumber(place);
    for (;;) {
      const { rows } = await db.query<{ number: string; at: string; line: string }>(
        `select number, at, line from audit_root where number > $1 order by number limit ${PAGE_ROWS}`,
        [state.last],
      );
      for (const { at, line, number } of rows) {
        append(isFile(place) ? place : path.join(place, `audit-roots-${at.slice(0, 7)}.jsonl`), line);
        state.last = Number(number);
      }
      if (rows.length < PAGE_ROWS) return state;
    }
  } catch (error) {
    return { ...state, error: (error as Error).message };
  }
}

/** Where a place stands, without writing. */
export function look(place: Witness, newest: number): WitnessState {
  try {
    const last = lastNumber(place);
    const error = last > newest ? `it holds root ${last}, the database ends at ${newest}` : null;
    return { place, last, error };
  } catch (error) {
    return { place, last: 0, error: (error as Error).message };
  }
}

function append(file: string, line: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const handle = openSync(file, 'a', 0o640);
  try {
    // A line cut short by a crash must not swallow the next one.
    writeSync(handle, endsOpen(file) ? `\n${line}\n` : `${line}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function endsOpen(file: string): boolean {
  const tail = readTail(file, 1);
  return tail.length === 1 && tail !== '\n';
}

function lastNumber(place: Witness): number {
  for (const file of filesOf(place).reverse()) {
    const lines = readTail(file, LINE_BYTES_MAX).split('\n').reverse();
    for (const line of lines) {
      const root = readRoot(line);
      if (root) return root.number;
    }
  }
  return 0;
}

function readTail(file: string, bytes: number): string {
  const { size } = statSync(file);
  const buffer = Buffer.alloc(Math.min(bytes, size));
  const handle = openSync(file, 'r');
  try {
    readSync(handle, buffer, 0, buffer.length, size - buffer.length);
  } finally {
    closeSync(handle);
  }
  return buffer.toString();
}

export interface WitnessLine {
  file: string;
  /** From 1. */
  line: number;
  text: string;
}

/** Every line of a place, oldest first. */
export async function* readWitness(place: Witness): AsyncGenerator<WitnessLine> {
  for (const file of filesOf(place)) {
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      if (text !== '') yield { file, line, text };
    }
  }
}

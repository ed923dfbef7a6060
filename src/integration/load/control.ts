import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure } from '#kernel';
import { loadKinds } from '../failures.ts';
import { dateFormat } from '../files/date-format.ts';
import { datedName } from '../files/folder.ts';
import type { ControlDefinition, ControlPlace } from '../mapping/definition.ts';
import { differenceOf } from './sums.ts';
import type { FileSurvey } from './survey.ts';

/** What the source states about one of its files. */
export interface Stated {
  /** Name of the control file. */
  control: string;
  rows: number | null;
  /** Column of the data file → its sum. */
  sums: Record<string, string>;
}

/** Stated and counted figures of one file. */
export interface Check {
  file: string;
  control: string;
  rows: { stated: number | null; counted: number };
  sums: { column: string; stated: string; counted: string; difference: string }[];
}

const limits = { bytesMax: 1_048_576, linesMax: 10_000 };

/** Names of the control files of a set of data files. */
export function controlNames(definition: ControlDefinition, files: readonly string[], date: string): string[] {
  const dated = datedName(definition.path, date);
  // Of an entry of an archive its own name counts.
  const names = files
    .map((file) => basename(file))
    .map((file) => dated.replaceAll('{file}', file).replaceAll('{stem}', stemOf(file)));
  return [...new Set(names)];
}

/** A name without its last ending, and without that of a compression before it. */
export const stemOf = (file: string) => file.replace(/\.(gz|zst|zip)$/i, '').replace(/\.[^.]+$/, '');

/**
 * Reads the control files of a folder: what they state, by data file. Throws a Failure when one is missing, cannot be read or speaks
 * of another date.
 */
export function readControls(
  folder: string,
  definition: ControlDefinition,
  files: readonly string[],
  date: string,
): Map<string, Stated> {
  const stated = new Map<string, Stated>();
  const names = controlNames(definition, files, date);
  const perFile = names.length === files.length && /\{(file|stem)\}/.test(definition.path);
  for (const [index, name] of names.entries()) {
    const path = join(folder, name);
    // A control file lies beside its data and nowhere else.
    const stat = basename(name) === name ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (!stat?.isFile()) throw new Failure(loadKinds.control_missing, { file: name });
    if (definition.form === 'marker') continue;
    if (stat.size > limits.bytesMax) throw unreadable(name, 1, `> ${limits.bytesMax} B`);
    const text = new TextDecoder(definition.encoding ?? 'utf-8').decode(readFileSync(path));
    for (const statement of statementsOf(text, definition, name)) {
      checkDate(definition, statement, name, date);
      const file = definition.file === undefined ? undefined : statement.at(definition.file);
      const about = perFile ? files[index] : file === undefined ? onlyOf(files, name) : nameAmong(file, files);
      // A line may speak of a file that this mapping does not read.
      if (about === undefined) continue;
      stated.set(about, figuresOf(definition, statement, name));
    }
  }
  return stated;
}

/** One control line, or all keys of a key=value file. */
interface Statement {
  line: number;
  at(place: ControlPlace): string | undefined;
}

function statementsOf(text: string, definition: ControlDefinition, file: string): Statement[] {
  const all = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const lines = all.flatMap((content, index) => (content.trim() === '' ? [] : [{ content, line: index + 1 }]));
  if (lines.length > limits.linesMax) throw unreadable(file, limits.linesMax, '…');
  if (definition.form === 'key_value') {
    const separator = definition.separator ?? '=';
    const values = new Map<string, string>();
    for (const { content, line } of lines) {
      const at = content.indexOf(separator);
      if (at < 0) throw unreadable(file, line, content.slice(0, 60));
      values.set(content.slice(0, at).trim().toLowerCase(), unquoted(content.slice(at + separator.length)));
    }
    return [{ line: lines[0]?.line ?? 1, at: (place) => values.get(String(place).toLowerCase()) }];
  }
  if (definition.form === 'fixed') {
    return lines.map(({ content, line }) => ({
      line,
      at: (place) => (typeof place === 'string' ? undefined : content.slice(place.from - 1, place.to).trim()),
    }));
  }
  const separator = definition.separator === '\\t' ? '\t' : (definition.separator ?? ',');
  const rows = lines.map(({ content, line }) => ({ line, values: content.split(separator).map(unquoted) }));
  const names = (definition.header ? rows.shift()?.values : undefined)?.map((each) => each.toLowerCase());
  return rows.map(({ line, values }) => ({
    line,
    at(place) {
      const index = names ? names.indexOf(String(place).toLowerCase()) : Number(place) - 1;
      return values[index];
    },
  }));
}

const unquoted = (text: string) =>
  text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();

function figuresOf(definition: ControlDefinition, statement: Statement, control: string): Stated {
  const number = (place: ControlPlace, what: string): string | null => {
    const text = statement.at(place);
    if (text === undefined) throw unreadable(control, statement.line, what);
    if (text === '') return null;
    const digits = text.replaceAll(',', '').replace(/^\+/, '');
    if (!/^-?\d{1,24}(\.\d{1,18})?$/.test(digits)) throw unreadable(control, statement.line, text);
    return digits;
  };
  const rows = definition.rows === undefined ? null : number(definition.rows, 'rows');
  const sums = Object.entries(definition.sums ?? {}).flatMap(([column, place]) => {
    const sum = number(place, column);
    return sum === null ? [] : [[column, sum] as const];
  });
  return { control, rows: rows === null ? null : Number(rows), sums: Object.fromEntries(sums) };
}

function checkDate(definition: ControlDefinition, statement: Statement, control: string, date: string): void {
  if (definition.date === undefined) return;
  const text = statement.at(definition.date) ?? '';
  const found = dateFormat(definition.date_format ?? 'YYYYMMDD', 1950)?.date(text);
  if (found === undefined) throw unreadable(control, statement.line, text);
  if (found !== date) throw new Failure(loadKinds.control_date, { file: control, found, date }, 'date');
}

/** A control file that names no data file speaks of the only one there is. */
function onlyOf(files: readonly string[], control: string): string {
  if (files.length !== 1) throw new Failure(loadKinds.control_ambiguous, { file: control, count: files.length });
  return files[0]!;
}

/** Control files name data files with or without folder and compression. */
function nameAmong(text: string, files: readonly string[]): string | undefined {
  const name = text.split(/[\\/]/).at(-1)!;
  return files.find((file) => file === name) ?? files.find((file) => file.replace(/\.(gz|zst|zip)$/i, '') === name);
}

const unreadable = (file: string, line: number, found: string) =>
  new Failure(loadKinds.control_unreadable, { file, line, found });

/**
 * Counted against stated. Throws the Failure of the first figure that does not agree; otherwise gives all of them, for the report.
 * Sums may differ by the tolerance, numbers of rows not at all.
 */
export function checkControls(
  stated: ReadonlyMap<string, Stated>,
  surveys: readonly FileSurvey[],
  tolerance: number,
): Check[] {
  const allowed = tolerance.toFixed(2);
  return surveys.flatMap((survey) => {
    const said = stated.get(survey.file);
    if (!said) return [];
    const sums = Object.entries(said.sums).flatMap(([column, sum]) => {
      const counted = survey.sums[column];
      if (counted === undefined) return [];
      return [{ column, stated: sum, counted, difference: differenceOf(counted, sum) }];
    });
    const { file, rows } = survey;
    if (said.rows !== null && said.rows !== rows) {
      const params = { file, control: said.control, stated: said.rows, counted: rows };
      throw new Failure(loadKinds.control_rows, params);
    }
    for (const { column, stated: sum, counted, difference } of sums) {
      const size = difference.startsWith('-') ? difference.slice(1) : difference;
      if (!differenceOf(size, allowed).startsWith('-') && !isZero(differenceOf(size, allowed))) {
        const params = { file, control: said.control, column, stated: sum, counted, difference };
        throw new Failure(loadKinds.control_sum, params, column);
      }
    }
    return [{ file, control: said.control, rows: { stated: said.rows, counted: rows }, sums }];
  });
}

const isZero = (amount: string) => /^-?0+(\.0+)?$/.test(amount);

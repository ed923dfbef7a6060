import { Failure } from '#kernel';
import { loadKinds } from '../failures.ts';
import { rowsOf } from '../files/split.ts';
import type { Mends } from './planned-file.ts';
import type { FileSurvey } from './survey.ts';

const limits = { bytesMax: 64 * 1024 ** 2, rowsMax: 200_000 };

const CORRECTION = /^(更正|correction)/i;
const names = { file: ['文件', 'file'], line: ['行', 'line'] };

/**
 * A rejects file that somebody has mended: which lines of which files are loaded again, and with which values. A line without a correction is
 * tried again as it is; a line that was taken out of the file stays rejected. The rows themselves are read from the file that was loaded.
 * Throws a Failure that names the line.
 */
export function readMends(text: string, surveys: readonly FileSurvey[]): Map<string, Mends> {
  if (text.length > limits.bytesMax) throw new Failure(loadKinds.mends_unreadable, { line: 1, reason: 'too large' });
  const rows = rowsOf(text.replace(/^\ufeff/, ''), { delimiter: ',', quote: '"' }, 'rejects.csv');
  const header = (rows.shift()?.values ?? []).map((value) => value?.trim() ?? '');
  const at = (wanted: readonly string[]) => header.findIndex((name) => wanted.includes(name.toLowerCase()));
  const [fileAt, lineAt] = [at(names.file), at(names.line)];
  const correctionAt = header.findIndex((name) => CORRECTION.test(name));
  if (fileAt < 0 || lineAt < 0 || correctionAt < 0) {
    throw new Failure(loadKinds.mends_unreadable, { line: 1, reason: header.join(', ').slice(0, 100) });
  }
  if (rows.length > limits.rowsMax) {
    throw new Failure(loadKinds.mends_unreadable, { line: limits.rowsMax, reason: `> ${limits.rowsMax}` });
  }
  const mends = new Map<string, Map<number, Map<string, string>>>();
  for (const { values, line: place } of rows) {
    const file = unguarded(values[fileAt] ?? '');
    const line = Number(values[lineAt]);
    const survey = surveys.find((each) => each.file === file);
    if (!survey || !Number.isSafeInteger(line) || line < 1) {
      throw new Failure(loadKinds.mends_unreadable, { line: place, reason: `${file} ${values[lineAt]}`.slice(0, 100) });
    }
    const lines = mends.get(file) ?? new Map<number, Map<string, string>>();
    mends.set(file, lines);
    const corrections = lines.get(line) ?? new Map<string, string>();
    lines.set(line, corrections);
    for (const part of unguarded(values[correctionAt] ?? '').split(/[;；]/)) {
      if (part.trim() === '') continue;
      const cut = part.search(/[=＝]/);
      const column = part.slice(0, cut).trim();
      const known = survey.columns.map(({ name }) => name);
      if (cut < 0 || !known.includes(column)) {
        const params = { line: place, column: cut < 0 ? part.trim() : column, known: known.slice(0, 30).join(', ') };
        throw new Failure(loadKinds.mends_column, params);
      }
      corrections.set(column, part.slice(cut + 1).trim());
    }
  }
  if (mends.size === 0) throw new Failure(loadKinds.mends_empty);
  return mends;
}

/** Without the apostrophe that keeps spreadsheets from running a cell. */
const unguarded = (cell: string) => cell.trim().replace(/^'(?=[=+\-@＝＋－＠])/, '');

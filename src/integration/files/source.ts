import { Failure, formatCount } from '#kernel';
import { isSecretName } from '#metadata';
import { loadKinds } from '../failures.ts';
import { listed, suggestion } from '../suggestion.ts';
import { openCamt } from './camt.ts';
import type { ColumnType, Convert } from './columns.ts';
import { openDelimited } from './delimited.ts';
import { openFixed } from './fixed.ts';
import { type FoundFile, type OpenFile, openFile } from './folder.ts';
import { openJson } from './json.ts';
import { openMt940 } from './mt940.ts';
import type { SourceRow } from './split.ts';
import { openXlsx } from './xlsx.ts';

const limits = {
  /** The keys of a file are remembered to find duplicates: at most 34 bytes each. */
  rowsMax: 50_000_000,
};

/** What a mapping says about the bytes of a file; each format heeds its own part. */
export interface SourceFormat {
  kind: keyof typeof formats;
  encoding: string;
  delimiter: string;
  /** The quote character; null when nothing is quoted. */
  quote: string | null;
  header: boolean;
  /** Line (delimited) or row (workbook) of the header, from 1. */
  headerRow: number;
  /** Lines that begin so are no rows. */
  skip: readonly string[];
  /** What `start` and `length` of fixed columns count. */
  unit: 'characters' | 'bytes';
  /** Lines of fixed width may lack blanks at their end. */
  ragged: boolean;
  /** Of a workbook, by its name or its number from 1; default the first that is shown. */
  sheet: string | number | undefined;
  /** Where the rows of a JSON text stand, for example `data.items`; which rows of a statement are wanted. */
  records: string | undefined;
  /** Texts that mean "no value". */
  missing: readonly string[];
  /** The columns that the mapping names, in its order. */
  columns: readonly FixedColumn[];
  /** What to call columns of the file. */
  rename: Readonly<Record<string, string>>;
  /** A further column, with the line of each row. */
  lineColumn: string | undefined;
}

/** The format of a mapping that says nothing. */
export const plainFormat: SourceFormat = {
  kind: 'delimited',
  encoding: 'utf-8',
  delimiter: ',',
  quote: '"',
  header: true,
  headerRow: 1,
  skip: [],
  unit: 'characters',
  ragged: false,
  sheet: undefined,
  records: undefined,
  missing: [''],
  columns: [],
  rename: {},
  lineColumn: undefined,
};

export interface FixedColumn {
  name: string;
  /** First place, from 1. */
  start: number | undefined;
  length: number | undefined;
}

/** What a format makes of a file: its columns, and its rows as often as asked. */
export interface Reading {
  columns: string[];
  /** Where the format knows them; the values are canonical then. */
  types?: readonly ColumnType[];
  /** Dates are written YYYY-MM-DD and times YYYY-MM-DD hh:mm:ss whatever the mapping says of texts. */
  datesKnown?: boolean;
  /** It unpacks by itself and wants the bytes as they lie. */
  whole?: boolean;
  rows(opened: OpenFile): AsyncIterable<SourceRow[]>;
}

/** Reads as much of a file as tells its columns. Throws a Failure when it cannot be right. */
export type Format = (found: FoundFile, format: SourceFormat) => Promise<Reading>;

const formats = {
  delimited: openDelimited,
  fixed: openFixed,
  xlsx: openXlsx,
  json: openJson,
  camt: openCamt,
  mt940: openMt940,
} satisfies Record<string, Format>;

/** A file whose columns are known; it can be read several times. */
export interface SourceFile {
  found: FoundFile;
  columns: readonly string[];
  types: readonly ColumnType[] | undefined;
  datesKnown: boolean;
  /** Place of a column; throws a Failure that names the file, the mapping's place and the nearest column. */
  indexOf(column: string, place: string): number;
  /** Rows with values as text; rows with a `fault` are among them. Reads the file anew. */
  rows(progress?: (bytesRead: number) => void): AsyncIterable<SourceRow[]>;
  /** SHA-256 of the bytes of the file, once `rows` was read to its end. */
  sha256(): string | undefined;
}

/** Reads the header of a file. Throws a Failure when there is none or it cannot be right. */
export async function openSource(found: FoundFile, format: SourceFormat): Promise<SourceFile> {
  const reading = await formats[format.kind](found, format);
  const { lineColumn } = format;
  for (const [at, name] of reading.columns.entries()) {
    // Renaming hides nothing.
    if (Object.hasOwn(format.rename, name) && !isSecretName(name)) reading.columns[at] = format.rename[name]!;
  }
  const columns = lineColumn === undefined ? reading.columns : [...reading.columns, lineColumn];
  refuseSecrets(found, columns);
  const index = new Map<string, number>();
  for (const [place, name] of columns.entries()) {
    if (name !== '' && index.has(name)) {
      throw new Failure(loadKinds.column_duplicate, { file: found.name, column: name });
    }
    index.set(name, place);
  }
  let sha256: string | undefined;
  return {
    found,
    columns,
    types: reading.types,
    datesKnown: reading.datesKnown ?? false,
    indexOf(column, place) {
      const at = index.get(column);
      if (at === undefined) {
        throw new Failure(loadKinds.column_missing, {
          file: found.name,
          column,
          place,
          suggestion: suggestion(column, columns),
          known: listed(columns),
        });
      }
      return at;
    },
    async *rows(progress) {
      const opened = openFile(found, reading.whole);
      let count = 0;
      for await (const batch of reading.rows(opened)) {
        count += batch.length;
        if (count > limits.rowsMax) {
          throw new Failure(loadKinds.rows_too_many, { file: found.name, max: formatCount(limits.rowsMax) });
        }
        if (lineColumn !== undefined) for (const row of batch) row.values[columns.length - 1] = String(row.line);
        progress?.(opened.bytesRead());
        yield batch;
      }
      progress?.(found.bytes);
      const hash = opened.sha256();
      // The file is read several times; between the readings it must stay the same.
      if (sha256 !== undefined && sha256 !== hash) throw new Failure(loadKinds.file_changed, { file: found.name });
      sha256 = hash;
    },
    sha256: () => sha256,
  };
}

/**
 * A file with card verification values, PINs, passwords or track data is not read at all, whatever the mapping takes from it: rejected
 * lines are kept whole (JR/T 0171-2020, C3: another institution's are never kept).
 */
function refuseSecrets(found: FoundFile, columns: readonly string[]): void {
  const column = columns.find(isSecretName);
  if (column !== undefined) throw new Failure(loadKinds.column_secret, { file: found.name, column });
}

/** Replaces texts by canonical values in place. The first value that cannot be read becomes the row's fault. */
export function convertRow(
  row: SourceRow,
  converters: readonly (Convert | undefined)[],
  columns: readonly string[],
): void {
  const { values } = row;
  for (let index = 0; index < values.length; index++) {
    const convert = converters[index];
    if (!convert) continue;
    try {
      values[index] = convert(values[index] as string);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      row.fault = new Failure(error.kind, error.params, columns[index]);
      return;
    }
  }
}

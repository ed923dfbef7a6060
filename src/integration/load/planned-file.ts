import { Failure } from '#kernel';
import { mappingKinds } from '../failures.ts';
import { type ColumnType, type Convert, converter } from '../files/columns.ts';
import { dateFormat } from '../files/date-format.ts';
import { isEncoding } from '../files/decode.ts';
import type { FoundFile } from '../files/folder.ts';
import { convertRow, openSource, type SourceFile } from '../files/source.ts';
import type { SourceRow } from '../files/split.ts';
import type { ColumnDefinition, FileDefinition, FormatDefinition } from '../mapping/definition.ts';
import type { MappingDocument, MappingPath } from '../mapping/read.ts';
import { compileCondition } from './expression.ts';
import { createScope, type OwnColumns } from './scope.ts';
import { createSequencer, type SequencePlan, type Sequencer } from './sequence.ts';

/** A file of the folder with everything the mapping says about it. */
export interface PlannedFile extends OwnColumns {
  code: string;
  source: SourceFile;
  /** Rows with canonical values; faulty rows are among them. Reads the file anew. */
  rows(progress: (bytesRead: number) => void): AsyncGenerator<SourceRow[]>;
  /** The sequence step of the last reading. */
  readonly sequencer: Sequencer | undefined;
}

/** Corrected values by line and column. */
export type Mends = ReadonlyMap<number, ReadonlyMap<string, string>>;

function mend(row: SourceRow, mends: Mends, columns: readonly string[]): void {
  for (const [column, value] of mends.get(row.line) ?? []) row.values[columns.indexOf(column)] = value;
}

type Format = Required<Omit<FormatDefinition, 'sheet' | 'records'>> & Pick<FormatDefinition, 'sheet' | 'records'>;

const defaults = {
  kind: 'delimited',
  encoding: 'utf-8',
  delimiter: ',',
  quote: '"',
  header: true,
  header_row: 1,
  skip: [],
  unit: 'characters',
  ragged: false,
  missing: [''],
  trim: true,
  decimal: '.',
  thousands: 'none',
  date: 'YYYY-MM-DD',
  datetime: 'YYYY-MM-DD hh:mm:ss',
  two_digit_years_from: 1950,
} satisfies Format;

export async function planFile(
  document: MappingDocument,
  code: string,
  found: FoundFile,
  zone: string,
  mends?: Mends | undefined,
): Promise<PlannedFile> {
  const path: MappingPath = ['files', code];
  const definition = document.mapping.files![code]!;
  const format = formatOf(document, definition, path);
  const declared = definition.columns ?? {};
  checkColumns(document, format, declared, path);
  const source = await openSource(found, {
    kind: format.kind,
    encoding: format.encoding,
    delimiter: format.delimiter === '\\t' ? '\t' : format.delimiter,
    quote: format.quote === 'none' ? null : format.quote,
    header: format.header,
    headerRow: format.header_row,
    skip: format.skip,
    unit: format.unit,
    ragged: format.ragged,
    sheet: format.sheet,
    records: format.records,
    missing: format.missing,
    columns: Object.entries(declared).map(([name, { start, length }]) => ({ name, start, length })),
    rename: definition.rename ?? {},
    lineColumn: definition.line_column,
  });
  const types: ColumnType[] = source.columns.map((_, index) => source.types?.[index] ?? 'text');
  if (definition.line_column !== undefined) types[types.length - 1] = 'integer';
  const converters: Convert[] = source.columns.map(() => convertColumn({ type: 'text' }, format, zone));
  for (const [name, column] of Object.entries(declared)) {
    const at = [...path, 'columns', name];
    const index = source.indexOf(name, document.place(at));
    checkForm(document, column, format, at);
    types[index] = column.type;
    converters[index] = source.datesKnown ? convertCell(column, format, zone) : convertColumn(column, format, zone);
  }
  const own: OwnColumns = {
    columns: source.columns,
    typeOf: (index) => types[index]!,
    missing(name, place) {
      try {
        source.indexOf(name, place);
      } catch (error) {
        return error as Failure;
      }
      throw new Error(`the column ${name} is there`);
    },
  };
  const sequence = definition.sequence && planSequence(document, definition, own, zone, [...path, 'sequence']);
  const columns = sequence ? [...source.columns, definition.sequence!.column] : source.columns;
  let sequencer: Sequencer | undefined;
  return {
    code,
    source,
    ...own,
    columns,
    typeOf: (index) => types[index] ?? 'integer',
    get sequencer() {
      return sequencer;
    },
    async *rows(progress) {
      const step = sequence && createSequencer(sequence, found.name);
      sequencer = step;
      for await (const rows of source.rows(progress)) {
        for (const row of rows) {
          if (row.fault) continue;
          if (mends) mend(row, mends, source.columns);
          convertRow(row, converters, source.columns);
        }
        const settled = step ? step.push(rows) : rows;
        if (settled.length > 0) yield settled;
      }
      const last = step?.end() ?? [];
      if (last.length > 0) yield last;
    },
  };
}

function formatOf(document: MappingDocument, definition: FileDefinition, path: MappingPath): Format {
  const shared = document.mapping.format ?? {};
  const format = { ...defaults, ...shared, ...definition };
  if (!isEncoding(format.encoding)) {
    const at = definition.encoding === undefined ? ['format', 'encoding'] : [...path, 'encoding'];
    const params = { place: document.place(at), encoding: format.encoding };
    throw new Failure(mappingKinds.unknown_encoding, params, at.join('.'));
  }
  return format;
}

function convertColumn(column: ColumnDefinition, format: Format, zone: string): Convert {
  return converter({
    type: column.type,
    missing: column.missing ?? format.missing,
    trim: format.trim,
    decimal: format.decimal,
    thousands: format.thousands,
    impliedDecimals: column.implied_decimals ?? 0,
    form: formOf(column, format),
    twoDigitYearsFrom: format.two_digit_years_from,
    zone,
  });
}

/** Cells that are dates come in one form; those that are texts in the form that the mapping says. */
function convertCell(column: ColumnDefinition, format: Format, zone: string): Convert {
  const convert = convertColumn(column, format, zone);
  if (column.type !== 'date' && column.type !== 'datetime') return convert;
  const day = convertColumn({ ...column, format: 'YYYY-MM-DD' }, format, zone);
  const midnight = convertColumn({ ...column, format: 'YYYY-MM-DD 00:00:00' }, format, zone);
  const time = convertColumn({ ...column, format: 'YYYY-MM-DD hh:mm:ss' }, format, zone);
  return (value) => {
    if (/^\d{4}-\d\d-\d\d$/.test(value)) return day(value);
    if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value)) return convert(value);
    return column.type === 'date' ? midnight(value) : time(value);
  };
}

/** Without a header, and in lines of fixed width, the mapping says what the columns are. */
function checkColumns(
  document: MappingDocument,
  format: Format,
  declared: Record<string, ColumnDefinition>,
  path: MappingPath,
): void {
  const told = format.kind === 'fixed' || (!format.header && (format.kind === 'delimited' || format.kind === 'xlsx'));
  if (told && Object.keys(declared).length === 0) {
    throw new Failure(mappingKinds.columns_needed, { place: document.place(path) }, path.join('.'));
  }
  if (format.kind !== 'fixed') return;
  const bare = Object.entries(declared).find(([, { length }]) => length === undefined);
  if (!bare) return;
  const at = [...path, 'columns', bare[0]];
  const params = { place: document.place(at), example: '{ start: 1, length: 10 }' };
  throw new Failure(mappingKinds.width_needed, params, at.join('.'));
}

function formOf(column: ColumnDefinition, format: Format): string {
  return column.format ?? (column.type === 'datetime' ? format.datetime : format.date);
}

function checkForm(document: MappingDocument, column: ColumnDefinition, format: Format, path: MappingPath): void {
  if (column.type !== 'date' && column.type !== 'datetime') return;
  const form = formOf(column, format);
  if (dateFormat(form, format.two_digit_years_from)) return;
  throw new Failure(mappingKinds.date_format, { place: document.place(path), format: form }, path.join('.'));
}

const MINOR_UNITS = 100;

function planSequence(
  document: MappingDocument,
  { sequence }: FileDefinition,
  own: OwnColumns,
  zone: string,
  path: MappingPath,
): SequencePlan {
  const scope = createScope(document, own, []);
  const definition = sequence!;
  const place = (key: 'contiguous' | 'chain' | 'amount' | 'balance', fallback?: string): number => {
    const name = definition[key] ?? fallback;
    return name === undefined ? 0 : scope.column(name, [...path, key]).index!;
  };
  const needed = definition.by === 'balance_chain' ? (['amount', 'balance', 'credit_when'] as const) : [];
  const missing = needed.filter((key) => definition[key] === undefined);
  if (missing.length > 0) {
    const params = { place: document.place(path), missing: missing.join(', ') };
    throw new Failure(mappingKinds.sequence_incomplete, params, path.join('.'));
  }
  const isCredit =
    definition.credit_when === undefined
      ? () => true
      : compileCondition(definition.credit_when, scope, zone, document, [...path, 'credit_when']);
  return {
    by: definition.by,
    per: definition.per.map((name) => scope.column(name, [...path, 'per']).index!),
    contiguous: place('contiguous'),
    chain: place('chain', definition.per[0]),
    amount: place('amount'),
    balance: place('balance'),
    isCredit: (values) => isCredit(values, []),
    tolerance: Math.round((definition.tolerance ?? 0) * MINOR_UNITS),
    target: own.columns.length,
    columns: own.columns,
  };
}

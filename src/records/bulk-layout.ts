import { copyText, ident, type Transaction } from '#database';
import { Failure } from '#kernel';
import { columnOf, derivations, type EntityDefinition, fieldOf } from '#metadata';
import { kinds } from './failures.ts';

/** `[id, source_key, ...values]` in canonical column text, in the order of the batch's columns. */
export type BulkRow = (string | null)[];

export type Chunks = AsyncIterable<BulkRow[]> | Iterable<BulkRow[]>;

export interface BulkTarget {
  entity: EntityDefinition;
  /** Field codes of the values; for customer-scoped entities `customer` is among them. */
  columns: readonly string[];
  /** Those of `columns` that are given to new rows only and never change a row that exists; records only. */
  initial?: readonly string[];
  /** Code of the system that the rows come from. */
  source: string;
  /** The business date up to which the source speaks; records only. */
  asOf: string | null;
  /** Number of the load: facts carry it, and what stood before is kept so that the load can be withdrawn. */
  batch?: string | undefined;
  /** The caller brings computed state up to date for facts that are new; only corrections are noted. Facts only. */
  folded?: boolean;
  /** Nothing that is computed hangs on rows of this entity: whom they are of need not be noted. A few records given once only. */
  silent?: boolean;
  /** Tell which facts were not new. Small batches only: they are held in memory. */
  exceptions?: boolean;
}

export interface BulkResult {
  inserted: number;
  /** Records that changed. */
  updated: number;
  /** Facts that were there with other content. */
  corrected: number;
  unchanged: number;
  /** The first corrected facts, for the audit event of the batch; values by field code. */
  corrections: Correction[];
  /** By id, when asked for: facts that were there; all others were new. */
  exceptions?: Map<string, 'unchanged' | 'corrected'>;
}

/** A fact before and after it was corrected: the fields that differ. */
export interface Correction {
  id: string;
  customerId: string;
  before: Record<string, string | null>;
  after: Record<string, string | null>;
}

/** Types whose canonical text cannot hold a character that COPY would take for its own. */
const PLAIN: ReadonlySet<string> = new Set([
  'integer',
  'decimal',
  'money',
  'percent',
  'date',
  'datetime',
  'boolean',
  'ref',
]);

/** How the rows of a batch travel. */
export interface Layout {
  /** Column names as COPY receives them. */
  columns: string[];
  /** One COPY line of a row, constants and derived columns included. */
  line(row: BulkRow): string;
  /** The same as values. */
  values(row: BulkRow): (string | null)[];
}

export function layoutOf({ entity, columns, source, asOf, batch }: BulkTarget, beside: readonly string[]): Layout {
  const names = columns.map((code) => {
    const field = fieldOf(entity, code);
    if (!field) throw new Failure(kinds.field_unknown, { entity: entity.label, field: code });
    return columnOf(field);
  });
  const plain = [true, false, ...columns.map((code) => PLAIN.has(fieldOf(entity, code)!.type))];
  const derived = entity.fields.flatMap((field) => {
    const from = field.derive ? columns.indexOf(field.derive.from) : -1;
    return field.derive && from >= 0
      ? [{ name: columnOf(field), from: from + 2, make: derivations[field.derive.function] }]
      : [];
  });
  const constants: (readonly [string, string | null])[] = [['source', source]];
  if (entity.storage === 'record') constants.push(['as_of', asOf]);
  else if (batch !== undefined) constants.push(['batch_id', batch]);
  const suffix = constants.map(([, value]) => `\t${copyText(value)}`).join('');
  return {
    columns: [
      'id',
      'source_key',
      ...names,
      ...beside,
      ...derived.map(({ name }) => name),
      ...constants.map(([name]) => name),
    ],
    line(row) {
      let line = row[0]!;
      for (let index = 1; index < row.length; index++) {
        const value = row[index];
        line += plain[index] && value !== null && value !== undefined ? `\t${value}` : `\t${copyText(value)}`;
      }
      for (const { from, make } of derived) {
        const value = row[from];
        line += `\t${value === null || value === undefined ? '\\N' : copyText(make(value))}`;
      }
      return `${line}${suffix}\n`;
    },
    values: (row) => [
      ...row,
      ...derived.map(({ from, make }) => {
        const value = row[from];
        return value === null || value === undefined ? null : make(value);
      }),
      ...constants.map(([, value]) => value),
    ],
  };
}

let stageNumber = 0;

/** A temporary table with some columns of the entity's and nothing else; gone at the end of the transaction. */
export async function createStage(
  tx: Transaction,
  entity: EntityDefinition,
  columns: readonly string[],
): Promise<string> {
  stageNumber += 1;
  const stage = `stage_${stageNumber}`;
  await tx.query(
    `create temporary table ${stage} on commit drop as select ${columnList(columns)} from ${ident(entity.code).sql} with no data`,
  );
  return stage;
}

/** Columns as a list of SQL, of a row's alias if there is one. */
export function columnList(columns: readonly string[], alias?: string): string {
  return columns.map((column) => (alias ? `${alias}.${ident(column).sql}` : ident(column).sql)).join(', ');
}

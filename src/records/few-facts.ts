import { allOf, ident, type Transaction } from '#database';
import { addMonths, type BusinessDate } from '#kernel';
import { type EntityDefinition, tableOf } from '#metadata';
import { type BulkRow, type BulkTarget, type Chunks, columnList, type Layout, layoutOf } from './bulk-layout.ts';
import { holdWatermark } from './changes.ts';
import { partitionOf } from './partitions.ts';
import { preparedText } from './planned.ts';

// A few new facts are written by one statement each entity: COPY, its savepoint and the looks around it cost several times the facts.

/** Rows for which that is so. */
export const FEW_FACTS_MAX = 64;

/** A fact that comes again is found if its date moved by no more than this many calendar months. */
const MOVED_MONTHS = 1;

/** What stands where a few facts are to be written. */
export interface FactsLook {
  watermark: BusinessDate | null;
  /** None of the facts stands anywhere near, and every month has its partition. */
  clear: boolean;
}

/** The rows of a batch that is small, in memory, and belongs to no load; else undefined. */
export function fewFacts({ batch }: BulkTarget, chunks: Chunks): BulkRow[] | undefined {
  if (batch !== undefined || !Array.isArray(chunks)) return undefined;
  let count = 0;
  for (const rows of chunks as BulkRow[][]) count += rows.length;
  return count > 0 && count <= FEW_FACTS_MAX ? (chunks as BulkRow[][]).flat() : undefined;
}

/** Looks, and holds the watermark where it is until the transaction ends. */
export async function lookForFacts(tx: Transaction, target: BulkTarget, rows: readonly BulkRow[]): Promise<FactsLook> {
  const [watermark, clear] = await allOf([holdWatermark(tx), isClear(tx, target, rows)]);
  return { watermark, clear };
}

async function isClear(tx: Transaction, { entity, columns }: BulkTarget, rows: readonly BulkRow[]): Promise<boolean> {
  const dateAt = columns.indexOf('business_date') + 2;
  const dates = rows.map((row) => row[dateAt]!).sort();
  const months = new Set(dates.map((date) => date.slice(0, 7)));
  const { rows: found } = await tx.query<{ clear: boolean }>(
    preparedText('look', lookSql(entity), [
      [...months].map((month) => partitionOf(entity, month)),
      rows.map(([id]) => id),
      addMonths(`${dates[0]!.slice(0, 7)}-01`, -MOVED_MONTHS),
      addMonths(`${dates.at(-1)!.slice(0, 7)}-01`, 1 + MOVED_MONTHS),
    ]),
  );
  return found[0]!.clear;
}

/** By id alone, so that date and customer may have moved. */
const lookSql = ({ code }: EntityDefinition) =>
  `select not exists (select from unnest($1::text[]) p(name) where to_regclass(quote_ident(p.name)) is null)
      and (select count(*) from ${ident(code).sql} t
            where t.id = any($2::bigint[]) and t.business_date >= $3::date and t.business_date < $4::date) = 0 as clear`;

/** Writes facts of which none stood there when it was looked. Returns the ids of those that are in: another may have come meanwhile. */
export async function insertFew(
  tx: Transaction,
  target: BulkTarget,
  rows: readonly BulkRow[],
  layout: Layout = layoutOf(target, []),
): Promise<string[]> {
  const values = JSON.stringify(rows.map((row) => layout.values(row)));
  const { rows: written } = await tx.query<{ id: string }>(
    preparedText('few', insertText(target.entity, layout.columns), [values]),
  );
  return written.map(({ id }) => id);
}

const texts = new WeakMap<EntityDefinition, Map<string, string>>();

/** Composed once for facts of one shape. */
function insertText(entity: EntityDefinition, columns: readonly string[]): string {
  const known = texts.get(entity) ?? new Map<string, string>();
  texts.set(entity, known);
  const key = columns.join();
  const text = known.get(key) ?? insertSql(entity, columns);
  known.set(key, text);
  return text;
}

function insertSql(entity: EntityDefinition, columns: readonly string[]): string {
  const types = new Map(tableOf(entity).columns.map(({ name, type }) => [name, type]));
  // As text, so that a value is read the way COPY reads it.
  const parts = columns.map((name, at) => `(r->>${at})::${types.get(name)}`);
  return `insert into ${ident(entity.code).sql} (${columnList(columns)})
    select ${parts.join(', ')} from jsonb_array_elements($1::jsonb) r on conflict do nothing returning id`;
}

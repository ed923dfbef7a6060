import { copyIn, copyText, ident, sqlState, type Transaction } from '#database';
import { Failure } from '#kernel';
import { columnOf, derivations, type EntityDefinition, fieldOf, indexColumn, maskedColumn, tableOf } from '#metadata';
import { kinds } from './failures.ts';
import { ensurePartitions } from './partitions.ts';
import { type BulkSealing, bulkSealing } from './sealing.ts';

/** `[id, source_key, ...values]` in canonical column text, in the order of the batch's columns. */
export type BulkRow = (string | null)[];

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
}

export interface BulkResult {
  inserted: number;
  updated: number;
  unchanged: number;
}

type Chunks = AsyncIterable<BulkRow[]> | Iterable<BulkRow[]>;

/**
 * The set-based form of the one write path: many rows of one entity in the caller's transaction, through COPY. Rows that
 * exist are compared and changed only where they differ, so the same batch twice changes nothing the second time; facts are
 * only ever added. Values must have passed their field type's `parse`; ids come from `recordId`. Within one batch a key
 * stands once. The caller writes the audit event of the batch.
 */
export async function writeBulk(tx: Transaction, target: BulkTarget, chunks: Chunks): Promise<BulkResult> {
  const sealing = await sealingOf(tx, target);
  const layout = layoutOf(target, sealing?.columns ?? []);
  return target.entity.storage === 'fact'
    ? writeFacts(tx, target, layout, chunks)
    : writeRecords(tx, target, layout, sealing, chunks);
}

/** What seals the batch's values that are not to stand in clear; undefined when there are none. */
async function sealingOf(tx: Transaction, { entity, columns }: BulkTarget): Promise<BulkSealing | undefined> {
  const sealed = columns.flatMap((code, index) => {
    const field = fieldOf(entity, code);
    return field?.encrypted ? [{ field, at: index + 2 }] : [];
  });
  if (sealed.length === 0) return undefined;
  return bulkSealing(tx, entity, sealed, entity.code === 'customer' ? 0 : columns.indexOf('customer') + 2);
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

interface Layout {
  /** Column names as COPY receives them. */
  columns: string[];
  /** One COPY line of a row, constants and derived columns included. */
  line(row: BulkRow): string;
}

function layoutOf({ entity, columns, source, asOf }: BulkTarget, beside: readonly string[]): Layout {
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
  const constants =
    entity.storage === 'fact'
      ? [['source', source] as const]
      : ([
          ['source', source],
          ['as_of', asOf],
        ] as const);
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
  };
}

let stageNumber = 0;

/** A temporary table with the columns of the batch and nothing else; gone at the end of the transaction. */
async function createStage(tx: Transaction, entity: EntityDefinition, columns: string[]): Promise<string> {
  stageNumber += 1;
  const stage = `stage_${stageNumber}`;
  const list = columns.map((column) => ident(column).sql).join(', ');
  await tx.query(
    `create temporary table ${stage} on commit drop as select ${list} from ${ident(entity.code).sql} with no data`,
  );
  return stage;
}

/** Rows sealed at a time: large enough to be cheap, small enough to hold in memory. */
const SEALED_BLOCK_ROWS = 5_000;

/** Copies the batch into its stage; returns how many rows arrived, and how many were left out because their customer was erased. */
async function fillStage(
  tx: Transaction,
  statement: string,
  layout: Layout,
  sealing: BulkSealing | undefined,
  chunks: Chunks,
): Promise<{ staged: number; left: number }> {
  if (!sealing) return { staged: await copyIn(tx, statement, lines(chunks, layout)), left: 0 };
  const result = { staged: 0, left: 0 };
  // What sealing asks of the database cannot travel while a COPY runs, so there is one for each block.
  const write = async (rows: BulkRow[]) => {
    const sealed = await sealing.seal(rows);
    result.left += rows.length - sealed.length;
    if (sealed.length > 0) result.staged += await copyIn(tx, statement, lines([sealed], layout));
  };
  let block: BulkRow[] = [];
  for await (const rows of chunks) {
    for (const row of rows) {
      block.push(row);
      if (block.length < SEALED_BLOCK_ROWS) continue;
      await write(block);
      block = [];
    }
  }
  if (block.length > 0) await write(block);
  return result;
}

async function writeRecords(
  tx: Transaction,
  target: BulkTarget,
  layout: Layout,
  sealing: BulkSealing | undefined,
  chunks: Chunks,
): Promise<BulkResult> {
  const { entity } = target;
  const table = ident(entity.code).sql;
  const key = tableOf(entity).primaryKey;
  const list = layout.columns.map((column) => ident(column).sql).join(', ');
  const stage = await createStage(tx, entity, layout.columns);
  const { staged, left } = await fillStage(tx, `copy ${stage} (${list}) from stdin`, layout, sealing, chunks);
  if (staged === 0) return { inserted: 0, updated: 0, unchanged: left };
  await tx.query(`analyze ${stage}`);
  await refuseCollisions(tx, entity, stage);
  if (entity.code === 'customer') await leaveErased(tx, stage);
  if (entity.scope === 'customer') {
    // The holder is part of the key: a row that moved to another customer leaves its old place.
    await tx.query(`delete from ${table} e using ${stage} s where e.id = s.id and e.customer_id <> s.customer_id`);
  }
  // as_of alone is no change: a fresh file with the same content must leave versions and history still.
  const initial = new Set(
    (target.initial ?? []).flatMap((code) => {
      const field = fieldOf(entity, code)!;
      return field.encrypted ? [columnOf(field), maskedColumn(field), indexColumn(field)] : [columnOf(field)];
    }),
  );
  const changing = layout.columns.filter((column) => !initial.has(column));
  const compared = changing.filter((column) => !key.includes(column) && column !== 'as_of');
  const before = compared.map((column) => `e.${ident(column).sql}`).join(', ');
  const after = compared.map((column) => `excluded.${ident(column).sql}`).join(', ');
  const { rows } = await tx.query<{ inserted: string; updated: string }>(
    `with written as (
       insert into ${table} as e (${list}) select ${list} from ${stage}
       on conflict (${key.join(', ')}) do update
         set ${changing.map((column) => `${ident(column).sql} = excluded.${ident(column).sql}`).join(', ')},
             version = e.version + 1, updated_at = now(), updated_by = null
         where (${before}) is distinct from (${after})
       returning (xmax = 0) as inserted)
     select count(*) filter (where inserted) as inserted, count(*) filter (where not inserted) as updated from written`,
  );
  const inserted = Number(rows[0]!.inserted);
  const updated = Number(rows[0]!.updated);
  return { inserted, updated, unchanged: staged + left - inserted - updated };
}

/** A file that still names an erased customer brings nothing of him back. */
async function leaveErased(tx: Transaction, stage: string): Promise<void> {
  await tx.query(`delete from ${stage} s using customer_salt e where e.customer_id = s.id and e.erased_at is not null`);
}

/** Two external keys with one id would silently become one row. */
async function refuseCollisions(tx: Transaction, entity: EntityDefinition, stage: string): Promise<void> {
  const { rows } = await tx.query<{ source: string; source_key: string; other: string }>(
    `select s.source, s.source_key, concat_ws('/', e.source, e.source_key) as other
       from ${stage} s join ${ident(entity.code).sql} e on e.id = s.id
      where (e.source, e.source_key) is distinct from (s.source, s.source_key) limit 1`,
  );
  const hit = rows[0];
  if (hit) {
    throw new Failure(kinds.id_collision, {
      entity: entity.label,
      source: hit.source,
      key: hit.source_key,
      other: hit.other,
    });
  }
}

/** Rows per COPY of facts: large enough to be cheap, small enough to hold in memory for a second way in. */
const FACT_BLOCK_ROWS = 20_000;
/** Characters per piece of COPY text. */
const FACT_TEXT_LENGTH = 64 * 1024;
const DUPLICATE_KEY = '23505';

/**
 * Straight into the partitions; only when a block meets a key that is there already does it go through a stage that skips
 * what exists, and so do the blocks after it: a file that was loaded before is full of such keys.
 */
async function writeFacts(tx: Transaction, target: BulkTarget, layout: Layout, chunks: Chunks): Promise<BulkResult> {
  const { entity } = target;
  const table = ident(entity.code).sql;
  const list = layout.columns.map((column) => ident(column).sql).join(', ');
  const dateAt = target.columns.indexOf('business_date') + 2;
  const result: BulkResult = { inserted: 0, updated: 0, unchanged: 0 };
  let stage: string | undefined;
  for await (const block of blocks(chunks, layout, dateAt)) {
    await ensurePartitions(tx, entity, block.newMonths);
    if (!stage) {
      await tx.query('savepoint fact_block');
      try {
        result.inserted += await copyIn(tx, `copy ${table} (${list}) from stdin`, block.content);
        await tx.query('release savepoint fact_block');
        continue;
      } catch (error) {
        if (sqlState(error) !== DUPLICATE_KEY) throw error;
        await tx.query('rollback to savepoint fact_block');
        stage = await createStage(tx, entity, layout.columns);
      }
    }
    await tx.query(`truncate ${stage}`);
    await copyIn(tx, `copy ${stage} (${list}) from stdin`, block.content);
    const { rowCount } = await tx.query(
      `insert into ${table} (${list}) select ${list} from ${stage} on conflict do nothing`,
    );
    result.inserted += rowCount;
    result.unchanged += block.rows - rowCount;
  }
  return result;
}

/** Rows that travel together, as COPY text already: held as bytes they cost the garbage collector nothing. */
interface FactBlock {
  rows: number;
  content: Buffer[];
  /** Months (`YYYY-MM`) that no block before had. */
  newMonths: string[];
}

async function* blocks(chunks: Chunks, layout: Layout, dateAt: number): AsyncGenerator<FactBlock> {
  const months = new Set<string>();
  let block: FactBlock = { rows: 0, content: [], newMonths: [] };
  let text = '';
  let date: string | null = null;
  const keep = () => {
    block.content.push(Buffer.from(text));
    text = '';
  };
  for await (const rows of chunks) {
    for (const row of rows) {
      if (row[dateAt] !== date) {
        date = row[dateAt]!;
        const month = date.slice(0, 7);
        if (!months.has(month)) block.newMonths.push(month);
        months.add(month);
      }
      text += layout.line(row);
      if (text.length >= FACT_TEXT_LENGTH) keep();
      block.rows += 1;
      if (block.rows < FACT_BLOCK_ROWS) continue;
      keep();
      yield block;
      block = { rows: 0, content: [], newMonths: [] };
    }
  }
  keep();
  if (block.rows > 0) yield block;
}

async function* lines(chunks: Chunks, layout: Layout): AsyncGenerator<string> {
  for await (const rows of chunks) {
    let text = '';
    for (const row of rows) text += layout.line(row);
    if (text !== '') yield text;
  }
}

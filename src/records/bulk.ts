import { copyIn, ident, raw, type Sql, sql, type Transaction } from '#database';
import { Failure } from '#kernel';
import { columnOf, type EntityDefinition, fieldOf, indexColumn, maskedColumn, tableOf } from '#metadata';
import { writeFacts } from './bulk-facts.ts';
import {
  type BulkResult,
  type BulkRow,
  type BulkTarget,
  type Chunks,
  columnList,
  createStage,
  type Layout,
  layoutOf,
} from './bulk-layout.ts';
import { fewOnce, writeOnce } from './bulk-once.ts';
import { dependentsSql, holdWatermark, noteSql, tellChanges, tellRecords } from './changes.ts';
import { kinds } from './failures.ts';
import { type BulkSealing, bulkSealing } from './sealing.ts';
import { keepMoved, keepSql } from './undo.ts';

/**
 * The set-based form of the one write path: many rows of one entity in the caller's transaction, through COPY. Rows that
 * exist are compared and changed only where they differ, so the same batch twice changes nothing the second time. A fact that is there with
 * other content is corrected: it takes the batch's content, date and customer. What makes computed state of customers untrue is noted.
 * Values must have passed their field type's `parse`; ids come from `recordId`. Within one batch a key stands once. The caller
 * writes the audit event of the batch.
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
  const few = fewOnce(target, layout, chunks);
  const inserted = few && (await writeOnce(tx, target, layout, few));
  if (few && typeof inserted === 'number') {
    return { inserted, updated: 0, corrected: 0, unchanged: few.length - inserted, corrections: [] };
  }
  const { entity } = target;
  const table = ident(entity.code).sql;
  const key = tableOf(entity).primaryKey;
  const list = columnList(layout.columns);
  const stage = await createStage(tx, entity, layout.columns);
  const { staged, left } = await fillStage(tx, `copy ${stage} (${list}) from stdin`, layout, sealing, chunks);
  const result: BulkResult = { inserted: 0, updated: 0, corrected: 0, unchanged: left, corrections: [] };
  if (staged === 0) return result;
  await tx.query(`analyze ${stage}`);
  await refuseCollisions(tx, entity, stage);
  if (entity.code === 'customer') await leaveErased(tx, stage);
  const notes = (await holdWatermark(tx)) !== null;
  if (entity.scope === 'customer') await leaveOldPlaces(tx, target, stage, notes);
  // as_of alone is no change: a fresh file with the same content must leave versions and history still.
  const initial = new Set(
    (target.initial ?? []).flatMap((code) => {
      const field = fieldOf(entity, code)!;
      return field.encrypted ? [columnOf(field), maskedColumn(field), indexColumn(field)] : [columnOf(field)];
    }),
  );
  const changing = layout.columns.filter((column) => !initial.has(column));
  const compared = changing.filter((column) => !key.includes(column) && column !== 'as_of');
  const { rows } = await tx.query<{ inserted: string; updated: string }>(
    sql`with written as (
       insert into ${raw(table)} as e (${raw(list)}) select ${raw(list)} from ${raw(stage)}
       on conflict (${raw(key.join(', '))}) do update
         set ${raw(changing.map((column) => `${ident(column).sql} = excluded.${ident(column).sql}`).join(', '))},
             version = e.version + 1, updated_at = now(), updated_by = null
         where (${raw(columnList(compared, 'e'))}) is distinct from (${raw(columnList(compared, 'excluded'))})
       returning e.id, ${raw(holderSql(entity, 'e'))} as customer_id, (xmax = 0) as inserted, e.version)
     ${target.batch === undefined ? sql`` : sql`, kept as (${keepSql(entity, target.batch)})`}
     ${notes ? sql`, noted as (${noteSql(changedSql(target, stage))})` : sql``}
     select count(*) filter (where inserted) as inserted, count(*) filter (where not inserted) as updated from written`,
  );
  if (notes) await tellChanges(tx);
  await tellRecords(tx, entity);
  result.inserted = Number(rows[0]!.inserted);
  result.updated = Number(rows[0]!.updated);
  result.unchanged += staged - result.inserted - result.updated;
  return result;
}

/** SQL of the customer to whom a record belongs; 0 where it is nobody's. */
function holderSql(entity: EntityDefinition, alias: string): string {
  if (entity.code === 'customer') return `${alias}.id`;
  return entity.scope === 'customer' ? `${alias}.customer_id` : '0';
}

/** The holder is part of the key: a row that moved to another customer leaves its old place. */
async function leaveOldPlaces(
  tx: Transaction,
  { entity, batch }: BulkTarget,
  stage: string,
  notes: boolean,
): Promise<void> {
  await tx.query(
    sql`with moved as (
       delete from ${raw(ident(entity.code).sql)} e using ${raw(stage)} s where e.id = s.id and e.customer_id <> s.customer_id returning e.*)
     ${batch === undefined ? sql`` : sql`, kept as (${keepMoved(entity, batch, 'moved')})`}
     ${notes ? sql`, noted as (${noteSql(sql`select distinct customer_id, ${entity.code}::text, '-infinity'::date from moved`)})` : sql``}
     select`,
  );
}

/** What `written` means for customers, as a query of notes; the tables still show what stood before. */
function changedSql({ entity, columns }: BulkTarget, stage: string): Sql {
  if (entity.scope !== 'customer' && entity.code !== 'customer') {
    return (
      dependentsSql(entity, sql`select id from written where not inserted`) ??
      sql`select 0::bigint, ''::text, '-infinity'::date where false`
    );
  }
  const own = sql`select customer_id, ${entity.code}::text, '-infinity'::date from written`;
  if (entity.code !== 'customer' || !columns.includes('household')) return sql`${own} group by customer_id`;
  return sql`${own} union select m.id, 'customer', '-infinity'
    from written w join ${raw(stage)} s on s.id = w.id left join customer o on o.id = w.id
    cross join lateral (values (o.household_id), (s.household_id)) h(id) join customer m on m.household_id = h.id
   where o.household_id is distinct from s.household_id`;
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

async function* lines(chunks: Chunks, layout: Layout): AsyncGenerator<string> {
  for await (const rows of chunks) {
    let text = '';
    for (const row of rows) text += layout.line(row);
    if (text !== '') yield text;
  }
}

import { ident, type Queryable, raw, type Sql, sql, type Transaction } from '#database';
import type { Clock } from '#kernel';
import { columnOf, type EntityDefinition, type Model, newId, tableOf } from '#metadata';
import { holdWatermark, noteHouseholds, noteSql, tellChanges } from './changes.ts';

/** So many days a batch can be withdrawn; then what stood before it is forgotten. */
export const UNDO_DAYS = 90;

const limits = { keptShown: 1_000 };
const DAY_MS = 86_400_000;

/** What `writeBulk` keeps of the records it wrote: the CTE `written`, while the table still shows what stood before. */
export function keepSql(entity: EntityDefinition, batch: string): Sql {
  const same = entity.scope === 'customer' ? 'and o.customer_id = w.customer_id' : '';
  // A record that somebody changed while the batch was written is told as changed since, for what it was is not known.
  return sql`insert into batch_undo as u (customer_id, entity, id, batch_id, before, version)
    select w.customer_id, ${entity.code}::text, w.id, ${batch}::bigint, to_jsonb(o),
           case when w.inserted or o.version + 1 = w.version then w.version else 0 end
      from written w left join ${raw(ident(entity.code).sql)} o on not w.inserted and o.id = w.id ${raw(same)}
    on conflict (customer_id, entity, id, batch_id) do update set version = excluded.version`;
}

/** The same of records that left their place; `rows` names a CTE of whole rows. */
export function keepMoved(entity: EntityDefinition, batch: string, rows: string): Sql {
  return sql`insert into batch_undo (customer_id, entity, id, batch_id, before, version)
    select m.customer_id, ${entity.code}::text, m.id, ${batch}::bigint, to_jsonb(m), null from ${raw(rows)} m
    on conflict (customer_id, entity, id, batch_id) do update set version = null`;
}

/** The same of facts that are corrected; what the batch itself had written before is no former state. */
export async function keepFacts(
  tx: Transaction,
  entity: EntityDefinition,
  batch: string,
  table: string,
): Promise<void> {
  await tx.query(
    `insert into batch_undo (customer_id, entity, id, batch_id, before, version)
       select b.customer_id, $1, b.id, $2, to_jsonb(b), null from ${table} b where b.batch_id is distinct from $2
     on conflict do nothing`,
    [entity.code, batch],
  );
}

export interface DeletedFacts {
  deleted: number;
}

/** Deletes facts by a condition on alias `t` and notes whose state that touches. The caller writes the audit event. */
export async function deleteFacts(tx: Transaction, entity: EntityDefinition, where: Sql): Promise<DeletedFacts> {
  const watermark = await holdWatermark(tx);
  const { rows } = await tx.query<{ deleted: string }>(
    sql`with gone as (
        delete from ${raw(ident(entity.code).sql)} t where ${where} returning t.customer_id, t.business_date),
      noted as (${noteSql(sql`select distinct customer_id, ${entity.code}::text, business_date from gone
        where business_date <= ${watermark}::date`)})
      select count(*) as deleted from gone`,
  );
  const deleted = Number(rows[0]!.deleted);
  if (deleted > 0 && watermark !== null) await tellChanges(tx);
  return { deleted };
}

/** A row that a withdrawn batch wrote and that stays as it is. */
export interface KeptRow {
  entity: string;
  id: string;
  /** Null where the row is nobody's. */
  customerId: string | null;
  /** `changed`: somebody wrote it after the batch. `in_use`: rows of others point at it. */
  reason: 'changed' | 'in_use';
}

export interface Restored {
  /** Rows that are again what they were. */
  restored: number;
  /** Rows that the batch had made. */
  removed: number;
  kept: number;
  /** The first of those kept. */
  sample: KeptRow[];
}

/** The rows of a batch that its withdrawal would have to leave as they are; changes nothing. */
export async function changedSince(
  tx: Transaction,
  model: Model,
  batch: string,
): Promise<{ kept: number; sample: KeptRow[] }> {
  await findKept(tx, model, await entitiesOf(tx, model, batch), batch);
  return await keptRows(tx);
}

/**
 * Gives back what stood before a batch, in sets: records that it changed become what they were, those that it made go, facts that it corrected
 * come back. What somebody changed since stays, and so does what rows of others point at; `changedSince` tells beforehand. The
 * facts that the batch brought must be gone (`deleteFacts`). Columns that the engine computes are left alone. The caller writes the
 * audit event.
 */
export async function restoreRecords(tx: Transaction, model: Model, batch: string): Promise<Restored> {
  const entities = await entitiesOf(tx, model, batch);
  await findKept(tx, model, entities, batch);
  const notes = (await holdWatermark(tx)) !== null;
  if (notes) await noteBatch(tx, entities, batch);
  const result: Restored = { restored: 0, removed: 0, ...(await keptRows(tx)) };
  for (const entity of entities) {
    if (entity.storage === 'fact') {
      result.restored += await restoreFacts(tx, entity, batch);
      continue;
    }
    result.removed += await removeMade(tx, entity, batch);
    result.restored += await restoreChanged(tx, entity, batch);
    result.restored += await restoreMoved(tx, entity, batch);
  }
  await tx.query('delete from batch_undo where batch_id = $1', [batch]);
  await forgetWithdrawn(tx, model, batch);
  if (notes) await tellChanges(tx);
  return result;
}

/** Forgets what stood before batches that can no longer be withdrawn. */
export async function forgetOldBatches(db: Queryable, clock: Clock): Promise<number> {
  const oldest = newId(() => new Date(clock().getTime() - UNDO_DAYS * DAY_MS));
  const { rowCount } = await db.query('delete from batch_undo where batch_id < $1', [oldest]);
  return rowCount;
}

/** Customers' own rows first, then customers, then what they point at. */
async function entitiesOf(tx: Transaction, model: Model, batch: string): Promise<EntityDefinition[]> {
  const { rows } = await tx.query<{ entity: string }>('select distinct entity from batch_undo where batch_id = $1', [
    batch,
  ]);
  const touched = new Set(rows.map(({ entity }) => entity));
  const rank = ({ scope, code }: EntityDefinition) => (scope === 'customer' ? 0 : code === 'customer' ? 1 : 2);
  return model.entities.filter(({ code }) => touched.has(code)).sort((a, b) => rank(a) - rank(b));
}

/** Join of a row `alias` with its entry `u`. */
function sameRow(entity: EntityDefinition, alias: string): Sql {
  return raw(`${alias}.id = u.id${entity.scope === 'customer' ? ` and ${alias}.customer_id = u.customer_id` : ''}`);
}

const entries = (entity: EntityDefinition, batch: string) =>
  sql`u.batch_id = ${batch}::bigint and u.entity = ${entity.code}`;

const NOT_KEPT = raw('not exists (select from undo_kept k where k.entity = u.entity and k.id = u.id)');

async function findKept(
  tx: Transaction,
  model: Model,
  entities: readonly EntityDefinition[],
  batch: string,
): Promise<void> {
  await tx.query('drop table if exists undo_kept');
  await tx.query(
    'create temporary table undo_kept (entity text, id bigint, customer_id bigint, reason text, primary key (entity, id)) on commit drop',
  );
  for (const entity of entities) {
    const table = raw(ident(entity.code).sql);
    const keep = (reason: KeptRow['reason'], where: Sql) =>
      tx.query(
        sql`insert into undo_kept select u.entity, u.id, nullif(u.customer_id, 0), ${reason}::text from batch_undo u
          where ${entries(entity, batch)} and ${where} on conflict do nothing`,
      );
    if (entity.storage === 'fact') {
      await keep(
        'changed',
        sql`exists (select from ${table} t where t.id = u.id and t.batch_id is distinct from u.batch_id)`,
      );
      continue;
    }
    await keep(
      'changed',
      sql`u.version is not null and not exists (select from ${table} t where ${sameRow(entity, 't')} and t.version = u.version)`,
    );
    // Gone from here: it may come back unless it stands where this batch has not left it.
    await keep(
      'changed',
      sql`u.version is null and exists (select from ${table} t where t.id = u.id and not exists (
        select from batch_undo b where b.batch_id = u.batch_id and b.entity = u.entity and b.id = t.id
          and b.customer_id = ${entity.scope === 'customer' ? raw('t.customer_id') : raw('0')} and b.version = t.version))`,
    );
    for (const use of usesOf(model, entity, batch)) await keep('in_use', sql`u.before is null and ${use}`);
  }
}

/** Conditions on the entry `u` of a record: rows that the batch has not made point at it. */
function usesOf(model: Model, entity: EntityDefinition, batch: string): Sql[] {
  return model.entities.flatMap((other) =>
    other.fields
      .filter((field) => field.ref === entity.code)
      .map((field) => {
        const near =
          entity.scope === 'customer' && other.scope === 'customer' ? 'r.customer_id = u.customer_id and ' : '';
        const others =
          other.storage === 'fact'
            ? sql`r.batch_id is distinct from ${batch}::bigint`
            : sql`not exists (select from batch_undo b where b.batch_id = ${batch}::bigint and b.entity = ${other.code} and b.id = r.id
                and b.customer_id = ${raw(other.code === 'customer' ? 'r.id' : other.scope === 'customer' ? 'r.customer_id' : '0')}
                and b.before is null)`;
        return sql`exists (select from ${raw(ident(other.code).sql)} r
          where ${raw(near)}r.${raw(ident(columnOf(field)).sql)} = u.id and ${others})`;
      }),
  );
}

async function keptRows(tx: Transaction): Promise<{ kept: number; sample: KeptRow[] }> {
  const { rows } = await tx.query<KeptRow & { kept: string }>(
    `select entity, id, customer_id as "customerId", reason, count(*) over () as kept from undo_kept order by entity, id limit ${limits.keptShown}`,
  );
  return { kept: Number(rows[0]?.kept ?? 0), sample: rows.map(({ kept: _, ...row }) => row) };
}

/** Notes whom the withdrawal touches, while the rows still stand as the batch left them. */
async function noteBatch(tx: Transaction, entities: readonly EntityDefinition[], batch: string): Promise<void> {
  await tx.query(
    noteSql(sql`select distinct u.customer_id, u.entity, coalesce((u.before->>'business_date')::date, '-infinity')
      from batch_undo u where u.batch_id = ${batch}::bigint and u.customer_id <> 0`),
  );
  if (!entities.some(({ code }) => code === 'customer')) return;
  const { rows } = await tx.query<{ id: string }>(
    `select distinct h.id::text from batch_undo u left join customer c on c.id = u.id
       cross join lateral (values (c.household_id), ((u.before->>'household_id')::bigint)) h(id)
      where u.batch_id = $1 and u.entity = 'customer' and h.id is not null
        and c.household_id is distinct from (u.before->>'household_id')::bigint`,
    [batch],
  );
  await noteHouseholds(
    tx,
    rows.map(({ id }) => id),
  );
}

async function restoreFacts(tx: Transaction, entity: EntityDefinition, batch: string): Promise<number> {
  const table = raw(ident(entity.code).sql);
  const { rowCount } = await tx.query(
    sql`insert into ${table} select r.* from batch_undo u cross join lateral jsonb_populate_record(null::${table}, u.before) r
      where ${entries(entity, batch)} and u.before is not null and ${NOT_KEPT} on conflict do nothing`,
  );
  return rowCount;
}

async function removeMade(tx: Transaction, entity: EntityDefinition, batch: string): Promise<number> {
  const { rowCount } = await tx.query(
    sql`delete from ${raw(ident(entity.code).sql)} t using batch_undo u
      where ${entries(entity, batch)} and u.before is null and ${sameRow(entity, 't')} and t.version = u.version and ${NOT_KEPT}`,
  );
  return rowCount;
}

/** Columns that a withdrawal may write: all but the key, what the engine computes, and the record's own book-keeping. */
function writtenColumns(entity: EntityDefinition): string[] {
  const { columns, primaryKey } = tableOf(entity);
  const computed = entity.fields.filter((field) => field.computed).map(columnOf);
  const own = new Set([...primaryKey, ...computed, 'version', 'created_at', 'created_by', 'updated_at', 'updated_by']);
  return columns.map(({ name }) => name).filter((name) => !own.has(name));
}

async function restoreChanged(tx: Transaction, entity: EntityDefinition, batch: string): Promise<number> {
  const table = raw(ident(entity.code).sql);
  const assignments = writtenColumns(entity).map((column) => `${ident(column).sql} = r.${ident(column).sql}`);
  const { rowCount } = await tx.query(
    sql`update ${table} t set ${raw(assignments.join(', '))}, version = t.version + 1, updated_at = now(), updated_by = null
       from batch_undo u cross join lateral jsonb_populate_record(null::${table}, u.before) r
      where ${entries(entity, batch)} and u.before is not null and ${sameRow(entity, 't')} and t.version = u.version and ${NOT_KEPT}`,
  );
  await carryVersion(tx, entity, batch, sql`u.version + 1`, sql`u.version is not null`);
  return rowCount;
}

async function restoreMoved(tx: Transaction, entity: EntityDefinition, batch: string): Promise<number> {
  const table = raw(ident(entity.code).sql);
  const columns = tableOf(entity).columns.map(({ name }) => name);
  const values = columns.map((column) => (column === 'version' ? 'r.version + 1' : `r.${ident(column).sql}`));
  const { rowCount } = await tx.query(
    sql`insert into ${table} (${raw(columns.map((column) => ident(column).sql).join(', '))})
       select ${raw(values.join(', '))} from batch_undo u cross join lateral jsonb_populate_record(null::${table}, u.before) r
      where ${entries(entity, batch)} and u.before is not null and u.version is null and ${NOT_KEPT} on conflict do nothing`,
  );
  await carryVersion(tx, entity, batch, sql`(u.before->>'version')::integer + 1`, sql`u.version is null`);
  return rowCount;
}

/** An earlier batch that wrote the row finds it unchanged still, under its new version: batches may be withdrawn one after the other. */
async function carryVersion(
  tx: Transaction,
  entity: EntityDefinition,
  batch: string,
  version: Sql,
  where: Sql,
): Promise<void> {
  await tx.query(
    sql`update batch_undo p set version = ${version} from batch_undo u
      where ${entries(entity, batch)} and u.before is not null and ${where} and ${NOT_KEPT}
        and p.customer_id = u.customer_id and p.entity = u.entity and p.id = u.id and p.batch_id <> u.batch_id
        and p.version = (u.before->>'version')::integer`,
  );
}

/** Facts of this batch that later ones corrected must not come back when those are withdrawn. */
async function forgetWithdrawn(tx: Transaction, model: Model, batch: string): Promise<void> {
  const facts = model.entities.filter(({ storage }) => storage === 'fact').map(({ code }) => code);
  await tx.query(
    `update batch_undo set before = null where batch_id > $1 and entity = any($2) and before->>'batch_id' = $1::text`,
    [batch, facts],
  );
}

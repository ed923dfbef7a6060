import { maskText } from '#access';
import { type Database, ident, raw, sql, type Transaction } from '#database';
import { resealSecrets } from '#identity';
import {
  columnOf,
  type EntityDefinition,
  encryptedFields,
  type FieldDefinition,
  indexColumn,
  indexFormOf,
  type Model,
  maskedColumn,
} from '#metadata';
import {
  dropUnused,
  ensureKeys,
  ensureSalts,
  type FieldKeys,
  fieldKeys,
  type KeyPurpose,
  markFilled,
  openValues,
  reserveUses,
  retiredKeys,
  type StoredValue,
  unfilledColumns,
} from '#vault';
import { salterOf } from './sealing.ts';

const limits = {
  /** Rows sealed anew in one transaction: they are locked for some tens of milliseconds. */
  batchRows: 500,
  /** A table up to this size is written anew after its first sealing, so that no page keeps clear values. */
  rewrittenRowsMax: 2_000_000,
};

/** Owner of the keys of one-time codes, which `resealSecrets` looks after. */
const SECRETS = 'totp';

export interface ResealOptions {
  /** Told after each batch how many rows are done. */
  onProgress?: ((rows: number) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Rest after each batch, as a multiple of the time that it took: 1 leaves half of the time to others. Default 0. */
  rest?: number;
}

/** The keys that the model's entities need. */
function purposesOf(model: Model): KeyPurpose[] {
  return model.entities.flatMap((entity) => {
    const fields = encryptedFields(entity);
    if (fields.length === 0) return [];
    const indexes = fields.map((field): KeyPurpose => ({ kind: 'index', purpose: indexPurpose(entity, field) }));
    return [{ kind: 'seal', purpose: entity.code }, ...indexes];
  });
}

const indexPurpose = (entity: EntityDefinition, field: FieldDefinition) => `${entity.code}.${columnOf(field)}`;

/** Makes the keys that are missing, in the transaction that makes the columns. */
export async function ensureFieldKeys(tx: Transaction, model: Model): Promise<void> {
  await ensureKeys(tx, purposesOf(model));
}

/**
 * Seals what stands in clear in columns that have become sealed ones: values of an installation that is older than their
 * encryption. Runs before anything is served; ended at any moment, it goes on where it stopped. Returns the rows sealed.
 */
export async function sealExisting(database: Database, model: Model, options: ResealOptions = {}): Promise<number> {
  const open = new Set(await unfilledColumns(database));
  let total = 0;
  for (const entity of model.entities) {
    const purposes = encryptedFields(entity).map((field) => indexPurpose(entity, field));
    if (!purposes.some((purpose) => open.has(purpose))) continue;
    const rows = await reseal(database, entity, {
      ...options,
      onProgress: (done) => options.onProgress?.(total + done),
    });
    total += rows;
    if (rows > 0) await tidyAfter(database, entity);
    for (const purpose of purposes) await markFilled(database, purpose);
  }
  return total;
}

/** Indexes over what was clear are of no use any more, and pages and indexes still hold the former values. */
async function tidyAfter(database: Database, entity: EntityDefinition): Promise<void> {
  const columns = encryptedFields(entity).map(columnOf);
  const { rows } = await database.query<{ name: string }>(
    `select i.indexrelid::regclass::text as name from pg_index i
      where i.indrelid = $1::regclass and not i.indisprimary and exists (
        select from pg_depend d join pg_attribute a on a.attrelid = i.indrelid and a.attnum = d.refobjsubid
         where d.objid = i.indexrelid and d.refobjid = i.indrelid and a.attname = any($2))`,
    [ident(entity.code).sql, columns],
  );
  for (const { name } of rows) await database.query(`drop index ${name}`);
  const { rows: sizes } = await database.query<{ rows: number }>(
    'select reltuples::float8 as rows from pg_class where oid = $1::regclass',
    [ident(entity.code).sql],
  );
  const full = sizes[0]!.rows <= limits.rewrittenRowsMax ? 'full, ' : '';
  await database.query(`vacuum (${full}analyze) ${ident(entity.code).sql}`);
}

/**
 * Seals everything that stands under retired keys with the current ones: values and blind indexes, batch by batch, while others
 * read and write. Keys that nothing stands under any more are noted, and deleted a day later.
 */
export async function resealRetired(
  database: Database,
  model: Model,
  options: ResealOptions = {},
): Promise<{ rows: number; dropped: number }> {
  const retired = await retiredKeys(database);
  const entities = new Set(retired.map(({ purpose }) => purpose.split('.')[0]!));
  let rows = 0;
  for (const entity of model.entities.filter(({ code }) => entities.has(code))) {
    // Once more after the first pass: what was written with the old keys meanwhile is found as well.
    for (let found = 1; found > 0; ) {
      found = await reseal(database, entity, { ...options, onProgress: (done) => options.onProgress?.(rows + done) });
      rows += found;
    }
  }
  rows += await resealSecrets(database);
  const owners = [...model.entities.map(({ code }) => code), SECRETS];
  return { rows, dropped: retired.length > 0 ? await dropUnused(database, owners) : 0 };
}

async function reseal(database: Database, entity: EntityDefinition, options: ResealOptions): Promise<number> {
  let after = '0';
  let total = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const started = performance.now();
    const batch = await database.transaction((tx) => resealBatch(tx, entity, after), { statementTimeoutMs: 0 });
    if (!batch) return total;
    total += batch.rows;
    after = batch.last;
    options.onProgress?.(total);
    const restMs = (performance.now() - started) * (options.rest ?? 0);
    if (restMs > 0) await new Promise((done) => setTimeout(done, restMs));
  }
}

type Row = Record<string, string | null> & { id: string; salter: string | null };

/** What is not sealed yet (it has no masked form), or not under the current keys. */
function staleCondition(keys: FieldKeys, field: FieldDefinition): string {
  const column = `t.${ident(columnOf(field)).sql}`;
  const masked = `t.${ident(maskedColumn(field)).sql}`;
  const index = `t.${ident(indexColumn(field)).sql}`;
  const indexKey = keys.currentIndex(columnOf(field));
  return `(${column} is not null and (${masked} is null or split_part(${column}, '.', 3) <> '${keys.current}' or split_part(${index}, '.', 1) <> '${indexKey}'))`;
}

async function resealBatch(
  tx: Transaction,
  entity: EntityDefinition,
  after: string,
): Promise<{ rows: number; last: string } | undefined> {
  const fields = encryptedFields(entity);
  const keys = await fieldKeys(tx, entity.code);
  const stale = fields.map((field) => staleCondition(keys, field));
  const columns = fields.flatMap((field) =>
    [columnOf(field), maskedColumn(field)].map((name) => `t.${ident(name).sql}`),
  );
  const table = ident(entity.code).sql;
  const { rows } = await tx.query<Row>(
    `select t.id, ${salterOf(entity, 't') ?? 'null::bigint'} as salter, ${columns.join(', ')} from ${table} t
      where t.id > $1 and (${stale.join(' or ')}) order by t.id limit ${limits.batchRows} for update of t`,
    [after],
  );
  const last = rows.at(-1)?.id;
  if (last === undefined) return undefined;
  const salted = salterOf(entity, 't') !== undefined;
  const salts = salted ? await ensureSalts(tx, [...new Set(rows.map((row) => row.salter!))]) : undefined;
  const living = salts ? rows.filter((row) => salts.has(row.salter!)) : rows;
  const names = fields.flatMap((field) => [columnOf(field), maskedColumn(field), indexColumn(field)]);
  // What belongs to an erased customer can neither be read nor be written again, so nothing of it is kept.
  const erased = rows.filter((row) => !living.includes(row)).map(({ id }) => id);
  if (erased.length > 0) {
    const cleared = names.map((name) => `${ident(name).sql} = null`).join(', ');
    await tx.query(`update ${table} set ${cleared} where id = any($1::bigint[])`, [erased]);
  }
  const saltOf = (row: Row) => salts?.get(row.salter!) ?? null;
  const clear = await clearValues(tx, entity, fields, living, saltOf);
  await reserveUses(tx, living.length * fields.length);
  const written = living.map((row) => {
    const seal = keys.sealer(row.id, saltOf(row));
    return fields.flatMap((field) => {
      const value = clear.get(`${row.id} ${field.code}`);
      if (value === undefined) return [null, null, null];
      const column = columnOf(field);
      return [seal(column, value), maskText(field.mask!, value), keys.index(column, indexFormOf(field), value)];
    });
  });
  await tx.query(
    sql`update ${raw(table)} t set ${raw(names.map((name, at) => `${ident(name).sql} = n.values[${at + 1}]`).join(', '))}
      from (select j.id::bigint as id, array(select jsonb_array_elements_text(j.values)) as values
              from jsonb_to_recordset(${JSON.stringify(living.map((row, at) => ({ id: row.id, values: written[at] })))}::jsonb) as j(id text, values jsonb)) n
      where t.id = n.id`,
  );
  return { rows: rows.length, last };
}

/** The clear values of rows by `id field`: sealed ones opened, others as they stand. */
async function clearValues(
  tx: Transaction,
  entity: EntityDefinition,
  fields: readonly FieldDefinition[],
  rows: readonly Row[],
  saltOf: (row: Row) => Buffer | null,
): Promise<Map<string, string>> {
  const clear = new Map<string, string>();
  const sealed: { name: string; value: StoredValue }[] = [];
  for (const row of rows) {
    for (const field of fields) {
      const text = row[columnOf(field)];
      if (text === null || text === undefined) continue;
      const name = `${row.id} ${field.code}`;
      if (row[maskedColumn(field)] === null) clear.set(name, text);
      else {
        const value = { entity: entity.code, column: columnOf(field), rowId: row.id, salt: saltOf(row), text };
        sealed.push({ name, value });
      }
    }
  }
  const opened = await openValues(
    tx,
    sealed.map(({ value }) => value),
  );
  for (const [index, { name }] of sealed.entries()) clear.set(name, opened[index]!);
  return clear;
}

import { maskText } from '#access';
import { ident, type Queryable, raw, sql } from '#database';
import { Failure } from '#kernel';
import {
  columnOf,
  type EntityDefinition,
  type FieldDefinition,
  fieldTypes,
  indexColumn,
  indexFormOf,
  maskedColumn,
} from '#metadata';
import { ensureSalts, type FieldKeys, fieldKeys, openValues, reserveUses, vaultKinds } from '#vault';

/** A column with its value, ready to be written. */
export interface ColumnValue {
  column: string;
  /** PostgreSQL type of the column. */
  type: string;
  value: string | null;
}

type Values = Iterable<[FieldDefinition, string | null]>;

/** SQL of the customer whose salt a row's sealed values need; undefined for rows that are nobody's. */
export function salterOf(entity: EntityDefinition, alias: string): string | undefined {
  if (entity.code === 'customer') return `${alias}.id`;
  return entity.scope === 'customer' ? `${alias}.customer_id` : undefined;
}

/**
 * Values as columns: one each, and for a sealed field three (the sealed value, its masked form, its blind index). Throws a
 * Failure when the customer was erased or a key cannot be reached.
 */
export async function columnValues(
  tx: Queryable,
  entity: EntityDefinition,
  row: { id: string; customerId: string | undefined },
  values: Values,
): Promise<ColumnValue[]> {
  const all = [...values];
  const plain = all
    .filter(([field]) => !field.encrypted)
    .map(([field, value]) => ({ column: columnOf(field), type: fieldTypes[field.type].sql(field), value }));
  const secret = all.filter(([field]) => field.encrypted);
  if (secret.length === 0) return plain;
  const given = secret.filter(([, value]) => value !== null).length;
  const seal = given === 0 ? undefined : await sealerOf(tx, entity, row, given);
  return [
    ...plain,
    ...secret.flatMap(([field, value]) => {
      const [sealed, masked, index] = value === null ? [null, null, null] : seal!(field, value);
      return [
        { column: columnOf(field), type: 'text', value: sealed },
        { column: maskedColumn(field), type: 'text', value: masked },
        { column: indexColumn(field), type: 'text', value: index },
      ];
    }),
  ];
}

type Sealed = [sealed: string, masked: string, index: string];

async function sealerOf(
  tx: Queryable,
  entity: EntityDefinition,
  { id, customerId }: { id: string; customerId: string | undefined },
  count: number,
): Promise<(field: FieldDefinition, value: string) => Sealed> {
  await reserveUses(tx, count);
  const keys = await fieldKeys(tx, entity.code);
  let salt: Buffer | null = null;
  if (salterOf(entity, 't')) {
    salt = (await ensureSalts(tx, [customerId!])).get(customerId!) ?? null;
    if (!salt) throw new Failure(vaultKinds.erased);
  }
  const seal = keys.sealer(id, salt);
  return (field, value) => [
    seal(columnOf(field), value),
    maskText(field.mask!, value),
    keys.index(columnOf(field), indexFormOf(field), value),
  ];
}

/** How the values of an audit event are written: sealed fields masked, so that the record holds nothing that is sealed elsewhere. */
export function auditValuesOf(values: Values): Record<string, string | null> {
  return Object.fromEntries(
    [...values].map(([field, value]) => [
      field.code,
      field.encrypted && value !== null ? maskText(field.mask!, value) : value,
    ]),
  );
}

/** The clear values of sealed fields of one row, by field code; null where there is none. Throws a Failure after an erasure. */
export async function readSealedFields(
  db: Queryable,
  entity: EntityDefinition,
  fields: readonly FieldDefinition[],
  id: string,
): Promise<Record<string, string | null>> {
  if (fields.length === 0) return {};
  const salter = salterOf(entity, 't');
  const columns = fields.map((field) => `t.${ident(columnOf(field)).sql} as ${ident(field.code).sql}`);
  const { rows } = await db.query<Record<string, string | null> & { row_salt: string | null }>(
    sql`select ${raw(columns.join(', '))}, ${raw(salter ? `(select encode(ps.salt, 'hex') from customer_salt ps where ps.customer_id = ${salter})` : 'null')} as row_salt
      from ${raw(ident(entity.code).sql)} t where t.id = ${id}::bigint`,
  );
  const row = rows[0];
  if (!row) return {};
  const present = fields.filter((field) => row[field.code] !== null);
  if (salter && present.length > 0 && row.row_salt === null) throw new Failure(vaultKinds.erased);
  const salt = row.row_salt === null ? null : Buffer.from(row.row_salt, 'hex');
  const opened = await openValues(
    db,
    present.map((field) => ({
      entity: entity.code,
      column: columnOf(field),
      rowId: id,
      salt,
      text: row[field.code]!,
    })),
  );
  const clear = new Map(present.map((field, index) => [field.code, opened[index]!]));
  return Object.fromEntries(fields.map((field) => [field.code, clear.get(field.code) ?? null]));
}

/** The blind indexes under which a value of a sealed field may stand. */
export async function indexesOf(
  db: Queryable,
  entity: EntityDefinition,
  field: FieldDefinition,
  values: readonly string[],
): Promise<string[]> {
  const keys = await fieldKeys(db, entity.code);
  return values.flatMap((value) => keys.indexes(columnOf(field), indexFormOf(field), value));
}

/** Sealed columns of many rows at once, for `writeBulk`. */
export interface BulkSealing {
  /** Columns beside those of the fields themselves, in the order in which `seal` gives them. */
  columns: string[];
  /**
   * Takes rows whose sealed fields stand at these places in clear and gives them with the sealed value there and masked form and
   * blind index behind. A value that the database has already keeps its sealed form, so that nothing seems changed. Rows of
   * erased customers are left out.
   */
  seal(rows: readonly (string | null)[][]): Promise<(string | null)[][]>;
}

export async function bulkSealing(
  tx: Queryable,
  entity: EntityDefinition,
  fields: readonly { field: FieldDefinition; at: number }[],
  customerAt: number,
): Promise<BulkSealing> {
  const keys = await fieldKeys(tx, entity.code);
  const salted = salterOf(entity, 't') !== undefined;
  return {
    columns: fields.flatMap(({ field }) => [maskedColumn(field), indexColumn(field)]),
    async seal(rows) {
      const idOf = (row: readonly (string | null)[]) => row[0]!;
      const salts = salted ? await ensureSalts(tx, [...new Set(rows.map((row) => row[customerAt]!))]) : undefined;
      const known = await standing(tx, entity, fields, rows.map(idOf));
      const kept = salts ? rows.filter((row) => salts.has(row[customerAt]!)) : rows;
      let count = 0;
      for (const row of kept) for (const { at } of fields) if ((row[at] ?? null) !== null) count += 1;
      await reserveUses(tx, count);
      return kept.map((row) =>
        sealRow(row, fields, keys, known.get(idOf(row)), () => {
          return keys.sealer(idOf(row), salts?.get(row[customerAt]!) ?? null);
        }),
      );
    },
  };
}

function sealRow(
  row: readonly (string | null)[],
  fields: readonly { field: FieldDefinition; at: number }[],
  keys: FieldKeys,
  standing: (string | null)[] | undefined,
  sealer: () => ReturnType<FieldKeys['sealer']>,
): (string | null)[] {
  const out = [...row];
  let seal: ReturnType<FieldKeys['sealer']> | undefined;
  fields.forEach(({ field, at }, position) => {
    const value = row[at] ?? null;
    if (value === null) {
      out.push(null, null);
      return;
    }
    const masked = maskText(field.mask!, value);
    const index = keys.index(columnOf(field), indexFormOf(field), value);
    const [sealed, oldMasked, oldIndex] = standing?.slice(position * 3, position * 3 + 3) ?? [];
    if (sealed && oldMasked === masked && oldIndex === index) {
      out[at] = sealed;
    } else {
      seal ??= sealer();
      out[at] = seal(columnOf(field), value);
    }
    out.push(masked, index);
  });
  return out;
}

/** What the database holds of these rows: for each field the sealed value, its masked form and its index. */
async function standing(
  tx: Queryable,
  entity: EntityDefinition,
  fields: readonly { field: FieldDefinition }[],
  ids: readonly string[],
): Promise<Map<string, (string | null)[]>> {
  const columns = fields.flatMap(({ field }) => [columnOf(field), maskedColumn(field), indexColumn(field)]);
  // Columns of their own: the driver takes arrays apart letter by letter.
  const list = columns.map((column, at) => `t.${ident(column).sql} as c${at}`).join(', ');
  const { rows } = await tx.query<Record<string, string | null> & { id: string }>(
    sql`select t.id, ${raw(list)} from ${raw(ident(entity.code).sql)} t where t.id = any(${ids}::bigint[])`,
  );
  return new Map(rows.map((row) => [row.id, columns.map((_, at) => row[`c${at}`]!)]));
}

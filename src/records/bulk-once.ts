import { empty, ident, raw, type Sql, sql, type Transaction } from '#database';
import { type EntityDefinition, tableOf } from '#metadata';
import { type BulkRow, type BulkTarget, type Chunks, columnList, type Layout } from './bulk-layout.ts';
import { CHANGE_CHANNEL, noteSql } from './changes.ts';
import { preparedText } from './planned.ts';

/** Rows for which a stage, its COPY and its statistics cost more than the rows themselves. */
const ROWS_MAX = 64;

/** The rows of a batch that one statement writes: few records of customers, in memory, that never change what is there. Else undefined. */
export function fewOnce(target: BulkTarget, layout: Layout, chunks: Chunks): BulkRow[] | undefined {
  const { entity, columns, initial, batch } = target;
  if (entity.scope !== 'customer' || batch !== undefined || !Array.isArray(chunks)) return undefined;
  const given = new Set(initial);
  if (!columns.every((code) => given.has(code))) return undefined;
  // Id and source key before the values, source and date behind; more are sealed or derived.
  if (layout.columns.length !== columns.length + 4) return undefined;
  const rows = (chunks as BulkRow[][]).flat();
  return rows.length > 0 && rows.length <= ROWS_MAX ? rows : undefined;
}

/**
 * Writes them; a record that is there stays as it is. Returns how many are new, or null with nothing written where an id stands under
 * another key or customer. Notes whoever has a new one, computed state or not: so nobody's watermark has to be held.
 */
export async function writeOnce(
  tx: Transaction,
  { entity, source, asOf, silent }: BulkTarget,
  { columns }: Layout,
  rows: readonly BulkRow[],
): Promise<number | null> {
  const values = JSON.stringify(rows.map((row) => [...row, source, asOf]));
  const text = textOf(entity, columns, silent === true);
  const found = await tx.query<{ inserted: number; elsewhere: boolean }>(preparedText('once', text, [values]));
  const { inserted, elsewhere } = found.rows[0]!;
  return elsewhere ? null : inserted;
}

const texts = new WeakMap<EntityDefinition, Map<string, string>>();

/** Composed once for rows of one shape. */
function textOf(entity: EntityDefinition, columns: readonly string[], silent: boolean): string {
  const known = texts.get(entity) ?? new Map<string, string>();
  texts.set(entity, known);
  const key = `${silent} ${columns.join()}`;
  const text = known.get(key) ?? onceSql(entity, columns, silent).text;
  known.set(key, text);
  return text;
}

function onceSql(entity: EntityDefinition, columns: readonly string[], silent: boolean): Sql {
  const { columns: defined, primaryKey } = tableOf(entity);
  const table = ident(entity.code);
  const types = new Map(defined.map(({ name, type }) => [name, type]));
  // As text, so that a value is read the way COPY reads it; from jsonb, which is not read from its beginning for each value. The rows that
  // stand there are looked up one by one: how few are given the planner cannot know.
  const parts = columns.map((name, at) => `(r->>${at})::${types.get(name)} as ${ident(name).sql}`);
  const list = raw(columnList(columns));
  const notes = sql`,
    noted as (${noteSql(sql`select distinct customer_id, ${raw(`'${entity.code}'`)}, '-infinity'::date from written`)})`;
  const tells = sql`, case when w.inserted > 0 then pg_notify(${raw(`'${CHANGE_CHANNEL}'`)}, '') end`;
  return sql`with given as materialized (select ${raw(parts.join(', '))} from jsonb_array_elements(${raw('$1')}::jsonb) r),
    elsewhere as materialized (select from given g
      cross join lateral (select customer_id, source, source_key from ${table} t where t.id = g.id offset 0) e
      where e.customer_id <> g.customer_id or (e.source, e.source_key) is distinct from (g.source, g.source_key)),
    written as (
      insert into ${table} (${list}) select ${list} from given where not exists (select from elsewhere)
      on conflict (${raw(primaryKey.join(', '))}) do nothing returning customer_id)${silent ? empty : notes}
    select w.inserted, exists (select from elsewhere) as elsewhere${silent ? empty : tells}
      from (select count(*)::integer as inserted from written) w`;
}

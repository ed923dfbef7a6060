import { type Database, ident } from '#database';
import {
  columnOf,
  DERIVATIONS_VERSION,
  derivations,
  type EntityDefinition,
  fieldOf,
  fieldTypes,
  type Model,
} from '#metadata';

const limits = {
  /** Rows compared in one transaction. */
  batchRows: 5_000,
};

const SETTING = 'derivations';

/** What the model derives from what, and by which functions. */
function shapeOf(model: Model): string {
  const derived = model.entities.flatMap((entity) =>
    entity.fields.flatMap(({ code, derive }) =>
      derive ? [`${entity.code}.${code}=${derive.function}(${derive.from})`] : [],
    ),
  );
  return `${DERIVATIONS_VERSION} ${derived.join(' ')}`;
}

/**
 * Derives anew what an older program or pack derived otherwise or not at all: search terms of names. Only rows that differ are
 * written, and their version stays: nothing that people wrote changes. Runs before anything is served; ended at any moment, it
 * begins anew. Returns the rows written.
 */
export async function deriveExisting(database: Database, model: Model): Promise<number> {
  const shape = JSON.stringify(shapeOf(model));
  const { rowCount } = await database.query('select from setting where key = $1 and value = $2::jsonb', [
    SETTING,
    shape,
  ]);
  if (rowCount > 0) return 0;
  let written = 0;
  for (const entity of model.entities) written += await deriveEntity(database, entity);
  await database.query(
    `insert into setting (key, value) values ($1, $2::jsonb)
      on conflict (key) do update set value = excluded.value, updated_at = now()`,
    [SETTING, shape],
  );
  return written;
}

async function deriveEntity(database: Database, entity: EntityDefinition): Promise<number> {
  const fields = entity.fields.filter((field) => field.derive);
  if (fields.length === 0) return 0;
  const table = ident(entity.code).sql;
  const sources = fields.map((field) => `t.${ident(columnOf(fieldOf(entity, field.derive!.from)!)).sql}`);
  const read = sources.map((source, at) => `${source}::text as f${at}`).join(', ');
  const given = fields.map((_, at) => `$${at + 2}::text[]`).join(', ');
  const names = fields.map((field) => ident(columnOf(field)).sql);
  const values = fields.map((field, at) => `n.v${at}::${fieldTypes[field.type].sql(field)}`);
  const update = `update ${table} t set ${names.map((name, at) => `${name} = ${values[at]}`).join(', ')}
      from unnest($1::bigint[], ${given}) as n(id, ${fields.map((_, at) => `v${at}`).join(', ')})
     where t.id = n.id and (${names.map((name) => `t.${name}`).join(', ')}) is distinct from (${values.join(', ')})`;
  let after = '-9223372036854775808';
  let written = 0;
  for (;;) {
    const done = await database.transaction(
      async (tx) => {
        const { rows } = await tx.query<Record<string, string | null> & { id: string }>(
          `select t.id, ${read} from ${table} t where t.id > $1 order by t.id limit ${limits.batchRows} for update`,
          [after],
        );
        if (rows.length === 0) return true;
        const columns = fields.map((field, at) =>
          rows.map((row) => {
            const value = row[`f${at}`] ?? null;
            return value === null ? null : derivations[field.derive!.function](value);
          }),
        );
        const { rowCount } = await tx.query(update, [rows.map(({ id }) => id), ...columns]);
        written += rowCount;
        after = rows.at(-1)!.id;
        return false;
      },
      { statementTimeoutMs: 0 },
    );
    if (done) return written;
  }
}

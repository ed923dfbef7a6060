import type { Database } from '#database';

/** Drops what only lists need; the plan of the tables makes it again. */
export async function dropListIndexes(db: Database, tables: readonly string[]): Promise<void> {
  const { rows } = await db.query<{ indexname: string }>(
    `select indexname from pg_indexes where schemaname = 'public' and tablename = any($1::text[])
        and indexname not like '%_pkey' and indexname not like '%_by_id'`,
    [tables],
  );
  for (const { indexname } of rows) await db.query(`drop index "${indexname}"`);
}

/** Runs the work while tables have neither keys nor indexes, and makes these again: sorted once they are several times cheaper than row by row. */
export async function withoutIndexes(
  db: Database,
  tables: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const { rows } = await db.query<{ table: string; name: string; key: string | null; made: string }>(
    `select i.indrelid::regclass::text as table, c.relname as name, pg_get_constraintdef(k.oid) as key,
            replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as made
       from pg_index i join pg_class c on c.oid = i.indexrelid left join pg_constraint k on k.conindid = c.oid
      where i.indrelid = any($1::regclass[])`,
    [tables],
  );
  for (const { table, name, key } of rows) {
    await db.query(key === null ? `drop index "${name}"` : `alter table ${table} drop constraint "${name}"`);
  }
  await work();
  for (const { table, name, key, made } of rows) {
    await db.transaction(
      async (tx) => {
        await tx.query("set local maintenance_work_mem = '512MB'");
        await tx.query(key === null ? made : `alter table ${table} add constraint "${name}" ${key}`);
      },
      { statementTimeoutMs: 0 },
    );
  }
}

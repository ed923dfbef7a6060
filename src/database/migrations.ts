import { createHash } from 'node:crypto';
import { Failure } from '#kernel';
import { type Database, sqlState, type Transaction } from './connection.ts';
import { kinds } from './failures.ts';

/** One step of the schema. Once it has run anywhere its text never changes; a later step corrects it. */
export interface Migration {
  /** Unique and stable, for example `jobs.001_queue`. */
  id: string;
  sql: string;
}

/** Serialises migrating programs on one database; any number does, as long as nothing else uses it. */
const lockKey = 7_300_001;

const ledger = `create table if not exists migration (
  id text primary key,
  sha256 text not null,
  applied_at timestamptz not null default now(),
  milliseconds integer not null
)`;

/**
 * Brings the schema to the given list, which must hold every migration of the program, in order. Each runs in a transaction
 * of its own and is recorded with its hash. Several programs may call this at once. Returns the ids applied by this call;
 * throws a Failure when a recorded migration was changed or is unknown here, or when one fails.
 */
export async function applyMigrations(db: Database, migrations: readonly Migration[]): Promise<string[]> {
  const status = await migrationStatus(db, migrations);
  if (status.changed[0]) throw new Failure(kinds.migration_changed, { id: status.changed[0] });
  if (status.unknown[0]) throw new Failure(kinds.migration_unknown, { id: status.unknown[0] });
  const applied: string[] = [];
  for (const migration of migrations) {
    if (!status.pending.includes(migration.id)) continue;
    if (await db.transaction((tx) => applyOne(tx, migration), { statementTimeoutMs: 0 })) applied.push(migration.id);
  }
  return applied;
}

export interface MigrationStatus {
  pending: string[];
  changed: string[];
  unknown: string[];
}

/** Compares the program's list with the database's record; changes nothing. */
export async function migrationStatus(db: Database, migrations: readonly Migration[]): Promise<MigrationStatus> {
  const { rows: found } = await db.query("select to_regclass('migration') as ledger");
  const recorded = new Map<string, string>();
  if (found[0]!.ledger !== null) {
    const { rows } = await db.query<{ id: string; sha256: string }>('select id, sha256 from migration order by id');
    for (const row of rows) recorded.set(row.id, row.sha256);
  }
  const known = new Set(migrations.map((migration) => migration.id));
  if (known.size !== migrations.length) throw new Error('two migrations carry the same id');
  return {
    pending: migrations.filter(({ id }) => !recorded.has(id)).map(({ id }) => id),
    changed: migrations
      .filter((each) => recorded.has(each.id) && recorded.get(each.id) !== hash(each))
      .map((m) => m.id),
    unknown: [...recorded.keys()].filter((id) => !known.has(id)),
  };
}

async function applyOne(tx: Transaction, migration: Migration): Promise<boolean> {
  await tx.query('select pg_advisory_xact_lock($1)', [lockKey]);
  await tx.query(ledger);
  const { rowCount } = await tx.query('select from migration where id = $1', [migration.id]);
  if (rowCount > 0) return false; // another program was faster
  const started = performance.now();
  try {
    await tx.query(migration.sql);
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    const { message, position } = error as { message: string; position?: string };
    const line = migration.sql.slice(0, Number(position ?? 1)).split('\n').length;
    throw new Failure(kinds.migration_failed, { id: migration.id, reason: message, line });
  }
  await tx.query('insert into migration (id, sha256, milliseconds) values ($1, $2, $3)', [
    migration.id,
    hash(migration),
    Math.round(performance.now() - started),
  ]);
  return true;
}

function hash(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex');
}

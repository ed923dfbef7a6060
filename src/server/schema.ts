import * as access from '#access';
import * as audit from '#audit';
import * as customers from '#customers';
import { applyMigrations, type Database, type Migration } from '#database';
import * as disclosure from '#disclosure';
import * as facts from '#facts';
import * as governance from '#governance';
import * as identity from '#identity';
import * as integration from '#integration';
import * as jobs from '#jobs';
import { type Model, migrations as metadataMigrations, planSchema } from '#metadata';
import * as notifications from '#notifications';
import * as outbox from '#outbox';
import * as process from '#process';
import * as records from '#records';
import * as rules from '#rules';
import * as vault from '#vault';

/** Every room's own tables, in the order of the rooms; the packs' entities come after, derived. */
export const migrations: Migration[] = [
  ...jobs.migrations,
  ...vault.migrations,
  ...audit.migrations,
  ...metadataMigrations,
  ...access.migrations,
  ...identity.migrations,
  ...records.migrations,
  ...facts.migrations,
  ...notifications.migrations,
  ...outbox.migrations,
  ...rules.migrations,
  ...process.migrations,
  ...customers.migrations,
  ...governance.migrations,
  ...integration.migrations,
  ...disclosure.migrations,
];

/** Serialises programs that bring the same database's derived tables up to date. */
const SCHEMA_LOCK = 7_300_002;

/**
 * Brings a database to this program: migrations, the entities' tables and keys, what the metrics need, and values that an older
 * program left in clear sealed. The vault must be open. Returns what was done.
 */
export async function migrate(
  database: Database,
  model: Model,
  sealing: records.ResealOptions = {},
): Promise<string[]> {
  const applied = await applyMigrations(database, migrations);
  const derived = await database.transaction(
    async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
      const statements = [
        ...(await planSchema(tx, model)),
        ...(await facts.planMetrics(tx, model)),
        ...(await audit.planRetention(tx, audit.readRetention(model.data('retention')))),
      ];
      for (const statement of statements) await tx.query(statement);
      for (const statement of await identity.planTriggers(tx)) await tx.query(statement);
      await records.ensureFieldKeys(tx, model);
      return statements;
    },
    { statementTimeoutMs: 0 },
  );
  await access.readRoles(database, model);
  await access.secureRows(database, model);
  await rules.renewDefinitions(database, model);
  await rules.adoptTasks(database);
  await records.sealExisting(database, model, sealing);
  await records.deriveExisting(database, model);
  return [...applied, ...derived.map((statement) => statement.split('\n')[0]!.slice(0, 120))];
}

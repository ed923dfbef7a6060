import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Institution, migrations as accessMigrations, defaultInstitution } from '#access';
import { migrations as auditMigrations } from '#audit';
import { applyMigrations, type Database, type TemporaryDatabase, testDatabase } from '#database';
import { migrations as factsMigrations, planMetrics } from '#facts';
import { fixedClock, systemActor } from '#kernel';
import { loadModel, type Model, planSchema, recordId } from '#metadata';
import { writeBulk } from '#records';
import type { DayContext } from './business-day.ts';
import { migrations } from './migrations.ts';

/** The core pack as the program ships it. */
export const corePack = path.resolve(fileURLToPath(import.meta.url), '../../../packs/core');

export interface TestBank {
  database: TemporaryDatabase;
  ctx: DayContext;
  /** Rows of one entity by field code; `key` makes the id, references name the key of the other row. */
  add(entity: string, rows: TestRow[]): Promise<void>;
  id(entity: string, key: string): string;
  rows<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
}

export type TestRow = { key: string } & Record<string, string | null>;

const SOURCE = 'test';

/** A bank without customers on a database of its own. The clock stands at the given instant. */
export async function testBank(institution: Partial<Institution> = {}, now = '2026-12-31T08:00:00Z'): Promise<TestBank> {
  const model = loadModel([corePack]);
  const database = await testDatabase();
  await prepare(database, model);
  const id = (entity: string, key: string) => recordId(entity, SOURCE, key);
  return {
    database,
    ctx: {
      database,
      model,
      clock: fixedClock(now),
      actor: systemActor,
      institution: { ...defaultInstitution, ...institution },
    },
    id,
    add: (entity, rows) => add(database, model, entity, rows),
    rows: async (text, values) => (await database.query(text, values)).rows as never,
  };
}

async function prepare(database: Database, model: Model): Promise<void> {
  await applyMigrations(database, [...auditMigrations, ...accessMigrations, ...factsMigrations, ...migrations]);
  for (const statement of [...(await planSchema(database, model)), ...(await planMetrics(database, model))]) {
    await database.query(statement);
  }
}

async function add(database: Database, model: Model, code: string, rows: TestRow[]): Promise<void> {
  const entity = model.entity(code);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => column !== 'key');
  const references = new Map(entity.fields.flatMap((field) => (field.ref ? [[field.code, field.ref]] : [])));
  const batch = rows.map((row) => [
    recordId(code, SOURCE, row.key),
    row.key,
    ...columns.map((column) => {
      const value = row[column] ?? null;
      const target = references.get(column);
      return target && value !== null ? recordId(target, SOURCE, value) : value;
    }),
  ]);
  await database.transaction((tx) => writeBulk(tx, { entity, columns, source: SOURCE, asOf: '2026-01-01' }, [batch]));
}

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrations as accessMigrations, defaultInstitution, type Institution } from '#access';
import { migrations as auditMigrations } from '#audit';
import { applyMigrations, type Database, testDatabase } from '#database';
import { migrations as factsMigrations, planMetrics } from '#facts';
import { migrations as jobsMigrations } from '#jobs';
import { type BusinessDate, fixedClock, systemActor } from '#kernel';
import {
  loadModel,
  type Model,
  migrations as metadataMigrations,
  planSchema,
  recordId,
  withDefinitions,
} from '#metadata';
import { migrations as notificationsMigrations } from '#notifications';
import { migrations as outboxMigrations } from '#outbox';
import { ensureFieldKeys, migrations as recordsMigrations, writeBulk } from '#records';
import { openTestVault, migrations as vaultMigrations } from '#vault';
import type { DayContext } from './business-day.ts';
import { migrations } from './migrations.ts';

/** The core pack as the program ships it. */
const corePack = path.resolve(fileURLToPath(import.meta.url), '../../../packs/core');

/** A row by field codes; references name the key of the row that they point at. */
export type TestRow = { key: string } & Record<string, string | null>;

export interface TestBank {
  ctx: DayContext;
  /** `asOf`: the date up to which the source speaks, of records; 2026-01-01 unless given. */
  add(entity: string, rows: TestRow[], asOf?: BusinessDate): Promise<void>;
  /** A customer with one current account, both since 2020 unless told otherwise. */
  customer(key: string, more?: Partial<Record<string, string>>): Promise<void>;
  /** Money that moves on a customer's account; the balance is carried by the test bank. */
  move(customer: string, date: BusinessDate, amount: string, kind?: string): Promise<void>;
  id(entity: string, key: string): string;
  rows<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
}

const SOURCE = 'test';

/** A bank without customers, on a database of its own. The clock stands late enough for every date of the tests. */
export async function testBank(institution: Partial<Institution> = {}): Promise<TestBank> {
  const model = loadModel([corePack]);
  openTestVault(() => new Date());
  const database = await testDatabase({
    template: { key: templateKey(model), build: (db) => prepare(db, model) },
  });
  const balances = new Map<string, bigint>();
  let sequence = 0;
  const bank: TestBank = {
    ctx: {
      database,
      model,
      clock: fixedClock('2027-01-01T08:00:00Z'),
      actor: systemActor,
      institution: { ...defaultInstitution, ...institution },
    },
    id: (entity, key) => recordId(entity, SOURCE, key),
    add: (entity, rows, asOf) => add(database, model, entity, rows, asOf),
    async customer(key, more = {}) {
      await bank.add('customer', [{ key, name: key, kind: 'person', since: '2020-01-01', ...more }]);
      await bank.add('account', [
        { key, customer: key, number: key, kind: 'current', currency: 'CNY', opened_on: more.since ?? '2020-01-01' },
      ]);
    },
    async move(customer, date, amount, kind = 'transfer') {
      sequence += 1;
      const [whole, cents = ''] = amount.replace('-', '').split('.');
      const minor = BigInt(whole!) * 100n + BigInt(cents.padEnd(2, '0'));
      const balance = (balances.get(customer) ?? 0n) + (amount.startsWith('-') ? -minor : minor);
      balances.set(customer, balance);
      await bank.add('transaction', [
        {
          key: String(sequence),
          customer,
          business_date: date,
          sequence: String(sequence),
          account: customer,
          direction: amount.startsWith('-') ? 'out' : 'in',
          amount: amount.replace('-', ''),
          balance_after: `${balance < 0n ? '-' : ''}${decimal(balance < 0n ? -balance : balance)}`,
          kind,
        },
      ]);
    },
    rows: async (text, values) => (await database.query(text, values)).rows as never,
  };
  return bank;
}

/** The bank with these rules instead of the packs', and with these tags and segments besides. */
export function withRules(
  bank: TestBank,
  bodies: readonly Record<string, unknown>[],
  tags: readonly Record<string, unknown>[] = [],
  segments: readonly Record<string, unknown>[] = [],
): TestBank {
  const { model } = bank.ctx;
  const own = new Set(bodies.map(({ code }) => code));
  const shipped = model.data('rules').map(({ value }) => String(value.code));
  const rows = [
    ...shipped.filter((code) => !own.has(code)).map((code) => ({ code, body: null })),
    ...bodies.map((body) => ({ code: String(body.code), body })),
  ].map((each) => ({ kind: 'rules' as const, version: 1, ...each }));
  const rowsOf = (kind: 'tags' | 'segments', bodies: readonly Record<string, unknown>[]) =>
    bodies.map((body) => ({ kind, version: 1, code: String(body.code), body }));
  const marks = [...rowsOf('tags', tags), ...rowsOf('segments', segments)];
  return { ...bank, ctx: { ...bank.ctx, model: withDefinitions(model, [...marks, ...rows]) } };
}

/** A rule that makes a task, with what a test leaves out. */
export function testRule(code: string, more: Record<string, unknown>): Record<string, unknown> {
  const text = (zh: string) => ({ zh, en: zh });
  const task = {
    title: text('标题'),
    reason: text('原因'),
    script: text('话术'),
    priority: 'normal',
    due: { workdays: 1, at: '17:00' },
  };
  // biome-ignore lint/suspicious/noThenProperty: a rule reads when, if, then; it is never awaited
  return { code, label: text(code), when: 'day', if: 'true', then: [{ task }], ...more };
}

const decimal = (minor: bigint) => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;

const allMigrations = [
  ...jobsMigrations,
  ...vaultMigrations,
  ...auditMigrations,
  ...metadataMigrations,
  ...accessMigrations,
  ...recordsMigrations,
  ...factsMigrations,
  ...notificationsMigrations,
  ...outboxMigrations,
  ...migrations,
];

function templateKey(model: Model): string {
  return JSON.stringify(['rules', allMigrations, model.entities, model.data('metrics').map(({ value }) => value)]);
}

async function prepare(database: Database, model: Model): Promise<void> {
  await applyMigrations(database, allMigrations);
  for (const statement of [...(await planSchema(database, model)), ...(await planMetrics(database, model))]) {
    await database.query(statement);
  }
  await database.transaction((tx) => ensureFieldKeys(tx, model));
}

async function add(
  database: Database,
  model: Model,
  code: string,
  rows: TestRow[],
  asOf = '2026-01-01',
): Promise<void> {
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
  await database.transaction((tx) => writeBulk(tx, { entity, columns, source: SOURCE, asOf }, [batch]));
}

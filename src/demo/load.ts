import { readInstitution } from '#access';
import { record } from '#audit';
import { allOf, type Database, heldLock, ident, type Queryable, sql, type Transaction } from '#database';
import { rebuildAumHistory, workCalendar } from '#facts';
import { hashPassword, setPassword } from '#identity';
import { addDays, type BusinessDate, type Clock, Failure, systemActor, type Text } from '#kernel';
import type { Model } from '#metadata';
import { recountResults } from '#process';
import { ensurePartitions, writeBulk } from '#records';
import { runBusinessDays } from '#rules';
import { kinds } from './failures.ts';
import { type DemoOptions, type DemoPart, type DemoSlab, generateDemo } from './generate.ts';
import { bankName } from './institution.ts';
import { BLOCK_SIZE } from './population.ts';
import { CURRENCY, type DemoEntity } from './tables.ts';
import { workOff } from './work-off.ts';

export interface DemoContext {
  /** Migrated. */
  database: Database;
  model: Model;
  clock: Clock;
}

export interface DemoLoadOptions extends DemoOptions {
  /** Calendar days up to `until` that are run as business days; the assets of the time before are reckoned at once. */
  days: number;
  /** Throw a demo bank that is there away first. */
  replace?: boolean;
}

/** `rows`: customers of `total`; `history`: one; `days`: business days of `total`. */
export type DemoProgress = (step: 'rows' | 'history' | 'days', done: number, total: number) => void;

export interface DemoReport {
  bank: Text;
  seed: number;
  until: BusinessDate;
  /** Rows written by entity. */
  rows: Partial<Record<DemoEntity, number>>;
  /** Users who can sign in with `demoPassword`. */
  users: number;
  /** Tasks that rules made on the business days run, and how many of them the managers have done since. */
  tasks: { made: number; done: number };
  milliseconds: number;
}

/** Of every user of the demo bank; the login page of a demo installation shows it. */
export const demoPassword = 'tongguan-demo';

const ZONE = 'Asia/Shanghai';
const CALENDAR = 'cn';
const DAYS_MAX = 366;
/** PostgreSQL's own is 100: it reads three hundred times as many rows of each table. */
const STATISTICS_TARGET = 8;

/**
 * Fills the database with a demo bank, gives its employees their password and runs its last business days. A bank of one slab
 * (see `generateDemo`) is written in one transaction, a larger one slab by slab. Throws a Failure when the database holds other
 * customers, or a demo bank and `replace` is not given, or when another program is at it.
 */
export async function loadDemo(
  ctx: DemoContext,
  options: DemoLoadOptions,
  progress: DemoProgress = () => {},
): Promise<DemoReport> {
  return await ctx.database.transaction(
    async (tx) => {
      // It only holds the lock, for as long as the work takes.
      await tx.query('set local idle_in_transaction_session_timeout = 0');
      const { rows } = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [DEMO_LOCK]);
      if (!rows[0]!.free) throw new Failure(kinds.demo_underway);
      return await load(ctx, options, progress);
    },
    { statementTimeoutMs: 0 },
  );
}

/** One at a time per database; any number does, as long as nothing else uses it. */
const DEMO_LOCK = 7_300_041;

/** A demo bank whose making was cut off. */
export interface UnfinishedDemo {
  /** What was asked for. */
  options: Required<Pick<DemoLoadOptions, 'customers' | 'seed' | 'facts'>>;
  /** Somebody has signed in or loaded something since, and may have left what is worth keeping. */
  used: boolean;
}

/** Null where there is none, or where it is being made right now. */
export async function unfinishedDemo(db: Queryable): Promise<UnfinishedDemo | null> {
  const { rows } = await db.query<UnfinishedDemo>(
    sql`select json_build_object('customers', value -> 'customers', 'seed', value -> 'seed', 'facts', value -> 'facts') as options,
            exists (select from audit_event where actor_id is not null) or exists (select from load_run) as used
       from setting where key = 'demo' and not (value ->> 'finished')::boolean and not ${heldLock(DEMO_LOCK)}`,
  );
  return rows[0] ?? null;
}

async function load(ctx: DemoContext, options: DemoLoadOptions, progress: DemoProgress): Promise<DemoReport> {
  const started = performance.now();
  const { database, model, clock } = ctx;
  if (!Number.isInteger(options.days) || options.days < 0 || options.days > DAYS_MAX) {
    throw new Failure(kinds.invalid_days, { value: options.days, max: DAYS_MAX }, 'days');
  }
  const data = generateDemo(options, workCalendar(model, CALENDAR));
  const hash = await hashPassword(demoPassword);
  const rows: DemoReport['rows'] = {};
  const write = async (tx: Transaction, part: DemoPart, chunks = part.chunks) => {
    const { entity, source, columns } = part;
    const target = { entity: model.entity(entity), source, columns, asOf: options.until };
    const { inserted } = await writeBulk(tx, target, chunks);
    rows[entity] = (rows[entity] ?? 0) + inserted;
  };
  const writeAll = async (tx: Transaction, parts: readonly DemoPart[]) => {
    for (const part of parts) await write(tx, part);
  };
  const patiently = { statementTimeoutMs: 0 };
  /** In two transactions side by side, or one after the other where both are the same. */
  const fill = async (slab: DemoSlab, tx: Transaction, beside: Transaction) => {
    const both = async (work: () => Promise<void>, besides: () => Promise<void>) => {
      if (tx === beside) await work().then(besides);
      else await allOf([work(), besides()]);
    };
    const rest: DemoPart[] = [];
    for (const part of slab.parts) {
      if (part.entity !== 'transaction') rest.push(part);
      else {
        const shared = counted(part.chunks, slab, options, progress);
        await both(
          () => write(tx, part, drawn(shared)),
          () => write(beside, part, drawn(shared)),
        );
      }
    }
    const isFact = ({ entity }: DemoPart) => model.entity(entity).storage === 'fact';
    const records = rest.filter((part) => !isFact(part));
    await both(
      () => writeAll(tx, records),
      () => writeAll(beside, rest.filter(isFact)),
    );
  };
  await isFilled(database, options.replace === true); // what is refused leaves no partitions behind
  // Asked for, and made, beforehand: whoever has looked at these tables holds up the partitions that the other transaction makes.
  const left = await factsLeft(database, model);
  await ensurePartitions(database, model.entity('transaction'), data.months);
  for (const slab of data.slabs()) {
    await database.transaction(async (tx) => {
      let cleared = false;
      if (slab.from === 0) {
        cleared = await makeRoom(tx, model, { replace: options.replace === true, left });
        await openInstitution(tx, options);
        await writeAll(tx, data.reference);
        for (const { id, username } of data.institution.employees) {
          await setPassword(tx, { userId: id, username, password: demoPassword, hash, clock });
        }
      }
      // What was thrown away is locked until this transaction ends.
      if (cleared) await fill(slab, tx, tx);
      else await database.transaction((beside) => fill(slab, tx, beside), patiently);
      const detail = { demo: { seed: options.seed, from: slab.from, to: slab.to } };
      await record(tx, { at: clock(), actor: systemActor, action: 'load', detail });
    }, patiently);
  }
  await drawStatistics(database);
  const tasks = await runHistory(ctx, options, progress);
  await database.query(`update setting set value = value || '{"finished": true}' where key = 'demo'`);
  return {
    bank: bankName,
    seed: options.seed,
    until: options.until,
    rows,
    users: data.institution.employees.length,
    tasks,
    milliseconds: Math.round(performance.now() - started),
  };
}

/** What is left of a source that several draw from. */
function* drawn<T>(source: Iterator<T>): Generator<T> {
  for (let next = source.next(); !next.done; next = source.next()) yield next.value;
}

/**
 * Of the movements and of all else side by side. A rough picture of a hundred partitions is enough for the days that follow; the server draws
 * a finer one in the background.
 */
async function drawStatistics(database: Database): Promise<void> {
  const { rows } = await database.query<{ movements: string; others: string }>(
    `select string_agg(name, ', ') filter (where name = 'transaction') as movements, string_agg(name, ', ') filter (where name <> 'transaction') as others
       from (select quote_ident(relname) as name from pg_class
              where relkind in ('r', 'p') and not relispartition and relnamespace = current_schema()::regnamespace) tables`,
  );
  const draw = (tables: string) =>
    database.transaction(
      async (tx) => {
        await tx.query(`set local default_statistics_target = ${STATISTICS_TARGET}`);
        await tx.query(`analyze ${tables}`);
      },
      { statementTimeoutMs: 0 },
    );
  await Promise.all(Object.values(rows[0]!).map(draw));
}

/** Tells how many customers have passed: the transactions come block by block. */
function* counted<T>(
  blocks: Iterable<T>,
  { from, to }: { from: number; to: number },
  { customers }: DemoOptions,
  progress: DemoProgress,
): Generator<T> {
  let done = from;
  for (const block of blocks) {
    yield block;
    done = Math.min(to, done + BLOCK_SIZE);
    progress('rows', done, customers);
  }
}

/** What the business days and sign-ins of a bank leave behind, besides the rows of the entities. */
const TRACES = [
  'account_balance',
  'aum_daily',
  'customer_aum',
  'holding_value',
  'counted_position',
  'aum_due',
  'aum_rate',
  'aum_move',
  'aum_unit',
  'aum_unit_day',
  'customer_change',
  'customer_posted',
  'batch_undo',
  'customer_history',
  'customer_metric',
  'customer_tag',
  'customer_segment',
  'segment_size',
  'membership_change',
  'tier_change',
  'business_day',
  'rule_watch',
  'rule_baseline',
  'rule_record',
  'rule_run',
  'rule_waiting',
  'rule_reckoning',
  'task_escalation',
  'notification',
  'outbox',
  'credential',
  'session',
];

/** Refuses a database in use; with `replace` throws a demo bank away. The audit trail stays. Returns whether anything was thrown away. */
async function makeRoom(
  tx: Transaction,
  model: Model,
  { replace, left }: { replace: boolean; left: boolean },
): Promise<boolean> {
  if (!(await isFilled(tx, replace))) {
    if (left) await tx.query(`truncate ${factTables(model).join(', ')}`);
    return left;
  }
  const tables = [...model.entities.map(({ code }) => code), ...TRACES].map((name) => ident(name).sql);
  await tx.query(`truncate ${tables.join(', ')}`);
  await tx.query('update facts_state set as_of = null, definitions = null, accumulators = null');
  await tx.query('update aum_state set starts_on = null, noted = false');
  await tx.query('update change_watermark set as_of = null');
  return true;
}

/** Throws a Failure for a database in use. */
async function isFilled(db: Queryable, replace: boolean): Promise<boolean> {
  const { rows } = await db.query<{ filled: boolean; demo: boolean }>(
    `select exists (select from customer) or exists (select from "user") as filled,
            coalesce((select (value ->> 'demo')::boolean from setting where key = 'institution'), false) as demo`,
  );
  const { filled, demo } = rows[0]!;
  if (filled && !demo) throw new Failure(kinds.not_empty);
  if (filled && !replace) throw new Failure(kinds.demo_there);
  return filled;
}

const factTables = (model: Model): string[] =>
  model.entities.filter(({ storage }) => storage === 'fact').map(({ code }) => ident(code).sql);

/** Facts are committed a moment before the customers they belong to; a start that was killed between the two leaves them alone. */
async function factsLeft(database: Database, model: Model): Promise<boolean> {
  const { rows } = await database.query<{ left: boolean }>(
    `select ${factTables(model)
      .map((table) => `exists (select from ${table})`)
      .join(' or ')} as left`,
  );
  return rows[0]!.left;
}

async function openInstitution(tx: Transaction, options: DemoOptions): Promise<void> {
  const settings = {
    institution: { name: bankName, zone: ZONE, currency: CURRENCY, calendar: CALENDAR, demo: true },
    demo: {
      seed: options.seed,
      customers: options.customers,
      until: options.until,
      facts: options.facts,
      finished: false,
    },
  };
  for (const [key, value] of Object.entries(settings)) {
    await tx.query(
      `insert into setting (key, value) values ($1, $2)
       on conflict (key) do update set value = excluded.value, updated_at = now()`,
      [key, JSON.stringify(value)],
    );
  }
}

/** The curve of assets from the first day of the history, the last business days, and what the managers did on them. */
async function runHistory(
  { database, model, clock }: DemoContext,
  { seed, until, days }: DemoLoadOptions,
  progress: DemoProgress,
): Promise<DemoReport['tasks']> {
  const institution = await readInstitution(database);
  const first = addDays(until, 1 - days);
  progress('history', 0, 1);
  await rebuildAumHistory(database, model, institution, addDays(first, -1));
  progress('history', 1, 1);
  if (days === 0) return { made: 0, done: 0 };
  const ctx = { database, model, clock, institution, actor: systemActor };
  const results = await runBusinessDays(ctx, first, until, {
    onTime: true,
    done: (_, position) => progress('days', position.done, position.total),
  });
  const world = { seed, until, zone: institution.zone, calendar: workCalendar(model, CALENDAR) };
  const done = await database.transaction(
    async (tx) => {
      const count = await workOff(tx, model, world);
      await recountResults(tx);
      return count;
    },
    { statementTimeoutMs: 0 },
  );
  return { made: results.reduce((sum, { counts }) => sum + counts.tasks, 0), done };
}

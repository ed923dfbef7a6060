import pg from 'pg';
import { Failure } from '#kernel';
import { type Conversation, converse } from './conversation.ts';
import { kinds, requiredVersion } from './failures.ts';
import { keepingPlans, type Prologue } from './prologue.ts';
import type { Statement } from './sql.ts';
import { sendTogether, type Wired, wired } from './together.ts';
import { valueTypes } from './values.ts';

export interface Result<Row> {
  rows: Row[];
  /** Rows returned or changed. */
  rowCount: number;
}

/**
 * The answers of what was asked for side by side (`Promise.all` of the same), once all is over: nothing goes on behind the back of who hears of a
 * failure.
 */
export async function allOf<T extends readonly unknown[] | []>(
  asked: T,
): Promise<{ -readonly [Place in keyof T]: Awaited<T[Place]> }> {
  await Promise.allSettled(asked);
  return await Promise.all(asked);
}

/** Anything that runs a statement: the database itself (each statement alone) or one transaction. */
export interface Queryable {
  /** Rows arrive with exact values as text: bigint, numeric, date ('YYYY-MM-DD') and timestamptz (ISO 8601, UTC). */
  query<Row = Record<string, unknown>>(statement: Statement, values?: readonly unknown[]): Promise<Result<Row>>;
}

/**
 * One open transaction; usable only until the function that received it returns. Statements that are asked for side by side (`allOf`)
 * run in the order of asking and travel in one network write; once one fails, those behind it fail with its error.
 */
export interface Transaction extends Queryable {
  readonly transaction: true;
}

export interface TransactionOptions {
  isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readOnly?: boolean;
  /**
   * How often the function is tried when PostgreSQL ends it for a serialization failure or a deadlock; 1 by default. Above
   * 1 the function must be repeatable: no effects outside the database.
   */
  attemptsMax?: number;
  /** Overrides the pool's limit for every statement inside; 0 lifts it. */
  statementTimeoutMs?: number;
}

export interface Database extends Queryable {
  transaction<T>(run: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** The same database with a prologue before every statement, and at the start of every transaction. */
  after(prologue: Prologue): Database;
  /** Connections of the pool at this moment. */
  readonly pool: { readonly total: number; readonly idle: number; readonly waiting: number };
  /** Major version of the server, for example 18. */
  readonly serverVersion: number;
  /** Waits for running statements and ends every connection; a second call does nothing. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Default 10. */
  maxConnections?: number;
  /** Shown in `pg_stat_activity`. */
  applicationName?: string;
  /** Ends a statement that runs longer; default 10 minutes, 0 for none. */
  statementTimeoutMs?: number;
  /** Database role that every connection takes on; the role that signs in must be a member of it. */
  role?: string;
}

const limits = {
  connectTimeoutMs: 30_000,
  idleConnectionMs: 30_000,
  statementTimeoutMs: 600_000,
  idleInTransactionMs: 600_000,
  retryPauseMs: 20,
};

/** SQLSTATE classes after which the same transaction may well succeed: serialization failure, deadlock. */
const repeatable = new Set(['40001', '40P01']);

const clients = new WeakMap<Queryable, { client: pg.ClientBase; conversation: Conversation }>();
const urls = new WeakMap<Database, string>();

/** The driver's connection under a transaction, with nothing under way, for the other files of this room. */
export async function clientOf(tx: Transaction): Promise<pg.ClientBase> {
  const { client, conversation } = openOf(tx);
  await conversation.settle();
  return client;
}

function openOf(tx: Transaction) {
  const open = clients.get(tx);
  if (!open) throw new Error('the transaction is over');
  return open;
}

export function urlOf(db: Database): string {
  return urls.get(db)!;
}

/** Everything a connection of ours is set to, whoever opens it. */
export function connectionConfig(url: string, options: DatabaseOptions): pg.ClientConfig {
  const session = {
    timezone: 'UTC',
    datestyle: 'ISO',
    jit: 'off', // compiling costs more than the short statements of a CRM take
    ...(options.role ? { role: options.role } : {}),
  };
  return {
    ...parseUrl(url),
    application_name: options.applicationName ?? 'tongguan',
    statement_timeout: options.statementTimeoutMs ?? limits.statementTimeoutMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    keepAlive: true,
    types: valueTypes,
    options: Object.entries(session)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  };
}

function parseUrl(url: string): pg.ClientConfig {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) throw new Failure(kinds.invalid_url);
  return { connectionString: url };
}

/**
 * Opens a pool on a PostgreSQL ≥ 15 and checks that it answers. Throws a Failure that names the remedy when it is
 * unreachable, refuses the sign-in or is too old.
 */
export async function openDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  const pool = new pg.Pool({
    ...connectionConfig(url, options),
    max: options.maxConnections ?? 10,
    idleTimeoutMillis: limits.idleConnectionMs,
  });
  // An idle connection cut by the server must not end the process: the pool replaces it, the next statement tells.
  pool.on('error', () => {});
  let version: number;
  try {
    version = await serverVersion(pool);
    if (version < requiredVersion) throw new Failure(kinds.too_old, { version, required: requiredVersion });
  } catch (error) {
    await pool.end();
    throw explain(error, url);
  }
  let closing: Promise<void> | undefined;
  const acting = (prologue?: Prologue): Database => ({
    ...shared,
    query: (statement, values) => run(pool, statement, values, prologue),
    transaction: (body, transactionOptions) => transaction(pool, body, transactionOptions ?? {}, prologue),
    after: acting,
  });
  const shared = {
    pool: {
      get total() {
        return pool.totalCount;
      },
      get idle() {
        return pool.idleCount;
      },
      get waiting() {
        return pool.waitingCount;
      },
    },
    serverVersion: version,
    close() {
      closing ??= pool.end();
      return closing;
    },
  };
  const db = acting();
  urls.set(db, url);
  return db;
}

/** Another pool on the database that a pool was opened on. */
export function openBeside(db: Database, options: DatabaseOptions): Promise<Database> {
  return openDatabase(urlOf(db), options);
}

async function serverVersion(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ version: string }>("select current_setting('server_version_num') as version");
  return Math.floor(Number(rows[0]!.version) / 10_000);
}

async function run<Row>(
  pool: pg.Pool,
  statement: Statement,
  values?: readonly unknown[],
  prologue?: Prologue,
): Promise<Result<Row>> {
  const isPrepared = typeof statement !== 'string' && 'name' in statement;
  if (isPrepared || prologue) {
    const text = typeof statement === 'string' ? statement : statement.text;
    const own = values ?? (typeof statement === 'string' ? [] : statement.values);
    const before = prologue && (isPrepared ? keepingPlans(prologue) : prologue);
    const answers = await sendTogether(pool, [
      ...(before ? [wired(before.name, before.text, before.values)] : []),
      wired(isPrepared ? statement.name : '', text, own),
    ]);
    return answers.at(-1) as unknown as Result<Row>;
  }
  const result =
    typeof statement === 'string'
      ? await pool.query(statement, values as unknown[] | undefined)
      : await pool.query({ text: statement.text, values: values ? [...values] : statement.values });
  // A text with several statements answers with several results; the last one counts.
  const last = Array.isArray(result) ? result.at(-1) : result;
  return { rows: last.rows as Row[], rowCount: last.rowCount ?? 0 };
}

async function transaction<T>(
  pool: pg.Pool,
  body: (tx: Transaction) => Promise<T>,
  options: TransactionOptions,
  prologue?: Prologue,
): Promise<T> {
  const attemptsMax = options.attemptsMax ?? 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptTransaction(pool, body, options, prologue);
    } catch (error) {
      if (attempt >= attemptsMax || !repeatable.has(sqlState(error) ?? '')) throw error;
      await new Promise((done) => setTimeout(done, limits.retryPauseMs * 2 ** attempt * Math.random()));
    }
  }
}

async function attemptTransaction<T>(
  pool: pg.Pool,
  body: (tx: Transaction) => Promise<T>,
  options: TransactionOptions,
  prologue?: Prologue,
): Promise<T> {
  const client = await pool.connect();
  // While borrowed, a client whose connection breaks emits 'error' besides failing its statement.
  const ignore = () => {};
  client.on('error', ignore);
  const conversation = converse(client, opening(options, prologue));
  const tx: Transaction = {
    transaction: true,
    query: (statement, values) => openOf(tx).conversation.query(statement, values),
  };
  clients.set(tx, { client, conversation });
  let broken = false;
  try {
    const value = await body(tx);
    const did = await conversation.commit();
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error: a swallowed failure must not pass.
    if (did !== 'COMMIT') throw new Error('the transaction was rolled back: a failed statement inside was ignored');
    return value;
  } catch (error) {
    if (await conversation.close()) {
      await client.query('rollback').catch(() => {
        broken = true;
      });
    }
    throw error;
  } finally {
    clients.delete(tx);
    client.off('error', ignore);
    client.release(broken);
  }
}

/** What goes before the first statement of a transaction. */
function opening(options: TransactionOptions, prologue?: Prologue): Wired[] {
  let begin = 'begin';
  if (options.isolation) begin += ` isolation level ${options.isolation}`;
  if (options.readOnly) begin += ' read only';
  const texts = [begin];
  if (options.statementTimeoutMs !== undefined) {
    texts.push(`set local statement_timeout = ${Math.trunc(options.statementTimeoutMs)}`);
  }
  const sent = texts.map((text, index) => wired(index === 0 ? text : '', text, []));
  return prologue ? [...sent, wired(prologue.name, prologue.text, prologue.values)] : sent;
}

/** The SQLSTATE of a PostgreSQL error, for example '23505' for a duplicate key; undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** The same address without the password, fit for a message. */
export function publicAddress(url: string): string {
  if (!URL.canParse(url)) return 'DATABASE_URL';
  const parsed = new URL(url);
  return `${parsed.hostname}:${parsed.port || 5432}${parsed.pathname}`;
}

function explain(error: unknown, url: string): unknown {
  if (error instanceof Failure) return error;
  const reason = error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error);
  const state = sqlState(error);
  // Class 28: authorisation; 3D000: no such database. Everything else at this point is a matter of reaching it.
  const refused = state?.startsWith('28') || state === '3D000';
  return new Failure(refused ? kinds.refused : kinds.unreachable, { address: publicAddress(url), reason });
}

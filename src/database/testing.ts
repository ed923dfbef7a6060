import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Database, openDatabase } from './connection.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { isRunning, markOf } from './processes.ts';
import { ident } from './sql.ts';

/** A database filled once and then copied, which is far quicker than filling every copy. */
export interface TestTemplate {
  /** Stands for everything that decides the content: hash the migrations and the data into it. */
  key: string;
  build(db: Database, url: string): Promise<void>;
}

export interface TemporaryDatabase extends Database {
  url: string;
}

export interface TemporaryOptions {
  template?: TestTemplate;
  /** Default 5. */
  maxConnections?: number;
}

const limits = { templateAgeMs: 86_400_000 };

/** Serialises the making of templates and the sweeping of leftovers on one server. */
const lockKey = 7_300_003;

/** The home folder of the server that tests share: crash safety off, kept between runs for its templates. */
export const testHome = path.resolve(fileURLToPath(import.meta.url), '../../../node_modules/.cache/test-database');

/**
 * A fresh database for one test file or test, dropped when that ends. On the server named by TEST_DATABASE_URL, else on a
 * server of our own, which the last test process using it stops.
 */
export async function testDatabase(options: TemporaryOptions = {}): Promise<TemporaryDatabase> {
  const { after } = await import('node:test');
  const given = process.env.TEST_DATABASE_URL;
  const server: Pick<Embedded, 'url' | 'stop'> = given
    ? { url: given, stop: async () => {} }
    : await startEmbedded(testHome, { durable: false, maxConnections: 200 });
  try {
    const db = await temporaryDatabase(server.url, options);
    after(async () => {
      await db.close();
      await server.stop();
    });
    return db;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

let serial = 0;

/** A fresh database on the given server; closing it drops it. Leftovers of killed programs are dropped on the way. */
export async function temporaryDatabase(serverUrl: string, options: TemporaryOptions = {}): Promise<TemporaryDatabase> {
  const { pid, started } = markOf(process.pid);
  serial += 1;
  const name = `temporary_${pid}_${started}_${serial}`;
  await administer(serverUrl, async (server) => {
    if (serial === 1) await locked(server, () => sweep(server, serverUrl));
    const template = options.template && (await makeTemplate(server, serverUrl, options.template));
    await server.query(`create database ${ident(name).text}${template ? ` template ${ident(template).text}` : ''}`);
  });
  const url = withDatabase(serverUrl, name);
  const db = await openDatabase(url, { maxConnections: options.maxConnections ?? 5, applicationName: name });
  let closing: Promise<void> | undefined;
  const disconnect = db.close;
  const close = async () => {
    await disconnect();
    await administer(serverUrl, (server) => drop(server, name));
  };
  return Object.assign(db, {
    url,
    close() {
      closing ??= close();
      return closing;
    },
  } satisfies Partial<TemporaryDatabase>);
}

async function makeTemplate(server: pg.Client, serverUrl: string, template: TestTemplate): Promise<string> {
  const name = `template_${createHash('sha256').update(template.key).digest('hex').slice(0, 24)}`;
  if (await databaseExists(server, name)) return name;
  return await locked(server, async () => {
    if (await databaseExists(server, name)) return name;
    const making = `${name}_making`;
    await drop(server, making);
    await server.query(`create database ${ident(making).text}`);
    const url = withDatabase(serverUrl, making);
    const db = await openDatabase(url, { applicationName: making });
    try {
      await template.build(db, url);
    } finally {
      await db.close();
    }
    await server.query(`alter database ${ident(making).text} rename to ${ident(name).text}`);
    await server.query(`comment on database ${ident(name).text} is '${new Date().toISOString()}'`);
    return name;
  });
}

async function sweep(server: pg.Client, serverUrl: string): Promise<void> {
  const { rows } = await server.query<{ name: string; made: string | null }>(
    `select datname as name, shobj_description(oid, 'pg_database') as made from pg_database
     where datname like 'temporary\\_%' or datname like 'template\\_%'`,
  );
  const local = ['127.0.0.1', 'localhost'].includes(new URL(serverUrl).hostname); // elsewhere the pids mean nothing
  for (const { name, made } of rows) {
    const [kind, pid, started] = name.split('_');
    const dead = kind === 'temporary' && local && !isRunning({ pid: Number(pid), started: started ?? '' });
    const old = kind === 'template' && made !== null && Date.now() - Date.parse(made) > limits.templateAgeMs;
    if (dead || old) await drop(server, name);
  }
}

async function databaseExists(server: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await server.query('select from pg_database where datname = $1', [name]);
  return rowCount === 1;
}

async function drop(server: pg.Client, name: string): Promise<void> {
  await server.query(`drop database if exists ${ident(name).text} with (force)`);
}

async function locked<T>(server: pg.Client, body: () => Promise<T>): Promise<T> {
  await server.query('select pg_advisory_lock($1)', [lockKey]);
  try {
    return await body();
  } finally {
    await server.query('select pg_advisory_unlock($1)', [lockKey]);
  }
}

async function administer<T>(serverUrl: string, body: (server: pg.Client) => Promise<T>): Promise<T> {
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  try {
    return await body(server);
  } finally {
    await server.end();
  }
}

function withDatabase(url: string, name: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${name}`;
  return parsed.href;
}

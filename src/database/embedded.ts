import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { Failure } from '#kernel';
import { executable, findPlace, type Place } from './embedded-place.ts';
import { kinds } from './failures.ts';
import { exists, isRunning, markOf, runsProgram } from './processes.ts';
import { ident } from './sql.ts';

export interface EmbeddedOptions {
  /** False gives up crash safety for speed: for tests and throw-away work only. Default true. */
  durable?: boolean;
  /** Default 80. */
  maxConnections?: number;
  /** The database to make and name in the address; default `tongguan`. */
  database?: string;
  /** Starts the server again, on the same port, when it dies while this program uses it. Default false. */
  keepRunning?: boolean;
}

export interface Embedded {
  /** Address with password: keep it out of logs. */
  url: string;
  port: number;
  /** Process id of the server; another one after it had to be started again. */
  readonly pid: number;
  /** Holds the data and `postgres.log`; not always inside the home folder (see the README). */
  folder: string;
  /** True when the server was already running. */
  adopted: boolean;
  /** Lets go of the server; whoever lets go last stops it. A second call does nothing. */
  stop(): Promise<void>;
}

const limits = {
  /** Recovery after a crash replays up to max_wal_size, which may take minutes on a slow disk. */
  readyTimeoutMs: 300_000,
  stopTimeoutMs: 60_000,
  watchMs: 500,
  pollMs: 20,
  /** How long to look again after troubles that end by themselves. */
  passingTroubleMs: 60_000,
  /** A quarter of the memory, as PostgreSQL's manual advises: pages that fall out of it are read and copied again by every look at a customer. */
  sharedBuffersMbMax: 8192,
  /** Servers for tests and throw-away work run beside each other. */
  throwAwayBuffersMb: 256,
  /** Log kept between two checkpoints: after each, the first change of every page logs the whole page. At most a tenth of what is free on the disk. */
  logMbMin: 1024,
  logMbMax: 8192,
  /** macOS has room for 104 bytes with the closing zero, Linux for 108. */
  socketPathBytesMax: 100,
  logBytesMax: 50_000_000,
  logLinesShown: 6,
};

/**
 * Troubles that end by themselves: a port taken between choosing and using it, another program that starts or stops the same
 * cluster, children of a killed server that have not yet noticed.
 */
const passing =
  /in use|could not bind|lock file|shutting down|starting up|not yet accepting|ECONNREFUSED|ECONNRESET|terminated/;

const superuser = 'tongguan';

/**
 * Starts the PostgreSQL that comes with the program, with its data below `home`, or joins the one already running there:
 * after a second start, or after a start that was killed and left its server behind. Stale lock files, half-made clusters,
 * taken ports and crash recovery are dealt with here. Throws a Failure that names the remedy.
 */
export async function startEmbedded(home: string, options: EmbeddedOptions = {}): Promise<Embedded> {
  const place = findPlace(home);
  const password = readPassword(place);
  await createCluster(place, options);
  const leave = register(place);
  try {
    const database = options.database ?? 'tongguan';
    const address = ({ port, sockets }: Server, name: string) =>
      `postgres://${superuser}:${password}@127.0.0.1:${port}/${name}${sockets && `?host=${encodeURIComponent(sockets)}`}`;
    const tryOut = (server: Server) => ensureDatabase(address(server, 'postgres'), database);
    const first = await runOrJoin(place, options, tryOut);
    let server = first;
    let restarting: Promise<void> | undefined;
    const watch = () => {
      if (restarting || runsProgram(server.pid, 'postgres')) return;
      restarting = runOrJoin(place, options, tryOut, first.port)
        .then((next) => {
          server = next;
        })
        .catch(() => {}) // the log has the reason; the next look tries again
        .finally(() => {
          restarting = undefined;
        });
    };
    const watching = options.keepRunning ? setInterval(watch, limits.watchMs).unref() : undefined;
    const stop = async () => {
      clearInterval(watching);
      await restarting;
      if (leave()) await stopServer(place);
    };
    let stopping: Promise<void> | undefined;
    return {
      url: address(first, database),
      port: first.port,
      get pid() {
        return server.pid;
      },
      folder: place.folder,
      adopted: first.adopted,
      stop() {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    if (leave()) await stopServer(place);
    throw error;
  }
}

interface Server {
  pid: number;
  port: number;
  /** Folder of the Unix socket; empty when there is none. */
  sockets: string;
  adopted: boolean;
}

async function runOrJoin(
  place: Place,
  options: EmbeddedOptions,
  tryOut: (server: Server) => Promise<void>,
  port?: number,
): Promise<Server> {
  for (const deadline = Date.now() + limits.passingTroubleMs; ; ) {
    try {
      const server = (await join(place)) ?? (await start(place, options, port));
      await tryOut(server);
      return server;
    } catch (error) {
      const reason = error instanceof Failure ? error.text('en') : (error as Error).message;
      if (!passing.test(reason) || Date.now() > deadline) {
        throw new Failure(kinds.start_failed, { reason, log: logFile(place) });
      }
      await pause();
    }
  }
}

/** The server that already runs on this folder, once it takes connections; undefined when there is none. */
async function join(place: Place): Promise<Server | undefined> {
  for (const deadline = Date.now() + limits.readyTimeoutMs; Date.now() < deadline; ) {
    const server = runningServer(place);
    if (!server) return undefined;
    if (server.status === 'ready') return { ...server, adopted: true };
    await pause(); // starting, or stopping on behalf of another program
  }
  throw new Error(`the running server was not ready after ${limits.readyTimeoutMs} ms`);
}

/** Reads `postmaster.pid`: line 1 process id, 4 port, 5 sockets, 8 status. Clears it when its process is no PostgreSQL. */
function runningServer(place: Place): (Omit<Server, 'adopted'> & { status: string }) | undefined {
  const file = path.join(place.folder, 'pg', 'postmaster.pid');
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const content = read();
  if (content === '') return undefined;
  const lines = content.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (runsProgram(pid, 'postgres'))
    return { pid, port: Number(lines[3]), sockets: lines[4] ?? '', status: lines[7] ?? '' };
  // PostgreSQL itself clears the file of a dead process, but not one whose number now belongs to another program.
  if (exists(pid) && read() === content) rmSync(file, { force: true });
  return undefined;
}

/** Starts the server; throws with the end of its log when it does not come up. */
async function start(place: Place, options: EmbeddedOptions, wantedPort?: number): Promise<Server> {
  const port = wantedPort ?? (await freePort());
  const sockets = socketFolder(place);
  removeStaleSockets(place);
  const log = logFile(place);
  if (existsSync(log) && statSync(log).size > limits.logBytesMax) renameSync(log, `${log}.1`);
  const output = openSync(log, 'a', 0o600);
  handOver(place, log);
  // Detached: Ctrl-C in the terminal would otherwise reach the server before the program has let go of it.
  const child = spawn(
    executable(place, 'postgres'),
    ['-D', path.join(place.folder, 'pg'), ...settings(place, port, sockets, options)],
    {
      ...place.user,
      env: serverEnvironment(),
      cwd: place.folder,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output, output],
    },
  );
  closeSync(output);
  try {
    await Promise.race([ready(place, child), endOf(child)]);
  } catch (error) {
    if (child.exitCode === null && child.pid !== undefined) child.kill('SIGQUIT');
    throw new Error(`${(error as Error).message}: ${logTail(place)}`);
  }
  child.removeAllListeners().unref();
  return { pid: child.pid!, port, sockets, adopted: false };
}

async function ready(place: Place, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + limits.readyTimeoutMs; Date.now() < deadline; ) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return; // endOf tells
    const server = runningServer(place);
    if (server?.pid === child.pid && server.status === 'ready') return;
    await pause();
  }
  throw new Error(`not ready after ${limits.readyTimeoutMs} ms`);
}

function endOf(child: ChildProcess): Promise<never> {
  return new Promise((_resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`postgres ended with ${signal ?? `code ${code}`}`)));
  });
}

/**
 * A statement over a Unix socket costs Node a third less than over TCP, which stays for the tools of the operator. Empty
 * where the address of the socket would not fit into the system's structure, and on Windows.
 */
function socketFolder(place: Place): string {
  const fits = Buffer.byteLength(path.join(place.folder, '.s.PGSQL.65535')) <= limits.socketPathBytesMax;
  return process.platform !== 'win32' && fits ? place.folder : '';
}

/** Servers that were killed leave their sockets and locks; one whose number another program bears now would stop a start. */
function removeStaleSockets(place: Place): void {
  for (const name of readdirSync(place.folder)) {
    if (!/^\.s\.PGSQL\.\d+\.lock$/.test(name)) continue;
    const lock = path.join(place.folder, name);
    const pid = Number.parseInt(existsSync(lock) ? readFileSync(lock, 'utf8') : '', 10);
    if (Number.isNaN(pid) || runsProgram(pid, 'postgres')) continue; // just being made, or in use
    for (const file of [lock, lock.replace(/\.lock$/, '')]) rmSync(file, { force: true });
  }
}

function settings(place: Place, port: number, sockets: string, options: EmbeddedOptions): string[] {
  // Where nothing limits the program, Node names no limit or one far beyond what the machine has.
  const memoryMb = Math.min(process.constrainedMemory() || os.totalmem(), os.totalmem()) / 1e6;
  const disk = statfsSync(place.folder);
  const freeMb = (disk.bavail * disk.bsize) / 1e6;
  const buffersMb = options.durable === false ? limits.throwAwayBuffersMb : limits.sharedBuffersMbMax;
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: sockets && `"${sockets.replaceAll('"', '""')}"`,
    max_connections: options.maxConnections ?? 80,
    shared_buffers: `${Math.max(32, Math.min(buffersMb, Math.round(memoryMb / 4)))}MB`,
    maintenance_work_mem: '128MB',
    max_wal_size: `${Math.max(limits.logMbMin, Math.min(limits.logMbMax, Math.round(freeMb / 10)))}MB`,
    max_locks_per_transaction: 256,
    checkpoint_timeout: '15min', // every checkpoint makes the next change of each page log the whole page
    random_page_cost: 1.1,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_duration_statement: '2s',
  };
  if (options.durable === false) {
    Object.assign(values, { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' });
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The C.UTF-8 rules travel with PostgreSQL, so that an update of the system's libraries cannot reorder an index. */
const clusterOptions = ['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '-A', 'scram-sha-256'];

/** Makes the cluster aside and renames it into place: a crash on the way leaves nothing that looks finished. */
async function createCluster(place: Place, options: EmbeddedOptions): Promise<void> {
  const cluster = path.join(place.folder, 'pg');
  const versionFile = path.join(cluster, 'PG_VERSION');
  try {
    accessSync(place.folder, constants.R_OK | constants.W_OK | constants.X_OK);
    if (existsSync(cluster)) accessSync(cluster, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw notWritable(place, error);
  }
  if (existsSync(versionFile)) {
    checkVersion(place, readFileSync(versionFile, 'utf8').trim());
    return;
  }
  removeLeftovers(place);
  const aside = path.join(place.folder, `making-${process.pid}-${randomBytes(4).toString('hex')}`);
  let reason = '';
  // Old systems lack the C.UTF-8 locale; plain C serves there, only trigram search then ignores Chinese characters.
  for (const characterType of ['C.UTF-8', 'C']) {
    try {
      // Meanwhile the caller goes on with what needs no database.
      await promisify(execFile)(
        executable(place, 'initdb'),
        [
          ...['-D', aside, '-U', superuser, '--pwfile', passwordFile(place)],
          ...['--lc-collate=C', `--lc-ctype=${characterType}`, ...clusterOptions],
          ...(options.durable === false ? ['--no-sync'] : []),
        ],
        { ...place.user, env: serverEnvironment(), cwd: place.folder, encoding: 'utf8', windowsHide: true },
      );
    } catch (error) {
      const { stderr = '', message } = error as Error & { stderr?: string };
      reason = stderr.trim() || message;
      rmSync(aside, { recursive: true, force: true });
      continue;
    }
    try {
      renameSync(aside, cluster);
    } catch (error) {
      rmSync(aside, { recursive: true, force: true });
      if (!existsSync(versionFile)) throw error; // otherwise another start was faster
    }
    return;
  }
  throw new Failure(kinds.create_failed, { reason });
}

function checkVersion(place: Place, found: string): void {
  const version = spawnSync(executable(place, 'postgres'), ['--version'], {
    ...place.user,
    cwd: '/',
    encoding: 'utf8',
  });
  const expected = /(\d+)/.exec(version.stdout ?? '')?.[1];
  if (expected === undefined) {
    throw new Failure(kinds.start_failed, { reason: version.error?.message ?? version.stderr, log: logFile(place) });
  }
  if (found !== expected) throw new Failure(kinds.cluster_version, { folder: place.folder, found, expected });
}

function removeLeftovers(place: Place): void {
  for (const name of readdirSync(place.folder)) {
    const pid = /^making-(\d+)-/.exec(name)?.[1];
    if (pid && !exists(Number(pid))) rmSync(path.join(place.folder, name), { recursive: true, force: true });
  }
}

let registrations = 0;

/**
 * Enters this program in the list of the server's users. The function returned takes it out again and says whether it was
 * the last. Entries of programs that were killed do not count.
 */
function register(place: Place): () => boolean {
  const folder = path.join(place.folder, 'users');
  mkdirSync(folder, { recursive: true });
  handOver(place, folder);
  registrations += 1;
  const { pid, started } = markOf(process.pid);
  const own = path.join(folder, `${pid}.${started}.${registrations}`);
  writeFileSync(own, '');
  return () => {
    rmSync(own, { force: true });
    let last = true;
    for (const name of readdirSync(folder)) {
      const [otherPid, otherStarted] = name.split('.');
      if (isRunning({ pid: Number(otherPid), started: otherStarted ?? '' })) last = false;
      else rmSync(path.join(folder, name), { force: true });
    }
    return last;
  };
}

/** Stops what runs on the folder now, which after a crash in between is not the server once started. */
async function stopServer(place: Place): Promise<void> {
  const pid = runningServer(place)?.pid;
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    // There are no signals on Windows; pg_ctl speaks to the server's own event.
    spawnSync(executable(place, 'pg_ctl'), ['stop', '-m', 'fast', '-D', path.join(place.folder, 'pg')]);
    return;
  }
  process.kill(pid, 'SIGINT'); // fast shutdown: open transactions are rolled back, a checkpoint is written
  const deadline = Date.now() + limits.stopTimeoutMs;
  while (runsProgram(pid, 'postgres')) {
    if (Date.now() > deadline) {
      process.kill(pid, 'SIGQUIT'); // the next start recovers
      return;
    }
    await pause();
  }
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${ident(name).text}`);
  } catch (error) {
    // 42P04, 23505: another program made it in the same instant.
    if (!['42P04', '23505'].includes(String((error as { code?: string }).code))) throw error;
  } finally {
    await client.end();
  }
}

function readPassword(place: Place): string {
  const file = passwordFile(place);
  try {
    if (!existsSync(file)) {
      const aside = `${file}.${process.pid}`;
      writeFileSync(aside, randomBytes(24).toString('base64url'), { mode: 0o600 });
      handOver(place, aside);
      try {
        linkSync(aside, file); // unlike a rename it never replaces the password another start has just set
      } finally {
        rmSync(aside);
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritable(place, error);
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw notWritable(place, error);
  }
}

function notWritable(place: Place, error: unknown): Failure {
  return new Failure(kinds.home_not_writable, { folder: place.folder, reason: (error as Error).message });
}

/** What root makes in the data folder belongs to the server's user: an ordinary start must find it usable later. */
function handOver(place: Place, file: string): void {
  if (place.user.uid !== undefined) chownSync(file, place.user.uid, place.user.gid!);
}

function passwordFile(place: Place): string {
  return path.join(place.folder, 'password');
}

function logFile(place: Place): string {
  return path.join(place.folder, 'postgres.log');
}

function logTail(place: Place): string {
  const lines = readFileSync(logFile(place), 'utf8').trimEnd().split('\n');
  return lines.slice(-limits.logLinesShown).join(' | ');
}

function serverEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: undefined, LANG: 'C', LC_MESSAGES: 'C', TZ: 'UTC' };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, limits.pollMs));
}

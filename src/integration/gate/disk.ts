import { existsSync, mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { Failure, formatBytes } from '#kernel';
import { loadKinds } from '../failures.ts';

/** What stays free on the disk of the home folder whatever people send: the database may lie there too. */
const RESERVE_BYTES = 512 * 1024 ** 2;

/** Throws a Failure when the disk has no room for so many more bytes. */
export async function requireSpace(home: string, bytes: number): Promise<void> {
  if (!existsSync(home)) mkdirSync(home, { recursive: true });
  const { bavail, bsize } = await statfs(home);
  const free = bavail * bsize;
  const needed = bytes + RESERVE_BYTES;
  if (free >= needed) return;
  throw new Failure(loadKinds.disk_full, { free: formatBytes(free), needed: formatBytes(needed) });
}

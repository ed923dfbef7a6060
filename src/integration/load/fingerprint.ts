import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Failure } from '#kernel';
import { loadKinds } from '../failures.ts';
import type { FoundFile } from '../files/folder.ts';

const READ_BYTES = 1_048_576;

/** SHA-256 of a file as it lies on the disk, hexadecimal. */
export async function hashFile(
  file: FoundFile,
  onBytes: (read: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  let read = 0;
  try {
    for await (const piece of createReadStream(file.path, { highWaterMark: READ_BYTES })) {
      signal?.throwIfAborted();
      hash.update(piece as Buffer);
      read += (piece as Buffer).length;
      onBytes(read);
    }
  } catch (error) {
    if (signal?.aborted || error instanceof Failure) throw error;
    throw new Failure(loadKinds.file_unreadable, { file: file.name, reason: (error as Error).message });
  }
  return hash.digest('hex');
}

/** One hash for a set of files, whatever their order: the same set is known again by it. */
export function hashOfSet(files: readonly { name: string; sha256: string }[]): string {
  const lines = files.map(({ name, sha256 }) => `${sha256} ${name}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

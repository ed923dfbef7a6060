import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { pipeline, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { Failure, formatBytes } from '#kernel';
import { loadKinds as kinds } from '../failures.ts';
import { suggestion } from '../suggestion.ts';

const limits = {
  readBytes: 262_144,
  /** Decompressed size of one file. */
  fileBytesMax: 64 * 1024 ** 3,
  suggestedFromMax: 1_000,
};

/** A file of the folder as bytes on disk. */
export interface FoundFile {
  /** Its name in the folder. */
  name: string;
  path: string;
  bytes: number;
}

/** Throws a Failure when the folder is not there. */
export function checkFolder(folder: string): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Failure(kinds.folder_missing, { folder });
}

/**
 * The first of the names that is there. `{date}` stands for the date of the load, `{date:YYYYMMDD}` for it in that form.
 * Undefined when none is there and the file may be absent.
 */
export function findFile(
  folder: string,
  names: readonly string[],
  date: string,
  optional: boolean,
): FoundFile | undefined {
  const wanted = names.map((name) => datedName(name, date));
  for (const name of wanted) {
    // A mapping names files of the folder and nothing outside it.
    if (basename(name) !== name) continue;
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) return { name, path, bytes: stat.size };
  }
  if (optional) return undefined;
  throw new Failure(kinds.file_missing, {
    folder,
    file: wanted.join(' / '),
    suggestion: suggestion(wanted[0]!, readdirSync(folder).slice(0, limits.suggestedFromMax)),
  });
}

/** A name with the date of the load in the places that ask for it. */
export const datedName = (name: string, date: string) =>
  name.replace(/\{date(?::(\w+))?\}/g, (_, form?: string) => dated(date, form));

function dated(date: string, form = 'YYYY-MM-DD'): string {
  const [year, month, day] = date.split('-') as [string, string, string];
  return form.replace('YYYY', year).replace('YY', year.slice(2)).replace('MM', month).replace('DD', day);
}

export interface OpenFile {
  /** Its content, decompressed. */
  content: AsyncIterable<Buffer>;
  /** Bytes taken from the disk so far. */
  bytesRead(): number;
  /** SHA-256 of the bytes on disk; only after `content` has been read to its end. */
  sha256(): string;
}

const decompressors: Record<string, () => Transform> = {
  '.gz': () => createGunzip({ chunkSize: limits.readBytes }),
  '.zst': () => createZstdDecompress({ chunkSize: limits.readBytes }),
};

/** Opens a file; `.gz` and `.zst` are decompressed on the way. Errors of disk and compression arrive as Failures. */
export function openFile(file: FoundFile): OpenFile {
  const hash = createHash('sha256');
  const disk = createReadStream(file.path, { highWaterMark: limits.readBytes });
  let bytesRead = 0;
  let digest: string | undefined;
  return {
    content: content(),
    bytesRead: () => bytesRead,
    sha256: () => {
      digest ??= hash.digest('hex');
      return digest;
    },
  };

  async function* content(): AsyncGenerator<Buffer> {
    const decompressor = decompressors[extname(file.name)]?.();
    // `pipeline` hands an error of any part to the last, where the loop below meets it.
    const source = decompressor ? pipeline(counted(), decompressor, () => {}) : counted();
    let total = 0;
    try {
      for await (const piece of source) {
        total += piece.length;
        if (total > limits.fileBytesMax) {
          throw new Failure(kinds.file_too_large, { file: file.name, max: formatBytes(limits.fileBytesMax) });
        }
        yield piece;
      }
    } catch (error) {
      if (error instanceof Failure) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      const damaged = decompressor !== undefined && !/^E[A-Z]+$/.test(code ?? '');
      throw new Failure(damaged ? kinds.file_damaged : kinds.file_unreadable, { file: file.name, reason: message });
    } finally {
      disk.destroy();
    }
  }

  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of disk) {
      bytesRead += piece.length;
      hash.update(piece);
      yield piece;
    }
  }
}

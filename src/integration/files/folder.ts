import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline, type Transform } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { Failure, formatBytes } from '#kernel';
import { loadKinds as kinds } from '../failures.ts';
import { suggestion } from '../suggestion.ts';
import {
  type Compression,
  compressionOf,
  compressionOfFile,
  findInArchives,
  listArchive,
  openArchive,
  readEntry,
  refuseBomb,
} from './archive.ts';

const limits = {
  readBytes: 32_768,
  suggestedFromMax: 1_000,
  /** How often a file may be packed: a .gz in a .zip, and nothing in that. */
  layersMax: 2,
  /** Memory that a .zst may ask for to be unpacked, as a power of two: 32 MiB; `zstd -19` asks for 8. */
  zstdWindowLog: 25,
  /** A workbook that is packed once more is unpacked to a temporary file. */
  spooledBytesMax: 4 * 1024 ** 3,
};

/** A file of the folder as bytes on disk, or an entry of an archive there. */
export interface FoundFile {
  /** Its name in the folder; for an entry `archive/entry`. */
  name: string;
  path: string;
  /** On disk; for an entry unpacked. */
  bytes: number;
  /** The entry's name in the archive at `path`. */
  entry?: string;
}

/** Throws a Failure when the folder is not there. */
export function checkFolder(folder: string): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Failure(kinds.folder_missing, { folder });
}

/**
 * The first of the names that is there: as a file, as `archive/entry`, or as an entry of any archive of the folder. An archive with one
 * file is that file. `{date}` stands for the date of the load, `{date:YYYYMMDD}` for it in that form.
 * Undefined when none is there and the file may be absent.
 */
export async function findFile(
  folder: string,
  names: readonly string[],
  date: string,
  optional: boolean,
): Promise<FoundFile | undefined> {
  const wanted = names.map((name) => datedName(name, date));
  for (const name of wanted) {
    const slash = name.indexOf('/');
    const file = slash < 0 ? name : name.slice(0, slash);
    // A mapping names files of the folder and nothing outside it.
    if (basename(file) !== file || file === '..' || file === '.') continue;
    const path = join(folder, file);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) continue;
    const found = await entryOf(path, file, slash < 0 ? undefined : name.slice(slash + 1));
    if (found) return found;
    if (slash < 0) return { name, path, bytes: stat.size };
  }
  for (const name of wanted) {
    if (basename(name) !== name) continue;
    const found = await findInArchives(folder, name);
    if (found) {
      const { archive, entry } = found;
      return { name: `${archive}/${entry.name}`, path: join(folder, archive), bytes: entry.bytes, entry: entry.name };
    }
  }
  if (optional) return undefined;
  throw new Failure(kinds.file_missing, {
    folder,
    file: wanted.join(' / '),
    suggestion: suggestion(wanted[0]!, readdirSync(folder).slice(0, limits.suggestedFromMax)),
  });
}

/** The named entry of an archive, or its only one; undefined for a file that is no archive. */
async function entryOf(path: string, file: string, wanted: string | undefined): Promise<FoundFile | undefined> {
  if (compressionOfFile(path) !== 'zip') return undefined;
  const entries = await listArchive(path, file);
  const entry = wanted === undefined ? entries[0] : entries.find(({ name }) => name === wanted);
  if (wanted === undefined && entries.length > 1) {
    const names = entries.slice(0, 10).map(({ name }) => name);
    throw new Failure(kinds.archive_many, { file, count: entries.length, names: names.join(', ') });
  }
  return entry && { name: `${file}/${entry.name}`, path, bytes: entry.bytes, entry: entry.name };
}

/** A file by its path, as `findFile` would find it by its name. */
export async function fileAt(path: string, entry?: string): Promise<FoundFile> {
  const name = basename(path);
  return (await entryOf(path, name, entry)) ?? { name, path, bytes: statSync(path).size };
}

/** A name with the date of the load in the places that ask for it. */
export const datedName = (name: string, date: string) =>
  name.replace(/\{date(?::(\w+))?\}/g, (_, form?: string) => dated(date, form));

function dated(date: string, form = 'YYYY-MM-DD'): string {
  const [year, month, day] = date.split('-') as [string, string, string];
  return form.replace('YYYY', year).replace('YY', year.slice(2)).replace('MM', month).replace('DD', day);
}

export interface OpenFile {
  /** Its content, unpacked. */
  content: AsyncIterable<Buffer>;
  /** Bytes of `FoundFile.bytes` taken so far. */
  bytesRead(): number;
  /** SHA-256 of the bytes on disk, of an entry unpacked; only after `content` has been read to its end. */
  sha256(): string;
}

const unpackers: Record<Exclude<Compression, 'none' | 'zip'>, () => Transform> = {
  gzip: () => createGunzip({ chunkSize: limits.readBytes }),
  zstd: () =>
    createZstdDecompress({
      chunkSize: limits.readBytes,
      params: { [constants.ZSTD_d_windowLogMax]: limits.zstdWindowLog },
    }),
};

/** Opens a file; what is packed, as its first bytes tell, is unpacked on the way. Errors of disk and packing arrive as Failures. */
export function openFile(file: FoundFile, whole = false): OpenFile {
  const hash = createHash('sha256');
  let bytesRead = 0;
  let digest: string | undefined;
  const counted = (piece: Buffer) => {
    bytesRead += piece.length;
    hash.update(piece);
  };
  const raw = file.entry === undefined ? fromDisk(file, counted) : fromArchive(file, counted);
  return {
    content: whole ? raw : unpacked(file, raw, 0),
    bytesRead: () => bytesRead,
    sha256: () => {
      digest ??= hash.digest('hex');
      return digest;
    },
  };
}

async function* fromDisk(file: FoundFile, counted: (piece: Buffer) => void): AsyncGenerator<Buffer> {
  const disk = createReadStream(file.path, { highWaterMark: limits.readBytes });
  try {
    for await (const piece of disk) {
      counted(piece as Buffer);
      yield piece as Buffer;
    }
  } catch (error) {
    throw new Failure(kinds.file_unreadable, { file: file.name, reason: (error as Error).message });
  } finally {
    disk.destroy();
  }
}

async function* fromArchive(file: FoundFile, counted: (piece: Buffer) => void): AsyncGenerator<Buffer> {
  const { zip, entries } = await openArchive(file.path, file.name);
  try {
    const entry = entries.get(file.entry!);
    if (!entry) throw new Failure(kinds.file_changed, { file: file.name });
    for await (const piece of readEntry(zip, entry, file.name)) {
      counted(piece);
      yield piece;
    }
  } finally {
    zip.close();
  }
}

/** Takes one layer of packing off after the other. */
async function* unpacked(file: FoundFile, packed: AsyncGenerator<Buffer>, layer: number): AsyncGenerator<Buffer> {
  const first = await packed.next();
  if (first.done) return;
  const compression = compressionOf(first.value);
  let given = first.value.length;
  async function* whole(): AsyncGenerator<Buffer> {
    yield first.value as Buffer;
    for await (const piece of packed) {
      given += piece.length;
      yield piece;
    }
  }
  if (compression === 'none') {
    yield* whole();
    return;
  }
  const layers = layer + (file.entry !== undefined && layer === 0 ? 1 : 0);
  // An archive needs its end to be read, which a stream has not; one inside another is how bombs are made.
  if (compression === 'zip' && layers === 0) throw new Failure(kinds.workbook_unexpected, { file: file.name });
  if (compression === 'zip' || layers >= limits.layersMax) {
    await packed.return(undefined);
    throw new Failure(kinds.archive_nested, { file: file.name });
  }
  yield* unpacked(
    file,
    unpackedOnce(file, compression, whole(), () => given),
    layers + 1,
  );
}

async function* unpackedOnce(
  file: FoundFile,
  compression: keyof typeof unpackers,
  packed: AsyncGenerator<Buffer>,
  given: () => number,
): AsyncGenerator<Buffer> {
  let total = 0;
  try {
    // `pipeline` hands an error of any part to the last, where the loop below meets it.
    for await (const piece of pipeline(packed, unpackers[compression](), () => {})) {
      total += (piece as Buffer).length;
      refuseBomb(file.name, given(), total);
      yield piece as Buffer;
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(kinds.file_damaged, { file: file.name, reason: (error as Error).message });
  }
}

export interface LocalFile {
  path: string;
  /** Removes what was made for it. */
  release(): void;
}

/** A file that must be read from several places at once: where it lies, or unpacked to a temporary file that `release` removes. */
export async function localFile(file: FoundFile): Promise<LocalFile> {
  if (file.entry === undefined && compressionOfFile(file.path) === 'zip') return { path: file.path, release() {} };
  const folder = mkdtempSync(join(tmpdir(), 'tongguan-'));
  const release = () => rmSync(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'workbook');
    const target = await open(path, 'wx', 0o600);
    try {
      let total = 0;
      for await (const piece of spooled(file)) {
        total += piece.length;
        if (total > limits.spooledBytesMax) {
          throw new Failure(kinds.file_too_large, { file: file.name, max: formatBytes(limits.spooledBytesMax) });
        }
        await target.write(piece);
      }
    } finally {
      await target.close();
    }
    return { path, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** The bytes of a workbook that stands in an archive (as they are) or was packed by itself (unpacked once). */
async function* spooled(file: FoundFile): AsyncGenerator<Buffer> {
  const compression = file.entry === undefined ? compressionOfFile(file.path) : 'none';
  const { content } = openFile(file, true);
  if (compression === 'none' || compression === 'zip') yield* content;
  else yield* unpackedOnce(file, compression, content as AsyncGenerator<Buffer>, () => file.bytes);
}

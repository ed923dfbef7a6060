import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { Failure, formatBytes } from '#kernel';
import { loadKinds as kinds } from '../failures.ts';

// Archives are read where they lie. The names of their entries are compared with the names that a mapping wants and shown to people;
// no file is ever written by them.

export const limits = {
  entriesMax: 10_000,
  /** Unpacked size of one file, and of all entries of an archive together as it declares them. */
  fileBytesMax: 64 * 1024 ** 3,
  /** Unpacked to packed. Tables of a bank pack to a tenth, the same row over and over to less than a three-hundredth. */
  ratioMax: 200,
  /** Small files may be of any ratio. */
  ratioFromBytes: 64 * 1024 ** 2,
  /** Files of a folder that are looked into for an entry of a wanted name. */
  searchedMax: 1_000,
};

export type Compression = 'none' | 'gzip' | 'zstd' | 'zip';

const MAGIC_BYTES = 4;

/** What the first bytes of a file say; names are not asked. */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  return 'none';
}

export function compressionOfFile(path: string): Compression {
  const head = Buffer.alloc(MAGIC_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, head, 0, MAGIC_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  return compressionOf(head);
}

/** Guards against archives that unpack to far more than they are. Feed it totals; it throws. */
export function refuseBomb(file: string, packed: number, unpacked: number): void {
  if (unpacked > limits.fileBytesMax) {
    throw new Failure(kinds.file_too_large, { file, max: formatBytes(limits.fileBytesMax) });
  }
  if (unpacked > limits.ratioFromBytes && unpacked > packed * limits.ratioMax) {
    throw new Failure(kinds.archive_bomb, { file, max: limits.ratioMax });
  }
}

export interface ArchiveEntry {
  name: string;
  bytes: number;
}

/** Opens an archive, hands over its entries by name, and closes it whatever happens. */
export async function withArchive<T>(
  path: string,
  shown: string,
  body: (zip: ZipFile, entries: Map<string, Entry>) => Promise<T>,
): Promise<T> {
  const { zip, entries } = await openArchive(path, shown);
  try {
    return await body(zip, entries);
  } finally {
    zip.close();
  }
}

export async function openArchive(path: string, shown: string): Promise<{ zip: ZipFile; entries: Map<string, Entry> }> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (error) {
    throw damaged(shown, error);
  }
  try {
    if (zip.entryCount > limits.entriesMax) {
      throw new Failure(kinds.archive_entries, { file: shown, max: limits.entriesMax });
    }
    const entries = new Map<string, Entry>();
    let total = 0;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      total += entry.uncompressedSize;
      if (total > limits.fileBytesMax) {
        throw new Failure(kinds.file_too_large, { file: shown, max: formatBytes(limits.fileBytesMax) });
      }
      entry.fileName = nameOf(entry);
      entries.set(entry.fileName, entry);
    }
    return { zip, entries };
  } catch (error) {
    zip.close();
    throw error instanceof Failure ? error : damaged(shown, error);
  }
}

const UTF8_FLAG = 0x800;

/** Archives made on Chinese Windows write names in GBK without saying so, others in UTF-8. */
function nameOf({ fileName, fileNameRaw, generalPurposeBitFlag }: Entry): string {
  if (generalPurposeBitFlag & UTF8_FLAG || fileNameRaw.every((byte) => byte < 0x80)) return fileName;
  for (const label of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(label, { fatal: true }).decode(fileNameRaw);
    } catch {
      // The next one, then.
    }
  }
  return fileName;
}

const damaged = (file: string, error: unknown) =>
  new Failure(kinds.file_damaged, { file, reason: (error as Error).message });

/** The unpacked bytes of an entry. Sizes and checksum must be as the archive says. */
export async function* readEntry(
  zip: ZipFile,
  entry: Entry,
  shown: string,
  onRead?: (unpacked: number) => void,
): AsyncGenerator<Buffer> {
  if (entry.isEncrypted()) throw new Failure(kinds.archive_encrypted, { file: shown });
  refuseBomb(shown, entry.compressedSize, entry.uncompressedSize);
  let checksum = 0;
  let unpacked = 0;
  try {
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      unpacked += (piece as Buffer).length;
      refuseBomb(shown, entry.compressedSize, unpacked);
      checksum = crc32(piece as Buffer, checksum);
      onRead?.(unpacked);
      yield piece as Buffer;
    }
  } catch (error) {
    throw error instanceof Failure ? error : damaged(shown, error);
  }
  if (checksum !== entry.crc32) throw damaged(shown, new Error('CRC-32'));
}

/** Whether an archive is a workbook rather than a bundle of files. */
export const isWorkbook = (names: { has(name: string): boolean }) => names.has('[Content_Types].xml');

/** The files in an archive; those that operating systems add for themselves are left out. */
export async function listArchive(path: string, shown: string): Promise<ArchiveEntry[]> {
  return await withArchive(path, shown, async (_, entries) =>
    isWorkbook(entries)
      ? []
      : [...entries.values()]
          .filter(({ fileName }) => !fileName.startsWith('__MACOSX/') && basename(fileName) !== '.DS_Store')
          .map(({ fileName, uncompressedSize }) => ({ name: fileName, bytes: uncompressedSize })),
  );
}

/** An entry of that name (its folders apart) in one of the archives of a folder. */
export async function findInArchives(
  folder: string,
  name: string,
): Promise<{ archive: string; entry: ArchiveEntry } | undefined> {
  for (const archive of readdirSync(folder).sort().slice(0, limits.searchedMax)) {
    const path = join(folder, archive);
    if (!statSync(path).isFile() || compressionOfFile(path) !== 'zip') continue;
    // What is no archive, or is broken, has not the file; it is told when the mapping names it.
    const entries = await listArchive(path, archive).catch(() => []);
    const entry = entries.find((each) => basename(each.name) === name);
    if (entry) return { archive, entry };
  }
  return undefined;
}

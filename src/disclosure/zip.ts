import { once } from 'node:events';
import { crc32, createDeflateRaw } from 'node:zlib';

// A ZIP file written straight through (APPNOTE 6.3: sizes and checksum follow each entry in a descriptor), one entry after the other.
// Without ZIP64, so below 4 GiB: an export has a limit far under that.

const SIGNATURE = { local: 0x04034b50, descriptor: 0x08074b50, central: 0x02014b50, end: 0x06054b50 };
/** Bit 3: a descriptor follows the data; bit 11: names are UTF-8. */
const FLAGS = 0x0808;
const VERSION = 20;
const DEFLATE = 8;
/** 1980-01-01, the beginning of ZIP's time: the file says elsewhere when it was made. */
const DATE = 0x0021;

interface Entry {
  name: Buffer;
  crc: number;
  packed: number;
  size: number;
  offset: number;
}

export interface Zip {
  /** Adds one file; `fill` writes its text piece by piece and is awaited. */
  add(name: string, fill: (write: (text: string) => Promise<void>) => Promise<void>): Promise<void>;
  end(): Promise<void>;
}

export function openZip(write: (bytes: Buffer) => Promise<void>): Zip {
  const entries: Entry[] = [];
  let offset = 0;
  const put = async (bytes: Buffer) => {
    offset += bytes.length;
    await write(bytes);
  };
  return {
    async add(name, fill) {
      const entry: Entry = { name: Buffer.from(name), crc: 0, packed: 0, size: 0, offset };
      await put(
        Buffer.concat([
          numbers(
            SIGNATURE.local,
            4,
            VERSION,
            2,
            FLAGS,
            2,
            DEFLATE,
            2,
            0,
            2,
            DATE,
            2,
            0,
            4,
            0,
            4,
            0,
            4,
            entry.name.length,
            2,
            0,
            2,
          ),
          entry.name,
        ]),
      );
      const deflate = createDeflateRaw();
      const packing = (async () => {
        for await (const bytes of deflate as AsyncIterable<Buffer>) {
          entry.packed += bytes.length;
          await put(bytes);
        }
      })();
      packing.catch(() => deflate.destroy());
      await fill(async (text) => {
        const bytes = Buffer.from(text);
        entry.crc = crc32(bytes, entry.crc);
        entry.size += bytes.length;
        if (!deflate.write(bytes)) await Promise.race([once(deflate, 'drain'), packing]);
      });
      deflate.end();
      await packing;
      await put(numbers(SIGNATURE.descriptor, 4, entry.crc, 4, entry.packed, 4, entry.size, 4));
      entries.push(entry);
    },
    async end() {
      const start = offset;
      for (const { name, crc, packed, size, offset: at } of entries) {
        const head = numbers(
          SIGNATURE.central,
          4,
          VERSION,
          2,
          VERSION,
          2,
          FLAGS,
          2,
          DEFLATE,
          2,
          0,
          2,
          DATE,
          2,
          crc,
          4,
          packed,
          4,
          size,
          4,
          name.length,
          2,
          0,
          2,
          0,
          2,
          0,
          2,
          0,
          2,
          0,
          4,
          at,
          4,
        );
        await put(Buffer.concat([head, name]));
      }
      await put(
        numbers(SIGNATURE.end, 4, 0, 2, 0, 2, entries.length, 2, entries.length, 2, offset - start, 4, start, 4, 0, 2),
      );
    },
  };
}

/** Little-endian numbers, each followed by its width in bytes. */
function numbers(...pairs: number[]): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    const part = Buffer.alloc(pairs[at + 1]!);
    part.writeUIntLE(pairs[at]!, 0, pairs[at + 1]!);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

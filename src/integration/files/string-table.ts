import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const limits = {
  /** Text kept in memory, in bytes; a workbook with more is read from a temporary file. */
  memoryBytesMax: 4 * 1024 ** 2,
  writeBytes: 256 * 1024,
  pageBytes: 64 * 1024,
  pagesMax: 32,
  /** Ends of texts that are made room for at once. */
  ends: 65_536,
};

/** Texts by number, filled in order. Only the first megabytes stay in memory. */
export interface StringTable {
  add(text: string): void;
  /** Ends the filling. */
  seal(): void;
  at(index: number): string | undefined;
  release(): void;
}

export function createStringTable(): StringTable {
  const kept: string[] = [];
  let keptBytes = 0;
  let spill: Spill | undefined;
  return {
    add(text) {
      if (!spill && keptBytes < limits.memoryBytesMax) {
        kept.push(text);
        // Two bytes a character and the text's own head.
        keptBytes += text.length * 2 + 32;
        return;
      }
      spill ??= createSpill();
      spill.add(text);
    },
    seal() {
      spill?.seal();
    },
    at: (index) => (index < kept.length ? kept[index] : spill?.at(index - kept.length)),
    release() {
      spill?.release();
    },
  };
}

interface Spill {
  add(text: string): void;
  seal(): void;
  at(index: number): string | undefined;
  release(): void;
}

function createSpill(): Spill {
  const folder = mkdtempSync(join(tmpdir(), 'tongguan-'));
  const file = openSync(join(folder, 'strings'), 'wx+', 0o600);
  /** Where each text ends. In parts: one list would be copied whenever it grows. */
  const ends: Float64Array[] = [];
  let count = 0;
  let bytes = 0;
  const buffer = Buffer.allocUnsafe(limits.writeBytes);
  let buffered = 0;
  const pages = new Map<number, Buffer>();

  function flush(): void {
    if (buffered > 0) writeSync(file, buffer, 0, buffered);
    buffered = 0;
  }

  const endOf = (index: number) => ends[Math.floor(index / limits.ends)]![index % limits.ends]!;

  /** Pages are used again and again: texts are numbered in the order of their first use. */
  function page(number: number): Buffer {
    const known = pages.get(number);
    if (known) return known;
    if (pages.size >= limits.pagesMax) pages.delete(pages.keys().next().value!);
    const read = Buffer.alloc(limits.pageBytes);
    const length = readSync(file, read, 0, limits.pageBytes, number * limits.pageBytes);
    const filled = read.subarray(0, length);
    pages.set(number, filled);
    return filled;
  }

  return {
    add(text) {
      const length = Buffer.byteLength(text);
      if (buffered + length > buffer.length) flush();
      if (length > buffer.length) writeSync(file, text);
      else buffered += buffer.write(text, buffered);
      bytes += length;
      if (count % limits.ends === 0) ends.push(new Float64Array(limits.ends));
      ends.at(-1)![count % limits.ends] = bytes;
      count += 1;
    },
    seal: flush,
    at(index) {
      if (index < 0 || index >= count) return undefined;
      const start = index === 0 ? 0 : endOf(index - 1);
      const end = endOf(index);
      const first = Math.floor(start / limits.pageBytes);
      const last = Math.floor(end / limits.pageBytes);
      const from = start - first * limits.pageBytes;
      if (first === last) return page(first).toString('utf8', from, end - first * limits.pageBytes);
      const parts: Buffer[] = [page(first).subarray(from)];
      for (let number = first + 1; number <= last; number++) {
        parts.push(number < last ? page(number) : page(number).subarray(0, end - number * limits.pageBytes));
      }
      return Buffer.concat(parts).toString();
    },
    release() {
      closeSync(file);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

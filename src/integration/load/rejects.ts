import { once } from 'node:events';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { csvLine, type Failure, type Language, type Text } from '#kernel';
import type { SourceRow } from '../files/split.ts';
import { concealNumbers, concealRow } from './conceal.ts';

export const limits = {
  /** Rejects kept in the database, for the web page; the file has them all. */
  storedMax: 10_000,
  /** Characters of a rejected row kept in the database. */
  contentLengthMax: 2_000,
};

/** One row that was left out, and why. */
export interface RejectedRow {
  file: string;
  line: number;
  /** Column of the file or field of the entity; null when the row as a whole is wrong. */
  field: string | null;
  reason: Text;
  /** Identifiers, names and addresses masked. */
  content: string;
}

export interface Rejects {
  add(file: string, row: SourceRow, reason: Failure): void;
  /** Waits while more is written than the disk takes; undefined when it keeps up. */
  ready(): Promise<unknown> | undefined;
  readonly total: number;
  /** The first ones, up to the limit. */
  readonly stored: readonly RejectedRow[];
  /** Waits until the file is on disk; its path, or undefined when nothing was rejected. */
  close(): Promise<string | undefined>;
}

export const REJECTS_FILE = 'rejects.csv';

/** Gathers rejects into `<folder>/rejects.csv`, made with the first one. */
export function createRejects(folder: string, language: Language): Rejects {
  const stored: RejectedRow[] = [];
  let total = 0;
  let stream: WriteStream | undefined;
  let failed: Error | undefined;
  return {
    add(file, row, reason) {
      const rejected: RejectedRow = {
        file,
        line: row.line,
        field: reason.field ?? null,
        reason: { zh: concealNumbers(reason.text('zh')), en: concealNumbers(reason.text('en')) },
        content: concealRow(row.text.slice(row.start, row.end)),
      };
      total += 1;
      if (stored.length < limits.storedMax) {
        stored.push({ ...rejected, content: rejected.content.slice(0, limits.contentLengthMax) });
      }
      if (!stream) {
        mkdirSync(folder, { recursive: true });
        stream = createWriteStream(join(folder, REJECTS_FILE));
        stream.on('error', (error) => {
          failed = error;
        });
        stream.write(rejectsHeader(language));
      }
      stream.write(rejectLine(rejected, language));
    },
    ready() {
      return stream?.writableNeedDrain && !failed ? once(stream, 'drain') : undefined;
    },
    get total() {
      return total;
    },
    stored,
    async close() {
      if (!stream) return undefined;
      if (!stream.writableEnded) stream.end();
      if (!stream.closed) await finished(stream);
      if (failed) throw failed;
      return join(folder, REJECTS_FILE);
    },
  };
}

const headers = {
  zh: ['文件', '行', '列', '原因', '原始内容', '更正（列=值；列=值）'],
  en: ['file', 'line', 'column', 'reason', 'content', 'correction (column=value; column=value)'],
} satisfies Record<Language, string[]>;

/** Spreadsheet programs take UTF-8 for what it is only behind a byte order mark. */
export const rejectsHeader = (language: Language) => `\ufeff${headers[language].join(',')}\r\n`;

/** Where the number of the line stands. */
const LINE_AT = 1;

export function rejectLine(row: RejectedRow, language: Language): string {
  const cells = [row.file, String(row.line), row.field ?? '', row.reason[language], row.content, ''];
  // The content is what somebody else's system wrote: no cell of it is taken for a number.
  return csvLine(cells, (index) => index === LINE_AT);
}

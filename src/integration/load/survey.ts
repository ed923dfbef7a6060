import type { ColumnType } from '../files/columns.ts';
import type { SourceRow } from '../files/split.ts';
import { createTotal } from './sums.ts';

/** What one column of a file looks like over all its rows. */
export interface ColumnSurvey {
  name: string;
  /** The declared type, or for text what its values look like. */
  type: ColumnType | 'empty';
  /** Characters of the longest value. */
  lengthMax: number;
  /** Values of a column that the mapping translates; null when there are too many to be codes. */
  codes?: string[] | null;
}

/** What a file looks like: kept with its run, and compared with the next one of the same mapping. */
export interface FileSurvey {
  /** Code of the file in the mapping. */
  code: string;
  file: string;
  rows: number;
  columns: ColumnSurvey[];
  /** Exact sums by column, where the control file states some. */
  sums: Record<string, string>;
}

export interface Survey {
  take(rows: readonly SourceRow[]): void;
  result(): FileSurvey;
}

export interface SurveyInput {
  code: string;
  file: string;
  columns: readonly string[];
  typeOf(index: number): ColumnType;
  /** Columns to add up. */
  sums: ReadonlySet<string>;
  /** Columns whose values are codes. */
  codes: ReadonlySet<string>;
}

const limits = {
  codesMax: 200,
  codeLengthMax: 40,
  /** Every row of the first, then one in so many, is looked at for what its texts look like. */
  sampledFirst: 2_000,
  sampledEach: 16,
};

/** Looks at the rows of a file as they pass by. */
export function createSurvey({ code, file, columns, typeOf, sums, codes }: SurveyInput): Survey {
  const lengths = columns.map(() => 0);
  const looks: Look[] = columns.map(() => 'empty');
  const totals = columns.flatMap((name, index) => (sums.has(name) ? [{ name, index, total: createTotal() }] : []));
  const coded = columns.flatMap((name, index) =>
    codes.has(name) ? [{ index, values: new Set<string>() as Set<string> | null }] : [],
  );
  let rows = 0;
  return {
    take(batch) {
      for (const { values, fault } of batch) {
        const sampled = rows < limits.sampledFirst || rows % limits.sampledEach === 0;
        rows += 1;
        if (fault) continue;
        for (const { index, total } of totals) {
          const value = values[index];
          if (value !== null && value !== undefined) total.add(value);
        }
        for (const each of coded) {
          const value = values[each.index];
          if (value === null || value === undefined || !each.values || each.values.has(value)) continue;
          if (each.values.size >= limits.codesMax || value.length > limits.codeLengthMax) each.values = null;
          // A short text may be a slice that keeps the whole block of the file alive.
          else each.values.add(Buffer.from(value, 'utf8').toString('utf8'));
        }
        if (!sampled) continue;
        for (let index = 0; index < columns.length; index++) {
          const value = values[index];
          if (value === null || value === undefined) continue;
          if (value.length > lengths[index]!) lengths[index] = value.length;
          if (looks[index] !== 'text') looks[index] = wider(looks[index]!, value);
        }
      }
    },
    result: () => ({
      code,
      file,
      rows,
      columns: columns.map((name, index) => {
        const values = coded.find((each) => each.index === index)?.values;
        const declared = typeOf(index);
        return {
          name,
          type: declared === 'text' ? looks[index]! : declared,
          lengthMax: lengths[index]!,
          ...(values === undefined ? {} : { codes: values && [...values].sort() }),
        };
      }),
      sums: Object.fromEntries(totals.map(({ name, total }) => [name, total.amount()])),
    }),
  };
}

type Look = 'empty' | 'integer' | 'decimal' | 'date' | 'text';

const DATE = /^\d{4}([-/.]?)(0[1-9]|1[0-2])\1(0[1-9]|[12]\d|3[01])$/;

/** The narrowest look that holds for what was seen and for one more value. */
function wider(seen: Look, value: string): Look {
  const look: Look = DATE.test(value)
    ? 'date'
    : /^[+-]?\d{1,18}$/.test(value)
      ? 'integer'
      : /^[+-]?[\d,]{1,24}\.\d+$/.test(value)
        ? 'decimal'
        : 'text';
  if (seen === 'empty' || seen === look) return look;
  const numbers = (each: Look) => each === 'integer' || each === 'decimal';
  if (numbers(seen) && numbers(look)) return 'decimal';
  // Eight digits may be a day or a number; the next value tells.
  if (seen === 'date' && look === 'integer') return 'integer';
  return seen === 'integer' && look === 'date' ? 'integer' : 'text';
}

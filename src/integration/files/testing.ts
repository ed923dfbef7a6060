import type { SourceFormat } from './source.ts';

/** A format for tests: what a mapping says that says nothing, and what the test wants otherwise. */
export function formatFor(wanted: Partial<SourceFormat>): SourceFormat {
  return {
    kind: 'delimited',
    encoding: 'utf-8',
    delimiter: ',',
    quote: '"',
    header: true,
    headerRow: 1,
    skip: [],
    unit: 'characters',
    ragged: false,
    sheet: undefined,
    records: undefined,
    missing: [''],
    columns: [],
    rename: {},
    ...wanted,
  };
}

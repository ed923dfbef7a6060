import { fileAt } from '../files/folder.ts';
import type { Inspection } from '../files/inspect.ts';
import { planFile } from '../load/planned-file.ts';
import type { FileDefinition, Mapping } from '../mapping/definition.ts';
import type { MappingDocument } from '../mapping/read.ts';

const limits = { rowsRead: 1_000, codesMax: 20, codeLengthMax: 12 };

/**
 * The values of columns that repeat a few short ones, as they stand in the beginning of a file: codes to be translated. Longer values are
 * left out: they would be names or texts.
 */
export async function codeValues(
  path: string,
  entry: string | undefined,
  { name, format, columns }: Inspection,
  wanted: ReadonlySet<string>,
): Promise<Record<string, string[]>> {
  if (!format || wanted.size === 0) return {};
  const named = format.kind === 'fixed' || format.header === false;
  const declared = columns.map(({ name: column, start, length }) => [column, { type: 'text', start, length }] as const);
  const definition = { path: [name], ...format, ...(named && { columns: Object.fromEntries(declared) }) };
  const document: MappingDocument = {
    mapping: { files: { file: definition as FileDefinition } } as unknown as Mapping,
    file: name,
    sha256: '',
    place: () => name,
    line: () => 1,
  };
  const file = await planFile(document, 'file', await fileAt(path, entry), 'UTC');
  const found = new Map<string, Set<string>>();
  let read = 0;
  for await (const rows of file.rows(() => {})) {
    for (const { fault, values } of rows) {
      if (fault || read >= limits.rowsRead) continue;
      read += 1;
      file.columns.forEach((column, index) => {
        const value = values[index];
        if (!wanted.has(column) || value === null || value === undefined) return;
        const known = found.get(column) ?? new Set<string>();
        found.set(column, known.add(value));
      });
    }
    if (read >= limits.rowsRead) break;
  }
  const codes = [...found].filter(
    ([, values]) =>
      values.size <= limits.codesMax && [...values].every((value) => value.length <= limits.codeLengthMax),
  );
  return Object.fromEntries(codes.map(([column, values]) => [column, [...values].sort()]));
}

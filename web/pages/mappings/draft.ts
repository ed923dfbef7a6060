import type { FieldValue, Inspection, LoadStep, MappedFile, Mapping, Target } from '../../api/gateway.ts';

/** In which ways a field may get its value on the form; `complex` is what only the text can say. */
export type FieldKind = 'ignore' | 'column' | 'expression' | 'value' | 'text' | 'key' | 'complex';

export function kindOf(value: FieldValue | undefined): FieldKind {
  if (!value) return 'ignore';
  if (value.first_of) return 'complex';
  for (const kind of ['column', 'expression', 'value', 'text', 'key'] as const) {
    if (value[kind] !== undefined) return kind;
  }
  return 'complex';
}

/** A mapping before its first file. */
export const emptyMapping = (): Mapping => ({
  code: '',
  source: 'core',
  label: { zh: '', en: '' },
  files: {},
  loads: [],
});

/** `KH_20260131.csv` → `KH_{date:YYYYMMDD}.csv`: a file with a day in its name comes every day with another one. */
export function patternOf(name: string): string {
  return name
    .replace(/(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])/, '{date:YYYYMMDD}')
    .replace(/(19|20)\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])/, '{date}');
}

/** A word for a file or mapping that fits the grammar of codes. */
export function codeOf(name: string): string {
  const plain = name
    .replace(/\.(gz|zst|zip)$/i, '')
    .replace(/\.[^.]+$/, '')
    .toLowerCase()
    .replace(/\d{4}-?\d{2}-?\d{2}/g, '')
    .replace(/[^a-z0-9_-]+/g, '_')
    .replace(/^[^a-z]+|[_-]+$/g, '');
  return plain.slice(0, 40) || 'file';
}

/** What the mapping says of a file that was looked at. */
function fileOf({ name, format, columns }: Inspection): MappedFile {
  const named = format?.kind === 'fixed' || format?.header === false;
  const typed = columns.flatMap((column) => {
    if (!named && column.type === 'text') return [];
    const { type, format: form, start, length } = column;
    const place = { ...(start === undefined ? {} : { start }), ...(length === undefined ? {} : { length }) };
    return [[column.name, { type, ...(form === undefined ? {} : { format: form }), ...place }] as const];
  });
  return { path: [patternOf(name)], ...format, ...(typed.length > 0 ? { columns: Object.fromEntries(typed) } : {}) };
}

/** What would be loaded of a file, as well as names and values tell. */
function stepOf(file: string, found: Inspection, targets: readonly Target[], entity = found.entity): LoadStep {
  const target = targets.find(({ code }) => code === entity);
  const suggested = found.suggestions[entity] ?? {};
  const fields = (target?.fields ?? []).flatMap((field) => {
    const column = suggested[field.code];
    if (column === undefined) return [];
    if (field.ref) return [[field.code, { key: `{${column}}` }] as const];
    const table = found.codes[`${entity}.${field.code}`];
    const known = Object.entries(table ?? {}).filter(([, value]) => value !== '');
    const value: FieldValue = known.length > 0 ? { column, codes: { values: Object.fromEntries(known) } } : { column };
    return [[field.code, value] as const];
  });
  return { entity, file, key: keyOf(found, suggested), fields: Object.fromEntries(fields) };
}

/** The column with a different value in every row, a number or key of ours first. */
function keyOf(found: Inspection, suggested: Record<string, string>): string {
  const rows = found.rows.sampled - found.rows.faulty;
  const unique = found.columns.filter(({ distinct, empty }) => empty === 0 && distinct >= Math.min(rows, 200));
  const wanted = suggested.number ?? suggested.code;
  const best = unique.find(({ name }) => name === wanted) ?? unique[0] ?? found.columns[0];
  return best ? `{${best.name}}` : '';
}

/** Takes a file into the mapping: what it is, and what could become of it. */
export function addFile(mapping: Mapping, found: Inspection, targets: readonly Target[]): Mapping {
  const files = mapping.files ?? {};
  let code = codeOf(found.name);
  while (files[code]) code = `${code}_2`;
  const step = stepOf(code, found, targets);
  const named = mapping.code === '' ? codeOf(found.name) : mapping.code;
  const target = targets.find((each) => each.code === step.entity);
  const label =
    mapping.label.zh === '' && target ? { zh: `${target.label.zh}文件`, en: `${target.label.en} file` } : mapping.label;
  return {
    ...mapping,
    code: named,
    label,
    files: { ...files, [code]: fileOf(found) },
    loads: [...mapping.loads, step],
  };
}

/** One more step of a file, or the same step for another entity. */
export function retarget(
  step: LoadStep,
  entity: string,
  found: Inspection | undefined,
  targets: readonly Target[],
): LoadStep {
  if (!found || step.file === undefined) return { ...step, entity, fields: {} };
  return { ...stepOf(step.file, found, targets, entity), key: step.key };
}

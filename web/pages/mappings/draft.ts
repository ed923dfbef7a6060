import type { FieldValue, Inspection, LoadStep, MappedFile, Mapping, Target } from '../../api/gateway.ts';

/** In which ways a field may get its value on the form. */
export type FieldKind = 'ignore' | 'column' | 'expression' | 'value' | 'text' | 'key' | 'first_of';

export function kindOf(value: FieldValue | undefined): FieldKind {
  if (!value) return 'ignore';
  const kinds = ['first_of', 'expression', 'value', 'text', 'key'] as const;
  return kinds.find((kind) => value[kind] !== undefined) ?? 'column';
}

/**
 * The same field with its value from somewhere else; what it is without a value and whom it is given to stay. `fresh` is what a choice
 * begins with, `given` what was chosen already.
 */
export function changeKind(
  value: FieldValue | undefined,
  next: Exclude<FieldKind, 'ignore'>,
  fresh: FieldValue,
  given?: string,
): FieldValue {
  const { codes, source, default: fallback, initial, absent, first_of, ...from } = value ?? {};
  const field = {
    ...(fallback !== undefined && { default: fallback }),
    ...(initial !== undefined && { initial }),
    ...(absent !== undefined && { absent }),
  };
  const origin = { ...(codes && { codes }), ...(source !== undefined && { source }) };
  if (next === 'first_of') {
    return { ...field, first_of: [Object.keys(from).length > 0 ? { ...from, ...origin } : fresh, fresh] };
  }
  if (next === 'key') return { ...field, ...first_of?.[0], ...from, ...origin, ...(given && { key: `{${given}}` }) };
  return { ...field, ...origin, [next]: given ?? (next === 'column' ? (fresh.column ?? '') : '') };
}

/** One alternative fewer; the last one left is the field's value itself. */
export function withoutAlternative(value: FieldValue, index: number): FieldValue {
  const { first_of = [], ...field } = value;
  const left = first_of.filter((_, at) => at !== index);
  return left.length === 1 ? { ...left[0], ...field } : { ...field, first_of: left };
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
  return { ...step, entity, fields: stepOf(step.file, found, targets, entity).fields };
}

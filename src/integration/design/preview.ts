import { type Context, fieldView, maskText } from '#access';
import { Failure } from '#kernel';
import type { FieldDefinition } from '#metadata';
import { rejectKinds } from '../failures.ts';
import type { SourceRow } from '../files/split.ts';
import { concealNumbers, concealRow } from '../load/conceal.ts';
import { joinRow } from '../load/lookups.ts';
import { type LoadPlan, type PlannedLoad, planLoad } from '../load/plan.ts';
import type { Joined } from '../load/scope.ts';
import type { MappingDocument } from '../mapping/read.ts';

const limits = {
  rowsShown: 50,
  /** Rows read of a file to find them, where `where` leaves many out. */
  rowsRead: 5_000,
  /** Rows of a file that a look-up is filled with: what is not found among them may stand further down. */
  lookupRows: 100_000,
};

export interface PreviewCell {
  /** As it would be stored, concealed from who may not see the field; null for no value. */
  value: string | null;
  /** Why the row would be rejected. */
  error?: string;
}

export interface PreviewRow {
  line: number;
  key: PreviewCell;
  cells: PreviewCell[];
  /** What is wrong with the row as a whole. */
  error?: string;
}

export interface PreviewLoad {
  entity: string;
  file: string | null;
  /** Codes of the fields, in the order of the cells. */
  fields: string[];
  rows: PreviewRow[];
  /** Of the rows looked at: left out by `where`, and faulty. */
  read: number;
  skipped: number;
  faulty: number;
}

/**
 * The first rows of each load as they would be stored, every wrong cell with its reason. References are shown by their key; whether the row
 * they point at exists is asked by the load. Throws the Failure that names the place in the mapping or the file.
 */
export async function previewMapping(
  ctx: Context,
  input: { document: MappingDocument; folder: string; date: string },
): Promise<PreviewLoad[]> {
  const zone = input.document.mapping.institution?.zone ?? ctx.institution.zone;
  const plan = await planLoad({ ...input, model: ctx.model, zone });
  await fillLookups(plan);
  const loads: PreviewLoad[] = [];
  for (const load of plan.loads) loads.push(await previewLoad(ctx, load));
  return loads;
}

async function fillLookups(plan: LoadPlan): Promise<void> {
  for (const lookup of plan.lookups) {
    let count = 0;
    for await (const rows of lookup.file.rows(() => {})) {
      lookup.take(rows);
      count += rows.length;
      if (count >= limits.lookupRows) break;
    }
  }
}

async function previewLoad(ctx: Context, load: PlannedLoad): Promise<PreviewLoad> {
  const { entity, file, inline, fields } = load;
  const shown = fields.map((field) => concealer(ctx, load, field.field));
  const result: PreviewLoad = {
    entity: entity.code,
    file: file?.source.found.name ?? null,
    fields: fields.map(({ field }) => field.code),
    rows: [],
    read: 0,
    skipped: 0,
    faulty: 0,
  };
  for await (const rows of file ? file.rows(() => {}) : [inline!.rows]) {
    for (const row of rows) {
      if (result.rows.length >= limits.rowsShown || result.read >= limits.rowsRead) return result;
      result.read += 1;
      const seen = previewRow(ctx, load, row, shown);
      if (!seen) {
        result.skipped += 1;
        continue;
      }
      if (
        seen.error !== undefined ||
        seen.key.error !== undefined ||
        seen.cells.some(({ error }) => error !== undefined)
      ) {
        result.faulty += 1;
      }
      result.rows.push(seen);
    }
  }
  return result;
}

const NONE: Joined = [];

function previewRow(
  { language }: Context,
  load: PlannedLoad,
  row: SourceRow,
  shown: ((value: string) => string)[],
): PreviewRow | undefined {
  const { line } = row;
  const reasonOf = (failure: Failure) => concealNumbers(failure.text(language));
  const nothing = { line, key: { value: null }, cells: load.fields.map(() => ({ value: null })) };
  if (row.fault) {
    // The fault of one value is shown where that value would go.
    const at = load.fields.findIndex(({ field }) => field.code === row.fault?.field);
    if (at < 0) {
      const column = row.fault.field === undefined ? '' : `${row.fault.field}: `;
      return { ...nothing, error: `${column}${reasonOf(row.fault)}` };
    }
    const cells = nothing.cells.map((cell, index) => (index === at ? { ...cell, error: reasonOf(row.fault!) } : cell));
    return { ...nothing, cells };
  }
  const joined = joinRow(load.uses, row.values, NONE);
  if (joined instanceof Failure) return { ...nothing, error: reasonOf(joined) };
  const attempt = (read: () => string | null): PreviewCell => {
    try {
      return { value: read() };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { value: null, error: reasonOf(error) };
    }
  };
  try {
    if (load.where && !load.where(row.values, joined)) return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...nothing, error: reasonOf(error) };
  }
  const key = attempt(() => {
    const value = load.key(row.values, joined);
    if (value === null) throw new Failure(rejectKinds.key_empty);
    return concealNumbers(value);
  });
  const cells = load.fields.map((field, index) =>
    attempt(() => {
      const value =
        field.kind === 'value' ? field.read(row.values, joined) : (field.read(row.values, joined)?.key ?? null);
      return value === null ? null : shown[index]!(value);
    }),
  );
  return { line, key, cells };
}

/** How a field's values are shown to the person who asks. */
function concealer(
  { model, actor }: Context,
  { entity }: PlannedLoad,
  field: FieldDefinition,
): (value: string) => string {
  const view = fieldView(model, actor, entity, field);
  if (view === 'clear') return field.type === 'ref' ? concealNumbers : (value) => value;
  // Who designs need not see customers, but whether codes and days come out right; names and numbers are concealed as in the samples.
  if (CODES.has(field.type)) return (value) => value;
  const { mask } = field;
  return mask ? (value) => maskText(mask, value) : concealRow;
}

const CODES = new Set(['choice', 'choices', 'boolean', 'date', 'datetime']);

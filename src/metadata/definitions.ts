import type { Queryable } from '#database';
import type { FieldDefinition } from './definition.ts';
import { fieldOf, type Model, type PackEntry } from './model.ts';

/** Channel on which the database tells that definitions were published or retired. */
export const DEFINITIONS_CHANNEL = 'tongguan_definitions';

/** What business people define besides the packs: each kind is a file of the packs, and a version here goes over its entry. */
export const DEFINITION_KINDS = ['metrics', 'tags', 'tiers', 'segments', 'parameters', 'rules'] as const;
export type DefinitionKind = (typeof DEFINITION_KINDS)[number];

/** A definition in force that is not the packs' own; `body` null takes the packs' entry out. */
export interface DefinitionRow {
  kind: DefinitionKind;
  code: string;
  version: number;
  body: Record<string, unknown> | null;
}

interface Book {
  model: Model;
  /** What it was made of, so that the same rows make no second model. */
  mark: string;
  rows: readonly DefinitionRow[];
  /** Definitions that no longer fit the packs and were left out, by `kind/code`. */
  faults: ReadonlyMap<string, unknown>;
}

const origins = new WeakMap<Model, Model>();
/** How many publications a model knows of. */
const publications = new WeakMap<Model, number>();
const books = new WeakMap<Model, Book>();

/** The packs' model that a model was made of; itself for one of the packs. */
export const originOf = (model: Model): Model => origins.get(model) ?? model;

/** The model in force in this process: the packs with what the institution published over them. Take it once and keep it to the end of the work. */
export const modelInForce = (model: Model): Model => books.get(originOf(model))?.model ?? originOf(model);

/** The definitions over the packs that the model in force is made of. */
export const definitionsInForce = (model: Model): readonly DefinitionRow[] => books.get(originOf(model))?.rows ?? [];

/**
 * How many publications a model knows of, to be compared with how many there were: a process, or work that began before, may hold an older one.
 * 0 for the packs alone; infinite for one that tries something out.
 */
export const publicationsIn = (model: Model): number =>
  publications.get(model) ?? (originOf(model) === model ? 0 : Number.POSITIVE_INFINITY);

/** SQL of how many publications and retirements there were. */
export const PUBLICATIONS = "(select count(*)::integer from definition where status <> 'draft')";

/** Definitions that were published and no longer fit, with what is wrong, by `kind/code`. */
export const definitionFaults = (model: Model): ReadonlyMap<string, unknown> =>
  books.get(originOf(model))?.faults ?? new Map();

/** Where an entry of the institution's own comes from, for messages. */
export const placeOfDefinition = (kind: string, code: string) => `${kind}/${code}`;

/** A new model of the same entities, with definitions over the packs' entries of the same code; the given model stays as it is. */
export function withDefinitions(model: Model, rows: readonly DefinitionRow[]): Model {
  const origin = originOf(model);
  if (rows.length === 0) return origin;
  const changed = new Map<string, PackEntry[]>();
  for (const [kind, own] of Map.groupBy(rows, (row) => row.kind)) {
    const byCode = new Map(own.map((row) => [row.code, row]));
    const entries = origin.data(kind).flatMap((entry) => {
      const row = byCode.get(entry.value.code as string);
      byCode.delete(entry.value.code as string);
      return row ? entryOf(row) : [entry];
    });
    changed.set(kind, [...entries, ...[...byCode.values()].flatMap(entryOf)]);
  }
  const made: Model = { ...origin, data: (name) => changed.get(name) ?? origin.data(name) };
  origins.set(made, origin);
  return made;
}

const entryOf = ({ kind, code, body }: DefinitionRow): PackEntry[] =>
  body === null ? [] : [{ file: placeOfDefinition(kind, code), value: body }];

/** The newest published version of each definition; a retired one of the packs takes their entry out. With how many publications there were. */
async function readDefinitionRows(db: Queryable): Promise<{ rows: DefinitionRow[]; known: number }> {
  const { rows } = await db.query<DefinitionRow & { known: number }>(
    `select distinct on (kind, code) kind, code, version, case when status = 'retired' then null else body end as body,
            count(*) over ()::integer as known
       from definition where status <> 'draft' order by kind, code, version desc`,
  );
  return { rows: rows.map(({ known, ...row }) => row), known: rows[0]?.known ?? 0 };
}

/**
 * Puts in force what is stored, in this process. `check` compiles a model and throws where something does not fit: such a
 * definition, which fitted when it was published and does no longer, is left out and named in `definitionFaults`, so that one of
 * them never stops the bank. Returns the model in force.
 */
export async function renewDefinitions(db: Queryable, model: Model, check: (model: Model) => void): Promise<Model> {
  const origin = originOf(model);
  const { rows, known } = await readDefinitionRows(db);
  const mark = JSON.stringify(rows.map(({ kind, code, version }) => [kind, code, version]));
  const before = books.get(origin);
  if (before?.mark === mark || (!before && rows.length === 0)) return modelInForce(origin);
  const { kept, faults } = fitting(origin, rows, check);
  const made = withDefinitions(origin, kept);
  books.set(origin, { model: made, mark, rows: kept, faults });
  if (made !== origin) publications.set(made, known);
  fillTiers(made);
  return made;
}

/** All rows where they fit together; else those that fit one after the other. */
function fitting(origin: Model, rows: readonly DefinitionRow[], check: (model: Model) => void) {
  const fault = faultOf(origin, rows, check);
  if (fault === undefined) return { kept: rows, faults: new Map<string, unknown>() };
  const kept: DefinitionRow[] = [];
  let waiting = [...rows];
  // One may need another that stands later in the list, so the rest is tried until none of it fits.
  for (let fits = true; fits; ) {
    fits = false;
    for (const row of waiting) {
      if (faultOf(origin, [...kept, row], check) !== undefined) continue;
      kept.push(row);
      fits = true;
    }
    waiting = waiting.filter((row) => !kept.includes(row));
  }
  const faults = new Map(
    waiting.map((row) => [placeOfDefinition(row.kind, row.code), faultOf(origin, [...kept, row], check)]),
  );
  return { kept, faults };
}

function faultOf(origin: Model, rows: readonly DefinitionRow[], check: (model: Model) => void): unknown {
  try {
    check(withDefinitions(origin, rows));
    return undefined;
  } catch (error) {
    return error ?? new Error('unknown');
  }
}

/** The customer's tier is chosen among the tiers in force; like those of roles, the choices belong to the entity itself. */
export function fillTiers(model: Model): void {
  const field = fieldOf(model.entity('customer'), 'tier');
  if (!field) return;
  field.options = model.data('tiers').map(({ value }) => ({
    code: value.code as string,
    label: value.label as FieldDefinition['label'],
    ...(value.color === undefined ? {} : { color: value.color as never }),
  }));
}

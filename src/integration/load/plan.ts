import { Failure } from '#kernel';
import { type EntityDefinition, type FieldDefinition, fieldOf, isSecretName, type Model } from '#metadata';
import { loadKinds, mappingKinds, noteKinds } from '../failures.ts';
import { isZone } from '../files/date-format.ts';
import { checkFolder, findFile } from '../files/folder.ts';
import type { SourceRow } from '../files/split.ts';
import type { LoadDefinition } from '../mapping/definition.ts';
import type { MappingDocument, MappingPath } from '../mapping/read.ts';
import { type Condition, compileCondition } from './expression.ts';
import { compileField, defaultField, type FieldContext, hasDefault, type PlannedField } from './fields.ts';
import { createLookup, type PlannedLookup, type PlannedUse, planUses } from './lookups.ts';
import { type Mends, type PlannedFile, planFile } from './planned-file.ts';
import type { ReferenceTable } from './references.ts';
import { createScope, type OwnColumns, type Read, type Scope, unknownName } from './scope.ts';
import { compileTemplate } from './template.ts';

/** Rows written in the mapping itself. */
export interface PlannedRows extends OwnColumns {
  rows: SourceRow[];
}

/** One entry of `loads`: rows of one origin become rows of one entity. */
export interface PlannedLoad {
  entity: EntityDefinition;
  file: PlannedFile | undefined;
  inline: PlannedRows | undefined;
  uses: PlannedUse[];
  where: Condition | undefined;
  distinct: Read[];
  key: Read;
  fields: PlannedField[];
  /** Customers whom another system brought are known again by the certain rules of the packs. */
  identify: boolean;
  /** It points at rows of its own entity, whose ids must be known before the first row is checked. */
  pointsAtItself: boolean;
}

export interface LoadPlan {
  document: MappingDocument;
  folder: string;
  /** Those that some load or look-up reads. */
  files: PlannedFile[];
  /** In an order in which each finds its own look-ups filled. */
  lookups: PlannedLookup[];
  loads: PlannedLoad[];
  /** Entities whose loaded ids are asked for by references. */
  referenced: Set<string>;
  /** Columns that loads and look-ups read, by code of the file. */
  used: Map<string, Set<string>>;
  /** Columns whose values are codes, by code of the file. */
  coded: Map<string, Set<string>>;
  notes: Failure[];
  /** From now on a customer's number at the mapping's own source means this customer. */
  leadCustomer(key: string, id: string): void;
}

export interface PlanInput {
  document: MappingDocument;
  folder: string;
  model: Model;
  /** Zone of local times in the files. */
  zone: string;
  /** Business date of the load, for file names. */
  date: string;
  /** Corrected values, by file. */
  mends?: ReadonlyMap<string, Mends> | undefined;
}

/**
 * Checks a mapping against the model and the headers of the files, and compiles it. Throws a Failure that names the place in the
 * mapping, or the file and column; afterwards only rows can be wrong.
 */
export async function planLoad({ document, folder, model, zone, date, mends }: PlanInput): Promise<LoadPlan> {
  const { mapping } = document;
  checkFolder(folder);
  const institution = mapping.institution;
  if (institution && !isZone(institution.zone)) {
    const path = ['institution', 'zone'];
    const params = { place: document.place(path), zone: institution.zone };
    throw new Failure(mappingKinds.unknown_zone, params, path.join('.'));
  }
  checkNames(document, model);
  const notes: Failure[] = [];
  const files = new Map<string, PlannedFile>();
  const absent = new Set<string>();
  for (const code of filesRead(document)) {
    const definition = mapping.files![code]!;
    const found = await findFile(folder, definition.path, date, definition.optional ?? false);
    if (found) files.set(code, await planFile(document, code, found, zone, mends?.get(found.name)));
    else {
      absent.add(code);
      notes.push(new Failure(noteKinds.file_absent, { file: definition.path.join(' / ') }));
    }
  }
  const lookups = planLookups(document, files, zone);
  const references = new Map<string, ReferenceTable>();
  const loads: PlannedLoad[] = [];
  mapping.loads.forEach((definition, index) => {
    if (definition.file !== undefined && absent.has(definition.file)) return;
    loads.push(planOne(document, definition, ['loads', index], { model, zone, references, files, lookups }));
  });
  return {
    document,
    folder,
    files: [...files.values()],
    lookups: lookups.used(),
    loads,
    referenced: referencedBy(loads),
    used: usedColumns(document, files),
    coded: codedColumns(document, model),
    notes,
    leadCustomer: (key, id) => references.get(`customer\u0000${document.mapping.source}`)?.lead(key, id),
  };
}

/** Columns by what the mapping says of a file, its look-ups and loads; a name that stands in an expression counts. */
function usedColumns({ mapping }: MappingDocument, files: Map<string, PlannedFile>): Map<string, Set<string>> {
  return new Map(
    [...files].map(([code, file]) => {
      const { path: _, label: __, rename: ___, ...about } = mapping.files![code]!;
      const loads = mapping.loads.filter((load) => load.file === code);
      const lookups = Object.values(mapping.lookups ?? {}).filter((lookup) => lookup.file === code);
      // Looked-up columns are named by those who use the look-up, so for such files every place counts.
      const text = JSON.stringify(lookups.length > 0 ? [about, mapping.loads, mapping.lookups] : [about, loads]);
      return [code, new Set(file.source.columns.filter((name) => text.includes(JSON.stringify(name).slice(1, -1))))];
    }),
  );
}

/** Columns that go through a code table or into a field with options. */
function codedColumns({ mapping }: MappingDocument, model: Model): Map<string, Set<string>> {
  const coded = new Map<string, Set<string>>();
  for (const load of mapping.loads) {
    if (load.file === undefined) continue;
    const columns = coded.get(load.file) ?? new Set<string>();
    coded.set(load.file, columns);
    for (const [code, field] of Object.entries(load.fields)) {
      const type = fieldOf(model.entity(load.entity), code)?.type;
      const isCode = field.codes !== undefined || type === 'choice' || type === 'choices';
      for (const each of [field, ...(field.first_of ?? [])]) {
        if (each.column !== undefined && (isCode || each.codes !== undefined)) columns.add(each.column);
      }
    }
  }
  return coded;
}

function referencedBy(loads: PlannedLoad[]): Set<string> {
  const referenced = new Set<string>();
  for (const { fields } of loads) {
    for (const field of fields) {
      if (field.kind === 'reference' && field.absent !== 'allow') referenced.add(field.field.ref!);
    }
  }
  return referenced;
}

/** Everything that can be checked without the files. */
function checkNames(document: MappingDocument, model: Model): void {
  const { mapping } = document;
  const files = Object.keys(mapping.files ?? {});
  const checkFile = (name: string, path: MappingPath) => {
    if (!files.includes(name)) throw unknownName(document, path, 'file', name, files);
  };
  for (const [name, lookup] of Object.entries(mapping.lookups ?? {})) checkFile(lookup.file, ['lookups', name, 'file']);
  mapping.loads.forEach((load, index) => {
    const path = ['loads', index];
    if ((load.file === undefined) === (load.rows === undefined)) {
      const found = load.file === undefined ? '–' : 'file, rows';
      const params = { place: document.place(path), keys: 'file / rows', found };
      throw new Failure(mappingKinds.one_of, params, path.join('.'));
    }
    if (load.file !== undefined) checkFile(load.file, [...path, 'file']);
    const entity = model.entities.find(({ code }) => code === load.entity);
    if (!entity) {
      const known = model.entities.map(({ code }) => code);
      throw unknownName(document, [...path, 'entity'], 'entity', load.entity, known);
    }
    for (const code of Object.keys(load.fields)) checkField(document, entity, code, [...path, 'fields', code]);
    for (const field of entity.fields) {
      if (field.required && !field.computed && !hasDefault(field) && !load.fields[field.code]) {
        const params = { place: document.place([...path, 'fields']), entity: entity.label, field: field.code };
        throw new Failure(mappingKinds.required_field, params, [...path, 'fields'].join('.'));
      }
    }
  });
}

function checkField(document: MappingDocument, entity: EntityDefinition, code: string, path: MappingPath): void {
  const field = fieldOf(entity, code);
  const loadable = (each: FieldDefinition) => !each.computed && !each.derive;
  if (!field) {
    const known = entity.fields.filter(loadable).map((each) => each.code);
    throw unknownName(document, path, 'field', code, known);
  }
  if (!loadable(field)) {
    throw new Failure(mappingKinds.computed_field, { place: document.place(path), field: code }, path.join('.'));
  }
}

/** Files that a load reads, directly or through look-ups. */
function filesRead({ mapping }: MappingDocument): Set<string> {
  const read = new Set<string>();
  const follow = (uses: Record<string, { lookup?: string | undefined }> | undefined, seen: Set<string>) => {
    for (const [alias, use] of Object.entries(uses ?? {})) {
      const name = use.lookup ?? alias;
      const lookup = mapping.lookups?.[name];
      if (!lookup || seen.has(name)) continue;
      read.add(lookup.file);
      follow(lookup.with, new Set([...seen, name]));
    }
  };
  for (const load of mapping.loads) {
    if (load.file !== undefined) read.add(load.file);
    follow(load.with, new Set());
  }
  return read;
}

interface Lookups {
  of(name: string, path: MappingPath): PlannedLookup;
  used(): PlannedLookup[];
}

/** Look-ups are compiled when first used, after the look-ups they use themselves. */
function planLookups(document: MappingDocument, files: Map<string, PlannedFile>, zone: string): Lookups {
  const planned = new Map<string, PlannedLookup>();
  const open = new Set<string>();
  const of = (name: string, from: MappingPath): PlannedLookup => {
    const known = planned.get(name);
    if (known) return known;
    if (open.has(name)) {
      throw new Failure(mappingKinds.lookup_cycle, { place: document.place(from), name }, from.join('.'));
    }
    open.add(name);
    const definition = document.mapping.lookups![name]!;
    const path: MappingPath = ['lookups', name];
    const file = files.get(definition.file);
    if (!file) throw unknownName(document, [...path, 'file'], 'file', definition.file, files.keys());
    const scopeWith = (uses: PlannedUse[]) => scopeOf(document, file, uses);
    const uses = planUses(document, definition.with ?? {}, [...path, 'with'], of, scopeWith);
    const scope = scopeWith(uses);
    const where =
      definition.where === undefined
        ? undefined
        : compileCondition(definition.where, scope, zone, document, [...path, 'where']);
    const lookup = createLookup({ name, definition, file, uses, scope, where, path });
    open.delete(name);
    planned.set(name, lookup);
    return lookup;
  };
  // A Map keeps the order of insertion, and a look-up is inserted after those it uses.
  return { of, used: () => [...planned.values()] };
}

function scopeOf(document: MappingDocument, own: OwnColumns, uses: PlannedUse[]): Scope {
  return createScope(
    document,
    own,
    uses.map(({ alias, lookup }) => ({ alias, columns: lookup })),
  );
}

interface Parts {
  model: Model;
  zone: string;
  references: Map<string, ReferenceTable>;
  files: Map<string, PlannedFile>;
  lookups: Lookups;
}

function planOne(
  document: MappingDocument,
  definition: LoadDefinition,
  path: MappingPath,
  { model, zone, references, files, lookups }: Parts,
): PlannedLoad {
  const entity = model.entity(definition.entity);
  const file = definition.file === undefined ? undefined : files.get(definition.file)!;
  const inline = definition.rows && planRows(document, definition.rows, [...path, 'rows']);
  const scopeWith = (uses: PlannedUse[]) => scopeOf(document, (file ?? inline)!, uses);
  const uses = planUses(document, definition.with ?? {}, [...path, 'with'], lookups.of, scopeWith);
  const scope = scopeWith(uses);
  const ctx: FieldContext = { model, document, scope, zone, references };
  const fields = Object.entries(definition.fields).map(([code, field]) =>
    compileField(ctx, fieldOf(entity, code)!, field, [...path, 'fields', code]),
  );
  const unnamed = entity.fields.filter((field) => hasDefault(field) && !field.computed && !field.derive);
  fields.push(...unnamed.filter(({ code }) => !definition.fields[code]).map(defaultField));
  return {
    entity,
    file,
    inline,
    uses,
    where:
      definition.where === undefined
        ? undefined
        : compileCondition(definition.where, scope, zone, document, [...path, 'where']),
    identify: definition.identify ?? false,
    distinct: (definition.distinct ?? []).map((name) => scope.column(name, [...path, 'distinct']).read),
    key: compileTemplate(definition.key, 'key', scope, document, [...path, 'key']),
    fields,
    pointsAtItself: fields.some(
      (field) => field.kind === 'reference' && field.absent !== 'allow' && field.field.ref === entity.code,
    ),
  };
}

/** Rows of the mapping, as if they were a file: their line is their line in the mapping. */
function planRows(
  document: MappingDocument,
  rows: NonNullable<LoadDefinition['rows']>,
  path: MappingPath,
): PlannedRows {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const secret = columns.find(isSecretName);
  if (secret !== undefined) throw new Failure(loadKinds.column_secret, { file: document.file, column: secret });
  return {
    columns,
    typeOf: () => 'text',
    missing: (name) => unknownName(document, path, 'column', name, columns),
    rows: rows.map((row, index) => {
      const text = JSON.stringify(row);
      const values = columns.map((column) => (row[column] === undefined ? null : String(row[column])));
      return { values, line: document.line([...path, index]), text, start: 0, end: text.length, fault: undefined };
    }),
  };
}

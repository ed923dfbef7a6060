import { Failure } from '#kernel';
import { loadKinds, rejectKinds } from '../failures.ts';
import type { ColumnType } from '../files/columns.ts';
import type { SourceRow } from '../files/split.ts';
import type { LookupDefinition, UseDefinition } from '../mapping/definition.ts';
import type { MappingDocument, MappingPath } from '../mapping/read.ts';
import type { Condition } from './expression.ts';
import type { PlannedFile } from './planned-file.ts';
import { detached } from './references.ts';
import type { Joined, JoinedColumns, Read, Scope, Values } from './scope.ts';
import { unknownName } from './scope.ts';

const limits = {
  /** Rows that one look-up keeps in memory. */
  rowsMax: 5_000_000,
};

/** Rows of another file by a key, with the columns that somebody asked for. */
export interface PlannedLookup extends JoinedColumns {
  name: string;
  file: PlannedFile;
  by: readonly string[];
  uses: PlannedUse[];
  /** Takes the rows of the file; called batch by batch before any row is written. */
  take(rows: SourceRow[]): void;
  find(key: string): Values | undefined;
}

/** A look-up as used by a load or by another look-up. */
export interface PlannedUse {
  alias: string;
  lookup: PlannedLookup;
  key: Read[];
  absent: 'reject' | 'empty';
}

export interface LookupParts {
  name: string;
  definition: LookupDefinition;
  file: PlannedFile;
  uses: PlannedUse[];
  scope: Scope;
  where: Condition | undefined;
  path: MappingPath;
}

export function createLookup({ name, definition, file, uses, scope, where, path }: LookupParts): PlannedLookup {
  const key = definition.by.map((column) => scope.column(column, [...path, 'by']).read);
  const kept: { name: string; read: Read }[] = [];
  const keep = (column: string, at: MappingPath): { index: number; type: ColumnType } => {
    const { read, type } = scope.column(column, at);
    let index = kept.findIndex((each) => each.name === column);
    if (index < 0) index = kept.push({ name: column, read }) - 1;
    return { index, type };
  };
  const compared =
    definition.of === undefined
      ? undefined
      : { ...keep(definition.of, [...path, 'of']), sign: definition.pick === 'lowest' ? -1 : 1 };
  const rows = new Map<string, { values: Values; line: number }>();

  function put(at: string, values: Values, line: number): void {
    const before = rows.get(at);
    if (!before) {
      if (rows.size >= limits.rowsMax) {
        throw new Failure(loadKinds.lookup_too_large, { lookup: name, max: limits.rowsMax });
      }
      rows.set(detached(at), { values, line });
      return;
    }
    if (definition.pick === undefined) {
      const params = { lookup: name, file: file.source.found.name, line, first: before.line, key: shownKey(at) };
      throw new Failure(loadKinds.lookup_ambiguous, params);
    }
    if (definition.pick === 'first') return;
    if (
      compared &&
      compare(values[compared.index]!, before.values[compared.index]!, compared.type) * compared.sign <= 0
    ) {
      return;
    }
    rows.set(at, { values, line });
  }

  return {
    name,
    file,
    by: definition.by,
    uses,
    names: () => scope.names(),
    keep,
    take(batch) {
      for (const { fault, values, line } of batch) {
        if (fault) continue;
        const joined = joinRow(uses, values, []);
        // A row that lacks its own look-up cannot be found by anybody.
        if (joined instanceof Failure || (where && !where(values, joined))) continue;
        const at = keyOf(key, values, joined);
        if (at !== null)
          put(
            at,
            kept.map(({ read }) => detachedOrNull(read(values, joined))),
            line,
          );
      }
    },
    find: (at) => rows.get(at)?.values,
  };
}

const detachedOrNull = (value: string | null) => (value === null ? null : detached(value));

/** Nulls count as neither lower nor higher than anything: they never replace a row. */
function compare(a: string | null, b: string | null, type: ColumnType): number {
  if (a === null) return 0;
  if (b === null) return Number.POSITIVE_INFINITY;
  if (type === 'integer' || type === 'decimal') return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

const KEY_SEPARATOR = '\u0000';
const shownKey = (key: string) => key.replaceAll(KEY_SEPARATOR, ' / ');

function keyOf(reads: Read[], values: Values, joined: Joined): string | null {
  if (reads.length === 1) return reads[0]!(values, joined);
  let key = '';
  for (const read of reads) {
    const part = read(values, joined);
    if (part === null) return null;
    key += key === '' ? part : `${KEY_SEPARATOR}${part}`;
  }
  return key;
}

/** The looked-up rows of a row, in the order of the uses; a Failure when one must be there and is not. */
export function joinRow(uses: readonly PlannedUse[], values: Values, none: Joined): Joined | Failure {
  if (uses.length === 0) return none;
  const joined: Joined = [];
  for (const { lookup, key, absent } of uses) {
    const at = keyOf(key, values, joined);
    const found = at === null ? undefined : lookup.find(at);
    if (!found && absent === 'reject') {
      const params = {
        file: lookup.file.source.found.name,
        by: lookup.by.join(', '),
        key: at === null ? '' : shownKey(at),
      };
      return new Failure(rejectKinds.lookup, params, lookup.by.join(', '));
    }
    joined.push(found ?? null);
  }
  return joined;
}

/** Resolves the `with` of a load or a look-up; each use may build on the ones before it. */
export function planUses(
  document: MappingDocument,
  definitions: Record<string, UseDefinition>,
  path: MappingPath,
  lookupOf: (name: string, path: MappingPath) => PlannedLookup,
  scopeWith: (uses: PlannedUse[]) => Scope,
): PlannedUse[] {
  const uses: PlannedUse[] = [];
  for (const [alias, definition] of Object.entries(definitions)) {
    const at = [...path, alias];
    const name = definition.lookup ?? alias;
    const known = Object.keys(document.mapping.lookups ?? {});
    if (!known.includes(name)) throw unknownName(document, at, 'lookup', name, known);
    const scope = scopeWith(uses);
    const key = definition.by.map((column) => scope.column(column, [...at, 'by']).read);
    uses.push({ alias, lookup: lookupOf(name, at), key, absent: definition.absent ?? 'reject' });
  }
  return uses;
}

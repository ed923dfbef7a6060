import { type Database, ident } from '#database';
import { type EntityDefinition, recordId } from '#metadata';
import type { KeyTable } from './key-table.ts';

/** A row pointed at. */
export interface Reference {
  entity: EntityDefinition;
  key: string;
  id: string;
  /** `unknown` until somebody asked whether it exists. */
  state: 'unknown' | 'there' | 'absent';
}

/** The references to one entity of one source, by source key: the same key comes in thousands of rows. */
export interface ReferenceTable {
  entity: EntityDefinition;
  of(key: string): Reference;
}

const REFERENCES_MAX = 1_000_000;

export function createReferenceTable(entity: EntityDefinition, source: string): ReferenceTable {
  const known = new Map<string, Reference>();
  return {
    entity,
    of(key) {
      let reference = known.get(key);
      if (!reference) {
        reference = { entity, key, id: recordId(entity.code, source, key), state: 'unknown' };
        if (known.size >= REFERENCES_MAX) known.clear();
        known.set(detached(key), reference);
      }
      return reference;
    },
  };
}

/** V8 lets a long slice of a text keep the whole text alive; what is kept for long is copied. */
export function detached(text: string): string {
  return text.length < SLICE_LENGTH_MIN ? text : Buffer.from(text, 'utf8').toString('utf8');
}
const SLICE_LENGTH_MIN = 13;

/**
 * Settles references that are still unknown: rows of this load first, then the database. The database is asked on a
 * connection of its own, because that of the load is in the middle of a COPY; so it sees what was there before.
 */
export async function settleReferences(
  database: Database,
  references: readonly Reference[],
  loaded: ReadonlyMap<string, KeyTable>,
): Promise<void> {
  const asked = new Map<string, { entity: EntityDefinition; references: Reference[] }>();
  for (const reference of references) {
    if (reference.state !== 'unknown') continue;
    if (loaded.get(reference.entity.code)?.has(reference.id)) {
      reference.state = 'there';
      continue;
    }
    const group = asked.get(reference.entity.code);
    if (group) group.references.push(reference);
    else asked.set(reference.entity.code, { entity: reference.entity, references: [reference] });
  }
  for (const { entity, references: group } of asked.values()) {
    const { rows } = await database.query<{ id: string }>(
      `select id from ${ident(entity.code).sql} where id = any($1::bigint[])`,
      [[...new Set(group.map(({ id }) => id))]],
    );
    const found = new Set(rows.map(({ id }) => id));
    for (const reference of group) reference.state = found.has(reference.id) ? 'there' : 'absent';
  }
}

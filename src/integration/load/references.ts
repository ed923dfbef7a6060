import { followIdentities } from '#customers';
import { type Database, ident } from '#database';
import { type EntityDefinition, recordId } from '#metadata';
import type { KeyTable } from './key-table.ts';

/** A row pointed at. */
export interface Reference {
  entity: EntityDefinition;
  source: string;
  key: string;
  /** Of a customer it may become another, once the identity map was asked. */
  id: string;
  /** `unknown` until somebody asked whether it exists. */
  state: 'unknown' | 'there' | 'absent';
}

/** The references to one entity of one source, by source key: the same key comes in thousands of rows. */
export interface ReferenceTable {
  entity: EntityDefinition;
  source: string;
  of(key: string): Reference;
  /** From now on the key means this row: a customer whom another system brought. */
  lead(key: string, id: string): void;
}

const REFERENCES_MAX = 1_000_000;

export function createReferenceTable(entity: EntityDefinition, source: string): ReferenceTable {
  const known = new Map<string, Reference>();
  const led = new Map<string, string>();
  return {
    entity,
    source,
    lead(key, id) {
      led.set(detached(key), id);
      known.delete(key);
    },
    of(key) {
      let reference = known.get(key);
      if (!reference) {
        const other = led.get(key);
        reference = {
          entity,
          source,
          key,
          id: other ?? recordId(entity.code, source, key),
          state: other ? 'there' : 'unknown',
        };
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
    if (entity.code === 'customer') await lead(database, group);
    const { rows } = await database.query<{ id: string }>(
      `select id from ${ident(entity.code).sql} where id = any($1::bigint[])`,
      [[...new Set(group.map(({ id }) => id))]],
    );
    const found = new Set(rows.map(({ id }) => id));
    for (const reference of group) reference.state = found.has(reference.id) ? 'there' : 'absent';
  }
}

/** Numbers of customers that other systems' numbers stand for. */
async function lead(database: Database, references: readonly Reference[]): Promise<void> {
  const known = await followIdentities(
    database,
    references.map(({ source, key }) => ({ system: source, key })),
  );
  if (known.size === 0) return;
  for (const reference of references)
    reference.id = known.get(`${reference.source}\u0000${reference.key}`) ?? reference.id;
}

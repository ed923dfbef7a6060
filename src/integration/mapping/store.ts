import { record } from '#audit';
import type { Queryable, Transaction } from '#database';
import { type Actor, type Clock, Failure } from '#kernel';
import { mappingKinds } from '../failures.ts';
import { findMapping, mappingFiles } from '../places.ts';
import { type MappingDocument, parseMapping } from './read.ts';

// Mappings that people make on the page are rows, one for each version; those of files stay as they are until a version of the same
// code is saved over them.

const limits = { mappingsMax: 1_000, versionsMax: 200 };

export interface MappingVersion {
  version: number;
  note: string | null;
  createdAt: string;
  createdBy: string;
}

/** The mapping that is in force under a code: the newest version saved, else the file. Throws a Failure when there is none. */
export async function currentMapping(
  db: Queryable,
  home: string,
  code: string,
): Promise<{ document: MappingDocument; text: string | null; version: number }> {
  const { rows } = await db.query<{ body: string; version: number }>(
    'select body, version from load_mapping where code = $1 order by version desc limit 1',
    [code],
  );
  const found = rows[0];
  if (!found) return { document: findMapping(home, code, 'code'), text: null, version: 0 };
  return { document: parseMapping(found.body, `${code}.yaml`), text: found.body, version: found.version };
}

/** Codes of all mappings, saved and in files. */
export async function mappingCodes(db: Queryable, home: string): Promise<string[]> {
  const { rows } = await db.query<{ code: string }>('select distinct code from load_mapping order by code limit $1', [
    limits.mappingsMax,
  ]);
  return [...new Set([...rows.map(({ code }) => code), ...mappingFiles(home).keys()])].sort();
}

export async function mappingVersions(db: Queryable, code: string): Promise<MappingVersion[]> {
  const { rows } = await db.query<MappingVersion>(
    `select version, note, created_at as "createdAt", created_by as "createdBy" from load_mapping where code = $1
      order by version desc limit $2`,
    [code, limits.versionsMax],
  );
  return rows;
}

/** The text of one version. Throws a Failure when there is none. */
export async function mappingText(db: Queryable, code: string, version: number): Promise<string> {
  const { rows } = await db.query<{ body: string }>('select body from load_mapping where code = $1 and version = $2', [
    code,
    version,
  ]);
  if (!rows[0]) throw new Failure(mappingKinds.version_missing, { code, version });
  return rows[0].body;
}

/** Saves the next version of a mapping. `version` is the one that the writer began with; 0 for a new mapping or a file's. */
export async function saveMapping(
  tx: Transaction,
  { clock, actor }: { clock: Clock; actor: Actor },
  { text, version, note }: { text: string; version: number; note: string | null },
  named: string,
): Promise<{ document: MappingDocument; version: number }> {
  const document = parseMapping(text, 'mapping.yaml');
  const { code } = document.mapping;
  if (code !== named) {
    throw new Failure(mappingKinds.code_differs, { place: document.place(['code']), code, name: named }, 'code');
  }
  const { rowCount } = await tx.query(
    `insert into load_mapping (code, version, body, note, created_at, created_by)
     select $1, $2, $3, $4, $5, $6
      where (select coalesce(max(version), 0) from load_mapping where code = $1) = $2 - 1
     on conflict do nothing`,
    [code, version + 1, text, note, clock().toISOString(), actor.username],
  );
  if (rowCount === 0) throw new Failure(mappingKinds.changed, { code });
  const detail = { mapping: code, version: version + 1, sha256: document.sha256, ...(note && { note }) };
  await record(tx, { at: clock(), actor, action: 'configure', detail });
  return { document, version: version + 1 };
}

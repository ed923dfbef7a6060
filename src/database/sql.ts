import sql, { raw, type Sql } from 'sql-template-tag';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';

export { default as sql, empty, join, raw, type Sql } from 'sql-template-tag';

/** PostgreSQL cuts longer names silently, so they are refused here. */
const nameBytesMax = 63;

/** A table, column or database name, quoted, for use inside `sql` templates; names of packs and users go through here. */
export function ident(name: string): Sql {
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > nameBytesMax || name.includes('\0')) {
    throw new Failure(kinds.invalid_name, { name, max: nameBytesMax });
  }
  return raw(`"${name.replaceAll('"', '""')}"`);
}

/** A statement that the server plans once per connection and finds again by its name. */
export interface Prepared {
  name: string;
  text: string;
  values: unknown[];
}

/**
 * The hot-path form of a statement. One name must always mean one text: the driver refuses a name that comes back with
 * another text on the same connection.
 */
export function prepared(name: string, text: string, values: unknown[] = []): Prepared {
  if (Buffer.byteLength(name) > nameBytesMax) throw new Failure(kinds.invalid_name, { name, max: nameBytesMax });
  return { name, text, values };
}

/** What `query` takes: text with `$1` marks, a `sql` template, or a prepared statement. */
export type Statement = string | Sql | Prepared;

/** SQL of the question whether anybody holds this advisory lock in the database. */
export const heldLock = (key: number): Sql =>
  sql`exists (select from pg_locks l where l.locktype = 'advisory' and l.classid = 0 and l.objid = ${key}::int::oid
    and l.database = (select oid from pg_database where datname = current_database()))`;

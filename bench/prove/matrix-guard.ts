import { type Database, ident, prepared } from '#database';
import { traces } from './matrix-policy.ts';

// Holds a copy of every table beside it and compares: a refused call must leave everything as it was, an allowed one must change
// what it may and nothing else. Afterwards all is put back, so that every cell meets the same bank.

export interface Change {
  table: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

export interface Guard {
  /** The rows that differ, traces apart; paired by id where they have one. */
  changes(): Promise<Change[]>;
  /** Puts everything back; says whether there was anything to put back. */
  restore(): Promise<boolean>;
  /** Events since the last question: refusals noted, and all others. */
  events(): Promise<{ denied: number; others: string[] }>;
}

const COPY = 'before_cell';
/** Tables put back at most for one cell: putting one back may touch another, as sessions go with their user. */
const TABLES_BACK_MAX = 40;
const CALLS_BETWEEN_VACUUMS = 2_000;

export async function openGuard(db: Database): Promise<Guard> {
  const { rows: found } = await db.query<{ name: string; identity: boolean }>(
    `select c.relname as name, exists (select from pg_attribute a where a.attrelid = c.oid and a.attidentity = 'a') as identity
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      order by c.relname`,
  );
  const tables = found.filter(({ name }) => traces[name] !== 'all');
  const nameOf = (name: string, schema = 'public') => `${schema}.${ident(name).text}`;
  /** A row as JSON without what every call may leave in it. */
  const rowOf = (name: string) => {
    const left = traces[name];
    return ['to_jsonb(t)', ...(Array.isArray(left) ? left.map((column) => `'${column}'`) : [])].join(' - ');
  };
  const hashes = tables
    .map(({ name }) => {
      const text = traces[name] ? `(${rowOf(name)})::text` : 't::text';
      return `select '${name}' as name, count(*) || ':' || coalesce(sum(hashtextextended(${text}, 7)), 0) as hash from ${nameOf(name)} t`;
    })
    .join(' union all ');
  await db.query(`create schema ${COPY}`);
  for (const { name } of tables) await db.query(`create table ${nameOf(name, COPY)} as table ${nameOf(name)}`);
  await db.query('analyze');
  const fingerprint = async () => {
    const { rows } = await db.query<{ name: string; hash: string }>(prepared('matrix_fingerprint', hashes));
    return new Map(rows.map(({ name, hash }) => [name, hash]));
  };
  const wanted = await fingerprint();
  const placeOf = async () => {
    const { rows } = await db.query<{ place: string }>(
      prepared('matrix_place', 'select pg_current_wal_insert_lsn()::text as place'),
    );
    return rows[0]!.place;
  };
  /** Where the log stood when all was well: as long as it stands there, nothing was written at all. */
  let well = '';
  const differing = async (): Promise<string[]> => {
    const place = await placeOf();
    if (place === well) return [];
    const now = await fingerprint();
    const names = tables.map(({ name }) => name).filter((name) => now.get(name) !== wanted.get(name));
    if (names.length === 0) well = place;
    return names;
  };
  /** Row by row, because what is written over and over swells a table until it is slow to compare. */
  const putBack = (names: readonly string[]) =>
    db.transaction(async (tx) => {
      for (const name of names) {
        const [table, copy] = [nameOf(name), nameOf(name, COPY)];
        const values = tables.find((each) => each.name === name)!.identity ? 'overriding system value' : '';
        await tx.query(`delete from ${table} t where t::text not in (select c::text from ${copy} c)`);
        await tx.query(
          `insert into ${table} ${values} select * from ${copy} c where c::text not in (select t::text from ${table} t)`,
        );
      }
    });
  let calls = 0;
  const { rows: events } = await db.query<{ id: string }>('select coalesce(max(id), 0)::text as id from audit_event');
  let lastEvent = events[0]!.id;
  return {
    async changes() {
      const all: Change[] = [];
      for (const name of await differing()) {
        const row = rowOf(name);
        const [now, then] = [
          `select ${row} as row from ${nameOf(name)} t`,
          `select ${row} as row from ${nameOf(name, COPY)} t`,
        ];
        const { rows } = await db.query<{ added: Change['after'][]; gone: Change['before'][] }>(
          `select coalesce((select jsonb_agg(row) from (${now} except all ${then}) x), '[]') as added,
                  coalesce((select jsonb_agg(row) from (${then} except all ${now}) x), '[]') as gone`,
        );
        const { added, gone } = rows[0]!;
        const pairs = gone.map((before) => {
          const at = added.findIndex((after) => before?.id !== undefined && after?.id === before.id);
          return { table: name, before, after: at < 0 ? null : added.splice(at, 1)[0]! };
        });
        all.push(...pairs, ...added.map((after) => ({ table: name, before: null, after })));
      }
      return all;
    },
    async restore() {
      let count = 0;
      for (let names = await differing(); names.length > 0; names = await differing()) {
        count += names.length;
        if (count > TABLES_BACK_MAX) throw new Error(`${names.join(', ')} cannot be put back`);
        await putBack(names);
      }
      return count > 0;
    },
    async events() {
      calls += 1;
      if (calls % CALLS_BETWEEN_VACUUMS === 0) await db.query('vacuum');
      const { rows } = await db.query<{ id: string; what: string; denied: boolean }>(
        prepared(
          'matrix_events',
          `select id, action as what, decision = 'denied' or action in ('denied', 'sign_in_refused') as denied from audit_event where id > $1 order by id`,
          [lastEvent],
        ),
      );
      lastEvent = rows.at(-1)?.id ?? lastEvent;
      return {
        denied: rows.filter(({ denied }) => denied).length,
        others: rows.filter(({ denied }) => !denied).map(({ what }) => what),
      };
    },
  };
}

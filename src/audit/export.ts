import { createHash } from 'node:crypto';
import { type Queryable, sql } from '#database';
import { type Actor, type Clock, Failure } from '#kernel';
import { beginning, type ChainId, digestOf, type Position, readChain } from './chain.ts';
import { kinds } from './failures.ts';
import { type AuditFilter, filterCondition } from './filter.ts';
import { signedLine } from './root.ts';
import type { SigningKey } from './signing-key.ts';

export interface ExportOptions {
  clock: Clock;
  actor: Pick<Actor, 'userId' | 'username'>;
  key: SigningKey;
  filter: AuditFilter;
  /** Events that one export may hold. */
  eventsMax: number;
  /**
   * What the reader may see of the details, by id of the event, as JSON. Without it the details are part of the file; with it they
   * are proved by their hashes alone and shown as this says.
   */
  shown?: ((ids: readonly string[]) => Promise<Map<string, string>>) | undefined;
}

/** Events to be exported of one chain, in order. */
interface Chosen extends ChainId {
  events: { seq: string; id: string }[];
}

/**
 * The lines of a signed export, whose format docs/audit.md describes: what was asked for, then chain by chain the stretches between
 * two signed roots in which something was found. Inside a stretch every event stands in its place; those not asked for are there
 * by their digest. So the file shows by itself that nothing within was changed, added or taken out.
 */
export async function* exportLines(db: Queryable, options: ExportOptions): AsyncGenerator<string> {
  const { clock, actor, key, filter } = options;
  const hash = createHash('sha256');
  const told = { events: 0, leftOut: 0, chains: 0 };
  const roots = new Set<string>();
  const chosen = await choose(db, filter, options.eventsMax);
  const put = (line: string) => {
    hash.update(`${line}\n`);
    return `${line}\n`;
  };
  yield put(
    JSON.stringify({
      kind: 'audit-export',
      version: 1,
      at: clock().toISOString(),
      by: actor.username,
      filter,
      details: options.shown ? 'masked' : 'whole',
      key: key.publicKey,
    }),
  );
  for (const chain of chosen) {
    told.chains += 1;
    yield put(JSON.stringify({ chain: [chain.retention, chain.shard] }));
    for (const stretch of await stretchesOf(db, chain)) {
      for (const root of [stretch.after.root, stretch.until.root]) {
        if (root === null || roots.has(root)) continue;
        roots.add(root);
        const { rows } = await db.query<{ line: string }>('select line from audit_root where number = $1', [root]);
        if (rows[0]) yield put(rows[0].line);
      }
      yield put(JSON.stringify({ after: stretch.after }));
      const wanted = new Map(stretch.events.map(({ seq, id }) => [seq, id]));
      for await (const rows of readChain(db, chain, stretch.after.seq, stretch.until.seq, true)) {
        const ids = rows.flatMap(({ seq, detail }) => (detail !== null && wanted.has(seq) ? [wanted.get(seq)!] : []));
        const shown = options.shown && (await options.shown(ids));
        for (const { seq, hash: head, canonical, salt, detail } of rows) {
          const id = wanted.get(seq);
          if (id === undefined) {
            told.leftOut += 1;
            yield put(`{"seq":"${seq}","digest":"${digestOf(canonical)}"}`);
            continue;
          }
          told.events += 1;
          yield put(`{"seq":"${seq}","hash":"${head}","event":${canonical}}`);
          if (shown?.has(id)) yield put(`{"shown":${shown.get(id)}}`);
          else if (!shown && detail) yield put(`{"salt":"${salt}","detail":${detail}}`);
        }
      }
      yield put(JSON.stringify({ until: stretch.until }));
    }
  }
  yield `${signedLine({ kind: 'audit-export-end', ...told, sha256: hash.digest('hex'), key: key.publicKey }, key)}\n`;
}

async function choose(db: Queryable, filter: AuditFilter, max: number): Promise<Chosen[]> {
  const { rows } = await db.query<{ retention: string; shard: number; seq: string; id: string }>(
    sql`select e.retention, e.shard, e.seq, e.id from audit_event e where ${filterCondition(filter)}
      order by e.retention, e.shard, e.seq limit ${max + 1}`,
  );
  if (rows.length > max) throw new Failure(kinds.too_many, { max });
  const chosen: Chosen[] = [];
  for (const { retention, shard, seq, id } of rows) {
    const last = chosen.at(-1);
    if (last?.retention === retention && last.shard === shard) last.events.push({ seq, id });
    else chosen.push({ retention, shard, events: [{ seq, id }] });
  }
  return chosen;
}

/** Where a stretch begins or ends, and the root that signs the place; null for the beginning of a chain and for what no root covers yet. */
interface Edge extends Position {
  root: string | null;
}

interface Stretch {
  after: Edge;
  until: Edge;
  events: { seq: string; id: string }[];
}

async function stretchesOf(db: Queryable, chain: Chosen): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  for (const event of chain.events) {
    const current = stretches.at(-1);
    if (current && BigInt(event.seq) <= BigInt(current.until.seq)) {
      current.events.push(event);
      continue;
    }
    const { after, until } = await edgesAround(db, chain, event.seq);
    // Stretches that touch are one.
    if (current?.until.seq === after.seq) {
      current.until = until;
      current.events.push(event);
    } else stretches.push({ after, until, events: [event] });
  }
  return stretches;
}

/** The signed places before an event and at or after it; the end of the chain when no root covers the event yet. */
export async function edgesAround(db: Queryable, { retention, shard }: ChainId, seq: string) {
  const { rows } = await db.query<Edge & { side: 'after' | 'until' }>(
    `(select 'after' as side, seq, encode(hash, 'hex') as hash, root from audit_anchor
       where retention = $1 and shard = $2 and seq < $3 order by seq desc limit 1)
     union all
     (select 'until', seq, encode(hash, 'hex'), root from audit_anchor
       where retention = $1 and shard = $2 and seq >= $3 order by seq limit 1)
     union all
     (select 'head', seq, encode(hash, 'hex'), null from audit_event where retention = $1 and shard = $2 order by seq desc limit 1)`,
    [retention, shard, seq],
  );
  const edge = (side: string): Edge | undefined => {
    const row = rows.find((each) => each.side === side);
    return row && { seq: row.seq, hash: row.hash, root: row.root };
  };
  // Also where expired events were removed: the place is one that a root has signed.
  return { after: edge('after') ?? { ...beginning, root: null }, until: edge('until') ?? edge('head')! };
}

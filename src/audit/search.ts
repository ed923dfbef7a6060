import { type Queryable, sql } from '#database';
import { Failure } from '#kernel';
import { type ChainId, digestOf, follow, nameOf, readChain } from './chain.ts';
import { edgesAround } from './export.ts';
import { kinds } from './failures.ts';
import { type AuditFilter, filterCondition } from './filter.ts';
import { isLineSigned, readRoot } from './root.ts';

/** An event as the list shows it: everything but its detail. */
export interface EventRow {
  id: string;
  at: string;
  actorId: string | null;
  actor: string;
  action: string;
  entity: string | null;
  recordId: string | null;
  customerId: string | null;
  decision: 'allowed' | 'denied';
  purpose: string | null;
  rule: string | null;
  address: string | null;
  /** Whom the actor stood in for. */
  onBehalf: string[];
  /** Fields that the event changed. */
  changed: string[];
}

const COLUMNS = `e.id, e.at, e.actor_id as "actorId", e.actor, e.action, e.entity, e.record_id as "recordId", e.customer_id as "customerId",
  e.decision, coalesce(e.purpose, e.detail->>'purpose') as purpose, e.rule, coalesce(e.origin->>'address', e.detail->>'address') as address,
  array(select jsonb_array_elements_text(case jsonb_typeof(e.origin->'onBehalf') when 'array' then e.origin->'onBehalf' else '[]' end)) as "onBehalf",
  array(select jsonb_object_keys(case jsonb_typeof(e.detail->'after') when 'object' then e.detail->'after' else '{}' end) order by 1) as changed`;

/** Events, newest first. `cursor` is the id of the last one of the page before. */
export async function searchEvents(
  db: Queryable,
  filter: AuditFilter,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<EventRow[]> {
  const before = cursor === undefined ? sql`true` : sql`e.id < ${cursor}::bigint`;
  const columns = { text: COLUMNS };
  const statement = sql`from audit_event e where ${filterCondition(filter)} and ${before} order by e.id desc limit ${limit}`;
  const { rows } = await db.query<EventRow>(`select ${columns.text} ${statement.text}`, statement.values);
  return rows;
}

export interface WholeEvent extends EventRow, ChainId {
  seq: string;
  hash: string;
  session: string | null;
  request: string | null;
  detail: Record<string, unknown> | null;
}

export async function readEvent(db: Queryable, id: string): Promise<WholeEvent> {
  const { rows } = await db.query<WholeEvent>(
    `select ${COLUMNS}, e.retention, e.shard, e.seq, encode(e.hash, 'hex') as hash, e.origin->>'session' as session,
       e.origin->>'request' as request, e.detail from audit_event e where e.id = $1`,
    [id],
  );
  if (!rows[0]) throw new Failure(kinds.not_found);
  return rows[0];
}

/** Whether an event is what was recorded: proved up to a signed root, linked but not signed yet, or not what it was. */
export interface Proof {
  state: 'proved' | 'linked' | 'broken' | 'unknown';
  /** The root that vouches for it. */
  root: number | null;
}

/** Events walked for one proof: more lie between two roots only after mass changes, for which there is the verifier. */
const WALK_MAX = 20_000;

/** Recomputes the chain from the signed root before the event to the one after it. */
export async function proveEvent(
  db: Queryable,
  event: ChainId & { seq: string },
  trusted: ReadonlySet<string>,
): Promise<Proof> {
  const { after, until } = await edgesAround(db, event, event.seq);
  if (Number(until.seq) - Number(after.seq) > WALK_MAX) return { state: 'unknown', root: null };
  let { seq, hash } = after;
  for await (const rows of readChain(db, event, after.seq, until.seq)) {
    for (const row of rows) {
      hash = follow(hash, digestOf(row.canonical));
      if (Number(row.seq) !== Number(seq) + 1 || !row.fits || row.hash !== hash) return { state: 'broken', root: null };
      seq = row.seq;
    }
  }
  if (seq !== until.seq || hash !== until.hash) return { state: 'broken', root: null };
  for (const edge of [after, until]) {
    if (edge.root !== null && !(await vouches(db, edge.root, `${nameOf(event)} ${edge.seq} ${edge.hash}`, trusted))) {
      return { state: 'broken', root: null };
    }
  }
  return until.root === null ? { state: 'linked', root: null } : { state: 'proved', root: Number(until.root) };
}

async function vouches(
  db: Queryable,
  number: string,
  position: string,
  trusted: ReadonlySet<string>,
): Promise<boolean> {
  const { rows } = await db.query<{ line: string }>('select line from audit_root where number = $1', [number]);
  const root = rows[0] && readRoot(rows[0].line);
  if (!root || !trusted.has(root.key) || !isLineSigned(rows[0]!.line, root.key)) return false;
  return root.heads.some(
    ([retention, shard, seq, hash]) => `${nameOf({ retention, shard })} ${seq} ${hash}` === position,
  );
}

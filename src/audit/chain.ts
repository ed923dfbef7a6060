import { createHash, hash } from 'node:crypto';
import { prepared, type Queryable } from '#database';

/** A place in a chain and the hash of everything up to it. Numbers as decimal text, hashes as hexadecimal text. */
export interface Position {
  seq: string;
  hash: string;
}

/** One chain: the events of one retention class that one lane wrote. */
export interface ChainId {
  retention: string;
  shard: number;
}

export interface Head extends ChainId, Position {}

/** What the first event of a chain follows. */
export const beginning: Position = { seq: '0', hash: '0'.repeat(64) };

export const nameOf = ({ retention, shard }: ChainId) => `${retention}/${shard}`;

export function chainOf(name: string): ChainId {
  const [retention = '', shard] = name.split('/');
  return { retention, shard: Number(shard) };
}

/** The columns of an event in the order in which they are hashed: that of the table, with detail, salt and hash null. */
const HASHED = `e.id, e.at, e.actor_id, e.actor, e.action, e.entity, e.record_id, e.customer_id, null::jsonb as detail, e.retention, e.shard,
  e.seq, e.decision, e.purpose, e.rule, e.origin, null::uuid as salt, e.detail_hash, null::bytea as hash`;

/**
 * An event as the text that is hashed. Written out instead of asked of the database's own function: who can change the rows
 * can change that function too.
 */
const CANONICAL = `(select pg_catalog.to_json(h)::text from (select ${HASHED}) h)`;

/** Whether the detail is the one whose hash stands in the event; where there is none, nothing else may be there either. */
const DETAIL_FITS = `case when e.detail is null then e.detail_hash is null and e.salt is null else coalesce(
  e.detail_hash = pg_catalog.sha256(pg_catalog.uuid_send(e.salt) || pg_catalog.convert_to(e.detail::text, 'UTF8')), false) end`;

export const digestOf = (canonical: string) => hash('sha256', canonical);

/** The hash by which a detail stands in its event. */
export function detailHash(salt: string, detail: string): string {
  return createHash('sha256')
    .update(Buffer.from(salt.replaceAll('-', ''), 'hex'))
    .update(detail)
    .digest('hex');
}

/** The hash after an event whose canonical text has this digest. */
export function follow(before: string, digest: string): string {
  return hash('sha256', Buffer.from(before + digest, 'hex'));
}

export interface ChainRow extends Position {
  canonical: string;
  /** The detail is the one that was hashed. */
  fits: boolean;
  /** Only where asked for. */
  salt?: string | null;
  detail?: string | null;
}

/** Rows read at once. */
const PAGE_ROWS = 2_000;
const SEQ_MAX = '9223372036854775807';

/** The events of a chain after one position up to another (all when undefined), in order, a page at a time. */
export async function* readChain(
  db: Queryable,
  { retention, shard }: ChainId,
  after: string,
  until: string = SEQ_MAX,
  withDetails = false,
): AsyncGenerator<ChainRow[]> {
  const details = withDetails ? ', e.salt::text as salt, e.detail::text as detail' : '';
  const text = `select e.seq, encode(e.hash, 'hex') as hash, ${CANONICAL} as canonical, ${DETAIL_FITS} as fits${details} from audit_event e
    where e.retention = $1 and e.shard = $2 and e.seq > $3 and e.seq <= $4 order by e.seq limit ${PAGE_ROWS}`;
  const read = (last: string) =>
    db.query<ChainRow>(
      prepared(withDetails ? 'audit_read_details' : 'audit_read_chain', text, [retention, shard, last, until]),
    );
  for (let reading = read(after); ; ) {
    const { rows } = await reading;
    const more = rows.length === PAGE_ROWS;
    // The database reads the next page while this one is hashed.
    if (more) {
      reading = read(rows.at(-1)!.seq);
      reading.catch(() => {});
    }
    if (rows.length > 0) yield rows;
    if (!more) return;
  }
}

/** The last position of every chain. Steps from chain to chain instead of reading the events. */
export async function readHeads(db: Queryable): Promise<Head[]> {
  const { rows } = await db.query<Head>(
    `with recursive chains as (
       (select retention, shard from audit_event order by retention, shard limit 1)
       union all
       select next.retention, next.shard from chains c cross join lateral (
         select e.retention, e.shard from audit_event e where (e.retention, e.shard) > (c.retention, c.shard)
         order by e.retention, e.shard limit 1) next)
     select c.retention, c.shard, head.seq, encode(head.hash, 'hex') as hash from chains c cross join lateral (
       select e.seq, e.hash from audit_event e where e.retention = c.retention and e.shard = c.shard order by e.seq desc limit 1) head
     union all
     select b.retention, b.shard, b.seq, encode(b.hash, 'hex') from audit_base b
      where not exists (select from audit_event e where e.retention = b.retention and e.shard = b.shard)`,
  );
  return rows.sort((a, b) => (a.retention < b.retention ? -1 : a.retention > b.retention ? 1 : a.shard - b.shard));
}

/** Where each chain begins whose expired events were removed. */
export async function readBases(db: Queryable): Promise<Map<string, Position>> {
  const { rows } = await db.query<Head>("select retention, shard, seq, encode(hash, 'hex') as hash from audit_base");
  return new Map(rows.map((row) => [nameOf(row), { seq: row.seq, hash: row.hash }]));
}

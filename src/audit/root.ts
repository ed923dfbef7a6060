import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Database, Queryable } from '#database';
import type { Clock } from '#kernel';
import { type Head, nameOf, type Position, readHeads } from './chain.ts';
import { isSignedBy, type SigningKey } from './signing-key.ts';

/**
 * A root: one signed line that vouches for every chain up to a position. It names the chains that moved since the root before,
 * carries the Merkle root over all of them, and the hash of the line before: so the newest line stands for everything.
 */
export interface Root {
  number: number;
  at: string;
  /** Hash of the line before; null in the first. */
  previous: string | null;
  /** Merkle root over the heads of all chains. */
  root: string;
  /** Chains and events that the root stands for. */
  chains: number;
  events: string;
  /** Chains that moved since the root before: retention class, lane, position, hash. */
  heads: [retention: string, shard: number, seq: string, hash: string][];
  key: string;
}

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const seq = z.string().regex(/^\d{1,19}$/);
const schema = z.strictObject({
  kind: z.literal('audit-root'),
  version: z.literal(1),
  number: z.int().min(1),
  at: z.iso.datetime(),
  previous: hex.nullable(),
  root: hex,
  chains: z.int(),
  events: seq,
  heads: z.array(z.tuple([z.string(), z.int(), seq, hex])),
  key: z.string().max(200),
  signature: z.string().max(200),
});

/** Where every chain stands, by its name. */
export type Heads = Map<string, Position>;

export const lineHash = (line: string) => hash('sha256', line);

/**
 * The Merkle root over the heads in the order of their names, built as RFC 6962 does: a leaf is sha256(0x00, text), a node
 * sha256(0x01, left, right), and the left side is the largest power of two.
 */
export function merkleRoot(heads: Heads): string {
  const leaves = [...heads]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { seq, hash: head }]) => hash('sha256', `\u0000${name} ${seq} ${head}`));
  if (leaves.length === 0) return hash('sha256', '');
  const join = (from: number, to: number): string => {
    if (to - from === 1) return leaves[from]!;
    const half = from + 2 ** Math.ceil(Math.log2(to - from) - 1);
    return hash('sha256', Buffer.from(`01${join(from, half)}${join(half, to)}`, 'hex'));
  };
  return join(0, leaves.length);
}

const SIGNATURE = /,"signature":"([A-Za-z0-9+/=]+)"\}$/;

/** JSON of one line with its signature at the end; what is signed is the same JSON without it. */
export function signedLine(content: object, key: SigningKey): string {
  const body = JSON.stringify(content);
  return `${body.slice(0, -1)},"signature":"${key.sign(body)}"}`;
}

export function isLineSigned(line: string, key: string): boolean {
  const [ending, signature] = SIGNATURE.exec(line) ?? [];
  return ending !== undefined && isSignedBy(key, `${line.slice(0, -ending.length)}}`, signature!);
}

/** Reads a line; undefined when it is no root. Whether it is signed is another question. */
export function readRoot(line: string): Root | undefined {
  try {
    const read = schema.safeParse(JSON.parse(line));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** Puts what a root says about the chains into the picture so far. */
export function advance(heads: Heads, { heads: moved }: Pick<Root, 'heads'>): void {
  for (const [retention, shard, seq, head] of moved) heads.set(nameOf({ retention, shard }), { seq, hash: head });
}

export interface NewestRoot {
  number: number;
  at: string;
  line: string;
}

export async function newestRoot(db: Queryable): Promise<NewestRoot | undefined> {
  const { rows } = await db.query<{ number: string; at: string; line: string }>(
    'select number, at, line from audit_root order by number desc limit 1',
  );
  return rows[0] && { ...rows[0], number: Number(rows[0].number) };
}

/** Serialises programs that make a root of the same database. */
const LOCK = 7_300_005;

/** Signs where all chains stand now. Undefined when nothing moved since the last root. */
export async function makeRoot(db: Database, clock: Clock, key: SigningKey): Promise<NewestRoot | undefined> {
  return await db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const heads = await readHeads(tx);
    const { rows: anchors } = await tx.query<Pick<Head, 'retention' | 'shard' | 'seq'>>(
      `select distinct on (retention, shard) retention, shard, seq from audit_anchor order by retention, shard, seq desc`,
    );
    const anchored = new Map(anchors.map((each) => [nameOf(each), each.seq]));
    const moved = heads.filter((head) => BigInt(head.seq) > BigInt(anchored.get(nameOf(head)) ?? '0'));
    const last = await newestRoot(tx);
    if (moved.length === 0) return undefined;
    const at = clock().toISOString();
    const number = (last?.number ?? 0) + 1;
    const line = signedLine(
      {
        kind: 'audit-root',
        version: 1,
        number,
        at,
        previous: last ? lineHash(last.line) : null,
        root: merkleRoot(new Map(heads.map((head) => [nameOf(head), head]))),
        chains: heads.length,
        events: String(heads.reduce((sum, head) => sum + BigInt(head.seq), 0n)),
        heads: moved.map((head) => [head.retention, head.shard, head.seq, head.hash]),
        key: key.publicKey,
      } satisfies Root & { kind: string; version: number },
      key,
    );
    await tx.query('insert into audit_root (number, at, line) values ($1, $2, $3)', [number, at, line]);
    await tx.query(
      `insert into audit_anchor (retention, shard, seq, hash, root)
       select retention, shard, seq, decode(hash, 'hex'), $5 from unnest($1::text[], $2::smallint[], $3::bigint[], $4::text[])
         as moved (retention, shard, seq, hash)`,
      [
        moved.map(({ retention }) => retention),
        moved.map(({ shard }) => shard),
        moved.map((head) => head.seq),
        moved.map((head) => head.hash),
        number,
      ],
    );
    return { number, at, line };
  });
}

import { hash } from 'node:crypto';
import net from 'node:net';
import type { Database } from '#database';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';

interface Rule {
  /** Wrong attempts before the first delay. */
  free: number;
  /** Doubles with every further wrong attempt … */
  firstMs: number;
  /** … up to this. */
  longestMs: number;
  /** Without an attempt for so long, counting begins anew. */
  forgetMs: number;
}

const MINUTE_MS = 60_000;

/**
 * `pair`: one name from one address. `device`: one name from a browser in which it signed in before. `address`: any names from one
 * address, as when lists of stolen passwords are tried. `subject`: one name from anywhere unknown; so high and slow that
 * locking a colleague out takes an effort, and then only where he never signed in before.
 */
const rules = {
  pair: { free: 5, firstMs: 30_000, longestMs: 15 * MINUTE_MS, forgetMs: 60 * MINUTE_MS },
  device: { free: 5, firstMs: 30_000, longestMs: 15 * MINUTE_MS, forgetMs: 60 * MINUTE_MS },
  address: { free: 100, firstMs: MINUTE_MS, longestMs: 60 * MINUTE_MS, forgetMs: 60 * MINUTE_MS },
  subject: { free: 100, firstMs: 5 * MINUTE_MS, longestMs: 60 * MINUTE_MS, forgetMs: 24 * 60 * MINUTE_MS },
} satisfies Record<string, Rule>;

/** Longer than any rule remembers. */
const KEPT_MS = 2 * 24 * 60 * MINUTE_MS;

/** Where an attempt comes from. */
export interface Place {
  address: string;
  /** The token of a browser in which this subject signed in before. */
  device: string | null;
  /** The subject signed in from this address before. */
  addressKnown: boolean;
}

interface Counter {
  rule: Rule;
  key: Buffer;
}

/** An attempt that was let through and counts as wrong until it is forgiven. */
export type Admission = readonly Counter[];

function countersOf(subject: string, place: Place): Counter[] {
  const counter = (rule: keyof typeof rules, ...parts: string[]): Counter => ({
    rule: rules[rule],
    key: hash('sha256', [rule, ...parts].join('\u0000'), 'buffer'),
  });
  // A browser that is known stands for itself: what others do elsewhere must not keep its user out.
  if (place.device !== null) return [counter('device', subject, place.device)];
  const network = networkOf(place.address);
  const counters = [counter('pair', subject, network), counter('address', network)];
  if (!place.addressKnown) counters.push(counter('subject', subject));
  return counters.sort((a, b) => Buffer.compare(a.key, b.key)); // one order of locks for all
}

/** An IPv6 customer owns a whole /64; counting single addresses would count nothing. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
  if (!net.isIPv6(plain)) return plain;
  const [head = '', tail] = (plain.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  while (tail !== undefined && groups.length + after.length < 8) groups.push('0');
  return `${[...groups, ...after].slice(0, 4).join(':')}::/64`;
}

const delayMs = (rule: Rule, count: number): number =>
  count < rule.free ? 0 : Math.min(rule.longestMs, rule.firstMs * 2 ** Math.min(count - rule.free, 20));

/**
 * Counts an attempt before it is looked at, so that many at once cannot slip through, or throws a Failure that says how long to
 * wait. `subject` is a name as it was typed: known and unknown ones are treated alike.
 */
export async function admit(db: Database, now: Date, subject: string, place: Place): Promise<Admission> {
  const counters = countersOf(subject.toLowerCase(), place);
  const waitMs = await db.transaction(async (tx) => {
    const keys = counters.map(({ key }) => key);
    await tx.query(
      `insert into sign_in_attempt (key, count, last_at) select key, 0, $2 from unnest($1::bytea[]) key order by key
       on conflict (key) do nothing`,
      [keys, now.toISOString()],
    );
    const { rows } = await tx.query<{ key: Buffer; count: number; last_at: string }>(
      'select key, count, last_at from sign_in_attempt where key = any($1) order by key for update',
      [keys],
    );
    const counts = counters.map(({ rule, key }) => {
      const row = rows.find((each) => each.key.equals(key))!;
      // A clock that was set back must not make anybody wait longer than the delay.
      const sinceMs = Math.max(0, now.getTime() - new Date(row.last_at).getTime());
      const count = sinceMs > rule.forgetMs ? 0 : row.count;
      return { key, count, waitMs: delayMs(rule, count) - sinceMs };
    });
    const longest = Math.max(...counts.map((each) => each.waitMs));
    if (longest > 0) return longest;
    await tx.query(
      `update sign_in_attempt a set count = n.count + 1, last_at = $3 from unnest($1::bytea[], $2::int[]) n(key, count) where a.key = n.key`,
      [counts.map(({ key }) => key), counts.map(({ count }) => count), now.toISOString()],
    );
    return 0;
  });
  if (waitMs > 0) throw new Failure(kinds.too_many, { minutes: Math.ceil(waitMs / MINUTE_MS) });
  return counters;
}

/** The attempt was right: name and place start anew, what counts several names or places only takes this one back. */
export async function forgive(db: Database, now: Date, admission: Admission): Promise<void> {
  const own = admission.filter(({ rule }) => rule === rules.pair || rule === rules.device);
  const shared = admission.filter((counter) => !own.includes(counter));
  await db.query(
    `with own as (delete from sign_in_attempt where key = any($1) or last_at < $3)
     update sign_in_attempt set count = greatest(count - 1, 0) where key = any($2)`,
    [own.map(({ key }) => key), shared.map(({ key }) => key), new Date(now.getTime() - KEPT_MS).toISOString()],
  );
}

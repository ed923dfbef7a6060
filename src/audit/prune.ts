import type { Database } from '#database';
import { type Actor, type Clock, Failure } from '#kernel';
import { nameOf } from './chain.ts';
import { kinds } from './failures.ts';
import { record } from './record.ts';
import type { RetentionClass } from './retention.ts';
import { advance, type Heads, readRoot } from './root.ts';
import { expiry } from './verify.ts';

export interface PruneOptions {
  clock: Clock;
  actor: Actor;
  classes: readonly RetentionClass[];
  /** Removes at most what was signed before this instant; never more than what has expired. */
  before?: Date | undefined;
}

export interface Pruned {
  retention: string;
  /** What was signed until then is gone. */
  until: string;
  events: number;
}

const ROOTS_AT_ONCE = 1_000;

/**
 * Removes the events whose time is over: of each chain the part that a root has signed so long ago. Where the rest begins is
 * kept, so that it still verifies against the same roots. One transaction, audited itself.
 */
export async function pruneAudit(db: Database, { clock, actor, classes, before }: PruneOptions): Promise<Pruned[]> {
  const now = clock();
  if (before && before > now) throw new Failure(kinds.before_future, { date: before.toISOString().slice(0, 10) });
  return await db.transaction(
    async (tx) => {
      await tx.query("select set_config('tongguan.audit_prune', 'yes', true)");
      const limits = classes.map(({ code, months }) => {
        const expired = expiry(now, months);
        return { code, until: before && before < expired ? before : expired };
      });
      const pruned: Pruned[] = [];
      const heads: Heads = new Map();
      const pending = limits.toSorted((a, b) => a.until.getTime() - b.until.getTime());
      const removeUpTo = async ({ code, until }: (typeof limits)[number]) => {
        let events = 0;
        for (const [chain, { seq, hash }] of heads) {
          const shard = Number(chain.slice(code.length + 1));
          if (chain !== nameOf({ retention: code, shard })) continue;
          const { rowCount } = await tx.query(
            'delete from audit_event where retention = $1 and shard = $2 and seq <= $3',
            [code, shard, seq],
          );
          if (rowCount === 0) continue;
          events += rowCount;
          await tx.query(
            `insert into audit_base (retention, shard, seq, hash) values ($1, $2, $3, decode($4, 'hex'))
             on conflict (retention, shard) do update set seq = excluded.seq, hash = excluded.hash`,
            [code, shard, seq, hash],
          );
        }
        if (events > 0) pruned.push({ retention: code, until: until.toISOString(), events });
      };
      for (let last = 0, more = true; more; ) {
        const { rows } = await tx.query<{ number: string; at: string; line: string }>(
          'select number, at, line from audit_root where number > $1 order by number limit $2',
          [last, ROOTS_AT_ONCE],
        );
        for (const { at, line } of rows) {
          while (pending[0] && Date.parse(at) > pending[0].until.getTime()) await removeUpTo(pending.shift()!);
          const root = readRoot(line);
          if (root) advance(heads, root);
        }
        more = rows.length === ROOTS_AT_ONCE && pending.length > 0;
        last = Number(rows.at(-1)?.number ?? last);
      }
      for (const rest of pending) await removeUpTo(rest);
      await record(tx, { at: now, actor, action: 'prune', detail: { removed: pruned } });
      return pruned;
    },
    { statementTimeoutMs: 0 },
  );
}

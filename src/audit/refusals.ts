import type { Queryable } from '#database';
import type { Actor, Clock } from '#kernel';
import { record } from './record.ts';

export interface Refusal {
  /** Carries the origin of the request; absent when it was refused before anybody looked who sends it. */
  database?: Queryable | undefined;
  /** Null for nobody, or for who claimed to be somebody without being it. */
  actor: Actor | null;
  address: string;
  method: string;
  /** The route's path, with its marks. */
  route: string;
  permission: string;
  status: number;
  /** Code of the failure. */
  code: string;
  /** The row that was asked for. */
  entity?: string | undefined;
  recordId?: string | undefined;
}

const limits = {
  windowMs: 60_000,
  /** Refusals of one address or one user written in a window; more are counted. */
  written: 30,
  /** Addresses and users told apart; further ones share one count. */
  callers: 10_000,
};

interface Count {
  since: number;
  written: number;
  suppressed: number;
}

/** Writes refused requests to the audit, one event each; of a flood some and how many more there were. */
export function refusalRecorder(database: Queryable, clock: Clock) {
  const counts = new Map<string, Count>();

  const countOf = (caller: string, now: number): Count => {
    const key = counts.has(caller) || counts.size < limits.callers ? caller : '*';
    const count = counts.get(key) ?? { since: now, written: 0, suppressed: 0 };
    counts.set(key, count);
    return count;
  };
  /** Tells what was not written in windows that are over. */
  const sweep = async (now: number) => {
    for (const [caller, { since, suppressed }] of counts) {
      if (now - since < limits.windowMs && now >= since) continue;
      counts.delete(caller);
      if (suppressed === 0) continue;
      await record(database, {
        at: clock(),
        actor: { userId: null, username: 'system' },
        action: 'denied',
        decision: 'denied',
        rule: 'audit.suppressed',
        detail: { caller, count: suppressed, from: new Date(since).toISOString() },
      });
    }
  };
  return {
    async refused({ database: asking, actor, address, ...refusal }: Refusal): Promise<void> {
      const at = clock();
      await sweep(at.getTime());
      const count = countOf(actor ? actor.username : address, at.getTime());
      if (count.written >= limits.written) {
        count.suppressed += 1;
        return;
      }
      count.written += 1;
      const { method, route, permission, status, code, entity, recordId } = refusal;
      await record(asking ?? database, {
        at,
        actor: actor ?? { userId: null, username: 'anonymous' },
        action: 'denied',
        entity,
        recordId,
        customerId: entity === 'customer' ? recordId : undefined,
        decision: 'denied',
        rule: code,
        detail: { method, route, permission, status, ...(asking ? {} : { address }) },
      });
    },
    /** Writes what is still only counted. */
    close: () => sweep(Number.POSITIVE_INFINITY),
  };
}

import { type Database, type Listening, listen } from '#database';
import type { Actor } from '#kernel';
import { channel } from './migrations.ts';

/** What a token stands for. */
export interface Known {
  actor: Actor;
  /** Null for an API token. */
  sessionId: string | null;
  /** When the person last proved who he is; null where nobody can. */
  provedAt: Date | null;
}

const limits = {
  /** Remembered only while the channel of changes was known to work within this time: the longest that a change can take. */
  trustMs: 800,
  /** How old a sign of life of the channel is when the next one is asked for. */
  renewMs: 250,
  /** Rights also change by the clock (a post ends), of which nobody sends word. */
  rememberedMs: 3_000,
  tokensMax: 10_000,
};

/**
 * What this process remembers of tokens. The database tells of every change; while the connection that listens is not known to
 * work, nothing is remembered at all, so a revoked session is out everywhere within `trustMs`, whatever breaks.
 */
export interface Memory {
  recall(token: string, now: Date): Known | undefined;
  /** Reads by `read` and keeps the answer, which does not count when something changed meanwhile. */
  learn(token: string, now: Date, read: () => Promise<Known | undefined>): Promise<Known | undefined>;
  /** Forgets one user's tokens, or all. */
  forget(userId?: string): void;
  close(): Promise<void>;
}

export function openMemory(database: Database): Memory {
  /** `as of` is the count of changes that had been heard of when the reading began. */
  const known = new Map<string, Known & { readAt: number; asOf: number }>();
  const changedAt = new Map<string, number>();
  let changes = 0;
  let listening: Listening | undefined;
  let proving: Promise<void> | undefined;
  let provenAt = Number.NEGATIVE_INFINITY;
  let interruptions = 0;
  let everythingChangedAt = 0;
  let closed = false;

  const forgetAll = () => {
    changes += 1;
    known.clear();
    changedAt.clear();
    // Readings under way must not be kept either: they may have begun before the change.
    everythingChangedAt = changes;
  };
  const forget = (userId?: string) => {
    if (userId === undefined || changedAt.size >= limits.tokensMax) return forgetAll();
    changes += 1;
    changedAt.set(userId, changes);
  };
  const onMessage = (userId: string) => {
    if (userId !== '') return forget(userId);
    provenAt = Number.NEGATIVE_INFINITY;
    interruptions += 1;
    forgetAll();
  };
  const prove = async () => {
    try {
      listening ??= await listen(database, channel, onMessage);
      const asked = performance.now();
      const before = interruptions;
      // What was sent before the question has arrived with the answer.
      if ((await listening.probe()) && before === interruptions) provenAt = asked;
    } catch {
      // The database is out of reach; the requests themselves will say so.
    }
  };
  const renew = () => {
    if (closed || performance.now() - provenAt < limits.renewMs) return;
    proving ??= prove().finally(() => {
      proving = undefined;
    });
  };
  const isCurrent = ({ actor, asOf }: { actor: Actor; asOf: number }) =>
    asOf >= Math.max(everythingChangedAt, changedAt.get(actor.userId ?? '') ?? 0);

  return {
    recall(token, now) {
      renew();
      if (performance.now() - provenAt > limits.trustMs) return undefined;
      const found = known.get(token);
      if (!found) return undefined;
      const age = now.getTime() - found.readAt;
      if (age >= 0 && age < limits.rememberedMs && isCurrent(found)) return found;
      known.delete(token);
      return undefined;
    },
    async learn(token, now, read) {
      const asOf = changes;
      const found = await read();
      if (found) {
        if (known.size >= limits.tokensMax) known.clear();
        known.set(token, { ...found, readAt: now.getTime(), asOf });
      }
      return found;
    },
    forget,
    async close() {
      closed = true;
      await proving;
      await listening?.close();
    },
  };
}

import { type Database, prepared } from '#database';
import type { RequestOrigin } from '#http';
import { type Actor, type Clock, Failure } from '#kernel';
import type { Model } from '#metadata';
import { countUse, readApiToken } from './api-tokens.ts';
import { actorOfUser } from './duties.ts';
import { kinds } from './failures.ts';
import { type Known, type Memory, openMemory } from './memory.ts';
import { tokenHash } from './token.ts';

export const SESSION_COOKIE = 'tongguan_session';
/** Carries a sign-in that is not finished. */
export const SIGN_IN_COOKIE = 'tongguan_sign_in';
/** Tells a browser from which its user signed in before. */
export const DEVICE_COOKIE = 'tongguan_device';

export const limits = {
  sessionSeconds: 12 * 3600,
  idleSeconds: 30 * 60,
  /** How often use of a session is noted; not with every request, which would make every read a write. */
  touchSeconds: 60,
  /** How long a proof of who is calling counts as fresh. */
  proofSeconds: 5 * 60,
  tokenLengthMax: 100,
};

export interface IdentityOptions {
  /** Acts as the owner: sessions, proofs and tokens are nobody's rows. */
  database: Database;
  model: Model;
  clock: Clock;
  /** The address in the browser's bar, for example https://crm.bank.example; security keys are bound to its host. */
  publicOrigin: string;
}

/** Who is acting, as one server process knows it. */
export interface Identity extends IdentityOptions {
  memory: Memory;
  close(): Promise<void>;
}

const opened = new WeakMap<Database, Set<Memory>>();

/** Listens for changes from the first request on. */
export function openIdentity(options: IdentityOptions): Identity {
  const memory = openMemory(options.database);
  const memories = opened.get(options.database) ?? new Set();
  opened.set(options.database, memories.add(memory));
  return {
    ...options,
    memory,
    async close() {
      memories.delete(memory);
      await memory.close();
    },
  };
}

/** Forgets at once what this process remembers; other processes, and this one too, hear of changes from the database. */
export function forgetActors(database: Database): void {
  for (const memory of opened.get(database) ?? []) memory.forget();
}

/** Who sends a request, and how well that is proven. */
export interface Caller {
  actor: Actor | null;
  /** Null when nobody is signed in, and for API accounts. */
  sessionId: string | null;
  /** Throws the Failure that asks for a second proof, unless there was one within `proofSeconds`. */
  requireProof(): void;
}

/** Finds out who sends a request: by the session's cookie or an API token. Nobody's when either is unknown, over or its user disabled. */
export async function callerOf(identity: Identity, origin: RequestOrigin): Promise<Caller> {
  const now = identity.clock();
  const token = origin.bearer ?? origin.cookies[SESSION_COOKIE];
  if (!token || token.length > limits.tokenLengthMax) return nobody;
  // A token is what it is sent as: an API token in a cookie would lift the checks of where a request comes from.
  const name = `${origin.bearer === undefined ? 'session' : 'api'} ${token}`;
  const found =
    identity.memory.recall(name, now) ?? (await identity.memory.learn(name, now, () => read(identity, origin, token)));
  if (!found) return nobody;
  const { actor, sessionId, provedAt } = found;
  if (sessionId === null) countUse(identity.database, token, now);
  return {
    actor,
    sessionId,
    requireProof() {
      if (sessionId === null) throw new Failure(kinds.step_up_impossible);
      const age = provedAt ? now.getTime() - provedAt.getTime() : Number.POSITIVE_INFINITY;
      if (age > limits.proofSeconds * 1000) throw new Failure(kinds.step_up_needed);
    },
  };
}

const nobody: Caller = {
  actor: null,
  sessionId: null,
  requireProof() {
    throw new Failure(kinds.step_up_needed);
  },
};

async function read(identity: Identity, origin: RequestOrigin, token: string): Promise<Known | undefined> {
  const now = identity.clock();
  const found =
    origin.bearer === undefined
      ? await readSession(identity.database, now, token)
      : await readApiToken(identity.database, now, token, origin.address);
  if (!found) return undefined;
  const actor = await actorOfUser(identity.database, identity.model, now, found.userId);
  return actor ? { actor, sessionId: found.sessionId, provedAt: found.provedAt } : undefined;
}

async function readSession(db: Database, now: Date, token: string) {
  const { rows } = await db.query<{ id: string; user_id: string; proved_at: string | null }>(
    prepared(
      'identity_session',
      `with seen as (
         select id, user_id, proved_at from session where token_hash = $1 and expires_at > $2
           and seen_at > $2::timestamptz - make_interval(secs => $3)),
       touched as (
         update session set seen_at = $2 where token_hash = $1 and exists (select from seen)
           and seen_at < $2::timestamptz - make_interval(secs => $4))
       select id, user_id, proved_at from seen`,
      [tokenHash(token), now.toISOString(), limits.idleSeconds, limits.touchSeconds],
    ),
  );
  const row = rows[0];
  if (!row) return undefined;
  return { userId: row.user_id, sessionId: row.id, provedAt: row.proved_at === null ? null : new Date(row.proved_at) };
}

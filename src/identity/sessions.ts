import { record } from '#audit';
import type { Database, Queryable } from '#database';
import { type Actor, Failure } from '#kernel';
import { type Identity, limits } from './actors.ts';
import type { Method } from './factors.ts';
import { kinds } from './failures.ts';
import { newToken, tokenHash } from './token.ts';

/** What is kept of where a session or sign-in comes from. */
export interface From {
  address: string;
  agent: string;
}

/** Opens a session whose proof is as fresh as the sign-in. Returns its token, which is stored nowhere. */
export async function openSession(
  tx: Queryable,
  now: Date,
  { userId, proof, address, agent }: { userId: string; proof: Method } & From,
): Promise<string> {
  const token = newToken();
  await tx.query('delete from session where expires_at < $1', [now.toISOString()]);
  await tx.query(
    `insert into session (token_hash, user_id, created_at, seen_at, expires_at, address, agent, proof, proved_at)
     values ($1, $2, $3, $3, $4, $5, $6, $7, $3)`,
    [
      tokenHash(token),
      userId,
      now.toISOString(),
      new Date(now.getTime() + limits.sessionSeconds * 1000).toISOString(),
      address,
      agent,
      proof,
    ],
  );
  return token;
}

/** Gives a session a new token and a fresh proof; the old token is over. Returns the new one. */
export async function renewSession(
  identity: Identity,
  actor: Actor,
  sessionId: string,
  proof: Method,
  from: From,
): Promise<string> {
  const token = newToken();
  const now = identity.clock();
  await identity.database.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      'update session set token_hash = $3, proof = $4, proved_at = $5 where id = $1 and user_id = $2',
      [sessionId, actor.userId, tokenHash(token), proof, now.toISOString()],
    );
    if (rowCount === 0) throw new Failure(kinds.session_unknown);
    await record(tx, {
      at: now,
      actor,
      action: 'sign_in',
      entity: 'user',
      recordId: actor.userId ?? undefined,
      detail: { step: 'step_up', proof, address: from.address },
    });
  });
  identity.memory.forget(actor.userId ?? undefined);
  return token;
}

export interface SessionView {
  id: string;
  /** This very session. */
  own: boolean;
  device: string;
  address: string | null;
  createdAt: string;
  seenAt: string;
  proof: Method;
}

/** The sessions that a user could go on with now, the last used first. */
export async function listSessions(
  db: Database,
  now: Date,
  userId: string,
  ownId: string | null,
): Promise<SessionView[]> {
  const { rows } = await db.query<Omit<SessionView, 'own' | 'device'> & { agent: string }>(
    `select id, agent, address, created_at as "createdAt", seen_at as "seenAt", proof from session
      where user_id = $1 and expires_at > $2 and seen_at > $2::timestamptz - make_interval(secs => $3)
      order by seen_at desc, id desc limit 100`,
    [userId, now.toISOString(), limits.idleSeconds],
  );
  return rows.map(({ agent, ...row }) => ({ ...row, own: row.id === ownId, device: deviceOf(agent) }));
}

const BROWSERS: [RegExp, string][] = [
  [/\bEdg[A-Za-z]*\//, 'Edge'],
  [/\bFirefox\//, 'Firefox'],
  [/\bMicroMessenger\//, '微信'],
  [/\bChrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/HarmonyOS|OpenHarmony/, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

/** `Chrome · Windows`; for programs the first word of how they name themselves. */
function deviceOf(agent: string): string {
  const first = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(agent))?.[1];
  const known = [first(BROWSERS), first(SYSTEMS)].filter((name) => name !== undefined);
  return known.join(' · ') || agent.split(/[\s/]/)[0]!.slice(0, 40);
}

/** Signs a person out: ends the session that the request belongs to. */
export async function signOut(identity: Identity, actor: Actor, sessionId: string | null): Promise<void> {
  if (sessionId === null) throw new Failure(kinds.person_needed);
  await identity.database.transaction(async (tx) => {
    await tx.query('delete from session where id = $1 and user_id = $2', [sessionId, actor.userId]);
    await record(tx, {
      at: identity.clock(),
      actor,
      action: 'sign_out',
      entity: 'user',
      recordId: actor.userId ?? undefined,
    });
  });
  identity.memory.forget(actor.userId ?? undefined);
}

/** Ends sessions of a user: one, or all but one, or all. Throws a Failure when the one named is not there. */
export async function endSessions(
  identity: Identity,
  actor: Actor,
  userId: string,
  which: { id: string } | { except: string | null },
): Promise<void> {
  await identity.database.transaction(async (tx) => {
    const one = 'id' in which;
    const { rowCount } = one
      ? await tx.query('delete from session where user_id = $1 and id = $2', [userId, which.id])
      : await tx.query('delete from session where user_id = $1 and id is distinct from $2', [userId, which.except]);
    if (one && rowCount === 0) throw new Failure(kinds.session_unknown);
    await tx.query('delete from sign_in where user_id = $1', [userId]);
    // Somebody else ends all sessions because a device may be in wrong hands: it must not stay a known one.
    if (userId !== actor.userId) await tx.query('delete from known_device where user_id = $1', [userId]);
    await record(tx, {
      at: identity.clock(),
      actor,
      action: 'sign_out',
      entity: 'user',
      recordId: userId,
      detail: { sessions: rowCount },
    });
  });
  identity.memory.forget(userId);
}

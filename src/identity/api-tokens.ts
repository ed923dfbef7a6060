import { record } from '#audit';
import { type Database, prepared } from '#database';
import { type Actor, type Clock, Failure } from '#kernel';
import { type Model, newId } from '#metadata';
import { kinds } from './failures.ts';
import { refuseSeparatedDuty } from './passwords.ts';
import { newToken, tokenHash } from './token.ts';

/** The beginning of every token, by which scanners for leaked secrets know it. */
const PREFIX = 'tg_';

export const tokenLimits = {
  daysMax: 365,
  perUserMax: 20,
  nameLengthMax: 60,
  requestsPerMinute: 600,
  remembered: 10_000,
};

/** A token of an API account; it stands for the user as a session does, without cookies and without proofs. */
export async function readApiToken(db: Database, now: Date, token: string, address: string) {
  if (!token.startsWith(PREFIX)) return undefined;
  const { rows } = await db.query<{ user_id: string }>(
    prepared(
      'identity_api_token',
      `with found as (
         select t.id, t.user_id from api_token t join "user" u on u.id = t.user_id and u.kind = 'api'
        where t.token_hash = $1 and t.expires_at > $2 and t.revoked_at is null),
       used as (update api_token t set used_at = $2, used_from = $3 from found where t.id = found.id)
       select user_id from found`,
      [tokenHash(token), now.toISOString(), address],
    ),
  );
  return rows[0] ? { userId: rows[0].user_id, sessionId: null, provedAt: null } : undefined;
}

const uses = new WeakMap<Database, Map<string, { minute: number; count: number }>>();

/** Counts a request of a token in this process; throws a Failure above the rate of one minute. */
export function countUse(db: Database, token: string, now: Date): void {
  const counts = uses.get(db) ?? new Map<string, { minute: number; count: number }>();
  uses.set(db, counts);
  const minute = Math.floor(now.getTime() / 60_000);
  const entry = counts.get(token);
  if (entry?.minute === minute) {
    entry.count += 1;
    if (entry.count > tokenLimits.requestsPerMinute)
      throw new Failure(kinds.token_rate, { max: tokenLimits.requestsPerMinute });
    return;
  }
  if (counts.size >= tokenLimits.remembered) counts.clear();
  counts.set(token, { minute, count: 1 });
}

export interface ApiToken {
  id: string;
  name: string;
  /** The first characters, to tell tokens apart. */
  hint: string;
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
  usedAt: string | null;
  usedFrom: string | null;
}

export async function listApiTokens(db: Database, userId: string): Promise<ApiToken[]> {
  const { rows } = await db.query<ApiToken>(
    `select id, name, hint, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt", used_at as "usedAt",
        used_from as "usedFrom"
       from api_token where user_id = $1 order by revoked_at is not null, id desc limit 100`,
    [userId],
  );
  return rows;
}

interface Caller {
  database: Database;
  model: Model;
  clock: Clock;
  actor: Actor;
}

/** Makes a token for an API account; the answer is the only time that it is shown. Throws a Failure for people and for too many. */
export async function createApiToken(
  { database, model, clock, actor }: Caller,
  userId: string,
  { name, days }: { name: string; days: number },
): Promise<{ token: string; id: string; expiresAt: string }> {
  const now = clock();
  const token = `${PREFIX}${newToken()}`;
  const id = newId(clock);
  const expiresAt = new Date(now.getTime() + days * 86_400_000).toISOString();
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ kind: string | null; tokens: string }>(
      `select u.kind, (select count(*) from api_token t where t.user_id = u.id and t.revoked_at is null and t.expires_at > $2) as tokens
         from "user" u where u.id = $1 for update of u`,
      [userId, now.toISOString()],
    );
    if (!rows[0]) throw new Failure(kinds.user_unknown);
    if (rows[0].kind !== 'api') throw new Failure(kinds.token_for_person);
    await refuseSeparatedDuty(tx, model, actor, userId, kinds.token_of_separated_duty);
    if (Number(rows[0].tokens) >= tokenLimits.perUserMax)
      throw new Failure(kinds.tokens_too_many, { max: tokenLimits.perUserMax });
    await tx.query(
      `insert into api_token (id, user_id, name, token_hash, hint, created_at, created_by, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        id,
        userId,
        name,
        tokenHash(token),
        token.slice(0, PREFIX.length + 5),
        now.toISOString(),
        actor.userId,
        expiresAt,
      ],
    );
    await record(tx, {
      at: now,
      actor,
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail: { changed: 'api_token', created: id, name, expiresAt },
    });
  });
  return { token, id, expiresAt };
}

/** Ends a token at once, in every process. */
export async function revokeApiToken({ database, clock, actor }: Caller, userId: string, id: string): Promise<void> {
  await database.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      'update api_token set revoked_at = $3 where id = $1 and user_id = $2 and revoked_at is null',
      [id, userId, clock().toISOString()],
    );
    if (rowCount === 0) throw new Failure(kinds.token_unknown);
    await record(tx, {
      at: clock(),
      actor,
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail: { changed: 'api_token', revoked: id },
    });
  });
}

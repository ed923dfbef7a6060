import { randomBytes } from 'node:crypto';
import type { Queryable } from '#database';

/** What a security key is asked to sign belongs to one session or one sign-in under way, and is asked once. */
export interface ChallengeHolder {
  table: 'session' | 'sign_in';
  tokenHash: Buffer;
}

const VALID_MS = 5 * 60_000;

/** base64url of 32 random bytes, kept with the session until it is taken. */
export async function newChallenge(
  db: Queryable,
  now: Date,
  holder: ChallengeHolder,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(randomBytes(32));
  await db.query(`update ${holder.table} set challenge = $2, challenge_until = $3 where token_hash = $1`, [
    holder.tokenHash,
    Buffer.from(bytes).toString('base64url'),
    new Date(now.getTime() + VALID_MS).toISOString(),
  ]);
  return bytes;
}

/** The challenge, which cannot be taken again; undefined when there is none or it is too old. */
export async function takeChallenge(db: Queryable, now: Date, holder: ChallengeHolder): Promise<string | undefined> {
  const { rows } = await db.query<{ challenge: string | null; challenge_until: string | null }>(
    `with held as (select token_hash, challenge, challenge_until from ${holder.table} where token_hash = $1 for update),
       cleared as (update ${holder.table} t set challenge = null from held where t.token_hash = held.token_hash)
     select challenge, challenge_until from held`,
    [holder.tokenHash],
  );
  const row = rows[0];
  if (!row?.challenge || !row.challenge_until || new Date(row.challenge_until) < now) return undefined;
  return row.challenge;
}

import { randomBytes } from 'node:crypto';
import type { Context } from '#access';
import { record } from '#audit';
import type { Database, Queryable } from '#database';
import { type Actor, type Clock, Failure, systemActor } from '#kernel';
import { actorOf, forgetActors, limits, tokenHash } from './actors.ts';
import { kinds } from './failures.ts';
import { checkPassword, hashPassword, verifyPassword } from './password.ts';

const attempts = { max: 10, windowMs: 15 * 60_000, remembered: 10_000 };

/** Failed sign-ins by name and address; counting both keeps an attacker from locking others out from elsewhere. */
const failed = new Map<string, { count: number; since: number }>();

/** A hash that no password has: unknown names take as long as known ones. */
let decoy: Promise<string> | undefined;

type Caller = Pick<Context, 'database' | 'model' | 'clock' | 'address'>;

/** Checks name and password and opens a session; throws a Failure that does not tell which of the two was wrong. */
export async function signIn(
  ctx: Caller,
  username: string,
  password: string,
): Promise<{ token: string; actor: Actor }> {
  const now = ctx.clock();
  const key = `${username.toLowerCase()}\u0000${ctx.address}`;
  refuseWhenTooMany(key, now.getTime());
  decoy ??= hashPassword(randomBytes(24).toString('base64'));
  const { rows } = await ctx.database.query<{ id: string; active: boolean; password_hash: string | null }>(
    `select u.id, u.active, c.password_hash from "user" u left join credential c on c.user_id = u.id
      where u.username = $1 order by u.id limit 1`,
    [username],
  );
  const user = rows[0];
  const right = await verifyPassword(password, user?.password_hash ?? (await decoy));
  if (!user || !right || !user.active || !user.password_hash) {
    countFailure(key, now.getTime());
    await record(ctx.database, {
      at: now,
      actor: systemActor,
      action: 'sign_in_refused',
      entity: 'user',
      recordId: user?.id,
      detail: { username: username.slice(0, 60), address: ctx.address },
    });
    throw new Failure(kinds.refused, {}, 'password');
  }
  failed.delete(key);
  const token = randomBytes(32).toString('base64url');
  await ctx.database.transaction(async (tx) => {
    await tx.query('delete from session where expires_at < $1', [now.toISOString()]);
    await tx.query(
      `insert into session (token_hash, user_id, created_at, seen_at, expires_at, address) values ($1, $2, $3, $3, $4, $5)`,
      [
        tokenHash(token),
        user.id,
        now.toISOString(),
        new Date(now.getTime() + limits.sessionSeconds * 1000).toISOString(),
        ctx.address,
      ],
    );
    await record(tx, {
      at: now,
      actor: { ...systemActor, userId: user.id, username },
      action: 'sign_in',
      entity: 'user',
      recordId: user.id,
      detail: { address: ctx.address },
    });
  });
  const actor = await actorOf(ctx.database, ctx.model, ctx.clock, token);
  if (!actor) throw new Failure(kinds.refused, {}, 'password');
  return { token, actor };
}

function refuseWhenTooMany(key: string, now: number): void {
  const entry = failed.get(key);
  if (!entry) return;
  if (now - entry.since > attempts.windowMs) failed.delete(key);
  else if (entry.count >= attempts.max) {
    throw new Failure(kinds.too_many, { minutes: Math.ceil((attempts.windowMs - (now - entry.since)) / 60_000) });
  }
}

function countFailure(key: string, now: number): void {
  if (failed.size >= attempts.remembered) failed.clear();
  const entry = failed.get(key) ?? { count: 0, since: now };
  entry.count += 1;
  failed.set(key, entry);
}

export async function signOut(ctx: Caller & { actor: Actor }, token: string): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    await tx.query('delete from session where token_hash = $1', [tokenHash(token)]);
    await record(tx, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'sign_out',
      entity: 'user',
      recordId: ctx.actor.userId ?? undefined,
    });
  });
  forgetActors(ctx.database);
}

/** Sets a user's password and ends his sessions. The hash may be given to save work when many users share a demo password. */
export async function setPassword(
  tx: Queryable,
  input: { userId: string; username: string; password: string; hash?: string; clock: Clock },
): Promise<void> {
  checkPassword(input.password, input.username);
  const hash = input.hash ?? (await hashPassword(input.password));
  await tx.query(
    `insert into credential (user_id, password_hash, updated_at) values ($1, $2, $3)
     on conflict (user_id) do update set password_hash = excluded.password_hash, updated_at = excluded.updated_at`,
    [input.userId, hash, input.clock().toISOString()],
  );
  await tx.query('delete from session where user_id = $1', [input.userId]);
}

/** Changes a user's password on an administrator's or his own behalf. */
export async function changePassword(ctx: Context, userId: string, password: string): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ username: string }>('select username from "user" where id = $1', [userId]);
    if (!rows[0]) throw new Failure(kinds.user_unknown);
    await setPassword(tx, { userId, username: rows[0].username, password, clock: ctx.clock });
    await record(tx, {
      at: ctx.clock(),
      actor: ctx.actor,
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail: { changed: 'password' },
    });
  });
  forgetActors(ctx.database as Database);
}

import { roles } from '#access';
import { record } from '#audit';
import type { Queryable, Transaction } from '#database';
import { type Actor, type Clock, Failure, type FailureKind } from '#kernel';
import type { Model } from '#metadata';
import type { Identity } from './actors.ts';
import { forgive } from './attempts.ts';
import { kinds } from './failures.ts';
import { checkPassword, hashPassword, verifyPassword } from './password.ts';
import { readableSecret } from './recovery-codes.ts';
import { admitOrRefuse, refuse } from './refusals.ts';

export interface NewPassword {
  userId: string;
  username: string;
  password: string;
  /** Words that an attacker tries first: the user's and the institution's names. */
  personal?: readonly string[];
  /** Given where many users share a demo password: it is taken as it is, without the checks. */
  hash?: string;
  /** The user must choose another at his first sign-in. */
  mustChange?: boolean;
  /** This session goes on; all others end. */
  keepSession?: string | null;
  /** Sign-ins under way go on. */
  keepSignIn?: boolean;
  clock: Clock;
}

/** Sets a user's password and ends his sessions. */
export async function setPassword(tx: Queryable, input: NewPassword): Promise<void> {
  if (!input.hash) checkPassword(input.password, [input.username, ...(input.personal ?? [])]);
  const hash = input.hash ?? (await hashPassword(input.password));
  await tx.query(
    `insert into credential (user_id, password_hash, updated_at, must_change) values ($1, $2, $3, $4)
     on conflict (user_id) do update set password_hash = excluded.password_hash, updated_at = excluded.updated_at,
       must_change = excluded.must_change`,
    [input.userId, hash, input.clock().toISOString(), input.mustChange ?? false],
  );
  await tx.query('delete from session where user_id = $1 and id is distinct from $2', [
    input.userId,
    input.keepSession ?? null,
  ]);
  if (!input.keepSignIn) await tx.query('delete from sign_in where user_id = $1', [input.userId]);
}

/** Changes one's own password, which must be known; one's other sessions end. */
export async function changeOwnPassword(
  identity: Identity,
  caller: { actor: Actor; sessionId: string; address: string; institution: readonly string[] },
  { current, password }: { current: string; password: string },
): Promise<void> {
  const { database, clock } = identity;
  const { actor, sessionId, address } = caller;
  const userId = actor.userId!;
  const place = { address, device: `session:${sessionId}`, addressKnown: true };
  const admission = await admitOrRefuse(identity, `proof:${userId}`, place, { userId, step: 'own_password' });
  const { rows } = await database.query<{ password_hash: string }>(
    'select password_hash from credential where user_id = $1',
    [userId],
  );
  if (!rows[0] || !(await verifyPassword(current, rows[0].password_hash))) {
    await refuse(identity, { userId, address, step: 'own_password', reason: 'wrong' });
    throw new Failure(kinds.current_wrong, {}, 'current');
  }
  await forgive(database, clock(), admission);
  if (password.normalize('NFKC') === current.normalize('NFKC')) throw new Failure(kinds.password_same, {}, 'password');
  await database.transaction(async (tx) => {
    await setPassword(tx, {
      userId,
      username: actor.username,
      password,
      personal: [actor.name, ...caller.institution],
      keepSession: sessionId,
      clock,
    });
    await record(tx, {
      at: clock(),
      actor,
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail: { changed: 'password' },
    });
  });
  identity.memory.forget(userId);
}

/**
 * A password or token is a way in: who administers one of the separated duties must not make himself one into another (三员分立).
 * Throws a Failure of `kind` where the user holds one that the actor does not.
 */
export async function refuseSeparatedDuty(
  tx: Transaction,
  model: Model,
  actor: Actor,
  userId: string,
  kind: FailureKind,
): Promise<void> {
  const { rows } = await tx.query<{ role: string }>(
    'select unnest(roles) as role from "user" where id = $1 union select role from post where user_id = $1',
    [userId],
  );
  const dutyOf = (role: string) => roles(model).get(role)?.duty ?? 'business';
  const own = new Set(actor.roles.map(dutyOf));
  const theirs = rows.map(({ role }) => dutyOf(role));
  if (theirs.some((duty) => (duty === 'security' || duty === 'audit') && !own.has(duty))) throw new Failure(kind);
}

/** Gives another user a password that he must change when he signs in with it. Returns it; it is stored nowhere in clear. */
export async function resetPassword(identity: Identity, actor: Actor, userId: string): Promise<string> {
  if (userId === actor.userId) throw new Failure(kinds.not_yourself);
  const { database, clock } = identity;
  const password = readableSecret();
  await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ username: string; kind: string | null }>(
      'select username, kind from "user" where id = $1',
      [userId],
    );
    if (!rows[0]) throw new Failure(kinds.user_unknown);
    if (rows[0].kind === 'api') throw new Failure(kinds.password_for_api);
    await refuseSeparatedDuty(tx, identity.model, actor, userId, kinds.password_of_separated_duty);
    await setPassword(tx, { userId, username: rows[0].username, password, mustChange: true, clock });
    await record(tx, {
      at: clock(),
      actor,
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail: { changed: 'password', oneTime: true },
    });
  });
  identity.memory.forget(userId);
  return password;
}

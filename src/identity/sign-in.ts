import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { record } from '#audit';
import type { Queryable } from '#database';
import { type Actor, Failure, systemActor } from '#kernel';
import type { Identity } from './actors.ts';
import { forgive, type Place } from './attempts.ts';
import type { ChallengeHolder } from './challenge.ts';
import { actorOfUser } from './duties.ts';
import { checkProof, type factorInput, factorsOf, type Method, needsFactor } from './factors.ts';
import { kinds } from './failures.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { setPassword } from './passwords.ts';
import { newRecoveryCodes } from './recovery-codes.ts';
import { admitOrRefuse, refuse } from './refusals.ts';
import { type From, openSession } from './sessions.ts';
import { newToken, tokenHash } from './token.ts';
import { confirmTotp, type Enrolment, startTotp } from './totp.ts';

export const signInLimits = {
  /** Between the password and the last step. */
  underWaySeconds: 5 * 60,
  /** Wrong second factors before the password is asked for again. */
  wrongMax: 5,
  /** A password that an administrator gave and nobody used. */
  oneTimeDays: 7,
  deviceSeconds: 180 * 86_400,
};

/** What a sign-in needs besides the password, in this order. */
export const STEPS = ['second_factor', 'new_password', 'enrol_factor'] as const;
export type Step = (typeof STEPS)[number];

/** A session, or the next step with the token that carries the sign-in there. */
export type Outcome =
  | { session: string; device: string; actor: Actor; recoveryCodes?: string[] }
  | { next: Step; methods: Method[]; pending: string };

export interface SignInCaller extends From {
  /** The token of the browser's device cookie, if it has one. */
  device: string | undefined;
}

/** A hash that no password has: unknown names cost as much as known ones. */
let decoy: Promise<string> | undefined;

/**
 * Checks name and password; opens a session or tells the next step. Throws a Failure that does not tell which of the two was
 * wrong, or that the user is disabled.
 */
export async function signIn(
  identity: Identity,
  caller: SignInCaller,
  username: string,
  password: string,
): Promise<Outcome> {
  const { database } = identity;
  const now = identity.clock();
  decoy ??= hashPassword(randomBytes(24).toString('base64'));
  const { rows } = await database.query<{
    id: string;
    active: boolean | null;
    kind: string | null;
    password_hash: string | null;
    over: boolean | null;
  }>(
    `select u.id, u.active, u.kind, c.password_hash,
        c.must_change and c.updated_at < $2::timestamptz - make_interval(days => $3) as over
       from "user" u left join credential c on c.user_id = u.id where u.username = $1 order by u.id limit 1`,
    [username, now.toISOString(), signInLimits.oneTimeDays],
  );
  const user = rows[0];
  const place = await placeOf(identity, caller, user?.id);
  const admission = await admitOrRefuse(identity, `name:${username}`, place, {
    userId: user?.id,
    username,
    step: 'password',
  });
  const right = await verifyPassword(password, user?.password_hash ?? (await decoy));
  if (!user || !right || !user.active || !user.password_hash || user.kind === 'api' || user.over) {
    const reason =
      !user || !right ? 'wrong' : !user.active ? 'disabled' : user.over ? 'one_time_password_over' : 'no_password';
    await refuse(identity, { userId: user?.id, username, address: caller.address, step: 'password', reason });
    throw new Failure(kinds.refused, {}, 'password');
  }
  await forgive(database, now, admission);
  return proceed(identity, caller, user.id, { proof: null, pending: undefined });
}

interface UnderWay {
  userId: string;
  proof: Method | null;
  holder: ChallengeHolder;
  token: string;
}

/** The sign-in that a token carries. Throws a Failure when it took too long or there is none. */
async function underWay(identity: Identity, token: string | undefined): Promise<UnderWay> {
  const hash = tokenHash(token ?? '');
  const { rows } = await identity.database.query<{ user_id: string; proof: Method | null }>(
    `select s.user_id, s.proof from sign_in s join "user" u on u.id = s.user_id and u.active
      where s.token_hash = $1 and s.expires_at > $2 and s.failures < $3`,
    [hash, identity.clock().toISOString(), signInLimits.wrongMax],
  );
  const row = rows[0];
  if (!row || token === undefined) throw new Failure(kinds.sign_in_over);
  return { userId: row.user_id, proof: row.proof, holder: { table: 'sign_in', tokenHash: hash }, token };
}

/** Whose sign-in a token carries, and where the challenge of a security key is kept. */
export async function challengeOf(identity: Identity, token: string | undefined) {
  const { userId, holder } = await underWay(identity, token);
  return { userId, holder };
}

/** The second factor: code, recovery code or security key. Throws a Failure when it is wrong; after some the sign-in is over. */
export async function giveSecondFactor(
  identity: Identity,
  caller: SignInCaller,
  token: string | undefined,
  proof: z.output<typeof factorInput>,
): Promise<Outcome> {
  const { userId, holder, token: pending } = await underWay(identity, token);
  const place = await placeOf(identity, caller, userId);
  const admission = await admitOrRefuse(identity, `factor:${userId}`, place, { userId, step: 'second_factor' });
  const method = await checkProof(identity, userId, proof, holder);
  if (!method) {
    await identity.database.query('update sign_in set failures = failures + 1 where token_hash = $1', [
      holder.tokenHash,
    ]);
    await refuse(identity, { userId, address: caller.address, step: 'second_factor', reason: 'wrong' });
    throw new Failure(kinds.proof_wrong, {}, Object.keys(proof)[0]);
  }
  await forgive(identity.database, identity.clock(), admission);
  return proceed(identity, caller, userId, { proof: method, pending });
}

/** A password of one's own in place of the one that an administrator gave. */
export async function giveNewPassword(
  identity: Identity,
  caller: SignInCaller,
  token: string | undefined,
  password: string,
  institution: string[],
): Promise<Outcome> {
  const { userId, proof, token: pending } = await underWay(identity, token);
  if ((await nextStep(identity, userId, proof)) !== 'new_password') throw new Failure(kinds.step_out_of_order);
  await identity.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ username: string; name: string; password_hash: string }>(
      'select u.username, u.name, c.password_hash from "user" u join credential c on c.user_id = u.id where u.id = $1 for update of c',
      [userId],
    );
    const { username, name, password_hash } = rows[0]!;
    if (await verifyPassword(password, password_hash)) throw new Failure(kinds.password_same, {}, 'password');
    await setPassword(tx, {
      userId,
      username,
      password,
      personal: [name, ...institution],
      clock: identity.clock,
      keepSignIn: true,
    });
    await record(tx, {
      at: identity.clock(),
      actor: { ...systemActor, userId, username },
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail: { changed: 'password' },
    });
  });
  return proceed(identity, caller, userId, { proof, pending });
}

/** Begins to set up one-time codes for somebody whose role asks for a second factor and who has none. */
export async function enrolAtSignIn(identity: Identity, token: string | undefined, issuer: string): Promise<Enrolment> {
  const { userId, proof } = await underWay(identity, token);
  if ((await nextStep(identity, userId, proof)) !== 'enrol_factor') throw new Failure(kinds.step_out_of_order);
  return identity.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ username: string }>('select username from "user" where id = $1', [userId]);
    return startTotp(tx, identity.clock(), { id: userId, username: rows[0]!.username, issuer });
  });
}

/** The first code ends that and opens the session. */
export async function confirmAtSignIn(
  identity: Identity,
  caller: SignInCaller,
  token: string | undefined,
  code: string,
): Promise<Outcome> {
  const { userId, proof, token: pending } = await underWay(identity, token);
  if ((await nextStep(identity, userId, proof)) !== 'enrol_factor') throw new Failure(kinds.step_out_of_order);
  const recoveryCodes = await identity.database.transaction(async (tx) => {
    await confirmTotp(tx, identity.clock(), userId, code);
    await record(tx, {
      at: identity.clock(),
      actor: { ...systemActor, userId },
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail: { changed: 'totp', created: true },
    });
    return newRecoveryCodes(tx, userId);
  });
  const outcome = await proceed(identity, caller, userId, { proof: 'totp', pending });
  return 'session' in outcome ? { ...outcome, recoveryCodes } : outcome;
}

/** The one place that decides what a sign-in still needs: no path to a session goes around it. */
async function nextStep(identity: Identity, userId: string, proof: Method | null): Promise<Step | undefined> {
  const { database, model } = identity;
  const factors = await factorsOf(database, userId);
  if (factors.length > 0 && proof === null) return 'second_factor';
  const { rows } = await database.query<{ must_change: boolean }>(
    'select must_change from credential where user_id = $1',
    [userId],
  );
  if (rows[0]?.must_change !== false) return 'new_password';
  const actor = await actorOfUser(database, model, identity.clock(), userId);
  if (factors.length === 0 && actor && needsFactor(model, actor.roles)) return 'enrol_factor';
  return undefined;
}

async function proceed(
  identity: Identity,
  caller: SignInCaller,
  userId: string,
  { proof, pending }: { proof: Method | null; pending: string | undefined },
): Promise<Outcome> {
  const { database, clock, model } = identity;
  const now = clock();
  const next = await nextStep(identity, userId, proof);
  if (next) {
    const token = pending ?? newToken();
    await database.query(
      `with swept as (delete from sign_in where expires_at < $3)
       insert into sign_in (token_hash, user_id, expires_at, proof) values ($1, $2, $4, $5)
       on conflict (token_hash) do update set proof = excluded.proof`,
      [
        tokenHash(token),
        userId,
        now.toISOString(),
        new Date(now.getTime() + signInLimits.underWaySeconds * 1000).toISOString(),
        proof,
      ],
    );
    return { next, methods: next === 'second_factor' ? await factorsOf(database, userId) : [], pending: token };
  }
  const actor = await actorOfUser(database, model, now, userId);
  if (!actor) throw new Failure(kinds.refused, {}, 'password');
  const device = caller.device ?? newToken();
  const session = await database.transaction(async (tx) => {
    if (pending !== undefined) {
      // Of two requests that finish the same sign-in only one opens a session.
      const { rowCount } = await tx.query('delete from sign_in where token_hash = $1', [tokenHash(pending)]);
      if (rowCount === 0) throw new Failure(kinds.sign_in_over);
    }
    await rememberDevice(tx, now, { userId, device, address: caller.address });
    await record(tx, {
      at: now,
      actor,
      action: 'sign_in',
      entity: 'user',
      recordId: userId,
      detail: { address: caller.address, proof: proof ?? 'password', agent: caller.agent },
    });
    return openSession(tx, now, { userId, proof: proof ?? 'password', address: caller.address, agent: caller.agent });
  });
  return { session, device, actor };
}

async function rememberDevice(
  tx: Queryable,
  now: Date,
  { userId, device, address }: { userId: string; device: string; address: string },
): Promise<void> {
  await tx.query(
    `with over as (delete from known_device where user_id = $2 and seen_at < $4::timestamptz - make_interval(secs => $5))
     insert into known_device (token_hash, user_id, address, seen_at) values ($1, $2, $3, $4)
     on conflict (token_hash, user_id, address) do update set seen_at = excluded.seen_at`,
    [tokenHash(device), userId, address, now.toISOString(), signInLimits.deviceSeconds],
  );
}

/** Whether this user signed in before from this browser or address. Asked for unknown names as well. */
async function placeOf(identity: Identity, caller: SignInCaller, userId: string | undefined): Promise<Place> {
  const { rows } = await identity.database.query<{ device: boolean; address: boolean }>(
    `select coalesce(bool_or(token_hash = $2), false) as device, coalesce(bool_or(address = $3), false) as address
       from known_device where user_id = $1 and seen_at > $4::timestamptz - make_interval(secs => $5)`,
    [
      userId ?? null,
      tokenHash(caller.device ?? ''),
      caller.address,
      identity.clock().toISOString(),
      signInLimits.deviceSeconds,
    ],
  );
  const { device, address } = rows[0]!;
  return {
    address: caller.address,
    device: device && caller.device ? caller.device : null,
    addressKnown: address,
  };
}

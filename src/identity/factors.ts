import { z } from 'zod';
import { roles } from '#access';
import { record } from '#audit';
import type { Queryable } from '#database';
import type { Actor } from '#kernel';
import { Failure } from '#kernel';
import type { Model } from '#metadata';
import type { Identity } from './actors.ts';
import type { ChallengeHolder } from './challenge.ts';
import { kinds } from './failures.ts';
import { verifyPassword } from './password.ts';
import { acceptRecoveryCode } from './recovery-codes.ts';
import { acceptAssertion } from './security-keys.ts';
import { acceptCode } from './totp.ts';

/** Ways to prove who one is. */
export const METHODS = ['password', 'totp', 'webauthn', 'recovery'] as const;
export type Method = (typeof METHODS)[number];

const base64url = (max: number) =>
  z
    .string()
    .regex(/^[\w-]*$/)
    .max(max);
const keyAnswer = {
  id: base64url(1_400),
  rawId: base64url(1_400),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).nullish(),
  clientExtensionResults: z.record(z.string(), z.unknown()),
};

/** What a browser's `navigator.credentials.create` answers, as JSON. */
export const registrationInput = z.object({
  ...keyAnswer,
  response: z.object({
    clientDataJSON: base64url(8_000),
    attestationObject: base64url(32_000),
    transports: z.array(z.string().max(20)).max(10).optional(),
  }),
});

/** What a browser's `navigator.credentials.get` answers, as JSON. */
const assertionInput = z.object({
  ...keyAnswer,
  response: z.object({
    clientDataJSON: base64url(8_000),
    authenticatorData: base64url(8_000),
    signature: base64url(4_000),
    userHandle: base64url(200).nullish(),
  }),
});

const codeInput = z.strictObject({ code: z.string().regex(/^\s*\d{3}\s?\d{3}\s*$/) });
const factorInputs = [
  codeInput,
  z.strictObject({ recoveryCode: z.string().min(1).max(60) }),
  z.strictObject({ assertion: assertionInput }),
] as const;

/** A second factor. */
export const factorInput = z.union(factorInputs);
/** A second factor, or the password where the user has no factor. */
export const proofInput = z.union([...factorInputs, z.strictObject({ password: z.string().min(1).max(128) })]);
type Proof = z.output<typeof proofInput>;

/** The second factors that a user can sign in with; none when he has not set any up. Recovery codes alone are no factor. */
export async function factorsOf(db: Queryable, userId: string): Promise<Method[]> {
  const { rows } = await db.query<{ totp: boolean; keys: boolean; recovery: boolean }>(
    `select exists (select from totp where user_id = $1 and confirmed_at is not null) as totp,
        exists (select from security_key where user_id = $1) as keys,
        exists (select from recovery_code where user_id = $1 and used_at is null) as recovery`,
    [userId],
  );
  const { totp, keys, recovery } = rows[0]!;
  const methods: Method[] = [...(keys ? ['webauthn' as const] : []), ...(totp ? ['totp' as const] : [])];
  return methods.length > 0 && recovery ? [...methods, 'recovery'] : methods;
}

/** True when one of the roles lets nobody in with a password alone. */
export function needsFactor(model: Model, codes: readonly string[]): boolean {
  return codes.some((code) => roles(model).get(code)?.second_factor === 'required');
}

/** The method by which a proof holds, or undefined. A password is no proof of somebody who has a factor. */
export async function checkProof(
  identity: Identity,
  userId: string,
  proof: Proof,
  holder: ChallengeHolder,
): Promise<Method | undefined> {
  const { database } = identity;
  const now = identity.clock();
  const factors = await factorsOf(database, userId);
  if ('password' in proof) {
    if (factors.length > 0) return undefined;
    const { rows } = await database.query<{ password_hash: string }>(
      'select password_hash from credential where user_id = $1',
      [userId],
    );
    return rows[0] && (await verifyPassword(proof.password, rows[0].password_hash)) ? 'password' : undefined;
  }
  if ('code' in proof) return (await acceptCode(database, now, userId, proof.code)) ? 'totp' : undefined;
  if ('assertion' in proof) {
    const { authenticatorAttachment, response, ...rest } = proof.assertion;
    const assertion = {
      ...rest,
      ...(authenticatorAttachment ? { authenticatorAttachment } : {}),
      clientExtensionResults: {},
      response: {
        clientDataJSON: response.clientDataJSON,
        authenticatorData: response.authenticatorData,
        signature: response.signature,
        ...(response.userHandle ? { userHandle: response.userHandle } : {}),
      },
    };
    return (await acceptAssertion(identity, userId, assertion, holder)) ? 'webauthn' : undefined;
  }
  if (factors.length === 0) return undefined;
  return (await acceptRecoveryCode(database, now, userId, proof.recoveryCode)) ? 'recovery' : undefined;
}

/** Takes all second factors and recovery codes from a user who lost them, and ends his sessions. */
export async function resetFactors(identity: Identity, actor: Actor, userId: string): Promise<void> {
  if (userId === actor.userId) throw new Failure(kinds.not_yourself);
  await identity.database.transaction(async (tx) => {
    const { rowCount } = await tx.query('select from "user" where id = $1', [userId]);
    if (rowCount === 0) throw new Failure(kinds.user_unknown);
    const removed = await tx.query<{ keys: string; totp: string }>(
      `with keys as (delete from security_key where user_id = $1 returning 1),
         codes as (delete from totp where user_id = $1 returning 1),
         recovery as (delete from recovery_code where user_id = $1),
         sessions as (delete from session where user_id = $1),
         under_way as (delete from sign_in where user_id = $1),
         devices as (delete from known_device where user_id = $1)
       select (select count(*) from keys) as keys, (select count(*) from codes) as totp`,
      [userId],
    );
    const { keys, totp } = removed.rows[0]!;
    await record(tx, {
      at: identity.clock(),
      actor,
      action: 'configure',
      entity: 'user',
      recordId: userId,
      detail: { changed: 'second_factors', removed: { keys: Number(keys), totp: Number(totp) } },
    });
  });
}

import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Queryable } from '#database';
import { Failure } from '#kernel';
import { newId } from '#metadata';
import type { Identity } from './actors.ts';
import { type ChallengeHolder, newChallenge, takeChallenge } from './challenge.ts';
import { kinds } from './failures.ts';

export const keyLimits = { perUserMax: 10, nameLengthMax: 60 };

/** COSE numbers of Ed25519, ES256 and RS256: what keys on the market sign with. */
const ALGORITHMS = [-8, -7, -257];

/** Keys are bound to the host; a browser gives them to no other (WebAuthn level 3, 5.1.4.1). */
const hostOf = (identity: Identity): string => new URL(identity.publicOrigin).hostname;

interface StoredKey {
  id: string;
  credential_id: string;
  public_key: Buffer;
  counter: string;
  transports: string[];
}

async function keysOf(db: Queryable, userId: string): Promise<StoredKey[]> {
  const { rows } = await db.query<StoredKey>(
    'select id, credential_id, public_key, counter, transports from security_key where user_id = $1',
    [userId],
  );
  return rows;
}

const described = (keys: StoredKey[]) =>
  keys.map(({ credential_id, transports }) => ({ id: credential_id, transports }));

/** What the browser needs to make a key; those already there are excluded. */
export async function registrationOptions(
  identity: Identity,
  user: { id: string; username: string; name: string; issuer: string },
  holder: ChallengeHolder,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const keys = await keysOf(identity.database, user.id);
  if (keys.length >= keyLimits.perUserMax) throw new Failure(kinds.keys_too_many, { max: keyLimits.perUserMax });
  return generateRegistrationOptions({
    rpName: user.issuer,
    rpID: hostOf(identity),
    userName: user.username,
    userDisplayName: user.name,
    userID: new Uint8Array(Buffer.from(user.id)),
    challenge: await newChallenge(identity.database, identity.clock(), holder),
    attestationType: 'none',
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: described(keys),
    authenticatorSelection: { residentKey: 'discouraged', userVerification: 'preferred' },
  });
}

/** Keeps a key that the browser made. Throws a Failure when it does not answer what was asked. */
export async function registerKey(
  identity: Identity,
  tx: Queryable,
  userId: string,
  name: string,
  response: RegistrationResponseJSON,
  holder: ChallengeHolder,
): Promise<string> {
  const expectedChallenge = await takeChallenge(identity.database, identity.clock(), holder);
  if (expectedChallenge === undefined) throw new Failure(kinds.challenge_gone);
  const answer = await verifyRegistrationResponse({
    response,
    expectedChallenge,
    expectedOrigin: identity.publicOrigin,
    expectedRPID: hostOf(identity),
    requireUserVerification: false,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => undefined);
  if (!answer?.verified) throw new Failure(kinds.key_refused);
  const { credential } = answer.registrationInfo;
  const id = newId(identity.clock);
  const { rowCount } = await tx.query(
    `insert into security_key (id, user_id, name, credential_id, public_key, counter, transports, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (credential_id) do nothing`,
    [
      id,
      userId,
      name,
      credential.id,
      Buffer.from(credential.publicKey),
      credential.counter,
      credential.transports ?? [],
      identity.clock().toISOString(),
    ],
  );
  if (rowCount === 0) throw new Failure(kinds.key_refused);
  return id;
}

/** What the browser needs to ask one of the user's keys. */
export async function assertionOptions(
  identity: Identity,
  userId: string,
  holder: ChallengeHolder,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: hostOf(identity),
    allowCredentials: described(await keysOf(identity.database, userId)),
    challenge: await newChallenge(identity.database, identity.clock(), holder),
    userVerification: 'preferred',
  });
}

/**
 * True when one of the user's keys signed the challenge. A counter that does not grow means a copied key, and is refused; keys
 * that do not count always say 0.
 */
export async function acceptAssertion(
  identity: Identity,
  userId: string,
  response: AuthenticationResponseJSON,
  holder: ChallengeHolder,
): Promise<boolean> {
  const { database } = identity;
  const now = identity.clock();
  const expectedChallenge = await takeChallenge(database, now, holder);
  const key = (await keysOf(database, userId)).find(({ credential_id }) => credential_id === response.id);
  if (expectedChallenge === undefined || !key) return false;
  const answer = await verifyAuthenticationResponse({
    response,
    expectedChallenge,
    expectedOrigin: identity.publicOrigin,
    expectedRPID: hostOf(identity),
    requireUserVerification: false,
    credential: {
      id: key.credential_id,
      publicKey: new Uint8Array(key.public_key),
      counter: Number(key.counter),
    },
  }).catch(() => undefined);
  if (!answer?.verified) return false;
  const { newCounter } = answer.authenticationInfo;
  const { rowCount } = await database.query(
    'update security_key set counter = $2, used_at = $3 where id = $1 and ((counter = 0 and $2 = 0) or counter < $2)',
    [key.id, newCounter, now.toISOString()],
  );
  return rowCount === 1;
}

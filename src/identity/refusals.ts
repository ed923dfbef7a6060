import { record } from '#audit';
import { Failure, systemActor } from '#kernel';
import type { Identity } from './actors.ts';
import { type Admission, admit, type Place } from './attempts.ts';

const USERNAME_KEPT = 60;

interface Refusal {
  userId?: string | undefined;
  username?: string;
  step: 'password' | 'second_factor' | 'step_up' | 'own_password';
}

/** Counts an attempt, or records that it was refused for too many and passes the Failure on. */
export async function admitOrRefuse(
  identity: Identity,
  subject: string,
  place: Place,
  refusal: Refusal,
): Promise<Admission> {
  try {
    return await admit(identity.database, identity.clock(), subject, place);
  } catch (error) {
    if (error instanceof Failure) await refuse(identity, { ...refusal, address: place.address, reason: 'too_many' });
    throw error;
  }
}

/** Every refusal leaves a trace; names are cut, as anything may be typed there. */
export async function refuse(
  identity: Identity,
  { userId, username, ...detail }: Refusal & { address: string; reason: string },
): Promise<void> {
  await record(identity.database, {
    at: identity.clock(),
    actor: systemActor,
    action: 'sign_in_refused',
    entity: 'user',
    recordId: userId,
    detail: { ...(username === undefined ? {} : { username: username.slice(0, USERNAME_KEPT) }), ...detail },
  });
}

import type { z } from 'zod';
import { type Actor, Failure } from '#kernel';
import type { Identity } from './actors.ts';
import { forgive } from './attempts.ts';
import { checkProof, factorsOf, type Method, type proofInput } from './factors.ts';
import { kinds } from './failures.ts';
import { admitOrRefuse, refuse } from './refusals.ts';
import { type From, renewSession } from './sessions.ts';
import { tokenHash } from './token.ts';

/** How this person can prove himself anew: by his factors, or without any by the password. */
export async function stepUpMethods(identity: Identity, userId: string): Promise<Method[]> {
  const factors = await factorsOf(identity.database, userId);
  return factors.length > 0 ? factors : ['password'];
}

/**
 * Proves anew who is at the other end of a session; gives the session a new token, which is returned. Throws a Failure when the
 * proof is wrong, and for a while after several wrong ones.
 */
export async function stepUp(
  identity: Identity,
  caller: { actor: Actor; sessionId: string; token: string } & From,
  proof: z.output<typeof proofInput>,
): Promise<string> {
  const userId = caller.actor.userId!;
  const place = { address: caller.address, device: `session:${caller.sessionId}`, addressKnown: true };
  const admission = await admitOrRefuse(identity, `proof:${userId}`, place, { userId, step: 'step_up' });
  const method = await checkProof(identity, userId, proof, { table: 'session', tokenHash: tokenHash(caller.token) });
  if (!method) {
    await refuse(identity, { userId, address: caller.address, step: 'step_up', reason: 'wrong' });
    throw new Failure(kinds.proof_wrong, {}, Object.keys(proof)[0]);
  }
  await forgive(identity.database, identity.clock(), admission);
  return renewSession(identity, caller.actor, caller.sessionId, method, caller);
}

import type { Context } from '#access';
import { type Cookie, WithCookie } from '#http';
import { Failure } from '#kernel';
import { DEVICE_COOKIE, type Identity, limits, SESSION_COOKIE, SIGN_IN_COOKIE } from './actors.ts';
import { kinds } from './failures.ts';
import { type Outcome, signInLimits } from './sign-in.ts';

/** What the routes of this room work with besides what all routes have. */
export interface IdentityContext extends Context {
  identity: Identity;
  /** The session of the request; null for API accounts. */
  sessionId: string | null;
  /** The browser or program, in its own words. */
  agent: string;
}

/** The session of a person. Throws a Failure for API accounts, which have neither sessions nor proofs. */
export function ownSession(ctx: IdentityContext): { userId: string; sessionId: string } {
  if (ctx.sessionId === null || ctx.actor.userId === null) throw new Failure(kinds.person_needed);
  return { userId: ctx.actor.userId, sessionId: ctx.sessionId };
}

export const sessionCookie = (token: string): Cookie => ({
  name: SESSION_COOKIE,
  value: token,
  maxAgeSeconds: limits.sessionSeconds,
});

/** The answer to any step of a sign-in, with the cookies that carry it on. */
export async function answerSignIn(
  outcome: Outcome,
  viewOf: (actor: Context['actor']) => Promise<object>,
): Promise<WithCookie> {
  if ('next' in outcome) {
    return new WithCookie(
      { next: outcome.next, methods: outcome.methods },
      { name: SIGN_IN_COOKIE, value: outcome.pending, maxAgeSeconds: signInLimits.underWaySeconds },
    );
  }
  const { session, device, actor, recoveryCodes } = outcome;
  return new WithCookie(
    { ...(await viewOf(actor)), ...(recoveryCodes ? { recoveryCodes } : {}) },
    sessionCookie(session),
    { name: DEVICE_COOKIE, value: device, maxAgeSeconds: signInLimits.deviceSeconds },
    { name: SIGN_IN_COOKIE, value: null, maxAgeSeconds: 0 },
  );
}

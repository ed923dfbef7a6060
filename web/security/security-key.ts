/** The browser's part of security keys; its library is fetched when one is used. */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import { post } from '../api/client.ts';

/** Thrown when the person closed the browser's window, or no key answered. */
export class KeyCancelled extends Error {}

async function answerOf<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof Error && /^(NotAllowed|Abort|InvalidState)Error$/.test(error.name)
      ? new KeyCancelled(error.message)
      : error;
  }
}

/** Asks one of the person's keys what the server wants signed. */
export async function askKey(optionsPath: string): Promise<unknown> {
  const [{ startAuthentication }, optionsJSON] = await Promise.all([
    import('@simplewebauthn/browser'),
    post<PublicKeyCredentialRequestOptionsJSON>(optionsPath),
  ]);
  return answerOf(() => startAuthentication({ optionsJSON }));
}

/** Lets a key make a credential for this person. */
export async function makeKey(): Promise<unknown> {
  const [{ startRegistration }, optionsJSON] = await Promise.all([
    import('@simplewebauthn/browser'),
    post<PublicKeyCredentialCreationOptionsJSON>('/security/keys/options'),
  ]);
  return answerOf(() => startRegistration({ optionsJSON }));
}

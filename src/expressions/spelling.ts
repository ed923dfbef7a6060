import { normalizeContextKey } from 'lezer-feel';

/** The one spelling of a name: FEEL takes `account-id` and `account - id` for the same. */
export function normalName(name: string): string {
  return normalizeContextKey(name.trim());
}

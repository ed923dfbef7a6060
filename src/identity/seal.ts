import type { Queryable, Transaction } from '#database';
import { ensureKeys, fieldKeys, openValues, reserveUses } from '#vault';

const ENTITY = 'totp';
const COLUMN = 'secret';

/** Seals the secret of a user's one-time codes for this user: moved to another's row it opens nowhere. */
export async function sealSecret(tx: Transaction, userId: string, secret: string): Promise<string> {
  await ensureKeys(tx, [{ kind: 'seal', purpose: ENTITY }]);
  await reserveUses(tx, 1);
  return (await fieldKeys(tx, ENTITY)).sealer(userId, null)(COLUMN, secret);
}

export async function openSecret(db: Queryable, userId: string, text: string): Promise<string> {
  const [secret] = await openValues(db, [{ entity: ENTITY, column: COLUMN, rowId: userId, salt: null, text }]);
  return secret!;
}

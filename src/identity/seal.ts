import type { Database, Queryable, Transaction } from '#database';
import { ensureKeys, fieldKeys, openValues, reserveUses, retiredKeys } from '#vault';

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

/** Seals the secrets that stand under a retired key with the current one. Returns how many. */
export async function resealSecrets(database: Database): Promise<number> {
  if (!(await retiredKeys(database)).some(({ purpose }) => purpose === ENTITY)) return 0;
  const { current } = await fieldKeys(database, ENTITY);
  const isStale = `split_part(secret, '.', 3) <> $1`;
  const { rows } = await database.query<{ user_id: string }>(`select user_id from totp where ${isStale}`, [current]);
  for (const { user_id: userId } of rows) {
    await database.transaction(async (tx) => {
      const { rows: held } = await tx.query<{ secret: string }>(
        `select secret from totp where user_id = $2 and ${isStale} for update`,
        [current, userId],
      );
      if (!held[0]) return;
      const sealed = await sealSecret(tx, userId, await openSecret(tx, userId, held[0].secret));
      await tx.query('update totp set secret = $2 where user_id = $1', [userId, sealed]);
    });
  }
  return rows.length;
}

import { randomInt } from 'node:crypto';
import type { Queryable } from '#database';
import { tokenHash } from './token.ts';

const CODES = 10;
const GROUPS = 4;
const GROUP_LENGTH = 4;
/** Without 0, 1, i, l, o and u: nothing that is misread on paper, and no words. 30 letters, 16 of them are 78 bits. */
const ALPHABET = '23456789abcdefghjkmnpqrstvwxyz';

/** A secret for reading and typing, `7hqk-…`. */
export function readableSecret(): string {
  const letter = () => ALPHABET[randomInt(ALPHABET.length)]!;
  const group = () => Array.from({ length: GROUP_LENGTH }, letter).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

const hashOf = (userId: string, code: string): Buffer =>
  tokenHash(`${userId}:${code.toLowerCase().replaceAll(/[^0-9a-z]/g, '')}`);

/** Makes new recovery codes in place of the old ones. They are shown this once. */
export async function newRecoveryCodes(tx: Queryable, userId: string): Promise<string[]> {
  const codes = Array.from({ length: CODES }, readableSecret);
  await tx.query('delete from recovery_code where user_id = $1', [userId]);
  await tx.query('insert into recovery_code (code_hash, user_id) select hash, $2 from unnest($1::bytea[]) hash', [
    codes.map((code) => hashOf(userId, code)),
    userId,
  ]);
  return codes;
}

/** True when the code is one of the user's and was not used; it is used by that. */
export async function acceptRecoveryCode(db: Queryable, now: Date, userId: string, code: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'update recovery_code set used_at = $3 where code_hash = $1 and user_id = $2 and used_at is null',
    [hashOf(userId, code), userId, now.toISOString()],
  );
  return rowCount === 1;
}

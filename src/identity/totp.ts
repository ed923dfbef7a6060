import { Secret, TOTP } from 'otpauth';
import { prepared, type Queryable, type Transaction } from '#database';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';
import { openSecret, sealSecret } from './seal.ts';

/** RFC 6238 as every authenticator program speaks it: SHA-1, six digits, 30 s; one step earlier or later is accepted. */
const SHAPE = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
const WINDOW_STEPS = 1;
const SECRET_BYTES = 20;

export interface Enrolment {
  /** For typing in, base32. */
  secret: string;
  /** For scanning, `otpauth://totp/…`. */
  uri: string;
}

/** Makes a secret that counts only after it was confirmed by a code; an earlier unconfirmed one is forgotten. */
export async function startTotp(
  tx: Transaction,
  now: Date,
  user: { id: string; username: string; issuer: string },
): Promise<Enrolment> {
  const secret = new Secret({ size: SECRET_BYTES });
  const sealed = await sealSecret(tx, user.id, secret.base32);
  const { rowCount } = await tx.query(
    `insert into totp (user_id, secret, created_at) values ($1, $2, $3)
     on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at, last_step = 0
       where totp.confirmed_at is null`,
    [user.id, sealed, now.toISOString()],
  );
  if (rowCount === 0) throw new Failure(kinds.totp_there);
  // A colon would end the issuer early in the label.
  const issuer = user.issuer.replaceAll(':', ' ');
  return { secret: secret.base32, uri: new TOTP({ ...SHAPE, secret, issuer, label: user.username }).toString() };
}

/** Confirms the secret by its first code. Throws a Failure when there is none to confirm, or the code is wrong. */
export async function confirmTotp(tx: Queryable, now: Date, userId: string, code: string): Promise<void> {
  if (!(await takeCode(tx, now, userId, code, false))) throw new Failure(kinds.code_wrong, {}, 'code');
  await tx.query('update totp set confirmed_at = $2 where user_id = $1', [userId, now.toISOString()]);
}

/** True when the code is right; it is used up by that, with every earlier one. */
export function acceptCode(db: Queryable, now: Date, userId: string, code: string): Promise<boolean> {
  return takeCode(db, now, userId, code, true);
}

async function takeCode(db: Queryable, now: Date, userId: string, code: string, confirmed: boolean): Promise<boolean> {
  const { rows } = await db.query<{ secret: string }>(
    prepared('identity_totp', 'select secret from totp where user_id = $1 and (confirmed_at is not null) = $2', [
      userId,
      confirmed,
    ]),
  );
  if (!rows[0]) return false;
  const secret = Secret.fromBase32(await openSecret(db, userId, rows[0].secret));
  const timestamp = now.getTime();
  const delta = TOTP.validate({ ...SHAPE, secret, token: code.replaceAll(/\s/g, ''), timestamp, window: WINDOW_STEPS });
  if (delta === null) return false;
  const step = TOTP.counter({ period: SHAPE.period, timestamp }) + delta;
  // Of two requests with the same code only one finds the older step.
  const { rowCount } = await db.query('update totp set last_step = $2 where user_id = $1 and last_step < $2', [
    userId,
    step,
  ]);
  return rowCount === 1;
}

import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { promisify } from 'node:util';
import { Failure } from '#kernel';
import { weaknessOf } from './common-passwords.ts';
import { kinds } from './failures.ts';

const LENGTH_MIN = 12;
const LENGTH_MAX = 128;

/** OWASP password storage cheat sheet: argon2id, 19 MiB, 2 passes, 1 lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };

const argon2Async = promisify(argon2) as (algorithm: string, parameters: Argon2Parameters) => Promise<Buffer>;

/** Tells whoever listens of each hash, which is what a sign-in costs: known and unknown names must cost the same. */
const hashed = channel('tongguan.identity.hash');

function run(parameters: Argon2Parameters): Promise<Buffer> {
  hashed.publish({ memory: parameters.memory, passes: parameters.passes });
  return argon2Async('argon2id', parameters);
}

/**
 * Refuses passwords that are too short, too long or easy to guess. Length and rarity count, not kinds of characters
 * (NIST SP 800-63B). `personal` are words that an attacker tries first.
 */
export function checkPassword(password: string, personal: readonly string[]): void {
  if (password.length < LENGTH_MIN || password.length > LENGTH_MAX) {
    throw new Failure(kinds.password_length, { min: LENGTH_MIN, max: LENGTH_MAX }, 'password');
  }
  const found = weaknessOf(password, personal);
  if (found.length === 0) return;
  const parts = { zh: found.map(({ zh }) => zh).join('、'), en: found.map(({ en }) => en).join(', ') };
  throw new Failure(kinds.password_common, { parts }, 'password');
}

/** `argon2id$m=…,t=…,p=…$salt$hash`, base64url. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const hash = await run({ message: Buffer.from(password.normalize('NFKC')), nonce, ...COST });
  return `argon2id$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${nonce.toString('base64url')}$${hash.toString('base64url')}`;
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = /^argon2id\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored);
  if (!match) return false;
  const expected = Buffer.from(match[5]!, 'base64url');
  const actual = await run({
    message: Buffer.from(password.normalize('NFKC')),
    nonce: Buffer.from(match[4]!, 'base64url'),
    memory: Number(match[1]),
    passes: Number(match[2]),
    parallelism: Number(match[3]),
    tagLength: expected.length,
  });
  return timingSafeEqual(actual, expected);
}

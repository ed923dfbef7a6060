import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';

const LENGTH_MIN = 12;
const LENGTH_MAX = 128;

/** OWASP password storage cheat sheet: argon2id, 19 MiB, 2 passes, 1 lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };

const COMMON = ['password', '123456', 'qwerty', 'iloveyou', 'woaini', '111111', '000000', 'admin', 'letmein', 'abc123'];

const run = promisify(argon2) as (algorithm: string, parameters: Argon2Parameters) => Promise<Buffer>;

/** Refuses passwords that are too short, too long, too common or the username. Length counts for more than character kinds (NIST SP 800-63B). */
export function checkPassword(password: string, username: string): void {
  if (password.length < LENGTH_MIN || password.length > LENGTH_MAX) {
    throw new Failure(kinds.password_length, { min: LENGTH_MIN, max: LENGTH_MAX }, 'password');
  }
  const plain = password.toLowerCase();
  const repeated = COMMON.some((word) => word.repeat(Math.ceil(plain.length / word.length)).startsWith(plain));
  if (repeated || plain === username.toLowerCase() || new Set(plain).size < 4) {
    throw new Failure(kinds.password_common, {}, 'password');
  }
}

/** `argon2id$m=…,t=…,p=…$salt$hash`, base64url. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const hash = await run('argon2id', { message: Buffer.from(password.normalize('NFKC')), nonce, ...COST });
  return `argon2id$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${nonce.toString('base64url')}$${hash.toString('base64url')}`;
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = /^argon2id\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored);
  if (!match) return false;
  const expected = Buffer.from(match[5]!, 'base64url');
  const actual = await run('argon2id', {
    message: Buffer.from(password.normalize('NFKC')),
    nonce: Buffer.from(match[4]!, 'base64url'),
    memory: Number(match[1]),
    passes: Number(match[2]),
    parallelism: Number(match[3]),
    tagLength: expected.length,
  });
  return timingSafeEqual(actual, expected);
}

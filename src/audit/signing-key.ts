import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { appendFileSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';

export interface SigningKey {
  /** Public key as it stands in what is signed: base64 of its SPKI form. */
  publicKey: string;
  sign(text: string): string;
}

const names = { secret: 'audit-signing.pem', trusted: 'audit-public.pem' };

/** The installation's key, made at the first call. Its public half joins the keys that this installation trusts. */
export function signingKey(folder: string): SigningKey {
  const file = path.join(folder, names.secret);
  try {
    if (!existsSync(file)) makeKey(folder, file);
    const secret = createPrivateKey(readFileSync(file));
    if (secret.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key');
    const publicKey = encoded(createPublicKey(secret));
    return { publicKey, sign: (text) => sign(null, Buffer.from(text), secret).toString('base64') };
  } catch (error) {
    throw new Failure(kinds.key_unreadable, { file, reason: (error as Error).message });
  }
}

/** Written beside its place and linked into it: of two programs that start together, one wins and both use its key. */
function makeKey(folder: string, file: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  try {
    linkSync(draft, file);
    appendFileSync(path.join(folder, names.trusted), publicKey.export({ type: 'spki', format: 'pem' }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

/** The public keys that this installation trusts: its own, former ones, those of servers on the same database. */
export function trustedKeys(folder: string): Set<string> {
  const file = path.join(folder, names.trusted);
  return existsSync(file) ? readPublicKeys(file) : new Set();
}

/** The public keys of a PEM file. Throws a Failure when it has none. */
export function readPublicKeys(file: string): Set<string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure(kinds.file_unreadable, { file, reason: (error as Error).message });
  }
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  try {
    const keys = blocks.map((block) => createPublicKey(block));
    if (keys.length > 0 && keys.every((key) => key.asymmetricKeyType === 'ed25519')) return new Set(keys.map(encoded));
  } catch {
    // told below
  }
  throw new Failure(kinds.public_key_invalid, { file });
}

/** The PEM form of a public key, for people who keep it elsewhere. */
export function publicPem(publicKey: string): string {
  return String(decoded(publicKey).export({ type: 'spki', format: 'pem' }));
}

const known = new Map<string, KeyObject>();

/** False for a wrong signature as well as for what is no key or no signature at all. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    let key = known.get(publicKey);
    if (!key) {
      key = decoded(publicKey);
      known.set(publicKey, key);
    }
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

function decoded(publicKey: string): KeyObject {
  return createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
}

function encoded(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto';
import { Failure } from '#kernel';
import { kinds } from './failures.ts';

/** How values are sealed. `sm4` is SM4-CTR with HMAC-SM3 over everything (encrypt, then authenticate): OpenSSL has no sm4-gcm. */
export const CIPHERS = ['aes', 'sm4'] as const;
export type CipherCode = (typeof CIPHERS)[number];

/** The keys of one cipher, made from one secret. KeyObjects: the library takes 20 µs longer for keys given as bytes. */
export interface CipherKey {
  cipher: CipherCode;
  encryption: KeyObject;
  /** Authenticates what was encrypted; only where the cipher does not do so itself. */
  authentication?: KeyObject;
}

/** How a secret of 256 bits becomes the keys of a cipher, and what they do. `aad` is authenticated with the value, not kept. */
interface Suite {
  digest: 'sha256' | 'sm3';
  keyBytes: number;
  nonceBytes: number;
  tagBytes: number;
  keys(material: Buffer): Omit<CipherKey, 'cipher'>;
  encrypt(key: CipherKey, nonce: Buffer, aad: Buffer, value: string): { content: Buffer; tag: Buffer };
  /** Undefined when anything was tampered with. */
  decrypt(key: CipherKey, nonce: Buffer, aad: Buffer, content: Buffer, tag: Buffer): string | undefined;
}

const SM4_KEY_BYTES = 16;

const suites: Record<CipherCode, Suite> = {
  aes: {
    digest: 'sha256',
    keyBytes: 32,
    nonceBytes: 12,
    tagBytes: 16,
    keys: (material) => ({ encryption: createSecretKey(material) }),
    encrypt({ encryption }, nonce, aad, value) {
      const cipher = createCipheriv('aes-256-gcm', encryption, nonce).setAAD(aad);
      const content = cipher.update(value, 'utf8');
      cipher.final();
      return { content, tag: cipher.getAuthTag() };
    },
    decrypt({ encryption }, nonce, aad, content, tag) {
      const cipher = createDecipheriv('aes-256-gcm', encryption, nonce, { authTagLength: 16 }).setAAD(aad);
      cipher.setAuthTag(tag);
      try {
        return cipher.update(content, undefined, 'utf8') + cipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  },
  sm4: {
    digest: 'sm3',
    keyBytes: SM4_KEY_BYTES + 32,
    nonceBytes: 16,
    tagBytes: 32,
    keys: (material) => ({
      encryption: createSecretKey(material.subarray(0, SM4_KEY_BYTES)),
      authentication: createSecretKey(material.subarray(SM4_KEY_BYTES)),
    }),
    encrypt(key, nonce, aad, value) {
      const content = createCipheriv('sm4-ctr', key.encryption, nonce).update(value, 'utf8');
      return { content, tag: sm3Tag(key, nonce, aad, content) };
    },
    decrypt(key, nonce, aad, content, tag) {
      if (!timingSafeEqual(tag, sm3Tag(key, nonce, aad, content))) return undefined;
      return createDecipheriv('sm4-ctr', key.encryption, nonce).update(content, undefined, 'utf8');
    },
  },
};

/** The length of the AAD stands before it, so that no byte can move from one part to the next. */
function sm3Tag(key: CipherKey, nonce: Buffer, aad: Buffer, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(aad.length);
  return createHmac('sm3', key.authentication!).update(length).update(aad).update(nonce).update(content).digest();
}

/**
 * The keys for one use of a secret: HKDF (RFC 5869) with SHA-256 or SM3. With a person's salt they are that person's, and gone
 * with the salt.
 */
export function deriveKey(cipher: CipherCode, secret: KeyObject, salt: Buffer, purpose: string): CipherKey {
  const { digest, keyBytes, keys } = suites[cipher];
  return { cipher, ...keys(Buffer.from(hkdfSync(digest, secret, salt, purpose, keyBytes))) };
}

const VERSION = 'v1';
const codes: Record<string, CipherCode | undefined> = { a: 'aes', s: 'sm4' };
const letters: Record<CipherCode, string> = { aes: 'a', sm4: 's' };

/** `v1.<a|s>.<key id>.<nonce>.<ciphertext and tag>`, base64url; what stands in the column. */
export function sealValue(key: CipherKey, keyId: string, place: string, value: string): string {
  const { nonceBytes, encrypt } = suites[key.cipher];
  return sealWith(key, keyId, place, value, freshNonce(nonceBytes), encrypt);
}

/** The same with a nonce of the caller: for known-answer tests only, since a nonce must never come twice under one key. */
export function sealWith(
  key: CipherKey,
  keyId: string,
  place: string,
  value: string,
  nonce: Buffer,
  encrypt = suites[key.cipher].encrypt,
): string {
  const { content, tag } = encrypt(key, nonce, aadOf(place, keyId), value);
  const body = Buffer.concat([content, tag]).toString('base64url');
  return `${VERSION}.${letters[key.cipher]}.${keyId}.${nonce.toString('base64url')}.${body}`;
}

export interface SealedValue {
  cipher: CipherCode;
  keyId: string;
  nonce: Buffer;
  body: Buffer;
}

const FORM = /^v1\.([as])\.([A-Za-z0-9_-]{4,40})\.([A-Za-z0-9_-]{16,24})\.([A-Za-z0-9_-]+)$/;

/** Takes a stored text apart; undefined when it has not the form of a sealed value. */
export function readSealed(text: string): SealedValue | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const cipher = codes[match[1]!]!;
  const { nonceBytes, tagBytes } = suites[cipher];
  const nonce = Buffer.from(match[3]!, 'base64url');
  const body = Buffer.from(match[4]!, 'base64url');
  // Base64url has texts that differ in unused bits only: one value, one text.
  const canonical = body.toString('base64url') === match[4] && nonce.toString('base64url') === match[3];
  if (!canonical || nonce.length !== nonceBytes || body.length < tagBytes) return undefined;
  return { cipher, keyId: match[2]!, nonce, body };
}

/** The value, provided that nothing of it was changed and that it stands where it was sealed. Throws a Failure otherwise. */
export function openValue(key: CipherKey, sealed: SealedValue, place: string): string {
  const { tagBytes, decrypt } = suites[key.cipher];
  const at = sealed.body.length - tagBytes;
  const value =
    key.cipher === sealed.cipher
      ? decrypt(key, sealed.nonce, aadOf(place, sealed.keyId), sealed.body.subarray(0, at), sealed.body.subarray(at))
      : undefined;
  if (value === undefined) throw new Failure(kinds.tampered, { place });
  return value;
}

const aadOf = (place: string, keyId: string) => Buffer.from(`${place}/${keyId}`);

const NONCES_AT_ONCE_BYTES = 8_192;
let nonces = Buffer.alloc(0);
let nonceAt = 0;

/** Random bytes are asked for in bulk: one by one they cost as much as the encryption. */
function freshNonce(bytes: number): Buffer {
  if (nonceAt + bytes > nonces.length) {
    nonces = randomFillSync(Buffer.allocUnsafeSlow(NONCES_AT_ONCE_BYTES));
    nonceAt = 0;
  }
  nonceAt += bytes;
  return nonces.subarray(nonceAt - bytes, nonceAt);
}

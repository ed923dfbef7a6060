import { argon2Sync, createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { Failure } from '#kernel';
import { type CipherCode, type CipherKey, deriveKey, openValue, readSealed, sealValue } from './cipher.ts';
import { kinds } from './failures.ts';

/**
 * What wraps data keys. The master key itself never leaves it: a driver for an HSM or a key service implements these few
 * functions. They throw a Failure when the key cannot be reached.
 */
export interface MasterKeys {
  /** Where the keys are, for messages. */
  place: string;
  /** Ids of the master keys that can be reached, newest last. */
  list(): Promise<string[]>;
  /** Makes a new one; returns its id. */
  make(): Promise<string>;
  /** Seals 32 secret bytes under the master key of this id; `place` is bound to them. */
  wrap(id: string, place: string, secret: Buffer, cipher: CipherCode): Promise<string>;
  unwrap(id: string, place: string, wrapped: string): Promise<Buffer>;
}

const KEY_BYTES = 32;
const FILE = /^master-([0-9a-f]{12})\.key$/;
/** OWASP's second choice for argon2id: 19 MiB, two passes; the passphrase is read once in five minutes at most. */
const argon2 = { memory: 19_456, passes: 2, parallelism: 1, tagLength: KEY_BYTES };

export interface FileMasterKeys {
  /** The folder of the key files, `keys` in the home folder. */
  folder: string;
  /** Seals the key files themselves; asked each time, so that it may lie in a file that can be taken away. */
  passphrase?: (() => string) | undefined;
}

/**
 * Master keys as files of a folder that only the program's user may read, one file a key, named by the key's id. A file
 * stays when a newer key is made: an older backup needs it.
 */
export function fileMasterKeys({ folder, passphrase }: FileMasterKeys): MasterKeys {
  const read = (id: string): KeyObject => {
    const file = path.join(folder, `master-${id}.key`);
    if (!existsSync(file)) throw new Failure(kinds.master_missing, { id, place: folder });
    let text: string;
    try {
      text = readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw unreadable(file, (error as Error).message, (error as Error).message);
    }
    const key = decode(file, id, text, passphrase);
    if (idOf(key) !== id) throw unreadable(file, '内容与文件名不符', 'its content does not match its name');
    return createSecretKey(key);
  };
  return {
    place: folder,
    async list() {
      if (!existsSync(folder)) return [];
      const files = readdirSync(folder).filter((name) => FILE.test(name));
      const aged = files.map((name) => ({ id: FILE.exec(name)![1]!, at: statSync(path.join(folder, name)).mtimeMs }));
      return aged.sort((a, b) => a.at - b.at).map(({ id }) => id);
    },
    async make() {
      const key = randomBytes(KEY_BYTES);
      const id = idOf(key);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeDurably(path.join(folder, `master-${id}.key`), encode(id, key, passphrase));
      return id;
    },
    async wrap(id, place, secret, cipher) {
      return sealValue(deriveKey(cipher, read(id), EMPTY, 'wrap'), id, place, secret.toString('base64url'));
    },
    async unwrap(id, place, wrapped) {
      const sealed = readSealed(wrapped);
      if (!sealed || sealed.keyId !== id) throw new Failure(kinds.tampered, { place });
      return Buffer.from(openValue(deriveKey(sealed.cipher, read(id), EMPTY, 'wrap'), sealed, place), 'base64url');
    },
  };
}

const EMPTY = Buffer.alloc(0);

/** A fingerprint that tells nothing about the key. */
function idOf(key: Buffer): string {
  return createHmac('sha256', key).update('tongguan master key').digest('hex').slice(0, 12);
}

/** `v1 <base64url>` in clear, or `v1p <salt> <sealed>` under a passphrase. */
function encode(id: string, key: Buffer, passphrase: FileMasterKeys['passphrase']): string {
  if (!passphrase) return `v1 ${key.toString('base64url')}\n`;
  const salt = randomBytes(16);
  return `v1p ${salt.toString('base64url')} ${sealValue(passphraseKey(passphrase(), salt), id, 'master', key.toString('base64url'))}\n`;
}

function decode(file: string, id: string, text: string, passphrase: FileMasterKeys['passphrase']): Buffer {
  const [form, first = '', second = ''] = text.split(' ');
  if (form === 'v1') return Buffer.from(first, 'base64url');
  const sealed = form === 'v1p' ? readSealed(second) : undefined;
  if (!sealed) throw unreadable(file, '格式不对', 'it has not the form of a key file');
  if (!passphrase) {
    throw unreadable(
      file,
      '它受口令保护，请设置 TONGGUAN_MASTER_PASSPHRASE 或 TONGGUAN_MASTER_PASSPHRASE_FILE',
      'it is protected by a passphrase; set TONGGUAN_MASTER_PASSPHRASE or TONGGUAN_MASTER_PASSPHRASE_FILE',
    );
  }
  try {
    const key = passphraseKey(passphrase(), Buffer.from(first, 'base64url'));
    return Buffer.from(openValue(key, { ...sealed, keyId: id }, 'master'), 'base64url');
  } catch {
    throw unreadable(file, '口令不对或读不到', 'the passphrase is wrong or cannot be read');
  }
}

const stretched = new Map<string, CipherKey>();

/** Stretching takes 50 ms, so its result is kept, by a hash of what went in. */
function passphraseKey(passphrase: string, nonce: Buffer): CipherKey {
  const name = createHmac('sha256', nonce).update(passphrase).digest('hex');
  let key = stretched.get(name);
  if (!key) {
    const secret = argon2Sync('argon2id', { ...argon2, message: passphrase, nonce });
    key = deriveKey('aes', createSecretKey(secret), EMPTY, 'passphrase');
    stretched.set(name, key);
  }
  return key;
}

function unreadable(file: string, reason_zh: string, reason_en: string): Failure {
  return new Failure(kinds.master_unreadable, { file, reason_zh, reason_en });
}

/** On the disk, whole, before anybody may rely on it: a key that a crash took away takes the data with it. */
function writeDurably(file: string, text: string): void {
  const making = `${file}.making`;
  const handle = openSync(making, 'w', 0o600);
  writeSync(handle, text);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(making, file);
  if (process.platform === 'win32') return; // folders cannot be flushed there
  const folder = openSync(path.dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

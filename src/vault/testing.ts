import { createSecretKey } from 'node:crypto';
import { type Clock, Failure } from '#kernel';
import { type CipherCode, deriveKey, openValue, readSealed, sealValue } from './cipher.ts';
import { kinds } from './failures.ts';
import { openVault } from './keys.ts';
import type { MasterKeys } from './master.ts';

// Databases for tests are copies of a template that another process may have made, so all share one master key that is no secret.
const secret = createSecretKey(Buffer.alloc(32, 7));
const ID = 'test00000000';
const EMPTY = Buffer.alloc(0);

/** A master key for tests and measurements; `lost` makes it unreachable. */
export function openTestVault(clock: Clock, cipher: CipherCode = 'aes'): { lost: boolean } {
  const state = { lost: false };
  const reach = () => {
    if (state.lost) throw new Failure(kinds.master_missing, { id: ID, place: 'test' });
    return secret;
  };
  const master: MasterKeys = {
    place: 'test',
    list: async () => [ID],
    make: async () => ID,
    wrap: async (id, place, bytes, code) =>
      sealValue(deriveKey(code, reach(), EMPTY, 'wrap'), id, place, bytes.toString('base64url')),
    async unwrap(_id, place, wrapped) {
      const sealed = readSealed(wrapped);
      if (!sealed) throw new Failure(kinds.tampered, { place });
      return Buffer.from(openValue(deriveKey(sealed.cipher, reach(), EMPTY, 'wrap'), sealed, place), 'base64url');
    },
  };
  openVault({ master, clock, cipher });
  return state;
}

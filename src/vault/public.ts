export { blindIndex, type IndexForm, normalised } from './blind-index.ts';
export { CIPHERS, type CipherCode } from './cipher.ts';
export { kinds as vaultKinds } from './failures.ts';
export {
  checkKeys,
  dropUnused,
  ensureKeys,
  type FieldKeys,
  fieldKeys,
  type KeyPurpose,
  type KeyStatus,
  keyStatus,
  limits as vaultLimits,
  markFilled,
  openValues,
  openVault,
  reserveUses,
  retiredKeys,
  rewrapMaster,
  rotateKeys,
  type StoredValue,
  unfilledColumns,
  type Vault,
} from './keys.ts';
export { type FileMasterKeys, fileMasterKeys, type MasterKeys } from './master.ts';
export { migrations } from './migrations.ts';
export { ensureSalts, shred } from './salts.ts';
export { isSealed, type SealedColumn, tokenSql, unseal } from './sealed.ts';
export { openTestVault } from './testing.ts';

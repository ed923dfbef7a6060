import type { IndexForm } from '#vault';
import type { EntityDefinition, FieldDefinition, FieldTypeCode } from './definition.ts';

/** Types that can be stored sealed, with what counts as the same value of each. */
const forms: Partial<Record<FieldTypeCode, IndexForm>> = {
  text: 'text',
  long_text: 'text',
  phone: 'phone',
  email: 'email',
  id_number: 'id_number',
  uscc: 'id_number',
};

/** The fields of an entity that are stored sealed. */
export function encryptedFields(entity: EntityDefinition): FieldDefinition[] {
  return entity.fields.filter((field) => field.encrypted);
}

export function indexFormOf(field: FieldDefinition): IndexForm {
  return forms[field.type]!;
}

/** The column with what masked readers see; made when the value is written, so that reading it takes no key. */
export const maskedColumn = (field: FieldDefinition) => `${field.code}_masked`;
/** The column with the blind index: equality, duplicates, whether a value changed. It never leaves the program. */
export const indexColumn = (field: FieldDefinition) => `${field.code}_index`;

/** Why a field cannot be stored sealed; undefined when it can. */
export function encryptionFault(entity: EntityDefinition, field: FieldDefinition): string | undefined {
  if (!forms[field.type]) return `a ${field.type} cannot be encrypted`;
  if (!field.mask || field.mask === 'full') return 'an encrypted field needs a mask that shows something';
  if (field.derive || entity.fields.some((other) => other.derive?.from === field.code)) {
    return 'an encrypted field is neither derived nor derived from';
  }
  if (field.search && field.search !== 'tail' && field.search !== 'exact') {
    return 'an encrypted field is searched by its tail or whole only';
  }
  if (entity.title === field.code) return 'the title of an entity cannot be encrypted';
  if (entity.storage === 'fact') return 'facts are not encrypted';
  const taken = entity.fields.find(({ code }) => code === maskedColumn(field) || code === indexColumn(field));
  if (taken) return `its columns clash with the field ${taken.code}`;
  const used = [...entity.indexes.flat(), entity.list.sort].some((part) => part.replace(/^-/, '') === field.code);
  return used ? 'nothing is sorted by an encrypted field, so no index may name it' : undefined;
}

/**
 * Names of what must never be stored: sensitive authentication data (C3 of JR/T 0171-2020). As a whole code or as a part of one
 * between underscores, and in Chinese anywhere.
 */
const FORBIDDEN =
  /(?:^|[^a-z])(?:cvv2?|cvn2?|cvc2?|cav2|pin|pin_?block|passwd|password|pwd|passcode|track_?(?:1|2|3|data)|magstripe|magnetic_stripe|card_exp(?:iry|iration)?(?:_date)?)(?:$|[^a-z])|密码|口令|磁道|磁条|安全码|卡有效期/i;

/** True for a name that says it holds authentication secrets of customers: no field, no column of a file may. */
export function isSecretName(name: string): boolean {
  return FORBIDDEN.test(name.replace(/([a-z])([A-Z])/g, '$1_$2'));
}

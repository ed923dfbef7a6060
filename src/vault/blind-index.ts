import { createHmac, type KeyObject } from 'node:crypto';

/** What counts as the same value; a field's type chooses. */
export type IndexForm = 'id_number' | 'phone' | 'email' | 'text';

const BYTES = 16;
const PLAIN = /^[\x21-\x7e]+$/;
const RESIDENT_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

const forms: Record<IndexForm, (value: string) => string> = {
  id_number: (value) => eighteenDigits(value.replace(/[\s-]/g, '').toUpperCase()),
  phone: (value) => value.replace(/[\s()-]/g, '').replace(/^(?:\+|00)?86(?=1\d{10}$)/, ''),
  email: (value) => value.toLowerCase(),
  text: (value) => value,
};

/** The form under which two writings of one value are equal: full-width as half-width, without spaces, a 15-digit resident ID as its 18 digits. */
export function normalised(form: IndexForm, value: string): string {
  // Plain ASCII is its own compatibility form.
  const compatible = PLAIN.test(value) ? value : value.normalize('NFKC').trim();
  return forms[form](compatible);
}

/** IDs issued before 1999 lack the century and the check digit; GB 11643-1999 gives both. */
function eighteenDigits(value: string): string {
  if (!/^\d{15}$/.test(value)) return value;
  const body = `${value.slice(0, 6)}19${value.slice(6)}`;
  const sum = RESIDENT_WEIGHTS.reduce((total, weight, index) => total + weight * Number(body[index]), 0);
  return `${body}${'10X98765432'[sum % 11]}`;
}

/** `<key id>.<128 bits of HMAC-SHA256>`: equal for equal values under one key, and worth nothing without it. */
export function blindIndex(key: KeyObject, keyId: string, form: IndexForm, value: string): string {
  const digest = createHmac('sha256', key).update(normalised(form, value)).digest();
  return `${keyId}.${digest.toString('base64url', 0, BYTES)}`;
}

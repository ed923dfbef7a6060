// Numbers that pass every check and still belong to nobody.

/**
 * No administrative division has a code above 82 (Macao): 99 opens an ID number or credit code that the rules of
 * GB 11643 and GB 32100 accept and that the state has never issued.
 */
const NO_PROVINCE = 99;

const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECKS = '10X98765432';

/** Serial pairs (male/female) under one four-digit area: 500, so 5 million people have different numbers on one birthday. */
const SERIALS = 500;
const AREAS = 10_000;
/** Prime to their product: neighbours in the list land far apart. */
const SCATTER = 1_299_709;

/** Resident ID number (GB 11643): odd serial for men, even for women; unique up to 5 million customers. */
export function residentId(index: number, birthDate: string, gender: 'female' | 'male'): string {
  const place = (index * SCATTER) % (SERIALS * AREAS);
  const serial = (place % SERIALS) * 2 + (gender === 'male' ? 1 : 0);
  const area = Math.floor(place / SERIALS);
  const body = `${NO_PROVINCE}${String(area).padStart(4, '0')}${birthDate.replaceAll('-', '')}${String(serial).padStart(3, '0')}`;
  let sum = 0;
  for (let position = 0; position < 17; position += 1) sum += ID_WEIGHTS[position]! * (body.charCodeAt(position) - 48);
  return body + ID_CHECKS[sum % 11];
}

const ORGANISATION_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
const CREDIT_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const CREDIT_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** Unified social credit code (GB 32100) of an enterprise, holding an organisation code (GB 11714) with its own check. */
export function creditCode(index: number): string {
  let rest = index + 1_000;
  let body = 'MA';
  let serial = '';
  for (let digit = 0; digit < 6; digit += 1) {
    serial = CREDIT_ALPHABET[rest % 31] + serial;
    rest = Math.floor(rest / 31);
  }
  body += serial;
  let sum = 0;
  for (let position = 0; position < 8; position += 1) {
    sum += ORGANISATION_WEIGHTS[position]! * ORGANISATION_ALPHABET.indexOf(body[position]!);
  }
  const check = 11 - (sum % 11);
  const organisation = body + (check === 10 ? 'X' : check === 11 ? '0' : String(check));
  const area = `${NO_PROVINCE}${String((index * 37) % AREAS).padStart(4, '0')}`;
  const code = `91${area}${organisation}`;
  let total = 0;
  for (let position = 0; position < 17; position += 1) {
    total += CREDIT_WEIGHTS[position]! * CREDIT_ALPHABET.indexOf(code[position]!);
  }
  return code + CREDIT_ALPHABET[(31 - (total % 31)) % 31];
}

/** Mobile segments that the ministry has given to no operator: 161 for customers, 164 for employees. */
const SEGMENT_LENGTH = 100_000_000;
const PHONE_SCATTER = 61_803_399;

function phone(segment: string, index: number): string {
  const tail = Number((BigInt(index + 1) * BigInt(PHONE_SCATTER)) % BigInt(SEGMENT_LENGTH));
  return segment + String(tail).padStart(8, '0');
}

export const customerPhone = (index: number) => phone('161', index);
export const employeePhone = (index: number) => phone('164', index);

/** Luhn's check digit over a text of digits. */
function luhn(digits: string): string {
  let sum = 0;
  for (let position = digits.length - 1, double = true; position >= 0; position -= 1, double = !double) {
    const value = digits.charCodeAt(position) - 48;
    sum += double ? (value > 4 ? value * 2 - 9 : value * 2) : value;
  }
  return String((10 - (sum % 10)) % 10);
}

/** Card number of 19 digits with Luhn's check; industry digit 9 is kept for national use, no card network issues it. */
export function cardNumber(index: number, ordinal: number): string {
  const body = `990001${String(index).padStart(10, '0')}${String(ordinal).padStart(2, '0')}`;
  return body + luhn(body);
}

export function accountNumber(index: number, ordinal: number): string {
  const body = `9902${String(index).padStart(9, '0')}${String(ordinal).padStart(3, '0')}`;
  return body + luhn(body);
}

/** An account somewhere else, for counterparties. */
export function foreignAccount(hash: number): string {
  const body = `98${String(hash % 10_000_000_000).padStart(10, '0')}${String((hash * 7919) % 1_000_000).padStart(6, '0')}`;
  return body + luhn(body);
}

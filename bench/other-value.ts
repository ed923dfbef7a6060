import { maskText } from '#access';
import { type FieldDefinition, fieldTypes } from '#metadata';
import type { Random } from './random.ts';

const GIVEN = [...'伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂'];
const DIGITS = [...'0123456789'];
const LATIN = [...'abcdefghijkmnpqrstuvwxyz'];
/** Bands of the amount mask; a value stays in its own. */
const BANDS = [0, 50_000, 200_000, 1_000_000, 5_000_000, 80_000_000];

/** Another value that the mask shows alike; undefined where the mask leaves nothing open, as with a name of one letter. */
export function maskedTwin(field: FieldDefinition, value: string, random: Random): string | undefined {
  const other = twin(field, value, random);
  return other === value ? undefined : other;
}

const text = (letters: readonly string[], count: number, random: Random) =>
  Array.from({ length: count }, () => random.pick(letters)).join('');

function twin(field: FieldDefinition, value: string, random: Random): string | undefined {
  const letters = [...value];
  const middle = (head: number, tail: number, from: readonly string[]) =>
    [
      ...letters.slice(0, head),
      text(from, Math.max(0, letters.length - head - tail), random),
      ...letters.slice(letters.length - tail),
    ].join('');
  switch (field.mask) {
    case 'person_name': {
      const surname = maskText('person_name', value).replace('**', '');
      return checked(field, value, surname + text(GIVEN, 1 + random.below(3), random));
    }
    case 'phone':
      return letters.length >= 11 ? middle(letters.length - 8, 4, DIGITS) : undefined;
    case 'id_number':
      return letters.length >= 15 ? middle(4, 4, DIGITS) : undefined;
    case 'email': {
      const at = value.indexOf('@');
      return at < 1 ? undefined : letters[0] + text(LATIN, 3 + random.below(5), random) + value.slice(at);
    }
    case 'address':
      return letters.length < 7 ? undefined : letters.slice(0, 6).join('') + text(GIVEN, 4 + random.below(8), random);
    case 'tail4':
      return letters.length < 5
        ? undefined
        : text(DIGITS, letters.length - 4 + random.below(2), random) + letters.slice(-4).join('');
    case 'amount':
      return amountTwin(field, value, random);
    case 'year':
      return `${value.slice(0, 4)}-${String(1 + random.below(12)).padStart(2, '0')}-${String(1 + random.below(28)).padStart(2, '0')}${value.slice(10)}`;
    default:
      return undefined;
  }
}

/** The masks of this file and of the program must agree, or a comparison would prove nothing. */
function checked(field: FieldDefinition, before: string, after: string): string {
  if (maskText(field.mask!, before) !== maskText(field.mask!, after))
    throw new Error(`${before} and ${after} differ masked`);
  return after;
}

/** Within the band; the sign is not shown either, where the field has one. */
function amountTwin(field: FieldDefinition, value: string, random: Random): string {
  const size = Math.abs(Number(value));
  const band = Math.max(
    0,
    BANDS.findLastIndex((from) => size >= from),
  );
  const from = BANDS[Math.min(band, BANDS.length - 2)]!;
  const other = from + 0.01 + random.next() * (BANDS[Math.min(band, BANDS.length - 2) + 1]! - from - 1);
  const sign = field.min === undefined && random.below(4) === 0 ? '-' : '';
  return sign + other.toFixed(2);
}

/** Another value that the field may hold, nothing alike; null where that is one. */
export function anyOther(
  field: FieldDefinition,
  value: string | null,
  random: Random,
  references: readonly string[],
): string | null {
  if (value !== null && !field.required && field.type !== 'json' && random.below(5) === 0) return null;
  const day = () =>
    `20${10 + random.below(15)}-${String(1 + random.below(12)).padStart(2, '0')}-${String(1 + random.below(28)).padStart(2, '0')}`;
  switch (field.type) {
    case 'integer':
      return String(random.below(1_000));
    case 'decimal':
    case 'money':
    case 'percent':
      return (random.next() * 9_000_000).toFixed(2);
    case 'date':
      return day();
    case 'datetime':
      return `${day()}T0${random.below(10)}:00:00Z`;
    case 'boolean':
      return value === 'true' ? 'false' : 'true';
    case 'choice':
      return random.pick(field.options!).code;
    case 'choices':
      return `{${random.pick(field.options!).code}}`;
    case 'json':
      return otherJson(value, random);
    case 'ref':
      return references.length > 0 ? random.pick(references) : null;
    case 'phone':
      return `139${text(DIGITS, 8, random)}`;
    case 'email':
      return `${text(LATIN, 8, random)}@example.com`;
    case 'id_number':
    case 'uscc':
      return text(DIGITS, 18, random);
    default:
      return fieldTypes[field.type].sql(field) === 'text' ? text(GIVEN, 2 + random.below(6), random) : value;
  }
}

/** Texts beside the reasons stay: they are shown by fields of their own. */
function otherJson(value: string | null, random: Random): string {
  const known = JSON.parse(value ?? '{}') as { text?: Record<string, Record<string, string>> };
  for (const texts of Object.values(known.text ?? {})) texts.reason = text(GIVEN, 5, random);
  return JSON.stringify({ ...known, inputs: { aum: String(random.below(1_000_000)) } });
}

import { isCreditCode, isResidentId } from '#metadata';

// What must not stand in an answer or a file that it does not belong to, found by its own form or because it was planted.

export interface Finding {
  kind: string;
  text: string;
}

/** Values that nobody else has, each with who it belongs to. */
export class Needles {
  readonly #byStart = new Map<string, { text: string; kind: string }[]>();
  readonly #kinds = new Map<string, string>();

  /** Shorter values would be found by chance. */
  static readonly lengthMin = 5;

  add(kind: string, text: string): void {
    if ([...text].length < Needles.lengthMin || this.#kinds.has(text)) return;
    this.#kinds.set(text, kind);
    const start = text.slice(0, Needles.lengthMin);
    const list = this.#byStart.get(start);
    if (list) list.push({ text, kind });
    else this.#byStart.set(start, [{ text, kind }]);
  }

  get size(): number {
    return this.#kinds.size;
  }

  /** One pass over the text, however many needles there are. */
  find(haystack: string): Finding[] {
    const found: Finding[] = [];
    for (let at = 0; at + Needles.lengthMin <= haystack.length; at++) {
      const candidates = this.#byStart.get(haystack.slice(at, at + Needles.lengthMin));
      if (!candidates) continue;
      for (const { text, kind } of candidates) if (haystack.startsWith(text, at)) found.push({ kind, text });
    }
    return found;
  }
}

const digits = /(?<![\d.])\d{11,19}[\dXx]?(?![\d.])/g;

/** Identifiers by their own form: resident id with its check digit, mobile number, bank card by Luhn, credit code. */
export function detect(text: string): Finding[] {
  const found: Finding[] = [];
  for (const [number] of text.matchAll(digits)) {
    if (number.length === 18 && isResidentId(number.toUpperCase())) found.push({ kind: 'resident id', text: number });
    else if (/^1[3-9]\d{9}$/.test(number)) found.push({ kind: 'mobile number', text: number });
    else if (/^62\d{14,17}$/.test(number) && isLuhn(number)) found.push({ kind: 'card number', text: number });
  }
  for (const [code] of text.matchAll(
    /(?<![0-9A-Z])[1-9A-HJ-NP-RT-UW-Y][1-9]\d{6}[0-9A-HJ-NP-RT-UW-Y]{10}(?![0-9A-Z])/g,
  )) {
    if (/[A-Z]/.test(code) && isCreditCode(code)) found.push({ kind: 'credit code', text: code });
  }
  return found;
}

function isLuhn(number: string): boolean {
  let sum = 0;
  [...number].reverse().forEach((digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  });
  return sum % 10 === 0;
}

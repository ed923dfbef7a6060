/** The two languages every text of the product exists in. */
export type Language = 'zh' | 'en';

/** A text in both languages. */
export interface Text {
  zh: string;
  en: string;
}

/** One way in which something can fail: an HTTP status and a sentence that names the place and the remedy. */
export interface FailureKind extends Text {
  code: string;
  status: number;
}

/**
 * A refusal that a person can act on. Throw it for bad input, missing rights and broken preconditions; an ordinary Error
 * means a defect of ours. `field` is the path of the offending input.
 */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly params: Record<string, unknown>;
  readonly field: string | undefined;
  constructor(kind: FailureKind, params: Record<string, unknown> = {}, field?: string) {
    super(fill(kind.en, params, 'en'));
    this.name = 'Failure';
    this.kind = kind;
    this.params = params;
    this.field = field;
  }
  /** The sentence in the reader's language. */
  text(language: Language): string {
    return fill(this.kind[language], this.params, language);
  }
}

/** Declares a room's failures as data: `failures('load', { column_missing: { status: 400, zh: '…{column}…', en: '…' } })`. */
export function failures<const K extends string>(
  room: string,
  table: Record<K, Text & { status: number }>,
): Record<K, FailureKind> {
  const kinds = {} as Record<K, FailureKind>;
  for (const key of Object.keys(table) as K[]) kinds[key] = { code: `${room}.${key}`, ...table[key] };
  return kinds;
}

/** Replaces `{name}` by the parameter of that name, in the given language where it has two; an unknown name stays visible. */
export function fill(template: string, params: Record<string, unknown>, language: Language): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (!(name in params)) return whole;
    const value = params[name];
    return isText(value) ? value[language] : String(value);
  });
}

function isText(value: unknown): value is Text {
  return typeof value === 'object' && value !== null && 'zh' in value && 'en' in value;
}

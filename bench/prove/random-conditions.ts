import type { ScopeName } from '#expressions';
import type { Names } from '#facts';
import type { Random } from '../random.ts';

const NUMBERS = [
  '0',
  '1',
  '-1',
  '0.5',
  '30',
  '15.25',
  '1000.05',
  '50000',
  '999999.99',
  '1000000',
  '5000000.01',
  '123456789012345.67',
];
const TEXTS = ['""', '"a"', '"金卡"', '"张伟"', '"𠮷野家"', '"%"', '"it\'s"', '"person"', '"open"'];
const DATES = ['date("2024-02-29")', 'date("2023-02-28")', 'date("2026-01-31")', 'date("1990-12-31")'];
const COMPARE = ['=', '!=', '<', '<=', '>', '>='];

type Kind = ScopeName['type'];
const nested = 4;

/** A maker of random conditions over names: every kind of comparison that a rule may ask for, nested in and, or, not, if. */
export function conditions(names: Names, random: Random): () => string {
  const of = byKind(names);
  const { pick, next } = random;
  const chance = (share: number) => next() < share;
  const any = (own: Kinds, kind: Kind): string | undefined => {
    const codes = own.get(kind);
    return codes && codes.length > 0 ? pick(codes) : undefined;
  };

  const number = (own: Kinds, depth: number): string => {
    if (depth > nested || chance(0.55)) return any(own, 'number') ?? pick(NUMBERS);
    if (chance(0.35)) return pick(NUMBERS);
    if (chance(0.5)) return `(${number(own, depth + 1)} ${pick(['+', '-', '*', '/'])} ${number(own, depth + 1)})`;
    if (chance(0.3)) return `days between(${date(own, depth + 1)}, ${date(own, depth + 1)})`;
    if (chance(0.3)) return `abs(${number(own, depth + 1)})`;
    if (chance(0.4))
      return `(if ${condition(own, depth + 2)} then ${number(own, depth + 1)} else ${chance(0.5) ? 'null' : number(own, depth + 1)})`;
    if (own === of && chance(0.7)) return aggregate(depth);
    return `coalesce(${number(own, depth + 1)}, ${pick(NUMBERS)})`;
  };
  const date = (own: Kinds, depth: number): string => {
    if (depth > nested || chance(0.6)) return any(own, 'date') ?? 'business_date';
    if (chance(0.4)) return pick(DATES);
    return chance(0.5) ? `add days(${date(own, depth + 1)}, ${pick(['-15', '0', '7', '366'])})` : 'business_date';
  };
  const list = () => {
    const code = any(of, 'list')!;
    return { code, fields: byKind(fieldsOf(names, code)) };
  };
  const rows = (depth: number) => {
    const { code, fields } = list();
    const filter = chance(0.6) ? `[${plain(fields, depth + 2)}]` : '';
    return { text: `${code}${filter}`, fields };
  };
  const aggregate = (depth: number): string => {
    const { text, fields } = rows(depth);
    const field = any(fields, 'number');
    return field && chance(0.6) ? `${pick(['sum', 'min', 'max'])}(${text}.${field})` : `count(${text})`;
  };
  const options = (own: Kinds, code: string) => own.options.get(code) ?? [];
  /** One comparison. */
  const plain = (own: Kinds, depth: number): string => {
    const kinds = (['number', 'text', 'date', 'boolean'] as const).filter((kind) => any(own, kind));
    const kind = pick(kinds.length > 0 ? kinds : (['number'] as const));
    if (kind === 'boolean')
      return chance(0.5)
        ? any(own, 'boolean')!
        : `${any(own, 'boolean')} ${pick(['=', '!='])} ${pick(['true', 'false', 'null'])}`;
    if (chance(0.12)) return `${any(own, kind)} ${pick(['=', '!='])} null`;
    if (kind === 'number') {
      if (chance(0.15))
        return `${number(own, depth + 1)} between ${number(own, depth + 1)} and ${number(own, depth + 1)}`;
      if (chance(0.1)) return `${number(own, depth + 1)} in (${pick(NUMBERS)}, ${pick(NUMBERS)}, null)`;
      return `${number(own, depth)} ${pick(COMPARE)} ${number(own, depth + 1)}`;
    }
    if (kind === 'date') return `${date(own, depth)} ${pick(COMPARE)} ${date(own, depth + 1)}`;
    const code = any(own, 'text')!;
    const choices = options(own, code);
    if (choices.length > 0) {
      const chosen = [pick(choices), pick(choices)].map((each) => `"${each}"`);
      return chance(0.4) ? `${code} in (${chosen.join(', ')})` : `${code} ${pick(['=', '!='])} ${chosen[0]}`;
    }
    if (chance(0.3)) return `${pick(['contains', 'starts with', 'ends with'])}(${code}, ${pick(TEXTS)})`;
    return `${code} ${pick(COMPARE)} ${pick(TEXTS)}`;
  };
  const condition = (own: Kinds, depth: number): string => {
    if (depth > nested || chance(0.35)) return plain(own, depth);
    if (chance(0.5)) return `(${condition(own, depth + 1)} ${pick(['and', 'or'])} ${condition(own, depth + 1)})`;
    if (chance(0.4)) return `not(${condition(own, depth + 1)})`;
    if (own === of && of.has('list') && chance(0.7)) return aboutRows(depth);
    return `(if ${condition(own, depth + 1)} then ${condition(own, depth + 1)} else ${condition(own, depth + 1)})`;
  };
  const aboutRows = (depth: number): string => {
    if (chance(0.5)) return `${aggregate(depth)} ${pick(COMPARE)} ${pick(NUMBERS)}`;
    const { text, fields } = rows(depth);
    const field = any(fields, 'number');
    const date = any(fields, 'date');
    const asked =
      field && (chance(0.6) || !date)
        ? `r.${field} ${pick(COMPARE)} ${pick(NUMBERS)}`
        : `r.${date} ${pick(COMPARE)} business_date`;
    return field || date ? `(${pick(['some', 'every'])} r in ${text} satisfies ${asked})` : `count(${text}) = 0`;
  };
  return () => condition(of, 0);
}

/** Codes by type, and the options of texts. */
type Kinds = Map<Kind, string[]> & { options: Map<string, string[]> };

function byKind(names: Record<string, ScopeName>): Kinds {
  const kinds = Object.assign(new Map<Kind, string[]>(), { options: new Map<string, string[]>() });
  for (const [code, { type, options }] of Object.entries(names)) {
    kinds.set(type, [...(kinds.get(type) ?? []), code]);
    if (options && options.length > 0)
      kinds.options.set(
        code,
        options.map((option) => option.code),
      );
  }
  return kinds;
}

/** The fields of a list by their codes alone, as its scope knows them by every spelling. */
const fieldsOf = (names: Names, list: string): Record<string, ScopeName> =>
  Object.fromEntries(Object.entries(names[list]!.list!.fields).filter(([spelling, { key }]) => key === spelling));

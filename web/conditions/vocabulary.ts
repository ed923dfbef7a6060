import { aliased, type Scope, type ScopeName } from '#expressions';
import type { Text } from '#kernel';

/** How a value is written for people, as the server's vocabularies say it. `percent` counts hundredths: 30 is 30 %. */
export type Unit =
  | 'money'
  | 'count'
  | 'days'
  | 'years'
  | 'percent'
  | 'number'
  | 'date'
  | 'datetime'
  | 'boolean'
  | 'text';

/** A word that conditions may use. */
export interface VocabularyName {
  code: string;
  label: Text;
  type: ScopeName['type'];
  unit: Unit;
  /** Other ways to write it in text. */
  aliases?: string[];
  /** Under which heading it is offered. */
  group: { code: string; label: Text };
  description?: Text;
  /** Pinyin and initials, for those who look for it by typing. */
  search?: string;
  options?: { code: string; label: Text; color?: string }[];
  /** The same for all customers on one day: parameters and the business date. */
  given?: 'row' | 'context';
  /** What a parameter is today. */
  value?: string;
  /** Of a list: the fields of its rows. */
  fields?: VocabularyName[];
}

/** The words of one kind of definition, ready to look things up. */
export interface Names {
  scope: Scope;
  /** By every spelling that leads to one name. */
  byName: ReadonlyMap<string, VocabularyName>;
  all: readonly VocabularyName[];
  /** How the day of the run is called here. */
  today: string;
  /** The list whose row conditions speak of: its fields go before the names around. */
  list?: string;
}

const made = new WeakMap<readonly VocabularyName[], Names>();

/** Compiled once per answer of the server: a scope keeps what is compiled over it. */
export function namesOf(names: readonly VocabularyName[]): Names {
  let found = made.get(names);
  if (!found) {
    found = {
      scope: { names: scopeNames(names) },
      byName: spellings(names),
      all: names,
      today: names.find(({ code }) => code === 'business_date')?.code ?? 'today',
    };
    made.set(names, found);
  }
  return found;
}

function scopeNames(names: readonly VocabularyName[]): Scope['names'] {
  return aliased(
    Object.fromEntries(
      names.map(({ code, label, type, aliases, options, given, fields }) => [
        code,
        {
          type,
          label,
          aliases: aliases ?? [label.zh, label.en],
          ...(options && options.length > 0 && { options }),
          ...(given && { given }),
          ...(fields && { list: { fields: scopeNames(fields) } }),
        },
      ]),
    ),
  );
}

function spellings(names: readonly VocabularyName[]): ReadonlyMap<string, VocabularyName> {
  const found = new Map<string, VocabularyName>();
  for (const name of names) for (const alias of name.aliases ?? [name.label.zh, name.label.en]) found.set(alias, name);
  for (const name of names) found.set(name.code, name);
  return found;
}

/** The fields of a list's rows as names of their own. */
export function fieldsOf(names: Names, list: string): readonly VocabularyName[] {
  return names.byName.get(list)?.fields ?? [];
}

/** What an operand's name stands for. */
export function nameOf(names: Names, { name, item }: { name: string; item: boolean }): VocabularyName | undefined {
  const wanted = name.trim();
  if (!item) return names.byName.get(wanted);
  return names.list === undefined ? undefined : spellings(fieldsOf(names, names.list)).get(wanted);
}

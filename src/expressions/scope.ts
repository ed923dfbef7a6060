import type { Sql } from 'sql-template-tag';
import type { Text } from '#kernel';

/** What an expression may speak about. Compiled once per scope object: make a new object when something changes. */
export interface Scope {
  /** By every name that people may write; several names may lead to the same `key`. Names may be Chinese. */
  names: Record<string, ScopeName>;
}

export interface ScopeName {
  type: 'number' | 'text' | 'date' | 'datetime' | 'boolean' | 'texts' | 'list';
  /** The property of the row (or of `context.values`) that holds the value; by default the name itself. */
  key?: string;
  /** `context`: one value per run from `context.values` (today, rule parameters), a parameter in SQL. Default `row`. */
  given?: 'row' | 'context';
  /** The column expression, from our own metadata and never from users: `customer.aum`. */
  sql?: Sql | string;
  /** True where the column is never null; the SQL becomes simpler. */
  notNull?: boolean;
  label?: Text;
  /** The allowed values of a text. An expression may write code or label; the code is what is compared. */
  options?: { code: string; label: Text }[];
  /** For `type: 'list'`: rows that belong to this row. */
  list?: ListSource;
  /** Set by `aliased`: the keys that claim this name; using it is refused with this list. */
  ambiguous?: string[];
}

export interface ListSource {
  /** `from`: the table, `where`: how its rows belong to the outer row, for example `holding.customer_id = customer.id`. */
  sql?: { from: Sql | string; where: Sql | string };
  fields: Record<string, ScopeName>;
}

/** The clock of a run; `context.values` must hold `today` (`YYYY-MM-DD`) and `now` (an ISO instant) where they are used. */
export const clockNames = {
  today: { type: 'date', given: 'context', key: 'today', notNull: true, label: { zh: '今天', en: 'today' } },
  今天: { type: 'date', given: 'context', key: 'today', notNull: true, label: { zh: '今天', en: 'today' } },
  now: { type: 'datetime', given: 'context', key: 'now', notNull: true, label: { zh: '现在', en: 'now' } },
  现在: { type: 'datetime', given: 'context', key: 'now', notNull: true, label: { zh: '现在', en: 'now' } },
} satisfies Scope['names'];

/**
 * Names things by code and by aliases such as their labels: `{aum: {type: 'number', aliases: ['总资产', 'AUM']}}`.
 * A code always means its own thing; an alias that two things claim is refused when it is used.
 */
export function aliased(entries: Record<string, ScopeName & { aliases?: string[] }>): Scope['names'] {
  const names: Scope['names'] = {};
  for (const [code, { aliases = [], ...entry }] of Object.entries(entries)) {
    const key = entry.key ?? code;
    for (const alias of aliases) {
      const taken = names[alias];
      const rivals = taken && taken.key !== key ? [...(taken.ambiguous ?? [taken.key!]), key] : undefined;
      names[alias] = rivals ? { type: entry.type, key, ambiguous: rivals } : { ...entry, key };
    }
  }
  for (const [code, { aliases: _, ...entry }] of Object.entries(entries))
    names[code] = { ...entry, key: entry.key ?? code };
  return names;
}

/** A name of the language: found under its written form, with its key settled. */
export interface ResolvedName extends ScopeName {
  key: string;
}

/** Own properties only, so that `constructor` and the like are never found by accident. */
export function lookUp(names: Record<string, ScopeName>, name: string): ResolvedName | undefined {
  if (!Object.hasOwn(names, name)) return undefined;
  const entry = names[name]!;
  return { ...entry, key: entry.key ?? name };
}

/** Names that every JavaScript object has: never fields, whatever a scope says. */
export function isReserved(name: string): boolean {
  return name in Object.prototype;
}

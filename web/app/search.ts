/**
 * The part of the address after the question mark, as people can read and send it: plain `name=value`, repeated where
 * there are several (`?q=li&filter=tier:in:gold,platinum&filter=aum:gte:1000000&sort=-aum`).
 */
export type Search = Record<string, string | string[] | undefined>;

export function parseSearch(text: string): Search {
  const search: Search = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const before = search[name];
    search[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return search;
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '') params.append(name, String(each));
    }
  }
  // Colons and commas are legal here, and the filters are full of them.
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  return text === '' ? '' : `?${text}`;
}

const one = (value: unknown): string | undefined => {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first !== '' ? first : undefined;
};

const many = (value: unknown): string[] | undefined => {
  const all = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string' && each !== '');
  return all.length === 0 ? undefined : (all as string[]);
};

/** What narrows, orders and shapes a list, as the address holds it. */
export interface ListSearch {
  q?: string | undefined;
  filter?: string[] | undefined;
  sort?: string | undefined;
  /** Codes separated by commas. */
  columns?: string | undefined;
}

export function listSearch(search: Record<string, unknown>): ListSearch {
  return { q: one(search.q), filter: many(search.filter), sort: one(search.sort), columns: one(search.columns) };
}

export function readOne(...names: string[]): (search: Record<string, unknown>) => Record<string, string | undefined> {
  return (search) => Object.fromEntries(names.map((name) => [name, one(search[name])]));
}

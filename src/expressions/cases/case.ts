import { aliased, type Context, clockNames, type Result, type Row, type Scope } from '../public.ts';

/** One line of meaning: the value of a text for a row, in memory and in PostgreSQL alike. */
export type Case = [text: string, row: Row, expected: Result];

/** Columns of the cases: numbers a b n, texts s t, dates d e, instants m k, flags p q, a list of texts, and rows. */
export const columns = {
  a: 'numeric',
  b: 'numeric',
  n: 'int',
  s: 'text',
  t: 'text',
  d: 'date',
  e: 'date',
  m: 'timestamptz',
  k: 'timestamptz',
  p: 'boolean',
  q: 'boolean',
  tags: 'text[]',
};
export const itemColumns = { x: 'numeric', kind: 'text', on: 'date' };

const types = {
  numeric: 'number',
  int: 'number',
  text: 'text',
  date: 'date',
  timestamptz: 'datetime',
  boolean: 'boolean',
  'text[]': 'texts',
} as const;

function names(table: string, sqlTypes: Record<string, string>): Scope['names'] {
  return Object.fromEntries(
    Object.entries(sqlTypes).map(([name, type]) => [
      name,
      { type: types[type as keyof typeof types], sql: `${table}."${name}"` },
    ]),
  );
}

export const caseScope: Scope = {
  names: {
    ...clockNames,
    ...names('c', columns),
    ...aliased({
      share: { type: 'number', given: 'context', aliases: ['比例'] },
      level: {
        type: 'text',
        sql: 'c.s',
        key: 's',
        aliases: ['客户等级'],
        options: [
          { code: 'gold', label: { zh: '金卡', en: 'Gold' } },
          { code: 'private', label: { zh: '私行', en: 'Private' } },
        ],
      },
      items: {
        type: 'list',
        aliases: ['持仓'],
        list: {
          sql: { from: 'jsonb_populate_recordset(null::expression_item, c.items) i', where: 'true' },
          fields: names('i', itemColumns),
        },
      },
    }),
  },
};

export const caseContext: Context = {
  zone: 'Asia/Shanghai',
  values: { today: '2026-01-31', now: '2026-01-31T09:30:00+08:00', share: '0.3' },
};

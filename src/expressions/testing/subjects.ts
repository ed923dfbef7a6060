import { aliased, type Context, clockNames, type Row, type Scope } from '../public.ts';

/**
 * Rows for comparing memory with PostgreSQL: every column walks through a pool of edge values at its own pace, so that the
 * pools meet in many combinations without chance.
 */

const numbers = [
  null,
  '0',
  '1',
  '-1',
  '0.5',
  '2.5',
  '-2.5',
  '30',
  '1000.05',
  '1234.50',
  '-0.00000000000000000001',
  '9007199254740993',
  '99999999999999999.99',
  '12345678901234567890123456789012345678',
  '-12345678901234567890.12345678901234567890',
];
const integers = [null, 0, 1, -1, 2, 5, 30, 2_147_483_647, -2_147_483_648];
const texts = [
  null,
  '',
  'a',
  'A',
  'ab',
  'b',
  '金卡',
  '白金',
  '私行',
  '𠮷野家',
  '\ufffd',
  '\ue000',
  'é',
  ' x ',
  '\u3000全角\u00a0',
  '138',
  '-12.50',
  '+7',
  '1e3',
  '2024-02-29',
  '20240230',
  '19991231',
  'a-b-c',
  '--',
  '100%_\\',
  "it's",
  'line\nbreak',
];
const dates = [
  null,
  '2024-02-29',
  '2023-02-28',
  '2024-01-31',
  '2024-12-31',
  '2000-02-29',
  '1900-02-28',
  '1970-01-01',
  '1969-12-31',
  '2026-01-31',
  '2026-02-15',
  '0001-01-01',
  '9999-12-31',
];
const instants = [
  null,
  '2026-01-31T15:59:59.999Z',
  '2026-01-31T16:00:00.000Z',
  '2024-02-28T23:30:00.000Z',
  '2024-03-10T07:00:00.000Z',
  '2024-03-31T00:59:59.000Z',
  '2024-10-27T00:30:00.000Z',
  '2024-10-27T01:30:00.000Z',
  '1986-05-03T17:30:00.000Z',
  '1991-09-14T17:30:00.000Z',
  '1970-01-01T00:00:00.000Z',
  '1969-12-31T23:59:59.500Z',
  '2025-12-31T20:15:30.250Z',
];
const flags = [null, true, false];
const lists = [null, [], ['vip'], ['vip', 'silent'], ['', '金卡'], ['vip', null]];

interface Column {
  key: string;
  aliases: string[];
  type: 'number' | 'text' | 'date' | 'datetime' | 'boolean' | 'texts';
  sqlType: string;
  pool: readonly unknown[];
  notNull?: boolean;
}

const columns: Column[] = [
  { key: 'aum', aliases: ['总资产'], type: 'number', sqlType: 'numeric', pool: numbers },
  {
    key: 'outflow',
    aliases: ['单日流出'],
    type: 'number',
    sqlType: 'numeric(20, 2)',
    pool: [null, '0', '10.25', '-3', '1000.05', '30'],
  },
  { key: 'silent_days', aliases: ['未登录天数'], type: 'number', sqlType: 'int', pool: integers },
  { key: 'grade', aliases: ['满意度'], type: 'number', sqlType: 'smallint', pool: [1, 2, 3, 4, 5, 0], notNull: true },
  { key: 'level', aliases: ['客户等级'], type: 'text', sqlType: 'text', pool: texts },
  { key: 'note', aliases: ['备注'], type: 'text', sqlType: 'varchar(200)', pool: texts },
  {
    key: 'name',
    aliases: ['姓名'],
    type: 'text',
    sqlType: 'text',
    pool: texts.filter((text) => text !== null),
    notNull: true,
  },
  { key: 'birthday', aliases: ['生日'], type: 'date', sqlType: 'date', pool: dates },
  { key: 'maturity', aliases: ['到期日'], type: 'date', sqlType: 'date', pool: dates },
  {
    key: 'opened',
    aliases: ['开户日'],
    type: 'date',
    sqlType: 'date',
    pool: dates.filter((date) => date !== null),
    notNull: true,
  },
  { key: 'login_at', aliases: ['最近登录'], type: 'datetime', sqlType: 'timestamptz', pool: instants },
  { key: 'seen_at', aliases: ['上次来访'], type: 'datetime', sqlType: 'timestamptz', pool: instants },
  { key: 'complaint', aliases: ['有投诉'], type: 'boolean', sqlType: 'boolean', pool: flags },
  { key: 'tags', aliases: ['标签'], type: 'texts', sqlType: 'text[]', pool: lists },
];

const holdingColumns: Column[] = [
  { key: 'sector', aliases: ['行业'], type: 'text', sqlType: 'text', pool: ['科技', '医药', null, 'a', ''] },
  {
    key: 'value',
    aliases: ['市值'],
    type: 'number',
    sqlType: 'numeric',
    pool: ['10', '20.5', '0', '-3.25', '1000.05'],
    notNull: true,
  },
  { key: 'quantity', aliases: ['数量'], type: 'number', sqlType: 'int', pool: [1, 500, null, 0] },
  { key: 'bought_on', aliases: ['买入日'], type: 'date', sqlType: 'date', pool: dates },
];

const SUBJECTS = 80;
const HOLDINGS_MAX = 4;

const pick = (pool: readonly unknown[], at: number) => pool[at % pool.length];

function holdingsOf(subject: number): Row[] {
  return Array.from({ length: subject % (HOLDINGS_MAX + 1) }, (_, index) => {
    const at = subject * 3 + index;
    return Object.fromEntries(
      holdingColumns.map(({ key, pool }, column) => [
        key,
        pick(pool, at * (column + 1) + Math.floor(at / pool.length)),
      ]),
    );
  });
}

export const subjects: Row[] = Array.from({ length: SUBJECTS }, (_, index) => ({
  id: index,
  ...Object.fromEntries(
    columns.map(({ key, pool }, column) => [key, pick(pool, index * (column + 1) + Math.floor(index / pool.length))]),
  ),
  holdings: holdingsOf(index),
}));

function scopeNames(table: string, ofColumns: Column[]) {
  return aliased(
    Object.fromEntries(
      ofColumns.map(({ key, aliases, type, notNull }) => [
        key,
        { type, aliases, sql: `${table}.${key}`, ...(notNull && { notNull }) },
      ]),
    ),
  );
}

export const scope: Scope = {
  names: {
    ...clockNames,
    ...aliased({
      share: { type: 'number', given: 'context', aliases: ['比例'] },
      days_min: { type: 'number', given: 'context', aliases: ['最少天数'] },
      nothing: { type: 'number', given: 'context' },
      holdings: {
        type: 'list',
        aliases: ['持仓'],
        list: {
          sql: { from: 'expression_holding h', where: 'h.subject_id = s.id' },
          fields: scopeNames('h', holdingColumns),
        },
      },
    }),
    ...scopeNames('s', columns),
  },
};

export const values = {
  today: '2026-01-31',
  now: '2026-01-31T09:30:00+08:00',
  share: '0.3',
  days_min: '15',
  nothing: null,
};

export const contexts: Context[] = [
  { zone: 'Asia/Shanghai', values },
  { zone: 'Europe/Prague', values },
];

/** Creates and fills the tables `expression_subject` (alias s) and `expression_holding` (alias h). */
export async function createSubjects(query: (text: string, parameters?: unknown[]) => Promise<unknown>): Promise<void> {
  const definition = (ofColumns: Column[]) =>
    ofColumns.map(({ key, sqlType, notNull }) => `${key} ${sqlType}${notNull ? ' not null' : ''}`).join(', ');
  await query(`create table expression_subject (id int primary key, ${definition(columns)})`);
  await query(`create table expression_holding (subject_id int not null, ${definition(holdingColumns)})`);
  for (const subject of subjects) {
    await insert(query, 'expression_subject', ['id', ...columns.map(({ key }) => key)], subject);
    for (const holding of subject.holdings as Row[]) {
      const keys = ['subject_id', ...holdingColumns.map(({ key }) => key)];
      await insert(query, 'expression_holding', keys, { subject_id: subject.id, ...holding });
    }
  }
}

async function insert(
  query: (text: string, parameters?: unknown[]) => Promise<unknown>,
  table: string,
  keys: string[],
  row: Row,
): Promise<void> {
  const places = keys.map((_, index) => `$${index + 1}`).join(', ');
  await query(
    `insert into ${table} (${keys.join(', ')}) values (${places})`,
    keys.map((key) => row[key]),
  );
}

import type { Database } from '#database';
import { setPassword } from '#identity';
import type { Clock } from '#kernel';
import { pinyinOf, recordId, soundOf } from '#metadata';
import { ensurePartitions } from '#records';
import { buildServer, openRequests } from '../src/server/app.ts';
import { packModel } from '../src/server/model.ts';
import { migrate } from '../src/server/schema.ts';

// A large book made by the database itself: what is measured is reading it, not making it.

export const BRANCHES = 200;
export const CUSTOMERS_PER_RM = 500;
/** Companies are few, so that a filter by kind has few hits. */
const CUSTOMERS_PER_COMPANY = 50_000;
/** Branches below the head whose lists are measured. */
export const HEAD_BRANCHES = 3;
const PASSWORD = 'lantern-oboe-73-quilt';
const SOURCE = 'bench';

/** Users that can sign in: an RM, the head of three branches, and an RM-like role over all customers. */
const USERS = [
  { username: 'rm', roles: '{rm}', unit: 'b7' },
  { username: 'head', roles: '{branch_head}', unit: 'area' },
  { username: 'chief', roles: '{branch_head}', unit: 'root' },
];

const unitId = (code: string) => recordId('org_unit', SOURCE, code);

export async function fillCustomers(db: Database, customers: number): Promise<void> {
  const model = packModel();
  await migrate(db, model);
  await fillPeople(db);
  // Indexes are made after the rows, as a first load would do it.
  const { rows } = await db.query<{ indexname: string }>(
    "select indexname from pg_indexes where schemaname = 'public' and tablename = 'customer' and indexname <> 'customer_pkey'",
  );
  for (const { indexname } of rows) await db.query(`drop index "${indexname}"`);
  await db.transaction(
    (tx) =>
      tx.query(
        `insert into customer (id, name, kind, number, tier, aum, gender, phone, phone_masked, phone_index, branch_id, owner_id, since, status, pinyin, initials, name_sound, name_grams,
             source, source_key, as_of)
       select n, p.name, case when n % ${CUSTOMERS_PER_COMPANY} = 3 then 'company' else 'person' end, 'C' || n, (array['mass','wealth','high_net_worth'])[1 + (r * 3)::int % 3],
              round((exp(8 + 6 * r * r))::numeric, 2), 'female', -- As long as a sealed phone and its index are; nobody opens these.
              'v1.a.bench000.' || substr(md5(n::text), 1, 16) || '.' || md5(n::text) || '0000', '139****' || lpad((n % 10000)::text, 4, '0'),
              'bench000.' || substr(md5((n % 10000000)::text), 1, 22),
              (select array_agg(id order by id) from org_unit where kind = 'sub_branch')[1 + n % ${BRANCHES}],
              case when n % ${BRANCHES} = 7 and n / ${BRANCHES} < ${CUSTOMERS_PER_RM} then $2::bigint else 1000 + n / ${CUSTOMERS_PER_RM} end,
              date '2015-01-01' + (n % 3600)::int, 'active', p.pinyin, p.initials, p.sound,
              array[substr(p.name,1,1), substr(p.name,2,1), substr(p.name,3,1), substr(p.name,1,2), substr(p.name,2,2)],
              'bench', n::text, date '2026-11-19'
         from (select n, (hashint8(n)::bigint + 2147483648) / 4294967296.0::float8 as r from generate_series(1, $1::bigint) n) g
         cross join lateral (select chr(19968 + (n * 7919 % 400)::int) as a, chr(20200 + (n * 104729 % 900)::int) as b, chr(21000 + (n * 1299709 % 900)::int) as c) l
         cross join lateral (select a || b || c as name, ($3::jsonb ->> a) || ($3::jsonb ->> b) || ($3::jsonb ->> c) as pinyin,
                                    left($3::jsonb ->> a, 1) || left($3::jsonb ->> b, 1) || left($3::jsonb ->> c, 1) as initials,
                                    ($4::jsonb ->> a) || ($4::jsonb ->> b) || ($4::jsonb ->> c) as sound) p`,
        [customers, recordId('user', SOURCE, 'rm'), JSON.stringify(readings()), JSON.stringify(readings(soundOf))],
      ),
    { statementTimeoutMs: 0 },
  );
  await migrate(db, model);
  await db.query('vacuum analyze customer');
}

/** How each character is read that names are made of. Sounds are put together from those of the characters, which is near enough. */
function readings(change: (letters: string) => string = (letters) => letters): Record<string, string> {
  const characters = [
    ...Array.from({ length: 400 }, (_, at) => 19_968 + at),
    ...Array.from({ length: 1_700 }, (_, at) => 20_200 + at),
  ].map((code) => String.fromCodePoint(code));
  return Object.fromEntries(characters.map((character) => [character, change(pinyinOf(character))]));
}

async function fillPeople(db: Database): Promise<void> {
  const unit = (code: string, kind: string, parent: string | null) => [
    unitId(code),
    code,
    kind,
    parent && unitId(parent),
  ];
  const units = [
    unit('root', 'head_office', null),
    unit('area', 'branch', 'root'),
    ...Array.from({ length: BRANCHES }, (_, index) =>
      unit(`b${index}`, 'sub_branch', index < HEAD_BRANCHES ? 'area' : 'root'),
    ),
  ];
  for (const [id, code, kind, parent] of units) {
    await db.query(
      'insert into org_unit (id, name, code, kind, parent_id, source, source_key) values ($1, $2, $2, $3, $4, $5, $2)',
      [id, code, kind, parent, SOURCE],
    );
  }
  for (const { username, roles, unit: unitCode } of USERS) {
    await db.query(
      `insert into "user" (id, name, username, roles, org_unit_id, language, active, source, source_key) values ($1, $2, $2, $3, $4, 'zh', true, $5, $2)`,
      [recordId('user', SOURCE, username), username, roles, unitId(unitCode), SOURCE],
    );
    await setPassword(db, {
      userId: recordId('user', SOURCE, username),
      username,
      password: PASSWORD,
      clock: () => new Date(),
    });
  }
}

/** Two accounts, two holdings, a loan now and then, and transactions of the last months for every customer. */
export async function fillHistory(db: Database, customers: number, transactionsEach: number): Promise<void> {
  const months = ['2026-06', '2026-07', '2026-08', '2026-09', '2026-10', '2026-11'];
  for (const code of ['transaction', 'login']) await ensurePartitions(db, packModel().entity(code), months);
  const all = { statementTimeoutMs: 0 };
  const run = (text: string, values: unknown[]) => db.transaction((tx) => tx.query(text, values), all);
  await run(
    `insert into product (id, name, code, class, source, source_key) select n, '产品' || n, 'P' || n, (array['wealth','fund','deposit'])[1 + n % 3], 'bench', n::text
       from generate_series(1, 40) n where $1::int is not null`,
    [1],
  );
  await run(
    `insert into account (id, customer_id, number, product_id, kind, currency, balance, balance_on, opened_on, status, source, source_key, as_of)
     select n * 2 + k, n, '6222' || lpad((n * 2 + k)::text, 12, '0'), 1 + n % 40, 'current', 'CNY', 1000 + n % 90000, date '2026-11-19', date '2019-01-01', 'open', 'bench', (n * 2 + k)::text, date '2026-11-19'
       from generate_series(1, $1::bigint) n, generate_series(0, 1) k`,
    [customers],
  );
  await run(
    `insert into holding (id, customer_id, product_id, principal, market_value, currency, bought_on, maturity_date, status, source, source_key, as_of)
     select n * 2 + k, n, 1 + (n + k) % 40, 50000, 51000.5, 'CNY', date '2026-01-01', date '2026-12-01' + (n % 300)::int, 'held', 'bench', (n * 2 + k)::text, date '2026-11-19'
       from generate_series(1, $1::bigint) n, generate_series(0, 1) k`,
    [customers],
  );
  await run(
    `insert into transaction (id, customer_id, business_date, sequence, account_id, direction, amount, currency, balance_after, kind, channel, purpose, source, source_key)
     select n * 1000 + k, n, date '2026-06-01' + (k * 170 / $2::int), k, n * 2, (array['in','out'])[1 + k % 2], 10 + k, 'CNY', 1000 + k, 'transfer', 'mobile', '转账', 'bench', n || '-' || k
       from generate_series(1, $1::bigint) n, generate_series(0, $2::int - 1) k`,
    [customers, transactionsEach],
  );
  await run(
    `insert into login (id, customer_id, business_date, at, channel, source, source_key)
     select n * 10 + k, n, date '2026-06-01' + k * 20, date '2026-06-01' + k * 20, 'mobile', 'bench', n || '-' || k from generate_series(1, $1::bigint) n, generate_series(0, 5) k`,
    [customers],
  );
  await run(
    `insert into aum_daily (customer_id, business_date, total, parts) select n, date '2026-06-01' + k * 7, 100000 + k, '{"deposit":"1000.00","wealth":"99000.00"}'
       from generate_series(1, $1::bigint) n, generate_series(0, 23) k`,
    [customers],
  );
  await run(
    `insert into customer_tag (customer_id, tag, since, reason) select n, t, date '2026-10-01', '{"inputs":{"a":"1"}}'
       from generate_series(1, $1::bigint) n, unnest(array['silent_warning','frequent_trader']) t`,
    [customers],
  );
  await run(
    `insert into customer_metric (customer_id, as_of) select n, date '2026-11-19' from generate_series(1, $1::bigint) n`,
    [customers],
  );
  await run(
    `insert into task (id, customer_id, title, reason, priority, assignee_id, due_at, status, business_date, evidence, source, source_key)
     select n, n, '到期跟进', '产品将于15天后到期', 'normal', 1000, timestamptz '2026-11-21', 'open', date '2026-11-19', '{"text":{"zh":{"title":"到期跟进"},"en":{"title":"Maturity"}}}', 'bench', n::text
       from generate_series(1, $1::bigint) n`,
    [customers],
  );
  for (const table of [
    'account',
    'holding',
    'transaction',
    'login',
    'aum_daily',
    'customer_tag',
    'customer_metric',
    'task',
    'product',
    'org_unit',
    '"user"',
  ]) {
    await db.query(`vacuum analyze ${table}`);
  }
}

/** The real server on this database, and a caller signed in as one of the users. */
export async function serve(database: Database, clock: Clock) {
  const requests = await openRequests(database);
  const app = await buildServer({
    database,
    requests,
    model: packModel(),
    clock,
    home: '/nonexistent',
    webFolder: null,
    secureCookies: false,
    version: 'bench',
    report: (line) => console.error(line),
  });
  return {
    async close() {
      await app.close();
      await requests.close();
    },
    async as(username: string) {
      const signIn = await app.inject({
        method: 'POST',
        url: '/api/session',
        payload: { username, password: PASSWORD },
      });
      if (signIn.statusCode !== 200) throw new Error(signIn.body);
      const cookie = String(signIn.headers['set-cookie']).split(';')[0]!;
      return async (url: string): Promise<string> => {
        const answer = await app.inject({ method: 'GET', url, headers: { cookie } });
        if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.body}`);
        return answer.body;
      };
    },
  };
}

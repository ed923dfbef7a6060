import assert from 'node:assert/strict';
import net from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Context } from '#access';
import type { Database } from '#database';
import type { Route } from '#http';
import { allRoutes } from '../../src/server/app.ts';
import { fillBank, openServer, type Subject } from '../bank.ts';
import type { CampaignContext, Prove, Trials } from '../harness.ts';
import { addresses, PLAIN_ADDRESSES, queries, type Samples, sample } from '../questions.ts';
import type { Random } from '../random.ts';

const REQUESTS = 10_000;
const ROUNDS = 5;
const CUSTOMERS = 30;
/** A round may leave this much more behind than the one before without being called a leak. */
const HEAP_GROWTH_MAX_BYTES = 24 * 1_048_576;
const SOCKET_PATIENCE_MS = 5_000;

/** Ten thousand requests that nobody should send: none may break, change or slow down anything. */
export const prove: Prove = async (ctx, trials) => {
  const bank = await fillBank(ctx.database, ctx.seed, CUSTOMERS);
  const reports: string[] = [];
  const server = await openServer(ctx.database, { ...bank, report: (line) => reports.push(line) });
  const routes = allRoutes(bank.model, '/nonexistent');
  const samples = await sample(ctx.database, bank);
  const each = new Map<string, number>();
  const send = async (request: BadRequest) => {
    const answer = await server.app.inject(request as never);
    return { status: answer.statusCode, body: answer.body, headers: answer.headers };
  };
  try {
    const before = await fingerprint(ctx.database);
    const heaps: number[] = [];
    const perRound = Math.max(60, Math.round((REQUESTS * ctx.scale) / ROUNDS));
    for (let round = 1; round <= ROUNDS; round++) {
      for (let count = 0; count < perRound; count++) {
        ctx.signal.throwIfAborted();
        const { name, request } = badRequest(ctx.random, {
          routes,
          samples,
          subjects: bank.subjects,
          model: bank.model,
        });
        each.set(name, (each.get(name) ?? 0) + 1);
        const reported = reports.length;
        await trials.trial(`${name}: ${request.method} ${request.url.slice(0, 200)}`, async () => {
          const { status, body, headers } = await send(request);
          assert.ok(
            status < 500,
            `${status} ${body.slice(0, 300)} ${reports.slice(reported).join('\n').slice(0, 1500)}`,
          );
          if (status >= 400) checkError(body, headers);
        });
      }
      await trials.trial(`H3 H10: good requests work after round ${round}`, () =>
        goodTraffic(server.app, bank.subjects),
      );
      heaps.push(settledHeap());
    }
    await trials.trial('H1: nothing was changed by any of them', async () => {
      const after = await fingerprint(ctx.database);
      const changed = Object.keys(before).filter((table) => before[table] !== after[table]);
      assert.deepEqual(changed, [], await lastWrites(ctx.database));
    });
    await trials.trial('memory stays flat', () => {
      const growth = heaps.at(-1)! - heaps[1]!;
      assert.ok(growth <= HEAP_GROWTH_MAX_BYTES, `the heap grew by ${Math.round(growth / 1_048_576)} MiB: ${heaps}`);
    });
    await proveMethods(trials, server.app, routes, samples, bank);
    await proveSocket(ctx, trials, server.app);
    await trials.trial('no statement was held up by a payload', async () => {
      const { rows } = await ctx.database.query<{ sleeping: number }>(
        "select count(*)::int as sleeping from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'",
      );
      assert.equal(rows[0]!.sleeping, 0);
    });
    return { kinds: Object.fromEntries(each), heapMiB: heaps.map((bytes) => Math.round(bytes / 1_048_576)) };
  } finally {
    await server.close();
  }
};

interface BadRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  payload?: string | Buffer;
  remoteAddress?: string;
}

interface Means {
  routes: Route<Context>[];
  samples: Samples;
  subjects: Subject[];
  model: Context['model'];
}

const SQL = [
  "' or '1'='1",
  "'; select pg_sleep(20); --",
  '1); drop table customer; --',
  'aum desc; select pg_sleep(20)',
  '(select pg_sleep(20))',
  'name) union select password_hash from credential --',
  "\\'; copy customer to program 'id' --",
  '$1',
  '%',
  '_',
  '\\',
  "a' and (select count(*) from pg_stat_activity) > 0 and '1'='1",
];
const FORMULAS = ['=1+1', '+cmd|calc!A0', '@SUM(A1)', '-2+3', '\t=1', '＝1+1'];
const TEMPLATES = [
  '{{7*7}}',
  '$' + '{7*7}',
  '<%= 7*7 %>',
  '#{7*7}',
  '{{constructor.constructor("return process")()}}',
  '$' + '{jndi:ldap://x}',
];
const SCRIPTS = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', 'javascript:alert(1)'];
const ODD = [
  '\u0000',
  '\u202e',
  '\ud800',
  '\ufeff',
  '../../../etc/passwd',
  '..\\..\\',
  'CON',
  '%00',
  '９'.repeat(30),
  '一'.repeat(5_000),
  '.',
  '',
];
const NUMBERS = [
  '9223372036854775808',
  '-1',
  '0',
  '1e309',
  '99999999999999999999999',
  'NaN',
  '0x10',
  '1.5',
  '00',
  'Infinity',
  '٣',
];
const DATES = [
  '2023-02-30',
  '0000-00-00',
  '9999999-01-01',
  '2024-13-01',
  '-0001-01-01',
  '2024-01-01T25:00:00Z',
  'infinity',
  'now',
  'epoch',
];
const NASTY = [...SQL, ...FORMULAS, ...TEMPLATES, ...SCRIPTS, ...ODD, ...NUMBERS, ...DATES];

const RAW_PATHS = [
  '/api/%',
  '/api/%c0%af',
  '/api/customers/%00',
  '/api/customers/%ff%fe',
  '/api//customers',
  '/api/customers/..%2f..%2fetc',
  '//evil.example/api',
  '/api/customers/1%0d%0aset-cookie:a=b',
  `/api/${'a/'.repeat(2_000)}`,
  `/api/customers/${'9'.repeat(300)}`,
  '/api/customers/1/../2',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/api/docs/%2e%2e/%2e%2e/package.json',
  '/api/docs/static/..%2f..%2f..%2fpackage.json',
  '*',
  '/api/customers?%',
  '/api/customers?filter=%ff',
  '/api/customers?a[b]=1&a[b]=2&__proto__[x]=1',
];

/** One request that is wrong in one way, and the name of the way. */
function badRequest(random: Random, means: Means): { name: string; request: BadRequest } {
  const names = Object.keys(ways) as (keyof typeof ways)[];
  const name = random.pick(names);
  const subject = random.pick(means.subjects);
  const request = ways[name]!(random, means, { cookie: subject.cookie });
  return { name, request };
}

type Way = (random: Random, means: Means, headers: Record<string, string>) => BadRequest;

const json = { 'content-type': 'application/json' };

/** Routes that change something, with an address that leads to them. Signing in and out would end the proof's own sessions. */
function writing(random: Random, { routes, samples, model }: Means): { route: Route<Context>; url: string } {
  const route = random.pick(
    routes.filter(
      ({ method, path, body }) => method !== 'GET' && body !== undefined && !/session|security|password/.test(path),
    ),
  );
  return { route, url: random.pick(addresses(model, route, samples)) };
}

function reading(random: Random, { routes, samples, model }: Means): { route: Route<Context>; url: string } {
  const route = random.pick(routes.filter(({ method }) => method === 'GET'));
  return { route, url: random.pick(addresses(model, route, samples)) };
}

const writableTo = (body: unknown) => JSON.stringify(body);

const ways: Record<string, Way> = {
  'H3 payload in a parameter'(random, means, headers) {
    const { route, url } = reading(random, means);
    const names = [
      'filter',
      'sort',
      'columns',
      'cursor',
      'q',
      'limit',
      'group',
      'exact',
      ...queries(route, means.samples).flatMap((query) => [...new URLSearchParams(query).keys()]),
    ];
    const name = random.pick(names);
    const entity = means.model.entities.find(({ plural }) => route.path.startsWith(`/api/${plural}`));
    const field = entity ? random.pick(entity.fields).code : 'name';
    const text = random.pick(NASTY);
    const operator = random.pick(['eq', 'in', 'between', 'contains', 'prefix', 'gt', text]);
    const value =
      name === 'filter'
        ? random.pick([`${field}:${operator}:${text}`, `${field}:${operator}:${text},${text}`, text, `${text}:eq:1`])
        : text;
    return { method: 'GET', url: `${url}?${name}=${encode(value)}`, headers };
  },
  'invalid cursor'(random, means, headers) {
    const entity = random.pick(means.model.entities);
    const keys = random.pick<unknown>([
      [null],
      ['a'],
      [random.pick(NASTY), '1'],
      ['1', random.pick(NASTY)],
      ['1e400', '1'],
      ['NaN', '1'],
      [null, random.pick(NASTY)],
      ['x', 'y', 'z'],
      [['a']],
      { a: 1 },
      'x',
      1,
      ['2023-02-30', '1'],
      ['1', '9223372036854775808'],
    ]);
    const cursor = Buffer.from(JSON.stringify(keys)).toString('base64url');
    const sort = random.pick([
      '',
      `&sort=${random.pick(entity.fields).code}`,
      '&sort=-created_at',
      '&sort=-business_date',
    ]);
    return {
      method: 'GET',
      url: `/api/${entity.plural}?cursor=${random.pick([cursor, cursor.slice(1), '%00', 'e30'])}${sort}`,
      headers,
    };
  },
  'payload as an id'(random, means, headers) {
    const { routes } = means;
    const route = random.pick(
      routes.filter(({ path, method }) => path.includes(':') && !(method !== 'GET' && /session|security/.test(path))),
    );
    const url = route.path.replace(/:\w+/g, () => encode(random.pick(NASTY)));
    return {
      method: route.method,
      url,
      headers: route.method === 'GET' || route.method === 'DELETE' ? headers : { ...headers, ...json },
      ...(route.method === 'GET' || route.method === 'DELETE' ? {} : { payload: '{}' }),
    };
  },
  'raw path'(random, _means, headers) {
    return { method: random.pick(['GET', 'POST', 'PATCH']), url: random.pick(RAW_PATHS), headers };
  },
  'broken JSON'(random, means, headers) {
    const { route, url } = writing(random, means);
    const payload = random.pick([
      '{',
      '}',
      '{"a":',
      '[1,2',
      'nul',
      '{"a":1,}',
      "{'a':1}",
      '{"a":"\\u00"}',
      '\u0000',
      '{"a":1}{"b":2}',
      '',
      ' ',
      '"x"',
      '1',
      'null',
      '[]',
      '[[[',
      '{"a":NaN}',
      '\ufeff{}',
      `{"a":${'9'.repeat(400)}}`,
    ]);
    return { method: route.method, url, headers: { ...headers, ...json }, payload };
  },
  'bad UTF-8'(random, means, headers) {
    const { route, url } = writing(random, means);
    const bytes = random.pick([
      [0xff, 0xfe],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xd0, 0xc2, 0xbf, 0xcd],
    ]);
    const payload = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(bytes), Buffer.from('","version":1}')]);
    return { method: route.method, url, headers: { ...headers, ...json }, payload };
  },
  'deep nesting'(random, means, headers) {
    const { route, url } = writing(random, means);
    const depth = random.pick([100, 5_000, 100_000]);
    const payload = random.pick([
      '['.repeat(depth) + ']'.repeat(depth),
      `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    ]);
    return { method: route.method, url, headers: { ...headers, ...json }, payload };
  },
  'too large'(random, means, headers) {
    const { route, url } = writing(random, means);
    const size = random.pick([1_048_577, 1_300_000]);
    return random.below(2) === 0
      ? {
          method: route.method,
          url,
          headers: { ...headers, ...json },
          payload: JSON.stringify({ name: 'x'.repeat(size) }),
        }
      : { method: 'GET', url: `/api/customers?q=${'x'.repeat(random.pick([300, 17_000, 60_000]))}`, headers };
  },
  'H1 mass assignment'(random, means, headers) {
    const { route, url } = writing(random, means);
    const own = random.pick([
      '__proto__',
      'constructor',
      'prototype',
      'id',
      'version',
      'source',
      'source_key',
      'created_by',
      'aum',
      'tier',
      'permissions',
      'actor',
      'toString',
      'erased_on',
      'pinyin',
      'name_grams',
      'phone_masked',
      'id_number_index',
      'customer_id',
      'roles',
      'password_hash',
    ]);
    const text = random.pick<unknown>(['x', 1, true, null, { x: 1 }, ['x']]);
    // Written by hand: a literal would take __proto__ as the prototype.
    return {
      method: route.method,
      url,
      headers: { ...headers, ...json },
      payload: `{"version":1,${JSON.stringify(own)}:${JSON.stringify(text)}}`,
    };
  },
  'duplicate keys'(random, means, headers) {
    const { route, url } = writing(random, means);
    return {
      method: route.method,
      url,
      headers: { ...headers, ...json },
      payload: '{"version":999,"version":998,"unknown":1,"unknown":2}',
    };
  },
  'wrong types'(random, means, headers) {
    const { route, url } = writing(random, means);
    const entity = means.model.entities.find(({ plural }) => route.path.startsWith(`/api/${plural}`));
    const codes =
      entity && !route.path.includes('/:id/')
        ? entity.fields.map(({ code }) => code)
        : ['field', 'purpose', 'reason', 'result', 'until', 'entity', 'ids', 'to', 'role'];
    // A version that no row has, and no valid value: nothing of this may be written.
    const value = random.pick<unknown>([
      [],
      {},
      [[]],
      1e308,
      -0.5,
      true,
      { toString: 'x' },
      ...NASTY.slice(-NUMBERS.length - DATES.length).map((text) => ({ text })),
    ]);
    const body: Record<string, unknown> = { version: random.pick<unknown>([999_999, -1, 1.5, '1', 2 ** 53, null, {}]) };
    for (let count = 0; count < 3; count++) body[random.pick(codes)] = value;
    return { method: route.method, url, headers: { ...headers, ...json }, payload: writableTo(body) };
  },
  'payload in a body'(random, means, headers) {
    const { route, url } = writing(random, means);
    const entity = means.model.entities.find(({ plural }) => route.path.startsWith(`/api/${plural}`));
    const codes =
      entity && !route.path.includes('/:id/')
        ? entity.fields.map(({ code }) => code)
        : ['field', 'purpose', 'reason', 'result', 'until', 'nextOn', 'entity', 'to', 'note'];
    const body: Record<string, unknown> = { version: 999_999, unknown_field_of_the_proof: 1 };
    for (let count = 0; count < 3; count++) body[random.pick(codes)] = random.pick(NASTY);
    return { method: route.method, url, headers: { ...headers, ...json }, payload: writableTo(body) };
  },
  'impossible value'(random, means, headers) {
    const entity = random.pick(means.model.entities.filter(({ write }) => write.update));
    const id = random.pick(means.samples.ids.get(entity.code) ?? ['1']);
    const body = { version: 999_999, [random.pick(entity.fields).code]: random.pick(NASTY) };
    return {
      method: 'PATCH',
      url: `/api/${entity.plural}/${id ?? '1'}`,
      headers: { ...headers, ...json },
      payload: writableTo(body),
    };
  },
  'wrong content type'(random, means, headers) {
    const { route, url } = writing(random, means);
    const type = random.pick([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/json; charset=gbk',
      'application/jsonx',
      'a/b;'.repeat(200),
      'application/json, text/plain',
      '',
    ]);
    return {
      method: route.method,
      url,
      headers: { ...headers, 'content-type': type },
      payload: random.pick([
        '{"version":999999}',
        '<a/>',
        '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--',
        'a=1&b=2',
      ]),
    };
  },
  'strange headers'(random, means, headers) {
    const { url } = reading(random, means);
    const more = random.pick<Record<string, string>>([
      { cookie: `tongguan_session=${'x'.repeat(5_000)}` },
      { cookie: 'tongguan_session=%00; a=b; ;;=;' },
      { cookie: `tongguan_session="${random.pick(SQL)}"` },
      { authorization: `Bearer ${'x'.repeat(300)}` },
      { authorization: 'Bearer a.b.c' },
      { authorization: 'Basic YTpi' },
      { 'accept-language': 'en;q=x,'.repeat(500) },
      { 'x-forwarded-for': '127.0.0.1, ::1, "\'; drop table customer' },
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      { 'x-user': 'admin', 'x-user-id': '1', 'x-real-ip': '127.0.0.1', 'x-http-method-override': 'DELETE' },
      { host: 'evil.example' },
      { host: '' },
      { 'user-agent': 'x'.repeat(10_000) },
      { range: 'bytes=0-18446744073709551615' },
      { 'if-none-match': '"x"'.repeat(1_000) },
      { 'accept-encoding': 'gzip;q=9999999999999,'.repeat(100) },
      { 'transfer-encoding': 'gzip' },
      { expect: '100-continue' },
      { 'content-length': '-1' },
      { upgrade: 'websocket', connection: 'upgrade' },
    ]);
    return { method: 'GET', url, headers: { ...headers, ...more } };
  },
  'H10 from another site'(random, means, headers) {
    const { route, url } = writing(random, means);
    const origin = random.pick<Record<string, string>>([
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'http://localhost.evil.example' },
      { origin: 'http://[' },
      { origin: 'http://localhost:80@evil.example' },
    ]);
    return { method: route.method, url, headers: { ...headers, ...json, ...origin }, payload: '{"version":999999}' };
  },
};

const encode = (text: string) => encodeURIComponent(text.toWellFormed());

/** Errors are JSON in the reader's language, and tell nothing of what is inside. */
function checkError(body: string, headers: Record<string, unknown>): void {
  assert.match(String(headers['content-type']), /application\/json/);
  const { code, message, ...rest } = JSON.parse(body) as Record<string, unknown>;
  assert.match(String(code), /^[a-z_]+\.[a-z_]+$/, body.slice(0, 300));
  assert.ok(typeof message === 'string' && message.length > 0);
  assert.deepEqual(
    Object.keys(rest).filter((key) => key !== 'field' && key !== 'params'),
    [],
  );
  assert.doesNotMatch(body, /node_modules|at .*\.ts:\d|PostgreSQL|SQLSTATE|syntax error/i);
}

/** Tables that requests write by reading or being refused. */
const JOURNALS = new Set([
  'audit_event',
  'audit_lane',
  'audit_root',
  'audit_anchor',
  'session',
  'sign_in_attempt',
  'job',
  'job_schedule',
]);

/** One hash a table of everything that people keep. */
async function fingerprint(db: Database): Promise<Record<string, string>> {
  const { rows } = await db.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1",
  );
  const found: Record<string, string> = {};
  for (const { name } of rows.filter((row) => !JOURNALS.has(row.name))) {
    const { rows: digests } = await db.query<{ digest: string | null }>(
      `select md5(string_agg(line, '|' order by line)) as digest from (select md5(t::text) as line from "${name}" t) lines`,
    );
    found[name] = digests[0]!.digest ?? '';
  }
  return found;
}

/** What the audit tells of writes, for whoever has to find the request. */
async function lastWrites(db: Database): Promise<string> {
  const { rows } = await db.query(
    `select action, entity, record_id::text, actor, left(detail::text, 200) as detail from audit_event
      where action in ('create', 'update', 'complete', 'handover', 'erase') order by id desc limit 5`,
  );
  return JSON.stringify(rows);
}

type App = Awaited<ReturnType<typeof openServer>>['app'];

async function goodTraffic(app: App, subjects: Subject[]): Promise<void> {
  for (const { cookie, role } of subjects) {
    const answer = await app.inject({ method: 'GET', url: '/api/session', headers: { cookie } });
    assert.equal(answer.statusCode, 200, `${role.code}: ${answer.body}`);
  }
  const manager = subjects.find(({ role }) => role.code === 'rm')!;
  const list = await app.inject({
    method: 'GET',
    url: '/api/customers?sort=-aum',
    headers: { cookie: manager.cookie },
  });
  assert.equal(list.statusCode, 200);
  assert.ok(list.json<{ rows: unknown[] }>().rows.length > 0);
}

/** What is left when everything that nobody holds is thrown away. */
function settledHeap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

/** Every address with every method: only what is listed is there. */
async function proveMethods(
  trials: Trials,
  app: App,
  routes: Route<Context>[],
  samples: Samples,
  { model, subjects }: Means | { model: Means['model']; subjects: Subject[] },
): Promise<void> {
  const listed = new Map<string, Set<string>>();
  for (const { path, method } of routes) listed.set(path, (listed.get(path) ?? new Set()).add(method));
  for (const path of PLAIN_ADDRESSES) if (!listed.has(path)) listed.set(path, new Set(['GET']));
  // /api/tasks/count is also a task that is called count: there the other route answers.
  const taken = (path: string, method: string) =>
    routes.some(
      (route) => route.method === method && new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`).test(path),
    );
  for (const [path, methods] of listed) {
    const url = addresses(model, { path }, samples)[0]!;
    for (const method of METHODS) {
      const served = (other: string) => methods.has(other) || taken(path, other);
      if (served(method) || (method === 'HEAD' && served('GET'))) continue;
      await trials.trial(`${method} ${path} is not there`, async () => {
        const answer = await app.inject({ method: method as 'GET', url, headers: { cookie: subjects[0]!.cookie } });
        assert.ok([404, 405].includes(answer.statusCode), `${answer.statusCode} ${answer.body.slice(0, 200)}`);
      });
    }
  }
}

const FRAMES: Record<string, string> = {
  'no HTTP': 'hello\r\n\r\n',
  'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
  'two lengths': 'POST /api/session HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello',
  'length and chunks':
    'POST /api/session HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nhost: a\r\n\r\n',
  'bad chunk': 'POST /api/session HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n',
  'huge chunk': 'POST /api/session HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n',
  'bare line feed': 'GET /healthz HTTP/1.1\nhost: a\n\n',
  'folded header': 'GET /healthz HTTP/1.1\r\nhost: a\r\nx: a\r\n b\r\n\r\n',
  'NUL in a header': 'GET /healthz HTTP/1.1\r\nhost: a\r\nx: a\u0000b\r\n\r\n',
  'headers without end': `GET /healthz HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(20_000)}`,
  'long line': `GET /${'a'.repeat(200_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
  'unknown method': 'FROB /healthz HTTP/1.1\r\nhost: a\r\n\r\n',
  'HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/9': 'GET / HTTP/9.9\r\nhost: a\r\n\r\n',
  'absolute address': 'GET http://evil.example/api/session HTTP/1.1\r\nhost: a\r\n\r\n',
  CONNECT: 'CONNECT evil.example:443 HTTP/1.1\r\nhost: a\r\n\r\n',
  'TLS hello': '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001',
  'space before colon': 'GET /healthz HTTP/1.1\r\nhost : a\r\n\r\n',
};

/** What is no HTTP, over a real connection: refused or dropped, and the next caller is served. */
async function proveSocket(ctx: CampaignContext, trials: Trials, app: App): Promise<void> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as net.AddressInfo;
  const tries = Math.max(1, Math.round(10 * ctx.scale));
  for (const [name, bytes] of Object.entries(FRAMES)) {
    await trials.trial(`over a socket: ${name}`, async () => {
      for (let count = 0; count < tries; count++) {
        const answer = await overSocket(port, bytes);
        const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
        assert.ok(
          statuses.every((status) => status < 500 || status === 505),
          answer.slice(0, 300),
        );
        assert.ok(
          statuses.length <= 1 || name === 'bare line feed',
          `one request was answered as several: ${statuses}`,
        );
        assert.doesNotMatch(answer, /tongguan_http|node_modules/);
      }
      const good = await fetch(`http://127.0.0.1:${port}/healthz`);
      assert.equal(good.status, 200);
    });
  }
}

function overSocket(port: number, bytes: string): Promise<string> {
  return new Promise((done) => {
    let answer = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')));
    const end = () => {
      clearTimeout(patience);
      socket.destroy();
      done(answer);
    };
    const patience = setTimeout(end, SOCKET_PATIENCE_MS);
    socket.on('data', (chunk) => {
      answer += chunk;
      // A kept connection is not closed by the server: what was said is said.
      setTimeout(end, 100);
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}

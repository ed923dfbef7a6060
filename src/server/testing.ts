import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readInstitution, rowSecurityShape } from '#access';
import { type Database, openDatabase, type Queryable, testDatabase } from '#database';
import { hashPassword, setPassword, triggers } from '#identity';
import { runDueJobs } from '#jobs';
import { type Clock, fixedClock, systemActor } from '#kernel';
import { type Model, modelInForce, recordId, tableOf } from '#metadata';
import { type BulkRow, writeBulk } from '#records';
import { runBusinessDay } from '#rules';
import { openTestVault } from '#vault';
import { buildServer, openRequests, type ServerOptions } from './app.ts';
import { allJobHandlers } from './background.ts';
import { packModel } from './model.ts';
import { migrate, migrations } from './schema.ts';

export const PASSWORD = 'tongguan-demo';
const SOURCE = 'test';

export { allRoutes } from './app.ts';
export { allJobHandlers, migrations };

/** Ids of the small institution that tests work with. */
export const ids = {
  unit: (code: string) => recordId('org_unit', SOURCE, code),
  user: (username: string) => recordId('user', SOURCE, username),
  customer: (number: number | string) => recordId('customer', SOURCE, String(number)),
  account: (number: string) => recordId('account', SOURCE, number),
};

export interface TestServer {
  /** Acts as the owner. */
  database: Database & { url: string };
  /** Acts as the role of requests, under row security. */
  requests: Database;
  model: Model;
  clock: ReturnType<typeof fixedClock>;
  home: string;
  /** One request; `as` is a username, signed in on first use. */
  call(method: string, url: string, options?: CallOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface CallOptions {
  as?: string;
  body?: unknown;
  language?: 'zh' | 'en';
  headers?: Record<string, string>;
  /** The address that connects; default this machine's. */
  address?: string;
}

export interface Answer {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
  headers: Record<string, unknown>;
}

export interface TestServerOptions {
  home?: string;
  at?: string;
  empty?: boolean;
  /** Shares the database of this one, as a second process of the program would. */
  beside?: TestServer;
  /** An empty database of the caller's, instead of a fresh one; it is his to close. */
  database?: Database & { url: string };
  settings?: Partial<Pick<ServerOptions, 'secureCookies' | 'publicOrigin' | 'trustedProxies' | 'metricsToken'>>;
}

/** A server on a fresh database with the small institution: two branches, an RM each, a head, an admin, 30 customers. */
export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  // An origin of its own: what one test publishes is in force on its own database alone, and in a second process by its telling.
  const model = { ...packModel() };
  const clock = options.beside?.clock ?? fixedClock(options.at ?? '2026-11-20T02:00:00Z');
  const home = options.home ?? '/nonexistent';
  openTestVault(clock);
  const shape = JSON.stringify([
    migrations,
    model.entities.map(tableOf),
    model.data('metrics'),
    rowSecurityShape(model),
    triggers,
    options.empty ?? false,
  ]);
  const build = async (db: Database) => {
    await migrate(db, model);
    if (!options.empty) await seed(db, model, clock);
  };
  if (options.database) await build(options.database);
  const database = options.beside
    ? await shared(options.beside)
    : (options.database ??
      (await testDatabase({ template: { key: createHash('sha256').update(shape).digest('hex'), build } })));
  const requests = await openRequests(database, { maxConnections: 4 });
  const app = await buildServer({
    database,
    requests,
    model,
    clock,
    home,
    webFolder: null,
    secureCookies: false,
    ...options.settings,
    version: 'test',
    report: (line) => console.error(line),
  });
  const cookies = new Map<string, string>();
  const call: TestServer['call'] = async (method, url, { as, body, language, headers, address } = {}) => {
    if (as && !cookies.has(as)) {
      const answer = await app.inject({
        method: 'POST',
        url: '/api/session',
        payload: { username: as, password: PASSWORD },
      });
      if (answer.statusCode !== 200) throw new Error(`${as} could not sign in: ${answer.body}`);
      cookies.set(as, String(answer.headers['set-cookie']).split(';')[0]!);
    }
    const answer = await app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(as ? { cookie: cookies.get(as)! } : {}),
        ...(language ? { 'accept-language': language } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body as object }),
      ...(address === undefined ? {} : { remoteAddress: address }),
    });
    // A proof gives the session a new token.
    const renewed = /tongguan_session=[^;]+/.exec(String(answer.headers['set-cookie'] ?? ''))?.[0];
    if (as && renewed) cookies.set(as, renewed);
    const isJson = String(answer.headers['content-type']).includes('json') && answer.body !== '';
    return {
      status: answer.statusCode,
      text: answer.body,
      json: isJson ? answer.json() : undefined,
      headers: answer.headers,
    };
  };
  return {
    database,
    requests,
    model,
    clock,
    home,
    call,
    async close() {
      await app.close();
      await requests.close();
      if (options.beside) await database.close();
    },
  };
}

async function shared({ database: { url } }: TestServer): Promise<Database & { url: string }> {
  return Object.assign(await openDatabase(url, { maxConnections: 4 }), { url });
}

/** Rows of one entity by field code; ids and keys come from `key`. */
export async function seedRows(
  db: Database,
  model: Model,
  entityCode: string,
  rows: ({ key: string } & Record<string, string | null>)[],
): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((code) => code !== 'key');
  const lines: BulkRow[] = rows.map((row) => [
    recordId(entityCode, SOURCE, row.key),
    row.key,
    ...columns.map((code) => row[code] ?? null),
  ]);
  const entity = model.entity(entityCode);
  await db.transaction((tx) => writeBulk(tx, { entity, columns, source: SOURCE, asOf: '2026-11-19' }, [lines]));
}

async function seed(db: Database, model: Model, clock: Clock): Promise<void> {
  const unit = (key: string, name: string, kind: string, parent: string | null) => ({
    key,
    name,
    code: key,
    kind,
    parent: parent && ids.unit(parent),
  });
  await seedRows(db, model, 'org_unit', [
    unit('head', '总行', 'head_office', null),
    unit('east', '东城支行', 'sub_branch', 'head'),
    unit('west', '西城支行', 'sub_branch', 'head'),
  ]);
  const user = (username: string, name: string, role: string, unitCode: string) => ({
    key: username,
    username,
    name,
    roles: `{${role}}`,
    org_unit: ids.unit(unitCode),
    active: 'true',
    language: 'zh',
  });
  const users = [
    user('rm001', '王小明', 'rm', 'east'),
    user('rm002', '李小红', 'rm', 'west'),
    user('head01', '赵行长', 'branch_head', 'east'),
    user('head02', '钱行长', 'branch_head', 'head'),
    user('admin', '管理员', 'system_admin', 'head'),
    user('designer', '业务管理员', 'designer', 'head'),
    user('service', '客服坐席', 'service_agent', 'head'),
    user('supervisor', '孙主管', 'supervisor', 'east'),
    user('compliance', '合规专员', 'compliance', 'head'),
    user('risk', '风险经理', 'risk', 'head'),
    user('aml', '反洗钱专员', 'aml_officer', 'head'),
    user('auditor', '审计员', 'auditor', 'head'),
    user('security', '安全管理员', 'security_admin', 'head'),
    user('connector', '接口账号', 'api', 'head'),
  ];
  await seedRows(db, model, 'user', users);
  const customers = Array.from({ length: 30 }, (_, index) => {
    const number = index + 1;
    const east = number % 2 === 1;
    return {
      key: String(number),
      name: number === 1 ? '欧阳娜娜' : number === 2 ? '单雄信' : `张三${number}`,
      kind: number % 10 === 0 ? 'company' : 'person',
      number: `C${1000 + number}`,
      phone: `138000${String(10_000 + number)}`,
      id_number: null,
      owner: ids.user(east ? 'rm001' : 'rm002'),
      branch: ids.unit(east ? 'east' : 'west'),
      since: '2020-01-01',
      status: 'active',
    };
  });
  await seedRows(db, model, 'customer', customers);
  // Assets as a day cycle would leave them: 1,000 per customer number, none for the last five.
  await db.query(
    'update customer set aum = substr(number, 2)::numeric * 1000 - 1000000 where substr(number, 2)::int <= 1025',
  );
  await seedPasswords(
    db,
    users.map(({ username }) => username),
    clock,
  );
}

async function seedPasswords(db: Queryable, usernames: string[], clock: Clock): Promise<void> {
  const hash = await hashPassword(PASSWORD);
  for (const username of usernames) {
    await setPassword(db, { userId: ids.user(username), username, password: PASSWORD, hash, clock });
  }
}

/** Accounts with balances as a load leaves them: customer n has 1,000 n. */
export async function withMoney(server: TestServer): Promise<void> {
  const numbers = Array.from({ length: 30 }, (_, index) => String(index + 1));
  await seedRows(
    server.database,
    server.model,
    'account',
    numbers.map((n) => ({
      key: n,
      customer: ids.customer(n),
      number: n,
      kind: 'current',
      currency: 'CNY',
      opened_on: '2020-01-01',
    })),
  );
  await seedRows(
    server.database,
    server.model,
    'transaction',
    numbers.map((n) => ({
      key: n,
      customer: ids.customer(n),
      business_date: '2026-11-18',
      sequence: '1',
      account: ids.account(n),
      direction: 'in',
      amount: `${Number(n) * 1000}`,
      balance_after: `${Number(n) * 1000}`,
      kind: 'transfer',
    })),
  );
}

export async function runDay(server: TestServer, date: string): Promise<void> {
  const { database, clock, model } = server;
  const institution = await readInstitution(database);
  await runBusinessDay({ database, clock, model: modelInForce(model), actor: systemActor, institution }, date);
}

export const work = (server: TestServer) =>
  runDueJobs({
    database: server.database,
    clock: server.clock,
    handlers: allJobHandlers(server.model, server.home),
    report: (error) => console.error(error),
  });

/** Uploads files as the administrator; returns the number that a load names them by. */
export async function upload({ call, clock }: TestServer, files: Record<string, string>): Promise<string> {
  // Later runs have higher numbers.
  clock.set(new Date(clock().getTime() + 1_000));
  const begun = await call('POST', '/api/load-uploads', { as: 'admin', body: {} });
  assert.equal(begun.status, 201, begun.text);
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const url = `/api/load-uploads/${begun.json.id}/files/${name}?size=${bytes.length}&sha256=${sha256}`;
    const headers = { 'content-type': 'application/octet-stream' };
    const sent = await call('PUT', url, { as: 'admin', headers, body: bytes });
    assert.equal(sent.status, 200, sent.text);
    assert.equal(sent.json.sha256, sha256);
  }
  return begun.json.id;
}

/** Proves anew who the administrator is, as what cannot be undone asks. */
export async function stepUp({ call }: TestServer): Promise<void> {
  const proof = await call('POST', '/api/session/step-up', { as: 'admin', body: { password: PASSWORD } });
  assert.ok(proof.status < 300, proof.text);
}

/** Publishes a draft as the designer, and lets the job do it. */
export async function publish(server: TestServer, kind: string, code: string, version: number) {
  const answer = await server.call('POST', `/api/definitions/${kind}/${code}/publish`, {
    as: 'designer',
    body: { version },
  });
  assert.equal(answer.status, 202, answer.text);
  await work(server);
  const job = await server.call('GET', `/api/jobs/${answer.json.job}`, { as: 'designer' });
  assert.equal(job.json.status, 'done', job.text);
  return job.json;
}

/** Drafts and publishes as the designer, and lets the job do it. */
export async function published(server: TestServer, kind: string, body: { code: string } & Record<string, unknown>) {
  const draft = await server.call('PUT', `/api/definitions/${kind}/${body.code}/draft`, {
    as: 'designer',
    body: { body },
  });
  assert.equal(draft.status, 200, draft.text);
  return await publish(server, kind, body.code, draft.json.draft.version);
}

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readRoles } from '#access';
import type { Database } from '#database';
import { forgetActors } from '#identity';
import { fixedClock } from '#kernel';
import type { Model } from '#metadata';
import { allRoutes, buildServer, openRequests } from '../../src/server/app.ts';
import { packModel } from '../../src/server/model.ts';
import { migrate } from '../../src/server/schema.ts';
import type { Prove, Trials } from '../harness.ts';
import { type Answer, type Bank, type Cell, cellsOf, policyRoutes } from './matrix-cells.ts';
import { evaluator, type Person, type Subject } from './matrix-evaluator.ts';
import { type Change, type Guard, openGuard } from './matrix-guard.ts';
import { entities, type RoleLine, roles } from './matrix-policy.ts';
import { makeWorld, NOW, PASSWORD, seedWorld, type World } from './matrix-world.ts';

// The authorization matrix: every route × every kind of caller × every way to ask × every kind of object. What the answer shall be
// says matrix-policy.ts; the program is never asked.

const session = (name: string): Subject => ({ name, user: name, by: 'session' });

export const subjects: Subject[] = [
  { name: 'anonymous', user: null, by: 'nothing' },
  { name: 'expired', user: 'expired', by: 'dead session' },
  { name: 'idle', user: 'idle', by: 'dead session' },
  { name: 'disabled', user: 'disabled', by: 'dead session' },
  { name: 'signed_out', user: 'signed_out', by: 'dead session' },
  ...['rm_own', 'rm_same', 'rm_other', 'supervisor', 'head_east', 'head_west', 'head_city'].map(session),
  ...['designer', 'service', 'compliance', 'risk', 'aml', 'auditor', 'security', 'system'].map(session),
  ...['deputy', 'deputy_past', 'deputy_revoked', 'member', 'member_past', 'tasked', 'seconded_past', 'acting'].map(
    session,
  ),
  { name: 'stale_system', user: 'stale_system', by: 'stale session' },
  { name: 'stale_security', user: 'stale_security', by: 'stale session' },
  { name: 'stale_compliance', user: 'stale_compliance', by: 'stale session' },
  { name: 'connector', user: 'connector', by: 'token' },
  { name: 'revoked', user: 'revoked', by: 'dead token' },
];

export interface MatrixOptions {
  /** 1 asks a share of the cells that is enough for every day, 4 asks all; the first of every route and subject always. */
  scale: number;
  seed: number;
  /** Cells whose id contains this; all by default. */
  only?: string | undefined;
  /** Names of subjects; all by default. */
  among?: readonly string[];
  /** Roles as the policy gives them; a test of the proof passes others. */
  roleLines?: Record<string, RoleLine>;
  signal?: AbortSignal;
  /** After the bank is there and before the first cell: what a test of the proof breaks. */
  sabotage?(database: Database, model: Model): Promise<void> | void;
}

export const prove: Prove = async (ctx, trials) => {
  const stage = ctx.progress.stage({ zh: '权限矩阵', en: 'authorization matrix' });
  const figures = await runMatrix(ctx.database, trials, {
    scale: ctx.scale,
    seed: ctx.seed,
    signal: ctx.signal,
    only: ctx.only,
  });
  stage.end();
  return figures;
};

/** Asks the cells in a database of their own, which must be empty. */
export async function runMatrix(database: Database, trials: Trials, options: MatrixOptions) {
  const model = packModel();
  const clock = fixedClock(NOW);
  await migrate(database, model);
  const world = makeWorld(model);
  await seedWorld(database, model, world, clock);
  const requests = await openRequests(database, { maxConnections: 4 });
  const app = await buildServer({
    database,
    requests,
    model,
    clock,
    home: '/nonexistent',
    webFolder: null,
    secureCookies: false,
    version: 'matrix',
    report: (line) => console.error(line),
  });
  try {
    const bank: Bank = { model, world, evaluator: evaluator(world, options.roleLines ?? roles) };
    const wanted = subjects.filter(({ name }) => !options.among || options.among.includes(name));
    const headers = await credentials(database, world, app, wanted);
    await options.sabotage?.(database, model);
    const guard = await openGuard(database);
    const run: Running = {
      app,
      bank,
      guard,
      database,
      clock,
      headers,
      tokens: tokensOf(bank),
      calls: 0,
      startMs: 0,
      asked: [],
      seed: options.seed,
    };
    const counts = { cells: 0, refused: 0, reads: 0, writes: 0 };
    for (const [turn, subject] of wanted.entries()) {
      run.calls = 0;
      run.startMs = Date.parse(NOW) + (turn % 2) * APART_MS;
      const person = bank.evaluator.personOf(subject);
      const seen = new Set<string>();
      const allowed = allowedTokens(bank, person);
      for (const cell of cellsOf(bank, person)) {
        options.signal?.throwIfAborted();
        const first = !seen.has(cell.route);
        seen.add(cell.route);
        if (options.only ? !cell.id.includes(options.only) : !first && !isDrawn(cell.id, options)) continue;
        counts.cells += 1;
        if (cell.status.every((status) => status >= 400)) counts.refused += 1;
        else if (cell.method === 'GET') counts.reads += 1;
        else counts.writes += 1;
        await add(run, trials, { person, allowed, cell });
      }
      await settle(run, trials);
    }
    if (!options.only) {
      await trials.trial('every served route is in the matrix, and the reverse', () => {
        const served = allRoutes(model, '/nonexistent').map(({ method, path }) => `${method} ${path}`);
        assert.deepEqual(served.sort(), policyRoutes().sort());
      });
    }
    return { ...counts, subjects: subjects.length, routes: policyRoutes().length };
  } finally {
    await app.close();
    await requests.close();
  }
}

/** The share of the cells that scale 1 asks: some 30,000. */
const SHARE = 0.3;

/** Whether a cell is among the share that is asked; depends on seed and cell alone, so that a cell can be asked again. */
function isDrawn(id: string, { seed, scale }: MatrixOptions): boolean {
  if (scale * SHARE >= 1) return true;
  const draw = createHash('sha256').update(`${seed} ${id}`).digest().readUInt32BE();
  return draw / 2 ** 32 < scale * SHARE;
}

type App = Awaited<ReturnType<typeof buildServer>>;

interface Question {
  person: Person;
  allowed: Set<string>;
  cell: Cell;
}

interface Asked extends Question {
  fault: unknown;
}

interface Running {
  app: App;
  bank: Bank;
  guard: Guard;
  database: Database;
  clock: ReturnType<typeof fixedClock>;
  /** What each subject sends along. */
  headers: Map<string, Record<string, string>>;
  tokens: Map<string, string>;
  /** Calls of the person whose turn it is, and where his time starts. */
  calls: number;
  startMs: number;
  seed: number;
  /** Cells that should have changed nothing, not yet compared with the tables. */
  asked: Asked[];
}

/** Signs everybody in, then lets go over what is to be over. */
async function credentials(
  database: Database,
  world: World,
  app: App,
  wanted: readonly Subject[],
): Promise<Running['headers']> {
  const headers: Running['headers'] = new Map([['anonymous', {}]]);
  const idOf = (username: string) => world.user!.find(({ key }) => key === username)!.id;
  // A disabled user signed in while he was not.
  await database.query('update "user" set active = true where id = $1', [idOf('disabled')]);
  const signIn = async (username: string) => {
    const payload = { username, password: PASSWORD };
    const answer = await app.inject({ method: 'POST', url: '/api/session', payload });
    assert.equal(answer.statusCode, 200, `${username}: ${answer.body}`);
    const cookie = [answer.headers['set-cookie']].flat().find((text) => text?.startsWith('tongguan_session='));
    return { cookie: cookie!.split(';')[0]! };
  };
  for (const { name, user, by } of wanted) {
    if (by.endsWith('session')) headers.set(name, await signIn(user!));
  }
  for (const username of ['connector', 'revoked']) {
    const token = `tg_${createHash('sha256').update(username).digest('base64url')}`;
    await database.query(
      `insert into api_token (id, user_id, name, token_hash, hint, created_at, expires_at, revoked_at) values ($1, $1, 'matrix', $2, '', $3, '2027-01-01', $4)`,
      [idOf(username), createHash('sha256').update(token).digest(), NOW, username === 'revoked' ? NOW : null],
    );
    headers.set(username, { authorization: `Bearer ${token}` });
  }
  const change = (username: string, set: string) =>
    database.query(`update session set ${set} where user_id = $1`, [idOf(username)]);
  await change('expired', `expires_at = '${NOW}'::timestamptz - interval '10 minutes'`);
  await change('idle', `seen_at = '${NOW}'::timestamptz - interval '40 minutes'`);
  for (const { user, by } of subjects) {
    if (by === 'stale session') await change(user!, `proved_at = '${NOW}'::timestamptz - interval '20 minutes'`);
  }
  await app.inject({ method: 'DELETE', url: '/api/session', headers: headers.get('signed_out') ?? {} });
  await database.query('update "user" set active = false where id = $1', [idOf('disabled')]);
  forgetActors(database);
  return headers;
}

// Between other signs: hashes and signatures hold every number once in a while.
const MARK = /(?<![\w+/=-])\d{7,}(?![0-9A-WYZa-z+/=_-])/g;
const marksIn = (text: string) => text.match(MARK) ?? [];

/** The marks by which values are known, with the place where each stands. */
function tokensOf({ world, model }: Bank): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const [entity, rows] of Object.entries(world)) {
    for (const { key, values } of rows) {
      for (const [code, value] of Object.entries(values)) {
        if (value === null || !(code in entities[entity]!.fields)) continue;
        if (model.entity(entity).fields.some((field) => field.code === code && field.type === 'ref')) continue;
        for (const mark of marksIn(value)) tokens.set(mark, `${entity}.${code} of ${key}`);
      }
    }
  }
  return tokens;
}

/** The marks that may stand in an answer to this person. */
function allowedTokens({ world, evaluator: policy }: Bank, person: Person, ofEveryRow = false): Set<string> {
  const allowed = new Set<string>();
  if (!policy.isAlive(person)) return allowed;
  for (const entity of Object.keys(world)) {
    for (const { values } of ofEveryRow ? world[entity]! : policy.visible(person, entity)) {
      for (const [code, value] of Object.entries(values)) {
        if (
          value !== null &&
          code in entities[entity]!.fields &&
          policy.sightOf(person, entity, code).see === 'clear'
        ) {
          for (const mark of marksIn(value)) allowed.add(mark);
        }
      }
    }
  }
  return allowed;
}

/** So many calls of one person are made at one instant: of more, refusals would no longer be written one by one, nor tokens let in. */
const CALLS_AT_ONCE = 20;
const STEP_MS = 2_500;
const APART_MS = 120_000;
const PAGES_MAX = 40;

/** Cells compared with the tables at once, where none of them should have changed anything. */
const CELLS_AT_ONCE = 25;

async function add(run: Running, trials: Trials, question: Question): Promise<void> {
  const { cell } = question;
  const mayWrite = cell.writes === true && !isRefused(cell);
  if (mayWrite) {
    await settle(run, trials);
    const fault = await faultOf(() => askAlone(run, question));
    await trials.trial(cell.id, () => raise(run, cell, fault));
    return;
  }
  run.asked.push({
    ...question,
    fault: await faultOf(async () => checkAnswer(run, question, await ask(run, question), [])),
  });
  if (run.asked.length >= CELLS_AT_ONCE) await settle(run, trials);
}

const isRefused = (cell: Cell) => cell.status.every((status) => status >= 400 && !cell.leaves?.includes(status));

const faultOf = (body: () => Promise<unknown>): Promise<unknown> =>
  body().then(
    () => undefined,
    (error: unknown) => error,
  );

function raise({ seed }: Running, { id }: Cell, fault: unknown): void {
  if (fault === undefined) return;
  const reason = fault instanceof Error ? fault.message : String(fault);
  throw new Error(`${reason}\n  again: npm run prove -- matrix --seed ${seed} --only "${id}"`);
}

/** Compares the tables; where something changed, each of the cells is asked again alone, and its answer of then counts. */
async function settle(run: Running, trials: Trials): Promise<void> {
  const changed = run.asked.length > 0 && (await putBack(run, await run.guard.changes()));
  for (const asked of run.asked) {
    const fault = changed ? await faultOf(() => askAlone(run, asked)) : asked.fault;
    await trials.trial(asked.cell.id, () => raise(run, asked.cell, fault));
  }
  run.asked = [];
}

async function putBack({ guard, database, bank }: Running, changes: Change[]): Promise<boolean> {
  if (!(await guard.restore())) return false;
  forgetActors(database);
  // Roles that a cell changed are in force no longer.
  if (changes.some(({ table }) => table === 'role_setting')) await readRoles(database, bank.model);
  return true;
}

async function askAlone(run: Running, question: Question): Promise<void> {
  const answer = await ask(run, question);
  const changes = await run.guard.changes();
  try {
    checkAnswer(run, question, answer, changes);
  } finally {
    await putBack(run, changes);
  }
}

interface Told extends Answer {
  events: { denied: number; others: string[] };
}

async function ask(run: Running, { person, cell }: Question): Promise<Told> {
  keepTime(run);
  let answer = await send(run, person, cell, cell.url);
  if (cell.paged && answer.status === 200) answer = await everyPage(run, person, cell, answer);
  return { ...answer, events: await run.guard.events() };
}

function checkAnswer(run: Running, { person, allowed, cell }: Question, answer: Told, changes: Change[]): void {
  const { status, text, events } = answer;
  const wanted = [...new Set(cell.status)].join(' or ');
  assert.ok(cell.status.includes(status), `answered ${status}, expected ${wanted}: ${text.slice(0, 200)}`);
  checkMarks(run, cell, answer, cell.ofEveryRow ? allowedTokens(run.bank, person, true) : allowed);
  if (status < 400) cell.check?.(answer);
  if (cell.changed && (status < 400 || cell.leaves?.includes(status))) cell.changed(changes, answer);
  else {
    const tables = [...new Set(changes.map(({ table }) => table))];
    assert.deepEqual(tables, [], `answered ${status}, and yet these changed`);
  }
  if (status >= 400) checkEvents(run, person, cell, answer, events);
}

function checkEvents(
  { bank }: Running,
  person: Person,
  cell: Cell,
  { status, json }: Answer,
  { denied, others }: { denied: number; others: string[] },
): void {
  assert.deepEqual(others, [], 'a refusal leaves no event but its own');
  // Wrong guesses are told as refused sign-ins.
  if (cell.leaves?.includes(status)) return;
  assert.equal(
    denied,
    bank.evaluator.denied(person, cell.route, { status, code: json?.code }),
    'events of the refusal',
  );
}

/**
 * Time goes backwards in small steps: proofs and sessions stay fresh, and whoever counts calls of the last minute begins anew. Each
 * person starts apart from the one before by more than that minute.
 */
function keepTime(run: Running): void {
  const back = Math.floor(run.calls / CALLS_AT_ONCE) * STEP_MS;
  run.calls += 1;
  run.clock.set(new Date(run.startMs - back));
}

async function send({ app, headers }: Running, person: Person, { method, body }: Cell, url: string): Promise<Answer> {
  const answer = await app.inject({
    method: method as 'GET',
    url,
    headers: {
      ...headers.get(person.name)!,
      ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { payload: body }),
  });
  const isJson = String(answer.headers['content-type']).includes('json') && answer.body !== '';
  return { status: answer.statusCode, text: answer.body, json: isJson ? answer.json() : undefined };
}

async function everyPage(run: Running, person: Person, cell: Cell, first: Answer): Promise<Answer> {
  const rows = [...first.json.rows];
  let { next } = first.json;
  for (let page = 1; next !== null; page++) {
    assert.ok(page < PAGES_MAX, 'the pages never end');
    const answer = await send(run, person, cell, `${cell.url}&cursor=${encodeURIComponent(next)}`);
    assert.equal(answer.status, 200, answer.text);
    rows.push(...answer.json.rows);
    next = answer.json.next;
  }
  return { ...first, json: { rows, next } };
}

/** No answer, of whatever kind, carries a value that the person may not see; what he sent himself may come back. */
function checkMarks({ tokens }: Running, cell: Cell, answer: Answer, allowed: Set<string>): void {
  const sent = new Set(marksIn(decodeURIComponent(cell.url) + JSON.stringify(cell.body ?? '')));
  const leaked = marksIn(answer.text).filter((mark) => tokens.has(mark) && !allowed.has(mark) && !sent.has(mark));
  assert.deepEqual(
    [...new Set(leaked)].map((mark) => `${tokens.get(mark)} (${mark})`),
    [],
    'values that this person may not see',
  );
}

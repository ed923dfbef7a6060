import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Database, type Embedded, openDatabase, startEmbedded } from '#database';
import { loadDemo } from '#demo';
import { hashPassword, setPassword } from '#identity';
import { addDays, type BusinessDate, fixedClock, instantAt } from '#kernel';
import { recordId } from '#metadata';
import { fileMasterKeys, openVault } from '#vault';
import { projectFolder } from '../../src/server/config.ts';
import { packModel } from '../../src/server/model.ts';
import { migrate } from '../../src/server/schema.ts';
import type { CampaignContext, Prove } from '../harness.ts';
import { exitOf, freePort, patiently } from '../program.ts';
import type { Random } from '../random.ts';

const ZONE = 'Asia/Shanghai';
/** The last business date that was run before the proof begins. */
const UNTIL = '2026-03-13';
/** Business dates that nobody runs while the program is down; fewer in checks. */
const MISSED_DATES = 30;
const MISSED_DATES_MIN = 6;
const CUSTOMERS = 200;
const EVENTS_A_DAY = 120;
/** How often each event is sent. */
const COPIES = 5;
const BATCH_EVENTS = 40;
const KILLS = 24;
const PASSWORD = 'lantern-oboe-73-quilt';
const CONNECTOR = 'prove.connector';
const SIGNED_IN_MS = 120_000;

/**
 * Events stream in, five times each and shuffled, while server, worker and database are killed; then 30 business dates are made up for, under
 * kills again. What came of it, kept in files outside, is what one clean run gives.
 */
export const prove: Prove = async (ctx, trials) => {
  const size = {
    customers: Math.max(40, Math.round(CUSTOMERS * ctx.scale)),
    events: Math.max(20, Math.round(EVENTS_A_DAY * ctx.scale)),
    dates: Math.min(MISSED_DATES, Math.max(MISSED_DATES_MIN, Math.round(MISSED_DATES * ctx.scale))),
    kills: Math.max(3, Math.round((KILLS / 2) * ctx.scale)),
  };
  const home = path.join(ctx.folder, 'home');
  const cluster = await startEmbedded(home, { keepRunning: true });
  try {
    await stage(ctx, 'seed', () => fill(ctx, cluster, size));
    const clean = await stage(ctx, 'clean', () => oneRun(ctx, cluster, home, size, 'clean'));
    const kills: Record<Victim, number> = { server: 0, worker: 0, database: 0 };
    const killed = await stage(ctx, 'killed', () => oneRun(ctx, cluster, home, size, 'killed', kills));
    await trials.trial('the clean run has effects of several kinds', () => {
      const seen = new Set(clean.effects.map((line) => line.split(' ')[0]));
      assert.ok(seen.has('alert') && seen.has('task') && seen.has('tag'), [...seen].join(', '));
    });
    await trials.trial('server, worker and database were killed', () => {
      assert.ok(
        Object.values(kills).every((count) => count > 0),
        JSON.stringify(kills),
      );
    });
    await trials.trial('every event that was acknowledged is there once', () => {
      assert.deepEqual(killed.lost, []);
      assert.equal(killed.facts, clean.facts);
    });
    await trials.trial('every business date was run', () => {
      assert.equal(killed.days, clean.days);
    });
    await trials.trial('the effects are those of the clean run, none missing, none doubled', () => {
      const [missing, added] = differences(clean.effects, killed.effects);
      assert.deepEqual({ missing: missing.slice(0, 10), added: added.slice(0, 10) }, { missing: [], added: [] });
    });
    return {
      ...size,
      dates: MISSED_DATES + 1,
      kills,
      effects: clean.effects.length,
      sent: killed.sent,
      facts: killed.facts,
    };
  } finally {
    await cluster.stop();
  }
};

async function stage<T>(ctx: CampaignContext, name: 'seed' | 'clean' | 'killed', work: () => Promise<T>): Promise<T> {
  const words = { seed: '生成机构', clean: '无故障运行', killed: '反复中断运行' } as const;
  const told = ctx.progress.stage({ zh: words[name], en: name === 'seed' ? 'a bank' : `the ${name} run` });
  try {
    return await work();
  } finally {
    told.end();
  }
}

type Size = { customers: number; events: number; dates: number; kills: number };
type Victim = 'server' | 'worker' | 'database';

interface Outcome {
  effects: string[];
  lost: string[];
  facts: number;
  days: number;
  sent: number;
}

/** A world under one way of running it. */
interface World {
  ctx: CampaignContext;
  database: Database & { url: string };
  cluster: Embedded;
  home: string;
  port: number;
  clockFile: string;
  ledger: string;
  children: Partial<Record<'server' | 'worker', ChildProcess>>;
  sent: number;
  /** How many have been killed so far. */
  kills: number;
}

async function oneRun(
  ctx: CampaignContext,
  cluster: Embedded,
  home: string,
  size: Size,
  way: 'clean' | 'killed',
  kills?: Record<Victim, number>,
): Promise<Outcome> {
  const database = await cloned(cluster, way);
  const world: World = {
    ctx,
    database,
    cluster,
    home,
    port: await freePort(),
    clockFile: path.join(ctx.folder, `${way}-clock.json`),
    ledger: path.join(ctx.folder, `${way}-acknowledged.txt`),
    children: {},
    sent: 0,
    kills: 0,
  };
  writeFileSync(world.ledger, '');
  try {
    const events = eventsOf(ctx, size, await accountsOf(database));
    const live = addDays(UNTIL, 1);
    const last = addDays(UNTIL, 1 + size.dates);
    const today = events.filter(({ date }) => date === live);
    const later = events.filter(({ date }) => date !== live);
    const random = ctx.random;

    // A business date in the open: its facts come while it lasts, then it is run by itself.
    setClock(world, live, '10:00');
    await launch(world);
    await (way === 'clean'
      ? send(world, today)
      : withKills(world, size, kills!, () => send(world, copies(today, random))));
    await runUpTo(world, live);
    // Everything stands still for a month; what the other systems have sent meanwhile is delivered at last.
    await stop(world);
    setClock(world, addDays(last, 1), '00:20');
    // Nobody opens dates while their facts arrive: a tag changes on the date that stands when a fact comes, and in both ways they come in
    // another order.
    await launch(world, ['server']);
    await send(world, way === 'clean' ? later : copies(later, random));
    begin(world, 'worker');
    await (way === 'clean' ? runUpTo(world, last) : withKills(world, size, kills!, () => runUpTo(world, last)));
    await settled(world);
    await stop(world);

    const effects = await effectsOf(database, last);
    writeFileSync(path.join(ctx.folder, `${way}-effects.txt`), effects.join('\n'));
    const { rows } = await database.query<{ facts: number; days: number }>(
      `select (select count(*) from transaction where source_key like 'X%')::integer as facts,
              (select count(*) from business_day where status = 'done' and date > $1)::integer as days`,
      [UNTIL],
    );
    return { effects, lost: await lostOf(world), sent: world.sent, ...rows[0]! };
  } finally {
    await stop(world);
    await database.close();
  }
}

function setClock({ clockFile }: World, date: BusinessDate, time: string): void {
  // Never half a file to who reads it meanwhile.
  writeFileSync(`${clockFile}.new`, JSON.stringify({ at: instantAt(ZONE, date, time).getTime(), since: Date.now() }));
  renameSync(`${clockFile}.new`, clockFile);
}

const SEED = 'exactly_once_seed';

/** A database with the world as it was filled; the former of this name goes. */
async function cloned(cluster: Embedded, way: string): Promise<Database & { url: string }> {
  const name = `exactly_once_${way}`;
  const admin = await openDatabase(cluster.url, { maxConnections: 1 });
  try {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`create database ${name}${way === 'seed' ? '' : ` template ${SEED}`}`);
  } finally {
    await admin.close();
  }
  const url = new URL(cluster.url);
  url.pathname = `/${name}`;
  return Object.assign(await openDatabase(url.href, { maxConnections: 4 }), { url: url.href });
}

async function fill(ctx: CampaignContext, cluster: Embedded, size: Size): Promise<void> {
  openVault({
    master: fileMasterKeys({ folder: path.join(ctx.folder, 'home', 'keys') }),
    clock: () => new Date(),
    cipher: 'aes',
  });
  const database = await cloned(cluster, 'seed');
  try {
    await fillDatabase(ctx, database, size);
  } finally {
    await database.close();
  }
}

async function fillDatabase(ctx: CampaignContext, database: Database, { customers }: Size): Promise<void> {
  const model = packModel();
  await migrate(database, model);
  const clock = fixedClock(instantAt(ZONE, UNTIL, '23:00'));
  const demo = { seed: ctx.seed, customers, until: UNTIL, facts: 'light' as const, days: 2 };
  await loadDemo({ database, model, clock }, demo);
  await database.query(
    `insert into setting (key, value) values ('automatic_days', '{"enabled": true, "at": "01:30", "date": "yesterday"}')`,
  );
  await database.query("insert into job_schedule (name, date) values ('automatic_days', $1)", [addDays(UNTIL, 1)]);
  const userId = recordId('user', 'prove', CONNECTOR);
  await database.query(
    `insert into "user" (id, name, username, roles, language, active, source, source_key) values ($1, $2, $2, '{api}', 'zh', true, 'prove', $2)`,
    [userId, CONNECTOR],
  );
  await setPassword(database, {
    userId,
    username: CONNECTOR,
    password: PASSWORD,
    hash: await hashPassword(PASSWORD),
    clock,
  });
}

interface Account {
  customer: string;
  account: string;
  balance: string;
}

async function accountsOf(database: Database): Promise<Account[]> {
  const { rows } = await database.query<Account>(
    `select distinct on (c.source_key) c.id::text as customer, a.id::text as account, coalesce(a.balance, 0)::numeric(20,2)::text as balance
       from account a join customer c on c.id = a.customer_id where a.kind = 'current' and a.closed_on is null
      order by c.source_key, a.id`,
  );
  return rows;
}

interface SentEvent {
  id: string;
  date: BusinessDate;
  body: Record<string, unknown>;
}

/** Payments of all dates; each says the balance after it, and which of the day it is, so their order on the way does not matter. */
function eventsOf({ seed }: CampaignContext, { events, dates }: Size, accounts: readonly Account[]): SentEvent[] {
  const cents = new Map(accounts.map(({ account, balance }) => [account, BigInt(balance.replace('.', ''))]));
  const found: SentEvent[] = [];
  const random01 = streamOf(seed);
  for (let day = 1; day <= 1 + dates; day += 1) {
    const date = addDays(UNTIL, day);
    for (let index = 0; index < events; index += 1) {
      const { customer, account } = accounts[Math.floor(random01() * accounts.length)]!;
      const before = cents.get(account)!;
      const out = random01() < 0.5 && before > 100n;
      const share = BigInt(Math.floor(random01() * 90) + 5);
      const amount = out ? (before * share) / 100n : BigInt(Math.floor(random01() * 5_000_000) + 100);
      const after = out ? before - amount : before + amount;
      cents.set(account, after);
      const id = `X${date.replaceAll('-', '')}-${index}`;
      found.push({
        id,
        date,
        body: {
          id,
          type: 'transaction',
          time: instantAt(ZONE, date, `09:${String(index % 60).padStart(2, '0')}`).toISOString(),
          customer: { id: customer },
          data: {
            account: { id: account },
            sequence: String(1_000_000 + index),
            direction: out ? 'out' : 'in',
            amount: decimal(amount),
            balance_after: decimal(after),
            currency: 'CNY',
            kind: 'transfer',
          },
        },
      });
    }
  }
  return found;
}

/** Numbers of their own, the same in both runs, whatever else is drawn meanwhile. */
function streamOf(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const decimal = (cents: bigint) => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;

/** Each event so many times, in no order. */
function copies(events: readonly SentEvent[], random: Random): SentEvent[] {
  const all = Array.from({ length: COPIES }, () => events).flat();
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all;
}

/** Delivers at least once: what was not acknowledged is sent again, whoever died over it. */
async function send(world: World, events: readonly SentEvent[]): Promise<void> {
  let cookie = '';
  for (let at = 0; at < events.length; at += BATCH_EVENTS) {
    const batch = events.slice(at, at + BATCH_EVENTS);
    await patiently(async () => {
      if (cookie === '') cookie = await signIn(world);
      const answer = await fetch(`http://127.0.0.1:${world.port}/api/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: JSON.stringify({ source: 'prove', events: batch.map(({ body }) => body) }),
        signal: AbortSignal.timeout(SIGNED_IN_MS),
      });
      if (answer.status === 401) cookie = '';
      const text = await answer.text();
      assert.equal(answer.status, 200, text.slice(0, 300));
      const { results } = JSON.parse(text) as { results: { id: string; status: string; error?: unknown }[] };
      const refused = results.find(({ status }) => !['accepted', 'waiting', 'duplicate'].includes(status));
      assert.equal(refused, undefined, JSON.stringify(refused));
      appendFileSync(world.ledger, results.map(({ id }) => `${id}\n`).join(''));
      world.sent += results.length;
    });
  }
}

async function signIn({ port }: World): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: CONNECTOR, password: PASSWORD }),
  });
  assert.equal(answer.status, 200, await answer.text());
  return /tongguan_session=[^;]+/.exec(String(answer.headers.get('set-cookie')))![0];
}

/** Waits for the business dates that run by themselves, up to one; each of them may take as long as one is waited for. */
async function runUpTo(world: World, date: BusinessDate): Promise<void> {
  setClock(world, addDays(date, 1), '01:31');
  const newest = async () => {
    // After a failure a job waits longer and longer; nobody has to wait for it here.
    await world.database.query("update job set run_at = created_at where status = 'queued' and attempts > 0");
    const { rows } = await world.database.query<{ newest: BusinessDate | null }>(
      "select max(date)::text as newest from business_day where status = 'done'",
    );
    return rows[0]!.newest ?? '';
  };
  for (let done = ''; done < date; ) {
    const kills = world.kills;
    try {
      done = await patiently(async () => {
        const now = await newest();
        assert.ok(now > done, `after ${done} no date has been run, ${date} is waited for`);
        return now;
      });
    } catch (error) {
      // A date that was begun again and again has not had its time yet.
      if (kills === world.kills) throw error;
    }
  }
}

/** Nothing is left to do: no job, no note of a changed customer, no day to be run again. */
async function settled({ database }: World): Promise<void> {
  await patiently(async () => {
    const { rows } = await database.query<{ left: number }>(
      `select (select count(*) from job where status in ('queued', 'running') and run_at < now() + interval '1 day')
            + (select count(*) from customer_change) as left`,
    );
    assert.equal(Number(rows[0]!.left), 0);
  });
}

async function launch(world: World, roles: readonly ('server' | 'worker')[] = ['server', 'worker']): Promise<void> {
  for (const role of roles) begin(world, role);
  await patiently(async () => {
    const answer = await fetch(`http://127.0.0.1:${world.port}/readyz`);
    assert.ok(answer.ok);
  });
}

function begin(world: World, role: 'server' | 'worker'): void {
  const file = path.join(projectFolder, 'bench', 'exactly-once-process.ts');
  const words = [file, role, world.database.url, world.home, world.clockFile, String(world.port)];
  const child = spawn(process.execPath, words, { cwd: projectFolder, stdio: ['ignore', 'ignore', 'inherit'] });
  world.children[role] = child;
  // Whoever dies is started again at once, as a service manager does.
  child.once('exit', () => {
    if (world.children[role] === child) begin(world, role);
  });
}

async function stop(world: World): Promise<void> {
  const running = Object.values(world.children);
  world.children = {};
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(running.map(exitOf));
}

/** Kills one after the other while work goes on; the work is over when both are. */
async function withKills(
  world: World,
  { kills }: Size,
  killed: Record<Victim, number>,
  work: () => Promise<void>,
): Promise<void> {
  const { random } = world.ctx;
  const state = { over: false };
  const working = work().finally(() => {
    state.over = true;
  });
  working.catch(() => {});
  const order: Victim[] = ['worker', 'database', 'server'];
  const first = random.below(order.length);
  // Each of them at least once, even when the work is quick.
  for (let kill = 0; kill < kills && (kill < order.length || !state.over); kill += 1) {
    await new Promise((done) => setTimeout(done, 150 + random.below(900)));
    const victim = kill < order.length ? order[(kill + first) % order.length]! : random.pick(order);
    killed[victim] += 1;
    world.kills += 1;
    if (victim === 'database') await killDatabase(world);
    else world.children[victim]?.kill('SIGKILL');
  }
  await working;
}

async function killDatabase({ cluster, database }: World): Promise<void> {
  const { pid } = cluster;
  process.kill(pid, 'SIGKILL');
  await patiently(async () => {
    assert.notEqual(cluster.pid, pid);
    await database.query('select 1');
  });
}

async function lostOf({ database, ledger }: World): Promise<string[]> {
  const acknowledged = [...new Set(readFileSync(ledger, 'utf8').split('\n').filter(Boolean))];
  const { rows } = await database.query<{ key: string; count: number }>(
    "select source_key as key, count(*)::integer as count from transaction where source = 'prove' group by 1",
  );
  const counts = new Map(rows.map(({ key, count }) => [key, count]));
  return acknowledged.filter((id) => counts.get(id) !== 1);
}

/**
 * Everything that rules and days have made of the facts, a line each; instants of making are left out. Tags and tiers up to a date: the one
 * after it is opened or not, depending on whether the worker looks before the last one is run or after.
 */
const EFFECTS = `
  select concat_ws(' ', 'alert', source_key, business_date, branch, outcome) as line from alert
  union all select concat_ws(' ', 'task', source_key, business_date, priority, assignee_id, title, status) from task where rule is not null
  union all select concat_ws(' ', 'tag', customer_id, tag, since, case when until <= $1 then until end) from customer_tag where since <= $1
  union all select concat_ws(' ', 'tier', customer_id, business_date, previous, tier) from tier_change where business_date <= $1
  union all select concat_ws(' ', 'notification', user_id, rule, customer_id, title ->> 'zh', level) from notification where rule is not null
  union all select concat_ws(' ', 'outbox', kind, target, rule, customer_id, md5((body - 'at')::text)) from outbox
  union all select concat_ws(' ', 'opportunity', source_key) from opportunity where source = 'rule'
  union all select concat_ws(' ', 'case', source_key) from service_case where source = 'rule'
  union all select concat_ws(' ', 'message', source_key) from message where source = 'rule'
  order by 1`;

async function effectsOf(database: Database, until: BusinessDate): Promise<string[]> {
  const { rows } = await database.query<{ line: string }>(EFFECTS, [until]);
  return rows.map(({ line }) => line);
}

/** Lines of one ledger that the other lacks, and the other way; a line that stands twice counts twice. */
function differences(expected: readonly string[], found: readonly string[]): [missing: string[], added: string[]] {
  const counts = new Map<string, number>();
  for (const line of expected) counts.set(line, (counts.get(line) ?? 0) + 1);
  const added = found.filter((line) => {
    const left = counts.get(line) ?? 0;
    counts.set(line, left - 1);
    return left <= 0;
  });
  const missing = [...counts].flatMap(([line, left]) => Array.from({ length: Math.max(0, left) }, () => line));
  return [missing, added];
}

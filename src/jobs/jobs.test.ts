import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { applyMigrations, openDatabase, testDatabase } from '#database';
import { createHttpServer } from '#http';
import { Failure, failures, fixedClock, systemActor } from '#kernel';
import {
  enqueue,
  type JobHandler,
  migrations,
  type NewJob,
  readJob,
  routes,
  runDueJobs,
  startWorker,
} from './public.ts';

const template = {
  key: JSON.stringify(migrations),
  build: async (db: Database) => void (await applyMigrations(db, migrations)),
};
type Database = Awaited<ReturnType<typeof testDatabase>> | Parameters<typeof applyMigrations>[0];

const clock = fixedClock('2026-01-31T00:00:00Z');
const at = (time: string) => new Date(`2026-01-31T${time}Z`);
const fresh = () => testDatabase({ template });
const add = (db: Database, job: NewJob) => db.transaction((tx) => enqueue(tx, clock, job));

/** A handler that keeps what it was given, and does to the job what the test wants. */
function recorder(kind: string, run: JobHandler<unknown>['run'] = async () => {}) {
  const seen: unknown[] = [];
  const handler: JobHandler<unknown> = {
    kind,
    label: { zh: kind, en: kind },
    run(ctx, payload) {
      seen.push(payload);
      return run(ctx, payload);
    },
  };
  return { seen, handler };
}

test('due jobs are done in order, with result and progress; later ones wait', async () => {
  clock.set(at('08:00'));
  const db = await fresh();
  const { seen, handler } = recorder('count', async (ctx) => {
    ctx.progress({ rowsRead: 7 });
    return { rows: 7 };
  });
  const later = await add(db, { kind: 'count', payload: 'later', runAt: at('09:00') });
  const first = await add(db, { kind: 'count', payload: 'first' });
  await add(db, { kind: 'count', payload: 'second' });
  await add(db, { kind: 'unknown to this worker', payload: null });
  assert.equal(await runDueJobs({ database: db, clock, handlers: [handler], concurrency: 1 }), 2);
  assert.deepEqual(seen, ['first', 'second']);
  const { status, progress, result, error } = await readJob(db, first);
  assert.deepEqual(
    { status, progress, result, error },
    {
      status: 'done',
      progress: { rowsRead: 7 },
      result: { rows: 7 },
      error: null,
    },
  );
  assert.equal((await readJob(db, later)).status, 'queued');
  clock.set(at('09:00'));
  assert.equal(await runDueJobs({ database: db, clock, handlers: [handler] }), 1);
});

test('a job belongs to the transaction of its cause, and one key means one unfinished job', async () => {
  const db = await fresh();
  const rolledBack = db.transaction(async (tx) => {
    await enqueue(tx, clock, { kind: 'once', payload: 1 });
    throw new Error('no');
  });
  await assert.rejects(rolledBack, /no/);
  const ids = await Promise.all([1, 2, 3].map((payload) => add(db, { kind: 'once', payload, key: 'a' })));
  assert.equal(new Set(ids).size, 1);
  const { seen, handler } = recorder('once');
  await runDueJobs({ database: db, clock, handlers: [handler] });
  assert.equal(seen.length, 1);
  assert.notEqual(await add(db, { kind: 'once', payload: 4, key: 'a' }), ids[0]);
  await assert.rejects(add(db, { kind: 'once', payload: 'x'.repeat(70_000) }), Failure);
});

test('failures are tried again after growing pauses, then the job is dead', async () => {
  clock.set(at('08:00:00'));
  const db = await fresh();
  const { seen, handler } = recorder('broken', async () => {
    throw new Error('not today');
  });
  const id = await add(db, { kind: 'broken', payload: null, attemptsMax: 3 });
  const options = { database: db, clock, handlers: [handler] };
  for (const [time, tries, status] of [
    ['08:00:00', 1, 'queued'],
    ['08:00:04', 1, 'queued'],
    ['08:00:05', 2, 'queued'],
    ['08:00:24', 2, 'queued'],
    ['08:00:25', 3, 'failed'],
    ['12:00:00', 3, 'failed'],
  ] as const) {
    clock.set(at(time));
    await runDueJobs(options);
    assert.deepEqual([time, seen.length, (await readJob(db, id)).status], [time, tries, status]);
  }
  assert.match((await readJob(db, id)).error!.en, /not today/);
});

test('a refusal is final at once', async () => {
  const db = await fresh();
  const refusals = failures('test', { no_file: { status: 400, zh: '没有文件', en: 'no file' } });
  const { handler } = recorder('refused', async () => {
    throw new Failure(refusals.no_file);
  });
  const id = await add(db, { kind: 'refused', payload: null });
  await runDueJobs({ database: db, clock, handlers: [handler] });
  const { status, error } = await readJob(db, id);
  assert.deepEqual([status, error], ['failed', { code: 'test.no_file', zh: '没有文件', en: 'no file' }]);
});

test('a job whose process was killed is done by another, at most as often as allowed', async () => {
  const db = await fresh();
  const id = await add(db, { kind: 'fatal', payload: 'again', attemptsMax: 2, runAt: new Date(0) });
  const script = `import { openDatabase } from '#database';
    import { startWorker } from ${JSON.stringify(import.meta.resolve('./public.ts'))};
    const run = () => { console.log('taken'); return new Promise(() => {}); };
    const handlers = [{ kind: 'fatal', label: { zh: '', en: '' }, run }];
    await startWorker({ database: await openDatabase(${JSON.stringify(db.url)}), clock: () => new Date(), handlers });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal((await readJob(db, id)).status, 'running');

  const late = Promise.withResolvers<void>();
  const { seen, handler } = recorder('fatal', () => late.promise);
  const soon = fixedClock(new Date(Date.now() + 30_000));
  const later = fixedClock(new Date(Date.now() + 90_000));
  assert.equal(await runDueJobs({ database: db, clock: soon, handlers: [handler] }), 0);
  const hanging = runDueJobs({ database: db, clock: later, handlers: [handler] });
  while (seen.length === 0) await new Promise((done) => setTimeout(done, 10));
  assert.deepEqual(seen, ['again']);
  const last = fixedClock(new Date(Date.now() + 300_000));
  assert.equal(await runDueJobs({ database: db, clock: last, handlers: [handler] }), 0);
  const { status, attempts, error } = await readJob(db, id);
  assert.deepEqual([status, attempts, error?.code], ['failed', 2, 'jobs.worker_lost']);
  late.resolve(); // what the overtaken worker still brings changes nothing
  await hanging;
  assert.equal((await readJob(db, id)).status, 'failed');
});

test('a database that is away when a job ends does not end the worker, and the outcome is written when it is back', async () => {
  const db = await fresh();
  const server = await openDatabase(db.url.replace(/\/temporary_[^?]*/, '/postgres'));
  const name = /temporary_\w+/.exec(db.url)![0];
  const systemClock = () => new Date();
  const reported: unknown[] = [];
  let cut = Promise.resolve();
  const { seen, handler } = recorder('cut off', async () => {
    await server.query(`alter database ${name} with allow_connections false`);
    await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    cut = new Promise<void>((resolve) => setTimeout(resolve, 800)).then(
      () => void server.query(`alter database ${name} with allow_connections true`),
    );
    if (seen.length === 1) throw new Error('the connection is gone');
  });
  const worker = await startWorker({
    database: db,
    clock: systemClock,
    handlers: [handler],
    report: (error) => reported.push(error),
  });
  const statusOf = (id: string) =>
    readJob(db, id).then(
      ({ status }) => status,
      () => 'unknown',
    );
  const until = async (id: string, wanted: string) => {
    while ((await statusOf(id)) !== wanted) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const id = await db.transaction((tx) => enqueue(tx, systemClock, { kind: 'cut off', payload: 'first' }));
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await until(id, 'queued');
  await cut;
  const second = await db.transaction((tx) => enqueue(tx, systemClock, { kind: 'cut off', payload: 'second' }));
  await until(second, 'done');
  await cut;
  await worker.stop();
  await server.close();
  assert.deepEqual(seen.slice(0, 2), ['first', 'second']);
  assert.ok(reported.length > 0);
});

test('two workers share the queue; enqueueing wakes them; stopping gives work back', async () => {
  const db = await fresh();
  const systemClock = () => new Date();
  const done: unknown[] = [];
  const quick: JobHandler<number> = {
    kind: 'quick',
    label: { zh: '', en: '' },
    run: async (_ctx, payload) => void done.push(payload),
  };
  const endless: JobHandler<null> = {
    kind: 'endless',
    label: { zh: '', en: '' },
    run: (ctx) =>
      new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))),
  };
  const options = { database: db, clock: systemClock, handlers: [quick, endless] };
  const workers = [await startWorker(options), await startWorker(options)];
  const started = performance.now();
  const payloads = Array.from({ length: 50 }, (_, index) => index);
  await Promise.all(
    payloads.map((payload) => db.transaction((tx) => enqueue(tx, systemClock, { kind: 'quick', payload }))),
  );
  while (done.length < 50) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(performance.now() - started < 4_500, 'woken, not found by the poll');
  assert.deepEqual(
    done.map(Number).sort((a, b) => a - b),
    payloads,
  );

  const id = await db.transaction((tx) => enqueue(tx, systemClock, { kind: 'endless', payload: null }));
  while ((await readJob(db, id)).status !== 'running') await new Promise((resolve) => setTimeout(resolve, 10));
  await Promise.all(workers.map((worker) => worker.stop()));
  const { status, attempts } = await readJob(db, id);
  assert.deepEqual([status, attempts], ['queued', 0]);
});

test('a schedule runs daily at its local time, once, and catches up with the latest date only', async () => {
  const db = await fresh();
  const { seen, handler } = recorder('nightly');
  const schedules = [
    { name: 'night', kind: 'nightly', at: '02:00', zone: 'Asia/Shanghai', payload: (date: string) => ({ date }) },
  ];
  const tick = async (instant: string) => {
    clock.set(instant);
    await Promise.all([1, 2].map(() => runDueJobs({ database: db, clock, handlers: [handler], schedules })));
    return seen.splice(0);
  };
  assert.deepEqual(await tick('2026-01-30T10:00:00+08:00'), []);
  assert.deepEqual(await tick('2026-01-31T01:59:59+08:00'), []);
  assert.deepEqual(await tick('2026-01-31T02:00:00+08:00'), [{ date: '2026-01-31' }]);
  assert.deepEqual(await tick('2026-01-31T23:00:00+08:00'), []);
  assert.deepEqual(await tick('2026-02-05T03:00:00+08:00'), [{ date: '2026-02-05' }]);
});

test('GET /api/jobs/:id', async () => {
  const db = await fresh();
  const id = await add(db, { kind: 'shown', payload: null });
  const server = (actor: typeof systemActor | null) =>
    createHttpServer({
      routes,
      contextOf: async ({ language, address }) => ({ database: db, actor, language, address }),
      version: 'test',
      onDefect: (error) => assert.fail(String(error)),
      secureCookies: false,
    });
  const holding = (...permissions: string[]) => server({ ...systemActor, permissions: new Set(permissions) });
  const signedIn = await holding('days.run');
  const found = await signedIn.inject(`/api/jobs/${id}`);
  assert.deepEqual(
    [found.statusCode, found.json()],
    [200, { id, kind: 'shown', status: 'queued', progress: null, result: null, error: null }],
  );
  assert.equal((await signedIn.inject('/api/jobs/999999')).statusCode, 404);
  assert.equal((await signedIn.inject('/api/jobs/x')).statusCode, 400);
  assert.equal((await (await server(null)).inject(`/api/jobs/${id}`)).statusCode, 401);
  const other = await holding('days.read');
  assert.equal((await other.inject(`/api/jobs/${id}`)).statusCode, 404);
  const own = await add(db, { kind: 'own', payload: null, ownerId: '7' });
  assert.equal((await other.inject(`/api/jobs/${own}`)).statusCode, 404);
  const owner = await server({ ...systemActor, userId: '7', permissions: new Set() });
  assert.equal((await owner.inject(`/api/jobs/${own}`)).json().kind, 'own');
  assert.equal((await owner.inject(`/api/jobs/${id}`)).statusCode, 404);
});

import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { readInstitution } from '#access';
import type { Database } from '#database';
import { startWorker } from '#jobs';
import { Failure, type Text } from '#kernel';
import type { Command, CommandContext, CommandResult } from '../command.ts';
import { programVersion } from '../config.ts';
import { kinds } from '../failures.ts';
import { addressOf, holderOfPort, noteRunning } from '../running.ts';
import { ensureWeb } from '../web-build.ts';

const limits = {
  /** After this a shutdown no longer waits for requests and jobs under way. */
  closeTimeoutMs: 20_000,
  /** A request that needs longer in the database is ended there. */
  requestStatementMs: 15_000,
  requestConnections: 20,
};

export const command: Command = {
  name: 'start',
  summary: {
    zh: '启动通观：数据库、升级、示例机构（数据库为空时）、网页与服务',
    en: 'start Tongguan: database, migrations, demo institution (if empty), pages and service',
  },
  options: [
    {
      name: 'empty',
      type: 'flag',
      summary: { zh: '数据库为空时不载入示例机构', en: 'leave an empty database empty' },
    },
    {
      name: 'api-only',
      type: 'flag',
      summary: {
        zh: '不构建也不提供网页（开发时由 Vite 提供）',
        en: 'neither build nor serve the pages (Vite does while developing)',
      },
    },
  ],
  examples: [
    'npm start',
    'PORT=8080 HOST=0.0.0.0 npm start',
    'DATABASE_URL=postgres://user:password@host/name npm start',
  ],
  endsItself: true,
  run: start,
};

async function start(ctx: CommandContext): Promise<CommandResult> {
  const { config } = ctx;
  const address = addressOf(config);
  const holder = await holderOfPort(config);
  if (holder === 'another') throw new Failure(kinds.port_taken, { port: config.port, other: config.port + 1 });
  if (holder === 'ourselves') {
    const text = { zh: `通观已在运行：${address}`, en: `Tongguan already runs at ${address}` };
    return { data: { address, started: false }, lines: [text[ctx.language]] };
  }
  const database = await ctx.openDatabase();
  let web: Promise<string | null> | undefined;
  const beginWeb = () => {
    web ??= ctx.options.flag('api-only') ? Promise.resolve(null) : ensureWeb(ctx.progress);
    return web;
  };
  const words = ctx.options.flag('empty') ? null : await demoWords(ctx, database);
  if (words) {
    await ctx.runCommand('demo', words, (step) => {
      // The business days leave a processor to the pages and to the rest of the program; what comes before them does not. What is wrong
      // with the pages is told afterwards: half a demo bank would be left behind.
      if (step !== 'days') return;
      beginWeb().catch(() => {});
      void import('../app.ts');
    });
  }
  const webFolder = await beginWeb();
  const { buildServer, requestPool } = await import('../app.ts');
  const { packModel } = await import('../model.ts');
  const model = packModel();
  const { rootKeeper, witnessesOf } = await import('#audit');
  const roots = rootKeeper({
    database,
    clock: ctx.clock,
    keys: config.keys,
    witnesses: witnessesOf(config.auditWitness, config.home),
  });
  const server = await buildServer({
    roots,
    database,
    requests: await ctx.openDatabase({
      ...requestPool,
      maxConnections: limits.requestConnections,
      statementTimeoutMs: limits.requestStatementMs,
    }),
    model,
    clock: ctx.clock,
    home: config.home,
    webFolder,
    secureCookies: config.secureCookies,
    publicOrigin: config.publicOrigin,
    trustedProxies: config.trustedProxies,
    metricsToken: config.metricsToken,
    version: programVersion,
    report: (line) => process.stderr.write(`${line}\n`),
  });
  const { allJobHandlers, allSchedules } = await import('../background.ts');
  const worker = await startWorker({
    database,
    clock: ctx.clock,
    handlers: allJobHandlers(model, config.home),
    schedules: allSchedules((await readInstitution(database)).zone),
    report: reportError,
  });
  const { startRefresher } = await import('#rules');
  const { modelInForce } = await import('#metadata');
  const refresher = await startRefresher({
    database,
    clock: ctx.clock,
    model: () => modelInForce(model),
    report: reportError,
  });
  const { watchInbox } = await import('#integration');
  const inbox = watchInbox({ database, model, clock: ctx.clock, home: config.home }, reportError);
  const signing = roots.start(reportError);
  const note = noteRunning(config);
  try {
    if (!ctx.signal.aborted) await serve(ctx, server, address);
    note('stopping');
  } finally {
    const closed = Promise.all([server.close(), worker.stop(), refresher.stop(), signing.stop(), inbox.stop()]);
    await Promise.race([closed, new Promise((done) => setTimeout(done, limits.closeTimeoutMs).unref())]);
    note(null);
  }
  return { data: { address, started: true }, lines: [{ zh: '已停止', en: 'stopped' }[ctx.language]] };
}

function reportError(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
}

async function serve(ctx: CommandContext, server: FastifyInstance, address: string): Promise<void> {
  const { host, port } = ctx.config;
  try {
    await server.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Failure(kinds.port_taken, { port, other: port + 1 });
  }
  const seconds = process.uptime().toFixed(1);
  ctx.say({ zh: `\n通观已就绪（${seconds} 秒）  ${address}`, en: `\nTongguan is ready (${seconds} s)  ${address}` });
  for (const line of await signIns(server)) ctx.say(line);
  if (!ctx.signal.aborted) await once(ctx.signal, 'abort');
  ctx.say({ zh: '正在停止 …', en: 'stopping …' });
}

/** What the sign-in page shows of the demo institution; nothing for any other. */
async function signIns(server: FastifyInstance): Promise<Text[]> {
  const answer = await server.inject('/api/public');
  const { demo = [] } = answer.json<{ demo?: { username: string; password: string; label: Text }[] }>();
  return demo.map(({ username, password, label }) => ({
    zh: `  ${username} / ${password}  ${label.zh}`,
    en: `  ${username} / ${password}  ${label.en}`,
  }));
}

/** How the command `demo` is to be called: for an empty database, and for a demo bank whose making was cut off. Null: not at all. */
async function demoWords(ctx: CommandContext, database: Database): Promise<string[] | null> {
  const { unfinishedDemo } = await import('#demo');
  const { rows } = await database.query<{ filled: boolean }>('select exists (select from customer) as filled');
  if (!rows[0]!.filled) return [];
  const left = await unfinishedDemo(database);
  if (!left) return null;
  if (left.used) {
    ctx.say({
      zh: '示例机构没有生成完，但已有人使用，故保留；需要重新生成时运行 npx tongguan demo --replace',
      en: 'the demo bank was not finished, but has been used and is left as it is; npx tongguan demo --replace makes it anew',
    });
    return null;
  }
  ctx.say({
    zh: '示例机构上次没有生成完，现在重新生成',
    en: 'the demo bank was not finished last time; it is made anew',
  });
  return ['--replace', ...Object.entries(left.options).flatMap(([name, value]) => [`--${name}`, String(value)])];
}

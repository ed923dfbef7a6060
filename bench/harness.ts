import { globSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Database, type Embedded, openDatabase, startEmbedded, temporaryDatabase } from '#database';
import { type Clock, Failure, type Language } from '#kernel';
import { openTestVault } from '#vault';
import type { CommandContext, CommandResult } from '../src/server/command.ts';
import { projectFolder } from '../src/server/config.ts';
import { kinds } from '../src/server/failures.ts';
import type { Progress } from '../src/server/progress.ts';
import { cpuSource } from './cpu.ts';
import { type Random, random } from './random.ts';

/** What a file of `bench/` or `bench/prove/` works with. */
export interface CampaignContext {
  /** Empty, of its own, crash-safe, dropped afterwards. */
  database: Database & { url: string };
  /** 1 is the everyday size; small in checks. */
  scale: number;
  seed: number;
  /** The trials that a person wants to see again; campaigns that can tell them apart heed it. */
  only?: string | undefined;
  /** Depends on the seed alone. */
  random: Random;
  language: Language;
  clock: Clock;
  progress: Progress;
  signal: AbortSignal;
  /** A folder of its own, removed afterwards, for files and homes. */
  folder: string;
}

/** A limit from the issue or from the data design. */
export interface Target {
  name: string;
  value: number;
  limit: number;
  ok: boolean;
}

/** What `bench/NAME.ts` exports as `bench`. */
export type Bench = (ctx: CampaignContext) => Promise<BenchResult>;

export interface BenchResult {
  targets: Target[];
  /** Everything measured, for the reader of the JSON. */
  figures: Record<string, unknown>;
}

/** What `bench/prove/NAME.ts` exports as `prove`. */
export type Prove = (ctx: CampaignContext, trials: Trials) => Promise<Record<string, unknown> | undefined>;

export interface Trials {
  /** Counts one trial; it fails by throwing. A failed trial does not end the campaign. Returns whether it passed. */
  trial(name: string, body: () => Promise<unknown> | unknown): Promise<boolean>;
  /** Says why a part was left out, for example for want of data. */
  skip(name: string, reason: string): void;
}

/** The value must not exceed the limit. */
export function atMost(name: string, value: number, limit: number): Target {
  return { name, value: rounded(value), limit, ok: value <= limit };
}

const limits = { failuresShown: 20, significantDigits: 4 };

/** The command `bench`: without a name it lists, else it runs one and compares with its targets. */
export async function bench(ctx: CommandContext): Promise<CommandResult> {
  const name = ctx.arguments.NAME;
  if (name === undefined) return list(ctx, 'bench');
  const module = (await load('bench', name)) as { bench: Bench };
  const { result, ...run } = await campaign(ctx, name, (own) => module.bench(own));
  const ok = result.targets.every((target) => target.ok);
  const machine = { cpus: os.availableParallelism(), node: process.versions.node, cpuSource: cpuSource() };
  const data = { name, ok, ...run, machine, targets: result.targets, figures: result.figures };
  const lines = [
    ...Object.entries(result.figures).map(([key, value]) => `${key}: ${JSON.stringify(value, shorten)}`),
    ...result.targets.map((each) => `${each.ok ? '✓' : '✗'} ${each.name}: ${each.value} (${each.limit})`),
  ];
  return { ok, data, lines };
}

/** The command `prove`: without a name it lists, else it runs one and counts its trials. */
export async function prove(ctx: CommandContext): Promise<CommandResult> {
  const name = ctx.arguments.NAME;
  if (name === undefined) return list(ctx, 'prove');
  const module = (await load('prove', name)) as { prove: Prove };
  let tried = 0;
  const failures: { trial: string; reason: string }[] = [];
  const skipped: { trial: string; reason: string }[] = [];
  const trials: Trials = {
    async trial(trial, body) {
      tried += 1;
      try {
        await body();
        return true;
      } catch (error) {
        failures.push({ trial, reason: reasonOf(error, ctx.language) });
        return false;
      }
    },
    skip: (trial, reason) => skipped.push({ trial, reason }),
  };
  const { result, ...run } = await campaign(ctx, name, (own) =>
    module.prove({ ...own, only: ctx.options.text('only') }, trials),
  );
  // A campaign that tried nothing has proved nothing.
  const ok = failures.length === 0 && tried > 0;
  const shown = failures.slice(0, limits.failuresShown);
  const data = { name, ok, tried, failed: failures.length, skipped, ...run, failures: shown, ...result };
  const lines = [
    ...shown.map(({ trial, reason }) => `✗ ${trial}: ${reason}`),
    ...skipped.map(({ trial, reason }) => `· ${trial}: ${reason}`),
    `${ok ? '✓' : '✗'} ${name}: ${tried - failures.length} / ${tried} (--seed ${run.seed} --scale ${run.scale})`,
  ];
  return { ok, data, lines };
}

/** Gives the work a database, a folder and random numbers of its own, and takes all of it away again. */
async function campaign<T>(ctx: CommandContext, name: string, work: (own: CampaignContext) => Promise<T>) {
  const scale = ctx.options.number('scale') ?? 1;
  const seed = ctx.options.number('seed') ?? Math.floor(Math.random() * 2 ** 31);
  const folder = await mkdtemp(path.join(os.tmpdir(), `tongguan-${name}-`));
  await chmod(folder, 0o755); // a database below it may run as another user
  const server = await serverFor(ctx);
  openTestVault(ctx.clock);
  const started = performance.now();
  try {
    const made = await temporaryDatabase(server.url, { maxConnections: 1 });
    let database: (Database & { url: string }) | undefined;
    try {
      // Work that PostgreSQL hands to helper processes would escape the accounting of CPU time. It holds for connections opened after.
      await made.query(`do $$ begin execute format('alter database %I set max_parallel_workers_per_gather = 0',
        current_database()); end $$`);
      database = Object.assign(await openDatabase(made.url, { maxConnections: 10 }), { url: made.url });
      const { language, clock, progress, signal } = ctx;
      const own = { database, scale, seed, random: random(seed), language, clock, progress };
      const result = await work({ ...own, signal, folder });
      return { result, scale, seed, milliseconds: Math.round(performance.now() - started) };
    } finally {
      await database?.close();
      await made.close();
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the database server of all campaigns is; whoever lets go of it last stops it. */
export const benchHome = path.join(projectFolder, 'node_modules', '.cache', 'bench-database');

/** The server of DATABASE_URL, else a crash-safe one beside the packages: the product's own data stays out of it. */
async function serverFor({ config }: CommandContext): Promise<Pick<Embedded, 'url' | 'stop'>> {
  if (config.databaseUrl) return { url: config.databaseUrl, stop: async () => {} };
  return await startEmbedded(benchHome);
}

const folders = { bench: 'bench', prove: path.join('bench', 'prove') };

/** Files that export the campaign; others in the folder are means to it. */
function names(kind: keyof typeof folders): string[] {
  const folder = path.join(projectFolder, folders[kind]);
  const exported = new RegExp(`^export (const|async function) ${kind}\\b`, 'm');
  return globSync('*.ts', { cwd: folder })
    .filter((file) => file !== 'harness.ts' && exported.test(readFileSync(path.join(folder, file), 'utf8')))
    .map((file) => path.basename(file, '.ts'))
    .sort();
}

function list(ctx: CommandContext, kind: keyof typeof folders): CommandResult {
  const found = names(kind);
  const none = { zh: '（无）', en: '(none)' };
  return { data: found, lines: found.length > 0 ? found : [none[ctx.language]] };
}

async function load(kind: keyof typeof folders, name: string): Promise<unknown> {
  const file = path.join(projectFolder, folders[kind], `${name}.ts`);
  if (!names(kind).includes(name)) {
    const known = names(kind).join(', ');
    throw new Failure(kind === 'bench' ? kinds.unknown_bench : kinds.unknown_proof, { name, known });
  }
  return await import(pathToFileURL(file).href);
}

function reasonOf(error: unknown, language: Language): string {
  if (error instanceof Failure) return error.text(language);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function rounded(value: number): number {
  return Number(value.toPrecision(limits.significantDigits));
}

function shorten(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? rounded(value) : value;
}

import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { Failure } from '#kernel';
import { projectFolder } from './config.ts';
import { kinds } from './failures.ts';
import type { Progress } from './progress.ts';

/** Everything the built pages depend on: the web itself, the two rooms it shares with the server, the packages. */
const sources = [
  'package-lock.json',
  'vite.config.ts',
  '{web,src/kernel,src/expressions}/**/*.{ts,tsx,css,html,svg,json}',
];

const webFolder = path.join(projectFolder, 'dist', 'web');

const limits = {
  /** A tenth of the share of CPU that others get who want it: beside a database that works hard it must still come to an end. */
  buildNiceness: 10,
  /** Smaller files do not get shorter enough to pay for a second one. */
  compressedBytesMin: 1024,
  /** 11 would take ten times as long for two percent. */
  brotliQuality: 9,
};

const stampFile = path.join(webFolder, '.stamp');

/** False when `ensureWeb` would build. */
export const webIsCurrent = (): boolean => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint();

/** The next `ensureWeb` builds, as after a clone; what is built is served until then. */
export const forgetWeb = (): void => rmSync(stampFile, { force: true });

/** Builds the pages when their sources changed since the last build; gives the folder they lie in. */
export async function ensureWeb(progress: Progress): Promise<string> {
  if (webIsCurrent()) return webFolder;
  const stage = progress.stage({ zh: '构建网页', en: 'building the web pages' });
  const reason = await buildAside();
  if (reason !== null) throw new Failure(kinds.web_build_failed, { reason });
  stage.end();
  return webFolder;
}

/**
 * In a process of its own, so that it does not hold up this one, and with what CPU is left: a first start waits longer for the demo
 * institution than for the pages. Null, or why it failed.
 */
async function buildAside(): Promise<string | null> {
  const child = fork(path.join(import.meta.dirname, 'web-build-process.ts'), [], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  yieldTo(child.pid);
  const told: string[] = [];
  child.on('message', (reason) => told.push(String(reason)));
  try {
    const [code, signal] = await once(child, 'close');
    return code === 0 ? null : (told[0] ?? `ended with ${signal ?? code}`);
  } catch (error) {
    return reasonOf(error);
  }
}

/** Where the system does not let it be, it runs as fast as the others. */
function yieldTo(pid: number | undefined): void {
  try {
    if (pid !== undefined) os.setPriority(pid, limits.buildNiceness);
  } catch {}
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The body of that process. */
export async function buildWeb(): Promise<void> {
  // Aside and renamed: a server that runs on the former build, or a second build, never sees half of this one.
  const aside = `${webFolder}.${process.pid}`;
  const clear = () => rmSync(aside, { recursive: true, force: true });
  // Whoever waited for it is gone.
  process.once('disconnect', () => {
    clear();
    process.exit(1);
  });
  const stamp = fingerprint();
  try {
    await build(aside);
    await compress(aside);
    writeFileSync(path.join(aside, '.stamp'), stamp);
    replaceFolder(aside, webFolder);
  } catch (error) {
    clear();
    process.exitCode = 1;
    await new Promise((sent) => process.send?.(reasonOf(error), sent));
  }
  process.removeAllListeners('disconnect');
  process.disconnect?.();
}

async function build(outDir: string): Promise<void> {
  const vite = await import('vite'); // heavy, and rarely needed
  await vite.build({
    configFile: path.join(projectFolder, 'vite.config.ts'),
    configLoader: 'native',
    logLevel: 'error',
    build: { outDir, emptyOutDir: true },
  });
}

/** Text files get a `.br` and a `.gz` beside them, so that serving them costs no compression. */
async function compress(folder: string): Promise<void> {
  for (const name of globSync('**/*.{html,js,css,svg,json}', { cwd: folder })) {
    const file = path.join(folder, name);
    const content = readFileSync(file);
    if (content.length < limits.compressedBytesMin) continue;
    const params = { [constants.BROTLI_PARAM_QUALITY]: limits.brotliQuality };
    writeFileSync(`${file}.br`, await promisify(brotliCompress)(content, { params }));
    writeFileSync(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
  }
}

function replaceFolder(next: string, folder: string): void {
  const former = `${folder}.former.${process.pid}`;
  if (existsSync(folder)) renameSync(folder, former);
  renameSync(next, folder);
  rmSync(former, { recursive: true, force: true });
}

function fingerprint(): string {
  const hash = createHash('sha256');
  const files = sources.flatMap((pattern) => globSync(pattern, { cwd: projectFolder })).sort();
  for (const file of files) {
    if (file.endsWith('.test.ts')) continue;
    hash.update(`${file}\0`).update(readFileSync(path.join(projectFolder, file)));
  }
  return hash.digest('hex');
}

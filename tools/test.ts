/**
 * `npm test`: everything that must hold before a commit. `npm test -- unit browser` runs only those stages, and any word with a
 * slash or a dot (`npm test -- src/jobs`) restricts the unit stage to matching test files.
 * Ends with `N passed, N failed, N skipped`: one for each check, and one for each single test.
 */
import { spawn } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { type Embedded, startEmbedded, testHome } from '#database';
import { checkArchitecture } from './architecture.ts';
import { checkGolden } from './golden.ts';
import { checkLockfile } from './lockfile.ts';
import { projectFolder } from './modules.ts';
import { startServerUnderTest } from './server-under-test.ts';
import { findUnused } from './unused.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Stage {
  name: string;
  run(filter: readonly string[]): Promise<Counts>;
}

const limits = {
  /** Test files at once. */
  concurrency: 2,
  testTimeoutMs: 300_000,
};

/** Fast and cheap first: a wrong type should not wait for a browser. */
const stages: readonly Stage[] = [
  {
    name: 'types',
    run: () => program('node_modules/typescript/bin/tsc', ['-p', '.', '--checkers', '2', ...incremental]),
  },
  { name: 'lint', run: () => program('node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']) },
  { name: 'architecture', run: async () => sentences(checkArchitecture()) },
  { name: 'unused', run: async () => sentences(findUnused()) },
  { name: 'lockfile', run: async () => sentences(checkLockfile()) },
  { name: 'golden', run: async () => sentences(await checkGolden()) },
  { name: 'unit', run: unitTests },
  { name: 'browser', run: browserTests },
];

const incremental = ['--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types.tsbuildinfo'];

process.chdir(projectFolder);
process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const wanted = words.filter((word) => stages.some(({ name }) => name === word));
  const files = words.filter((word) => !wanted.includes(word));
  const unknown = files.find((word) => !/[./]/.test(word));
  if (unknown !== undefined) {
    console.error(`no stage is called "${unknown}"; there are ${stages.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const named = files.length > 0 ? [...wanted, 'unit'] : wanted;
  const chosen = named.length > 0 ? named : stages.map(({ name }) => name);
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const lines: string[] = [];
  // One database server for all stages, kept running between them.
  let server: Embedded | undefined;
  if (!process.env.TEST_DATABASE_URL && chosen.some((name) => ['golden', 'unit', 'browser'].includes(name))) {
    server = await startEmbedded(testHome, { durable: false, maxConnections: 200 });
    process.env.TEST_DATABASE_URL = server.url;
  }
  try {
    for (const stage of stages.filter(({ name }) => chosen.includes(name))) {
      console.log(`\n── ${stage.name}`);
      const started = performance.now();
      const counts = await stage.run(files).catch((error: unknown): Counts => {
        console.error(error);
        return { passed: 0, failed: 1, skipped: 0 };
      });
      for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      lines.push(
        `${counts.failed > 0 ? '✗' : '✓'} ${stage.name.padEnd(13)}${seconds.padStart(7)} s  ${summary(counts)}`,
      );
    }
  } finally {
    await server?.stop();
  }
  console.log(`\n${lines.join('\n')}\n\n${summary(total)}`);
  return total.failed > 0 ? 1 : 0;
}

function summary({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A check that says what is wrong in sentences passes when there is nothing to say. */
function sentences(faults: readonly string[]): Counts {
  for (const fault of faults) console.log(fault);
  return { passed: faults.length === 0 ? 1 : 0, failed: faults.length === 0 ? 0 : 1, skipped: 0 };
}

async function program(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<Counts> {
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit', env: { ...process.env, ...env } });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function unitTests(filter: readonly string[]): Promise<Counts> {
  const files = globSync('{src,web,tools,bench,scripts}/**/*.test.ts')
    .filter((file) => filter.length === 0 || filter.some((part) => file.includes(part.replace(/^\.\//, ''))))
    .sort();
  if (files.length === 0) throw new Error(`no test file matches ${filter.join(' ')}`);
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const output = new Map<string, string>();
  const stream = run({
    files: files.map((file) => path.resolve(file)),
    concurrency: limits.concurrency,
    timeout: limits.testTimeoutMs,
  });
  for await (const event of stream) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') {
      const file = event.data.file ?? '';
      output.set(file, (output.get(file) ?? '') + event.data.message);
    } else if (event.type === 'test:fail' && event.data.details.type !== 'suite') {
      const { name, file, line, details } = event.data;
      console.log(`✗ ${relative(file)}:${line} ${name}\n${describe(details.error)}`);
    } else if (event.type === 'test:summary') {
      const { file, success, duration_ms: milliseconds } = event.data;
      const { passed, failed, cancelled, skipped, todo } = event.data.counts;
      if (file === undefined) {
        Object.assign(counts, { passed, failed: failed + cancelled, skipped: skipped + todo });
        continue;
      }
      const left = skipped > 0 ? `, ${skipped} skipped` : '';
      console.log(`${success ? '✓' : '✗'} ${relative(file)}  ${passed}${left}  ${(milliseconds / 1000).toFixed(1)} s`);
      if (!success && output.has(file)) console.log(output.get(file));
    }
  }
  return counts;
}

function describe(error: Error & { cause?: unknown }): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return (cause.stack ?? cause.message).replaceAll(/^/gm, '    ');
}

function relative(file: string | undefined): string {
  return file === undefined ? '' : path.relative(projectFolder, file);
}

async function browserTests(): Promise<Counts> {
  const server = await startServerUnderTest(process.env.TEST_DATABASE_URL!);
  const report = 'test-results/browser.json';
  rmSync(report, { force: true });
  try {
    const ran = await program('node_modules/@playwright/test/cli.js', ['test', '-c', 'e2e'], { BASE_URL: server.url });
    const { stats } = JSON.parse(readFileSync(report, 'utf8')) as {
      stats: { expected: number; unexpected: number; flaky: number; skipped: number };
    };
    // A fault outside the tests, such as a file that does not load, fails the run without failing a test.
    const failed = Math.max(stats.unexpected, ran.failed);
    return { passed: stats.expected + stats.flaky, failed, skipped: stats.skipped };
  } finally {
    await server.stop();
  }
}

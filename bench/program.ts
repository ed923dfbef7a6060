import { type ChildProcess, spawn } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { projectFolder } from '../src/server/config.ts';

// The product in processes of its own, as its users run it.

const command = path.join(projectFolder, 'scripts', 'tongguan.mjs');
const cli = path.join(projectFolder, 'src', 'server', 'cli.ts');

function launch(file: string, words: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [file, ...words], {
    cwd: projectFolder,
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export async function run(words: string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const code = await exitOf(launch(cli, words, environment));
  if (code !== 0) throw new Error(`tongguan ${words.join(' ')} ended with ${code}`);
}

/**
 * Starts the product and waits until it is ready; `starts` receives the milliseconds. As `command` it goes the whole way of
 * `npm start`; otherwise the child is the program itself, which a proof can kill.
 */
export async function start(
  environment: NodeJS.ProcessEnv,
  port: number,
  starts: number[],
  as: 'program' | 'command' = 'program',
  words: readonly string[] = [],
  patienceMs: number = PATIENCE_MS,
): Promise<ChildProcess> {
  const started = performance.now();
  const child = launch(as === 'command' ? command : cli, ['start', ...words], environment);
  try {
    await patiently(async () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (!answer.ok) throw new Error(`not ready: ${answer.status}`);
    }, patienceMs);
  } catch (error) {
    child.kill('SIGTERM'); // nobody else knows of it
    throw error;
  }
  starts.push(performance.now() - started);
  return child;
}

export const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((done) =>
    child.exitCode === null && child.signalCode === null ? child.once('exit', done) : done(child.exitCode),
  );

const PATIENCE_MS = 60_000;

export async function patiently<T>(attempt: () => Promise<T>, patienceMs: number = PATIENCE_MS): Promise<T> {
  for (const deadline = performance.now() + patienceMs; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

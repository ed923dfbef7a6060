import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { temporaryDatabase } from '#database';
import { projectFolder } from './modules.ts';

export interface ServerUnderTest {
  url: string;
  stop(): Promise<void>;
}

const limits = { readyMs: 120_000, pollMs: 100, customers: 3_000 };

/** One place for the keys of all runs: databases are copies of a template that an earlier run made. */
const keys = path.join(projectFolder, 'node_modules', '.cache', 'test-keys');

const command = path.join(projectFolder, 'src', 'server', 'cli.ts');

/**
 * The product as its users start it, on a database of its own with the demo institution: smaller ones leave the people of the
 * tests too little work.
 */
export async function startServerUnderTest(databaseServerUrl: string): Promise<ServerUnderTest> {
  const demo = ['demo', '--customers', String(limits.customers)];
  const database = await temporaryDatabase(databaseServerUrl, {
    template: {
      key: `${demo.join(' ')} ${new Date().toDateString()} ${fingerprint()}`, // the demo's days end yesterday
      async build(_db, url) {
        const { status, stderr } = spawnSync(process.execPath, [command, ...demo], {
          env: { ...process.env, DATABASE_URL: url, TONGGUAN_KEYS: keys },
          encoding: 'utf8',
        });
        if (status !== 0) throw new Error(`the demo institution could not be made: ${stderr}`);
      },
    },
  });
  const home = mkdtempSync(path.join(os.tmpdir(), 'tongguan-e2e-'));
  const port = await freePort();
  const environment = {
    DATABASE_URL: database.url,
    TONGGUAN_HOME: home,
    TONGGUAN_KEYS: keys,
    HOST: '127.0.0.1',
    PORT: String(port),
  };
  const child = spawn(process.execPath, [command, 'start'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await database.close();
    rmSync(home, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([ready(url), ended.then(([code]) => Promise.reject(new Error(`start ended with ${code}`)))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

async function ready(url: string): Promise<void> {
  for (const deadline = Date.now() + limits.readyMs; Date.now() < deadline; ) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, limits.pollMs));
  }
  throw new Error(`the server was not ready after ${limits.readyMs} ms`);
}

/** Everything that decides what the demo institution looks like. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of globSync(['src/**/*.ts', 'packs/**/*'], { cwd: projectFolder }).sort()) {
    if (/\.(ts|ya?ml|csv|json|feel)$/.test(file))
      hash.update(file).update(readFileSync(path.join(projectFolder, file)));
  }
  return hash.digest('hex');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

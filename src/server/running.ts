import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Failure } from '#kernel';
import type { Config } from './config.ts';
import { kinds } from './failures.ts';

/** How long a former server may take to give the port back. */
const portWaitMs = 3_000;

/** The address people type; a server that listens on every address is reached by this machine's own. */
export function addressOf({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Whether the settings' port can be listened on. Throws a Failure when the address is not ours to use. */
export async function portIsFree(config: Config): Promise<boolean> {
  for (const deadline = Date.now() + portWaitMs; ; ) {
    const error = await tryToListen(config);
    if (!error) return true;
    if (error.code !== 'EADDRINUSE') {
      throw new Failure(kinds.port_forbidden, { host: config.host, port: config.port, reason: error.message });
    }
    // A stopped server gives its port back within moments; one that answers is not about to.
    if (Date.now() > deadline || (await answers(config))) return false;
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Whether the server of this very home folder is what answers there. */
export function isOurs(config: Config): boolean {
  const file = noteFile(config);
  if (!existsSync(file)) return false;
  const note = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; address: string };
  return note.address === addressOf(config) && exists(note.pid);
}

/** Leaves a note in the home folder for a second start; returns how to take it back. */
export function noteRunning(config: Config): () => void {
  mkdirSync(config.home, { recursive: true });
  writeFileSync(noteFile(config), JSON.stringify({ pid: process.pid, address: addressOf(config) }));
  return () => rmSync(noteFile(config), { force: true });
}

function noteFile(config: Config): string {
  return path.join(config.home, `running-${config.port}.json`);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function tryToListen({ host, port }: Config): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', resolve);
    probe.listen({ host, port }, () => probe.close(() => resolve(undefined)));
  });
}

async function answers(config: Config): Promise<boolean> {
  try {
    await fetch(`${addressOf(config)}/healthz`, { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  }
}

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Failure } from '#kernel';
import type { Config } from './config.ts';
import { kinds } from './failures.ts';

const limits = {
  /** A server just killed gives its port back within moments, … */
  portWaitMs: 3_000,
  /** … one that is stopping in order first ends the requests and jobs under way. */
  stoppingWaitMs: 40_000,
  pollMs: 100,
};

/** Who holds the settings' port: nobody, the server of this very home folder, or another program. */
export type PortHolder = 'nobody' | 'ourselves' | 'another';

/** The address people type; a server that listens on every address is reached by this machine's own. */
export function addressOf({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Waits for a server that is about to give the port back. Throws a Failure when the address is not ours to use. */
export async function holderOfPort(config: Config): Promise<PortHolder> {
  for (const started = Date.now(); ; ) {
    const error = await tryToListen(config);
    if (!error) return 'nobody';
    if (error.code !== 'EADDRINUSE') {
      throw new Failure(kinds.port_forbidden, { host: config.host, port: config.port, reason: error.message });
    }
    const note = readNote(config);
    if (note?.state === 'running') return 'ourselves';
    if (Date.now() - started > (note ? limits.stoppingWaitMs : limits.portWaitMs)) return 'another';
    await new Promise((done) => setTimeout(done, limits.pollMs));
  }
}

interface Note {
  pid: number;
  address: string;
  state: 'running' | 'stopping';
}

/** Leaves a note in the home folder for a second start; returns how to change it, and with `null` to take it back. */
export function noteRunning(config: Config): (state: Note['state'] | null) => void {
  mkdirSync(config.home, { recursive: true });
  const write = (state: Note['state'] | null) => {
    if (state === null) rmSync(noteFile(config), { force: true });
    else writeFileSync(noteFile(config), JSON.stringify({ pid: process.pid, address: addressOf(config), state }));
  };
  write('running');
  return write;
}

/** The note of a server that still lives. */
function readNote(config: Config): Note | undefined {
  const file = noteFile(config);
  if (!existsSync(file)) return undefined;
  try {
    const note = JSON.parse(readFileSync(file, 'utf8')) as Note;
    return note.address === addressOf(config) && exists(note.pid) ? note : undefined;
  } catch {
    return undefined; // just being written
  }
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

import type { Database } from '#database';
import type { Clock } from '#kernel';
import { readHeads } from './chain.ts';
import { makeRoot, type NewestRoot, newestRoot } from './root.ts';
import { type SigningKey, signingKey, trustedKeys } from './signing-key.ts';
import { catchUp, look, type Witness, type WitnessState } from './witness.ts';

export interface KeeperOptions {
  /** As the owner of the tables. */
  database: Database;
  clock: Clock;
  /** Folder of the signing key. */
  keys: string;
  witnesses: readonly Witness[];
}

/** Makes roots and carries them to the witnesses. */
export interface RootKeeper {
  readonly key: SigningKey;
  /** Public keys whose roots count here. */
  trusted(): ReadonlySet<string>;
  /** Signs what has happened since the last root, if anything, and brings every witness up to date. */
  keep(): Promise<{ root: NewestRoot | undefined; witnesses: WitnessState[] }>;
  state(): Promise<RootState>;
  /** Keeps every minute until stopped; failures are reported and tried again. */
  start(report: (error: unknown) => void): { stop(): Promise<void> };
}

export interface RootState {
  newest: NewestRoot | undefined;
  chains: number;
  /** Events in the chains, and those of them that no root covers yet. */
  events: string;
  uncovered: string;
  witnesses: WitnessState[];
}

const EVERY_MS = 60_000;

export function rootKeeper({ database, clock, keys, witnesses }: KeeperOptions): RootKeeper {
  let known: SigningKey | undefined;
  const keeper: RootKeeper = {
    get key() {
      known ??= signingKey(keys);
      return known;
    },
    trusted: () => trustedKeys(keys),
    async keep() {
      await makeRoot(database, clock, keeper.key);
      const states: WitnessState[] = [];
      for (const place of witnesses) states.push(await catchUp(database, place));
      return { root: await newestRoot(database), witnesses: states };
    },
    async state() {
      const newest = await newestRoot(database);
      const heads = await readHeads(database);
      const events = heads.reduce((sum, { seq }) => sum + BigInt(seq), 0n);
      const covered = BigInt(newest ? (JSON.parse(newest.line) as { events: string }).events : 0);
      return {
        newest,
        chains: heads.length,
        events: String(events),
        uncovered: String(events - covered),
        witnesses: witnesses.map((place) => look(place, newest?.number ?? 0)),
      };
    },
    start(report) {
      // A timer, not a job: a load that fills the queue for hours must not keep the roots waiting.
      let running = Promise.resolve();
      const turn = () => {
        running = running.then(async () => {
          const { witnesses: states } = await keeper.keep();
          for (const { place, error } of states) if (error) report(new Error(`audit witness ${place}: ${error}`));
        });
        running = running.catch(report);
      };
      turn();
      const timer = setInterval(turn, EVERY_MS);
      return {
        async stop() {
          clearInterval(timer);
          turn();
          await running;
        },
      };
    },
  };
  return keeper;
}

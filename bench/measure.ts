import type { Database } from '#database';
import { readCpu } from './cpu.ts';

/** One variant of an interleaved measurement: does its work once and says how many units (rows, views, pages) that was. */
export type Variant = () => Promise<number>;

export interface Figures {
  units: number;
  wallMs: number;
  /** Per unit; null where PostgreSQL's processes cannot be seen. */
  postgresUs: number | null;
  nodeUs: number;
  /** Both together. */
  totalUs: number | null;
}

export interface Percentiles {
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** Runs the work once and divides what it cost by the units it reports. */
export async function measure(db: Database, work: Variant): Promise<Figures> {
  return figuresOf([await costOf(db, work)]);
}

/** What one run of the work took in all. */
interface Cost {
  units: number;
  wallMs: number;
  postgresUs: number | null;
  nodeUs: number;
}

async function costOf(db: Database, work: Variant): Promise<Cost> {
  const before = await readCpu(db);
  const started = performance.now();
  const units = await work();
  const wallMs = performance.now() - started;
  const after = await readCpu(db);
  const seen = before.postgresUs !== null && after.postgresUs !== null;
  const postgresUs = seen ? after.postgresUs! - before.postgresUs! : null;
  return { units, wallMs, postgresUs, nodeUs: after.nodeUs - before.nodeUs };
}

function figuresOf(costs: readonly Cost[]): Figures {
  const sum = (pick: (each: Cost) => number) => costs.reduce((total, each) => total + pick(each), 0);
  const units = sum((each) => each.units);
  const perUnit = (pick: (each: Cost) => number) => sum(pick) / Math.max(1, units);
  const seen = costs.every((each) => each.postgresUs !== null);
  const postgresUs = seen ? perUnit((each) => each.postgresUs!) : null;
  const nodeUs = perUnit((each) => each.nodeUs);
  const totalUs = postgresUs === null ? null : postgresUs + nodeUs;
  return { units, wallMs: sum((each) => each.wallMs), postgresUs, nodeUs, totalUs };
}

/**
 * Runs the variants in turn, round by round, so that a slow moment of the machine hits all of them, and gives each one's
 * median figure by figure. Ratios between variants of one call are what holds across machines.
 * `turns`: how often each variant has its turn within a round. Where the work is short, many turns of little work lay slow moments,
 * which last seconds here, upon all variants alike.
 * `warmUps`: how often each is run beforehand. Requests are measured in a program that has been running: their first hundreds are compiled
 * meanwhile.
 */
export async function interleaved<Name extends string>(
  db: Database,
  variants: Record<Name, Variant>,
  options: { rounds?: number; turns?: number; warmUps?: number } = {},
): Promise<Record<Name, Figures>> {
  const names = Object.keys(variants) as Name[];
  for (let time = 0; time < (options.warmUps ?? 1); time += 1) for (const name of names) await variants[name]();
  const rounds = Object.fromEntries(names.map((name) => [name, [] as Figures[]])) as Record<Name, Figures[]>;
  for (let round = 0; round < (options.rounds ?? 3); round += 1) {
    const costs = Object.fromEntries(names.map((name) => [name, [] as Cost[]])) as Record<Name, Cost[]>;
    for (let turn = 0; turn < (options.turns ?? 1); turn += 1) {
      for (const name of names) costs[name].push(await costOf(db, variants[name]));
    }
    for (const name of names) rounds[name].push(figuresOf(costs[name]));
  }
  return Object.fromEntries(names.map((name) => [name, medianFigures(rounds[name])])) as Record<Name, Figures>;
}

export function medianFigures(figures: readonly Figures[]): Figures {
  const of = (pick: (each: Figures) => number | null) => {
    const values = figures.map(pick);
    return values.includes(null) ? null : median(values as number[]);
  };
  return {
    units: of((each) => each.units)!,
    wallMs: of((each) => each.wallMs)!,
    postgresUs: of((each) => each.postgresUs),
    nodeUs: of((each) => each.nodeUs)!,
    totalUs: of((each) => each.totalUs),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Wall time of each repetition. */
export async function percentiles(
  repetitions: number,
  work: (index: number) => Promise<unknown>,
): Promise<Percentiles> {
  const samples: number[] = [];
  for (let index = 0; index < repetitions; index += 1) {
    const started = performance.now();
    await work(index);
    samples.push(performance.now() - started);
  }
  return percentilesOf(samples);
}

/** Puts the samples in order. */
export function percentilesOf(samples: number[]): Percentiles {
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.min(samples.length - 1, Math.floor(share * samples.length))] ?? 0;
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: samples.at(-1) ?? 0 };
}

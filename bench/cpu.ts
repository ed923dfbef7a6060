import { readdirSync, readFileSync } from 'node:fs';
import type { Database } from '#database';

/** CPU time in microseconds since some fixed instant, of PostgreSQL and of this program. */
export interface CpuReading {
  /** Null where the server's processes cannot be seen: on another machine, or no Linux. */
  postgresUs: number | null;
  nodeUs: number;
}

/** How fine the kernel's accounting of PostgreSQL is here. */
export type CpuSource = 'schedstat' | 'ticks' | 'none';

/** Linux counts process time in hundredths of a second whatever its kernel's own rate (sysconf _SC_CLK_TCK). */
const tickUs = 10_000;

/**
 * Reads the CPU time of every connection of this database. The connections must stay open between two readings: what a
 * closed one used is gone. Background processes (checkpoints, WAL) are not counted.
 */
export async function readCpu(db: Database): Promise<CpuReading> {
  const { user, system } = process.cpuUsage();
  const { rows } = await db.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() order by pid',
  );
  const times = rows.map(({ pid }) => processUs(pid));
  const known = times.filter((time) => time !== null);
  return { postgresUs: known.length < times.length ? null : known.reduce((a, b) => a + b, 0), nodeUs: user + system };
}

export function cpuSource(): CpuSource {
  if (threadsUs(process.pid) !== null) return 'schedstat';
  return ticksUs(process.pid) === null ? 'none' : 'ticks';
}

function processUs(pid: number): number | null {
  // A number of another machine's process could belong to anything here.
  try {
    if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')) return null;
  } catch {
    return null;
  }
  return threadsUs(pid) ?? ticksUs(pid);
}

/** First field of schedstat: nanoseconds on a CPU, per thread. */
function threadsUs(pid: number): number | null {
  try {
    let sum = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
    }
    return sum > 0 ? sum : null; // kernels without the accounting show zeros
  } catch {
    return null;
  }
}

/** User and system time of proc(5) stat, fields 14 and 15. */
function ticksUs(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickUs;
  } catch {
    return null;
  }
}

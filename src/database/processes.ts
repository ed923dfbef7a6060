import { readFileSync, readlinkSync } from 'node:fs';

/**
 * A running process, told apart from a later one with the same number: the number and, where the system shows it (Linux),
 * the instant it was started.
 */
export interface ProcessMark {
  pid: number;
  started: string;
}

export function markOf(pid: number): ProcessMark {
  return { pid, started: startedAt(pid) };
}

/** Whether the very same process still runs; a zombie does not. */
export function isRunning(mark: ProcessMark): boolean {
  return exists(mark.pid) && startedAt(mark.pid) === mark.started;
}

export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return statFields(pid)?.[0] !== 'Z';
}

/** Whether the process runs the given program; where the system does not show it, existing is taken as a yes. */
export function runsProgram(pid: number, program: string): boolean {
  if (!exists(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/exe`).includes(program);
  } catch {
    // Another user's process hides its program but not its name.
    return statFields(pid, true)?.[0] === program;
  }
}

/** Start time in clock ticks after boot (field 22 of proc(5) stat), or '' where there is no such file. */
function startedAt(pid: number): string {
  return statFields(pid)?.[19] ?? '';
}

/** Fields of /proc/PID/stat from the third (state) on, or with `name` the second alone. */
function statFields(pid: number, name = false): string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')'); // the name may hold blanks and brackets itself
    return name ? [stat.slice(stat.indexOf('(') + 1, end)] : stat.slice(end + 2).split(' ');
  } catch {
    return undefined;
  }
}

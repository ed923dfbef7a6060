import type { Command } from './command.ts';

/**
 * Every command, in the order of the overview. Modules are loaded when their command runs (all of them for the overview),
 * so a command pays only for what it uses.
 */
export const commandTable: Record<string, () => Promise<{ command: Command }>> = {
  start: () => import('./commands/start.ts'),
  migrate: () => import('./commands/migrate.ts'),
  load: () => import('./commands/load.ts'),
  withdraw: () => import('./commands/withdraw.ts'),
  day: () => import('./commands/day.ts'),
  keys: () => import('./commands/keys.ts'),
  user: () => import('./commands/user.ts'),
  demo: () => import('./commands/demo.ts'),
  audit: () => import('./commands/audit.ts'),
  bench: () => import('./commands/bench.ts'),
  prove: () => import('./commands/prove.ts'),
  doctor: () => import('./commands/doctor.ts'),
};

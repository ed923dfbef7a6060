import type { Group } from './tree.ts';

/** Steps that can be taken back. */
const STEPS_MAX = 100;

/** What the builder shows, what it showed before, and what was taken back. */
export interface History {
  before: Group[];
  now: Group;
  after: Group[];
}

export const begin = (now: Group): History => ({ before: [], now, after: [] });

/** A change as one more step; what was taken back is gone. */
export function step(history: History, next: Group): History {
  if (next === history.now) return history;
  return { before: [...history.before, history.now].slice(-STEPS_MAX), now: next, after: [] };
}

export const undo = ({ before, now, after }: History): History =>
  before.length === 0
    ? { before, now, after }
    : { before: before.slice(0, -1), now: before.at(-1)!, after: [now, ...after] };

export const redo = ({ before, now, after }: History): History =>
  after.length === 0 ? { before, now, after } : { before: [...before, now], now: after[0]!, after: after.slice(1) };

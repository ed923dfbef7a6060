import type { Language } from './failure.ts';

/** Who is acting: a signed-in person, or the system itself (loads, day cycle, jobs). */
export interface Actor {
  /** Id of the user row; null for the system. */
  userId: string | null;
  username: string;
  name: string;
  roles: string[];
  orgUnitId: string | null;
  /** Organisation units the actor's duties reach: the own unit and everything below it. */
  orgUnitIds: string[];
  permissions: ReadonlySet<string>;
  language: Language;
}

/** The system acting on its own behalf. */
export const systemActor: Actor = {
  userId: null,
  username: 'system',
  name: 'system',
  roles: ['system'],
  orgUnitId: null,
  orgUnitIds: [],
  permissions: new Set(['*']),
  language: 'zh',
};

import type { Language } from './failure.ts';

/** One duty of a person at one place of the organisation: a role there, in his own name or standing in for somebody. */
export interface Post {
  role: string;
  /** Whose book the duty is about: the actor's own id, or that of the person whom he stands in for. */
  userId: string;
  /** Username of the person whom the actor stands in for; null for his own duties. */
  deputyFor: string | null;
  unitId: string | null;
  /** The unit and everything below it. */
  unitIds: string[];
  /** The nearest branch or sub-branch at or above the unit. */
  branchId: string | null;
  /** The users of the same unit. */
  teamIds: string[];
}

/** Who is acting: a signed-in person, or the system itself (loads, day cycle, jobs). */
export interface Actor {
  /** Id of the user row; null for the system. */
  userId: string | null;
  username: string;
  name: string;
  /** Codes of the roles of all posts, sorted. */
  roles: string[];
  orgUnitId: string | null;
  /** Organisation units the actor's duties reach: the units of his posts and everything below them. */
  orgUnitIds: string[];
  posts: Post[];
  /** Customers in whose service the actor is named, or for whom he has an open task, whoever owns them. */
  customerIds: string[];
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
  posts: [],
  customerIds: [],
  permissions: new Set(['*']),
  language: 'zh',
};

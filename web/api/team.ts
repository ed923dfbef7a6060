/** What the supervisor's view asks of the server. */
import { queryOptions } from '@tanstack/react-query';
import { get, post } from './client.ts';
import type { Because, Result, Task } from './day-plan.ts';
import type { Reference } from './types.ts';

type Named = { id: string; name: string | null };

export interface Escalations {
  since: string;
  more: boolean;
  tasks: { customer: Named; assignee: Reference | null; task: Task }[];
}

export interface TierCoverage {
  tier: string;
  customers: number;
  contacted: number;
  /** Null where no review is asked for. */
  reviewed: number | null;
}

export interface CoverageReport {
  tiers: (TierCoverage & { contactDays: number; reviewDays: number | null })[];
  members: { user: Reference; tiers: TierCoverage[] }[];
}

export interface Uncovered {
  total: number;
  customers: { customer: Named; tier: string; owner: Reference; last: string | null; task: boolean }[];
}

export interface RuleResults {
  since: string;
  /** `rule` is empty for tasks made by people. */
  rules: { rule: string; results: Partial<Record<Result, number>>; because: Partial<Record<Because, number>> }[];
}

export const escalationsQuery = queryOptions({
  queryKey: ['team', 'escalations'],
  queryFn: ({ signal }) => get<Escalations>('/team/escalations', undefined, signal),
});

export const coverageQuery = queryOptions({
  queryKey: ['team', 'coverage'],
  queryFn: ({ signal }) => get<CoverageReport>('/team/coverage', undefined, signal),
});

export const uncoveredQuery = (tier: string, missing: 'contact' | 'review', owner?: string) =>
  queryOptions({
    queryKey: ['team', 'uncovered', tier, missing, owner],
    queryFn: ({ signal }) => get<Uncovered>('/team/uncovered', { tier, missing, owner }, signal),
  });

export const resultsQuery = queryOptions({
  queryKey: ['team', 'results'],
  queryFn: ({ signal }) => get<RuleResults>('/team/results', undefined, signal),
});

/** `to`: `me`, or one of one's people. */
export const assignTasks = (tasks: string[], to: string, reason: string) =>
  post<{ assigned: number }>('/tasks/assign', { tasks, to, reason });

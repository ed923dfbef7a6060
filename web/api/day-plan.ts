/** What the day plan and the work on tasks ask of the server. */
import { queryOptions } from '@tanstack/react-query';
import { get, post } from './client.ts';
import type { Reference, Text } from './types.ts';

export type Priority = 'highest' | 'high' | 'normal' | 'low';
export const priorities = ['highest', 'high', 'normal', 'low'] as const satisfies readonly Priority[];

/** In the order of the keys 1 to 6. */
export const results = ['reached', 'no_answer', 'interested', 'not_interested', 'follow_up', 'not_useful'] as const;
export type Result = (typeof results)[number];

/** One input of a decision: what it was, and what it was measured against. */
export interface EvidenceInput {
  code: string;
  label: Text | string;
  value: string | null;
  /** How the value reads: money, percent (30 is 30 %), count, days, years, number, date, datetime, boolean, text. */
  unit?: string | null;
  operator?: string | null;
  threshold?: string | null;
}

/** Why the system decided something: the inputs, the day they are of, the version of the definition. */
export interface Evidence {
  asOf?: string | null;
  /** Fingerprint of the definition that decided. */
  version?: string | null;
  inputs?: EvidenceInput[];
}

export interface Task {
  id: string;
  title: string;
  reason: string | null;
  script: string | null;
  priority: Priority;
  dueAt: string | null;
  overdue: boolean;
  /** Its code; the name stands in the metadata. Null for tasks made by people. */
  rule: string | null;
  evidence: Evidence | null;
  status: 'open' | 'done' | 'cancelled';
  snoozedUntil: string | null;
  version: number;
  result: Result | null;
  doneAt: string | null;
  /** Told on the customer's page, where tasks of several people stand together. */
  assignee?: Reference | null;
  /** In one's own plan: the name of the colleague for whom one stands in; null for one's own tasks. */
  deputyFor?: string | null;
}

export interface PlanCard {
  customer: {
    id: string;
    name: string | null;
    kind: 'person' | 'company';
    tier: string | null;
    aum: string | null;
    phone: string | null;
    gender: string | null;
    /** Codes. */
    tags: string[];
  };
  rank: number;
  tasks: Task[];
}

export interface DayPlan {
  businessDate: string | null;
  /** The date of today in the institution's zone. */
  today: string;
  counts: { open: number; overdue: number; dueToday: number; doneToday: number };
  cards: PlanCard[];
}

export type PlanStatus = 'open' | 'done';

const PLAN_AGAIN_MS = 60_000;

/** `assignee`: `me` or the id of a member of the team. */
export const dayPlanQuery = (assignee: string, status: PlanStatus) =>
  queryOptions({
    queryKey: ['day-plan', assignee, status],
    queryFn: ({ signal }) => get<DayPlan>('/day-plan', { assignee, status }, signal),
    refetchInterval: PLAN_AGAIN_MS,
  });

export interface ResultInput {
  result: Result;
  note?: string | undefined;
  /** The date of the next contact, with `follow_up`. */
  nextOn?: string | undefined;
}

export const recordResult = (task: string, input: ResultInput) => post<Task>(`/tasks/${task}/result`, input);
export const snoozeTask = (task: string, until: string) => post<Task>(`/tasks/${task}/snooze`, { until });
export const reopenTask = (task: string) => post<Task>(`/tasks/${task}/reopen`);

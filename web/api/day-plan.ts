/** What the day plan and the work on tasks ask of the server. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get, post, put } from './client.ts';
import type { Reference, Text } from './types.ts';

export type Priority = 'highest' | 'high' | 'normal' | 'low';
export const priorities = ['highest', 'high', 'normal', 'low'] as const satisfies readonly Priority[];

/** In the order of the keys 1 to 6. */
export const results = ['reached', 'no_answer', 'interested', 'not_interested', 'follow_up', 'not_useful'] as const;
export type Result = (typeof results)[number];

/** Why an alert was of no use, in the order of the keys 1 to 5. */
export const becauses = ['known', 'wrong_data', 'bad_timing', 'declined', 'other'] as const;
export type Because = (typeof becauses)[number];

/** When a task comes back: a named time, or a date. */
export type Snooze = 'later_today' | 'tomorrow' | 'next_workday' | (string & {});

/** Why a task waits for the customer's sake. */
export type Hold = 'no_contact' | 'contacted_today' | 'quiet' | 'too_soon' | 'preferred_day';

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
  /** Of the occasion; null for tasks made by people. */
  businessDate?: string | null;
  evidence: Evidence | null;
  status: 'open' | 'done' | 'cancelled';
  snoozedUntil: string | null;
  uselessBecause?: Because | null;
  /** Its occasion was seen after its day. */
  late?: boolean;
  held?: Hold | null;
  heldUntil?: string | null;
  /** Working minutes, negative when late; in the day plan. */
  minutesLeft?: number | null;
  /** Results that judged its rule, and how many of them were useful: everybody's and one's own. */
  useful?: number;
  judged?: number;
  ownUseful?: number;
  ownJudged?: number;
  version: number;
  result: Result | null;
  doneAt: string | null;
  /** Told on the customer's page, where tasks of several people stand together. */
  assignee?: Reference | null;
  /** In one's own plan: the name of the colleague for whom one stands in; null for one's own tasks. */
  deputyFor?: string | null;
}

export const places = ['today', 'later', 'held'] as const;
export type Place = (typeof places)[number];

/** What a card's place was made of; value, urgency and chance lie between 0 and 1. */
export interface Rank {
  score: number;
  value: number;
  urgency: number;
  chance: number;
  /** What the value was made of. */
  by: 'assets' | 'tier' | 'none';
  /** Share of the manager's customers with no more assets. */
  above: number | null;
  stake: string | null;
  attempts: number;
  reached: number;
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
    contactWish?: string | null;
    contactWeekday?: string | null;
    contactTime?: string | null;
    /** Codes. */
    tags: string[];
  };
  place: Place | 'done';
  /** Null for what is done. */
  rank: Rank | null;
  tasks: Task[];
}

export interface DayPlan {
  businessDate: string | null;
  /** The date of today in the institution's zone. */
  today: string;
  counts: { open: number; overdue: number; dueToday: number; doneToday: number };
  capacity: { perDay: number; contacted: number };
  /** Cards of each part, whatever is filtered. */
  places: Record<Place, number>;
  rules: string[];
  priorities: Priority[];
  /** Cards that fit the filter. */
  total: number;
  cards: PlanCard[];
}

export type PlanStatus = 'open' | 'done';

const PLAN_AGAIN_MS = 60_000;

export interface PlanFilter {
  place?: string | undefined;
  priority?: string | undefined;
  rule?: string | undefined;
  due?: string | undefined;
}

/** `assignee`: `me` or the id of a member of the team. */
export const dayPlanQuery = (assignee: string, status: PlanStatus, filter: PlanFilter = {}, limit?: number) =>
  queryOptions({
    queryKey: ['day-plan', assignee, status, filter, limit],
    queryFn: ({ signal }) => get<DayPlan>('/day-plan', { assignee, status, ...filter, limit }, signal),
    refetchInterval: PLAN_AGAIN_MS,
    // While more is fetched, or narrowed, what was there stays; another person's plan does not.
    placeholderData: (before, query) =>
      query?.queryKey[1] === assignee && query.queryKey[2] === status ? keepPreviousData(before) : undefined,
  });

export interface ResultInput {
  result: Result;
  note?: string | undefined;
  /** With `not_useful`. */
  because?: Because | undefined;
  /** The date of the next contact, with `follow_up`; its time and what is to be done then. */
  nextOn?: string | undefined;
  nextAt?: string | undefined;
  nextStep?: string | undefined;
  review?: boolean | undefined;
  /** Further tasks of the customer that the same conversation answered. */
  also?: string[] | undefined;
}

export const recordResult = (task: string, input: ResultInput) => post<Task>(`/tasks/${task}/result`, input);
export const snoozeTask = (task: string, until: Snooze) => post<Task>(`/tasks/${task}/snooze`, { until });
export const reopenTask = (task: string) => post<Task>(`/tasks/${task}/reopen`);
export const setCapacity = (contactsPerDay: number | null) => put('/day-plan/settings', { contactsPerDay });

/** What came to the reader's desk since he was last here; `since` is null for who was never away. */
export interface MissedWork {
  since: string | null;
  created: number;
  late: number;
  overdue: number;
  doneByOthers: number;
  tasks: {
    id: string;
    title: string | null;
    dueAt: string | null;
    overdue: boolean;
    doneByOthers: boolean;
    customer: { id: string; name: string | null };
  }[];
}

export const missedQuery = queryOptions({
  queryKey: ['day-plan-missed'],
  queryFn: ({ signal }) => get<MissedWork>('/day-plan/missed', undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
});
